//! What happened, numbered, for everybody who listens.
//!
//! ```text
//! publish ─▶ number ─▶ ring of the last events (for who comes back) ─┐
//!                   └▶ every listener's own place in the stream ──────┴─▶ JSON, once, for the first
//! ```
//!
//! Invariants:
//! - A listener sees numbers that only grow; a gap is always announced by `lost`.
//! - A slow listener delays nobody: it loses the oldest events, and is told how many.
//! - What nobody listens to is never written as JSON: a job of 10 000 has as many events.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::broadcast;

use crate::api::events::Event;

/// How many events a listener may be behind, and how many one that comes back can catch up on.
///
/// A job of 1 200 purchases makes about 1 300; an event is half a kilobyte.
const REMEMBERED: usize = 2048;

/// One event in its place.
#[derive(Debug)]
pub(crate) struct Numbered {
    /// Counts upward from 1 in each instance.
    pub(crate) number: u64,
    event: Event,
    said: OnceLock<Option<Said>>,
}

/// One event as it goes over the wire.
#[derive(Debug)]
pub(crate) struct Said {
    /// The word after `event:`.
    pub(crate) kind: String,
    /// The JSON after `data:`.
    pub(crate) data: String,
}

impl Numbered {
    pub(crate) fn new(number: u64, event: Event) -> Self {
        Self { number, event, said: OnceLock::new() }
    }

    /// Written for the first who wants it; `None` if it cannot be, and the log says why.
    pub(crate) fn said(&self) -> Option<&Said> {
        self.said.get_or_init(|| Said::of(&self.event)).as_ref()
    }
}

impl Said {
    /// `None` if it cannot be written, and the log says why.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        Self::write(event)
            .inspect_err(|error| tracing::error!(%error, "An event cannot be written as JSON"))
            .ok()
    }

    fn write(event: &Event) -> serde_json::Result<Self> {
        let json = serde_json::to_string(event)?;
        let Parts { event, data } = serde_json::from_str(&json)?;
        Ok(Self { kind: event.to_owned(), data: data.get().to_owned() })
    }
}

/// The two parts of an event's JSON.
#[derive(Deserialize)]
struct Parts<'a> {
    event: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Takes events in, gives them to everybody.
#[derive(Debug)]
pub(crate) struct Hub {
    instance: String,
    ring: Mutex<Ring>,
    sender: broadcast::Sender<Arc<Numbered>>,
}

#[derive(Debug)]
struct Ring {
    last: u64,
    events: VecDeque<Arc<Numbered>>,
}

/// A listener's beginning.
#[derive(Debug)]
pub(crate) struct Joined {
    /// What it missed, if it came back in time; else it needs a snapshot.
    pub(crate) missed: Option<Vec<Arc<Numbered>>>,
    /// The last number before `receiver` begins.
    pub(crate) last: u64,
    /// What comes from now on.
    pub(crate) receiver: broadcast::Receiver<Arc<Numbered>>,
}

impl Hub {
    /// A hub of a core that calls itself `instance`.
    pub(crate) fn new(instance: String) -> Self {
        let ring = Ring { last: 0, events: VecDeque::with_capacity(REMEMBERED) };
        Self { instance, ring: Mutex::new(ring), sender: broadcast::Sender::new(REMEMBERED) }
    }

    /// The name of this run of the core.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// Whether anybody listens: if not, some events need not be made.
    pub(crate) fn has_listeners(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Tells everybody.
    pub(crate) fn publish(&self, event: Event) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.last += 1;
        let numbered = Arc::new(Numbered::new(ring.last, event));
        if ring.events.len() == REMEMBERED {
            ring.events.pop_front();
        }
        ring.events.push_back(Arc::clone(&numbered));
        // Nobody listening is no error. Sent under the lock, so numbers arrive in order.
        let _ = self.sender.send(numbered);
    }

    /// Begins to listen; `after` is the last event that the listener has, as it came.
    pub(crate) fn join(&self, after: Option<&str>) -> Joined {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let after = after.and_then(|id| {
            let (instance, number) = id.rsplit_once('-')?;
            (instance == self.instance).then(|| number.parse::<u64>().ok()).flatten()
        });
        let missed = after.filter(|&after| ring.reaches_back_to(after)).map(|after| {
            ring.events.iter().filter(|event| event.number > after).cloned().collect()
        });
        Joined { missed, last: ring.last, receiver: self.sender.subscribe() }
    }

    /// The id of event `number`, as a listener gives it back.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.instance)
    }
}

impl Ring {
    fn reaches_back_to(&self, after: u64) -> bool {
        let oldest = self.events.front().map_or(self.last + 1, |event| event.number);
        (oldest..=self.last + 1).contains(&(after + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(events: &[Arc<Numbered>]) -> Vec<u64> {
        events.iter().map(|event| event.number).collect()
    }

    #[test]
    fn who_comes_back_in_time_gets_exactly_what_was_missed() {
        let hub = Hub::new("a".to_owned());
        for _ in 0..3 {
            hub.publish(Event::Changed {});
        }
        assert_eq!(numbers(&hub.join(Some("a-1")).missed.unwrap()), [2, 3]);
        assert_eq!(numbers(&hub.join(Some("a-3")).missed.unwrap()), [] as [u64; 0]);
    }

    #[test]
    fn who_comes_too_late_or_from_another_core_needs_a_snapshot() {
        let hub = Hub::new("a".to_owned());
        for _ in 0..REMEMBERED + 2 {
            hub.publish(Event::Changed {});
        }
        assert!(hub.join(Some("a-1")).missed.is_none());
        assert!(hub.join(Some("a-2")).missed.is_some());
        assert!(hub.join(Some("b-5")).missed.is_none());
        assert!(hub.join(Some("a-99999")).missed.is_none());
        assert!(hub.join(Some("nonsense")).missed.is_none());
        assert!(hub.join(None).missed.is_none());
    }

    #[test]
    fn an_event_is_a_word_and_its_content() {
        let said = Said::of(&Event::Lost { events: 3 }).unwrap();
        assert_eq!((said.kind.as_str(), said.data.as_str()), ("lost", r#"{"events":3}"#));
        let said = Said::of(&Event::Changed {}).unwrap();
        assert_eq!((said.kind.as_str(), said.data.as_str()), ("changed", "{}"));
    }

    #[tokio::test]
    async fn a_slow_listener_loses_the_oldest_and_learns_how_many() {
        let hub = Hub::new("a".to_owned());
        let mut receiver = hub.join(None).receiver;
        for _ in 0..REMEMBERED + 10 {
            hub.publish(Event::Changed {});
        }
        assert!(matches!(receiver.recv().await, Err(broadcast::error::RecvError::Lagged(10))));
        assert_eq!(receiver.recv().await.unwrap().number, 11);
    }
}
