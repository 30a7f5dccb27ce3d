//! Why the last write failed, if it did.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::DbError;

/// See the head of this file.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Option<(DbError, Instant)>>);

impl Trouble {
    /// The last write ended so; `None` is well.
    pub(super) fn note(&self, error: Option<DbError>) {
        *self.lock() = error.map(|error| (error, Instant::now()));
    }

    pub(super) fn find(&self) -> Option<DbError> {
        self.lock().as_ref().map(|(error, _)| error.clone())
    }

    /// The same, if no write was tried for so long.
    pub(super) fn find_untried(&self, since: Duration) -> Option<DbError> {
        let trouble = self.lock();
        let untried = trouble.as_ref().filter(|(_, at)| at.elapsed() >= since);
        untried.map(|(error, _)| error.clone())
    }

    /// The server answers again: that it did not is no news any more.
    pub(super) fn is_reached_again(&self) {
        self.lock().take_if(|(error, _)| error.is_unreachable());
    }

    fn lock(&self) -> MutexGuard<'_, Option<(DbError, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
