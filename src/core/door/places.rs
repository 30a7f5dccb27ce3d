//! Who has a place, and who has to give it up.
//!
//! ```text
//!          a request is whole        its answer begins        its answer goes on
//! Waiting ───────────────────▶ Served ───────────────▶ Answered ───┐
//!    └ first to go                └ never goes            └ goes if nobody waits, the longest silent
//! ```
//!
//! Several requests may be served on one connection at once, as HTTP/2 has it. What is written while
//! none was whole yet (a handshake, HTTP/2's settings) is no answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
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
    /// How many of its requests are being worked on.
    served: AtomicU32,
    /// Whether a request of it was ever whole.
    has_asked: AtomicBool,
    /// Since when it is silent, in milliseconds after the start.
    since: AtomicU64,
    must_go: AtomicBool,
    /// Who looks whether it must go.
    waker: AtomicWaker,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
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

/// A request that is being worked on.
#[derive(Debug)]
pub(super) struct Request(Arc<Place>);

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
                .filter(|(_, seat)| seat.phase() < Phase::Served)
                .min_by_key(|(_, seat)| (seat.phase(), seat.since.load(Ordering::Relaxed)))
                .map(|(number, _)| *number);
            taken.remove(&longest?)?.leave();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let seat = Arc::new(Seat {
            served: AtomicU32::new(0),
            has_asked: AtomicBool::new(false),
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
    fn phase(&self) -> Phase {
        match (self.served.load(Ordering::Relaxed), self.has_asked.load(Ordering::Relaxed)) {
            (0, false) => Phase::Waiting,
            (0, true) => Phase::Answered,
            _ => Phase::Served,
        }
    }

    fn leave(&self) {
        self.must_go.store(true, Ordering::Release);
        self.waker.wake();
    }
}

impl Place {
    /// A request is whole; it is worked on until what this returns is dropped.
    pub(super) fn serve(self: &Arc<Self>) -> Request {
        self.seat.served.fetch_add(1, Ordering::Relaxed);
        self.seat.has_asked.store(true, Ordering::Relaxed);
        Request(Arc::clone(self))
    }

    /// Something was written.
    pub(super) fn is_written_to(&self) {
        if self.seat.phase() != Phase::Waiting {
            self.seat.since.store(self.places.now(), Ordering::Relaxed);
        }
    }

    /// Whether somebody else has the place now. Wakes `waker` as soon as that is so.
    pub(super) fn must_go(&self, waker: Option<&std::task::Waker>) -> bool {
        if let Some(waker) = waker {
            self.seat.waker.register(waker);
        }
        self.seat.must_go.load(Ordering::Acquire)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.seat.since.store(self.0.places.now(), Ordering::Relaxed);
        self.0.seat.served.fetch_sub(1, Ordering::Relaxed);
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
        let _busy = taken[0].serve();
        drop(taken[1].serve());
        let _fourth = places.take().unwrap();
        assert_eq!(gone(&taken), [false, false, true], "the one that waits, though it came last");
        let _fifth = places.take().unwrap().serve();
        let _sixth = places.take().unwrap().serve();
        assert_eq!(gone(&taken), [false, true, true]);
        assert!(places.take().is_none(), "all are being served");
    }

    #[tokio::test(start_paused = true)]
    async fn of_several_requests_at_once_the_last_one_keeps_the_place() {
        let (places, taken) = three().await;
        let (_others, mine) = (taken[1].serve(), taken[2].serve());
        let (first, second) = (taken[0].serve(), taken[0].serve());
        drop(first);
        taken[0].is_written_to();
        assert!(places.take().is_none(), "all are being served");
        drop(second);
        advance(Duration::from_secs(1)).await;
        drop(mine);
        let _fourth = places.take().unwrap();
        assert_eq!(gone(&taken), [true, false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_is_no_answer() {
        let (places, taken) = three().await;
        taken[0].is_written_to();
        let _fourth = places.take().unwrap();
        assert_eq!(gone(&taken), [true, false, false]);
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
