//! One core for each database: a locked file beside it that names its owner.
//!
//! The lock is the kernel's (`flock`): it goes with the process, so a killed core leaves nothing
//! behind that has to be removed by hand. An embedded core looks whether somebody asks it to yield:
//! a second file beside the lock, because whoever may write there may also stop it.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Who holds a lock, as it stands in its file: `pid 812, serve, http://127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// How it was started: `serve`, `embedded`, …
    pub role: String,
    /// Where it answers.
    pub url: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {}, {}, {}", self.pid, self.role, self.url)
    }
}

impl Owner {
    /// `None` if the text is not one that [`Owner`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, ", ");
        let pid = parts.next()?.strip_prefix("pid ")?.parse().ok()?;
        let (role, url) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { pid, role, url })
    }

    /// Who holds, or last held, the lock of `database`.
    #[must_use]
    pub fn read(database: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(beside(database, "lock")).ok()?)
    }
}

/// A held lock; released when dropped.
#[derive(Debug)]
pub struct Lock {
    /// The kernel's lock lasts as long as this is open.
    _file: File,
    path: PathBuf,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Somebody holds it, who this is as far as they wrote it down.
    Taken(Option<Owner>),
    /// The lock file cannot be made.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock of `database`, and writes `owner` into it.
    ///
    /// # Errors
    ///
    /// [`LockError`], by reaction.
    pub fn take(database: &Path, owner: &Owner) -> Result<Self, LockError> {
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
                return Err(LockError::Taken(Owner::parse(&owner)));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        write_owner(&mut file, owner).map_err(LockError::Io)?;
        drop(fs::remove_file(beside(database, "yield")));
        Ok(Self { _file: file, path })
    }

    /// Whether somebody asked that this lock be released.
    #[must_use]
    pub fn is_asked_to_yield(&self) -> bool {
        self.path.with_extension("yield").exists()
    }
}

fn write_owner(file: &mut File, owner: &Owner) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(owner.to_string().as_bytes())?;
    file.flush()
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

    fn owner(pid: u32, role: &str) -> Owner {
        Owner { pid, role: role.to_owned(), url: "http://127.0.0.1:8080".to_owned() }
    }

    #[test]
    fn the_second_core_learns_who_the_first_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let first = Lock::take(&database, &owner(812, "serve")).unwrap();
        match Lock::take(&database, &owner(813, "serve")) {
            Err(LockError::Taken(taken_by)) => assert_eq!(taken_by, Some(owner(812, "serve"))),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(Lock::take(&database, &owner(813, "serve")).is_ok());
        assert_eq!(Owner::read(&database), Some(owner(813, "serve")));
    }

    #[test]
    fn a_holder_notices_that_it_is_asked_and_the_next_one_starts_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let first = Lock::take(&database, &owner(1, "embedded")).unwrap();
        assert!(!first.is_asked_to_yield());
        ask_to_yield(&database).unwrap();
        assert!(first.is_asked_to_yield());
        drop(first);
        assert!(!Lock::take(&database, &owner(2, "serve")).unwrap().is_asked_to_yield());
    }

    #[test]
    fn an_owner_that_somebody_else_wrote_is_none() {
        assert_eq!(Owner::parse(""), None);
        assert_eq!(Owner::parse("pid x, serve, http://h"), None);
        assert_eq!(Owner::parse("pid 1, serve"), None);
    }
}
