//! Where the core listens, and where the console finds it.
//!
//! Invariants:
//! - Plain HTTP leaves this machine only with the operator's word for it. With TLS of the core's own
//!   it does not: the listener answers it on this machine only.

use std::net::SocketAddr;

use url::Url;

use crate::config::here::{is_loopback, reachable};
use crate::config::keys;
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values::{self, wrong};
use crate::config::violation::Place;

/// Whether plain HTTP may leave this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plaintext {
    Refused,
    Allowed,
}

/// Where the core listens.
pub(super) struct Listen {
    pub(super) bind: SocketAddr,
    /// Where the console finds it.
    pub(super) core_url: Url,
    pub(super) plaintext: bool,
}

pub(super) fn read_listen(read: &mut Reader<'_>, has_tls: bool) -> Result<Listen, Told> {
    let plaintext = read.required(&keys::ALLOW_PLAINTEXT, |text| {
        values::word(&[("no", Plaintext::Refused), ("yes", Plaintext::Allowed)], text)
    });
    let refused = matches!(plaintext, Ok(Plaintext::Refused));
    let bind = read.required(&keys::WEBHOOK_BIND, |text| {
        let bind = values::address(text)?;
        if refused && !has_tls && !is_loopback(bind.ip()) {
            return wrong(OPEN_PLAINTEXT, format!("127.0.0.1:{}", bind.port()));
        }
        Ok(bind)
    });
    let core_url = read.optional(&keys::CORE_URL, |text| {
        let url = values::core_url(text)?;
        if refused && values::crosses_network(&url) {
            return wrong(OPEN_PLAINTEXT, url.as_str().replacen("http:", "https:", 1));
        }
        Ok(url)
    });
    plaintext?;
    let (bind, core_url) = (bind?, core_url?);
    let core_url = match core_url {
        Some(url) => url,
        None => own_url(bind).ok_or_else(|| {
            read.tell(
                &keys::CORE_URL,
                Place::Unset,
                "cannot follow WEBHOOK_BIND",
                "http://127.0.0.1:8080",
            )
        })?,
    };
    Ok(Listen { bind, core_url, plaintext: !refused })
}

const OPEN_PLAINTEXT: &str =
    "would send the key over the network in plain HTTP; ALLOW_PLAINTEXT=yes allows it";

/// How a console on the same machine reaches a core that listens at `bind`.
fn own_url(bind: SocketAddr) -> Option<Url> {
    Url::parse(&format!("http://{}", reachable(bind))).ok()
}

#[cfg(test)]
mod tests {
    use crate::config::load::tests::{FILE, check, load};

    #[test]
    fn plain_http_leaves_the_machine_only_when_that_is_allowed() {
        let open =
            "would send the key over the network in plain HTTP; ALLOW_PLAINTEXT=yes allows it";
        check(
            "WEBHOOK_BIND=0.0.0.0:81\nCORE_URL=http://core.example.net",
            &[
                &format!("{FILE} line 1: WEBHOOK_BIND {open}: write WEBHOOK_BIND=127.0.0.1:81"),
                &format!(
                    "{FILE} line 2: CORE_URL {open}: write CORE_URL=https://core.example.net/"
                ),
            ],
        );
        check(
            "WEBHOOK_BIND=0.0.0.0:81\nCORE_URL=http://core.example.net\nALLOW_PLAINTEXT=yes",
            &[],
        );
        check("WEBHOOK_BIND=[::1]:81\nCORE_URL=https://core.example.net", &[]);
        // With TLS of its own there is none.
        check("WEBHOOK_BIND=0.0.0.0:443\nTLS_CERT_FILE=a.pem\nTLS_KEY_FILE=b.pem", &[]);
    }

    #[test]
    fn the_core_is_found_where_it_listens() {
        let url = |text: &str| load(text).unwrap().core_url.to_string();
        assert_eq!(url("WEBHOOK_BIND=127.0.0.1:9"), "http://127.0.0.1:9/");
        assert_eq!(url("WEBHOOK_BIND=[::1]:9"), "http://[::1]:9/");
        assert_eq!(url("WEBHOOK_BIND=0.0.0.0:9\nALLOW_PLAINTEXT=yes"), "http://127.0.0.1:9/");
        assert_eq!(url("WEBHOOK_BIND=[::]:9\nALLOW_PLAINTEXT=yes"), "http://[::1]:9/");
        assert_eq!(url("CORE_URL=https://h"), "https://h/");
    }
}
