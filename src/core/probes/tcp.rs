//! Whether something takes connections at the public port: at the addresses of the domain, and here.
//!
//! ```text
//! 203.0.113.7:443  [2001:db8::7]:443  127.0.0.1:443  [::1]:443     knocked at together
//!       └──────────── Reach ───────────────┴───────────┘
//!                       └─▶ judge() ─▶ Found
//! ```
//!
//! Deliberately absent: what answers (that is `tls` and `endpoint`), the domain's addresses (`dns`).

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::machine::holder;
use super::machine::names::{Addresses, HostName, Machine, Unresolved, joined, resolve};
use super::{Found, Sight, nginx};

/// How long a connection may take: a lost first packet is sent again after 1 s.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// What to do where no domain is set.
pub(super) const SET_DOMAIN: &str =
    "set WEBHOOK_DOMAIN in the .env to the name under which customers reach this machine";

const LOOK_AT_FIREWALL: &str = "sudo alamor check --from firewall";

/// What became of knocking.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// Somebody opened.
    Open,
    /// The machine answered: nobody listens.
    Refused,
    /// Nothing came back.
    Silent,
    /// The network said that it has no way, or may not.
    NoWay(String),
}

impl Reach {
    fn in_words(&self) -> &str {
        match self {
            Self::Open => "takes connections",
            Self::Refused => "refused",
            Self::Silent => "no answer",
            Self::NoWay(why) => why,
        }
    }
}

/// One place and what became of knocking there.
#[derive(Debug, Clone)]
struct Knock {
    socket: SocketAddr,
    reach: Reach,
}

pub(super) async fn find(sight: &Sight) -> Found {
    let Some(domain) = sight.settings.domain.as_deref() else {
        return Found::unknown("WEBHOOK_DOMAIN is not set", Some(SET_DOMAIN));
    };
    let port = sight.settings.probes.public_port;
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let addresses = match HostName::parse(domain) {
        Some(name) => resolve(sight, &name).await,
        None => Err(Unresolved::NoSuchName),
    };
    let public = addresses.as_ref().map(Addresses::all).unwrap_or_default();
    let places = public.iter().chain(&loopback).map(|ip| SocketAddr::new(*ip, port));
    let knocks = join_all(places.map(knock)).await;
    let details =
        knocks.iter().map(|knock| format!("{}: {}", knock.socket, knock.reach.in_words()));
    let details: Vec<String> = details.collect();
    let (public_knocks, local) = knocks.split_at(public.len());
    let machine = Machine::look(&public);
    let is_open = knocks.iter().any(|knock| knock.reach == Reach::Open);
    let cures = if sight.settings.tls.is_some() {
        Cures::of_core(port, sight.listen).await
    } else {
        let has_nginx = !is_open && serves_plain().await;
        Cures::of_nginx(HostName::parse(domain).as_ref(), port, has_nginx)
    };
    judge(port, public_knocks, local, &machine, &cures).with_details(details)
}

/// What helps, by who takes the customers' connections here.
#[derive(Debug)]
struct Cures {
    /// Where nobody listens.
    start: String,
    /// Where only loopback is listened at.
    widen: String,
    /// Where one of several addresses is not listened at.
    extend: &'static str,
}

impl Cures {
    fn of_nginx(name: Option<&HostName>, port: u16, has_nginx: bool) -> Self {
        Self {
            start: start(name, port, has_nginx),
            widen: format!(
                "in nginx's site write listen {port} ssl; without an address, then systemctl reload nginx"
            ),
            extend: "start nginx there",
        }
    }

    /// Of a core with TLS of its own.
    async fn of_core(port: u16, listen: SocketAddr) -> Self {
        Self {
            start: holder::start().await,
            widen: format!(
                "write WEBHOOK_BIND=[::]:{port} into the .env, then {}",
                holder::restart(listen).await
            ),
            extend: "let a core listen there",
        }
    }
}

/// Whether a web server runs here already, which takes no TLS.
async fn serves_plain() -> bool {
    knock((Ipv4Addr::LOCALHOST, 80).into()).await.reach == Reach::Open || nginx::runs().await
}

