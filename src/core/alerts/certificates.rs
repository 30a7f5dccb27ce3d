//! Certificates that come closer to their end: told at 21, 7, 3 and 1 days, once each.
//!
//! One name may be answered with several certificates by turns, by machines of which one was renewed:
//! what was told is remembered for each end. One that was renewed before anybody was told is dropped.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::message::News;
use crate::api::Check;

/// Days before its end at which a certificate is told. certbot renews at 30: from 21 on something
/// is wrong.
const DAYS: [i64; 4] = [1, 3, 7, 21];

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// How many certificates of one name are remembered: more machines than anybody has behind one.
const ENDS: usize = 16;

/// What was told of each certificate, and what is to be told.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    /// By the check's name: for each end, earliest first, the step that was told last.
    told: HashMap<String, BTreeMap<Timestamp, i64>>,
    /// What is to be told, by the check's name.
    waiting: BTreeMap<String, Ending>,
}

/// A certificate that comes closer to its end.
#[derive(Debug)]
struct Ending {
    not_after: Timestamp,
    days: i64,
    news: News,
}

impl Certificates {
    /// Takes a check's certificate as it is now, if it has one.
    pub(super) fn note(&mut self, check: &Check, now: Timestamp) {
        let Some(not_after) = not_after(check) else { return };
        let Some(days) = step(not_after, now) else {
            self.waiting.remove(&check.name);
            return;
        };
        let told = self.told.get(&check.name).and_then(|ends| ends.get(&not_after));
        if told.is_some_and(|told| *told <= days) {
            self.waiting.remove(&check.name);
        } else {
            let news = news(check, not_after, days, now);
            self.waiting.insert(check.name.clone(), Ending { not_after, days, news });
        }
    }

    /// Forgets the certificates of checks that are gone.
    pub(super) fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.told.retain(|name, _| is_there(name));
        self.waiting.retain(|name, _| is_there(name));
    }

    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What is to be told; it counts as told.
    pub(super) fn take(&mut self, now: Timestamp) -> Vec<News> {
        let mut all = Vec::new();
        for (check, Ending { not_after, days, news }) in std::mem::take(&mut self.waiting) {
            let ends = self.told.entry(check).or_default();
            ends.retain(|not_after, _| *not_after > now);
            ends.insert(not_after, days);
            while ends.len() > ENDS {
                ends.pop_last();
            }
            all.push(news);
        }
        all
    }
}

fn not_after(check: &Check) -> Option<Timestamp> {
    if check.kind() != "tls" {
        return None;
    }
    check.facts.get("not_after")?.parse().ok()
}

fn news(check: &Check, not_after: Timestamp, days: i64, now: Timestamp) -> News {
    let name = check.subject().unwrap_or("the domain");
    let until = not_after.strftime("%Y-%m-%d %H:%M UTC");
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    News {
        check: check.name.clone(),
        state: check.state,
        was: None,
        reason: Some(format!("the certificate of {name} ends within {days}, on {until}")),
        fix: Some(check.fix.clone().unwrap_or_else(|| "certbot renew".to_owned())),
        at: now,
    }
}

/// The smallest of the steps that has been reached; none for one that has ended: its check is crit.
fn step(not_after: Timestamp, now: Timestamp) -> Option<i64> {
    let left = not_after.as_second() - now.as_second();
    let reached = |days: &i64| left <= days * SECONDS_A_DAY;
    if left <= 0 { None } else { DAYS.into_iter().find(reached) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + days * SECONDS_A_DAY).unwrap()
    }

    fn check(ends: i64) -> Check {
        Check {
            name: "tls sub.example.net".to_owned(),
            facts: [("not_after".to_owned(), at(ends).to_string())].into(),
            ..Check::default()
        }
    }

    /// On which days something is told, looking at every day.
    fn told(ends: impl Fn(i64) -> i64, days: i64) -> Vec<i64> {
        let mut certificates = Certificates::default();
        let told = |day: &i64| {
            certificates.note(&check(ends(*day)), at(*day));
            !certificates.take(at(*day)).is_empty()
        };
        (0..days).filter(told).collect()
    }

    #[test]
    fn it_is_told_at_21_7_3_and_1_days_once_each() {
        assert_eq!(told(|_| 30, 40), [9, 23, 27, 29]);
    }

    #[test]
    fn one_that_was_renewed_begins_anew() {
        let ends = |day| if day < 12 { 30 } else { 40 };
        assert_eq!(told(ends, 25), [9, 19]);
    }

    #[test]
    fn the_first_look_tells_the_step_that_it_is_at_and_no_other() {
        assert_eq!(told(|_| 5, 6), [0, 2, 4]);
    }

    #[test]
    fn two_that_answer_by_turns_are_told_once_each() {
        // The one ends on day 10, the other on day 12; neither is seen on two days in a row.
        let ends = |day| if day % 2 == 0 { 10 } else { 12 };
        assert_eq!(told(ends, 10), [0, 1, 4, 5, 8, 9]);
    }

    #[test]
    fn of_very_many_only_some_are_remembered() {
        let mut certificates = Certificates::default();
        for minutes in 0..1_000 {
            let ends = at(5).as_second() + minutes * 60;
            let ends = Timestamp::from_second(ends).unwrap().to_string();
            let facts = [("not_after".to_owned(), ends)].into();
            certificates.note(&Check { facts, ..check(5) }, at(0));
            certificates.take(at(0));
        }
        assert_eq!(certificates.told["tls sub.example.net"].len(), ENDS);
    }

    #[test]
    fn one_that_was_renewed_before_anybody_was_told_is_not_told() {
        let mut certificates = Certificates::default();
        certificates.note(&check(5), at(0));
        assert!(!certificates.is_empty());
        certificates.note(&check(90), at(0));
        assert!(certificates.is_empty());
    }

    #[test]
    fn one_that_is_gone_is_forgotten() {
        let mut certificates = Certificates::default();
        certificates.note(&check(5), at(0));
        certificates.take(at(0));
        certificates.keep(|_| false);
        assert!(certificates.told.is_empty());
    }

    #[test]
    fn the_sentence_says_when() {
        let mut certificates = Certificates::default();
        certificates.note(&check(1), at(0));
        let news = certificates.take(at(0)).remove(0);
        let reason =
            "the certificate of sub.example.net ends within 1 day, on 2027-01-16 08:00 UTC";
        assert_eq!(news.reason.as_deref(), Some(reason));
        assert_eq!(news.fix.as_deref(), Some("certbot renew"));
    }

    #[test]
    fn what_is_no_certificate_is_not_told() {
        let mut certificates = Certificates::default();
        certificates.note(&Check { name: "dns x".to_owned(), ..check(1) }, at(0));
        let facts = [("not_after".to_owned(), "soon".to_owned())].into();
        certificates.note(&Check { facts, ..check(1) }, at(0));
        assert!(certificates.is_empty());
    }
}
