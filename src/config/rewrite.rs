//! Changes values in a settings file, and nothing else in it.
//!
//! ```text
//! text ─▶ where the value stands, by the bot's rules ─▶ new text ─▶ read back ─▶ beside it ─▶ renamed
//! ```
//!
//! Invariants:
//! - Every byte that is no part of a changed value stays, line ends and comments included.
//! - There is always a whole file: the old one, or the new one with the old one's mode and owner.
//! - What is written is read back first: the bot and we find in it what was meant.
//!
//! Deliberately absent: which values (that is `cli`).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::config::dotenv::{Dotenv, find_value};
use crate::config::environment::Environment;
use crate::config::keys::Key;

/// Why a settings file was not changed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// The file cannot be read or written.
    #[error("{} cannot be changed: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Somebody else wrote it at the same time.
    #[error("{} was changed meanwhile, and is left as it is: try again", .path.display())]
    Meanwhile {
        /// The file.
        path: PathBuf,
    },
    /// What would be written is not read as it was meant.
    #[error("{} in {} cannot be written so that the bot reads it; change it by hand", .key, .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The setting.
        key: &'static str,
    },
}

/// Writes these values into a settings file; an empty one unsets.
///
/// # Errors
///
/// [`RewriteError`]; the file is as it was.
pub fn rewrite(path: &Path, changes: &[(&Key, SecretString)]) -> Result<(), RewriteError> {
    let io = |cause| RewriteError::Io { path: path.to_owned(), cause };
    // Where a link points: the link itself stays one.
    let target = path.canonicalize().map_err(io)?;
    let before: SecretString = fs::read_to_string(&target).map_err(io)?.into();
    let mut after = before.expose_secret().to_owned();
    for (key, value) in changes {
        after = with_value(&after, key.name, value.expose_secret());
    }
    let after = SecretString::from(after);
    if let Some(key) = misread(&after, changes) {
        return Err(RewriteError::Unwritable { path: path.to_owned(), key });
    }
    let written = write_beside(&target, &after).map_err(io)?;
    if fs::read_to_string(&target).map_err(io)? != before.expose_secret() {
        return Err(RewriteError::Meanwhile { path: path.to_owned() });
    }
    written.persist(&target).map_err(|error| io(error.error))?;
    // The name is on the disk as well.
    folder_of(&target).and_then(|folder| File::open(folder)?.sync_all()).map_err(io)
}

/// The new file, whole and on the disk, under a name of its own; it goes if it is not given another.
fn write_beside(target: &Path, text: &SecretString) -> io::Result<tempfile::NamedTempFile> {
    let old = target.metadata()?;
    let mut new =
        tempfile::Builder::new().prefix(".env.").suffix(".new").tempfile_in(folder_of(target)?)?;
    let is = new.as_file().metadata()?;
    if (is.uid(), is.gid()) != (old.uid(), old.gid()) {
        fchown(new.as_file(), Some(old.uid()), Some(old.gid()))?;
    }
    // After the owner, whose change takes bits away.
    new.as_file().set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))?;
    new.write_all(text.expose_secret().as_bytes())?;
    new.as_file().sync_all()?;
    Ok(new)
}

