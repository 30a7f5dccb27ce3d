//! The last requests and the last minute: exact, no estimate.

use std::collections::VecDeque;
use std::time::Duration;

/// How many whole seconds are counted.
const SECONDS: u64 = 60;

/// Seconds in one interval of `recent`, and how many of these there are.
const INTERVAL: u64 = 5;
const INTERVALS: u64 = 8;

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Window {
    /// How many requests are remembered.
    most: usize,
    /// Time and failure of the last requests.
    last: VecDeque<(Duration, bool)>,
    /// Second since the start, and how many requests ended in it.
    seconds: VecDeque<(u64, u64)>,
}

/// What is read off a window.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) per_second: f64,
    pub(super) error_ratio: Option<f64>,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
}

impl Window {
    /// One that remembers `most` requests.
    pub(super) fn new(most: usize) -> Self {
        Self { most, last: VecDeque::new(), seconds: VecDeque::new() }
    }

    pub(super) fn add(&mut self, second: u64, took: Duration, failed: bool) {
        if self.last.len() == self.most {
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
    pub(super) fn read(&self, second: u64) -> Read {
        let mut times: Vec<Duration> = self.last.iter().map(|(took, _)| *took).collect();
        times.sort_unstable();
        let failed = self.last.iter().filter(|(_, failed)| *failed).count();
        let whole = second.clamp(1, SECONDS);
        Read {
            per_second: self.between(second.saturating_sub(whole), second) as f64 / whole as f64,
            error_ratio: (!times.is_empty()).then(|| failed as f64 / times.len() as f64),
            p50_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
        }
    }

    /// Requests per second in each of the last intervals, oldest first.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn recent(&self, second: u64) -> Vec<f64> {
        // The second that is not over is left out, or the rate would waver with the moment.
        let recent = (0..INTERVALS).rev().map(|interval| {
            let end = second.saturating_sub(interval * INTERVAL);
            self.between(end.saturating_sub(INTERVAL), end) as f64 / INTERVAL as f64
        });
        recent.collect()
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
        let mut window = Window::new(1024);
        for second in 0..10 {
            window.add(second, ms(1), false);
            window.add(second, ms(1), second == 0);
        }
        let read = window.read(10);
        assert!((read.per_second - 2.0).abs() < f64::EPSILON);
        assert_eq!(read.error_ratio, Some(0.05));
        assert_eq!(format!("{:?}", window.recent(10)), "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0]");
    }

    #[test]
    fn nothing_is_remembered_for_longer_than_it_is_shown() {
        let mut window = Window::new(16);
        for second in 0..1000 {
            window.add(second, ms(1), false);
        }
        assert!(window.seconds.len() as u64 <= SECONDS + 1);
        assert_eq!(window.last.len(), 16);
    }
}
