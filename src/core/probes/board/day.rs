//! A check's last 24 h, a letter for each half hour: 48 bytes, whatever happens in them.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::CheckState;

/// The time that one letter stands for.
const SLOT: Duration = Duration::from_mins(30);

/// Letters in a day.
const SLOTS: usize = 48;

/// The newest slot and those before it.
const BEFORE: i64 = 47;

/// What was found lately: the worst of each half hour, `-` where nobody looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    /// The number of the newest slot since 1970.
    newest: i64,
    /// The slots; the newest stands at `newest % SLOTS`.
    letters: [u8; SLOTS],
}

impl Day {
    /// A day in which nobody looked, up to `now`.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { newest: slot(now), letters: [b'-'; SLOTS] }
    }

    /// Notes what was found at `now`. A clock that went back writes into the newest slot.
    pub(crate) fn note(&mut self, now: Timestamp, state: CheckState) {
        self.go_on(now);
        let letter = &mut self.letters[place(self.newest)];
        if rank(letter_of(state)) > rank(*letter) {
            *letter = letter_of(state);
        }
    }

    /// The letters up to `now`, oldest first.
    pub(crate) fn letters(&self, now: Timestamp) -> String {
        let mut day = self.clone();
        day.go_on(now);
        let first = day.newest - BEFORE;
        (first..=day.newest).map(|slot| char::from(day.letters[place(slot)])).collect()
    }

    /// Empties the slots that came since the newest.
    fn go_on(&mut self, now: Timestamp) {
        let now = slot(now);
        let oldest = now - BEFORE;
        for passed in (self.newest + 1).max(oldest)..=now {
            self.letters[place(passed)] = b'-';
        }
        self.newest = self.newest.max(now);
    }
}

fn slot(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SLOT.as_secs().cast_signed())
}

fn place(slot: i64) -> usize {
    // The remainder of a division by 48 fits everywhere.
    usize::try_from(slot.rem_euclid(BEFORE + 1)).unwrap_or_default()
}

fn letter_of(state: CheckState) -> u8 {
    match state {
        CheckState::Ok => b'o',
        CheckState::Warn => b'w',
        CheckState::Crit => b'c',
        CheckState::Unknown | CheckState::NotTried => b'u',
    }
}

/// "Nobody could see it" hides no fault, and is hidden by whatever was seen.
fn rank(letter: u8) -> u8 {
    match letter {
        b'u' => 1,
        b'o' => 2,
        b'w' => 3,
        b'c' => 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckState::{Crit, Ok, Unknown, Warn};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn check(looks: &[(i64, CheckState)], now: i64, tail: &str) {
        let mut day = Day::new(at(0));
        for &(minute, state) in looks {
            day.note(at(minute), state);
        }
        let letters = day.letters(at(now));
        assert_eq!(letters.len(), SLOTS);
        assert!(letters.ends_with(tail), "{letters}");
        let before = &letters[..SLOTS - tail.len()];
        assert!(before.chars().all(|letter| letter == '-'), "{letters}");
    }

    #[test]
    fn a_half_hour_tells_its_worst() {
        check(&[(0, Ok), (5, Crit), (10, Ok), (31, Warn), (40, Ok)], 45, "cw");
        check(&[(0, Unknown), (5, Ok)], 5, "o");
        check(&[(0, Ok), (5, Unknown)], 5, "o");
    }

    #[test]
    fn a_time_without_a_look_is_a_gap() {
        check(&[(0, Ok), (95, Ok)], 125, "o--o-");
    }

    #[test]
    fn after_a_day_everything_is_forgotten() {
        check(&[(0, Crit)], 24 * 60, "");
        check(&[(0, Crit), (24 * 60, Ok)], 24 * 60, "o");
        check(&[(0, Crit)], 1_000 * 24 * 60, "");
    }

    #[test]
    fn a_clock_that_goes_back_loses_nothing() {
        check(&[(60, Ok), (0, Crit)], 60, "c");
    }
}
