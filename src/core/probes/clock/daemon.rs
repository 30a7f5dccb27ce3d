//! What the programs that keep the clock say: chrony and systemd-timesyncd.

/// What a program knows of the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kept {
    /// It keeps it; so many seconds ahead of its servers.
    Ahead(f64),
    /// It keeps it, and does not say how well.
    Somehow,
    /// It runs, but has no server to follow.
    Alone,
}

/// Reads `chronyc -c tracking`: fields with commas between.
///
/// # Source
///
/// chronyc(1), `tracking`; chrony 4.3, `client.c`, `print_report`: the third field is the stratum,
/// the last the leap status. The fifth is the correction that the clock still needs: what is more
/// than 0 is told to people as "slow of NTP time", what is less as "fast", which is ahead.
pub(super) fn chrony(text: &str) -> Option<Kept> {
    let fields: Vec<&str> = text.lines().next()?.trim().split(',').collect();
    if fields.len() < 14 {
        return None;
    }
    if fields[13] == "Not synchronised" || fields[2] == "0" {
        return Some(Kept::Alone);
    }
    let correction = fields[4].parse().ok().filter(|seconds: &f64| seconds.is_finite())?;
    Some(Kept::Ahead(-correction))
}

/// Reads `timedatectl show -p NTP -p NTPSynchronized`; `None` if nothing is to keep the clock.
pub(super) fn timedatectl(text: &str) -> Option<Kept> {
    let says = |key: &str| {
        text.lines().filter_map(|line| line.split_once('=')).find(|(name, _)| *name == key)
    };
    match (says("NTP")?.1, says("NTPSynchronized")?.1) {
        (_, "yes") => Some(Kept::Somehow),
        ("yes", _) => Some(Kept::Alone),
        _ => None,
    }
}

/// Reads the line `Offset: +1.234ms` of `timedatectl timesync-status`: the seconds that the servers
/// are ahead, so that the clock is behind by them.
///
/// # Source
///
/// systemd 252, `timedate/timedatectl.c::print_ntp_status_info`, `format_timespan` to microseconds.
pub(super) fn timesync(text: &str) -> Option<Kept> {
    let offset = text.lines().find_map(|line| line.trim().strip_prefix("Offset: "))?;
    let (sign, span) = match offset.split_at_checked(1)? {
        ("-", span) => (-1.0, span),
        ("+", span) => (1.0, span),
        _ => (1.0, offset),
    };
    let seconds: Option<f64> = span.split_whitespace().map(seconds).sum();
    Some(Kept::Ahead(-sign * seconds?))
}

/// `1min`, `2.5s`, `123us`.
fn seconds(part: &str) -> Option<f64> {
    let unit_at = part.find(|char: char| char.is_ascii_alphabetic())?;
    let (number, unit) = part.split_at(unit_at);
    let factor = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "month" | "months" | "y" => 604_800.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chrony_says_how_far_ahead_the_clock_is() {
        let check = |text: &str, expected: Option<Kept>| assert_eq!(chrony(text), expected);
        check(
            "A29FC87B,time.cloudflare.com,4,1763600000.123456789,-0.000012345,-0.000023,0.000041,-5.123,0.001,0.050,0.0123,0.0012,64.2,Normal\n",
            Some(Kept::Ahead(0.000_012_345)),
        );
        // `System time : 7.500000000 seconds slow of NTP time`
        check(
            "A29FC87B,time.cloudflare.com,4,1763600000.123456789,7.500000000,-0.000023,0.000041,-5.123,0.001,0.050,0.0123,0.0012,64.2,Normal\n",
            Some(Kept::Ahead(-7.5)),
        );
        check(
            "7F7F0101,,0,0.000000000,0.000000000,0.000000000,0.000000000,-5.123,0.000,0.000,1.0,1.0,0.0,Not synchronised\n",
            Some(Kept::Alone),
        );
        check("506 Cannot talk to daemon\n", None);
        check("", None);
        check(",,,,NaN,,,,,,,,,Normal", None);
    }

    #[test]
    fn timedatectl_says_whether_anything_keeps_the_clock() {
        assert_eq!(timedatectl("NTP=yes\nNTPSynchronized=yes\n"), Some(Kept::Somehow));
        assert_eq!(timedatectl("NTP=yes\nNTPSynchronized=no\n"), Some(Kept::Alone));
        assert_eq!(timedatectl("NTP=no\nNTPSynchronized=no\n"), None);
        assert_eq!(timedatectl(""), None);
    }

    #[test]
    fn timesyncd_says_how_far_ahead_its_servers_are() {
        let check = |offset: &str, expected: f64| {
            let text = format!("       Server: 192.0.2.1 (ntp.example)\n       Offset: {offset}\n");
            let Some(Kept::Ahead(found)) = timesync(&text) else { panic!("{offset}") };
            assert!((found - expected).abs() < 1e-9, "{offset}: {found}");
        };
        check("+1.234ms", -0.001_234);
        check("-1min 2.5s", 62.5);
        check("+87us", -0.000_087);
        assert_eq!(timesync("       Offset: much\n"), None);
        assert_eq!(timesync("Failed to query server\n"), None);
    }
}
