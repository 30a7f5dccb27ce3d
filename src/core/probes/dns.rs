//! The addresses of a name, compared with this machine's.
//!
//! ```text
//! resolve() ─▶ Addresses ┐
//! Machine::look()        ├─▶ judge() ─▶ Found
//! does IPv6 answer?      │
//! who answers elsewhere? ┘
//! ```
//!
//! Deliberately absent: whether IPv4 answers (that is `tcp`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::endpoint::elsewhere::{self, Elsewhere};
use super::machine::names::{Addresses, HostName, Machine, Unresolved, is_public, joined, resolve};
use super::tcp::SET_DOMAIN;
use super::{Found, Sight};

/// Networks of Cloudflare: what has an address in one of them stands behind it.
///
/// # Source
///
/// What Cloudflare publishes as <https://www.cloudflare.com/ips-v4> and `ips-v6`, copied from lists
/// that others made of these pages, and not read there: of IPv4 the large ones, from which names get
/// their addresses. One that is missing is found by who answers there.
const CLOUDFLARE: [(IpAddr, u32); 8] = [
    (IpAddr::V4(Ipv4Addr::new(104, 16, 0, 0)), 13),
    (IpAddr::V4(Ipv4Addr::new(104, 24, 0, 0)), 14),
    (IpAddr::V4(Ipv4Addr::new(172, 64, 0, 0)), 13),
    (IpAddr::V4(Ipv4Addr::new(188, 114, 96, 0)), 20),
    (IpAddr::V4(Ipv4Addr::new(162, 158, 0, 0)), 15),
    (IpAddr::V6(Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0)), 32),
    (IpAddr::V6(Ipv6Addr::new(0x2a06, 0x98c0, 0, 0, 0, 0, 0, 0)), 29),
    (IpAddr::V6(Ipv6Addr::new(0x2803, 0xf800, 0, 0, 0, 0, 0, 0)), 32),
];

/// A way to another resolver, for a machine whose own does not help.
const ASK_ANOTHER: &str = "set DNS_SERVER=1.1.1.1 in the .env: it is asked instead";

pub(super) async fn find(sight: &Sight, name: &str) -> Found {
    let Some(name) = HostName::parse(name) else {
        return Found::unknown("the domain is no host name: nothing can be asked about it", None);
    };
    if name.is_address() {
        let reason = format!("{name} is an address and no name: there is nothing to ask about it");
        return Found::warn(reason, SET_DOMAIN);
    }
    let question = format!("A and AAAA of {name}");
    let addresses = match resolve(sight, &name).await {
        Ok(addresses) => addresses,
        Err(why) => return unresolved(&name, &why, sight).asked(question, why),
    };
    let machine = Machine::look(&addresses.all());
    let port = sight.settings.probes.public_port;
    let own = addresses.v6.iter().copied().filter(|ip| machine.has(*ip));
    let foreign: Vec<IpAddr> = addresses.all().into_iter().filter(|ip| !machine.has(*ip)).collect();
    let (knocked, elsewhere) = tokio::join!(
        join_all(own.map(async |ip| (ip, answers((ip, port).into()).await))),
        elsewhere::ask(sight, &name, &foreign),
    );
    let silent = knocked.into_iter().filter(|(_, answers)| !answers).map(|(ip, _)| ip).collect();
    let answer = joined(&addresses.all());
    let known = [machine.v4.map(IpAddr::V4), machine.v6.map(IpAddr::V6)];
    let known: Vec<IpAddr> = known.into_iter().flatten().collect();
    let chosen = sight.settings.probes.dns_server;
    let cure = let_in(port, sight.settings.tls.is_some());
    judge(&name, &addresses, &machine, &Asked { silent, chosen, cure, elsewhere })
        .asked(question, if answer.is_empty() { "none" } else { &answer })
        .asked(
            "this machine's own",
            if known.is_empty() { "none".to_owned() } else { joined(&known) },
        )
        .with_details(elsewhere.in_words().map(|who| format!("who answers elsewhere: {who}")))
        .with_fact("addresses", answer)
}

async fn answers(socket: SocketAddr) -> bool {
    matches!(timeout(Duration::from_secs(1), TcpStream::connect(socket)).await, Ok(Ok(_)))
}