/// How somebody comes to listen at `port`. An nginx that runs need not be started: it has no site
/// there.
fn start(name: Option<&HostName>, port: u16, has_nginx: bool) -> String {
    let is_name = |name: &&HostName| name.as_str().parse::<Ipv4Addr>().is_err();
    match (has_nginx, name.filter(is_name)) {
        (false, _) => "systemctl start nginx".to_owned(),
        (true, Some(name)) if port == 443 => format!("certbot --nginx -d {name}"),
        (true, _) => {
            format!(
                "write a server with listen {port} ssl; into nginx's sites, then systemctl reload nginx"
            )
        }
    }
}

async fn knock(socket: SocketAddr) -> Knock {
    let reach = match timeout(PATIENCE, TcpStream::connect(socket)).await {
        Ok(Ok(_)) => Reach::Open,
        Err(_) => Reach::Silent,
        Ok(Err(error)) => match error.kind() {
            ErrorKind::ConnectionRefused => Reach::Refused,
            ErrorKind::TimedOut => Reach::Silent,
            _ => Reach::NoWay(error.to_string()),
        },
    };
    Knock { socket, reach }
}

/// What the knocks mean.
fn judge(port: u16, public: &[Knock], local: &[Knock], machine: &Machine, cures: &Cures) -> Found {
    let is_open = |knock: &&Knock| knock.reach == Reach::Open;
    if let Some(open) = public.iter().find(is_open) {
        let closed: Vec<_> = public.iter().filter(|knock| !is_open(knock)).collect();
        let seen = format!("{} takes connections", open.socket);
        return match closed.as_slice() {
            [] => Found::ok(seen),
            // Of IPv6 the addresses' own rung speaks.
            closed
                if open.socket.is_ipv4() && closed.iter().all(|knock| knock.socket.is_ipv6()) =>
            {
                let sockets: Vec<_> = closed.iter().map(|knock| knock.socket).collect();
                Found::ok(format!("{seen}; of {} see dns", joined(&sockets)))
            }
            closed => some_closed(closed, cures).seeing(seen),
        };
    }
    let here = local.iter().find(is_open);
    match (here, public.first()) {
        (None, _) if local.iter().all(|knock| knock.reach != Reach::Silent) => Found::crit(
            format!("nothing listens on port {port}: customers reach nobody"),
            &*cures.start,
        ),
        (None, _) => dropped(local[0].socket),
        (Some(here), None) => Found::unknown(
            format!("{} takes connections; the domain's addresses are not known", here.socket),
            Some("alamor check --from dns"),
        ),
        (Some(here), Some(first)) => only_here(here, first, machine, cures),
    }
}

/// Some of a domain's addresses do not open: customers get them in turn.
fn some_closed(closed: &[&Knock], cures: &Cures) -> Found {
    let listed =
        closed.iter().map(|knock| format!("{} ({})", knock.socket, knock.reach.in_words()));
    let listed = listed.collect::<Vec<_>>().join(", ");
    Found::warn(
        format!("not every address of the domain takes connections: {listed}"),
        format!("remove the record of an address at which nothing runs, or {}", cures.extend),
    )
}

fn dropped(socket: SocketAddr) -> Found {
    Found::crit(
        format!(
            "packets to {socket} are dropped: a firewall here or at the provider stands between"
        ),
        LOOK_AT_FIREWALL,
    )
}

