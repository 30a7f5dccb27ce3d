//! Files in PEM: a certificate with its chain, a key, and whether they belong together.
//!
//! Invariants:
//! - No more of a file is read than a chain can hold; what is no file is not opened.
//! - Of a key nothing is shown, not even what is wrong inside.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::super::machine::quote::quote;
use super::chain::Chain;

/// The longest file that is read: a chain is 10 KB.
const LONGEST: u64 = 256 * 1024;

/// Why a file is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core) enum Unusable {
    /// There is none.
    None,
    /// Another user may read it.
    NotOurs,
    /// The bytes themselves, without PEM around them.
    Der,
    /// What is wrong with it, after its path.
    Faulty(String),
}

/// What stands after the path.
impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "is not there",
            Self::NotOurs => "may not be read by this user",
            Self::Der => "is in DER, not in PEM",
            Self::Faulty(what) => what,
        })
    }
}

/// Reads a certificate and those that vouch for it.
pub(in crate::core) fn read_chain(path: &Path) -> Result<Chain, Unusable> {
    let faulty = |what: &str| Unusable::Faulty(what.to_owned());
    let bytes = read_file(path)?;
    if bytes.starts_with(&[0x30]) {
        return Err(Unusable::Der);
    }
    let ders: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let ders = ders.map_err(|_| faulty("is damaged: its PEM cannot be decoded"))?;
    if ders.is_empty() {
        return Err(faulty("holds no certificate in PEM"));
    }
    Chain::read(ders).map_err(|why| Unusable::Faulty(format!("is damaged: {why}")))
}

/// Reads a key.
pub(in crate::core) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Unusable> {
    let bytes = read_file(path)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        Unusable::Faulty("holds no key in PEM that opens without a password".to_owned())
    })
}

/// A certificate with its key, as a server needs them; what is wrong is the key's.
pub(in crate::core) fn join(
    chain: &Chain,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, Unusable> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain.ders.clone(), key, &provider).map_err(|error| {
        let what = match error {
            rustls::Error::InconsistentKeys(_) => "is not the key of the certificate",
            _ => "holds a key that cannot be used",
        };
        Unusable::Faulty(what.to_owned())
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, Unusable> {
    let faulty = |what: &str| Unusable::Faulty(what.to_owned());
    let metadata = fs::metadata(path).map_err(|error| no_file(path, &error))?;
    if metadata.is_dir() {
        return Err(faulty("is a folder, not a file"));
    }
    // A pipe would let us wait for ever.
    if !metadata.is_file() {
        return Err(faulty("is no file"));
    }
    if metadata.len() > LONGEST {
        return Err(faulty("is too large for a certificate"));
    }
    let file = File::open(path).map_err(|error| no_file(path, &error))?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|error| no_file(path, &error))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(faulty("is empty"));
    }
    Ok(bytes)
}

fn no_file(path: &Path, error: &io::Error) -> Unusable {
    match error.kind() {
        ErrorKind::PermissionDenied => Unusable::NotOurs,
        ErrorKind::NotFound | ErrorKind::NotADirectory => match fs::read_link(path) {
            Ok(target) => {
                let target = shown(&target);
                Unusable::Faulty(format!("is a link to {target}, and that is not there"))
            }
            Err(_) => Unusable::None,
        },
        _ => Unusable::Faulty(format!("cannot be read: {error}")),
    }
}

/// A path as it may be shown.
pub(in crate::core) fn shown(path: &Path) -> String {
    quote(&path.to_string_lossy())
}
