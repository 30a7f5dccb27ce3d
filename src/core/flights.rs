//! Single flight: what several ask for at the same time is done once, and all get its result.
//!
//! Invariants:
//! - It goes on when those who asked do not wait any longer.
//! - A defect in it is an error for all who asked, and nothing for those who come after.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::database::error::DbError;

/// What is on its way, by what it is about.
#[derive(Debug)]
pub(crate) struct Flights<K, T>(Arc<Mutex<HashMap<K, Flight<T>>>>);

type Flight<T> = Shared<BoxFuture<'static, Result<T, DbError>>>;

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, T> Flights<K, T>
where
    K: Hash + Eq + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Joins what is on its way about `key`, or begins it.
    pub(crate) async fn join<F>(
        &self,
        key: K,
        tasks: &TaskTracker,
        begin: impl FnOnce() -> F,
    ) -> Result<T, DbError>
    where
        F: Future<Output = Result<T, DbError>> + Send + 'static,
    {
        let flight = {
            let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match flights.get(&key) {
                Some(flight) => flight.clone(),
                None => {
                    let flight = self.take_off(key.clone(), tasks, begin());
                    flights.insert(key, flight.clone());
                    flight
                }
            }
        };
        flight.await
    }

    fn take_off(
        &self,
        key: K,
        tasks: &TaskTracker,
        work: impl Future<Output = Result<T, DbError>> + Send + 'static,
    ) -> Flight<T> {
        let landed = Landed { flights: Arc::clone(&self.0), key };
        let task = async move {
            let _landed = landed;
            work.await
        };
        // What it logs is part of what the first one who asked is doing.
        let task = tasks.spawn(task.in_current_span());
        let flight = async move {
            task.await
                .unwrap_or_else(|error| Err(DbError { cause: format!("it broke off: {error}") }))
        };
        flight.boxed().shared()
    }
}

/// Takes a flight off the list when it ends, however it ends.
struct Landed<K: Hash + Eq, T> {
    flights: Arc<Mutex<HashMap<K, Flight<T>>>>,
    key: K,
}

impl<K: Hash + Eq, T> Drop for Landed<K, T> {
    fn drop(&mut self) {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_many_ask_for_is_done_once() {
        let (flights, tasks) = (Flights::<u8, u32>::default(), TaskTracker::new());
        let (begun, go) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let ask = || {
            let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
            flights.join(1, &tasks, move || async move {
                let nth = begun.fetch_add(1, Ordering::SeqCst) + 1;
                go.notified().await;
                Ok(nth)
            })
        };
        let all = join_all([ask(), ask(), ask()]);
        go.notify_one();
        let results: Vec<u32> = all.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(results, [1, 1, 1]);
        go.notify_one();
        assert_eq!(ask().await.unwrap(), 2, "what has landed is not joined");
    }

    #[tokio::test]
    async fn a_defect_is_told_and_the_next_one_begins_anew() {
        let (flights, tasks) = (Flights::<u8, u32>::default(), TaskTracker::new());
        let broken = flights.join(1, &tasks, || async { panic!("a defect, on purpose") }).await;
        assert!(broken.unwrap_err().cause.contains("broke off"));
        assert_eq!(flights.join(1, &tasks, || async { Ok(7) }).await.unwrap(), 7);
    }
}
