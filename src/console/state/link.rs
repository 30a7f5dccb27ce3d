//! The two lines that the console hangs on: how wide the one to the terminal is, and how far away
//! the core is at the end of the other.
//!
//! The round trip is told as of the header's minute, like every age: the median of the minute before
//! it. So it changes nothing between two minutes of the clock, unless it got much worse.
//!
//! Deliberately absent: whether the core is heard at all (`connection.rs`).

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::clock::Clock;

/// The round trip is measured so often, while the core is heard.
const INTERVAL: Duration = Duration::from_secs(10);

/// Measurements that are remembered: those of two minutes.
const REMEMBERED: usize = 12;

/// Measurements that the shown one is the median of: those of a minute.
const SETTLED: usize = 6;

/// From here on, and so many times what is shown, a round trip is news.
const BAD: (Duration, u32) = (Duration::from_millis(250), 4);

/// The age of what is shown is worth knowing from here on. Below a minute it is told in steps of it.
pub(crate) const WORTH_KNOWING: Duration = Duration::from_secs(10);

/// How much may be written to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bandwidth {
    /// As much as there is to say.
    #[default]
    Usual,
    /// At most one frame a second that no key asked for, and 200 bytes a second; no sparklines.
    Low,
}

/// What is known of the lines.
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// How wide the line to the terminal is.
    pub(crate) bandwidth: Bandwidth,
    /// When the round trip was last asked for.
    asked: Option<Timestamp>,
    /// Round trips with the time they were measured at, newest last.
    measured: VecDeque<(Timestamp, Duration)>,
}

impl Link {
    /// Whether the round trip is to be measured now. The first question only starts the interval.
    pub(crate) fn wants_measuring(&mut self, now: Timestamp) -> bool {
        let waited = self.asked.map(|asked| now.duration_since(asked).unsigned_abs());
        let due = waited.is_some_and(|waited| waited + Duration::from_millis(100) >= INTERVAL);
        if due || waited.is_none() {
            self.asked = Some(now);
        }
        due
    }

    /// A round trip was measured.
    pub(crate) fn put_round_trip(&mut self, now: Timestamp, took: Duration) {
        if self.measured.len() == REMEMBERED {
            self.measured.pop_front();
        }
        self.measured.push_back((now, took));
    }

    /// Nothing that was measured is true of the next connection.
    pub(crate) fn forget(&mut self) {
        self.measured.clear();
    }

    /// The round trip as it may be told now.
    pub(crate) fn round_trip(&self, clock: &Clock) -> Option<Duration> {
        let minute = clock.shown();
        let before = self.measured.iter().rev().filter(|(at, _)| *at <= minute);
        let mut settled: Vec<Duration> = before.take(SETTLED).map(|(_, took)| *took).collect();
        settled.sort_unstable();
        let first = self.measured.front().map(|(_, took)| *took)?;
        let settled = settled.get(settled.len() / 2).copied().unwrap_or(first);
        let (bad, times) = BAD;
        let last = self.measured.back().map(|(_, took)| *took).filter(|last| *last >= bad);
        Some(last.filter(|last| *last >= settled * times).unwrap_or(settled))
    }
}

/// `since` that something is old, as it may be told at `now`: nothing below ten seconds, then in
/// steps of ten, then in whole minutes.
pub(crate) fn age_worth_knowing(since: Timestamp, now: Timestamp) -> Option<Duration> {
    let age = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    let step = if age < Duration::from_mins(1) { WORTH_KNOWING } else { Duration::from_mins(1) };
    let whole = age.as_secs() / step.as_secs() * step.as_secs();
    (whole > 0).then(|| Duration::from_secs(whole))
}

/// Until [`age_worth_knowing`] says something else.
pub(crate) fn until_next_age(since: Timestamp, now: Timestamp) -> Duration {
    let age = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    let step = if age < Duration::from_mins(1) { WORTH_KNOWING } else { Duration::from_mins(1) };
    let next = (age.as_secs() / step.as_secs() + 1) * step.as_secs();
    Duration::from_secs(next).saturating_sub(age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn clock(elapsed: u64) -> Clock {
        let mut clock = Clock::new(at("2026-11-24T14:03:05Z"), TimeZone::UTC);
        clock.advance(Duration::from_secs(elapsed));
        clock
    }

    /// What is told after `elapsed` seconds when every ten seconds these were measured.
    fn told(measured: &[u64], elapsed: u64) -> Option<u128> {
        let mut link = Link::default();
        for (number, took) in (1..).zip(measured) {
            if number * 10 <= elapsed {
                link.put_round_trip(clock(number * 10).now(), Duration::from_millis(*took));
            }
        }
        link.round_trip(&clock(elapsed)).map(|took| took.as_millis())
    }

    #[test]
    fn a_round_trip_settles_with_the_minute_and_a_bad_one_is_told_at_once() {
        let usual = [20, 26, 22, 30, 28, 24, 31];
        assert_eq!(told(&usual, 9), None);
        assert_eq!([told(&usual, 10), told(&usual, 54)], [Some(20), Some(20)], "14:03:59");
        assert_eq!([told(&usual, 55), told(&usual, 70)], [Some(26), Some(26)], "14:04");
        assert_eq!(told(&[20, 20, 400], 30), Some(400));
        assert_eq!(told(&[20, 20, 400, 20], 40), Some(20), "it was one");
    }

    #[test]
    fn measuring_begins_ten_seconds_after_the_first_question_and_goes_on_every_ten() {
        let mut link = Link::default();
        let asked = [0, 5, 10, 15, 20, 25].map(|second| link.wants_measuring(clock(second).now()));
        assert_eq!(asked, [false, false, true, false, true, false]);
    }

    #[test]
    fn an_age_is_told_from_ten_seconds_on() {
        let since = at("2026-11-24T14:03:05Z");
        let told = |elapsed| {
            let age = age_worth_knowing(since, clock(elapsed).now());
            (age.map(|age| age.as_secs()), until_next_age(since, clock(elapsed).now()).as_secs())
        };
        assert_eq!(
            [told(0), told(9), told(10), told(59), told(60), told(150)],
            [(None, 10), (None, 1), (Some(10), 10), (Some(50), 1), (Some(60), 60), (Some(120), 30)]
        );
    }
}
