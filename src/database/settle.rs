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
use super::sql::{Connection, Rows};
use super::values::{digest, whose};
use super::{bots_column, items, outbox, slices};
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

/// Settles several purchases, each once, in the transaction that both sides are in.
pub(super) async fn run(
    sides: &mut Sides,
    shape: &Shape,
    batch: &[Settle],
) -> Result<Vec<Settlement>, sqlx::Error> {
    let ids: Vec<PurchaseId> = batch.iter().map(|settle| settle.purchase).collect();
    bots_column::lock(sides.bot(), &ids).await?;
    let products = load_products(sides.bot(), shape).await?;
    let loaded = load_known(sides, shape, &products, &ids).await?;
    let mut settlements = Vec::with_capacity(batch.len());
    for some in batch.chunks(AT_A_TIME) {
        settlements.extend(some.iter().map(|settle| {
            let before = loaded.get(&settle.purchase);
            (settle.judge)(before.map(|loaded| &loaded.known), &products)
        }));
        // Others want to be served meanwhile.
        tokio::task::yield_now().await;
    }
    write(sides, shape, batch, &settlements, &loaded).await?;
    Ok(settlements)
}

/// How many are judged without a pause.
const AT_A_TIME: usize = 64;

/// What is written of one purchase.
struct Written<'a> {
    purchase: PurchaseId,
    change: &'a Change,
    before: Option<&'a Loaded>,
}

async fn write(
    sides: &mut Sides,
    shape: &Shape,
    batch: &[Settle],
    settlements: &[Settlement],
    loaded: &HashMap<PurchaseId, Loaded>,
) -> Result<(), sqlx::Error> {
    let settled = || batch.iter().zip(settlements);
    let changed: Vec<Written<'_>> = settled()
        .filter_map(|(settle, settlement)| {
            let (purchase, change) = (settle.purchase, settlement.change.as_ref()?);
            Some(Written { purchase, change, before: loaded.get(&purchase) })
        })
        .collect();
    write_slices(sides.own(), &changed).await?;
    sides.own().execute_rows(summaries(&changed)).await?;
    let columns = changed.iter().filter_map(|one| Some((one, one.change.json.as_deref()?)));
    if sides.are_apart() {
        let notes = columns.map(|(one, json)| {
            (one.purchase, json, one.before.map_or("", |loaded| loaded.base.as_str()))
        });
        let notes = outbox::note(notes);
        sides.own().execute_rows(notes).await?;
    } else {
        let columns = bots_column::write(shape, columns.map(|(one, json)| (one.purchase, json)));
        sides.bot().execute_rows(columns).await?;
    }
    let ends = settled().filter_map(|(settle, settlement)| match &settlement.verdict {
        Verdict::Ended(end) => Some((settle.job?, settle.purchase, end)),
        Verdict::Held(_) => None,
    });
    let ends = items::end(ends);
    sides.own().execute_rows(ends).await
}

async fn write_slices(own: &mut Connection, changed: &[Written<'_>]) -> Result<(), sqlx::Error> {
    for one in changed {
        if one.before.is_some_and(|loaded| loaded.is_another) {
            slices::delete_all(own, one.purchase).await?;
        }
        for source in &one.change.delete {
            slices::delete(own, one.purchase, *source).await?;
        }
    }
    let new = changed
        .iter()
        .flat_map(|one| one.change.upsert.iter().map(move |slice| (one.purchase, slice)));
    let new = slices::upsert(new);
    own.execute_rows(new).await
}

/// What is known of these purchases.
fn summaries(changed: &[Written<'_>]) -> Rows<14> {
    let mut rows = Rows::new(
        "INSERT INTO alamor.purchases AS o (purchase_id, standing, outcome, reason_code, \
         reason_text, attempted_at, links, kept, oldest_at, written, held_links, held_since, \
         panels, whose) VALUES rows() \
         ON CONFLICT (purchase_id) DO UPDATE SET standing = excluded.standing, \
         outcome = excluded.outcome, reason_code = excluded.reason_code, \
         reason_text = excluded.reason_text, attempted_at = excluded.attempted_at, \
         links = excluded.links, kept = excluded.kept, oldest_at = excluded.oldest_at, \
         written = CASE WHEN o.whose = excluded.whose \
         THEN coalesce(excluded.written, o.written) ELSE excluded.written END, \
         pending = CASE WHEN o.whose = excluded.whose THEN o.pending END, \
         held_links = excluded.held_links, held_since = excluded.held_since, \
         panels = excluded.panels, whose = excluded.whose",
    );
    for Written { purchase, change, before } in changed {
        let Change { summary, json, held, .. } = change;
        let sub_id = before.and_then(|loaded| loaded.known.purchase.sub_id.as_ref());
        rows.push([
            purchase.0.into(),
            summary.standing.as_str().into(),
            summary.outcome.map(Outcome::as_str).into(),
            summary.reason.as_ref().map(|reason| reason.code.as_str()).into(),
            summary.reason.as_ref().map(|reason| reason.text.as_str()).into(),
            summary.attempted_at.into(),
            summary.links.cast_signed().into(),
            summary.kept.cast_signed().into(),
            summary.oldest_at.into(),
            json.as_deref().map(digest).into(),
            held.as_ref().map(|held| held.links.as_str()).into(),
            held.as_ref().map(|held| held.since).into(),
            write_contributions(&summary.panels).into(),
            whose(sub_id.map(SubId::reveal)).into(),
        ]);
    }
    rows
}
