//! The text of one setting becomes its value, or a sentence about what is wrong with it.
//!
//! Invariants:
//! - Every function is pure, and none panics on any text.
//! - What is wrong never quotes the text.
//!
//! Deliberately absent: names of settings, defaults, rules between two settings.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use crate::config::here::is_local;
use crate::config::settings::Tokens;

/// Why a text is no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The sentence after the setting's name: "is no duration".
    pub what: String,
    /// A value that would do.
    pub example: String,
}

pub(super) type Parsed<T> = Result<T, Wrong>;

pub(super) fn wrong<T>(what: impl Into<String>, example: impl Into<String>) -> Parsed<T> {
    Err(Wrong { what: what.into(), example: example.into() })
}

/// The longest name that DNS can hold, and the longest part between two dots, in bytes (RFC 1035).
const MAX_HOST_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;

/// A host name without a scheme, port or path; in the spelling of DNS.
pub(super) fn host_name(text: &str) -> Parsed<String> {
    let bare = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let meant = Url::parse(&bare).ok().and_then(|url| plain_host(url.host_str()?));
    let example = meant.unwrap_or_else(|| "sub.example.net".to_owned());
    if text.contains("://") {
        return wrong("starts with a scheme; it is a host name alone", example);
    }
    if text.contains('/') {
        return wrong("has a path; it is a host name alone", example);
    }
    if text.contains(':') {
        return wrong("has a port; it is a host name alone", example);
    }
    plain_host(text).map_or_else(|| wrong("is no host name", example), Ok)
}

fn plain_host(text: &str) -> Option<String> {
    let host = Host::parse(text).ok()?.to_string();
    let fits = |label: &str| !label.is_empty() && label.len() <= MAX_LABEL_BYTES;
    let allowed = |each: char| each.is_ascii_alphanumeric() || "-_.".contains(each);
    let good =
        host.len() <= MAX_HOST_BYTES && host.split('.').all(fits) && host.chars().all(allowed);
    good.then_some(host)
}

/// An address with a port. Port 0: a free one.
pub(super) fn address(text: &str) -> Parsed<SocketAddr> {
    const EXAMPLE: &str = "127.0.0.1:8080";
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return wrong("has no port", SocketAddr::new(ip, 8080).to_string());
    }
    let port = text.trim_start_matches("localhost").trim_start_matches(':').parse::<u16>();
    let example = port.map_or_else(|_| EXAMPLE.to_owned(), |port| format!("127.0.0.1:{port}"));
    wrong("is no address with a port", example)
}

/// The address of a name server; without a port it is that of DNS.
pub(super) fn name_server(text: &str) -> Parsed<SocketAddr> {
    let bare = text.trim_matches(['[', ']']).parse::<IpAddr>();
    let server = text.parse().or_else(|_| bare.map(|ip| SocketAddr::new(ip, 53)));
    server.or_else(|_| wrong("is no address of a name server", "9.9.9.9"))
}

/// The address of a core: scheme, host and port.
pub(super) fn core_url(text: &str) -> Parsed<Url> {
    origin(text, "http://127.0.0.1:8080")
}

/// Scheme, host and port; `example` is one that would do.
pub(super) fn origin(text: &str, example: &str) -> Parsed<Url> {
    let Ok(url) = Url::parse(text) else {
        return wrong("is no URL", example);
    };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return wrong("does not start with http:// or https:// and a host", example);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("has a user name or password; the key is ADMIN_API_KEY", example);
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return wrong("has something after its host and port", url.origin().ascii_serialization());
    }
    Ok(url)
}

/// Any address that HTTP has.
pub(super) fn any_url(text: &str) -> Parsed<Url> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
        Ok(_) => wrong("does not start with http:// or https:// and a host", EXAMPLE_URL),
        Err(_) => wrong("is no URL", EXAMPLE_URL),
    }
}

const EXAMPLE_URL: &str = "https://alerts.example.net/";

/// Whether plain HTTP to this URL crosses a network.
pub(super) fn crosses_network(url: &Url) -> bool {
    url.scheme() == "http" && !is_local(url)
}

/// A whole number in a range.
pub(super) fn count(range: RangeInclusive<usize>, text: &str) -> Parsed<usize> {
    let (least, most) = range.clone().into_inner();
    match text.parse::<usize>() {
        Ok(count) if range.contains(&count) => Ok(count),
        Ok(count) if count < least => wrong(format!("is less than {least}"), least.to_string()),
        Ok(_) => wrong(format!("is more than {most}"), most.to_string()),
        Err(_) => wrong(format!("is no whole number from {least} to {most}"), least.to_string()),
    }
}

