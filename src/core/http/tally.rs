//! How often somebody did something within a minute.
//!
//! Invariants:
//! - What is remembered is bounded, whoever asks from however many addresses.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long is counted, from the first on.
const WINDOW: Duration = Duration::from_mins(1);

/// How many are counted at once: 64 bytes each.
const REMEMBERED: usize = 16 * 1024;

/// Counts by `K`, up to a limit.
#[derive(Debug)]
pub(super) struct Tally<K> {
    most: u32,
    counts: Mutex<HashMap<K, Count>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    count: u32,
}

/// What one more is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// One of those that are allowed.
    Within,
    /// One too many; so many seconds until it is allowed again. `first`: none before it was.
    Above { wait_s: u64, first: bool },
}

impl Counted {
    /// How many seconds to wait, if it is one too many; `tell` says the first such in the log.
    pub(super) fn or_tell(self, tell: impl FnOnce()) -> Result<(), u64> {
        match self {
            Self::Within => Ok(()),
            Self::Above { wait_s, first } => {
                if first {
                    tell();
                }
                Err(wait_s)
            }
        }
    }
}

impl<K: Eq + Hash> Tally<K> {
    pub(super) fn new(most: u32) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// Counts one more.
    pub(super) fn count(&self, key: K) -> Counted {
        let now = Instant::now();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, each| now - each.since < WINDOW);
        }
        if counts.len() >= REMEMBERED {
            // So many at once are no customers; whoever is forgotten is counted anew.
            counts.clear();
        }
        let each = counts.entry(key).or_insert(Count { since: now, count: 0 });
        if now - each.since >= WINDOW {
            *each = Count { since: now, count: 0 };
        }
        each.count = each.count.saturating_add(1);
        if each.count <= self.most {
            return Counted::Within;
        }
        let left = WINDOW.saturating_sub(now - each.since);
        let wait_s = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Counted::Above { wait_s: wait_s.max(1), first: each.count == self.most + 1 }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_did_it_too_often_waits_until_the_minute_is_over() {
        let tally = Tally::new(2);
        assert_eq!([tally.count("a"), tally.count("a")], [Counted::Within; 2]);
        advance(Duration::from_millis(20_500)).await;
        assert_eq!(tally.count("a"), Counted::Above { wait_s: 40, first: true });
        assert_eq!(tally.count("a"), Counted::Above { wait_s: 40, first: false });
        assert_eq!(tally.count("b"), Counted::Within);
        advance(Duration::from_millis(39_500)).await;
        assert_eq!(tally.count("a"), Counted::Within);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let tally = Tally::new(1);
        for key in 0..3 * REMEMBERED {
            tally.count(key);
        }
        assert!(tally.counts.lock().unwrap().len() <= REMEMBERED);
    }
}
