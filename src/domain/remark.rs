//! The usage text that panels put into remarks, and how it is cut off.
//!
//! ```text
//! DE-in1.u42.abc-50.00GB📊-1133D,15H⏳      3x-ui 2.x to 3.3, X-UI; either part may be missing
//! ⛔️N/A-DE-in1.u42.abc                      the same, a client that is switched off
//! DE-in1.u42.abc|📊50.00GB|⏳1133D           3x-ui 3.4 and newer
//! ```
//!
//! Usage text goes stale with every byte. It is known by its signs `📊` and `⏳`, and only where
//! amount and sign stand together at the end: an ordinary name loses nothing.
//!
//! Source: fact C16 of src/ARCHITECTURE.md.

const TRAFFIC: char = '📊';
const TIME: char = '⏳';

/// What stands before the name of a client that is switched off; some apps drop the selector.
const SWITCHED_OFF: [&str; 2] = ["⛔\u{FE0F}N/A", "⛔N/A"];

/// What panels can be told to put between the parts of a remark.
const SEPARATORS: [char; 10] = ['-', '_', '@', ':', '~', '|', ',', '.', '/', ' '];

/// The units of traffic, longest first, since each ends in `B`.
const TRAFFIC_UNITS: [&str; 6] = ["PB", "TB", "GB", "MB", "KB", "B"];

/// The remark without its usage text.
#[must_use]
pub fn without_usage(remark: &str) -> &str {
    let mut name = without_mark(remark);
    while let Some(shorter) = cut_one(name) {
        name = shorter;
    }
    name
}

fn without_mark(remark: &str) -> &str {
    SWITCHED_OFF
        .iter()
        .find_map(|mark| remark.strip_prefix(mark)?.strip_prefix(SEPARATORS))
        .unwrap_or(remark)
}

/// Cuts one amount from the end, with the separator before it, or `None` if there is none.
///
/// A bare `-` behind an amount goes with it.
fn cut_one(name: &str) -> Option<&str> {
    let end = match name.strip_suffix('-') {
        Some(before) if before.ends_with([TRAFFIC, TIME]) => before,
        _ => name,
    };
    let before = cut_old_traffic(end).or_else(|| cut_old_time(end)).or_else(|| cut_new(end))?;
    if before.is_empty() { Some(before) } else { before.strip_suffix(SEPARATORS) }
}

/// `50.00GB📊`
fn cut_old_traffic(text: &str) -> Option<&str> {
    cut_amount(text.strip_suffix(TRAFFIC)?)
}

/// `50.00GB`
fn cut_amount(text: &str) -> Option<&str> {
    let number = TRAFFIC_UNITS.iter().find_map(|unit| text.strip_suffix(unit))?;
    let whole = cut_digits(number)?;
    match whole.strip_suffix('.').and_then(cut_digits) {
        Some(before) => Some(before),
        None => Some(whole),
    }
}

/// `1133D,15H⏳`, `1133D⏳`, `15H⏳`, `3M⏳`
fn cut_old_time(text: &str) -> Option<&str> {
    cut_time(text.strip_suffix(TIME)?)
}

fn cut_time(text: &str) -> Option<&str> {
    if let Some(hours) = text.strip_suffix('H') {
        let before = cut_number(hours)?;
        let days = before.strip_suffix(",").and_then(|days| days.strip_suffix('D'));
        return days.and_then(cut_number).or(Some(before));
    }
    cut_number(text.strip_suffix(['D', 'M'])?)
}

/// `📊50.00GB` or `⏳1133D`, the sign first and a bar before it.
fn cut_new(text: &str) -> Option<&str> {
    let bar = text.rfind('|')?;
    let token = &text[bar + 1..];
    let amount = match token.strip_prefix(TRAFFIC) {
        Some(traffic) => cut_amount(traffic),
        None => cut_time(token.strip_prefix(TIME)?),
    };
    amount?.is_empty().then_some(&text[..=bar])
}

