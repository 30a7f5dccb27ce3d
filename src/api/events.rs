//! The event stream: a snapshot, then numbered changes.
//!
//! Each server-sent event has `event:` (the kind), `id:` (`instance-number`) and `data:` (JSON).
//! A reader that comes back with `Last-Event-ID` gets what it missed, or a new snapshot when the
//! core no longer has it or is another one. A reader that is too slow loses the oldest events and
//! gets one `lost` with their count.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checks::Check;
use super::health::Health;
use super::jobs::{Item, Job};
use super::panels::Panel;
use super::purchases::Purchase;

/// All that a console needs to begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// Health now.
    pub health: Health,
    /// Every panel, by name.
    pub panels: Vec<Panel>,
    /// The running job, else the last one.
    pub job: Option<Job>,
    /// The newest ended items of that job, oldest first, at most 200.
    pub items: Vec<Item>,
}

/// One thing that happened.
///
/// On the wire the variant is `event:` and its content `data:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "two thousand at most are kept, and the large ones among them are rare"
)]
pub enum Event {
    /// The first event of a stream that does not resume another.
    Snapshot(Snapshot),
    /// Every 5 s: also the heartbeat.
    Health(Health),
    /// A job began, went on or ended; at most ten a second, and the last state always.
    Job(Job),
    /// An item ended.
    Item(ItemEnded),
    /// A panel's state changed.
    Panel(Panel),
    /// A check is shown in another state.
    Check(Check),
    /// A purchase's row changed, outside of a job.
    Purchase(Purchase),
    /// The bot, or an operator, changed purchases or panels: lists are to be read anew.
    Changed {},
    /// The reader was too slow.
    Lost {
        /// How many events it did not get.
        events: u64,
    },
}

impl Event {
    /// The job of which this tells how far it is. A stream that begins is told it in its snapshot.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        match self {
            Self::Job(job) => Some(job),
            Self::Snapshot(snapshot) => snapshot.job.as_ref(),
            _ => None,
        }
    }
}

/// An item with the job that it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemEnded {
    /// The job's id.
    pub job: i64,
    /// The item in its final state.
    pub item: Item,
}
