//! A job: one run of update over many purchases.
//!
//! ```text
//! queued ─▶ running ─▶ done | cancelled | stopped | failed
//! ```

use crate::domain::changes::Changes;
use crate::domain::ids::{JobId, PanelId, PurchaseId};
use crate::domain::outcome::{CountAs, Outcome, Tally, words};
use crate::domain::reason::Reason;
use crate::domain::way::Way;

/// Who asks for a job that begins by itself.
pub const BY_SCHEDULE: &str = "schedule";

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Accepted, not begun.
    Queued,
    /// At work, or waiting for the next start of the core.
    Running,
    /// Every item ended.
    Done,
    /// Somebody cancelled it.
    Cancelled,
    /// The guard stopped it.
    Stopped,
    /// It could not go on.
    Failed,
}

words!(JobState: Queued = "queued", Running = "running", Done = "done", Cancelled = "cancelled", Stopped = "stopped", Failed = "failed");

impl JobState {
    /// Whether it will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// How the purchases of a job were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// All that were active, by the word "all".
    All,
    /// By their ids, or as the failed ones of another job.
    #[default]
    Chosen,
}

words!(Scope: All = "all", Chosen = "chosen");

/// What a job was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOrder {
    /// Who asked, in their own words.
    pub by: String,
    /// Write nothing.
    pub dry_run: bool,
    /// Write also what would lose most of its links.
    pub force: bool,
    /// The job whose failed items it repeats.
    pub retry_of: Option<JobId>,
    /// Its purchases, each once, in the order in which they are done.
    pub purchases: Vec<PurchaseId>,
    /// How these were asked for.
    pub scope: Scope,
}

impl JobOrder {
    /// Whether `other` would do the same: it may join instead of being refused.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let sorted = |order: &Self| {
            let mut ids = order.purchases.clone();
            ids.sort_unstable();
            ids
        };
        self.dry_run == other.dry_run && self.force == other.force && sorted(self) == sorted(other)
    }
}

/// A job as its row has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Counts upward from 1 in each database.
    pub id: JobId,
    /// Where it is in its life.
    pub state: JobState,
    /// Who asked.
    pub by: String,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether held purchases are written.
    pub force: bool,
    /// The job whose failed items it repeats.
    pub retry_of: Option<JobId>,
    /// Whether an operator cancelled it.
    pub is_cancelled: bool,
    /// Why it is not `done`.
    pub reason: Option<Reason>,
    /// Unix milliseconds.
    pub started_at: Option<i64>,
    /// Unix milliseconds.
    pub finished_at: Option<i64>,
    /// How many items it has.
    pub total: u64,
    /// How its items ended.
    pub tally: Tally,
    /// Milliseconds at work, restarts left out.
    pub elapsed_ms: u64,
    /// What the slowest panel alone needed, in milliseconds.
    pub floor_ms: Option<u64>,
    /// What each panel did.
    pub panels: Vec<PanelShare>,
    /// How its purchases were asked for.
    pub scope: Scope,
}

impl Job {
    /// A job that was just accepted.
    #[must_use]
    pub fn queued(id: JobId, order: &JobOrder) -> Self {
        Self {
            id,
            state: JobState::Queued,
            by: order.by.clone(),
            dry_run: order.dry_run,
            force: order.force,
            retry_of: order.retry_of,
            is_cancelled: false,
            reason: None,
            started_at: None,
            finished_at: None,
            total: order.purchases.len() as u64,
            tally: Tally::default(),
            elapsed_ms: 0,
            floor_ms: None,
            panels: Vec::new(),
            scope: order.scope,
        }
    }
}

/// What one panel did in a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelShare {
    /// Its name at the time.
    pub name: String,
    /// How it was read.
    pub way: String,
    /// How many items use it.
    pub total: u64,
    /// How many of them it has answered, or failed to.
    pub done: u64,
    /// Median time of its answers, in milliseconds.
    pub latency_ms: Option<u64>,
    /// Why the guard left it out.
    pub left_out: Option<Reason>,
}

/// One purchase in a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// The customer's Telegram id.
    pub user: Option<i64>,
    /// How it ended; `None` while it is open.
    pub end: Option<ItemEnd>,
}

/// How one item ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemEnd {
    /// How.
    pub outcome: Outcome,
    /// Which of the three counters it is in.
    pub count_as: CountAs,
    /// How many share links the purchase has now.
    pub links: u64,
    /// Why it did not succeed.
    pub reason: Option<Reason>,
    /// What each panel gave.
    pub panels: Vec<PanelPart>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// In a dry run: what would become of its links.
    pub changes: Option<Box<Changes>>,
    /// How long its panels took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Unix milliseconds.
    pub finished_at: i64,
}

impl ItemEnd {
    /// The end of an item that no panel had a part in.
    #[must_use]
    pub fn refused(reason: Reason, finished_at: i64) -> Self {
        Self {
            outcome: Outcome::Failed,
            count_as: CountAs::Failed,
            links: 0,
            reason: Some(reason),
            panels: Vec::new(),
            notes: Vec::new(),
            changes: None,
            took_ms: None,
            finished_at,
        }
    }
}

/// What one panel gave one purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelPart {
    /// Which panel.
    pub panel: PanelId,
    /// Its name at the time.
    pub name: String,
    /// How this panel's part ended.
    pub outcome: Outcome,
    /// How many share links it contributes now.
    pub links: u64,
    /// When these were fetched, in Unix milliseconds.
    pub fetched_at: Option<i64>,
    /// Why it did not succeed.
    pub reason: Option<Reason>,
    /// How the panel was read; `None` if it gave nothing.
    pub way: Option<Way>,
}
