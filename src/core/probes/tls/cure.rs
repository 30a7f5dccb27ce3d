//! What to say of a fault of a certificate, and what to do about it.
//!
//! Invariant: in a command stand only names that were checked to be host names.

use super::asking::NotServed;
use super::chain::{Chain, Flaw};
use super::disk::{OnDisk, Unread};
use super::pem::shown;
use super::seen::{Seen, Server, date};

/// What makes nginx read its certificates again.
const RELOAD: &str = "systemctl reload nginx";

/// What makes the server read its certificates again.
pub(super) fn reload(seen: &Seen) -> &'static str {
    match seen.server {
        Server::Nginx => RELOAD,
        Server::Core(_) | Server::Ordering => "systemctl reload alamorwebhook",
    }
}

/// That the core get another certificate, where it serves its own.
fn replace(seen: &Seen) -> Option<String> {
    match &seen.server {
        Server::Nginx => None,
        Server::Core(path) => {
            let path = shown(path);
            Some(format!("put a good one into {path}, with its key: it is taken over by itself"))
        }
        Server::Ordering => Some("alamor logs --level warn".to_owned()),
    }
}

/// `1 day`, `12 days`
pub(super) fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// Reason and fix for what apps refuse.
pub(super) fn of_flaw(flaw: &Flaw, chain: &Chain, seen: &Seen) -> (String, String) {
    let name = &seen.name;
    match flaw {
        Flaw::Expired => expired(chain, seen),
        Flaw::NotYet => (
            format!(
                "the certificate is valid from {} on, and this machine's clock says {}",
                date(chain.not_before),
                date(seen.now)
            ),
            "timedatectl set-ntp true".to_owned(),
        ),
        Flaw::OtherName => {
            let names = match chain.names.as_slice() {
                [] => "nobody".to_owned(),
                names => names.join(", "),
            };
            another(format!("the certificate is for {names}, not for {name}"), chain, seen)
        }
        Flaw::SelfSigned => {
            another("the certificate is signed by itself: apps refuse it".to_owned(), chain, seen)
        }
        Flaw::Untrusted(authority) => another(
            format!("the certificate comes from {authority}, which is no trusted authority"),
            chain,
            seen,
        ),
        Flaw::Cut(missing) => cut(missing, chain, seen),
        Flaw::Odd(what) => another(format!("apps refuse the certificate: {what}"), chain, seen),
    }
}

fn expired(chain: &Chain, seen: &Seen) -> (String, String) {
    let over = format!("the certificate of {} expired on {}", seen.name, date(chain.not_after));
    match seen.good_on_disk() {
        Some(disk) => (
            format!(
                "{over}; it was renewed on {}, and {} still has the old one",
                date(disk.chain.not_before),
                seen.server
            ),
            reload(seen).to_owned(),
        ),
        None => (format!("{over}: apps refuse it"), renew(seen)),
    }
}

/// One that another certificate cures: the one on disk, where that is good.
fn another(reason: String, chain: &Chain, seen: &Seen) -> (String, String) {
    match seen.good_on_disk().filter(|disk| disk.chain.leaf() != chain.leaf()) {
        Some(disk) => (
            format!(
                "{reason}; {} is right, and {} does not use it",
                shown(&disk.place.certificate),
                seen.server
            ),
            use_file(disk, seen),
        ),
        None => {
            (reason, replace(seen).unwrap_or_else(|| format!("certbot --nginx -d {}", seen.name)))
        }
    }
}

fn cut(missing: &str, chain: &Chain, seen: &Seen) -> (String, String) {
    let name = &seen.name;
    let reason = format!("the certificate of its issuer {missing} is missing from the chain");
    if let Some(disk) = seen.good_on_disk() {
        let reason = match seen.server {
            Server::Nginx => format!("{reason}: nginx serves cert.pem instead of fullchain.pem"),
            Server::Core(_) | Server::Ordering => reason,
        };
        return (reason, use_file(disk, seen));
    }
    match &seen.disk {
        Ok(disk) if disk.chain.leaf() == chain.leaf() => {
            let path = shown(&disk.place.certificate);
            let fix = format!(
                "add the certificate of {missing} at the end of {path}, then {}",
                reload(seen)
            );
            (format!("{reason}: {path} holds the first one only"), fix)
        }
        _ if seen.server != Server::Nginx => (reason, replace(seen).unwrap_or_default()),
        _ => (
            format!("{reason}: nginx serves a cert.pem instead of a fullchain.pem"),
            format!(
                "set ssl_certificate to fullchain.pem in nginx's site of {name}, then {RELOAD}"
            ),
        ),
    }
}

/// That the server use the file.
pub(super) fn use_file(disk: &OnDisk, seen: &Seen) -> String {
    if seen.server != Server::Nginx {
        return reload(seen).to_owned();
    }
    let (path, name) = (shown(&disk.place.certificate), &seen.name);
    format!("set ssl_certificate {path}; in nginx's site of {name}, then {RELOAD}")
}

/// That it be renewed.
pub(super) fn renew(seen: &Seen) -> String {
    if let Some(fix) = replace(seen) {
        return fix;
    }
    match &seen.disk {
        Ok(disk) => match &disk.place.lineage {
            Some(lineage) => format!("certbot renew --cert-name {lineage}"),
            None => {
                let path = shown(&disk.place.certificate);
                format!("put a renewed certificate into {path}, then {RELOAD}")
            }
        },
        Err(Unread::None(_)) => format!("certbot --nginx -d {}", seen.name),
        Err(_) => format!("certbot renew --cert-name {}", seen.name),
    }
}

/// What helps against a file that is none.
pub(super) fn of_file(seen: &Seen) -> String {
    let name = &seen.name;
    replace(seen).unwrap_or_else(|| format!("certbot renew --cert-name {name} --force-renewal"))
}

/// What helps against a key of another certificate.
pub(super) fn of_key(disk: &OnDisk, seen: &Seen) -> String {
    match &disk.place.lineage {
        _ if seen.server != Server::Nginx => "correct TLS_KEY_FILE in the .env".to_owned(),
        Some(lineage) => format!("certbot renew --cert-name {lineage} --force-renewal"),
        None => {
            "correct TLS_KEY_FILE in the .env, and ssl_certificate_key in nginx's site".to_owned()
        }
    }
}

/// What helps against a handshake that broke off.
pub(super) fn of_handshake(why: &NotServed, seen: &Seen) -> String {
    let (name, port) = (&seen.name, seen.port);
    match why {
        // The core speaks it at its own port, if it has a certificate: the check says more.
        _ if seen.server != Server::Nginx => "alamor status".to_owned(),
        NotServed::Plain => {
            format!("write listen {port} ssl; in nginx's site of {name}, then {RELOAD}")
        }
        NotServed::Old => {
            format!("write ssl_protocols TLSv1.2 TLSv1.3; in nginx's settings, then {RELOAD}")
        }
        NotServed::UnknownName => format!("certbot --nginx -d {name}"),
        NotServed::NotReached(_) | NotServed::Failed(_) => {
            "tail -n 20 /var/log/nginx/error.log".to_owned()
        }
    }
}