fn unresolved(name: &HostName, why: &Unresolved, sight: &Sight) -> Found {
    match why {
        Unresolved::NoSuchName => no_address(name, format!("{name}: {why}")),
        // One that somebody chose, or none at all: customers' own may well answer.
        _ if sight.settings.probes.dns_server.is_some() => Found::unknown(
            format!("{why}: the addresses of {name} are not known"),
            Some("set DNS_SERVER in the .env to one that answers, or leave it empty"),
        ),
        _ => Found::unknown(
            format!("{why}: the addresses of {name} are not known"),
            Some(ASK_ANOTHER),
        ),
    }
}

fn no_address(name: &HostName, reason: String) -> Found {
    let machine = Machine::look(&[]);
    Found::crit(reason, set_a(name, machine.public_v4()))
}

fn set_a(name: &HostName, address: Option<Ipv4Addr>) -> String {
    match address {
        Some(address) => format!("set the A record of {name} to {address} at your DNS provider"),
        None => {
            format!(
                "set the A record of {name} to this machine's public address at your DNS provider"
            )
        }
    }
}

/// What was asked beside the addresses.
struct Asked {
    /// Addresses of ours by IPv6 at which nothing takes connections.
    silent: Vec<Ipv6Addr>,
    /// The name server that the settings name.
    chosen: Option<SocketAddr>,
    /// What lets customers in by IPv6.
    cure: String,
    /// Who answers at addresses that are not ours.
    elsewhere: Elsewhere,
}

/// How customers come in by IPv6: to the core where it speaks TLS itself, else to nginx.
fn let_in(port: u16, is_to_core: bool) -> String {
    if is_to_core {
        format!("write WEBHOOK_BIND=[::]:{port} into the .env and restart the core")
    } else {
        format!("let nginx listen on [::]:{port} as well")
    }
}

/// What addresses mean on this machine.
fn judge(name: &HostName, addresses: &Addresses, machine: &Machine, asked: &Asked) -> Found {
    let all = addresses.all();
    if all.is_empty() {
        return no_address(name, format!("{name} has no address"));
    }
    if all.iter().all(|ip| is_cloudflare(*ip)) {
        let seen = joined(&all);
        return Found::ok(format!(
            "{name} → {seen}: Cloudflare stands before it, and which machine it asks is set there"
        ));
    }
    let foreign: Vec<_> = all.iter().filter(|ip| !machine.has(**ip)).collect();
    if asked.elsewhere == Elsewhere::ThisCore && foreign.len() == all.len() {
        return Found::ok(format!(
            "{name} → {}: this core answers there, through somebody in front (a CDN, a NAT)",
            joined(&all)
        ));
    }
    if let Some(found) =
        v4(name, addresses, machine).or_else(|| v6(name, addresses, machine, asked))
    {
        return found;
    }
    let seen = format!("{name} → {}, this machine", joined(&all));
    match all.iter().find(|ip| !is_public(**ip)) {
        Some(private) => of_this_network(name, *private, asked.chosen).seeing(seen),
        None => Found::ok(seen),
    }
}

/// What is wrong with the addresses by IPv4.
fn v4(name: &HostName, addresses: &Addresses, machine: &Machine) -> Option<Found> {
    let foreign: Vec<_> = addresses.v4.iter().filter(|ip| !machine.has(**ip)).collect();
    if foreign.is_empty() {
        return None;
    }
    let listed = joined(&foreign);
    let public = foreign.iter().all(|ip| is_public(IpAddr::V4(**ip)));
    if foreign.len() < addresses.v4.len() {
        return Some(Found::warn(
            format!(
                "{name} points to {listed} as well, which is not this machine: customers get its \
                 addresses in turn"
            ),
            format!(
                "remove the A record of {name} to {listed}, unless it passes on to this machine"
            ),
        ));
    }
    Some(match (machine.public_v4(), machine.v4) {
        (Some(own), _) => Found::crit(
            format!("{name} points to {listed}, and this machine is {own}"),
            set_a(name, Some(own)),
        ),
        (None, Some(own)) if public => Found::unknown(
            format!(
                "this machine knows only its private address {own}: whether {listed} is its \
                 public one cannot be compared"
            ),
            Some("compare it with the public address that your provider shows"),
        ),
        (None, _) if public => Found::unknown(
            format!("this machine has no address by IPv4: whose {listed} is cannot be compared"),
            Some("compare it with the public address that your provider shows"),
        ),
        (None, _) => Found::crit(
            format!("{name} points to {listed}, which is neither public nor this machine's"),
            set_a(name, None),
        ),
    })
}

