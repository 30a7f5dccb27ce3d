//! How quantities are written: the one place for units.
//!
//! Everything here turns a value into a short text in a language, and knows nothing else. Values are written as
//! they are: `None`, zero and "unknown" are the caller's to tell apart.
//!
//! Deliberately absent: widths, colours, the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::lang::Lang;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `1 204`, `۱٬۲۰۴`: a count in groups of three. Not for ids: those are never grouped.
pub(crate) fn count(lang: Lang, number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(if lang == Lang::Fa { '٬' } else { ' ' });
        }
        text.push(digit);
    }
    written(lang, text)
}

/// `1204`, `۱۲۰۴`: a count without groups, where room is scarce.
pub(crate) fn plain(lang: Lang, number: u64) -> String {
    written(lang, number.to_string())
}

/// A text in the digits of a language. Not for ids, addresses and ports: those stay as they are.
fn written(lang: Lang, text: String) -> String {
    if lang != Lang::Fa {
        return text;
    }
    let persian = |digit| char::from_u32(u32::from('۰') + digit);
    text.chars().map(|char| char.to_digit(10).and_then(persian).unwrap_or(char)).collect()
}

/// The same with a decimal point, which becomes the language's own.
fn decimal(lang: Lang, text: &str) -> String {
    let point = match lang {
        Lang::En => ".",
        Lang::Ru => ",",
        Lang::Fa => "٫",
    };
    written(lang, text.replace('.', point))
}

/// A number and its unit.
fn unit(number: &str, unit: &str) -> String {
    format!("{number} {unit}")
}

/// `850 kB`, `21 MB`: memory, with 1 MB = 10⁶ bytes.
pub(crate) fn bytes(lang: Lang, bytes: u64) -> String {
    let say = lang.say();
    let (number, name) = match bytes {
        0..1_000 => (bytes, say.unit_byte()),
        1_000..1_000_000 => (bytes / 1_000, say.unit_kilobyte()),
        1_000_000..10_000_000_000 => (bytes / 1_000_000, say.unit_megabyte()),
        _ => (bytes / 1_000_000_000, say.unit_gigabyte()),
    };
    unit(&count(lang, number), &name)
}

/// `0.1 %`, `51 %`: a share from 0 to 1. What is not quite all is never `100 %`.
pub(crate) fn percent(lang: Lang, share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    let number = if percent > 0.0 && percent < 9.95 {
        format!("{percent:.1}")
    } else {
        let whole = if share < 1.0 { percent.round().min(99.0) } else { 100.0 };
        format!("{whole:.0}")
    };
    lang.say().percent(decimal(lang, &number))
}

/// `<1 min`, `2 min`, `3 h`, `5 d`: how old data is. Rounded down, and worth a look once a minute.
pub(crate) fn age(lang: Lang, age_ms: u64) -> String {
    let say = lang.say();
    match age_ms {
        0..MINUTE => format!("<{}", unit(&count(lang, 1), &say.unit_minute())),
        MINUTE..HOUR => unit(&count(lang, age_ms / MINUTE), &say.unit_minute()),
        HOUR..DAY => unit(&count(lang, age_ms / HOUR), &say.unit_hour()),
        _ => unit(&count(lang, age_ms / DAY), &say.unit_day()),
    }
}

/// `38 ms`, `3.1 s`, `12 s`, `2 min 5 s`, `1 h 3 min`: how long something took.
pub(crate) fn took(lang: Lang, ms: u64) -> String {
    let say = lang.say();
    let whole = |number: u64, name: String| unit(&count(lang, number), &name);
    match ms {
        0..SECOND => whole(ms, say.unit_millisecond()),
        SECOND..10_000 => tenths(lang, ms),
        10_000..MINUTE => seconds(lang, ms),
        MINUTE..HOUR => {
            let minutes = whole(ms / MINUTE, say.unit_minute());
            format!("{minutes} {}", whole(ms % MINUTE / SECOND, say.unit_second()))
        }
        _ => {
            let hours = whole(ms / HOUR, say.unit_hour());
            format!("{hours} {}", whole(ms % HOUR / MINUTE, say.unit_minute()))
        }
    }
}

/// `0.1 s`, `12.4 s`: how long something took, always in seconds.
pub(crate) fn tenths(lang: Lang, ms: u64) -> String {
    let number = format!("{}.{}", ms / SECOND, ms % SECOND / 100);
    unit(&decimal(lang, &number), &lang.say().unit_second())
}

/// `12 s`: a countdown or a running time, in whole seconds below a minute.
pub(crate) fn seconds(lang: Lang, ms: u64) -> String {
    if ms >= MINUTE {
        return took(lang, ms);
    }
    unit(&count(lang, ms / SECOND), &lang.say().unit_second())
}