/// Loopback opens, the domain's address does not.
fn only_here(here: &Knock, public: &Knock, machine: &Machine, cures: &Cures) -> Found {
    let (here, socket) = (here.socket, public.socket);
    let is_own = machine.has(socket.ip());
    match public.reach {
        Reach::Silent if is_own => dropped(socket),
        _ if is_own => Found::crit(
            format!("port {} is open at {} only, and closed at {socket}", here.port(), here.ip()),
            &*cures.widen,
        ),
        _ => Found::warn(
            format!(
                "{here} takes connections, {socket} does not ({}): either packets are dropped on \
                 the way, or this network does not lead its own public address back (hairpin NAT), \
                 and all is well for others",
                public.reach.in_words()
            ),
            LOOK_AT_FIREWALL,
        ),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::super::fixture::{self, dns};
    use super::*;
    use crate::api::CheckState::{self, Crit, Ok, Unknown, Warn};

    const NAME: &str = "sub.example.net";
    const START: &str = "systemctl start nginx";

    fn of_nginx() -> Cures {
        Cures::of_nginx(None, 443, false)
    }

    fn knocks(listed: &[(&str, Reach)]) -> Vec<Knock> {
        let knock = |(socket, reach): &(&str, Reach)| Knock {
            socket: socket.parse().unwrap(),
            reach: reach.clone(),
        };
        listed.iter().map(knock).collect()
    }

    /// The domain is 203.0.113.7 and, second, 2001:db8::7.
    fn judged(public: &[Reach], local: [Reach; 2], own: &[&str]) -> Found {
        let sockets = ["203.0.113.7:443", "[2001:db8::7]:443"];
        let public: Vec<_> = sockets.into_iter().zip(public.iter().cloned()).collect();
        let [v4, v6] = local;
        let local = knocks(&[("127.0.0.1:443", v4), ("[::1]:443", v6)]);
        let own = own.iter().map(|text| text.parse().unwrap()).collect();
        judge(443, &knocks(&public), &local, &Machine { own, ..Machine::default() }, &of_nginx())
    }

    fn check(found: &Found, state: CheckState, reason: &str, fix: &str) {
        assert_eq!(found.state, state, "{found:?}");
        assert_eq!(found.reason.as_deref().unwrap_or(&found.seen), reason);
        assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
    }

    #[test]
    fn an_open_port_is_well_wherever_it_is() {
        let found = judged(&[Reach::Open], [Reach::Refused, Reach::Refused], &[]);
        check(&found, Ok, "203.0.113.7:443 takes connections", "");
        let found = judged(&[Reach::Open, Reach::Refused], [Reach::Open, Reach::Refused], &[]);
        let seen = "203.0.113.7:443 takes connections; of [2001:db8::7]:443 see dns";
        check(&found, Ok, seen, "");
    }

    #[test]
    fn one_of_two_addresses_that_is_closed_is_named() {
        let public =
            knocks(&[("203.0.113.7:443", Reach::Open), ("203.0.113.8:443", Reach::Silent)]);
        let found = judge(443, &public, &[], &Machine::default(), &of_nginx());
        let reason =
            "not every address of the domain takes connections: 203.0.113.8:443 (no answer)";
        let fix = "remove the record of an address at which nothing runs, or start nginx there";
        check(&found, Warn, reason, fix);
    }

    #[test]
    fn where_nobody_listens_nginx_is_to_be_started() {
        let reason = "nothing listens on port 443: customers reach nobody";
        for public in [Reach::Refused, Reach::Silent, Reach::NoWay("no route".into())] {
            let found = judged(&[public], [Reach::Refused, Reach::Refused], &["203.0.113.7"]);
            check(&found, Crit, reason, "systemctl start nginx");
        }
        // A machine without IPv6.
        let no_v6 = Reach::NoWay("Cannot assign requested address".into());
        let found = judged(&[Reach::Refused], [Reach::Refused, no_v6], &[]);
        check(&found, Crit, reason, "systemctl start nginx");
    }

    #[test]
    fn an_nginx_that_runs_gets_a_site_and_no_start() {
        let check = |name: &str, port, has_nginx, expected: &str| {
            assert_eq!(start(HostName::parse(name).as_ref(), port, has_nginx), expected, "{name}");
        };
        let write =
            "write a server with listen 443 ssl; into nginx's sites, then systemctl reload nginx";
        check(NAME, 443, false, START);
        check(NAME, 443, true, "certbot --nginx -d sub.example.net");
        check(NAME, 8443, true, &write.replace("443", "8443"));
        check("203.0.113.7", 443, true, write);
        check("-x.y", 443, true, write);
        check("a;reboot", 443, true, write);
    }

    #[test]
    fn dropped_packets_are_the_firewalls() {
        let reason = "packets to 203.0.113.7:443 are dropped: a firewall here or at the provider \
                      stands between";
        let found = judged(&[Reach::Silent], [Reach::Open, Reach::Refused], &["203.0.113.7"]);
        check(&found, Crit, reason, LOOK_AT_FIREWALL);
        let reason = "packets to 127.0.0.1:443 are dropped: a firewall here or at the provider \
                      stands between";
        let found = judged(&[Reach::Silent], [Reach::Silent, Reach::Silent], &[]);
        check(&found, Crit, reason, LOOK_AT_FIREWALL);
    }

    #[test]
    fn a_public_address_that_is_not_led_back_is_no_outage_for_sure() {
        let reason = "127.0.0.1:443 takes connections, 203.0.113.7:443 does not (no answer): either \
                      packets are dropped on the way, or this network does not lead its own public \
                      address back (hairpin NAT), and all is well for others";
        let found = judged(&[Reach::Silent], [Reach::Open, Reach::Refused], &[]);
        check(&found, Warn, reason, LOOK_AT_FIREWALL);
    }

    #[test]
    fn a_port_that_is_open_on_loopback_only_is_closed() {
        let reason = "port 443 is open at 127.0.0.1 only, and closed at 203.0.113.7:443";
        let fix =
            "in nginx's site write listen 443 ssl; without an address, then systemctl reload nginx";
        let found = judged(&[Reach::Refused], [Reach::Open, Reach::Refused], &["203.0.113.7"]);
        check(&found, Crit, reason, fix);
    }

    #[tokio::test]
    async fn a_core_with_tls_of_its_own_needs_no_nginx() {
        let cures = Cures::of_core(443, ([127, 0, 0, 1], 443).into()).await;
        let own = Machine { own: vec!["203.0.113.7".parse().unwrap()], ..Machine::default() };
        let judged = |public, local| {
            let public = knocks(&[("203.0.113.7:443", public)]);
            let local = knocks(&[("127.0.0.1:443", local), ("[::1]:443", Reach::Refused)]);
            judge(443, &public, &local, &own, &cures).fix.unwrap()
        };
        assert_eq!(judged(Reach::Refused, Reach::Refused), holder::start().await);
        let widen = judged(Reach::Refused, Reach::Open);
        assert!(widen.starts_with("write WEBHOOK_BIND=[::]:443 into the .env, then "), "{widen}");
    }

    #[test]
    fn without_addresses_only_this_machine_is_known() {
        let reason = "127.0.0.1:443 takes connections; the domain's addresses are not known";
        let found = judged(&[], [Reach::Open, Reach::Refused], &[]);
        check(&found, Unknown, reason, "alamor check --from dns");
    }

    #[tokio::test]
    async fn without_a_domain_nothing_is_asked() {
        let found = find(&fixture::sight("")).await;
        check(&found, Unknown, "WEBHOOK_DOMAIN is not set", SET_DOMAIN);
    }

    /// What is found of `NAME`, which is 127.0.0.1, with this public port.
    async fn found_at(port: u16) -> Found {
        let server = dns::Server::start(&[(NAME, &["127.0.0.1"])]).await;
        let lines =
            format!("WEBHOOK_DOMAIN={NAME}\nPUBLIC_PORT={port}\nDNS_SERVER={}\n", server.address);
        find(&fixture::sight(&lines)).await
    }

    #[tokio::test]
    async fn a_real_listener_is_found_at_the_domains_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = found_at(port).await;
        check(&found, Ok, &format!("127.0.0.1:{port} takes connections"), "");
        assert_eq!(found.details.last().unwrap(), &format!("[::1]:{port}: refused"));
    }

    #[tokio::test]
    async fn a_real_port_without_a_listener_is_refused() {
        // Bound and not listening: nobody else takes the port meanwhile.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let reason = format!("nothing listens on port {port}: customers reach nobody");
        let found = found_at(port).await;
        // Another test may have an nginx running.
        let starts = start(HostName::parse(NAME).as_ref(), port, false);
        let writes = start(HostName::parse(NAME).as_ref(), port, true);
        let fix = if found.fix.as_ref() == Some(&starts) { starts } else { writes };
        check(&found, Crit, &reason, &fix);
    }

    // Nobody waits for the silence: time passes by itself where nothing else is to do.
    #[tokio::test(start_paused = true)]
    async fn a_real_port_that_does_not_answer_is_silent() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        // A queue of none holds one: the next packet is dropped, as a firewall would.
        let _queued = TcpStream::connect(address).await.unwrap();
        assert_eq!(knock(address).await.reach, Reach::Silent);
    }
}