/// What is wrong with the addresses by IPv6, where those by IPv4 are well.
fn v6(name: &HostName, addresses: &Addresses, machine: &Machine, asked: &Asked) -> Option<Found> {
    let foreign: Vec<_> = addresses.v6.iter().filter(|ip| !machine.has(**ip)).collect();
    let own = machine.public_v6();
    let alone = addresses.v4.is_empty();
    if !foreign.is_empty() {
        let listed = joined(&foreign);
        let whose = own.map_or_else(
            || "this machine has no address by IPv6".to_owned(),
            |own| format!("this machine is {own}"),
        );
        let reason = format!("{name} points to {listed} by IPv6, and {whose}");
        return Some(match own {
            _ if alone => Found::crit(reason, set_a(name, machine.public_v4())),
            Some(own) => {
                Found::warn(reason, format!("remove the AAAA record of {name}, or set it to {own}"))
            }
            None => Found::warn(reason, format!("remove the AAAA record of {name}")),
        });
    }
    if asked.silent.is_empty() || alone {
        return None;
    }
    let reason = format!(
        "{name} is also {} by IPv6, where nothing takes connections: customers with IPv6 wait \
         or fail",
        joined(&asked.silent)
    );
    let fix = format!("remove the AAAA record of {name}, or {}", asked.cure);
    Some(Found::warn(reason, fix))
}

/// An address of ours that nobody else reaches.
fn of_this_network(name: &HostName, address: IpAddr, chosen: Option<SocketAddr>) -> Found {
    match chosen {
        None => Found::warn(
            format!(
                "here {name} is {address}, which only this network reaches: /etc/hosts or a private \
                 name server says so, and what customers get is not known"
            ),
            ASK_ANOTHER,
        ),
        Some(server) => Found::warn(
            format!("{server} says that {name} is {address}, which only this network reaches"),
            set_a(name, None),
        ),
    }
}

