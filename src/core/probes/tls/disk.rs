//! The certificate on disk, with its key.
//!
//! ```text
//! TLS_CERT_FILE, else CERTBOT_DIR/live/NAME/fullchain.pem ─▶ read() ─▶ OnDisk, or Unread: why not
//! ```
//!
//! Invariants:
//! - No more of a file is read than a chain can hold; what is no file is not opened.
//! - Of a key nothing is shown, not even what is wrong inside.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::super::machine::names::HostName;
use super::super::machine::quote::{quote, word};
use super::chain::Chain;
use crate::config::ProbeSettings;

/// The longest file that is read: a chain is 10 KB.
const LONGEST: u64 = 256 * 1024;

/// More of certbot's folders nobody looks through.
const MOST_LINEAGES: usize = 64;

/// A certificate on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OnDisk {
    pub(super) place: Place,
    pub(super) chain: Chain,
    pub(super) key: KeyState,
}

/// Where a certificate and its key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) certificate: PathBuf,
    key: Option<PathBuf>,
    /// What certbot calls it, if it is certbot's.
    pub(super) lineage: Option<String>,
}

/// What the key is to its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyState {
    /// They belong together.
    Fits,
    /// It is another one's, in words with its path.
    Faulty(String),
    /// It may not be read, or nobody said where it is.
    Unknown,
}

/// Why a certificate was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// There is none where one could be.
    None(PathBuf),
    /// Only root may look.
    NotRoot(PathBuf),
    /// There is something, and it is no certificate: in words with its path, and what helps.
    Faulty { what: String, fix: Option<String> },
}

/// Reads the certificate for `name`; `served` is the one that is served, which may be one of several.
pub(super) fn read(
    probes: &ProbeSettings,
    is_main: bool,
    name: &HostName,
    served: Option<&CertificateDer<'static>>,
) -> Result<OnDisk, Unread> {
    // TLS_CERT_FILE is the main domain's; the others are certbot's.
    if let Some(certificate) = probes.certificate.as_ref().filter(|_| is_main) {
        let key = probes.certificate_key.clone();
        let place = Place { certificate: certificate.clone(), key, lineage: None };
        return match read_at(place) {
            Err(Unread::None(path)) => {
                let what =
                    format!("TLS_CERT_FILE names {}, and there is no such file", shown(&path));
                let fix = Some("correct TLS_CERT_FILE in the .env".to_owned());
                Err(Unread::Faulty { what, fix })
            }
            read => read,
        };
    }
    let live = probes.certbot.join("live");
    let own = read_at(Place::of_lineage(&live, name.as_str()));
    let is_served = |disk: &OnDisk| Some(disk.chain.leaf()) == served;
    match &own {
        Ok(disk) if is_served(disk) || served.is_none() => return own,
        Ok(_) | Err(Unread::None(_)) => {}
        Err(_) => return own,
    }
    // certbot calls a second one NAME-0001, and one for several names by the first.
    let others = lineages(&live).into_iter().filter_map(|other| read_at(other).ok());
    let mut others: Vec<OnDisk> =
        others.filter(|disk| disk.chain.names.iter().any(|of| of == name.as_str())).collect();
    if let Some(index) = others.iter().position(is_served) {
        return Ok(others.swap_remove(index));
    }
    if own.is_ok() {
        return own;
    }
    others.into_iter().max_by_key(|disk| disk.chain.not_after).ok_or(()).or(own)
}

impl Place {
    fn of_lineage(live: &Path, lineage: &str) -> Self {
        let folder = live.join(lineage);
        Self {
            certificate: folder.join("fullchain.pem"),
            key: Some(folder.join("privkey.pem")),
            lineage: Some(lineage.to_owned()),
        }
    }
}

/// What certbot has, as far as its names may stand in a command.
fn lineages(live: &Path) -> Vec<Place> {
    let Ok(folders) = fs::read_dir(live) else { return Vec::new() };
    let names = folders.flatten().filter_map(|folder| folder.file_name().into_string().ok());
    let names = names.filter(|name| HostName::parse(name).is_some_and(|it| it.as_str() == name));
    names.take(MOST_LINEAGES).map(|name| Place::of_lineage(live, &name)).collect()
}

