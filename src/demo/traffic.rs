//! What a simulated panel was asked: counts that tests assert on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use super::route::Kind;

/// Counts of the requests to one panel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that arrived.
    pub requests: u64,
    /// Requests that are neither answered nor given up by their client.
    pub in_flight: u64,
    /// The most that were in flight at once.
    pub max_in_flight: u64,
    /// Requests that arrived on each path, the query left out.
    pub paths: HashMap<String, u64>,
    /// Requests that arrived of each kind.
    pub kinds: HashMap<Kind, u64>,
}

impl Counts {
    /// How many requests of `kind` arrived.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }
}

/// The counter itself.
#[derive(Debug)]
pub(super) struct Traffic {
    counts: Mutex<Counts>,
    /// How many arrived, for those who wait for that.
    arrived: watch::Sender<u64>,
}

/// One request in flight: it is over when this is dropped.
pub(super) struct InFlight(Arc<Traffic>);

impl Traffic {
    pub(super) fn new() -> Self {
        Self { counts: Mutex::default(), arrived: watch::Sender::new(0) }
    }

    /// Counts a request; it is in flight while the answer is held.
    pub(super) fn arrive(self: &Arc<Self>, path: &str, kind: Kind) -> InFlight {
        let requests = {
            let mut counts = self.lock();
            counts.requests += 1;
            counts.in_flight += 1;
            counts.max_in_flight = counts.max_in_flight.max(counts.in_flight);
            *counts.paths.entry(path.to_owned()).or_default() += 1;
            *counts.kinds.entry(kind).or_default() += 1;
            counts.requests
        };
        self.arrived.send_if_modified(|arrived| {
            let is_more = requests > *arrived;
            *arrived = requests.max(*arrived);
            is_more
        });
        InFlight(Arc::clone(self))
    }

    /// The counts now.
    pub(super) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// How many requests arrived on `path`.
    pub(super) fn on_path(&self, path: &str) -> u64 {
        self.lock().paths.get(path).copied().unwrap_or(0)
    }

    /// Counts from zero again; requests in flight stay in flight.
    pub(super) fn reset(&self) {
        let mut counts = self.lock();
        let in_flight = counts.in_flight;
        *counts = Counts { in_flight, max_in_flight: in_flight, ..Counts::default() };
        self.arrived.send_replace(0);
    }

    /// Waits until `count` requests have arrived since the last reset.
    pub(super) async fn wait_for(&self, count: u64) {
        // The sender lives as long as `self`: waiting cannot fail.
        let _ = self.arrived.subscribe().wait_for(|&arrived| arrived >= count).await;
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut counts = self.0.lock();
        counts.in_flight = counts.in_flight.saturating_sub(1);
    }
}