fn folder_of(target: &Path) -> io::Result<&Path> {
    target.parent().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The text with another value for `key`: in its place, or on a line of its own at the end.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let written = spelled(value);
    if let Some(place) = find_value(text, key) {
        let (head, tail) = (text.get(..place.start), text.get(place.end..));
        return [head.unwrap_or_default(), &written, tail.unwrap_or_default()].concat();
    }
    if value.is_empty() {
        return text.to_owned();
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with(['\n', '\r']) { "" } else { end };
    [text, gap, key, "=", &written, end].concat()
}

/// As the bot's file spells a value: bare where that is enough.
fn spelled(value: &str) -> String {
    if value.chars().all(|each| each.is_ascii_alphanumeric() || "-_.".contains(each)) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The first of the settings that would be read otherwise than it was meant.
fn misread(text: &SecretString, changes: &[(&Key, SecretString)]) -> Option<&'static str> {
    let read = Dotenv::parse(text.expose_secret(), &Environment::default());
    let is_as_meant = |key: &Key, value: &SecretString| {
        let found = read.find(key.name).map_or("", |variable| variable.value.expose_secret());
        found == value.expose_secret()
    };
    let wrong = changes.iter().find(|(key, value)| !is_as_meant(key, value));
    wrong.map(|(key, _)| key.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::{ADMIN_API_KEY, ADMIN_API_KEY_PREVIOUS};

    fn check(before: &str, value: &str, after: &str) {
        assert_eq!(with_value(before, "ADMIN_API_KEY", value), after, "{before:?}");
    }

    #[test]
    fn only_the_value_changes() {
        check("A=1\nADMIN_API_KEY=old # ours\nB=2", "new", "A=1\nADMIN_API_KEY=new # ours\nB=2");
        check("export ADMIN_API_KEY = \"old\"  #c\n", "new", "export ADMIN_API_KEY = new  #c\n");
        check(
            "\u{FEFF}A=é\r\nADMIN_API_KEY='o'\r\nB=1\r\n",
            "n",
            "\u{FEFF}A=é\r\nADMIN_API_KEY=n\r\nB=1\r\n",
        );
        check("ADMIN_API_KEY=\nB=1", "new", "ADMIN_API_KEY=new\nB=1");
        check("ADMIN_API_KEY=#x\n", "new", "ADMIN_API_KEY=new\n");
        check("ADMIN_API_KEY='a\nb' # c\nB=1", "new", "ADMIN_API_KEY=new # c\nB=1");
        check("A='x' y\rADMIN_API_KEY=o\rB=1", "n", "A='x' y\rADMIN_API_KEY=n\rB=1");
    }

    #[test]
    fn of_two_lines_the_one_that_counts_changes() {
        check("ADMIN_API_KEY=a\nADMIN_API_KEY=b\n", "n", "ADMIN_API_KEY=a\nADMIN_API_KEY=n\n");
        check(
            "#ADMIN_API_KEY=a\nXADMIN_API_KEY=b",
            "n",
            "#ADMIN_API_KEY=a\nXADMIN_API_KEY=b\nADMIN_API_KEY=n\n",
        );
        check(
            "ADMIN_API_KEY=a\nADMIN_API_KEY\n",
            "n",
            "ADMIN_API_KEY=a\nADMIN_API_KEY\nADMIN_API_KEY=n\n",
        );
    }

    #[test]
    fn what_is_not_there_comes_to_the_end() {
        check("", "new", "ADMIN_API_KEY=new\n");
        check("A=1", "new", "A=1\nADMIN_API_KEY=new\n");
        check("A=1\r\nB=2\r\n", "new", "A=1\r\nB=2\r\nADMIN_API_KEY=new\r\n");
        check("A=1", "", "A=1");
    }

    #[test]
    fn an_odd_value_is_quoted_and_one_that_cannot_be_written_is_refused() {
        check("", "a b'c\\", "ADMIN_API_KEY='a b\\'c\\\\'\n");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, "A=1\n").unwrap();
        rewrite(&file, &[(&ADMIN_API_KEY, "ключ # x".into())]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "A=1\nADMIN_API_KEY='ключ # x'\n");
        // The bot would put another variable's value there.
        let error = rewrite(&file, &[(&ADMIN_API_KEY, "${A}".into())]).unwrap_err();
        assert!(matches!(error, RewriteError::Unwritable { .. }), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "A=1\nADMIN_API_KEY='ключ # x'\n");
    }

    #[test]
    fn mode_and_link_stay_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.env"), folder.path().join(".env"));
        fs::write(&file, "ADMIN_API_KEY=old\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.env", &link).unwrap();
        let changes = [(&ADMIN_API_KEY, "new".into()), (&ADMIN_API_KEY_PREVIOUS, "old".into())];
        rewrite(&link, &changes).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text, "ADMIN_API_KEY=new\nADMIN_API_KEY_PREVIOUS=old\n");
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
