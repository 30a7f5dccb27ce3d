//! Names, their addresses, and which of these are this machine's.
//!
//! ```text
//! text ─▶ HostName ─▶ resolve() ─▶ Addresses ─▶ Machine: which of them are ours
//!         checked     a name server             asked of the kernel
//! ```
//!
//! Invariants:
//! - What became a [`HostName`] may stand in a command and in a path.
//! - `/etc/hosts` is not read: customers do not have ours.
//! - Nothing is sent but questions to a name server.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::core::probes::Sight;

/// How long a name server may take, all tries together; a probe has 5 s.
const PATIENCE: Duration = Duration::from_secs(3);

/// More addresses than these nobody looks at.
const MOST: usize = 16;

/// A host name in ASCII, international ones in punycode.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::core::probes) struct HostName(String);

impl HostName {
    /// None where `text` is no host name that certificates and commands could hold.
    pub(in crate::core::probes) fn parse(text: &str) -> Option<Self> {
        let host = url::Host::parse(text.trim().trim_end_matches('.')).ok()?.to_string();
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && !label.starts_with('-') && label.bytes().all(fits)
        };
        (host.len() <= 253 && host.split('.').all(is_label)).then_some(Self(host))
    }

    /// Whether it is an address already.
    pub(in crate::core::probes) fn is_address(&self) -> bool {
        self.0.parse::<Ipv4Addr>().is_ok()
    }

    pub(in crate::core::probes) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The addresses of a name; none of a name that has other records only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::core::probes) struct Addresses {
    pub(in crate::core::probes) v4: Vec<Ipv4Addr>,
    pub(in crate::core::probes) v6: Vec<Ipv6Addr>,
}

impl Addresses {
    /// All of them, those of IPv4 first: they are what most customers use.
    pub(in crate::core::probes) fn all(&self) -> Vec<IpAddr> {
        let v4 = self.v4.iter().copied().map(IpAddr::V4);
        v4.chain(self.v6.iter().copied().map(IpAddr::V6)).collect()
    }
}

/// Why a name server gave no addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::core::probes) enum Unresolved {
    /// The name server answered: there is no such name.
    #[error("there is no such name")]
    NoSuchName,
    /// Nobody answered.
    #[error("the name server {0} does not answer")]
    Silent(String),
    /// It answered that it cannot say.
    #[error("the name server {0} answers {1}")]
    Failed(String, String),
    /// This machine has no name server.
    #[error("this machine has no name server: {0}")]
    NoServer(String),
}

/// What name servers said to those who look together: each name is asked for once, and all go by the
/// same answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolved(Arc<Mutex<HashMap<HostName, Arc<OnceCell<Answer>>>>>);

type Answer = Result<Addresses, Unresolved>;

/// Asks for both kinds of addresses; not again for who looks with the same sight.
pub(in crate::core::probes) async fn resolve(sight: &Sight, name: &HostName) -> Answer {
    let answer = {
        let mut names = sight.resolved.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(names.entry(name.clone()).or_default())
    };
    answer.get_or_init(|| ask(sight, name)).await.clone()
}

async fn ask(sight: &Sight, name: &HostName) -> Answer {
    if let Ok(address) = name.as_str().parse::<Ipv4Addr>() {
        return Ok(Addresses { v4: vec![address], v6: Vec::new() });
    }
    let (resolver, server) = resolver(sight.settings.probes.dns_server)?;
    // With its last dot, or the machine's search domains would be tried as well.
    let mut absolute = Name::from_ascii(name.as_str()).map_err(|_| Unresolved::NoSuchName)?;
    absolute.set_fqdn(true);
    let both = async {
        tokio::join!(resolver.ipv4_lookup(absolute.clone()), resolver.ipv6_lookup(absolute))
    };
    let Ok((v4, v6)) = timeout(PATIENCE, both).await else {
        return Err(Unresolved::Silent(server));
    };
    let v4 = answers(v4, &server, |data| match data {
        RData::A(address) => Some(address.0),
        _ => None,
    });
    let v6 = answers(v6, &server, |data| match data {
        RData::AAAA(address) => Some(address.0),
        _ => None,
    });
    match (v4, v6) {
        (Ok(v4), Ok(v6)) => Ok(Addresses { v4, v6 }),
        // Some name servers fail at AAAA; what customers use is known.
        (Ok(v4), Err(_)) if !v4.is_empty() => Ok(Addresses { v4, v6: Vec::new() }),
        (Err(why), _) | (Ok(_), Err(why)) => Err(why),
    }
}

/// A resolver without memory, and how its server is called.
fn resolver(server: Option<SocketAddr>) -> Result<(TokioResolver, String), Unresolved> {
    let no_server = |error: NetError| Unresolved::NoServer(error.to_string());
    let (mut builder, called) = match server {
        Some(server) => {
            let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            for connection in &mut connections {
                connection.port = server.port();
            }
            let server_config = NameServerConfig::new(server.ip(), true, connections);
            let config = ResolverConfig::from_name_servers(vec![server_config]);
            let provider = TokioRuntimeProvider::default();
            (TokioResolver::builder_with_config(config, provider), server.to_string())
        }
        None => (TokioResolver::builder_tokio().map_err(no_server)?, "of this machine".to_owned()),
    };
    limit(builder.options_mut());
    Ok((builder.build().map_err(no_server)?, called))
}

