//! Settling one purchase: read, judge, write, in one transaction.
//!
//! The judge is handed in, so this module decides nothing. It sees the rows as they are at that
//! moment, and nobody else writes between its reading and its writing: the transaction has the
//! database's write lock from its beginning.
//!
//! Invariants:
//! - An item ends in the transaction that writes its slices: both happen or neither.
//! - An item that has ended never changes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::panels::{Products, load_products};
use super::purchases::{Held, Known, Summary, load_known, write_contributions};
use super::shape::Shape;
use super::values::digest;
use super::{jobs, slices};
use crate::domain::ids::{JobId, PurchaseId};
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

/// Settles several purchases in the transaction that `connection` is in.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    shape: &Shape,
    batch: &[Settle],
) -> Result<Vec<Settlement>, sqlx::Error> {
    let products = load_products(connection, shape).await?;
    let ids: Vec<PurchaseId> = batch.iter().map(|settle| settle.purchase).collect();
    let mut known = load_known(connection, shape, &products, &ids).await?;
    let mut settlements = Vec::with_capacity(batch.len());
    for settle in batch {
        let settlement = (settle.judge)(known.get(&settle.purchase), &products);
        if let Some(change) = &settlement.change {
            write(connection, shape, settle.purchase, change).await?;
            // The same purchase may come twice in a batch: the second judge sees the first's work.
            reload(connection, shape, &products, &mut known, settle, batch).await?;
        }
        if let (Some(job), Verdict::Ended(end)) = (settle.job, &settlement.verdict) {
            jobs::end_item(connection, job, settle.purchase, end).await?;
        }
        settlements.push(settlement);
    }
    Ok(settlements)
}

async fn reload(
    connection: &mut SqliteConnection,
    shape: &Shape,
    products: &Products,
    known: &mut HashMap<PurchaseId, Known>,
    settle: &Settle,
    batch: &[Settle],
) -> Result<(), sqlx::Error> {
    let comes_again = batch.iter().filter(|other| other.purchase == settle.purchase).count() > 1;
    if comes_again {
        known.extend(load_known(connection, shape, products, &[settle.purchase]).await?);
    }
    Ok(())
}

async fn write(
    connection: &mut SqliteConnection,
    shape: &Shape,
    purchase: PurchaseId,
    change: &Change,
) -> Result<(), sqlx::Error> {
    for slice in &change.upsert {
        slices::upsert(connection, purchase, slice).await?;
    }
    for source in &change.delete {
        slices::delete(connection, purchase, *source).await?;
    }
    if let Some(json) = &change.json {
        write_links(connection, shape, purchase, json).await?;
    }
    write_summary(connection, purchase, change).await
}

/// Writes the bot's column, and the date of the change where the bot's table has one.
async fn write_links(
    connection: &mut SqliteConnection,
    shape: &Shape,
    purchase: PurchaseId,
    json: &str,
) -> Result<(), sqlx::Error> {
    // The host's zone, as the bot's own dates (fact C9).
    let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::system());
    let (dated, now) = if shape.has_updated_at {
        (", updated_at = $3", now.strftime("%Y-%m-%d %H:%M:%S").to_string())
    } else {
        ("", String::new())
    };
    let sql = format!("UPDATE purchases SET single_configs_json = $2{dated} WHERE id = $1");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(purchase.0).bind(json);
    let query = if shape.has_updated_at { query.bind(now) } else { query };
    query.execute(connection).await?;
    Ok(())
}

async fn write_summary(
    connection: &mut SqliteConnection,
    purchase: PurchaseId,
    change: &Change,
) -> Result<(), sqlx::Error> {
    let summary = &change.summary;
    sqlx::query(
        "INSERT INTO alamor_purchases (purchase_id, standing, outcome, reason_code, reason_text, \
         attempted_at, links, kept, oldest_at, written, held_links, held_since, panels) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (purchase_id) DO UPDATE SET standing = excluded.standing, \
         outcome = excluded.outcome, reason_code = excluded.reason_code, \
         reason_text = excluded.reason_text, attempted_at = excluded.attempted_at, \
         links = excluded.links, kept = excluded.kept, oldest_at = excluded.oldest_at, \
         written = coalesce(excluded.written, written), \
         held_links = excluded.held_links, held_since = excluded.held_since, \
         panels = excluded.panels",
    )
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
    .execute(connection)
    .await?;
    Ok(())
}
