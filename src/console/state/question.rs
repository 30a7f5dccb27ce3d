//! Questions that are asked once before something happens.

use crate::api::jobs::{All, Job, NewJob, Scope};

/// What waits for a yes or a no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Shall this update start?
    Start(Plan),
    /// Shall this job be cancelled?
    Cancel {
        /// Its id.
        job: i64,
        /// Who started it.
        by: String,
    },
    /// Shall this panel's refused login be tried again?
    RetryLogin {
        /// Its name.
        panel: String,
    },
    /// As what shall the screen be saved?
    Save,
    /// Shall the console be left, although a job of its embedded core runs?
    Quit {
        /// Its id.
        job: i64,
    },
}

/// An update that could start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it touches.
    pub(crate) target: Target,
    /// Write also what would lose most of its links.
    pub(crate) force: bool,
}

/// Which purchases an update touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Every active one.
    All,
    /// This one, on these panels.
    One {
        /// Its id.
        id: i64,
        /// Its panels.
        panels: Vec<String>,
    },
    /// Those that did not succeed in a job.
    FailedOf {
        /// Its id.
        job: i64,
        /// How many.
        items: u64,
    },
}

impl Plan {
    /// What is sent to the core.
    pub(crate) fn job(&self, dry_run: bool, by: &str) -> NewJob {
        let purchases = match &self.target {
            Target::All => Some(Scope::All(All::All)),
            Target::One { id, .. } => Some(Scope::Ids(vec![*id])),
            Target::FailedOf { .. } => None,
        };
        let retry_of = match &self.target {
            Target::FailedOf { job, .. } => Some(*job),
            Target::All | Target::One { .. } => None,
        };
        NewJob { purchases, dry_run, force: self.force, retry_of, by: by.to_owned() }
    }

    /// A retry of what did not succeed in `job`.
    pub(crate) fn retry(job: &Job) -> Self {
        let items = super::job::unsuccessful(job);
        Self { target: Target::FailedOf { job: job.id, items }, force: job.force }
    }
}
