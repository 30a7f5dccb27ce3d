//! Who asks: the address at the other end of the connection, and the one for which it asks.
//!
//! ```text
//! peer believed? ─ no ──────────────────────────────▶ the peer
//!      └ yes ─▶ the rightmost in X-Forwarded-For that is no proxy ─▶ else X-Real-IP ─▶ else the peer
//! ```
//!
//! Invariants:
//! - Only this machine and `TRUSTED_PROXIES` may say for whom they ask.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::entries::entries;
use crate::core::Core;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) ip: IpAddr,
    /// Whether it may say for whom it asks.
    pub(super) is_believed: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// This machine: a console, or an nginx that does not say for whom it asks.
    Here,
    /// Somebody at this address.
    At(IpAddr),
}

impl Asker {
    /// Reads who asks from a request's connection and headers.
    pub(super) fn of(parts: &Parts, core: &Core) -> Self {
        let settings = core.settings();
        let trusted = &settings.trusted_proxies;
        let peer = Peer::of(parts, trusted);
        peer.map_or(Self::Here, |peer| Self::find(peer, &parts.headers, trusted))
    }

    fn find(peer: Peer, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let said = peer.is_believed.then(|| said(headers, trusted)).flatten();
        match said.unwrap_or(peer.ip) {
            ip if ip.is_loopback() => Self::Here,
            ip => Self::At(ip),
        }
    }

    /// What is counted as one: an address, or the network of one customer with IPv6.
    pub(super) fn network(self) -> Option<IpAddr> {
        match self {
            Self::Here => None,
            Self::At(IpAddr::V4(ip)) => Some(ip.into()),
            Self::At(IpAddr::V6(ip)) => {
                Some(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into())
            }
        }
    }
}

impl Peer {
    fn of(parts: &Parts, trusted: &[IpNet]) -> Option<Self> {
        let ConnectInfo(address) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        let ip = address.ip().to_canonical();
        Some(Self { ip, is_believed: is_trusted(ip, trusted) })
    }
}

fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    ip.is_loopback() || trusted.iter().any(|network| network.contains(&ip))
}

/// For whom a proxy says that it asks.
fn said(headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    for hop in entries(headers, &X_FORWARDED_FOR).rev() {
        match address(hop) {
            Some(ip) if is_trusted(ip, trusted) => {}
            Some(ip) => return Some(ip),
            // No proxy of ours wrote that, so nothing left of it is one's word.
            None => break,
        }
    }
    address(headers.get("x-real-ip")?.to_str().ok()?)
}

/// An address as proxies write it, some of them with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse();
    let ip = bare.or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

impl FromRequestParts<Arc<Core>> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, core))
    }
}

impl OptionalFromRequestParts<Arc<Core>> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        core: &Arc<Core>,
    ) -> Result<Option<Self>, Infallible> {
        Ok(Self::of(parts, &core.settings().trusted_proxies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who asks, as text; headers as `name: value`.
    fn check(peer: &str, headers: &[&str], expected: &str) {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for header in headers {
            let (name, value) = header.split_once(": ").unwrap();
            let name: axum::http::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        let ip: IpAddr = peer.parse().unwrap();
        let peer = Peer { ip, is_believed: is_trusted(ip, &trusted) };
        let found = match Asker::find(peer, &map, &trusted) {
            Asker::Here => "here".to_owned(),
            Asker::At(ip) => ip.to_string(),
        };
        assert_eq!(found, expected, "{peer:?} {headers:?}");
    }

    #[test]
    fn the_rightmost_that_is_no_proxy_asks() {
        let forwarded = "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.1.1";
        check("127.0.0.1", &[forwarded], "203.0.113.7");
        check("10.9.9.9", &[forwarded], "203.0.113.7");
        check("::1", &["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 203.0.113.7"], "203.0.113.7");
        check("127.0.0.1", &["X-Forwarded-For: 203.0.113.7:4711"], "203.0.113.7");
        check("127.0.0.1", &["X-Forwarded-For: [2001:db8::1]:443"], "2001:db8::1");
        check("127.0.0.1", &["X-Forwarded-For: ::ffff:203.0.113.7"], "203.0.113.7");
    }

    #[test]
    fn without_it_the_other_header_counts() {
        check("127.0.0.1", &["X-Real-IP: 203.0.113.7"], "203.0.113.7");
        check("127.0.0.1", &["X-Forwarded-For: unknown", "X-Real-IP: 203.0.113.7"], "203.0.113.7");
        check("127.0.0.1", &["X-Forwarded-For: 6.6.6.6, junk"], "here");
        check("10.0.0.2", &["X-Forwarded-For: 10.0.0.3"], "10.0.0.2");
    }

    #[test]
    fn a_strangers_word_counts_for_nothing() {
        check(
            "203.0.113.7",
            &["X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1"],
            "203.0.113.7",
        );
    }

    #[test]
    fn this_machine_alone_is_here() {
        check("127.0.0.1", &[], "here");
        check("::1", &[], "here");
        check("127.0.0.1", &["X-Forwarded-For: 127.0.0.1"], "here");
    }

    #[test]
    fn a_customer_with_many_addresses_is_one() {
        let network = |ip: &str| Asker::At(ip.parse().unwrap()).network();
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("203.0.113.7"), network("203.0.113.8"));
    }
}
