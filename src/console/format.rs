//! How quantities are written: the one place for units.
//!
//! Everything here turns a value into a short text and knows nothing else. Values are written as
//! they are: `None`, zero and "unknown" are the caller's to tell apart.
//!
//! Deliberately absent: widths, colours, the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `1 204`: a count in groups of three. Not for ids: those are never grouped.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `1 link`, `5 links`, `1 204 links`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `850 kB`, `21 MB`: memory, with 1 MB = 10⁶ bytes.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000_000 => format!("{} MB", count(bytes / 1_000_000)),
        _ => format!("{} GB", count(bytes / 1_000_000_000)),
    }
}

/// `0.1 %`, `51 %`: a share from 0 to 1. What is not quite all is never `100 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    if percent > 0.0 && percent < 9.95 {
        return format!("{percent:.1} %");
    }
    let whole = if share < 1.0 { percent.round().min(99.0) } else { 100.0 };
    format!("{whole:.0} %")
}

/// `<1 min`, `2 min`, `3 h`, `5 d`: how old data is. Rounded down, and worth a look once a minute.
pub(crate) fn age(age_ms: u64) -> String {
    match age_ms {
        0..MINUTE => "<1 min".to_owned(),
        MINUTE..HOUR => format!("{} min", age_ms / MINUTE),
        HOUR..DAY => format!("{} h", age_ms / HOUR),
        _ => format!("{} d", count(age_ms / DAY)),
    }
}

/// `38 ms`, `3.1 s`, `12 s`, `2 min 5 s`, `1 h 3 min`: how long something took.
pub(crate) fn took(ms: u64) -> String {
    match ms {
        0..SECOND => format!("{ms} ms"),
        SECOND..10_000 => format!("{}.{} s", ms / SECOND, ms % SECOND / 100),
        10_000..MINUTE => seconds(ms),
        MINUTE..HOUR => format!("{} min {} s", ms / MINUTE, ms % MINUTE / SECOND),
        _ => format!("{} h {} min", ms / HOUR, ms % HOUR / MINUTE),
    }
}

/// `12 s`: a countdown or a running time, in whole seconds below a minute.
pub(crate) fn seconds(ms: u64) -> String {
    if ms < MINUTE { format!("{} s", ms / SECOND) } else { took(ms) }
}

/// `12m`, `4h 12m`, `2d 4h`: how long a process has been up.
pub(crate) fn uptime(ms: u64) -> String {
    match ms {
        0..MINUTE => "<1m".to_owned(),
        MINUTE..HOUR => format!("{}m", ms / MINUTE),
        HOUR..DAY => format!("{}h {}m", ms / HOUR, ms % HOUR / MINUTE),
        _ => format!("{}d {}h", ms / DAY, ms % DAY / HOUR),
    }
}

/// `1.2 ms`, `41 ms`, `1.2 s`: time to answer.
pub(crate) fn latency(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms").replace(".0 ", " "),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1_000.0),
    }
}

/// `0.3`, `42`, `1 204`: a rate without its unit.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        rate if rate < 100.0 => format!("{rate:.1}").replace(".0", ""),
        rate =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at least 100, and a rate beyond u64 does not occur"
            )]
            count(rate.round() as u64)
        }
    }
}

/// `14:03`.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// `14:03:12`.
pub(crate) fn clock_seconds(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// `2027-03-01`.
pub(crate) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// `13:20` today, else `2026-11-23 13:20`.
pub(crate) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    if date(at, zone) == date(now, zone) {
        return clock(at, zone);
    }
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `never`, `2027-03-01`, `expired 3 d`.
pub(crate) fn expiry(at: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
    match at {
        None => "never".to_owned(),
        Some(at) if at > now => date(at, zone),
        Some(at) => format!("expired {}", age(between(at, now))),
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
        assert_eq!(numbers.map(count), written);
        assert_eq!(counted(1, "link", "links"), "1 link");
        assert_eq!(counted(0, "link", "links"), "0 links");
    }

    #[test]
    fn sizes_and_shares_keep_their_unit() {
        let sizes = [999, 850_000, 21_400_000, 12_000_000_000];
        assert_eq!(sizes.map(bytes), ["999 B", "850 kB", "21 MB", "12 GB"]);
        let shares = [0.0, 0.001, 0.0994, 0.5083, 0.9999, 1.0];
        assert_eq!(shares.map(percent), ["0 %", "0.1 %", "9.9 %", "51 %", "99 %", "100 %"]);
    }

    #[test]
    fn ages_are_rounded_down() {
        let ages = [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 86_400_000];
        assert_eq!(ages.map(age), ["<1 min", "<1 min", "1 min", "59 min", "1 h", "23 h", "1 d"]);
        let up = [30_000, 720_000, 15_120_000, 187_200_000];
        assert_eq!(up.map(uptime), ["<1m", "12m", "4h 12m", "2d 4h"]);
    }

    #[test]
    fn durations_are_as_exact_as_they_are_useful() {
        let spans = [38, 3_149, 12_900, 125_000, 3_780_000];
        assert_eq!(spans.map(took), ["38 ms", "3.1 s", "12 s", "2 min 5 s", "1 h 3 min"]);
        assert_eq!(seconds(3_149), "3 s");
        assert_eq!([1.23, 8.0, 41.4, 1_240.0].map(latency), ["1.2 ms", "8 ms", "41 ms", "1.2 s"]);
        assert_eq!([0.0, 0.34, 49.8, 42.0, 1_204.4].map(rate), ["0", "0.3", "49.8", "42", "1 204"]);
    }

    #[test]
    fn points_in_time_are_local_and_say_the_day_when_it_is_another() {
        let zone = TimeZone::fixed(jiff::tz::offset(3));
        let now = at("2026-11-24T11:03:12Z");
        assert_eq!(clock(now, &zone), "14:03");
        assert_eq!(clock_seconds(now, &zone), "14:03:12");
        assert_eq!(moment(at("2026-11-24T10:20:00Z"), now, &zone), "13:20");
        assert_eq!(moment(at("2026-11-23T20:59:00Z"), now, &zone), "2026-11-23 23:59");
        assert_eq!(expiry(None, now, &zone), "never");
        assert_eq!(expiry(Some(at("2027-02-28T22:00:00Z")), now, &zone), "2027-03-01");
        assert_eq!(expiry(Some(at("2026-11-21T11:00:00Z")), now, &zone), "expired 3 d");
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
}
