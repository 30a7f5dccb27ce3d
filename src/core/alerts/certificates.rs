//! Certificates that come closer to their end: told at 21, 7, 3 and 1 days, once each.

use std::collections::HashMap;

use jiff::Timestamp;

use super::message::News;
use crate::api::Check;

/// Days before its end at which a certificate is told. certbot renews at 30: from 21 on something
/// is wrong.
const DAYS: [i64; 4] = [1, 3, 7, 21];

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// What was told of each certificate.
#[derive(Debug, Default)]
pub(super) struct Certificates(HashMap<String, Told>);

#[derive(Debug, Clone, Copy)]
struct Told {
    not_after: Timestamp,
    days: i64,
}

impl Certificates {
    /// What is new about a check's certificate, if it has one.
    pub(super) fn news(&mut self, check: &Check, now: Timestamp) -> Option<News> {
        if check.kind() != "tls" {
            return None;
        }
        let not_after: Timestamp = check.facts.get("not_after")?.parse().ok()?;
        let days = step(not_after, now)?;
        let told = self.0.get(&check.name);
        if told.is_some_and(|told| told.not_after == not_after && told.days <= days) {
            return None;
        }
        self.0.insert(check.name.clone(), Told { not_after, days });
        let name = check.subject().unwrap_or("the domain");
        let until = not_after.strftime("%Y-%m-%d %H:%M UTC");
        let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        Some(News {
            check: check.name.clone(),
            state: check.state,
            was: None,
            reason: Some(format!("the certificate of {name} ends within {days}, on {until}")),
            fix: Some(check.fix.clone().unwrap_or_else(|| "certbot renew".to_owned())),
            at: now,
        })
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
        let told = |day: &i64| certificates.news(&check(ends(*day)), at(*day)).is_some();
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
    fn the_sentence_says_when() {
        let news = Certificates::default().news(&check(1), at(0)).unwrap();
        let reason =
            "the certificate of sub.example.net ends within 1 day, on 2027-01-16 08:00 UTC";
        assert_eq!(news.reason.as_deref(), Some(reason));
        assert_eq!(news.fix.as_deref(), Some("certbot renew"));
    }

    #[test]
    fn what_is_no_certificate_is_not_told() {
        let mut certificates = Certificates::default();
        let other = Check { name: "dns x".to_owned(), ..check(1) };
        assert!(certificates.news(&other, at(0)).is_none());
        let strange =
            Check { facts: [("not_after".to_owned(), "soon".to_owned())].into(), ..check(1) };
        assert!(certificates.news(&strange, at(0)).is_none());
    }
}
