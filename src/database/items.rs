//! Our `items`: one purchase in a job each.

use super::Database;
use super::error::DbError;
use super::item_filter::{ItemFilter, Place};
use super::parts::{self, json};
use super::previews;
use super::purchases::read_reason;
use super::sql::{Connection, Query, Row, Rows};
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::{Item, ItemEnd};
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::reason::Reason;

/// How an item ended, and nothing else of it; `None` while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortItem {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// How, and what it counts as.
    pub end: Option<(Outcome, CountAs)>,
}

/// Ends items, those that are still open.
pub(super) fn end<'a>(
    ends: impl IntoIterator<Item = (JobId, PurchaseId, &'a ItemEnd)>,
) -> Rows<13> {
    let mut rows = Rows::new(
        "WITH ended (job_id, purchase_id, outcome, count_as, links, reason_code, reason_text, \
         panels, notes, took_ms, finished_at, changes, changed_links) AS (VALUES rows()) \
         UPDATE alamor.items AS i SET outcome = e.outcome, count_as = e.count_as, links = e.links, \
         reason_code = e.reason_code, reason_text = e.reason_text, panels = e.panels, \
         notes = e.notes, took_ms = e.took_ms, finished_at = e.finished_at, changes = e.changes, \
         changed_links = e.changed_links FROM ended AS e \
         WHERE i.job_id = e.job_id AND i.purchase_id = e.purchase_id AND i.outcome IS NULL",
    );
    for (job, purchase, end) in ends {
        let changes = end.changes.as_deref();
        rows.push([
            job.0.into(),
            purchase.0.into(),
            end.outcome.as_str().into(),
            end.count_as.as_str().into(),
            end.links.cast_signed().into(),
            end.reason.as_ref().map(|reason| reason.code.as_str()).into(),
            end.reason.as_ref().map(|reason| reason.text.as_str()).into(),
            parts::write(&end.panels).into(),
            json(&end.notes).into(),
            end.took_ms.map(u64::cast_signed).into(),
            end.finished_at.into(),
            changes.map(previews::write_counts).into(),
            changes.and_then(previews::write_links).into(),
        ]);
    }
    rows
}

async fn list(
    own: &mut Connection,
    job: JobId,
    filter: &ItemFilter,
    place: Place,
    limit: u32,
) -> Result<Vec<Item>, sqlx::Error> {
    let rows = own.fetch_all(filter.select(job, place, limit)).await?;
    rows.iter().map(read).collect()
}

/// The newest ended items of a job, oldest of them first.
async fn latest(own: &mut Connection, job: JobId, limit: u32) -> Result<Vec<Item>, sqlx::Error> {
    let rows = own
        .fetch_all(
            Query::new(
                "SELECT * FROM alamor.items WHERE job_id = $1 AND outcome IS NOT NULL \
         ORDER BY finished_at DESC, purchase_id DESC LIMIT $2",
            )
            .bind(job.0)
            .bind(i64::from(limit)),
        )
        .await?;
    rows.iter().rev().map(read).collect()
}

/// The newest items of a purchase that have ended, newest first.
async fn history(
    own: &mut Connection,
    purchase: PurchaseId,
    limit: u32,
) -> Result<Vec<(JobId, Item)>, sqlx::Error> {
    let rows = own
        .fetch_all(
            Query::new(
                "SELECT * FROM alamor.items WHERE purchase_id = $1 AND outcome IS NOT NULL \
         ORDER BY job_id DESC LIMIT $2",
            )
            .bind(purchase.0)
            .bind(i64::from(limit)),
        )
        .await?;
    rows.iter().map(|row| Ok((JobId(row.id("job_id")?), read(row)?))).collect()
}

/// How many items did not succeed for each reason, most frequent first.
async fn causes(
    own: &mut Connection,
    job: JobId,
) -> Result<Vec<(Reason, CountAs, u64)>, sqlx::Error> {
    let rows = own
        .fetch_all(
            Query::new(
                "SELECT reason_code, reason_text, count_as, count(*) AS items FROM alamor.items \
         WHERE job_id = $1 AND reason_code IS NOT NULL \
         GROUP BY reason_code, reason_text, count_as ORDER BY items DESC, reason_text",
            )
            .bind(job.0),
        )
        .await?;
    let causes = rows.iter().map(|row| {
        let count_as = row.text("count_as")?;
        let items = row.id("items")?;
        let reason = read_reason(row)?;
        Ok(reason
            .zip(count_as.and_then(|word| CountAs::parse(&word)))
            .map(|(reason, count_as)| (reason, count_as, items.unsigned_abs())))
    });
    causes.filter_map(Result::transpose).collect()
}

