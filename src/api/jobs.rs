//! Jobs and their items.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reason;
use super::changes::Changes;
use super::panels::Breaker;

/// Where a job is in its life.
///
/// ```text
/// queued ─▶ running ─▶ done | cancelled | stopped | failed
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted, not begun.
    Queued,
    /// At work, or waiting for the next start of the core to go on.
    Running,
    /// Every item ended.
    Done,
    /// Somebody cancelled it; what had ended stays.
    Cancelled,
    /// The guard stopped it: too many purchases would have lost links.
    Stopped,
    /// It could not go on; `reason` says why.
    Failed,
}

impl JobState {
    /// Whether the job will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// How one item, or one panel of it, ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every panel answered, links differ.
    Updated,
    /// Every panel answered, links are the same.
    Unchanged,
    /// Some panels gave their links; of the others the last good ones were kept.
    Partial,
    /// No panel could be reached, or the purchase is held; the last good links were kept.
    Kept,
    /// A panel answered and refused or made no sense, or the purchase cannot be updated.
    Failed,
}

impl Outcome {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Partial => "partial",
            Self::Kept => "kept",
            Self::Failed => "failed",
        }
    }
}

/// The three counters that the operator knows from the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// `updated`, `unchanged`.
    Success,
    /// `failed`, and what is held.
    Failed,
    /// A panel that was not reached is missing.
    ConnectionError,
}

/// One run of update over many purchases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Counts upward from 1 in each database.
    pub id: i64,
    /// Where it is in its life.
    pub state: JobState,
    /// Who started it, as the caller said.
    pub by: String,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether purchases that would lose most of their links are written all the same.
    pub force: bool,
    /// The job whose failed items it repeats.
    pub retry_of: Option<i64>,
    /// Whether every active purchase was asked for.
    #[serde(default)]
    pub all: bool,
    /// Why it is not `done`, in a final state that is not.
    pub reason: Option<Reason>,
    /// When its first item was begun.
    pub started_at: Option<Timestamp>,
    /// When its last item ended.
    pub finished_at: Option<Timestamp>,
    /// How many items it has.
    pub total: u64,
    /// How many of them have ended.
    pub done: u64,
    /// See [`Count::Success`].
    pub success: u64,
    /// See [`Count::Failed`].
    pub failed: u64,
    /// See [`Count::ConnectionError`].
    pub connection_error: u64,
    /// How many are held at the moment: they would lose more than half of their links.
    pub held: u64,
    /// Time at work so far, restarts left out.
    pub elapsed_ms: u64,
    /// What the slowest panel alone needed: its own answers, one after the other within its limit.
    pub floor_ms: Option<u64>,
    /// One entry a panel, by name.
    pub panels: Vec<JobPanel>,
    /// Why items did not succeed, most frequent first.
    #[serde(default)]
    pub causes: Vec<Cause>,
}

/// What one panel did in a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobPanel {
    /// As the bot calls it.
    pub name: String,
    /// How it is read: `links`, `learned`, `per_client`, `subscription`.
    pub way: String,
    /// How many items use it.
    pub total: u64,
    /// How many of them it has answered, or failed to.
    pub done: u64,
    /// Median time of its answers.
    pub latency_ms: Option<u64>,
    /// Whether it is being asked at all.
    pub breaker: Breaker,
    /// Why it was left out for the rest of the job.
    #[serde(default)]
    pub left_out: Option<Reason>,
}

/// How many items did not succeed for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cause {
    /// The reason they share.
    pub reason: Reason,
    /// Which of the three counters they are in.
    pub count_as: Count,
    /// How many there are.
    pub items: u64,
}

/// One purchase in a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    /// The bot's id of the purchase.
    pub purchase_id: i64,
    /// The customer's Telegram id.
    pub user: Option<i64>,
    /// `null` while it is open.
    pub outcome: Option<Outcome>,
    /// Which counter it is in; `null` while it is open.
    pub count_as: Option<Count>,
    /// How many share links the purchase has now.
    pub links: u64,
    /// `null` on success.
    pub reason: Option<Reason>,
    /// One entry a panel of the purchase.
    pub panels: Vec<ItemPanel>,
    /// What else is worth knowing, one sentence each.
    pub notes: Vec<String>,
    /// In a dry run: what would become of its links. Without them where an item is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// How long its panels took.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What one panel gave one purchase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemPanel {
    /// As the bot calls it.
    pub name: String,
    /// How this panel's part ended.
    pub outcome: Outcome,
    /// How many share links it contributes now.
    pub links: u64,
    /// How old they are; `null` if unknown or none.
    pub age_ms: Option<u64>,
    /// `null` on success.
    pub reason: Option<Reason>,
    /// How the panel was read: `links`, `learned`, `per_client`, `subscription`; `null` if it gave
    /// nothing.
    #[serde(default)]
    pub way: Option<String>,
}

/// Which purchases a job is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Scope {
    /// The word `"all"`: every active purchase.
    All(All),
    /// These ones.
    Ids(Vec<i64>),
}

/// The word `"all"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// Every active purchase.
    All,
}

/// Body of `POST /api/v1/jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewJob {
    /// Which purchases; left out with `retry_of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchases: Option<Scope>,
    /// Write nothing, say what would change.
    #[serde(default)]
    pub dry_run: bool,
    /// Write also what would lose most of its links.
    #[serde(default)]
    pub force: bool,
    /// Repeat what did not succeed in this job; 0 is the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<i64>,
    /// Who asks: `SUDO_USER`, else `USER`.
    #[serde(default)]
    pub by: String,
}

/// Answer to `POST /api/v1/jobs`: 202.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobAccepted {
    /// The new job's id, or that of the running one.
    pub id: i64,
    /// Its state.
    pub state: JobState,
    /// Whether an equal job was already running.
    pub joined: bool,
    /// Who started that one.
    #[serde(default)]
    pub by: String,
}