fn is_cloudflare(address: IpAddr) -> bool {
    CLOUDFLARE.iter().any(|(network, bits)| match (address, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            (ip.to_bits() ^ network.to_bits()).leading_zeros() >= *bits
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            (ip.to_bits() ^ network.to_bits()).leading_zeros() >= *bits
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, dns};
    use super::*;
    use crate::api::CheckState::{self, Crit, Ok, Unknown, Warn};

    const NAME: &str = "sub.example.net";

    fn machine(v4: Option<&str>, v6: Option<&str>) -> Machine {
        let v4: Option<Ipv4Addr> = v4.map(|text| text.parse().unwrap());
        let v6: Option<Ipv6Addr> = v6.map(|text| text.parse().unwrap());
        let own = v4.map(IpAddr::V4).into_iter().chain(v6.map(IpAddr::V6)).collect();
        Machine { v4, v6, own }
    }

    fn addresses(listed: &[&str]) -> Addresses {
        let mut addresses = Addresses::default();
        for text in listed {
            match text.parse().unwrap() {
                IpAddr::V4(ip) => addresses.v4.push(ip),
                IpAddr::V6(ip) => addresses.v6.push(ip),
            }
        }
        addresses
    }

    fn judged(listed: &[&str], machine: &Machine, silent: &[&str]) -> Found {
        let silent = silent.iter().map(|text| text.parse().unwrap()).collect();
        let name = HostName::parse(NAME).unwrap();
        let asked =
            Asked { silent, chosen: None, cure: let_in(443, false), elsewhere: Elsewhere::Nobody };
        judge(&name, &addresses(listed), machine, &asked)
    }

    /// State, reason (of what is well: what was seen) and fix.
    fn check(found: &Found, state: CheckState, reason: &str, fix: &str) {
        assert_eq!(found.state, state, "{found:?}");
        assert_eq!(found.reason.as_deref().unwrap_or(&found.seen), reason);
        assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
    }

    #[test]
    fn an_address_of_this_machine_is_well() {
        let here = machine(Some("203.0.113.7"), None);
        let seen = "sub.example.net → 203.0.113.7, this machine";
        check(&judged(&["203.0.113.7"], &here, &[]), Ok, seen, "");
    }

    #[test]
    fn an_address_elsewhere_is_named_beside_ours() {
        let here = machine(Some("203.0.113.7"), None);
        let fix = "set the A record of sub.example.net to 203.0.113.7 at your DNS provider";
        let reason = "sub.example.net points to 198.51.100.4, and this machine is 203.0.113.7";
        check(&judged(&["198.51.100.4"], &here, &[]), Crit, reason, fix);
        // One of two: some customers go elsewhere, and who that is may be meant so.
        let reason = "sub.example.net points to 198.51.100.4 as well, which is not this machine: \
                      customers get its addresses in turn";
        let fix = "remove the A record of sub.example.net to 198.51.100.4, unless it passes on to \
                   this machine";
        check(&judged(&["203.0.113.7", "198.51.100.4"], &here, &[]), Warn, reason, fix);
    }

    #[test]
    fn an_address_elsewhere_at_which_this_core_answers_is_meant_so() {
        let here = machine(Some("203.0.113.7"), None);
        let name = HostName::parse(NAME).unwrap();
        let judged = |elsewhere| {
            let asked =
                Asked { silent: Vec::new(), chosen: None, cure: let_in(443, false), elsewhere };
            judge(&name, &addresses(&["198.51.100.4"]), &here, &asked)
        };
        let seen = "sub.example.net → 198.51.100.4: this core answers there, through somebody in \
                    front (a CDN, a NAT)";
        check(&judged(Elsewhere::ThisCore), Ok, seen, "");
        assert_eq!(judged(Elsewhere::AnotherCore).state, Crit);
    }

    #[tokio::test]
    async fn a_domain_that_is_an_address_needs_a_name_and_no_record() {
        let reason = "10.0.0.1 is an address and no name: there is nothing to ask about it";
        check(&find(&fixture::sight(""), "10.0.0.1").await, Warn, reason, SET_DOMAIN);
        let reason = "the domain is no host name: nothing can be asked about it";
        check(&find(&fixture::sight(""), "-x.y").await, Unknown, reason, "");
    }

    #[test]
    fn behind_the_nat_of_a_cloud_nothing_is_compared() {
        let here = machine(Some("10.0.0.5"), None);
        let reason = "this machine knows only its private address 10.0.0.5: whether 203.0.113.7 is \
                      its public one cannot be compared";
        let fix = "compare it with the public address that your provider shows";
        check(&judged(&["203.0.113.7"], &here, &[]), Unknown, reason, fix);
        let reason =
            "sub.example.net points to 192.168.1.9, which is neither public nor this machine's";
        let fix = "set the A record of sub.example.net to this machine's public address at your \
                   DNS provider";
        check(&judged(&["192.168.1.9"], &here, &[]), Crit, reason, fix);
    }

    #[test]
    fn an_ipv6_address_that_is_not_ours_is_to_be_removed() {
        let reason = "sub.example.net points to 2001:db8::9 by IPv6, and this machine has no address \
                      by IPv6";
        let fix = "remove the AAAA record of sub.example.net";
        let here = machine(Some("203.0.113.7"), None);
        check(&judged(&["203.0.113.7", "2001:db8::9"], &here, &[]), Warn, reason, fix);

        let here = machine(Some("203.0.113.7"), Some("2001:db8::7"));
        let reason =
            "sub.example.net points to 2001:db8::9 by IPv6, and this machine is 2001:db8::7";
        let fix = "remove the AAAA record of sub.example.net, or set it to 2001:db8::7";
        check(&judged(&["203.0.113.7", "2001:db8::9"], &here, &[]), Warn, reason, fix);
        let fix = "set the A record of sub.example.net to 203.0.113.7 at your DNS provider";
        check(&judged(&["2001:db8::9"], &here, &[]), Crit, reason, fix);
    }

    #[test]
    fn an_ipv6_address_at_which_nothing_answers_makes_customers_wait() {
        let here = machine(Some("203.0.113.7"), Some("2001:db8::7"));
        let reason = "sub.example.net is also 2001:db8::7 by IPv6, where nothing takes connections: \
                      customers with IPv6 wait or fail";
        let fix =
            "remove the AAAA record of sub.example.net, or let nginx listen on [::]:443 as well";
        let listed = ["203.0.113.7", "2001:db8::7"];
        check(&judged(&listed, &here, &["2001:db8::7"]), Warn, reason, fix);
        assert_eq!(judged(&listed, &here, &[]).state, Ok);
        let asked = Asked {
            silent: vec!["2001:db8::7".parse().unwrap()],
            chosen: None,
            cure: let_in(8443, false),
            elsewhere: Elsewhere::Nobody,
        };
        let name = HostName::parse(NAME).unwrap();
        let found = judge(&name, &addresses(&listed), &here, &asked);
        assert!(found.fix.unwrap().ends_with("let nginx listen on [::]:8443 as well"));
    }

    #[test]
    fn behind_cloudflare_another_address_is_meant_so() {
        let here = machine(Some("203.0.113.7"), None);
        let seen = "sub.example.net → 104.21.3.4, 172.67.1.2: Cloudflare stands before it, and which \
                    machine it asks is set there";
        check(&judged(&["104.21.3.4", "172.67.1.2"], &here, &[]), Ok, seen, "");
        assert!(!is_cloudflare("104.15.255.255".parse().unwrap()));
        assert!(!is_cloudflare("104.28.0.0".parse().unwrap()));
        let seen = "sub.example.net → 2606:4700:10::1: Cloudflare stands before it, and which machine \
                    it asks is set there";
        check(&judged(&["2606:4700:10::1"], &here, &[]), Ok, seen, "");
        assert!(is_cloudflare("2a06:98c7::1".parse().unwrap()));
        assert!(!is_cloudflare("2a06:98c8::1".parse().unwrap()));
        assert!(!is_cloudflare("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn an_address_of_the_hosts_file_is_not_taken_for_the_customers() {
        let here = machine(Some("10.0.0.5"), None);
        let reason = "here sub.example.net is 10.0.0.5, which only this network reaches: /etc/hosts \
                      or a private name server says so, and what customers get is not known";
        check(&judged(&["10.0.0.5"], &here, &[]), Warn, reason, ASK_ANOTHER);
    }

    #[tokio::test]
    async fn a_name_server_is_asked_for_both_kinds() {
        let server = dns::Server::start(&[(NAME, &["127.0.0.1", "::1"])]).await;
        let sight = fixture::sight(&format!("DNS_SERVER={}", server.address));
        let name = HostName::parse(NAME).unwrap();
        let answer = resolve(&sight, &name).await.unwrap();
        assert_eq!(answer, addresses(&["127.0.0.1", "::1"]));
        let found = find(&sight, NAME).await;
        assert_eq!(found.facts["addresses"], "127.0.0.1, ::1");
        assert_eq!(found.details[0], "A and AAAA of sub.example.net: 127.0.0.1, ::1");
    }

    #[tokio::test]
    async fn a_name_that_is_not_there_is_no_name_server_that_is_silent() {
        let server = dns::Server::start(&[("empty.example.net", &[])]).await;
        let sight = fixture::sight(&format!("DNS_SERVER={}", server.address));
        let missing = find(&sight, NAME).await;
        assert_eq!(missing.state, Crit);
        assert_eq!(missing.reason.unwrap(), "sub.example.net: there is no such name");
        assert!(missing.fix.unwrap().starts_with("set the A record of sub.example.net to "));
        let empty = find(&sight, "empty.example.net").await;
        assert_eq!(empty.state, Crit);
        assert_eq!(empty.reason.unwrap(), "empty.example.net has no address");

        let broken = dns::Server::broken().await;
        let sight = fixture::sight(&format!("DNS_SERVER={}", broken.address));
        let reason = format!(
            "the name server {} answers Server Failure: the addresses of {NAME} are not known",
            broken.address
        );
        let fix = "set DNS_SERVER in the .env to one that answers, or leave it empty";
        check(&find(&sight, NAME).await, Unknown, &reason, fix);
    }

    // Nobody waits for the silence: time passes by itself where nothing else is to do.
    #[tokio::test(start_paused = true)]
    async fn a_silent_name_server_leaves_the_addresses_unknown() {
        let silent = dns::Server::silent().await;
        let sight = fixture::sight(&format!("DNS_SERVER={}", silent.address));
        let reason = format!(
            "the name server {} does not answer: the addresses of {NAME} are not known",
            silent.address
        );
        let fix = "set DNS_SERVER in the .env to one that answers, or leave it empty";
        check(&find(&sight, NAME).await, Unknown, &reason, fix);
    }

    #[tokio::test]
    async fn what_is_no_host_name_is_asked_nowhere() {
        let reason = "the domain is no host name: nothing can be asked about it";
        check(&find(&fixture::sight(""), "a;reboot").await, Unknown, reason, "");
    }
}
