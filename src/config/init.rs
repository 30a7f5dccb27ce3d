//! A fresh `.env` for a machine without a bot.
//!
//! Invariants:
//! - Nothing is ever overwritten.
//! - Only the user who makes the file can read it.
//!
//! Deliberately absent: the database that it names (that is `database`).

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::config::api_key::ApiKey;
use crate::config::encryption_key::EncryptionKey;

/// Readable and writable for its owner, for nobody else.
const OWNER_ONLY: u32 = 0o600;

/// The text of a settings file with fresh keys and an SQLite database beside it.
#[must_use]
pub fn fresh_env() -> SecretString {
    let api_key = ApiKey::generate();
    let encryption_key = EncryptionKey::generate();
    format!(
        "\
# Settings of alamor. Every other setting stands in .env.example, with its unit and default.

# The public name of the webhook, without https://.
#WEBHOOK_DOMAIN=sub.example.net

# Opens the admin API. Keep it secret.
ADMIN_API_KEY={}

# Opens the panels' addresses and passwords in the database. Without it they are lost.
ENCRYPTION_KEY_ALAMOR={}

DB_TYPE=sqlite
# Relative to the folder of this file.
DATABASE_NAME_ALAMOR=database/alamor_vpn.db
",
        api_key.expose(),
        encryption_key.expose(),
    )
    .into()
}

/// Writes a fresh settings file.
///
/// # Errors
///
/// `AlreadyExists` if there is anything at `path`, even a dangling link; it stays untouched.
/// Otherwise what the system says; then no half a file is left.
pub fn write_new(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    let written =
        file.write_all(fresh_env().expose_secret().as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        // What cannot be written can perhaps not be removed; the first error is the one to tell.
        let _ = fs::remove_file(path);
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{AdminKey, Database, Environment, Settings, Source};

    #[test]
    fn a_fresh_file_is_valid_and_has_good_keys() {
        let path = Path::new("/srv/alamor/.env");
        let text = fresh_env();
        let source = Source::of_text(path, text.expose_secret(), Environment::default());
        let settings = Settings::load(&source).unwrap();
        assert!(matches!(settings.admin_key, AdminKey::Good(_)));
        assert!(settings.encryption_key.is_some());
        assert!(settings.warnings.is_empty());
        let Database::Sqlite { path } = settings.database else { panic!("not SQLite") };
        assert_eq!(path, Path::new("/srv/alamor/database/alamor_vpn.db"));
        assert_ne!(fresh_env().expose_secret(), text.expose_secret());
    }

    #[test]
    fn only_its_owner_can_read_it_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        write_new(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, OWNER_ONLY);

        let before = fs::read(&path).unwrap();
        assert_eq!(write_new(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
