//! Settling one purchase: read, judge, write, in one transaction.
//!
//! The judge is handed in, so this module decides nothing. It sees the rows as they are at that
//! moment, and nobody else writes between its reading and its writing: the transaction has SQLite's
//! write lock from its beginning, or has locked the purchases' rows in PostgreSQL.
//!
//! Where ours is another database, the bot's column is not written here: that is noted (`outbox.rs`).
//!
//! Invariants:
//! - An item ends in the transaction that writes its slices: both happen or neither.
//! - An item that has ended never changes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::panels::{Products, load_products};
use super::purchases::{Held, Known, Loaded, Summary, load_known, write_contributions};
use super::shape::Shape;
use super::sides::Sides;
use super::sql::{Connection, Query};
use super::values::{digest, whose};
use super::{bots_column, jobs, outbox, slices};
use crate::domain::ids::{JobId, PurchaseId, SubId};
use crate::domain::job::ItemEnd;
use crate::domain::outcome::Outcome;
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

/// Settles several purchases in the transaction that both sides are in.
pub(super) async fn run(
    sides: &mut Sides,
    shape: &Shape,
    batch: &[Settle],
) -> Result<Vec<Settlement>, sqlx::Error> {
    let ids: Vec<PurchaseId> = batch.iter().map(|settle| settle.purchase).collect();
    bots_column::lock(sides.bot(), &ids).await?;
    let products = load_products(sides.bot(), shape).await?;
    let mut loaded = load_known(sides, shape, &products, &ids).await?;
    let mut settlements = Vec::with_capacity(batch.len());
    for settle in batch {
        let before = loaded.get(&settle.purchase);
        let settlement = (settle.judge)(before.map(|loaded| &loaded.known), &products);
        if let Some(change) = &settlement.change {
            let base = before.map_or("", |loaded| loaded.base.as_str()).to_owned();
            let sub_id = before.and_then(|loaded| loaded.known.purchase.sub_id.as_ref());
            let whose = whose(sub_id.map(SubId::reveal));
            if before.is_some_and(|loaded| loaded.is_another) {
                slices::delete_all(sides.own(), settle.purchase).await?;
            }
            write(sides, shape, settle.purchase, change, &base, &whose).await?;
            // The same purchase may come twice in a batch: the second judge sees the first's work.
            reload(sides, shape, &products, &mut loaded, settle, batch).await?;
        }
        if let (Some(job), Verdict::Ended(end)) = (settle.job, &settlement.verdict) {
            jobs::end_item(sides.own(), job, settle.purchase, end).await?;
        }
        settlements.push(settlement);
    }
    Ok(settlements)
}

async fn reload(
    sides: &mut Sides,
    shape: &Shape,
    products: &Products,
    loaded: &mut HashMap<PurchaseId, Loaded>,
    settle: &Settle,
    batch: &[Settle],
) -> Result<(), sqlx::Error> {
    let comes_again = batch.iter().filter(|other| other.purchase == settle.purchase).count() > 1;
    if comes_again {
        loaded.extend(load_known(sides, shape, products, &[settle.purchase]).await?);
    }
    Ok(())
}

async fn write(
    sides: &mut Sides,
    shape: &Shape,
    purchase: PurchaseId,
    change: &Change,
    base: &str,
    whose: &str,
) -> Result<(), sqlx::Error> {
    for slice in &change.upsert {
        slices::upsert(sides.own(), purchase, slice).await?;
    }
    for source in &change.delete {
        slices::delete(sides.own(), purchase, *source).await?;
    }
    write_summary(sides.own(), purchase, change, whose).await?;
    match &change.json {
        None => Ok(()),
        Some(json) if sides.are_apart() => outbox::note(sides.own(), purchase, json, base).await,
        Some(json) => bots_column::write(sides.bot(), shape, purchase, json).await,
    }
}

async fn write_summary(
    own: &mut Connection,
    purchase: PurchaseId,
    change: &Change,
    whose: &str,
) -> Result<(), sqlx::Error> {
    let summary = &change.summary;
    let sql = "INSERT INTO alamor.purchases AS o (purchase_id, standing, outcome, reason_code, \
               reason_text, attempted_at, links, kept, oldest_at, written, held_links, held_since, \
               panels, whose) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
               ON CONFLICT (purchase_id) DO UPDATE SET standing = excluded.standing, \
               outcome = excluded.outcome, reason_code = excluded.reason_code, \
               reason_text = excluded.reason_text, attempted_at = excluded.attempted_at, \
               links = excluded.links, kept = excluded.kept, oldest_at = excluded.oldest_at, \
               written = CASE WHEN o.whose = excluded.whose \
               THEN coalesce(excluded.written, o.written) ELSE excluded.written END, \
               pending = CASE WHEN o.whose = excluded.whose THEN o.pending END, \
               held_links = excluded.held_links, held_since = excluded.held_since, \
               panels = excluded.panels, whose = excluded.whose";
    let query = Query::new(sql)
        .bind(purchase.0)
        .bind(summary.standing.as_str())
        .bind(summary.outcome.map(Outcome::as_str))
        .bind(summary.reason.as_ref().map(|reason| reason.code.as_str()))
        .bind(summary.reason.as_ref().map(|reason| reason.text.as_str()))
        .bind(summary.attempted_at)
        .bind(summary.links.cast_signed())
        .bind(summary.kept.cast_signed())
        .bind(summary.oldest_at)
        .bind(change.json.as_deref().map(digest))
        .bind(change.held.as_ref().map(|held| held.links.as_str()))
        .bind(change.held.as_ref().map(|held| held.since))
        .bind(write_contributions(&summary.panels))
        .bind(whose);
    own.execute(query).await
}