/// `12m`, `4h 12m`, `2d 4h`: how long a process has been up.
pub(crate) fn uptime(lang: Lang, ms: u64) -> String {
    let say = lang.say();
    let part = |number: u64, name: String| format!("{}{name}", count(lang, number));
    match ms {
        0..MINUTE => format!("<{}", part(1, say.short_minute())),
        MINUTE..HOUR => part(ms / MINUTE, say.short_minute()),
        HOUR..DAY => {
            let hours = part(ms / HOUR, say.short_hour());
            format!("{hours} {}", part(ms % HOUR / MINUTE, say.short_minute()))
        }
        _ => {
            let days = part(ms / DAY, say.short_day());
            format!("{days} {}", part(ms % DAY / HOUR, say.short_hour()))
        }
    }
}

/// `1.2 ms`, `41 ms`, `1.2 s`: time to answer.
pub(crate) fn latency(lang: Lang, ms: f64) -> String {
    let say = lang.say();
    let (number, name) = match ms {
        ms if ms < 10.0 => (format!("{ms:.1}").replace(".0", ""), say.unit_millisecond()),
        ms if ms < 1_000.0 => (format!("{ms:.0}"), say.unit_millisecond()),
        _ => (format!("{:.1}", ms / 1_000.0), say.unit_second()),
    };
    unit(&decimal(lang, &number), &name)
}

/// `0.3`, `42`, `1 204`: a rate without its unit.
pub(crate) fn rate(lang: Lang, per_second: f64) -> String {
    match per_second {
        rate if rate < 100.0 => decimal(lang, &format!("{rate:.1}").replace(".0", "")),
        rate =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at least 100, and a rate beyond u64 does not occur"
            )]
            count(lang, rate.round() as u64)
        }
    }
}

fn timed(lang: Lang, at: Timestamp, zone: &TimeZone, form: &str) -> String {
    written(lang, at.to_zoned(zone.clone()).strftime(form).to_string())
}

/// `14:03`.
pub(crate) fn clock(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    timed(lang, at, zone, "%H:%M")
}

/// `14:03:12`.
pub(crate) fn clock_seconds(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    timed(lang, at, zone, "%H:%M:%S")
}

/// `2027-03-01`.
pub(crate) fn date(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    timed(lang, at, zone, "%Y-%m-%d")
}

/// Whether both are on one day.
pub(crate) fn is_same_day(one: Timestamp, other: Timestamp, zone: &TimeZone) -> bool {
    one.to_zoned(zone.clone()).date() == other.to_zoned(zone.clone()).date()
}

/// `13:20` today, else `2026-11-23 13:20`.
pub(crate) fn moment(lang: Lang, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    if is_same_day(at, now, zone) {
        return clock(lang, at, zone);
    }
    timed(lang, at, zone, "%Y-%m-%d %H:%M")
}

/// `never`, `2027-03-01`, `expired 3 d`.
pub(crate) fn expiry(lang: Lang, at: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
    match at {
        None => lang.say().never(),
        Some(at) if at > now => date(lang, at, zone),
        Some(at) => lang.say().expired(age(lang, between(at, now))),
    }
}

/// Milliseconds from `earlier` to `later`; 0 if it is the other way round.
pub(crate) fn between(earlier: Timestamp, later: Timestamp) -> u64 {
    u64::try_from(later.as_millisecond() - earlier.as_millisecond()).unwrap_or(0)
}

/// A share link that may be looked at over a shoulder: scheme, place and name, not the secret.
///
/// ```text
/// vless://7b…9c@de1.example.net:443  Ali 5 GB
/// vmess://ey…In
/// ```
pub(crate) fn masked_link(link: &str) -> String {
    let Some((scheme, rest)) = link.split_once("://") else {
        return mask(link);
    };
    let (body, name) = rest.split_once('#').unwrap_or((rest, ""));
    let body = body.split(['?', '/']).next().unwrap_or(body);
    let shown = match body.rsplit_once('@') {
        Some((secret, place)) => format!("{scheme}://{}@{place}", mask(secret)),
        None => format!("{scheme}://{}", mask(body)),
    };
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    if name.is_empty() { shown } else { format!("{shown}  {name}") }
}

