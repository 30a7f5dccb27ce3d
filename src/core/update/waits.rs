//! What a job does with a database that is away: it waits, tries again, and says so once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::database::error::DbError;

/// Pauses before the database is tried again.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(2)];

/// Who waits, and what for: a thousand items that wait are one line of the log, which may lie on the
/// same disk.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Those who failed and have not succeeded since. What others do well says nothing of them: where
    /// a disk is full, everything can be read.
    waiting: usize,
    /// What was last told.
    cause: Option<String>,
}

/// Somebody who waits.
struct Waiting<'a>(&'a Waits);

impl Waits {
    /// Repeats what the database does until it does it. A stopping core drops the caller.
    pub(super) async fn persist<T, F>(&self, mut attempt: impl FnMut() -> F) -> T
    where
        F: Future<Output = Result<T, DbError>>,
    {
        let mut pause = PAUSES[0];
        let mut waiting: Option<Waiting<'_>> = None;
        loop {
            match attempt().await {
                Ok(value) => {
                    if let Some(waiting) = waiting {
                        waiting.end();
                    }
                    return value;
                }
                Err(error) => {
                    waiting.get_or_insert_with(|| self.begin());
                    self.tell(&error);
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSES[1]);
                }
            }
        }
    }

    fn begin(&self) -> Waiting<'_> {
        self.state().waiting += 1;
        Waiting(self)
    }

    fn tell(&self, error: &DbError) {
        let mut state = self.state();
        if state.cause.as_ref() == Some(&error.cause) {
            return;
        }
        tracing::warn!(%error, "The job waits for the database");
        state.cause = Some(error.cause.clone());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// The database has done it.
    fn end(self) {
        let waits = self.0;
        drop(self);
        let mut state = waits.state();
        if state.waiting == 0
            && let Some(cause) = state.cause.take()
        {
            tracing::info!(after = cause, "The job goes on: the database answers again");
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> DbError {
        DbError { cause: "the disk is full".to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_well_meanwhile_ends_nobodys_wait() {
        let waits = Waits::default();
        let cause = || waits.state().cause.clone();
        let mut attempts = 0;
        let writing = waits.persist(|| {
            attempts += 1;
            let is_late = attempts == 3;
            async move { if is_late { Ok(()) } else { Err(full()) } }
        });
        let reading = async {
            for _ in 0..3 {
                waits.persist(async || Ok(())).await;
            }
            assert_eq!(cause(), Some(full().cause), "nobody has ended the wait");
        };
        tokio::join!(writing, reading);
        assert_eq!(cause(), None);
        assert_eq!(waits.state().waiting, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_waits_no_longer() {
        let waits = Waits::default();
        let never = waits.persist(async || Err::<(), _>(full()));
        tokio::time::timeout(PAUSES[0], never).await.unwrap_err();
        assert_eq!(waits.state().waiting, 0);
    }
}
