//! TLS of the core's own: which certificate is shown, and how another one takes its place.
//!
//! ```text
//! TLS_CERT_FILE, TLS_KEY_FILE ─▶ pair.rs: fits? ─▶ Shown ─▶ every handshake from now on
//!   changed (watch.rs), HUP ──────┘    └ no: the old pair stays, and the check `certificate` says why
//! TLS_ACME ─▶ acme/: ordered, kept as two files ─▶ the same
//! ```
//!
//! Invariants:
//! - A handshake sees one pair, the old or the new one: a swap breaks none, and no connection.
//! - A pair that does not fit is never shown. One that has expired is taken at the start only, where
//!   there is nothing better.
//! - Of a key nothing is said anywhere.
//!
//! Deliberately absent: connections (that is `core/door/`), what customers see of the certificate
//! (that is `core/probes/tls/`).

pub(super) mod acme;
mod pair;
mod shown;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;

pub use self::pair::BadPair;
pub(super) use self::watch::run;

use self::acme::Acme;
use self::pair::{Pair, Stamp, Valid};
use self::shown::Shown;
use super::probes::Found;
use super::probes::tls::pem;
use super::probes::tls::seen::date;
use crate::config::{PairFiles, TlsSettings};

/// What is spoken inside, the better one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What the listener shows, and where it comes from.
#[derive(Debug)]
pub(super) struct Tls {
    files: PairFiles,
    shown: Arc<Shown>,
    config: Arc<ServerConfig>,
    last: Mutex<Last>,
    acme: Option<Acme>,
}

/// The last look at the files.
#[derive(Debug)]
struct Last {
    stamp: Stamp,
    /// What is shown; nothing until it was ordered.
    valid: Option<Valid>,
    /// Why what lies there now is not shown.
    refused: Option<BadPair>,
}

/// What became of a look at the files.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    Same,
    Taken,
    Refused(BadPair),
}

impl Tls {
    /// Reads the pair that is shown first; one that is ordered may not be there yet.
    ///
    /// # Errors
    ///
    /// [`BadPair`] if the files do not hold one.
    pub(super) fn open(settings: TlsSettings) -> Result<Self, BadPair> {
        let TlsSettings { files, acme, redirect: _ } = settings;
        let stamp = Stamp::of(&files);
        let pair = match Pair::read(&files) {
            Ok(pair) => Some(pair),
            Err(_) if acme.is_some() => None,
            Err(bad) => return Err(bad),
        };
        let (certified, valid) = pair.map(|pair| (pair.certified, pair.valid)).unzip();
        let shown = Arc::new(Shown::new(certified));
        let config = config(Arc::clone(&shown)).map_err(|error| BadPair::unusable(&error))?;
        if let Some(valid) = &valid {
            let file = pem::shown(&files.certificate);
            tracing::info!(file, until = date(valid.not_after), "TLS is spoken");
        }
        let last = Mutex::new(Last { stamp, valid, refused: None });
        Ok(Self { files, shown, config: Arc::new(config), last, acme: acme.map(Acme::new) })
    }

    /// How handshakes go.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// The order of certificates, if they are ordered.
    pub(super) fn acme(&self) -> Option<&Acme> {
        self.acme.as_ref()
    }

    /// Reads the files again, whether or not they changed: somebody asked for it.
    pub(super) fn read_again(&self) {
        let stamp = Stamp::of(&self.files);
        let look = self.take(stamp, self.read(Timestamp::now()));
        self.tell(&look);
    }

    /// What lies there now, unless it is worse than what is shown.
    fn read(&self, now: Timestamp) -> Result<Pair, BadPair> {
        Pair::read(&self.files)?.unless_worse(self.last().valid.as_ref(), now)
    }

    /// Shows what was read, or notes why not: then the old pair stays.
    fn take(&self, stamp: Stamp, read: Result<Pair, BadPair>) -> Look {
        let mut last = self.last();
        last.stamp = stamp;
        let pair = match read {
            Ok(pair) => pair,
            // What is still to be ordered is not there yet.
            Err(_) if last.valid.is_none() => return Look::Same,
            Err(bad) => {
                last.refused = Some(bad.clone());
                return Look::Refused(bad);
            }
        };
        last.refused = None;
        if self.shown.is(&pair.certified) {
            return Look::Same;
        }
        last.valid = Some(pair.valid);
        self.shown.put(pair.certified);
        Look::Taken
    }

    fn tell(&self, look: &Look) {
        let file = pem::shown(&self.files.certificate);
        match look {
            Look::Same => {}
            Look::Taken => {
                let until = self.last().valid.as_ref().map(|valid| date(valid.not_after));
                tracing::info!(file, until, "Another certificate is shown from now on");
            }
            Look::Refused(BadPair { what, fix }) => {
                tracing::error!(fix, "The old certificate stays: {what}");
            }
        }
    }

    /// The check `certificate`.
    pub(super) fn found(&self, now: Timestamp) -> Found {
        let last = self.last();
        let refused = last.refused.as_ref().map(|bad| (bad.what.clone(), bad.fix.clone()));
        let trouble = refused.or_else(|| self.acme.as_ref()?.trouble_in_words(now));
        let Some(valid) = &last.valid else {
            return match trouble {
                Some((why, fix)) => {
                    Found::crit(format!("no certificate is served, nobody comes in: {why}"), fix)
                }
                None => Found::warn("no certificate is served yet: it is being ordered", LOGS),
            };
        };
        let until = date(valid.not_after);
        match trouble {
            Some((why, fix)) if now > valid.not_after => Found::crit(
                format!("the certificate that is served expired on {until}: {why}"),
                fix,
            ),
            Some((why, fix)) => {
                Found::warn(format!("the certificate of before stays, until {until}: {why}"), fix)
            }
            None if now > valid.not_after => {
                let file = pem::shown(&self.files.certificate);
                Found::crit(
                    format!("the certificate that is served expired on {until}: apps refuse it"),
                    format!(
                        "put a renewed one into {file}, with its key: it is taken over by itself"
                    ),
                )
            }
            None => Found::ok(format!("the core speaks TLS itself; its certificate ends {until}")),
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where more is said.
const LOGS: &str = "alamor logs --level warn";

/// TLS 1.3 and 1.2, whatever the certificate.
fn config(shown: Arc<Shown>) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    // Who comes again needs no second signature, and no memory of ours.
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}
