//! Who has a place, and who has to give it up.
//!
//! ```text
//!          a request is whole        its answer begins        its answer goes on
//! Waiting ───────────────────▶ Served ───────────────▶ Answered ───┐
//!    └ first to go                └ never goes            └ goes if nobody waits, the longest silent
//! ```

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    began: Instant,
    next: AtomicU64,
    taken: Mutex<HashMap<u64, Arc<Seat>>>,
}

/// What is known of a connection.
#[derive(Debug)]
struct Seat {
    phase: AtomicU8,
    /// Since when it is silent, in milliseconds after the start.
    since: AtomicU64,
    must_go: AtomicBool,
    /// Who looks whether it must go.
    waker: AtomicWaker,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Phase {
    /// No request is whole yet.
    Waiting,
    /// It was answered, or is being answered piece by piece.
    Answered,
    /// Its request is being worked on.
    Served,
}

/// A connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    seat: Arc<Seat>,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self { most, began: Instant::now(), next: AtomicU64::new(0), taken: Mutex::default() }
    }

    /// Takes a place, if need be of somebody who only waits; `None` if nobody does.
    pub(super) fn take(self: &Arc<Self>) -> Option<Arc<Place>> {
        let mut taken = self.lock();
        if taken.len() >= self.most {
            let longest = taken
                .iter()
                .filter(|(_, seat)| seat.phase() < Phase::Served as u8)
                .min_by_key(|(_, seat)| (seat.phase(), seat.since.load(Ordering::Relaxed)))
                .map(|(number, _)| *number);
            taken.remove(&longest?)?.leave();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let seat = Arc::new(Seat {
            phase: AtomicU8::new(Phase::Waiting as u8),
            since: AtomicU64::new(self.now()),
            must_go: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        taken.insert(number, Arc::clone(&seat));
        drop(taken);
        Some(Arc::new(Place { places: Arc::clone(self), number, seat }))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Seat>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn phase(&self) -> u8 {
        self.phase.load(Ordering::Relaxed)
    }

    fn leave(&self) {
        self.must_go.store(true, Ordering::Release);
        self.waker.wake();
    }
}

impl Place {
    /// A request is whole.
    pub(super) fn is_served(&self) {
        self.seat.phase.store(Phase::Served as u8, Ordering::Relaxed);
    }

    /// A part of an answer was written.
    pub(super) fn is_answered(&self) {
        self.seat.phase.store(Phase::Answered as u8, Ordering::Relaxed);
        self.seat.since.store(self.places.now(), Ordering::Relaxed);
    }

    /// Whether somebody else has the place now. Wakes `waker` as soon as that is so.
    pub(super) fn must_go(&self, waker: Option<&std::task::Waker>) -> bool {
        if let Some(waker) = waker {
            self.seat.waker.register(waker);
        }
        self.seat.must_go.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    async fn three() -> (Arc<Places>, Vec<Arc<Place>>) {
        let places = Arc::new(Places::new(3));
        let mut taken = Vec::new();
        for _ in 0..3 {
            taken.push(places.take().unwrap());
            advance(Duration::from_secs(1)).await;
        }
        (places, taken)
    }

    fn gone(taken: &[Arc<Place>]) -> Vec<bool> {
        taken.iter().map(|place| place.must_go(None)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_longest_goes_first() {
        let (places, taken) = three().await;
        assert_eq!(gone(&taken), [false; 3]);
        let _fourth = places.take().unwrap();
        assert_eq!(gone(&taken), [true, false, false]);
        let _fifth = places.take().unwrap();
        assert_eq!(gone(&taken), [true, true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_worked_on_keeps_its_place() {
        let (places, taken) = three().await;
        taken[0].is_served();
        taken[1].is_answered();
        let _fourth = places.take().unwrap();
        assert_eq!(gone(&taken), [false, false, true], "the one that waits, though it came last");
        let fifth = places.take().unwrap();
        fifth.is_served();
        let sixth = places.take().unwrap();
        sixth.is_served();
        assert_eq!(gone(&taken), [false, true, true]);
        assert!(places.take().is_none(), "all are being served");
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_was_left_is_free() {
        let (places, mut taken) = three().await;
        taken.remove(1);
        let _fourth = places.take().unwrap();
        assert_eq!(gone(&taken), [false, false]);
        assert_eq!(places.lock().len(), 3);
    }
}