fn read_at(place: Place) -> Result<OnDisk, Unread> {
    let path = &place.certificate;
    let faulty = |what: &str, fix: Option<String>| Unread::Faulty {
        what: format!("{} {what}", shown(path)),
        fix,
    };
    let bytes = match read_file(path) {
        Ok(bytes) => bytes,
        Err(NoFile::None) => return Err(Unread::None(path.clone())),
        Err(NoFile::NotRoot) => return Err(Unread::NotRoot(path.clone())),
        Err(NoFile::Faulty(what)) => return Err(faulty(&what, None)),
    };
    if bytes.starts_with(&[0x30]) {
        let mut converted = path.clone().into_os_string();
        converted.push(".pem");
        let (from, to) = (word(path), word(Path::new(&converted)));
        let fix = Some(format!("openssl x509 -inform der -in {from} -out {to}"));
        return Err(faulty("is in DER, and nginx reads PEM only", fix));
    }
    let ders: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let Ok(ders) = ders else {
        return Err(faulty("is damaged: its PEM cannot be decoded", None));
    };
    if ders.is_empty() {
        return Err(faulty("holds no certificate in PEM", None));
    }
    let chain = Chain::read(ders).map_err(|why| faulty(&format!("is damaged: {why}"), None))?;
    let key = key_state(place.key.as_deref(), &chain);
    Ok(OnDisk { place, chain, key })
}

fn key_state(path: Option<&Path>, chain: &Chain) -> KeyState {
    let Some(path) = path else { return KeyState::Unknown };
    let faulty = |what: &str| KeyState::Faulty(format!("{} {what}", shown(path)));
    let bytes = match read_file(path) {
        Ok(bytes) => bytes,
        Err(NoFile::NotRoot) => return KeyState::Unknown,
        Err(NoFile::None) => return faulty("is not there"),
        Err(NoFile::Faulty(what)) => return faulty(&what),
    };
    let Ok(key) = PrivateKeyDer::from_pem_slice(&bytes) else {
        return faulty("holds no key in PEM that opens without a password");
    };
    match CertifiedKey::from_der(chain.ders.clone(), key, &provider()) {
        Ok(_) => KeyState::Fits,
        Err(rustls::Error::InconsistentKeys(_)) => faulty("is not the key of the certificate"),
        Err(_) => faulty("holds a key that cannot be used"),
    }
}

fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

/// Why a file has no bytes for us.
enum NoFile {
    None,
    NotRoot,
    /// What is wrong with it, after its path.
    Faulty(String),
}

fn read_file(path: &Path) -> Result<Vec<u8>, NoFile> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return Err(no_file(path, &error)),
    };
    if metadata.is_dir() {
        return Err(NoFile::Faulty("is a folder, not a file".to_owned()));
    }
    // A pipe would let us wait for ever.
    if !metadata.is_file() {
        return Err(NoFile::Faulty("is no file".to_owned()));
    }
    if metadata.len() > LONGEST {
        return Err(NoFile::Faulty("is too large for a certificate".to_owned()));
    }
    let file = File::open(path).map_err(|error| no_file(path, &error))?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|error| no_file(path, &error))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(NoFile::Faulty("is empty".to_owned()));
    }
    Ok(bytes)
}

fn no_file(path: &Path, error: &io::Error) -> NoFile {
    match error.kind() {
        ErrorKind::PermissionDenied => NoFile::NotRoot,
        ErrorKind::NotFound | ErrorKind::NotADirectory => match fs::read_link(path) {
            Ok(target) => {
                let target = shown(&target);
                NoFile::Faulty(format!("is a link to {target}, and that is not there"))
            }
            Err(_) => NoFile::None,
        },
        _ => NoFile::Faulty(format!("cannot be read: {error}")),
    }
}

/// A path as it may be shown.
pub(super) fn shown(path: &Path) -> String {
    quote(&path.to_string_lossy())
}
