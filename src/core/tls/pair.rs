//! A certificate with its key, out of two files.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::sign::CertifiedKey;

use super::super::probes::tls::chain::Chain;
use super::date;
use super::pem::{self, Unusable, shown};
use crate::config::PairFiles;

/// A pair that fits.
pub(super) struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) valid: Valid,
}

/// When and for whom a certificate is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Valid {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) names: Vec<String>,
}

/// Why two files are no pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPair {
    /// What is wrong, with its setting and its file.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl fmt::Display for BadPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.fix)
    }
}

impl std::error::Error for BadPair {}

impl BadPair {
    fn new(what: String, fix: &str) -> Self {
        Self { what, fix: fix.to_owned() }
    }

    /// TLS itself refuses.
    pub(super) fn unusable(error: &rustls::Error) -> Self {
        Self::new(format!("TLS cannot be spoken: {error}"), "Report this as a defect of alamor")
    }
}

impl Pair {
    /// Reads both, and looks whether they belong together.
    pub(super) fn read(files: &PairFiles) -> Result<Self, BadPair> {
        let chain = pem::read_chain(&files.certificate).map_err(|why| {
            let what = format!("TLS_CERT_FILE: {} {why}", shown(&files.certificate));
            BadPair::new(what, cure(&why, "Name the file of the certificate with its chain"))
        })?;
        let key = pem::read_key(&files.key).and_then(|key| pem::join(&chain, key));
        let certified = key.map_err(|why| {
            let (key, certificate) = (shown(&files.key), shown(&files.certificate));
            let what = format!("TLS_KEY_FILE: {key} {why} (TLS_CERT_FILE: {certificate})");
            BadPair::new(what, cure(&why, "Name the key that this certificate was made for"))
        })?;
        let Chain { not_before, not_after, names, .. } = chain;
        let valid = Valid { not_before, not_after, names };
        Ok(Self { certified: Arc::new(certified), valid })
    }

    /// This one, unless it has expired while the other one has not.
    pub(super) fn unless_worse(
        self,
        other: Option<&Valid>,
        now: Timestamp,
    ) -> Result<Self, BadPair> {
        let ended = self.valid.not_after;
        if ended < now && other.is_some_and(|other| now <= other.not_after) {
            let what = format!("the certificate that was put there expired on {}", date(ended));
            return Err(BadPair::new(what, "Put a valid one there"));
        }
        Ok(self)
    }
}

fn cure(why: &Unusable, otherwise: &'static str) -> &'static str {
    match why {
        Unusable::NotOurs => "Let the user that runs alamor read it",
        Unusable::Der => "Convert it with openssl x509 -inform der",
        Unusable::None | Unusable::Faulty(_) => otherwise,
    }
}

/// What the file system says of both files: as long as it says the same, nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp([Option<[i64; 5]>; 2]);

impl Stamp {
    pub(super) fn of(files: &PairFiles) -> Self {
        Self([stamp(&files.certificate), stamp(&files.key)])
    }
}

/// Device and number, of what a link leads to; size; when it was written, or exchanged.
fn stamp(path: &Path) -> Option<[i64; 5]> {
    let metadata = fs::metadata(path).ok()?;
    let [device, number, size] =
        [metadata.dev(), metadata.ino(), metadata.size()].map(u64::cast_signed);
    Some([device, number, size, metadata.ctime(), metadata.ctime_nsec()])
}