/// A TCP port that can be connected to.
pub(super) fn port(text: &str) -> Parsed<u16> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => wrong("is no port from 1 to 65535", "5432"),
    }
}

/// `90s`, `5m`, `6h`; a bare number is seconds.
pub(super) fn duration(range: RangeInclusive<Duration>, text: &str) -> Parsed<Duration> {
    let (least, most) = range.clone().into_inner();
    let seconds = |duration: Duration| format!("{}s", duration.as_secs());
    match parse_duration(text) {
        Some(duration) if range.contains(&duration) => Ok(duration),
        Some(duration) if duration < least => {
            wrong(format!("is less than {}", seconds(least)), seconds(least))
        }
        Some(_) => wrong(format!("is more than {}", seconds(most)), seconds(most)),
        None => {
            wrong("is no duration like 90s, 5m or 6h", seconds(least.max(Duration::from_secs(10))))
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (number, seconds) = match text.split_at_checked(text.len().checked_sub(1)?)? {
        (number, "s") => (number, 1),
        (number, "m") => (number, 60),
        (number, "h") => (number, 60 * 60),
        _ => (text, 1),
    };
    let digits = !number.is_empty() && number.chars().all(|each| each.is_ascii_digit());
    // A number that is too large for its type is larger than any range.
    let number = digits.then(|| number.parse::<u64>().unwrap_or(u64::MAX))?;
    Some(Duration::from_secs(number.saturating_mul(seconds)))
}

/// One of a few words.
pub(super) fn word<T: Copy>(choices: &[(&str, T)], text: &str) -> Parsed<T> {
    if let Some(&(_, meant)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(meant);
    }
    let words: Vec<&str> = choices.iter().map(|&(word, _)| word).collect();
    let meant = words.iter().find(|word| word.eq_ignore_ascii_case(text)).or(words.first());
    wrong(format!("is none of: {}", words.join(", ")), meant.copied().unwrap_or_default())
}

/// Names with commas between them.
pub(super) fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `name:token` pairs with commas between them. A name may hold a colon, a token holds none.
pub(super) fn tokens(text: &str) -> Parsed<Tokens> {
    const EXAMPLE: &str = "de-1:<its token>";
    let mut tokens = Vec::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let Some((name, token)) = pair.rsplit_once(':') else {
            return wrong("has a part that is not name:token", EXAMPLE);
        };
        let (name, token) = (name.trim(), token.trim());
        if name.is_empty() || token.is_empty() {
            return wrong("has a part without a name or without a token", EXAMPLE);
        }
        if !token.chars().all(|each| each.is_ascii_graphic()) {
            return wrong("has a token with a blank or a foreign character in it", EXAMPLE);
        }
        if tokens.iter().any(|(other, _)| other == name) {
            return wrong("names a panel twice", EXAMPLE);
        }
        tokens.push((name.to_owned(), SecretString::from(token)));
    }
    Ok(Tokens(tokens))
}

/// A level, or directives as `tracing` has them.
///
/// A single word that is no level would be a target there, and a misspelt level would silently
/// turn the log off: so it is refused. And so is what is not ASCII: the parser of
/// tracing-subscriber 0.3.23 panics on it.
pub(super) fn log_level(text: &str) -> Parsed<String> {
    const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
    let is_directive = |part: &str| part.contains('=') || LEVELS.contains(&part.trim());
    let good = text.is_ascii()
        && text.split(',').all(is_directive)
        && EnvFilter::builder().parse(text).is_ok();
    if good {
        return Ok(text.to_owned());
    }
    let lower = text.to_ascii_lowercase();
    let meant = LEVELS.iter().find(|level| lower.starts_with(*level)).unwrap_or(&"info");
    wrong("is no level (error, warn, info, debug, trace) and no list of target=level", *meant)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use proptest::prelude::*;

    use super::*;

    fn refused<T: Debug>(parsed: Parsed<T>, example: &str) {
        assert_eq!(parsed.unwrap_err().example, example);
    }

    #[test]
    fn a_host_name_stands_alone() {
        assert_eq!(host_name("Sub.Example.net").unwrap(), "sub.example.net");
        assert_eq!(host_name("203.0.113.7").unwrap(), "203.0.113.7");
        assert_eq!(host_name("пример.рф").unwrap(), "xn--e1afmkfd.xn--p1ai");
        refused(host_name("https://sub.example.net/x"), "sub.example.net");
        refused(host_name("sub.example.net:8443"), "sub.example.net");
        refused(host_name("sub.example.net/"), "sub.example.net");
        refused(host_name("https://ali:pass@sub.example.net"), "sub.example.net");
        for text in ["a b", "a..b", "*.example.net", "[::1]", &"a".repeat(64), "://"] {
            refused(host_name(text), "sub.example.net");
        }
    }

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(address("[::1]:8080").unwrap().to_string(), "[::1]:8080");
        assert_eq!(address("0.0.0.0:0").unwrap().port(), 0);
        refused(address("8081"), "127.0.0.1:8081");
        refused(address(":8081"), "127.0.0.1:8081");
        refused(address("localhost:8081"), "127.0.0.1:8081");
        refused(address("10.0.0.1"), "10.0.0.1:8080");
        refused(address("::1"), "[::1]:8080");
        refused(address("http://x"), "127.0.0.1:8080");
    }

    #[test]
    fn a_core_is_found_by_scheme_host_and_port() {
        assert_eq!(
            core_url("https://core.example.net").unwrap().as_str(),
            "https://core.example.net/"
        );
        refused(core_url("http://u:p@127.0.0.1:8080"), "http://127.0.0.1:8080");
        refused(core_url("https://h:8443/api?x=1"), "https://h:8443");
        for text in ["127.0.0.1:8080", "ftp://h", "unix:/run/x", "x"] {
            refused(core_url(text), "http://127.0.0.1:8080");
        }
    }

    #[test]
    fn only_plain_http_to_another_machine_crosses_the_network() {
        let crosses = |text: &str| crosses_network(&Url::parse(text).unwrap());
        for local in
            ["http://localhost:1", "http://127.9.9.9", "http://[::1]", "http://[::ffff:127.0.0.1]"]
        {
            assert!(!crosses(local), "{local}");
        }
        assert!(!crosses("https://203.0.113.7"));
        assert!(crosses("http://203.0.113.7"));
        assert!(crosses("http://localhost.example.net"));
        assert!(crosses("http://0.0.0.0"));
    }

    #[test]
    fn a_duration_has_a_unit_or_is_seconds() {
        let all = Duration::ZERO..=Duration::from_hours(24);
        let read = |text: &str| duration(all.clone(), text).map(|read| read.as_secs());
        assert_eq!(read("90s"), Ok(90));
        assert_eq!(read("5m"), Ok(300));
        assert_eq!(read("6h"), Ok(21_600));
        assert_eq!(read("7"), Ok(7));
        refused(read("25h"), "86400s");
        refused(read("99999999999999999999h"), "86400s");
        for text in ["", "s", "1d", "1.5s", "-1", "+1", "5 m", "ms", "٣s"] {
            refused(read(text), "10s");
        }
        refused(duration(Duration::from_secs(1)..=Duration::from_secs(25), "0"), "1s");
    }

    #[test]
    fn a_number_stays_in_its_range() {
        assert_eq!(count(1..=1024, "1024"), Ok(1024));
        refused(count(1..=1024, "0"), "1");
        refused(count(1..=1024, "1025"), "1024");
        refused(count(1..=1024, "many"), "1");
        assert_eq!(port("5432"), Ok(5432));
        refused(port("0"), "5432");
        refused(port("65536"), "5432");
    }

    #[test]
    fn a_misspelt_level_is_no_target() {
        for text in ["info", "alamor=debug", "warn,alamor::core=trace"] {
            assert_eq!(log_level(text).unwrap(), text);
        }
        refused(log_level("debgu"), "info");
        refused(log_level("WARNING"), "warn");
        refused(log_level("alamor=loud"), "info");
        refused(log_level("\t¹="), "info");
    }

    #[test]
    fn a_word_in_capitals_is_told_in_small_letters() {
        let choices = [("keep", 1), ("panel", 2)];
        assert_eq!(word(&choices, "panel"), Ok(2));
        refused(word(&choices, "Panel"), "panel");
        refused(word(&choices, "x"), "keep");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_value_panic(text in "(?s).{0,40}") {
            let _ = (host_name(&text), address(&text), core_url(&text), names(&text), port(&text));
            let _ = (log_level(&text), count(1..=9, &text), word(&[("a", 1)], &text));
            let _ = duration(Duration::ZERO..=Duration::from_secs(9), &text);
        }

        #[test]
        fn no_directive_makes_a_level_panic(text in "[ -~\t=,\\[\\]{}\"/:a]{0,30}=[ -~=,\\[\\]{}]{0,9}") {
            let _ = log_level(&text);
        }
    }

    #[test]
    fn a_token_belongs_to_a_panel_by_name() {
        let names = |text| {
            let Tokens(tokens) = tokens(text).unwrap();
            tokens.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("de-1:abc, Frankfurt: 2 : def ,"), ["de-1", "Frankfurt: 2"]);
        for text in ["de-1", "de-1:", ":abc", "de-1:a b", "de-1:a,de-1:b"] {
            refused(tokens(text), "de-1:<its token>");
        }
    }
}
