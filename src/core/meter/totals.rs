//! All requests of one route since the start: answers by method and status, times by how long.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{Method, StatusCode};

/// Upper ends of the times that are told apart, in seconds.
///
/// From memory an answer takes a fraction of a millisecond; a live fetch is cut at 3 s, an update at
/// 25 s, and the bot gives up at 30 s (fact C4).
pub(crate) const BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0, 30.0];

/// See the head of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    /// How many answers, by method and status.
    pub(crate) answers: BTreeMap<(&'static str, u16), u64>,
    /// How many took at most each of [`BOUNDS`] and longer than the one before; the last ones took
    /// longer than all.
    within: [u64; BOUNDS.len() + 1],
    /// All of them together.
    took: Duration,
}

impl Totals {
    pub(super) fn add(&mut self, (method, status): (&'static str, StatusCode), took: Duration) {
        *self.answers.entry((method, status.as_u16())).or_default() += 1;
        let seconds = took.as_secs_f64();
        self.within[BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
        self.took = self.took.saturating_add(took);
    }

    /// All times together, in seconds.
    pub(crate) fn sum(&self) -> f64 {
        self.took.as_secs_f64()
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.within.iter().sum()
    }

    /// Each upper end, and how many lie below it and above the one before; the last has no end.
    pub(crate) fn buckets(&self) -> Vec<(f64, u64)> {
        let ends = BOUNDS.into_iter().chain([f64::INFINITY]);
        ends.zip(self.within).collect()
    }
}

/// The name of a method; one that nobody uses is one of many that could be made up.
pub(crate) fn method_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_counts_below_the_first_end_that_it_does_not_exceed() {
        let mut totals = Totals::default();
        for ms in [1, 2, 40_000] {
            totals.add(("GET", StatusCode::OK), Duration::from_millis(ms));
        }
        let filled: Vec<_> = totals.buckets().into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.001, 1), (0.0025, 1), (f64::INFINITY, 1)]);
        assert_eq!((totals.count(), totals.answers[&("GET", 200)]), (3, 3));
    }

    #[test]
    fn a_method_that_was_made_up_is_one_of_many() {
        assert_eq!(method_of(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(method_of(&Method::HEAD), "HEAD");
    }
}
