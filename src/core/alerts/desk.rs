//! Decides what is told, and when.
//!
//! It compares what is with what was told; so whatever happened in between, nothing is told twice,
//! and what came and went before anybody was told is not told at all.
//!
//! ```text
//!               not told crit              told crit
//! crit          news: unless one was       –
//!               told within the hour
//! ok, warn      –                          news: well again
//! unknown       as it was: nobody can see
//! ```
//!
//! News is told as it is when it is told, and not as it was when it came up. It is gathered for some
//! seconds. In quiet hours nothing is told; at their end one message sums
//! up what turned, and what is still crit.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::certificates::Certificates;
use super::message::{Kind, Message, News};
use crate::api::{Check, CheckState};

/// A check that comes and goes is told once within this.
const ONCE_WITHIN: Duration = Duration::from_hours(1);

/// A moment on two clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// To be said, and to tell how long a certificate lasts. Somebody may set this clock.
    pub(super) at: Timestamp,
    /// To be measured from: a clock that is set back silences nothing.
    pub(super) steady: Instant,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { at: Timestamp::now(), steady: Instant::now() }
    }
}

/// What is known of one check.
#[derive(Debug)]
struct Case {
    latest: News,
    is_crit: bool,
    /// Whether those who were told think that it is crit.
    told_crit: bool,
    /// When they were last told so.
    told_at: Option<Instant>,
}

impl Case {
    /// Takes how it is now.
    fn turn(&mut self, check: &Check, is_crit: bool, now: Moment) {
        let (was, at) = if self.is_crit == is_crit {
            (self.latest.was, self.latest.at)
        } else {
            (Some(self.latest.state), check.since.unwrap_or(now.at))
        };
        self.is_crit = is_crit;
        self.latest = News::of(check, was, at);
    }

    fn is_news(&self, now: Instant) -> bool {
        match (self.is_crit, self.told_crit) {
            (true, false) => self.had_rest(now),
            (false, true) => true,
            (true, true) | (false, false) => false,
        }
    }

    fn had_rest(&self, now: Instant) -> bool {
        self.told_at.is_none_or(|at| now.duration_since(at) >= ONCE_WITHIN)
    }

    /// Whether nothing has to be remembered of it.
    fn is_over(&self, now: Instant) -> bool {
        !self.is_crit && !self.told_crit && self.had_rest(now)
    }
}

/// See the head of this file.
#[derive(Debug)]
pub(super) struct Desk {
    /// By the check's name.
    cases: BTreeMap<String, Case>,
    certificates: Certificates,
    gather: Duration,
    /// Before this nothing is told.
    not_before: Instant,
    /// Since when there is something to tell.
    waiting_since: Option<Instant>,
    was_quiet: bool,
}

impl Desk {
    pub(super) fn new(now: Instant, gather: Duration, start: Duration) -> Self {
        Self {
            cases: BTreeMap::new(),
            certificates: Certificates::default(),
            gather,
            not_before: now + start,
            waiting_since: None,
            was_quiet: false,
        }
    }

    /// Takes a check as it is now.
    pub(super) fn turned(&mut self, check: &Check, now: Moment) {
        self.certificates.note(check, now.at);
        let is_crit = match check.state {
            CheckState::Crit => true,
            CheckState::Ok | CheckState::Warn => false,
            CheckState::Unknown | CheckState::NotTried => return,
        };
        match self.cases.get_mut(&check.name) {
            Some(case) => case.turn(check, is_crit, now),
            None if is_crit => {
                let latest = News::of(check, None, check.since.unwrap_or(now.at));
                let case = Case { latest, is_crit, told_crit: false, told_at: None };
                self.cases.insert(check.name.clone(), case);
            }
            None => {}
        }
    }

    /// Takes every check there is: what turned unnoticed, what has another reason, what is gone.
    pub(super) fn read(&mut self, checks: &[Check], now: Moment) {
        let is_there = |name: &str| checks.iter().any(|check| check.name == name);
        self.cases.retain(|name, _| is_there(name));
        self.certificates.keep(is_there);
        for check in checks {
            self.turned(check, now);
        }
    }

    /// Whether something is to be told now. Who tells it reads every check first.
    pub(super) fn is_due(&mut self, now: Moment, is_quiet: bool) -> bool {
        if is_quiet {
            self.was_quiet = true;
        }
        let may_tell = !is_quiet && now.steady >= self.not_before;
        may_tell && (self.was_quiet || self.is_gathered(now.steady))
    }

    /// What is to be told now; it counts as told.
    pub(super) fn take(&mut self, now: Moment, is_quiet: bool) -> Option<Message> {
        if !self.is_due(now, is_quiet) {
            return None;
        }
        let kind = if self.was_quiet { Kind::Summary } else { Kind::Turned };
        self.was_quiet = false;
        self.waiting_since = None;
        let mut news = Vec::new();
        for case in self.cases.values_mut() {
            let is_told = case.is_news(now.steady) || (kind == Kind::Summary && case.is_crit);
            if is_told {
                case.told_at = if case.is_crit { Some(now.steady) } else { case.told_at };
                case.told_crit = case.is_crit;
                news.push(case.latest.clone());
            }
        }
        let mut ending = self.certificates.take(now.at);
        // Its check says the same already.
        ending.retain(|ends| news.iter().all(|told| told.check != ends.check));
        news.extend(ending);
        self.cases.retain(|_, case| !case.is_over(now.steady));
        Message::new(kind, now.at, news)
    }

