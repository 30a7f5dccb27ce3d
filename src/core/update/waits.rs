//! What a job does with a database that is away: it waits, tries again, and says so once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::database::error::DbError;

/// Pauses before the database is tried again.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(2)];

/// Why the database is waited for, if it is: a thousand items that wait are one line of the log, which
/// may lie on the same disk.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<Option<String>>);

impl Waits {
    /// Repeats what the database does until it does it. A stopping core drops the caller.
    pub(super) async fn persist<T, F>(&self, mut attempt: impl FnMut() -> F) -> T
    where
        F: Future<Output = Result<T, DbError>>,
    {
        let mut pause = PAUSES[0];
        loop {
            match attempt().await {
                Ok(value) => {
                    self.end();
                    return value;
                }
                Err(error) => {
                    self.begin(&error);
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSES[1]);
                }
            }
        }
    }

    fn begin(&self, error: &DbError) {
        let mut cause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cause.as_ref() == Some(&error.cause) {
            return;
        }
        tracing::warn!(%error, "The job waits for the database");
        *cause = Some(error.cause.clone());
    }

    fn end(&self) {
        let cause = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(cause) = cause {
            tracing::info!(after = cause, "The job goes on: the database answers again");
        }
    }
}
