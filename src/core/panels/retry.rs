//! When to ask again, and how long to wait before.

use std::time::Duration;

use crate::domain::reason::PanelFailure;

/// Most attempts at one answer.
pub(crate) const ATTEMPTS: u32 = 3;

/// Longest pause before the second attempt.
const BACKOFF_BASE: Duration = Duration::from_millis(200);

/// Longest pause before any attempt.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// The pause after `attempt` finished attempts, counted from 1.
///
/// `roll` is a uniform draw from `0.0..=1.0`. The caller draws it, so this is pure.
///
/// # Source
///
/// "Full jitter" in *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015.
pub(crate) fn backoff(attempt: u32, roll: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let ceiling = BACKOFF_BASE.saturating_mul(1 << doublings).min(BACKOFF_MAX);
    ceiling.mul_f64(roll.clamp(0.0, 1.0))
}

/// How long to wait before asking again; `None` is not to ask again.
///
/// `left` is what remains of the time that this answer may take.
pub(crate) fn pause(
    failure: PanelFailure,
    attempt: u32,
    left: Duration,
    roll: f64,
) -> Option<Duration> {
    if !failure.may_pass() || attempt >= ATTEMPTS {
        return None;
    }
    let pause = match failure {
        // The panel said when; earlier would only annoy it.
        PanelFailure::Busy(retry_after) => retry_after.max(backoff(attempt, roll)),
        _ => backoff(attempt, roll),
    };
    (pause < left).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reason::Unreachable;

    const TEN: Duration = Duration::from_secs(10);

    #[test]
    fn pauses_double_up_to_their_maximum_and_are_rolled() {
        assert_eq!(backoff(1, 1.0), Duration::from_millis(200));
        assert_eq!(backoff(2, 1.0), Duration::from_millis(400));
        assert_eq!(backoff(2, 0.5), Duration::from_millis(200));
        assert_eq!(backoff(40, 1.0), BACKOFF_MAX);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn what_may_pass_is_asked_three_times() {
        let timeout = PanelFailure::Unreachable(Unreachable::Timeout);
        assert!(pause(timeout, 1, TEN, 1.0).is_some());
        assert!(pause(timeout, 2, TEN, 1.0).is_some());
        assert!(pause(timeout, 3, TEN, 1.0).is_none());
    }

    #[test]
    fn what_will_not_pass_is_asked_once() {
        assert_eq!(pause(PanelFailure::UnknownSubscription, 1, TEN, 1.0), None);
        assert_eq!(pause(PanelFailure::Status(404), 1, TEN, 1.0), None);
    }

    #[test]
    fn a_busy_panel_is_given_its_time_or_left_alone() {
        let busy = PanelFailure::Busy(Duration::from_secs(3));
        assert_eq!(pause(busy, 1, TEN, 0.0), Some(Duration::from_secs(3)));
        assert_eq!(pause(busy, 1, Duration::from_secs(2), 0.0), None);
    }
}
