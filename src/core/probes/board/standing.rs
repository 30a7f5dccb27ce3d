//! What is shown of one check: damped, so that one odd look is no news.
//!
//! ```text
//! shown S  │ looked as bad as S: S, doubts are over
//!          │ looked worse or better: doubt(1), the next look comes soon
//! doubt(n) │ looked to the same side of S: doubt(n + 1); at CONFIRM shown is the look of them that is
//!          │   nearest to S, since the first of them. One that went further is a doubt(1) of its own
//!          │ looked to the other side: doubt(1)
//! ```
//!
//! So a fault that is crit and warn by turns is shown as a warning, and what gets better is shown only
//! as well as all these looks found it.
//!
//! What turned often lately flaps: it turns to the worse as ever, to the better only once that has
//! lasted for [`REST`]. What nobody has looked at for [`MISSED`] intervals is shown as unknown.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::day::Day;
use crate::api::{Check, CheckState};

/// Looks to the same side of what is shown, one after the other, that make news.
const CONFIRM: u32 = 2;

/// Intervals without a look after which nobody knows any more. One look may take half an interval.
const MISSED: u32 = 3;

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
    /// When somebody looked last: to be said, and to be measured.
    looked_at: Timestamp,
    looked: Instant,
}

/// Looks one after the other that are all worse, or all better, than what is shown.
#[derive(Debug, Clone)]
struct Doubt {
    /// The newest of those that are nearest to what is shown.
    nearest: Check,
    looks: u32,
    since: Timestamp,
}

impl Doubt {
    fn new(check: Check, now: Timestamp) -> Self {
        Self { nearest: check, looks: 1, since: now }
    }

    /// With one look more, to the same side.
    fn and(self, check: Check, is_better: bool) -> Self {
        let (before, new) = (self.nearest.state.severity(), check.state.severity());
        let is_nearest = if is_better { new >= before } else { new <= before };
        let nearest = if is_nearest { check } else { self.nearest };
        Self { nearest, looks: self.looks + 1, ..self }
    }
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
        Self {
            shown: check,
            since: now,
            doubt: None,
            turns: VecDeque::new(),
            day,
            looked_at: now,
            looked: Instant::now(),
        }
    }

    /// Takes what a look found at `now`; says if that is news.
    pub(crate) fn take(&mut self, check: Check, now: Timestamp) -> Option<Turn> {
        self.day.note(now, check.state);
        (self.looked_at, self.looked) = (now, Instant::now());
        let doubt = self.doubt.take();
        let side = self.side(&check);
        if side == Ordering::Equal {
            self.shown = check;
            return None;
        }
        let is_better = side == Ordering::Less;
        let doubt = match doubt {
            Some(doubt) if self.side(&doubt.nearest) == side => doubt.and(check.clone(), is_better),
            _ => Doubt::new(check.clone(), now),
        };
        if !self.is_convinced_by(&doubt, is_better, now) {
            self.doubt = Some(doubt);
            return None;
        }
        let was = Some(self.shown.state);
        if self.turns.len() > FLAP_TURNS {
            self.turns.pop_front();
        }
        self.turns.push_back(now);
        (self.shown, self.since) = (doubt.nearest, doubt.since);
        // What went further than all the others waits for a look that confirms it.
        self.doubt = (self.side(&check) == side).then(|| Doubt::new(check, now));
        Some(Turn { check: self.check(now), was })
    }

    /// On which side of what is shown a look is: `Less` is better, `Greater` is worse.
    fn side(&self, check: &Check) -> Ordering {
        check.state.severity().cmp(&self.shown.state.severity())
    }

    fn is_convinced_by(&self, doubt: &Doubt, is_better: bool, now: Timestamp) -> bool {
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

    /// As it is shown to somebody who knows how often it is looked at.
    pub(crate) fn check_within(&self, every: Duration, now: Timestamp) -> Check {
        let check = self.check(now);
        if self.looked.elapsed() <= every.saturating_mul(MISSED) {
            return check;
        }
        let looked_at = self.looked_at.strftime("%Y-%m-%d %H:%M:%S UTC");
        Check {
            state: CheckState::Unknown,
            reason: Some(format!("nobody has looked since {looked_at}")),
            fix: Some("alamor check".to_owned()),
            since: Some(self.looked_at),
            ..check
        }
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
        assert_eq!(shown(10, &[Ok, Unknown, Unknown]), [Ok, Ok, Unknown]);
    }

    #[test]
    fn looks_that_are_all_worse_show_the_mildest_of_them() {
        assert_eq!(shown(10, &[Ok, Crit, Warn, Crit, Warn]), [Ok, Ok, Warn, Warn, Warn]);
        assert_eq!(shown(10, &[Ok, Warn, Crit, Warn, Crit]), [Ok, Ok, Warn, Warn, Warn]);
        // Two crit ones in a row are crit, whatever was before them.
        assert_eq!(shown(10, &[Ok, Warn, Crit, Crit]), [Ok, Ok, Warn, Crit]);
    }

    #[test]
    fn looks_that_are_all_better_show_the_worst_of_them() {
        assert_eq!(shown(10, &[Crit, Ok, Warn, Ok, Ok]), [Crit, Crit, Warn, Warn, Ok]);
        assert_eq!(shown(10, &[Crit, Warn, Ok, Ok]), [Crit, Crit, Warn, Ok]);
    }

    #[test]
    fn a_look_to_the_other_side_begins_a_doubt_of_its_own() {
        assert_eq!(shown(10, &[Warn, Crit, Ok, Crit, Ok]), [Warn; 5]);
        assert_eq!(shown(10, &[Warn, Crit, Ok, Ok]), [Warn, Warn, Warn, Ok]);
    }

    #[test]
    fn what_is_shown_is_the_look_and_not_only_its_state() {
        let look = |state, reason: &str| Check { reason: Some(reason.to_owned()), ..look(state) };
        let mut standing = Standing::new(look(Ok, "fine"), at(0));
        standing.take(look(Warn, "slow"), at(10));
        let turn = standing.take(look(Crit, "gone"), at(12)).unwrap();
        assert_eq!((turn.check.state, turn.check.reason.as_deref()), (Warn, Some("slow")));
        assert_eq!(turn.check.since, Some(at(10)));
        assert!(standing.is_in_doubt());
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_has_looked_at_for_long_is_unknown_until_somebody_does() {
        let every = Duration::from_secs(10);
        let mut standing = Standing::new(look(Ok), at(0));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(standing.check_within(every, at(30)).state, Ok);
        tokio::time::advance(Duration::from_secs(1)).await;
        let check = standing.check_within(every, at(31));
        assert_eq!(check.state, Unknown);
        let reason = "nobody has looked since 2027-01-15 08:00:00 UTC";
        assert_eq!(check.reason.as_deref(), Some(reason));
        standing.take(look(Ok), at(32));
        assert_eq!(standing.check_within(every, at(32)).state, Ok);
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
