//! The certificate on disk, with its key.
//!
//! ```text
//! TLS_CERT_FILE, else CERTBOT_DIR/live/NAME/fullchain.pem ─▶ read() ─▶ OnDisk, or Unread: why not
//! ```
//!
//! Deliberately absent: how a file of PEM is read (that is `pem.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;

use super::super::machine::names::HostName;
use super::super::machine::quote::word;
use super::chain::Chain;
use super::pem::{self, Unusable, shown};
use crate::config::ProbeSettings;

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
    let chain = match pem::read_chain(path) {
        Ok(chain) => chain,
        Err(Unusable::None) => return Err(Unread::None(path.clone())),
        Err(Unusable::NotOurs) => return Err(Unread::NotRoot(path.clone())),
        Err(Unusable::Der) => {
            let mut converted = path.clone().into_os_string();
            converted.push(".pem");
            let (from, to) = (word(path), word(Path::new(&converted)));
            let fix = Some(format!("openssl x509 -inform der -in {from} -out {to}"));
            return Err(faulty("is in DER, and servers read PEM only", fix));
        }
        Err(Unusable::Faulty(what)) => return Err(faulty(&what, None)),
    };
    let key = key_state(place.key.as_deref(), &chain);
    Ok(OnDisk { place, chain, key })
}

fn key_state(path: Option<&Path>, chain: &Chain) -> KeyState {
    let Some(path) = path else { return KeyState::Unknown };
    let faulty = |what: &str| KeyState::Faulty(format!("{} {what}", shown(path)));
    match pem::read_key(path).and_then(|key| pem::join(chain, key)) {
        Ok(_) => KeyState::Fits,
        Err(Unusable::NotOurs) => KeyState::Unknown,
        Err(unusable) => faulty(&unusable.to_string()),
    }
}
