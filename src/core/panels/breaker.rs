//! A circuit breaker: a panel that is down is not asked by everybody, one after the other.
//!
//! ```text
//!                  success   failure
//! Closed(n)        Closed(0) Closed(n+1), at TRIP: Open
//! Open until t     –         –            (nobody asks; after t the next one may: HalfOpen)
//! HalfOpen         Closed(0) Open
//! ```

use std::time::{Duration, Instant};

/// Failures in a row that open it.
///
/// One or two are a lost packet; five are a panel that is down. With the default limit of 8
/// requests side by side all of these fail together, so nobody waits a second time.
const TRIP: u32 = 5;

/// How long it stays open.
///
/// Long enough that a job of seconds does not ask again, short enough that an operator who has
/// restarted a panel does not wait for us.
pub(crate) const OPEN_FOR: Duration = Duration::from_secs(15);

/// Whether a panel may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// It may; this many failed in a row.
    Closed(u32),
    /// It may not, until then.
    Open(Instant),
    /// One question is on its way.
    HalfOpen,
}

impl Breaker {
    /// Whether this caller may ask now, and the position after it.
    #[must_use]
    pub(crate) fn ask(self, now: Instant) -> (bool, Self) {
        match self {
            Self::Closed(failures) => (true, Self::Closed(failures)),
            Self::Open(until) if now >= until => (true, Self::HalfOpen),
            Self::Open(until) => (false, Self::Open(until)),
            Self::HalfOpen => (false, Self::HalfOpen),
        }
    }

    /// The position after an answer came.
    #[must_use]
    pub(crate) fn after_success() -> Self {
        Self::Closed(0)
    }

    /// The position after no answer came.
    #[must_use]
    pub(crate) fn after_failure(self, now: Instant) -> Self {
        match self {
            Self::Closed(failures) if failures + 1 < TRIP => Self::Closed(failures + 1),
            Self::Closed(_) | Self::HalfOpen => Self::Open(now + OPEN_FOR),
            // Questions that were on their way when it opened do not keep it open for longer.
            Self::Open(until) => Self::Open(until),
        }
    }

    /// The position after a question was given up: its caller lost interest.
    #[must_use]
    pub(crate) fn after_nothing(self, now: Instant) -> Self {
        match self {
            Self::HalfOpen => Self::Open(now),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32, now: Instant) -> Breaker {
        (0..failures).fold(Breaker::Closed(0), |breaker, _| breaker.after_failure(now))
    }

    #[test]
    fn it_opens_at_the_fifth_failure_in_a_row() {
        let now = Instant::now();
        assert_eq!(after(4, now), Breaker::Closed(4));
        assert_eq!(after(5, now), Breaker::Open(now + OPEN_FOR));
        assert_eq!(Breaker::after_success().after_failure(now), Breaker::Closed(1));
    }

    #[test]
    fn after_its_time_exactly_one_question_finds_out() {
        let now = Instant::now();
        let open = after(5, now);
        assert_eq!(open.ask(now), (false, open));
        let later = now + OPEN_FOR;
        let (may, half) = open.ask(later);
        assert!(may);
        assert_eq!(half.ask(later), (false, Breaker::HalfOpen));
        assert_eq!(Breaker::after_success(), Breaker::Closed(0));
        assert_eq!(half.after_failure(later), Breaker::Open(later + OPEN_FOR));
    }

    #[test]
    fn a_question_that_is_given_up_lets_the_next_one_ask() {
        let now = Instant::now();
        assert!(Breaker::HalfOpen.after_nothing(now).ask(now).0);
        assert_eq!(Breaker::Closed(3).after_nothing(now), Breaker::Closed(3));
    }

    #[test]
    fn late_failures_do_not_keep_it_open_for_longer() {
        let now = Instant::now();
        let open = after(5, now);
        assert_eq!(open.after_failure(now + OPEN_FOR / 2), open);
    }
}
