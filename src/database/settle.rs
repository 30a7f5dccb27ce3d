//! Settling one purchase: read, judge, write, in one transaction.
//!
//! The judge is handed in, so this module decides nothing. It sees the rows as they are at that
//! moment, and nobody else writes between its reading and its writing: the transaction has SQLite's
//! write lock from its beginning, or has locked the purchases' rows in PostgreSQL. In SQLite a batch
//! may be read and judged before its transaction begins, if that shows that nobody wrote since
//! (`ahead.rs`).
//!
//! Where ours is another database, the bot's column is not written here: that is noted (`outbox.rs`).
//!
//! Invariants:
//! - An item ends in the transaction that writes its slices: both happen or neither.
//! - An item that has ended never changes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::bots_column;
use super::draft::Draft;
use super::panels::{Products, load_products};
use super::purchases::{Held, Known, Loaded, Summary, load_known};
use super::shape::Shape;
use super::sides::Sides;
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
    pub served: Vec<Slice>,
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
    pub upsert: Vec<Slice>,
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

/// Settles several purchases, each once, in the transaction that both sides are in.
pub(super) async fn run(
    sides: &mut Sides,
    shape: &Shape,
    batch: &[Settle],
) -> Result<Vec<Settlement>, sqlx::Error> {
    bots_column::lock(sides.bot(), &ids_of(batch)).await?;
    let found = Found::read(sides, shape, batch).await?;
    let draft = found.judge(sides.are_apart(), shape, batch).await;
    draft.write(sides).await
}

fn ids_of(batch: &[Settle]) -> Vec<PurchaseId> {
    batch.iter().map(|settle| settle.purchase).collect()
}

/// How many are judged without a pause.
const AT_A_TIME: usize = 64;

/// What a batch is judged by.
pub(super) struct Found {
    products: Products,
    loaded: HashMap<PurchaseId, Loaded>,
}

impl Found {
    /// Reads it, in the transaction that `sides` are in.
    pub(super) async fn read(
        sides: &mut Sides,
        shape: &Shape,
        batch: &[Settle],
    ) -> Result<Self, sqlx::Error> {
        let products = load_products(sides.bot(), shape).await?;
        let loaded = load_known(sides, shape, &products, &ids_of(batch)).await?;
        Ok(Self { products, loaded })
    }

    /// Lets each purchase's judge decide; writes nothing.
    pub(super) async fn judge(self, are_apart: bool, shape: &Shape, batch: &[Settle]) -> Draft {
        let mut settlements = Vec::with_capacity(batch.len());
        for some in batch.chunks(AT_A_TIME) {
            settlements.extend(some.iter().map(|settle| {
                let before = self.loaded.get(&settle.purchase);
                (settle.judge)(before.map(|loaded| &loaded.known), &self.products)
            }));
            // Others want to be served meanwhile.
            tokio::task::yield_now().await;
        }
        Draft::of(are_apart, shape, batch, settlements, &self.loaded)
    }
}
