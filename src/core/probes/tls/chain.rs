//! A certificate with what was sent or lay beside it, and what is wrong with it.
//!
//! ```text
//! DER, leaf first ─▶ Chain::read() ─▶ flaw(name, trust, now): the first thing that apps refuse it for
//! ```
//!
//! Deliberately absent: where it came from, revocation.

use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

use super::super::machine::names::HostName;
use super::super::machine::quote::quote;

/// More names of one certificate are not shown.
const MOST_NAMES: usize = 8;

/// The authorities that are trusted.
#[derive(Clone)]
pub(super) struct Trust(Option<Arc<WebPkiServerVerifier>>);

impl Trust {
    /// Those that the system trusts; `SSL_CERT_FILE` and `SSL_CERT_DIR` beat it.
    pub(super) fn of_system() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::in_roots(roots)
    }

    /// These.
    pub(super) fn in_roots(roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Self(verifier.build().ok())
    }

    /// Whether there is any authority: without one nothing can be said of trust.
    pub(super) fn is_known(&self) -> bool {
        self.0.is_some()
    }
}

/// A certificate, with those that vouch for it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::core) struct Chain {
    /// The certificate itself comes first.
    pub(in crate::core) ders: Vec<CertificateDer<'static>>,
    pub(in crate::core) not_before: Timestamp,
    pub(in crate::core) not_after: Timestamp,
    /// Who signed it, by the shortest name.
    pub(super) issuer: String,
    /// In hexadecimal.
    pub(super) serial: String,
    /// For which names it is.
    pub(in crate::core) names: Vec<String>,
    is_self_signed: bool,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({} by {} to {})", self.serial, self.issuer, self.not_after)
    }
}

/// Why apps refuse a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// It is for other names.
    OtherName,
    /// Nobody vouches for it but itself.
    SelfSigned,
    /// It came alone; the certificate of this issuer is missing.
    Cut(String),
    /// The authority at the end of its chain is not trusted.
    Untrusted(String),
    /// Something rarer, in words.
    Odd(String),
}

impl Chain {
    /// Reads certificates; why not, in words.
    pub(in crate::core) fn read(ders: Vec<CertificateDer<'static>>) -> Result<Self, String> {
        let first = ders.first().ok_or("there is no certificate in it")?.clone();
        let (_, leaf) = X509Certificate::from_der(&first)
            .map_err(|_| "its first certificate cannot be read".to_owned())?;
        let time = |time: ASN1Time| {
            Timestamp::from_second(time.timestamp()).map_err(|_| "its times are none".to_owned())
        };
        Ok(Self {
            not_before: time(leaf.validity().not_before)?,
            not_after: time(leaf.validity().not_after)?,
            issuer: short_name(leaf.issuer()),
            serial: hexadecimal(leaf.raw_serial()),
            names: names(&leaf),
            is_self_signed: leaf.issuer() == leaf.subject(),
            ders,
        })
    }

    /// The certificate itself.
    pub(in crate::core) fn leaf(&self) -> &CertificateDer<'static> {
        &self.ders[0]
    }

    /// For how long it was made.
    pub(super) fn lifetime_days(&self) -> i64 {
        days(self.not_before, self.not_after)
    }

    /// Whole days that are left; negative afterwards.
    pub(super) fn days_left(&self, now: Timestamp) -> i64 {
        days(now, self.not_after)
    }

    /// The first reason for which apps refuse it, if there is one.
    pub(super) fn flaw(&self, name: &HostName, trust: &Trust, now: Timestamp) -> Option<Flaw> {
        if now > self.not_after {
            return Some(Flaw::Expired);
        }
        if now < self.not_before {
            return Some(Flaw::NotYet);
        }
        let asked = ServerName::try_from(name.as_str()).ok()?;
        let parsed = match ParsedCertificate::try_from(self.leaf()) {
            Ok(parsed) => parsed,
            Err(error) => return Some(Flaw::Odd(error.to_string())),
        };
        if verify_server_name(&parsed, &asked).is_err() {
            return Some(Flaw::OtherName);
        }
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let verifier = trust.0.as_ref()?;
        match verifier.verify_server_cert(self.leaf(), &self.ders[1..], &asked, &[], at) {
            Ok(_) => None,
            // What a root list holds is trusted, also where it signed itself.
            Err(_) if self.is_self_signed => Some(Flaw::SelfSigned),
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                let (missing, came_alone) = self.end();
                Some(if came_alone { Flaw::Cut(missing) } else { Flaw::Untrusted(missing) })
            }
            Err(Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => Some(Flaw::Odd("a certificate of its chain has expired".to_owned())),
            Err(error) => Some(Flaw::Odd(quote(&error.to_string()))),
        }
    }

    /// Who would have to vouch for the last certificate that links up, and whether that is the
    /// certificate itself.
    fn end(&self) -> (String, bool) {
        let parsed: Vec<_> = self
            .ders
            .iter()
            .filter_map(|der| X509Certificate::from_der(der).ok())
            .map(|(_, certificate)| certificate)
            .collect();
        let mut last = &parsed[0];
        let mut came_alone = true;
        // Each certificate is one step at most: a circle ends.
        for _ in &parsed {
            let next = parsed
                .iter()
                .find(|next| next.subject() == last.issuer() && next.subject() != last.subject());
            let Some(next) = next else { break };
            (last, came_alone) = (next, false);
        }
        (short_name(last.issuer()), came_alone)
    }
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}

/// `R11`, or what comes closest.
fn short_name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next();
    let text =
        common.or_else(|| name.iter_organization().next()).and_then(|part| part.as_str().ok());
    text.map_or_else(|| quote(&name.to_string()), quote)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    // A serial number has 20 bytes at most (RFC 5280).
    for byte in bytes.iter().take(20) {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn names(leaf: &X509Certificate<'_>) -> Vec<String> {
    let extension = leaf.subject_alternative_name().ok().flatten();
    let Some(extension) = extension else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(quote(name)),
        GeneralName::IPAddress([a, b, c, d]) => Some(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect()
}
