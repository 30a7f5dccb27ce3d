//! Questions that are asked once before something happens.

use super::listed::{Listed, Which};
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
    /// As what shall these purchases be written into a file?
    Export {
        /// Which.
        listed: Box<Listed>,
    },
    /// Shall the console be left, although a job of its embedded core runs?
    Quit {
        /// Its id.
        job: i64,
    },
}

impl Question {
    /// Whether a yes changes something at the core.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::Start(_) | Self::Cancel { .. } | Self::RetryLogin { .. } => true,
            Self::Export { .. } | Self::Save | Self::Quit { .. } => false,
        }
    }
}

/// An update that could start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it touches.
    pub(crate) target: Target,
    /// What becomes of what it finds.
    pub(crate) how: How,
}

/// What becomes of what an update finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It is written.
    Write,
    /// So it is where most of the links would be lost.
    Force,
    /// Nothing is written, and what would change is shown.
    Dry,
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
    /// Those that are marked.
    These(Box<Listed>),
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
            Target::These(listed) => match &listed.which {
                Which::Only(ids) => Some(Scope::Ids(ids.iter().copied().collect())),
                // The list is read first: see `Plan::unread`.
                Which::AllBut(_) => None,
            },
            Target::FailedOf { .. } => None,
        };
        let retry_of = match &self.target {
            Target::FailedOf { job, .. } => Some(*job),
            Target::All | Target::One { .. } | Target::These(_) => None,
        };
        let (dry_run, force) = (dry_run || self.how == How::Dry, self.how == How::Force);
        NewJob { purchases, dry_run, force, retry_of, by: by.to_owned() }
    }

    /// The list that has to be read before its ids are known.
    pub(crate) fn unread(&self) -> Option<&Listed> {
        match &self.target {
            Target::These(listed) if matches!(listed.which, Which::AllBut(_)) => Some(listed),
            Target::These(_) | Target::All | Target::One { .. } | Target::FailedOf { .. } => None,
        }
    }

    /// A retry of what did not succeed in `job`.
    pub(crate) fn retry(job: &Job) -> Self {
        let items = super::job::unsuccessful(job);
        let how = match (job.dry_run, job.force) {
            (true, _) => How::Dry,
            (false, true) => How::Force,
            (false, false) => How::Write,
        };
        Self { target: Target::FailedOf { job: job.id, items }, how }
    }
}
