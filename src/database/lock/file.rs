//! The lock of a SQLite file: a locked file beside it that names its owner.
//!
//! The lock is the kernel's (`flock`): it goes with the process, so a killed core leaves nothing
//! behind that has to be removed by hand. An embedded core looks whether somebody asks it to yield:
//! a second file beside the lock, because whoever may write there may also stop it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::owner::Owner;
use crate::database::place::beside;

/// A held lock; released when dropped.
#[derive(Debug)]
pub(super) struct FileLock {
    /// The kernel's lock lasts as long as this is open.
    _file: File,
    path: PathBuf,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub(super) enum FileError {
    /// Somebody holds it, who this is as far as they wrote it down.
    Taken(Option<Owner>),
    /// The lock file cannot be made.
    Io(io::Error),
}

impl FileLock {
    /// Takes the lock of `database`, and writes `owner` into it.
    ///
    /// # Errors
    ///
    /// [`FileError`], by reaction.
    pub(super) fn take(database: &Path, owner: &Owner) -> Result<Self, FileError> {
        let path = beside(database, "lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(FileError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                file.read_to_string(&mut owner).map_err(FileError::Io)?;
                return Err(FileError::Taken(Owner::parse(&owner)));
            }
            Err(TryLockError::Error(error)) => return Err(FileError::Io(error)),
        }
        match write_owner(&mut file, owner) {
            // It is held all the same; whoever asks is not told who we are.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => file.set_len(0),
            written => written,
        }
        .map_err(FileError::Io)?;
        drop(fs::remove_file(beside(database, "yield")));
        Ok(Self { _file: file, path })
    }

    /// Whether somebody asked that this lock be released.
    pub(super) fn is_asked_to_yield(&self) -> bool {
        self.path.with_extension("yield").exists()
    }
}

/// Over what stands there: that has room on a full disk as well.
fn write_owner(file: &mut File, owner: &Owner) -> io::Result<()> {
    let words = owner.to_string();
    file.rewind()?;
    file.write_all(words.as_bytes())?;
    file.set_len(words.len() as u64)
}

/// Who holds, or last held, the lock of `database`.
pub(super) fn read_owner(database: &Path) -> Option<Owner> {
    Owner::parse(&fs::read_to_string(beside(database, "lock")).ok()?)
}

/// Asks the holder of the lock of `database` to release it.
///
/// # Errors
///
/// The file system's.
pub(super) fn ask_to_yield(database: &Path) -> io::Result<()> {
    fs::write(beside(database, "yield"), format!("pid {}\n", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(pid: u32, role: &str) -> Owner {
        Owner { pid, role: role.to_owned(), url: "http://127.0.0.1:8080".to_owned() }
    }

    #[test]
    fn the_second_core_learns_who_the_first_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let first = FileLock::take(&database, &owner(812, "serve")).unwrap();
        match FileLock::take(&database, &owner(813, "serve")) {
            Err(FileError::Taken(taken_by)) => assert_eq!(taken_by, Some(owner(812, "serve"))),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(FileLock::take(&database, &owner(813, "serve")).is_ok());
        assert_eq!(read_owner(&database), Some(owner(813, "serve")));
    }

    #[test]
    fn a_holder_notices_that_it_is_asked_and_the_next_one_starts_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let first = FileLock::take(&database, &owner(1, "embedded")).unwrap();
        assert!(!first.is_asked_to_yield());
        ask_to_yield(&database).unwrap();
        assert!(first.is_asked_to_yield());
        drop(first);
        assert!(!FileLock::take(&database, &owner(2, "serve")).unwrap().is_asked_to_yield());
    }
}