/// These items of a job, as far as there are such, by purchase id.
async fn find_many(
    own: &mut Connection,
    job: JobId,
    purchases: Vec<i64>,
) -> Result<Vec<Item>, sqlx::Error> {
    let query = Query::new(
        "SELECT * FROM alamor.items WHERE job_id = $1 AND purchase_id IN list($2) \
         ORDER BY purchase_id",
    );
    let rows = own.fetch_all(query.bind(job.0).bind(purchases)).await?;
    rows.iter().map(read).collect()
}

async fn list_short(own: &mut Connection, job: JobId) -> Result<Vec<ShortItem>, sqlx::Error> {
    let query = Query::new(
        "SELECT purchase_id, outcome, count_as FROM alamor.items WHERE job_id = $1 \
         ORDER BY purchase_id",
    );
    let rows = own.fetch_all(query.bind(job.0)).await?;
    let items = rows.iter().map(|row| {
        let purchase = PurchaseId(row.id("purchase_id")?);
        Ok(ShortItem { purchase, end: read_outcome(row)? })
    });
    items.collect()
}

fn read_outcome(row: &Row) -> Result<Option<(Outcome, CountAs)>, sqlx::Error> {
    let outcome = row.text("outcome")?.and_then(|word| Outcome::parse(&word));
    let count_as = row.text("count_as")?.and_then(|word| CountAs::parse(&word));
    Ok(outcome.zip(count_as))
}

fn read(row: &Row) -> Result<Item, sqlx::Error> {
    let end = match read_outcome(row)? {
        None => None,
        Some((outcome, count_as)) => {
            let panels = row.text("panels")?.unwrap_or_default();
            let notes = row.text("notes")?.unwrap_or_default();
            let (changes, links) = (row.text("changes")?, row.text("changed_links")?);
            Some(ItemEnd {
                outcome,
                count_as,
                links: row.id("links")?.unsigned_abs(),
                reason: read_reason(row)?,
                panels: parts::parse(&panels),
                notes: serde_json::from_str(&notes).unwrap_or_default(),
                changes: changes
                    .and_then(|counts| previews::parse(&counts, links.as_deref()))
                    .map(Box::new),
                took_ms: row.int("took_ms")?.map(i64::unsigned_abs),
                finished_at: row.int("finished_at")?.unwrap_or_default(),
            })
        }
    };
    Ok(Item { purchase: PurchaseId(row.id("purchase_id")?), user: None, end })
}

impl Database {
    /// Items of a job that a filter lets pass, by purchase id, from a place in their list on.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_items(
        &self,
        job: JobId,
        filter: impl Into<ItemFilter>,
        place: impl Into<Place>,
        limit: u32,
    ) -> Result<Vec<Item>, DbError> {
        let (filter, place) = (filter.into(), place.into());
        Ok(list(&mut self.own().await?, job, &filter, place, limit).await?)
    }

    /// How many items of a job a filter lets pass.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn count_items(&self, job: JobId, filter: &ItemFilter) -> Result<u64, DbError> {
        Ok(self.own().await?.get(filter.count(job)).await?.count("n")?)
    }

    /// Items of a job by their purchases, as far as there are such.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_items(&self, job: JobId, purchases: Vec<i64>) -> Result<Vec<Item>, DbError> {
        Ok(find_many(&mut self.own().await?, job, purchases).await?)
    }

    /// Every item of a job that is kept, in short, by purchase id.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_short_items(&self, job: JobId) -> Result<Vec<ShortItem>, DbError> {
        Ok(list_short(&mut self.own().await?, job).await?)
    }

    /// The newest ended items of a job, oldest of them first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn latest_items(&self, job: JobId, limit: u32) -> Result<Vec<Item>, DbError> {
        Ok(latest(&mut self.own().await?, job, limit).await?)
    }

    /// The last outcomes of a purchase, newest first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn history(
        &self,
        purchase: PurchaseId,
        limit: u32,
    ) -> Result<Vec<(JobId, Item)>, DbError> {
        Ok(history(&mut self.own().await?, purchase, limit).await?)
    }

    /// Why items of a job did not succeed, most frequent first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn causes(&self, job: JobId) -> Result<Vec<(Reason, CountAs, u64)>, DbError> {
        Ok(causes(&mut self.own().await?, job).await?)
    }
}