/// `7b…9c`: two characters from each end; nothing of a short one.
pub(crate) fn mask(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    match chars.as_slice() {
        [a, b, .., y, z] if chars.len() >= 8 => format!("{a}{b}…{y}{z}"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn counts_are_grouped_and_agree_with_their_noun() {
        let numbers = [0, 12, 999, 1_204, 100_000, 1_234_567];
        let written = ["0", "12", "999", "1 204", "100 000", "1 234 567"];
        assert_eq!(numbers.map(|value| count(Lang::En, value)), written);
    }

    #[test]
    fn sizes_and_shares_keep_their_unit() {
        let sizes = [999, 850_000, 21_400_000, 12_000_000_000];
        assert_eq!(
            sizes.map(|value| bytes(Lang::En, value)),
            ["999 B", "850 kB", "21 MB", "12 GB"]
        );
        let shares = [0.0, 0.001, 0.0994, 0.5083, 0.9999, 1.0];
        assert_eq!(
            shares.map(|value| percent(Lang::En, value)),
            ["0 %", "0.1 %", "9.9 %", "51 %", "99 %", "100 %"]
        );
    }

    #[test]
    fn ages_are_rounded_down() {
        let ages = [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 86_400_000];
        assert_eq!(
            ages.map(|value| age(Lang::En, value)),
            ["<1 min", "<1 min", "1 min", "59 min", "1 h", "23 h", "1 d"]
        );
        let up = [30_000, 720_000, 15_120_000, 187_200_000];
        assert_eq!(up.map(|value| uptime(Lang::En, value)), ["<1m", "12m", "4h 12m", "2d 4h"]);
    }

    #[test]
    fn durations_are_as_exact_as_they_are_useful() {
        let spans = [38, 3_149, 12_900, 125_000, 3_780_000];
        assert_eq!(
            spans.map(|value| took(Lang::En, value)),
            ["38 ms", "3.1 s", "12 s", "2 min 5 s", "1 h 3 min"]
        );
        assert_eq!(seconds(Lang::En, 3_149), "3 s");
        assert_eq!(
            [1.23, 8.0, 41.4, 1_240.0].map(|value| latency(Lang::En, value)),
            ["1.2 ms", "8 ms", "41 ms", "1.2 s"]
        );
        assert_eq!(
            [0.0, 0.34, 49.8, 42.0, 1_204.4].map(|value| rate(Lang::En, value)),
            ["0", "0.3", "49.8", "42", "1 204"]
        );
    }

    #[test]
    fn points_in_time_are_local_and_say_the_day_when_it_is_another() {
        let zone = TimeZone::fixed(jiff::tz::offset(3));
        let now = at("2026-11-24T11:03:12Z");
        assert_eq!(clock(Lang::En, now, &zone), "14:03");
        assert_eq!(clock_seconds(Lang::En, now, &zone), "14:03:12");
        assert_eq!(moment(Lang::En, at("2026-11-24T10:20:00Z"), now, &zone), "13:20");
        assert_eq!(moment(Lang::En, at("2026-11-23T20:59:00Z"), now, &zone), "2026-11-23 23:59");
        assert_eq!(expiry(Lang::En, None, now, &zone), "never");
        assert_eq!(expiry(Lang::En, Some(at("2027-02-28T22:00:00Z")), now, &zone), "2027-03-01");
        assert_eq!(expiry(Lang::En, Some(at("2026-11-21T11:00:00Z")), now, &zone), "expired 3 d");
    }

    #[test]
    fn a_link_shows_its_place_and_not_its_secret() {
        let secret = "7b3f0c52-1d0e-4f5a-9d7e-00112233449c";
        let link = format!("vless://{secret}@de1.example.net:443?security=reality&sid=ab#Ali%205");
        assert_eq!(masked_link(&link), "vless://7b…9c@de1.example.net:443  Ali 5");
        assert_eq!(masked_link("vmess://eyJhZGQiOiJhIn0"), "vmess://ey…n0");
        assert_eq!(masked_link("trojan://pw@[::1]:443"), "trojan://…@[::1]:443");
        assert_eq!(masked_link("no link at all"), "no…ll");
    }

    #[test]
    fn a_language_writes_numbers_and_units_in_its_own_way() {
        let zone = TimeZone::UTC;
        let written = |lang| {
            [
                count(lang, 1_204),
                percent(lang, 0.051),
                age(lang, 5 * MINUTE),
                took(lang, 3_140),
                uptime(lang, 52 * HOUR),
                latency(lang, 1.25),
                bytes(lang, 21_400_000),
                date(lang, at("2027-03-01T10:00:00Z"), &zone),
                clock(lang, at("2027-03-01T10:05:00Z"), &zone),
            ]
        };
        assert_eq!(
            written(Lang::Ru),
            ["1 204", "5,1 %", "5 мин", "3,1 с", "2д 4ч", "1,2 мс", "21 МБ", "2027-03-01", "10:05"]
        );
        assert_eq!(
            written(Lang::Fa),
            [
                "۱٬۲۰۴",
                "۵٫۱٪",
                "۵ دق",
                "۳٫۱ ث",
                "۲ روز ۴ س",
                "۱٫۲ م‌ث",
                "۲۱ MB",
                "۲۰۲۷-۰۳-۰۱",
                "۱۰:۰۵"
            ]
        );
    }
}