fn limit(options: &mut ResolverOpts) {
    options.timeout = PATIENCE / 2;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
}

/// What one question gave: nothing of this kind is an answer as well.
fn answers<T>(
    looked: Result<Lookup, NetError>,
    server: &str,
    pick: impl Fn(&RData) -> Option<T>,
) -> Result<Vec<T>, Unresolved> {
    let failed = |code: ResponseCode| Unresolved::Failed(server.to_owned(), code.to_string());
    match looked {
        Ok(lookup) => {
            Ok(lookup.answers().iter().filter_map(|record| pick(&record.data)).take(MOST).collect())
        }
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
            ResponseCode::NXDomain => Err(Unresolved::NoSuchName),
            ResponseCode::NoError => Ok(Vec::new()),
            code => Err(failed(code)),
        },
        Err(NetError::Dns(DnsError::ResponseCode(code))) => Err(failed(code)),
        Err(_) => Err(Unresolved::Silent(server.to_owned())),
    }
}

/// What this machine knows of its own addresses.
///
/// Read off sockets that send nothing: a list of interfaces needs netlink, which a hardened unit has
/// not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::core::probes) struct Machine {
    /// The address from which it reaches the world by IPv4.
    pub(in crate::core::probes) v4: Option<Ipv4Addr>,
    /// The same by IPv6.
    pub(in crate::core::probes) v6: Option<Ipv6Addr>,
    /// Those of the addresses in question that are its own.
    pub(in crate::core::probes) own: Vec<IpAddr>,
}

/// Addresses for documentation: nobody's, so the way to them is the way to the world (RFC 5737, RFC 3849).
const WORLD: [&str; 2] = ["192.0.2.1:9", "[2001:db8::1]:9"];

impl Machine {
    /// Looks which of `addresses` are ours.
    pub(in crate::core::probes) fn look(addresses: &[IpAddr]) -> Self {
        let towards = |from: &str, to: &str| {
            let socket = UdpSocket::bind(from).ok()?;
            socket.connect(to).ok()?;
            Some(socket.local_addr().ok()?.ip())
        };
        let v4 = towards("0.0.0.0:0", WORLD[0]).and_then(|ip| match ip {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        });
        let v6 = towards("[::]:0", WORLD[1]).and_then(|ip| match ip {
            IpAddr::V6(ip) => Some(ip),
            IpAddr::V4(_) => None,
        });
        // With ip_nonlocal_bind everything can be bound: then binding proves nothing.
        let binds = |ip: IpAddr| UdpSocket::bind((ip, 0)).is_ok();
        let proves = !binds(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let is_own = |ip: &IpAddr| {
            v4.map(IpAddr::V4) == Some(*ip)
                || v6.map(IpAddr::V6) == Some(*ip)
                || (proves && binds(*ip))
        };
        Self { v4, v6, own: addresses.iter().copied().filter(is_own).collect() }
    }

    pub(in crate::core::probes) fn has(&self, address: impl Into<IpAddr>) -> bool {
        self.own.contains(&address.into())
    }

    /// Its address as the world knows it; none behind a NAT.
    pub(in crate::core::probes) fn public_v4(&self) -> Option<Ipv4Addr> {
        self.v4.filter(|ip| is_public(IpAddr::V4(*ip)))
    }

    /// Its address as the world knows it.
    pub(in crate::core::probes) fn public_v6(&self) -> Option<Ipv6Addr> {
        self.v6.filter(|ip| is_public(IpAddr::V6(*ip)))
    }
}

/// Whether the world could reach it: neither private, nor shared by a provider, nor of this link or
/// machine only.
pub(in crate::core::probes) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_here = ip.is_loopback() || ip.is_link_local() || ip.is_unspecified();
            !(ip.is_private() || is_shared || is_here)
        }
        // Global unicast is 2000::/3 (RFC 4291).
        IpAddr::V6(ip) => ip.segments()[0] & 0xe000 == 0x2000,
    }
}

/// Addresses, with commas between.
pub(in crate::core::probes) fn joined<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_ascii_or_none() {
        let name = |text: &str| HostName::parse(text).map(|name| name.to_string());
        assert_eq!(name(" Sub.Example.NET. ").as_deref(), Some("sub.example.net"));
        assert_eq!(name("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(name("203.0.113.7").as_deref(), Some("203.0.113.7"));
        let none =
            ["", "..", "../x", "a b", "a;reboot", "$(reboot)", "a'b", "-x.net", "a/b", "[::1]"];
        for text in none {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_private_is_not_public() {
        let private =
            ["10.1.2.3", "192.168.0.1", "172.20.0.1", "100.64.0.1", "127.0.1.1", "fe80::1"];
        for text in private.iter().chain(&["169.254.1.1", "0.0.0.0", "::1", "fd00::1"]) {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["203.0.113.7", "100.128.0.1", "2a01:4f8::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_machine_has_its_own_loopback_and_not_an_address_of_nobody() {
        let addresses = ["127.0.0.1", "203.0.113.7", "::1"].map(|text| text.parse().unwrap());
        let machine = Machine::look(&addresses);
        assert!(machine.has(addresses[0]) && machine.has(addresses[2]));
        assert!(!machine.has(addresses[1]));
    }
}
