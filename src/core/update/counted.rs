//! How updates and jobs ended since the core began: what nobody else counts, since rows of former
//! jobs are deleted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::job::JobState;
use crate::domain::outcome::Outcome;

/// Whom a purchase was updated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// For the bot, or a subscriber.
    Alone,
    /// For a job. Dry runs are not counted.
    InAJob,
}

impl How {
    /// The word in a metric.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::InAJob => "job",
        }
    }
}

/// See the head of the file.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    updates: BTreeMap<(How, &'static str), u64>,
    jobs: BTreeMap<&'static str, u64>,
}

impl Counted {
    /// A purchase was updated.
    pub(super) fn ended(&self, how: How, outcome: Outcome) {
        *self.lock().updates.entry((how, outcome.as_str())).or_default() += 1;
    }

    /// A job ended.
    pub(super) fn job(&self, state: JobState) {
        *self.lock().jobs.entry(state.as_str()).or_default() += 1;
    }

    /// How many updates there were, by outcome.
    pub(crate) fn updates(&self) -> Vec<((How, &'static str), u64)> {
        self.lock().updates.iter().map(|(key, count)| (*key, *count)).collect()
    }

    /// How many jobs ended, by state.
    pub(crate) fn jobs(&self) -> Vec<(&'static str, u64)> {
        self.lock().jobs.iter().map(|(state, count)| (*state, *count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
