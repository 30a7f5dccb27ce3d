//! One core for each database: a locked file beside it that names its owner.
//!
//! The lock is the kernel's (`flock`): it goes with the process, so a killed core leaves nothing
//! behind that has to be removed by hand. An embedded core looks whether somebody asks it to yield:
//! a second file beside the lock, because whoever may write there may also stop it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// A held lock; released when dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Somebody holds it; this is what they wrote about themselves.
    Taken(String),
    /// The lock file cannot be made.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock of `database`, and writes `owner` into it.
    ///
    /// # Errors
    ///
    /// [`LockError`], by reaction.
    pub fn take(database: &Path, owner: &str) -> Result<Self, LockError> {
        let path = beside(database, "lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                file.read_to_string(&mut owner).map_err(LockError::Io)?;
                return Err(LockError::Taken(owner));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let mut lock = Self { file, path };
        lock.name_owner(owner).map_err(LockError::Io)?;
        drop(fs::remove_file(beside(database, "yield")));
        Ok(lock)
    }

    /// Says anew who holds it, for example once the address is known.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn name_owner(&mut self, owner: &str) -> io::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(owner.as_bytes())?;
        self.file.flush()
    }

    /// Whether somebody asked that this lock be released.
    #[must_use]
    pub fn is_asked_to_yield(&self) -> bool {
        self.path.with_extension("yield").exists()
    }
}

/// Asks the holder of the lock of `database` to release it.
///
/// # Errors
///
/// The file system's.
pub fn ask_to_yield(database: &Path) -> io::Result<()> {
    fs::write(beside(database, "yield"), format!("pid {}\n", std::process::id()))
}

/// `shop.db` → `shop.db.lock`.
fn beside(database: &Path, extension: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_core_learns_who_the_first_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let first = Lock::take(&database, "pid 812, serve").unwrap();
        match Lock::take(&database, "pid 813, serve") {
            Err(LockError::Taken(owner)) => assert_eq!(owner, "pid 812, serve"),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(Lock::take(&database, "pid 813, serve").is_ok());
    }

    #[test]
    fn a_holder_notices_that_it_is_asked_and_the_next_one_starts_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let first = Lock::take(&database, "embedded").unwrap();
        assert!(!first.is_asked_to_yield());
        ask_to_yield(&database).unwrap();
        assert!(first.is_asked_to_yield());
        drop(first);
        assert!(!Lock::take(&database, "serve").unwrap().is_asked_to_yield());
    }
}
