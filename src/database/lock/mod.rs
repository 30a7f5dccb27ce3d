//! One core for each database, and who it is.
//!
//! | database | the lock | who holds it | asking to yield |
//! |---|---|---|---|
//! | a SQLite file | `flock` on a file beside it | stands in that file | another file beside it |
//! | PostgreSQL | an advisory lock of a session | the session's name | another advisory lock |
//!
//! Neither outlives its process, so nothing has to be removed by hand. A state file has a lock like
//! any other file: two cores on two servers must not share it.

mod owner;
mod file;
mod advisory;

use std::io;
use std::path::Path;
use std::sync::Arc;

use sqlx::PgConnection;

pub(super) use self::advisory::{Advisory, LOST, Unheld};
use self::file::{FileError, FileLock};
pub use self::owner::Owner;
use super::place::{Bot, Place, Postgres};

/// Why a lock was not taken.
#[derive(Debug)]
pub(super) enum LockError {
    /// Somebody holds it, who this is as far as they say.
    Taken(Option<Owner>),
    /// The lock file cannot be made.
    Io(io::Error),
    /// The server cannot be asked.
    Server(sqlx::Error),
}

/// The locks that a core holds; released when dropped.
#[derive(Debug, Default)]
pub(super) struct Locks {
    bot: Option<FileLock>,
    state: Option<FileLock>,
    advisory: Option<Arc<Advisory>>,
}

impl Locks {
    /// Takes the lock of the bot's file, unless it is held already.
    pub(super) fn take_file(&mut self, file: &Path, owner: &Owner) -> Result<(), LockError> {
        take(&mut self.bot, file, owner)
    }

    /// Takes the lock of the state file, unless it is held already.
    pub(super) fn take_state(&mut self, file: &Path, owner: &Owner) -> Result<(), LockError> {
        take(&mut self.state, file, owner)
    }

    pub(super) fn advisory(&self) -> Option<Arc<Advisory>> {
        self.advisory.clone()
    }

    pub(super) fn keep(&mut self, advisory: Arc<Advisory>) {
        self.advisory = Some(advisory);
    }

    /// Whether another core asks for the database.
    pub(super) fn is_asked_to_yield(&self) -> bool {
        self.bot.as_ref().is_some_and(FileLock::is_asked_to_yield)
            || self.advisory.as_ref().is_some_and(|advisory| advisory.is_asked_to_yield())
    }
}

fn take(lock: &mut Option<FileLock>, file: &Path, owner: &Owner) -> Result<(), LockError> {
    if lock.is_none() {
        *lock = Some(FileLock::take(file, owner).map_err(|error| match error {
            FileError::Taken(owner) => LockError::Taken(owner),
            FileError::Io(error) => LockError::Io(error),
        })?);
    }
    Ok(())
}

/// A question that stands as long as this lives.
#[derive(Debug)]
pub struct Asking {
    _session: Option<PgConnection>,
}

/// Asks the core that holds `place` to release it; `false` comes back as an error of the system or
/// the server, in words.
///
/// # Errors
///
/// The system's or the server's words.
pub async fn ask_to_yield(place: &Place) -> Result<Asking, String> {
    match &place.bot {
        Bot::Sqlite(path) => file::ask_to_yield(path)
            .map(|()| Asking { _session: None })
            .map_err(|error| error.to_string()),
        Bot::Postgres(place) => advisory::ask_to_yield(place)
            .await
            .map(|session| Asking { _session: Some(session) })
            .map_err(|error| error.to_string()),
    }
}

/// Who holds, or last held, `place`; `None` if nobody says so.
pub async fn find_owner(place: &Place) -> Option<Owner> {
    match &place.bot {
        Bot::Sqlite(path) => file::read_owner(path),
        Bot::Postgres(place) => owner_of(place).await,
    }
}

async fn owner_of(place: &Postgres) -> Option<Owner> {
    advisory::find_owner(place).await.ok().flatten()
}
