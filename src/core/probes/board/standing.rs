//! What is shown of one check: damped, so that one odd look is no news.
//!
//! ```text
//! shown S │ looked S: S, doubts are over
//!         │ looked L: doubt(L, 1), the next look comes soon
//! doubt(L)│ looked L the CONFIRM-th time: shown L, since the first of these looks
//!         │ looked M: doubt(M, 1)
//! ```
//!
//! What turned often lately flaps: it turns to the worse as ever, to the better only once that has
//! lasted for [`REST`].

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::day::Day;
use crate::api::{Check, CheckState};

/// Looks alike, one after the other, that make news.
const CONFIRM: u32 = 2;

/// How soon is looked again while in doubt.
pub(crate) const RECHECK: Duration = Duration::from_secs(2);

/// More turns than this within [`FLAP_WINDOW`] are flapping.
const FLAP_TURNS: usize = 4;
const FLAP_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// How long something that flaps has to be better.
const REST: SignedDuration = SignedDuration::from_mins(5);

/// One check as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    shown: Check,
    since: Timestamp,
    doubt: Option<Doubt>,
    /// When it turned, newest last; as many as tell whether it flaps.
    turns: VecDeque<Timestamp>,
    day: Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doubt {
    state: CheckState,
    looks: u32,
    since: Timestamp,
}

/// A check that is shown in another state now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    /// As it is now.
    pub(crate) check: Check,
    /// In which state it was; none before the first look.
    pub(crate) was: Option<CheckState>,
}

impl Standing {
    /// What the first look found is believed at once.
    pub(crate) fn new(check: Check, now: Timestamp) -> Self {
        let mut day = Day::new(now);
        day.note(now, check.state);
        Self { shown: check, since: now, doubt: None, turns: VecDeque::new(), day }
    }

    /// Takes what a look found at `now`; says if that is news.
    pub(crate) fn take(&mut self, check: Check, now: Timestamp) -> Option<Turn> {
        self.day.note(now, check.state);
        if check.state == self.shown.state {
            self.doubt = None;
            self.shown = check;
            return None;
        }
        let doubt = match self.doubt {
            Some(doubt) if doubt.state == check.state => Doubt { looks: doubt.looks + 1, ..doubt },
            _ => Doubt { state: check.state, looks: 1, since: now },
        };
        if !self.is_convinced_by(doubt, now) {
            self.doubt = Some(doubt);
            return None;
        }
        let was = Some(self.shown.state);
        if self.turns.len() > FLAP_TURNS {
            self.turns.pop_front();
        }
        self.turns.push_back(now);
        (self.shown, self.since, self.doubt) = (check, doubt.since, None);
        Some(Turn { check: self.check(now), was })
    }

    fn is_convinced_by(&self, doubt: Doubt, now: Timestamp) -> bool {
        let is_better = severity(doubt.state) < severity(self.shown.state);
        let has_rested = now.duration_since(doubt.since) >= REST;
        doubt.looks >= CONFIRM && (!is_better || !self.is_flapping(now) || has_rested)
    }

    /// Whether it turned too often lately to be believed at once.
    pub(crate) fn is_flapping(&self, now: Timestamp) -> bool {
        let recent = self.turns.iter().filter(|&&turn| now.duration_since(turn) < FLAP_WINDOW);
        recent.count() > FLAP_TURNS
    }

    /// Whether what was looked at last is not what is shown.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// As it is shown.
    pub(crate) fn check(&self, now: Timestamp) -> Check {
        let mut check = self.shown.clone();
        check.since = Some(self.since);
        check.history = self.day.letters(now);
        if self.is_flapping(now) {
            let reason = check.reason.as_deref().unwrap_or("it is well at the moment");
            check.reason = Some(format!("{reason}; it comes and goes"));
        }
        check
    }
}

/// Which of two states is worse.
pub(crate) fn severity(state: CheckState) -> u8 {
    match state {
        CheckState::Ok => 0,
        // "Nobody looked" changes no verdict.
        CheckState::Unknown | CheckState::NotTried => 1,
        CheckState::Warn => 2,
        CheckState::Crit => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckState::{Crit, Ok, Unknown, Warn};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn look(state: CheckState) -> Check {
        Check { name: "port".to_owned(), state, ..Check::default() }
    }

    /// A look each `every` seconds; what is shown after each.
    fn shown(every: i64, looks: &[CheckState]) -> Vec<CheckState> {
        let mut standing = Standing::new(look(looks[0]), at(0));
        let rest = looks[1..].iter().zip(1..).map(|(&state, number)| {
            standing.take(look(state), at(number * every));
            standing.check(at(number * every)).state
        });
        [looks[0]].into_iter().chain(rest).collect()
    }

    #[test]
    fn one_odd_look_is_no_news() {
        assert_eq!(shown(10, &[Ok, Crit, Ok, Crit, Ok]), [Ok; 5]);
        assert_eq!(shown(10, &[Crit, Ok, Crit]), [Crit; 3]);
    }

    #[test]
    fn two_looks_alike_are_news() {
        assert_eq!(shown(10, &[Ok, Crit, Crit, Ok, Ok]), [Ok, Ok, Crit, Crit, Ok]);
        assert_eq!(shown(10, &[Ok, Crit, Warn, Warn]), [Ok, Ok, Ok, Warn]);
        assert_eq!(shown(10, &[Ok, Unknown, Unknown]), [Ok, Ok, Unknown]);
    }

    #[test]
    fn the_first_look_is_believed() {
        assert_eq!(shown(10, &[Crit]), [Crit]);
    }

    #[test]
    fn news_begin_with_the_first_of_the_looks() {
        let mut standing = Standing::new(look(Ok), at(0));
        assert_eq!(standing.take(look(Crit), at(10)), None);
        assert!(standing.is_in_doubt());
        let turn = standing.take(look(Crit), at(12)).unwrap();
        assert_eq!((turn.was, turn.check.state), (Some(Ok), Crit));
        assert_eq!(turn.check.since, Some(at(10)));
        assert!(!standing.is_in_doubt());
    }

    #[test]
    fn what_comes_and_goes_stays_bad_until_it_has_been_well_for_a_while() {
        let pairs = [Ok, Ok, Crit, Crit].repeat(2);
        let looks: Vec<CheckState> = pairs.into_iter().chain([Ok, Ok, Crit, Crit]).collect();
        assert_eq!(shown(10, &looks).last(), Some(&Crit));
        let mut standing = Standing::new(look(Ok), at(0));
        let mut end = 0;
        for &state in &looks {
            end += 10;
            standing.take(look(state), at(end));
        }
        assert!(standing.is_flapping(at(end)));
        let text = standing.check(at(end)).reason.unwrap();
        assert!(text.ends_with("it comes and goes"), "{text}");
        // Two good looks do not convince now, five minutes of them do.
        standing.take(look(Ok), at(end + 10));
        standing.take(look(Ok), at(end + 20));
        assert_eq!(standing.check(at(end + 20)).state, Crit);
        assert!(standing.take(look(Ok), at(end + 311)).is_some());
    }
}
