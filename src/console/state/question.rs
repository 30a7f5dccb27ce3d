//! Questions that are asked once before something happens.

use std::collections::BTreeSet;

use crate::api::jobs::{All, Job, NewJob, Scope};
use crate::client::PurchasesQuery;

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
            Self::Export { .. } | Self::Quit { .. } => false,
        }
    }
}

/// An update that could start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it touches.
    pub(crate) target: Target,
    /// Write also what would lose most of its links.
    pub(crate) force: bool,
}

/// Purchases of a list: more than the table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The list.
    pub(crate) query: PurchasesQuery,
    /// Which of them.
    pub(crate) which: Which,
    /// How many that are, as far as it is known.
    pub(crate) count: u64,
}

/// Which purchases of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// These.
    Only(BTreeSet<i64>),
    /// All but these.
    AllBut(BTreeSet<i64>),
}

impl Default for Which {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl Which {
    /// How many these are of a list of `total`.
    pub(crate) fn count(&self, total: u64) -> u64 {
        match self {
            Self::Only(ids) => ids.len() as u64,
            Self::AllBut(ids) => total.saturating_sub(ids.len() as u64),
        }
    }

    /// Takes one in, or out.
    pub(crate) fn toggle(&mut self, id: i64) {
        let (Self::Only(ids) | Self::AllBut(ids)) = self;
        if !ids.remove(&id) {
            ids.insert(id);
        }
    }

    /// Whether this one is among them.
    pub(crate) fn has(&self, id: i64) -> bool {
        match self {
            Self::Only(ids) => ids.contains(&id),
            Self::AllBut(ids) => !ids.contains(&id),
        }
    }
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
        NewJob { purchases, dry_run, force: self.force, retry_of, by: by.to_owned() }
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
        Self { target: Target::FailedOf { job: job.id, items }, force: job.force }
    }
}
