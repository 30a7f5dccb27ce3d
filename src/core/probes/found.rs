//! What one look found, before it has a name, a time and a history.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::api::CheckState;

/// What one look found.
///
/// Nothing in it is secret: it goes to screens, logs and reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) state: CheckState,
    /// What was seen, in one sentence. Of what is not well it may be empty: `reason` says it.
    pub(crate) seen: String,
    /// Why it is not well, in one sentence.
    pub(crate) reason: Option<String>,
    /// What to do, as one command, or one sentence where no command does it.
    pub(crate) fix: Option<String>,
    /// What was asked and what was answered, line by line.
    pub(crate) details: Vec<String>,
    /// What was measured; the table of names stands in `api/checks.rs`.
    pub(crate) facts: BTreeMap<&'static str, String>,
}

impl Found {
    /// All is well.
    pub(crate) fn ok(seen: impl Into<String>) -> Self {
        Self {
            state: CheckState::Ok,
            seen: seen.into(),
            reason: None,
            fix: None,
            details: Vec::new(),
            facts: BTreeMap::new(),
        }
    }

    /// It works, but somebody should act.
    pub(crate) fn warn(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            state: CheckState::Warn,
            reason: Some(reason.into()),
            fix: Some(fix.into()),
            ..Self::ok("")
        }
    }

    /// It does not work.
    pub(crate) fn crit(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { state: CheckState::Crit, ..Self::warn(reason, fix) }
    }

    /// It cannot be seen from here, and why; who could see it, as a command, where there is one.
    pub(crate) fn unknown(reason: impl Into<String>, fix: Option<&str>) -> Self {
        Self {
            state: CheckState::Unknown,
            reason: Some(reason.into()),
            fix: fix.map(str::to_owned),
            ..Self::ok("")
        }
    }

    /// With a sentence for what was seen beside what is wrong.
    pub(crate) fn seeing(mut self, seen: impl Into<String>) -> Self {
        self.seen = seen.into();
        self
    }

    /// With one question and its answer as evidence.
    pub(crate) fn asked(mut self, question: impl Display, answer: impl Display) -> Self {
        self.details.push(format!("{question}: {answer}"));
        self
    }

    /// With lines of evidence.
    pub(crate) fn with_details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// With something that was measured.
    pub(crate) fn with_fact(mut self, name: &'static str, value: impl Display) -> Self {
        self.facts.insert(name, format!("{value}"));
        self
    }

    /// With what else was found at the same look: the worst of them speaks, the first of its kind,
    /// with the details and the facts of all.
    pub(crate) fn and(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        for mut other in others {
            if other.state.severity() > self.state.severity() {
                std::mem::swap(&mut self, &mut other);
                other.details.append(&mut self.details);
                self.details = other.details;
            } else {
                self.details.append(&mut other.details);
            }
            self.facts.extend(other.facts);
            if self.seen.is_empty() {
                self.seen = other.seen;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_speaks_and_all_are_shown() {
        let found = Found::ok("it is there").asked("a", "1").with_fact("file", "x");
        let found = found.and([
            Found::warn("odd", "look").asked("b", "2"),
            Found::crit("broken", "mend").asked("c", "3").with_fact("mode", "600"),
            Found::crit("broken as well", "mend").asked("d", "4"),
            Found::unknown("not seen", None),
        ]);
        assert_eq!((found.state, found.reason.as_deref()), (CheckState::Crit, Some("broken")));
        assert_eq!(found.seen, "it is there");
        assert_eq!(found.details, ["a: 1", "b: 2", "c: 3", "d: 4"]);
        assert_eq!(found.facts.len(), 2);
    }
}