/// Digits, and a minus where a separator stands before it: panels count below zero.
fn cut_number(text: &str) -> Option<&str> {
    let before = cut_digits(text)?;
    match before.strip_suffix('-') {
        Some(shorter) if shorter.is_empty() || shorter.ends_with([',', '-', '|']) => Some(shorter),
        _ => Some(before),
    }
}

fn cut_digits(text: &str) -> Option<&str> {
    let before = text.trim_end_matches(|one: char| one.is_ascii_digit());
    (before.len() < text.len()).then_some(before)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(remark: &str, expected: &str) {
        assert_eq!(without_usage(remark), expected, "{remark:?}");
    }

    #[test]
    fn usage_text_of_older_panels_is_cut() {
        check("DE Reality-in1.u1004.539dc3-50.00GB📊-1133D,15H⏳", "DE Reality-in1.u1004.539dc3");
        check("DE Reality-in1.u1002.1d2d69-1133D,14H⏳", "DE Reality-in1.u1002.1d2d69");
        check("FR/Trojan gRPC-in4.u1-edge-50.00GB📊-3D⏳", "FR/Trojan gRPC-in4.u1-edge");
        check("🇩🇪 آلمان WS-in2.u1-512.00B📊", "🇩🇪 آلمان WS-in2.u1");
        check("DE-15H⏳", "DE");
        check("DE-59M⏳", "DE");
        check("DE--5M⏳", "DE");
        check("DE-30D,-5H⏳", "DE");
        check("DE_1.50TB📊_3D,2H⏳", "DE");
        check("DE-50.00GB📊-", "DE");
        check("50.00GB📊-3D⏳", "");
    }

    #[test]
    fn the_mark_of_a_client_that_is_switched_off_is_cut() {
        check("⛔️N/A-DE-in1.u42.abc", "DE-in1.u42.abc");
        check("⛔N/A-DE", "DE");
        check("⛔️N/A", "⛔️N/A");
    }

    #[test]
    fn usage_text_of_newer_panels_is_cut() {
        check("DE Reality-in1.u1004.539dc3|📊50.00GB|⏳1133D", "DE Reality-in1.u1004.539dc3");
        check("DE Reality-in1.u1002.1d2d69|⏳1133D", "DE Reality-in1.u1002.1d2d69");
        check("a|b|📊1.00MB", "a|b");
        check("DE|⏳-3D", "DE");
    }

    #[test]
    fn an_ordinary_name_loses_nothing() {
        for name in [
            "",
            "DE-50GB",
            "DE-50.00GB",
            "Alamor-5512",
            "DE-",
            "DE-30D",
            "DE|30D",
            "DE 📊",
            "DE-⏳",
            "📊 stats",
            "⏳1133D|DE",
            "Fast50GB📊",
            "N/A-DE",
        ] {
            check(name, name);
        }
    }

    proptest! {
        #[test]
        fn cutting_twice_is_cutting_once(remark in "[-|0-9DHMGB.,📊⏳a ]{0,24}") {
            let once = without_usage(&remark).to_owned();
            prop_assert_eq!(without_usage(&once), once.as_str());
        }

        #[test]
        fn a_name_comes_back_from_under_its_usage_text(
            name in "[A-Za-z ]{1,12}-u[0-9]{1,6}", gb in 0u32..9999, days in 1i32..4000, hours in 1u8..24,
        ) {
            for remark in [
                format!("{name}-{gb}.00GB📊-{days}D,{hours}H⏳"),
                format!("{name}-{days}D⏳"),
                format!("⛔️N/A-{name}"),
                format!("{name}|📊{gb}.00GB|⏳{days}D"),
            ] {
                prop_assert_eq!(without_usage(&remark), name.as_str());
            }
        }

        #[test]
        fn no_text_panics(remark: String) {
            let _ = without_usage(&remark);
        }
    }
}
