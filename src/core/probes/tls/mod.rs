//! The certificate of a name, three times: on disk, as served here, as served to everybody.
//!
//! ```text
//! disk::read()  a file and its key        ┐
//! asking::ask() 127.0.0.1, with the name  ├─▶ Seen ─▶ judge(), with cures from cure.rs
//! asking::ask() the name's own address    ┘
//! ```
//!
//! Start reading at `judge.rs`.
//!
//! Deliberately absent: revocation, and whether certbot will renew (that is `certbot`).

pub(in crate::core) mod chain;
mod disk;
pub(in crate::core) mod pem;
mod asking;
pub(in crate::core) mod seen;
mod judge;
mod cure;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use self::asking::{NotServed, Served, ask};
use self::chain::{Chain, Trust};
use self::disk::{KeyState, OnDisk, Unread};
use self::judge::judge;
use self::pem::shown;
use self::seen::{Seen, date};
use super::machine::names::{HostName, Machine, resolve};
use super::{Found, Sight};

/// More addresses of a name are not asked.
const MOST_ASKED: usize = 4;

pub(super) async fn find(sight: &Sight, name: &str) -> Found {
    // Reads a few hundred certificates.
    match spawn_blocking(Trust::of_system).await {
        Ok(trust) => find_with(sight, name, trust).await,
        Err(_) => Found::unknown("the trusted authorities could not be read", None),
    }
}

async fn find_with(sight: &Sight, name: &str, trust: Trust) -> Found {
    let Some(name) = HostName::parse(name) else {
        return Found::unknown("the domain is no host name: it can have no certificate", None);
    };
    let port = sight.settings.probes.public_port;
    let (local, public) = tokio::join!(
        ask(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port), &name),
        ask_public(sight, &name, port)
    );
    let (socket, public) = public;
    let served = local.as_ref().or(public.as_ref()).ok().map(|served| served.chain.leaf().clone());
    let settings = Arc::clone(&sight.settings);
    let of = name.clone();
    let read = spawn_blocking(move || {
        let is_main = settings.domain.as_deref().and_then(HostName::parse).as_ref() == Some(&of);
        disk::read(&settings.probes, is_main, &of, served.as_ref())
    });
    let Ok(disk) = read.await else {
        return Found::unknown("the certificate on disk could not be read", None);
    };
    let is_here = socket.is_some_and(|socket| Machine::look(&[socket.ip()]).has(socket.ip()));
    let server = seen::Server::of(sight.settings.tls.as_ref());
    let seen =
        Seen { name, server, port, disk, local, public, is_here, trust, now: Timestamp::now() };
    with_evidence(judge(&seen), &seen, socket)
}

/// Asks the addresses of the name; of several the first that shows a certificate counts.
async fn ask_public(
    sight: &Sight,
    name: &HostName,
    port: u16,
) -> (Option<SocketAddr>, Result<Served, NotServed>) {
    let addresses = match resolve(sight, name).await {
        Ok(addresses) => addresses.all(),
        Err(why) => return (None, Err(NotServed::NotReached(why.to_string()))),
    };
    let sockets = addresses.into_iter().take(MOST_ASKED).map(|ip| SocketAddr::new(ip, port));
    let asked = sockets.map(async |socket| (Some(socket), ask(socket, name).await));
    let mut answers = join_all(asked).await;
    let first = answers.iter().position(|(_, answer)| answer.is_ok()).unwrap_or(0);
    if answers.is_empty() {
        return (None, Err(NotServed::NotReached("the name has no address".to_owned())));
    }
    answers.swap_remove(first)
}

/// With what was asked, and what was measured.
fn with_evidence(found: Found, seen: &Seen, socket: Option<SocketAddr>) -> Found {
    let public = socket.map_or_else(|| "public".to_owned(), |socket| format!("public {socket}"));
    let mut found = found
        .asked("on disk", disk_in_words(&seen.disk))
        .asked(format!("127.0.0.1:{}", seen.port), answer_in_words(&seen.local))
        .asked(public, answer_in_words(&seen.public));
    let serial = |answer: &Result<Served, NotServed>| {
        answer.as_ref().map_or_else(|_| "none".to_owned(), |served| served.chain.serial.clone())
    };
    let disk = match &seen.disk {
        Ok(disk) => disk.chain.serial.clone(),
        Err(Unread::NotRoot(_)) => "unknown".to_owned(),
        Err(_) => "none".to_owned(),
    };
    found = found
        .with_fact("disk", disk)
        .with_fact("local", serial(&seen.local))
        .with_fact("public", serial(&seen.public));
    let served = seen.public.as_ref().or(seen.local.as_ref()).ok();
    if let Some(served) = served {
        found = found.with_fact("protocol", served.protocol);
    }
    let on_disk = seen.disk.as_ref().ok().map(|disk| &disk.chain);
    match served.map(|served| &served.chain).or(on_disk) {
        Some(chain) => found
            .with_fact("not_before", chain.not_before)
            .with_fact("not_after", chain.not_after)
            .with_fact("issuer", &chain.issuer),
        None => found,
    }
}

fn disk_in_words(disk: &Result<OnDisk, Unread>) -> String {
    match disk {
        Ok(disk) => {
            let key = match &disk.key {
                KeyState::Fits => "its key fits",
                KeyState::Faulty(what) => what,
                KeyState::Unknown => "its key was not looked at",
            };
            let path = shown(&disk.place.certificate);
            format!("{path}, {}; {key}", chain_in_words(&disk.chain))
        }
        Err(Unread::None(path)) => format!("{} is not there", shown(path)),
        Err(Unread::NotRoot(path)) => format!("{}: not root, unknown", shown(path)),
        Err(Unread::Faulty { what, .. }) => what.clone(),
    }
}

fn answer_in_words(answer: &Result<Served, NotServed>) -> String {
    match answer {
        Ok(served) => format!("{}, {}", served.protocol, chain_in_words(&served.chain)),
        Err(why) => why.in_words(),
    }
}

/// `serial 04ab by R11 for sub.example.net until 2027-01-27, 2 certificates`
fn chain_in_words(chain: &Chain) -> String {
    let count = match chain.ders.len() {
        1 => "1 certificate".to_owned(),
        count => format!("{count} certificates"),
    };
    let (serial, issuer, names) = (&chain.serial, &chain.issuer, chain.names.join(", "));
    format!("serial {serial} by {issuer} for {names} until {}, {count}", date(chain.not_after))
}
