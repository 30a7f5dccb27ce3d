//! What an authority gave, as files that only this user reads.
//!
//! Invariant: nobody sees half a file, and no file is ever readable by others, not for a moment.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use instant_acme::AccountCredentials;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::Failure;
use crate::config::{AcmeSettings, PairFiles};
use crate::core::probes::tls::pem::shown;

/// The file of the account, beside those of the certificate.
const ACCOUNT: &str = "account.json";

/// A certificate that was ordered.
pub(super) struct Made {
    /// In PEM, with its chain.
    pub(super) chain: String,
    /// In PEM.
    pub(super) key: SecretString,
}

/// An account, and of whom: another mail address or another authority needs another one.
#[derive(Serialize, Deserialize)]
struct Account {
    directory: String,
    contact: String,
    credentials: AccountCredentials,
}

/// The account, if one is kept for these settings.
pub(super) fn find_account(settings: &AcmeSettings) -> Option<AccountCredentials> {
    let text = fs::read(settings.folder.join(ACCOUNT)).ok()?;
    let account: Account = serde_json::from_slice(&text).ok()?;
    let is_ours =
        account.directory == settings.directory.as_str() && account.contact == settings.contact;
    is_ours.then_some(account.credentials)
}

/// Keeps an account.
pub(super) fn account(
    settings: &AcmeSettings,
    credentials: AccountCredentials,
) -> Result<(), Failure> {
    let directory = settings.directory.to_string();
    let account = Account { directory, contact: settings.contact.clone(), credentials };
    let path = settings.folder.join(ACCOUNT);
    let text = serde_json::to_string(&account).map_err(io::Error::from);
    text.and_then(|text| write(&path, &text)).map_err(|error| not_kept(&path, &error))
}

/// Forgets the account: the authority does not know it.
pub(super) fn forget_account(settings: &AcmeSettings) {
    // Where it cannot be removed, a new one cannot be kept either, and that is told.
    let _ = fs::remove_file(settings.folder.join(ACCOUNT));
}

/// Keeps a certificate and its key.
pub(super) fn pair(files: &PairFiles, made: &Made) -> Result<(), Failure> {
    let kept = |path: &Path, text: &str| write(path, text).map_err(|error| not_kept(path, &error));
    kept(&files.key, made.key.expose_secret())?;
    kept(&files.certificate, &made.chain)
}

fn not_kept(path: &Path, error: &io::Error) -> Failure {
    Failure {
        what: format!("{} cannot be written: {error}", shown(path)),
        fix: "set TLS_ACME_FOLDER to a folder into which alamor may write",
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let beside = path.with_extension("new");
    // What a core that was killed has left may have other rights.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_kept_is_read_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("tls").join(name);
        let files = PairFiles { certificate: at("fullchain.pem"), key: at("privkey.pem") };
        let made = Made { chain: "chain".to_owned(), key: "key".into() };
        pair(&files, &made).unwrap();
        fs::write(at("privkey.new"), "left behind").unwrap();
        pair(&files, &made).unwrap();
        assert_eq!(fs::read_to_string(&files.key).unwrap(), "key");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&files.key), mode(&files.certificate)), (0o600, 0o600));
        assert_eq!(mode(files.key.parent().unwrap()), 0o700);
        assert_eq!(fs::read_dir(files.key.parent().unwrap()).unwrap().count(), 2);
    }

    #[test]
    fn where_nothing_can_be_kept_the_setting_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tls"), "a file").unwrap();
        let at = folder.path().join("tls/privkey.pem");
        let files = PairFiles { certificate: at.clone(), key: at };
        let made = Made { chain: "chain".to_owned(), key: "key".into() };
        let failure = pair(&files, &made).unwrap_err();
        assert!(failure.what.contains("tls/privkey.pem cannot be written"), "{}", failure.what);
        assert!(failure.fix.contains("TLS_ACME_FOLDER"));
    }
}