    /// Whether there is something to tell, and has been for a moment.
    fn is_gathered(&mut self, now: Instant) -> bool {
        if self.certificates.is_empty() && !self.cases.values().any(|case| case.is_news(now)) {
            self.waiting_since = None;
            return false;
        }
        let since = *self.waiting_since.get_or_insert(now);
        now.duration_since(since) >= self.gather
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use CheckState::{Crit, Ok, Unknown, Warn};

    use super::*;

    const GATHER: Duration = Duration::from_secs(10);

    /// That many seconds after a moment that is the same in a whole test.
    fn at(seconds: i64) -> Moment {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        Moment {
            at: Timestamp::from_second(1_800_000_000 + seconds).unwrap(),
            steady: *BEGAN + Duration::from_secs(seconds.unsigned_abs()),
        }
    }

    fn check(name: &str, state: CheckState) -> Check {
        Check { name: name.to_owned(), state, ..Check::default() }
    }

    /// What is told, and when: `(second, "+port -tls")`; asked each second, quiet in `quiet`.
    fn told(
        turns: &[(i64, &str, CheckState)],
        until: i64,
        quiet: std::ops::Range<i64>,
    ) -> Vec<(i64, String)> {
        let mut desk = Desk::new(at(0).steady, GATHER, Duration::ZERO);
        let mut told = Vec::new();
        for second in 0..until {
            for (_, name, state) in turns.iter().filter(|turn| turn.0 == second) {
                desk.turned(&check(name, *state), at(second));
            }
            if let Some(message) = desk.take(at(second), quiet.contains(&second)) {
                let sign = |news: &News| if news.state == Crit { "+" } else { "-" };
                let words = message.news.iter().map(|news| format!("{}{}", sign(news), news.check));
                let mark = if message.kind == Kind::Summary { "summary " } else { "" };
                told.push((second, format!("{mark}{}", words.collect::<Vec<_>>().join(" "))));
            }
        }
        told
    }

    #[track_caller]
    fn expect(turns: &[(i64, &str, CheckState)], until: i64, expected: &[(i64, &str)]) {
        let told = told(turns, until, 0..0);
        let told: Vec<(i64, &str)> = told.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_breaks_is_told_once_and_what_is_well_again_as_well() {
        expect(&[(5, "port", Crit), (100, "port", Ok)], 200, &[(15, "+port"), (110, "-port")]);
        expect(&[(5, "port", Crit), (6, "port", Crit)], 9_000, &[(15, "+port")]);
    }

    #[test]
    fn what_only_warns_or_cannot_be_seen_is_not_told() {
        expect(&[(5, "port", Warn), (6, "unit", Unknown), (7, "tls a", Ok)], 9_000, &[]);
        expect(&[(5, "port", Crit), (50, "port", Unknown)], 9_000, &[(15, "+port")]);
        expect(&[(5, "port", Crit), (50, "port", Warn)], 9_000, &[(15, "+port"), (60, "-port")]);
    }

    #[test]
    fn several_at_once_are_one_message() {
        let turns = [(5, "port", Crit), (9, "endpoint", Crit), (14, "tcp", Crit)];
        expect(&turns, 200, &[(15, "+endpoint +port +tcp")]);
    }

    #[test]
    fn what_came_and_went_before_anybody_was_told_is_not_told() {
        expect(&[(5, "port", Crit), (12, "port", Ok)], 9_000, &[]);
    }

    #[test]
    fn a_check_that_comes_and_goes_is_told_once_an_hour() {
        let mut turns = Vec::new();
        for minute in 0..90 {
            let state = if minute % 2 == 0 { Crit } else { Ok };
            turns.push((minute * 60, "port", state));
        }
        // It is crit in the minutes 60, 62, …: an hour after second 10 is in minute 60.
        expect(&turns, 5_400, &[(10, "+port"), (70, "-port"), (3_620, "+port"), (3_670, "-port")]);
    }

    #[test]
    fn what_is_still_crit_when_the_hour_is_over_is_told_then() {
        let turns = [(0, "port", Crit), (60, "port", Ok), (120, "port", Crit)];
        expect(&turns, 9_000, &[(10, "+port"), (70, "-port"), (3_620, "+port")]);
    }

    #[test]
    fn quiet_hours_end_with_one_message_about_what_is_still_crit() {
        let turns = [
            (0, "port", Crit),
            (150, "unit", Crit),
            (160, "disk", Crit),
            (170, "disk", Ok),
            (180, "tcp", Crit),
        ];
        assert_eq!(
            told(&turns, 1_000, 100..500),
            [(10, "+port".to_owned()), (500, "summary +port +tcp +unit".to_owned())]
        );
        let turns = [(0, "port", Crit), (150, "port", Ok)];
        let expected = [(10, "+port".to_owned()), (500, "summary -port".to_owned())];
        assert_eq!(told(&turns, 1_000, 100..500), expected);
    }

    #[test]
    fn a_night_in_which_nothing_broke_ends_without_a_message() {
        assert_eq!(told(&[(150, "port", Crit), (160, "port", Ok)], 1_000, 100..500), []);
    }

    #[test]
    fn the_first_looks_of_all_are_one_message() {
        let mut desk = Desk::new(at(0).steady, GATHER, Duration::from_secs(30));
        desk.turned(&check("port", Crit), at(0));
        assert_eq!((0..30).find_map(|second| desk.take(at(second), false)), None);
        desk.turned(&check("endpoint", Crit), at(29));
        let message = (30..60).find_map(|second| desk.take(at(second), false)).unwrap();
        assert_eq!(message.news.len(), 2);
    }

    #[test]
    fn what_is_gone_is_forgotten_and_what_was_missed_is_found() {
        let mut desk = Desk::new(at(0).steady, Duration::ZERO, Duration::ZERO);
        desk.turned(&check("panel nl-1", Crit), at(0));
        assert!(desk.take(at(1), false).is_some());
        desk.read(&[check("port", Crit)], at(2));
        let message = desk.take(at(3), false).unwrap();
        let names: Vec<&str> = message.news.iter().map(|news| news.check.as_str()).collect();
        assert_eq!(names, ["port"]);
        desk.read(&[check("port", Ok)], at(4));
        assert_eq!(desk.take(at(5), false).unwrap().news[0].was, Some(Crit));
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told_beside_what_broke_and_not_twice() {
        let mut desk = Desk::new(at(0).steady, Duration::ZERO, Duration::ZERO);
        let ends = |state| Check {
            facts: [("not_after".to_owned(), at(86_400 * 5).at.to_string())].into(),
            ..check("tls a.example", state)
        };
        desk.read(&[ends(Ok)], at(0));
        let message = desk.take(at(1), false).unwrap();
        assert!(message.news[0].reason.as_deref().unwrap().contains("within 7 days"));
        desk.read(&[ends(Ok)], at(2));
        assert_eq!(desk.take(at(3), false), None);

        let mut desk = Desk::new(at(0).steady, Duration::ZERO, Duration::ZERO);
        desk.read(&[ends(Crit)], at(0));
        assert_eq!(desk.take(at(1), false).unwrap().news.len(), 1);
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing() {
        let mut desk = Desk::new(at(0).steady, GATHER, Duration::ZERO);
        let set_back = |seconds| Moment { at: Timestamp::UNIX_EPOCH, ..at(seconds) };
        desk.turned(&check("port", Crit), at(0));
        assert_eq!(desk.take(at(0), false), None);
        assert!(desk.take(set_back(10), false).is_some());
        desk.turned(&check("port", Ok), set_back(20));
        assert_eq!(desk.take(set_back(20), false), None);
        assert!(desk.take(set_back(30), false).is_some());
        desk.turned(&check("port", Crit), set_back(40));
        desk.take(set_back(3_610), false);
        assert!(desk.take(set_back(3_620), false).is_some());
    }

    #[test]
    fn what_is_told_has_the_reason_of_now() {
        let because = |reason: &str, fix: &str| Check {
            reason: Some(reason.to_owned()),
            fix: Some(fix.to_owned()),
            ..check("port", Crit)
        };
        let said = |message: Option<Message>| {
            let news = message.unwrap().news.remove(0);
            (news.reason.unwrap(), news.fix.unwrap(), news.at)
        };
        let expected = |reason: &str, fix: &str| (reason.to_owned(), fix.to_owned(), at(0).at);
        let mut desk = Desk::new(at(0).steady, GATHER, Duration::ZERO);
        desk.turned(&because("nothing listens", "start it"), at(0));
        assert_eq!(desk.take(at(0), false), None);
        desk.turned(&because("another listens", "stop that"), at(5));
        assert_eq!(said(desk.take(at(10), false)), expected("another listens", "stop that"));
        // Told already: it is no news, and the morning says how it is by then.
        assert_eq!(desk.take(at(20), true), None);
        desk.read(&[because("it answers nonsense", "look")], at(25));
        assert_eq!(said(desk.take(at(30), false)), expected("it answers nonsense", "look"));
    }

    #[test]
    fn a_certificate_that_was_renewed_in_the_night_is_not_told_in_the_morning() {
        let mut desk = Desk::new(at(0).steady, GATHER, Duration::ZERO);
        let ends = |days: i64| Check {
            facts: [("not_after".to_owned(), at(86_400 * days).at.to_string())].into(),
            ..check("tls a.example", Ok)
        };
        desk.read(&[ends(5)], at(0));
        assert_eq!(desk.take(at(1), true), None);
        desk.read(&[ends(90)], at(2));
        assert_eq!(desk.take(at(3), false), None);
    }
}
