//! How many requests there are, how long they take, how many fail.
//!
//! Exact over the last 1 024 requests and the last minute; no estimate.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use crate::api::health::Requests;
use crate::core::Core;

/// How many requests percentiles are taken over.
const REMEMBERED: usize = 1024;

/// How many whole seconds are counted.
const SECONDS: u64 = 60;

/// Seconds in one interval of `recent`, and how many of these there are.
const INTERVAL: u64 = 5;
const INTERVALS: u64 = 8;

/// Paths that are not measured: event streams end when somebody leaves, and what asks how we are
/// must not be what it hears of.
const UNMEASURED: [&str; 3] = ["/api/v1/events", "/api/v1/logs", "/api/v1/health"];

/// Measures every request but those of [`UNMEASURED`].
pub(super) async fn measure(
    State(core): State<Arc<Core>>,
    request: Request,
    next: Next,
) -> Response {
    let is_measured = !UNMEASURED.contains(&request.uri().path());
    let began = Instant::now();
    let response = next.run(request).await;
    if is_measured {
        core.meter.count(began.elapsed(), response.status().is_server_error());
    }
    response
}

/// Counts requests.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Time and failure of the last requests.
    last: VecDeque<(Duration, bool)>,
    /// Second since the start, and how many requests ended in it.
    seconds: VecDeque<(u64, u64)>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { started: Instant::now(), counts: Mutex::default() }
    }
}

impl Meter {
    fn count(&self, took: Duration, failed: bool) {
        let second = self.started.elapsed().as_secs();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.add(second, took, failed);
    }

    /// What was counted.
    pub(crate) fn read(&self) -> Requests {
        let second = self.started.elapsed().as_secs();
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).read(second)
    }
}

impl Counts {
    fn add(&mut self, second: u64, took: Duration, failed: bool) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back((took, failed));
        match self.seconds.back_mut() {
            Some((last, count)) if *last == second => *count += 1,
            _ => self.seconds.push_back((second, 1)),
        }
        while self.seconds.front().is_some_and(|(first, _)| first + SECONDS < second) {
            self.seconds.pop_front();
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn read(&self, second: u64) -> Requests {
        let mut times: Vec<Duration> = self.last.iter().map(|(took, _)| *took).collect();
        times.sort_unstable();
        let failed = self.last.iter().filter(|(_, failed)| *failed).count();
        let whole = second.clamp(1, SECONDS);
        // The second that is not over is left out, or the rate would waver with the moment.
        let recent = (0..INTERVALS).rev().map(|interval| {
            let end = second.saturating_sub(interval * INTERVAL);
            self.between(end.saturating_sub(INTERVAL), end) as f64 / INTERVAL as f64
        });
        Requests {
            per_second: self.between(second.saturating_sub(whole), second) as f64 / whole as f64,
            error_ratio: (!times.is_empty()).then(|| failed as f64 / times.len() as f64),
            p50_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
            recent: recent.collect(),
        }
    }

    /// Requests that ended in the seconds from `start` up to `end`, that one left out.
    fn between(&self, start: u64, end: u64) -> u64 {
        let inside = self.seconds.iter().filter(|(second, _)| (start..end).contains(second));
        inside.map(|(_, count)| count).sum()
    }
}

/// The smallest value that so many percent of `sorted` do not exceed, in milliseconds.
///
/// # Source
///
/// The nearest-rank method.
fn percentile(sorted: &[Duration], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|took| took.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<Duration> = (1..=100).map(ms).collect();
        assert_eq!(percentile(&times, 50), Some(50.0));
        assert_eq!(percentile(&times, 99), Some(99.0));
        assert_eq!(percentile(&times[..1], 99), Some(1.0));
        assert_eq!(percentile(&[], 99), None);
    }

    #[test]
    fn the_rate_is_that_of_whole_seconds() {
        let mut counts = Counts::default();
        for second in 0..10 {
            counts.add(second, ms(1), false);
            counts.add(second, ms(1), second == 0);
        }
        let read = counts.read(10);
        assert!((read.per_second - 2.0).abs() < f64::EPSILON);
        assert_eq!(read.error_ratio, Some(0.05));
        assert_eq!(format!("{:?}", read.recent), "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0]");
    }

    #[test]
    fn nothing_is_remembered_for_longer_than_it_is_shown() {
        let mut counts = Counts::default();
        for second in 0..1000 {
            counts.add(second, ms(1), false);
        }
        assert!(counts.seconds.len() as u64 <= SECONDS + 1);
    }
}
