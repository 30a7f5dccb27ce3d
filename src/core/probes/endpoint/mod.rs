//! The way that customers come: `/livez` and `/sub` under the domain, through its address and through
//! loopback, and straight at the core.
//!
//! ```text
//! https://NAME/livez          by its address ┐
//! https://NAME/sub/NOBODY     by its address ├─▶ Exchange ─▶ Who answered ─▶ judge() ─▶ Found
//! https://NAME/livez          by 127.0.0.1   │
//! http://127.0.0.1:8080/livez the core       ┘   (by TLS, where it speaks that)
//! ```
//!
//! Invariants:
//! - No proxy is used, no key is sent, and the subscription that is asked for is nobody's.
//! - Certificates are not looked at: that is `tls`.

mod asking;
pub(super) mod elsewhere;
mod who;
mod judge;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};

use self::asking::{Client, Exchange};
use self::judge::{Seen, judge};
use self::who::Who;
use super::machine::names::{HostName, resolve};
use super::tcp::SET_DOMAIN;
use super::{Found, Sight};
use crate::config::here::reachable;

pub(super) async fn find(sight: &Sight) -> Found {
    let Some(domain) = sight.settings.domain.as_deref() else {
        return Found::unknown("WEBHOOK_DOMAIN is not set", Some(SET_DOMAIN));
    };
    let Some(name) = HostName::parse(domain) else {
        return Found::unknown("WEBHOOK_DOMAIN is no host name", Some(SET_DOMAIN));
    };
    let addresses = match resolve(sight, &name).await {
        Ok(addresses) if !addresses.all().is_empty() => addresses.all(),
        Ok(_) => return unresolved(&name, "it has no address"),
        Err(why) => return unresolved(&name, &why.to_string()),
    };
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let clients = (Client::towards(&name, &addresses), Client::towards(&name, &loopback));
    let (Ok(public), Ok(local)) = clients else {
        return Found::unknown("no HTTPS client could be made", None);
    };
    let livez = address(&name, sight.settings.probes.public_port, "/livez");
    let sub = address(&name, sight.settings.probes.public_port, &nobodys_subscription());
    let (core, direct) = (reachable(sight.listen), of_core(sight, &name));
    let has_tls = sight.settings.tls.is_some();
    let (by_address, sub, by_loopback, direct) =
        tokio::join!(public.get(&livez), public.get(&sub), local.get(&livez), local.get(&direct));
    let seen = Seen { name, core, has_tls, public: by_address, sub, local: by_loopback, direct };
    with_evidence(judge(&seen), &seen)
}

fn unresolved(name: &HostName, why: &str) -> Found {
    let reason = format!("{name} was not asked, see dns: {why}");
    Found::unknown(reason, Some("alamor check --from dns"))
}

fn address(name: &HostName, port: u16, path: &str) -> String {
    match port {
        443 => format!("https://{name}{path}"),
        port => format!("https://{name}:{port}{path}"),
    }
}

/// `/livez` of the core itself; by loopback, where it speaks TLS.
fn of_core(sight: &Sight, name: &HostName) -> String {
    let core = reachable(sight.listen);
    match sight.settings.tls {
        Some(_) => address(name, core.port(), "/livez"),
        None => format!("http://{core}/livez"),
    }
}

/// The path of a subscription that nobody has: recognisable in nginx's log, new each time, so that
/// nothing between has its answer already.
fn nobodys_subscription() -> String {
    format!("/sub/alamor-check-{:016x}", rand::random::<u64>())
}

/// With what was asked, and what was measured.
fn with_evidence(found: Found, seen: &Seen) -> Found {
    let answer = |exchange: &Exchange| exchange.in_words();
    let found = found
        .asked(format!("https://{}/livez", seen.name), answer(&seen.public))
        .asked(format!("https://{}/sub/…", seen.name), answer(&seen.sub))
        .asked("the same /livez by 127.0.0.1", answer(&seen.local))
        .asked(format!("/livez of the core at {}", seen.core), answer(&seen.direct));
    match &seen.public {
        Exchange::Answered(answer) => found
            .with_fact("status", answer.status)
            .with_fact("latency_ms", answer.took.as_millis())
            .with_fact("via", Who::of(answer).via(answer)),
        _ => found,
    }
}
