//! The parts of a share link, and the small pieces of text that every form of link is made of.
//!
//! Deliberately absent: which form a link has (`mod.rs` decides), and the whole text of a link.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::identity::{Identity, Rest};

/// What a link says, read once.
pub(super) struct Parts {
    pub(super) destination: Destination,
    /// What opens the door: UUID, password, key. Decoded, never empty.
    pub(super) secret: String,
    /// Decoded; empty if there is none.
    pub(super) remark: String,
    pub(super) identity: Identity,
}

/// Where a link leads: the same for each client of an inbound, so that links made of one share it.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Destination {
    /// Lower case, without `://`.
    pub(super) scheme: String,
    /// As written, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// All that the link says but whose it is.
    pub(super) rest: Rest,
}

/// Where a link leads.
pub(super) struct Address {
    /// As written, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The port as written: Hysteria may hop over several (`443,5000-6000`).
    pub(super) ports: String,
}

impl Address {
    /// Reads `host:port`, with an IPv6 address in brackets or, as old panels write it, without.
    ///
    /// `None` if the host is no host, or there is no port and no `default_port`.
    pub(super) fn parse(text: &str, default_port: Option<u16>) -> Option<Self> {
        let (host, ports) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']')?;
                host.parse::<Ipv6Addr>().ok()?;
                (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
            }
            None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        if !is_host(host) {
            return None;
        }
        let ports = match ports {
            Some(ports) => ports.to_owned(),
            None => default_port?.to_string(),
        };
        Some(Self { host: host.to_owned(), port: first_port(&ports)?, ports })
    }
}

/// A host's name says the same in any case of letters.
pub(super) fn lower_case(host: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if host.bytes().all(is_lower) { Cow::Borrowed(host) } else { host.to_lowercase().into() }
}

/// A name or an address. Names in any script pass: panels write them as the operator typed them.
fn is_host(host: &str) -> bool {
    let of_a_name = |one: char| one.is_alphanumeric() || matches!(one, '.' | '-' | '_');
    (!host.is_empty() && host.chars().all(of_a_name)) || host.parse::<Ipv6Addr>().is_ok()
}

fn first_port(ports: &str) -> Option<u16> {
    let of_ports = |one: char| one.is_ascii_digit() || matches!(one, ',' | '-');
    let first = ports.split([',', '-']).next()?;
    ports.chars().all(of_ports).then(|| first.parse().ok()).flatten()
}

/// `%41` becomes `A`; what is not UTF-8 becomes the replacement character. A `+` stays.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The pairs of a query, decoded as a form and sorted: their order says nothing.
pub(super) fn sorted_query(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (form_decoded(key), form_decoded(value)))
        .collect();
    pairs.sort();
    pairs
}

/// `+` is a blank, `%41` is `A`.
fn form_decoded(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        return percent_decoded(&text.replace('+', " ")).into();
    }
    percent_decode_str(text).decode_utf8_lossy()
}

/// The fields that a panel picks anew for each request where REALITY is used.
///
/// # Source
///
/// Fact C15 of src/ARCHITECTURE.md.
pub(super) const RANDOM_FIELDS: [&str; 3] = ["sni", "sid", "spx"];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, u16)>) {
        let address = Address::parse(text, None);
        let found = address.as_ref().map(|address| (address.host.as_str(), address.port));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        check("h:1", Some(("h", 1)));
        check("DE.example.net:443", Some(("DE.example.net", 443)));
        check("[2001:db8::1]:443", Some(("2001:db8::1", 443)));
        check("2001:db8::1:443", Some(("2001:db8::1", 443)));
        check("آلمان.example:443", Some(("آلمان.example", 443)));
        check("h:443,5000-6000", Some(("h", 443)));
    }

    #[test]
    fn anything_else_is_no_address() {
        for text in [
            "", "h", ":1", "h:", "h:x", "h:65536", "[h]:1", "[::1]1", "a b:1", "a<b:1", "h:1\"",
            "h:,",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_query_is_the_same_in_any_order() {
        assert_eq!(sorted_query("b=%2Fws+path&a"), sorted_query("a=&b=%2fws%20path&"));
    }
}
