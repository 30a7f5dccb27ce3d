//! Settling a purchase: what is asked for, and what was decided.
//!
//! ```text
//! Settle ─▶ judging.rs ─▶ Settlement ─▶ draft.rs ─▶ pen.rs
//!           read, judge                 rows        written in one transaction
//! ```
//!
//! Invariants:
//! - An item ends in the transaction that writes its slices: both happen or neither.
//! - An item that has ended never changes.

use std::fmt;
use std::sync::Arc;

use super::panels::Products;
use super::purchases::{Held, Known, Summary};
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::ItemEnd;
use crate::domain::reason::Reason;
use crate::domain::slice::{Slice, Source};

/// Decides what becomes of a purchase; `None` is one that is gone.
pub type Judge = Arc<dyn Fn(Option<&Known>, &Products) -> Settlement + Send + Sync>;

/// A purchase to settle.
#[derive(Clone)]
pub struct Settle {
    /// Which one.
    pub purchase: PurchaseId,
    /// The job whose item ends with it.
    pub job: Option<JobId>,
    /// Who decides.
    pub judge: Judge,
}

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settle").field("purchase", &self.purchase).finish_non_exhaustive()
    }
}

/// What was decided.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// How the item ended, or that it did not.
    pub verdict: Verdict,
    /// What is written; `None` is nothing.
    pub change: Option<Change>,
    /// What the purchase serves from now on, oldest decision first.
    pub served: Vec<Arc<Slice>>,
}

impl Settlement {
    /// The item ends; nothing of the purchase is touched.
    #[must_use]
    pub fn refused(reason: Reason, now: i64) -> Self {
        let verdict = Verdict::Ended(ItemEnd::refused(reason, now));
        Self { verdict, change: None, served: Vec::new() }
    }
}

/// Whether the item has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It has.
    Ended(ItemEnd),
    /// It would lose more than half of its links; this is how it would end if it were not written.
    Held(ItemEnd),
}

/// What is written of a purchase.
#[derive(Clone)]
pub struct Change {
    /// Slices that are new or confirmed.
    pub upsert: Vec<Arc<Slice>>,
    /// Slices that are no longer served.
    pub delete: Vec<Source>,
    /// The new `single_configs_json`; `None` leaves the bot's column as it is.
    pub json: Option<String>,
    /// What we know of the purchase now.
    pub summary: Summary,
    /// Links that wait to be seen again.
    pub held: Option<Held>,
}

/// `Debug` shows no link: a link is a customer's access.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("upsert", &self.upsert)
            .field("delete", &self.delete)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}
