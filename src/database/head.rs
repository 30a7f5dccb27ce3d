//! The first bytes of a SQLite file, read without harm to who has it open.
//!
//! A process that closes any descriptor of a file loses every lock that it has on that file, and
//! SQLite's locks are of this kind: while the core writes, another program could write as well. So a
//! file that was looked into stays open, and is looked into again there.
//!
//! Invariant: no descriptor of a file that others can still open is closed here.
//!
//! # Source
//!
//! SQLite, "How To Corrupt An SQLite Database File", section 2.2; fcntl(2), "Advisory record locking".

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Access, AtFlags, CWD, accessat};

/// What begins a file that is a database: the format's name, and the versions for writing and reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether it asks for a write-ahead log.
    pub(super) is_wal: bool,
}

/// First bytes of every SQLite database.
///
/// # Source
///
/// SQLite, "Database File Format", section 1.3.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Where the version for reading stands; 2 asks for a write-ahead log.
const READ_VERSION: usize = 19;

/// The files that were looked into.
static FILES: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// How a file begins; `None` if it is no database, be it a folder, a pipe or anything else.
///
/// # Errors
///
/// The file system's, also where this user may not read it.
pub(super) fn read(path: &Path) -> io::Result<Option<Head>> {
    // To open a pipe is to wait for whoever writes into it.
    let found = path.metadata()?;
    if !found.is_file() {
        return Ok(None);
    }
    // What stays open can be read whatever its rights are by now.
    accessat(CWD, path, Access::READ_OK, AtFlags::EACCESS)?;
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    // One that was removed is nobody's any more.
    files.retain(|file| file.metadata().is_ok_and(|of| of.nlink() > 0));
    let is_it = |file: &&File| {
        file.metadata().is_ok_and(|of| (of.dev(), of.ino()) == (found.dev(), found.ino()))
    };
    if let Some(file) = files.iter().find(is_it) {
        return head_of(file);
    }
    let file = File::open(path)?;
    let head = head_of(&file);
    files.push(file);
    head
}

fn head_of(file: &File) -> io::Result<Option<Head>> {
    let mut bytes = [0; READ_VERSION + 1];
    match file.read_exact_at(&mut bytes, 0) {
        // Shorter than a header: an empty file has no tables either.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
        Ok(()) => {
            let head = Head { is_wal: bytes[READ_VERSION] == 2 };
            Ok(bytes.starts_with(MAGIC).then_some(head))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn database(folder: &Path, version: u8) -> std::path::PathBuf {
        let path = folder.join("shop.db");
        let mut bytes = MAGIC.to_vec();
        bytes.extend([16, 0, version, version]);
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_file_that_was_replaced_is_looked_into_anew() {
        let folder = tempfile::tempdir().unwrap();
        for (version, is_wal) in [(1, false), (2, true)] {
            let path = database(folder.path(), version);
            assert_eq!(read(&path).unwrap(), Some(Head { is_wal }));
            fs::remove_file(&path).unwrap();
            assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        }
    }

    #[test]
    fn what_was_written_since_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path(), 1);
        read(&path).unwrap();
        assert_eq!(read(&database(folder.path(), 2)).unwrap(), Some(Head { is_wal: true }));
        fs::write(&path, "no database, and longer than a header").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        fs::write(&path, "short").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        assert_eq!(read(folder.path()).unwrap(), None);
    }
}
