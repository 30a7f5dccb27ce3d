//! What was looked at, as it is shown, and which of what is bad is selected.
//!
//! A core looks every few seconds, and what it measures is never twice the same. So what is shown
//! changes with the minute in the header, and at once only where it is news: another state, another
//! reason, another cure.
//!
//! Deliberately absent: where on the screen it stands (`view/cards.rs`, `view/checks.rs`).

use jiff::Timestamp;

use super::purchases::moved;
use crate::api::checks::{Check, CheckState};

/// Every check, in the order of the ladder.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    shown: Vec<Check>,
    heard: Vec<Check>,
    /// The minute of the header as of which `shown` is.
    minute: Timestamp,
    /// The selected one among what is bad; by its name, since others come and go above it.
    selected: Option<String>,
}

impl Checks {
    /// The core told of all.
    pub(crate) fn hear(&mut self, heard: &[Check], minute: Timestamp) {
        heard.clone_into(&mut self.heard);
        if minute != self.minute {
            return self.advance(minute);
        }
        let shown = heard.iter().map(|new| {
            let old = self.shown.iter().find(|old| !is_news(old, new));
            old.unwrap_or(new).clone()
        });
        self.shown = shown.collect();
    }

    /// The minute in the header is this one now.
    pub(crate) fn advance(&mut self, minute: Timestamp) {
        if minute != self.minute {
            self.minute = minute;
            self.shown.clone_from(&self.heard);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Check] {
        &self.shown
    }

    /// The first one of a kind.
    pub(crate) fn find(&self, kind: &str) -> Option<&Check> {
        self.shown.iter().find(|check| check.kind() == kind)
    }

    /// What is bad: what does not work first.
    pub(crate) fn bad(&self) -> Vec<&Check> {
        let of = |state| self.shown.iter().filter(move |check| check.state == state);
        of(CheckState::Crit).chain(of(CheckState::Warn)).collect()
    }

    /// Where the selected one stands among what is bad.
    pub(crate) fn selected(&self) -> usize {
        let name = self.selected.as_ref();
        self.bad().iter().position(|check| Some(&check.name) == name).unwrap_or(0)
    }

    /// The selected one: the worst, unless the operator chose.
    pub(crate) fn find_selected(&self) -> Option<&Check> {
        self.bad().get(self.selected()).copied()
    }

    /// Moves the selection among what is bad.
    pub(crate) fn select(&mut self, rows: i64) {
        let bad = self.bad();
        let index = moved(self.selected(), rows, bad.len());
        self.selected = bad.get(index).map(|check| check.name.clone());
    }
}

/// Whether it has to be shown at once.
fn is_news(old: &Check, new: &Check) -> bool {
    let parts = |check: &Check| (check.state, check.since, check.reason.clone(), check.fix.clone());
    old.name != new.name || parts(old) != parts(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, state: CheckState, latency: &str) -> Check {
        let facts = [("latency_ms".to_owned(), latency.to_owned())].into();
        Check { name: name.to_owned(), state, facts, ..Check::default() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_was_measured_changes_with_the_minute_and_what_is_news_at_once() {
        use CheckState::{Crit, Ok};
        let mut checks = Checks::default();
        checks.hear(&[check("port", Ok, "1"), check("key", Ok, "1")], at(60));
        checks.hear(&[check("port", Ok, "2"), check("key", Crit, "2")], at(60));
        let shown = |checks: &Checks| {
            let latency = |check: &Check| (check.state, check.facts["latency_ms"].clone());
            checks.all().iter().map(latency).collect::<Vec<_>>()
        };
        assert_eq!(shown(&checks), [(Ok, "1".to_owned()), (Crit, "2".to_owned())]);
        checks.advance(at(120));
        assert_eq!(shown(&checks), [(Ok, "2".to_owned()), (Crit, "2".to_owned())]);
    }

    #[test]
    fn the_selection_stays_on_its_check_and_else_is_on_the_worst() {
        use CheckState::{Crit, Ok, Warn};
        let mut checks = Checks::default();
        let hear = |checks: &mut Checks, states: [CheckState; 3]| {
            let names = ["a", "b", "c"].into_iter().zip(states);
            let heard: Vec<_> = names.map(|(name, state)| check(name, state, "1")).collect();
            checks.hear(&heard, at(60));
        };
        let selected = |checks: &Checks| checks.find_selected().map(|check| check.name.clone());
        hear(&mut checks, [Ok, Ok, Ok]);
        checks.select(1);
        assert_eq!(selected(&checks), None);
        hear(&mut checks, [Warn, Ok, Crit]);
        assert_eq!(selected(&checks).as_deref(), Some("c"));
        checks.select(1);
        assert_eq!(selected(&checks).as_deref(), Some("a"));
        hear(&mut checks, [Warn, Crit, Crit]);
        assert_eq!(selected(&checks).as_deref(), Some("a"), "others came above it");
        hear(&mut checks, [Ok, Crit, Crit]);
        assert_eq!(selected(&checks).as_deref(), Some("b"));
    }
}
