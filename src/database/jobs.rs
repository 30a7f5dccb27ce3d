//! Our `jobs` and `items`.

use super::parts;
use super::purchases::read_reason;
use super::sql::{Connection, Query, Row, Rows};
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::{BY_SCHEDULE, Item, ItemEnd, Job, JobOrder, JobState, Scope};
use crate::domain::outcome::{CountAs, Outcome, Tally};
use crate::domain::reason::Reason;

/// How many finished jobs are kept, with their items.
const KEPT_JOBS: i64 = 50;

/// Writes a queued job and its open items; returns its id.
pub(super) async fn insert(
    own: &mut Connection,
    order: &JobOrder,
    now: i64,
) -> Result<JobId, sqlx::Error> {
    let job: i64 = own.get(Query::new(
        "INSERT INTO alamor.jobs (state, by_whom, dry_run, force, retry_of, created_at, total) \
         VALUES ('queued', $1, $2, $3, $4, $5, $6) RETURNING id",
    )
    .bind(order.by.as_str())
    .bind(order.dry_run)
    .bind(order.force)
    .bind(order.retry_of.map(|job| job.0))
    .bind(now)
    .bind(i64::try_from(order.purchases.len()).unwrap_or(i64::MAX))).await?
    .id("id")?;
    let ids: Vec<i64> = order.purchases.iter().map(|id| id.0).collect();
    own.execute(Query::new(
        "INSERT INTO alamor.items (job_id, purchase_id) SELECT $1, chosen.id FROM list($2) AS chosen",
    )
    .bind(job)
    .bind(ids)).await?;
    Ok(JobId(job))
}

/// Says that a job has begun, or goes on.
pub(super) async fn start(own: &mut Connection, job: JobId, now: i64) -> Result<(), sqlx::Error> {
    own.execute(
        Query::new(
            "UPDATE alamor.jobs SET state = 'running', started_at = coalesce(started_at, $2) \
         WHERE id = $1",
        )
        .bind(job.0)
        .bind(now),
    )
    .await?;
    Ok(())
}

/// Ends items, those that are still open.
pub(super) fn end_items<'a>(
    ends: impl IntoIterator<Item = (JobId, PurchaseId, &'a ItemEnd)>,
) -> Rows<11> {
    let mut rows = Rows::new(
        "WITH ended (job_id, purchase_id, outcome, count_as, links, reason_code, reason_text, \
         panels, notes, took_ms, finished_at) AS (VALUES rows()) \
         UPDATE alamor.items AS i SET outcome = e.outcome, count_as = e.count_as, links = e.links, \
         reason_code = e.reason_code, reason_text = e.reason_text, panels = e.panels, \
         notes = e.notes, took_ms = e.took_ms, finished_at = e.finished_at FROM ended AS e \
         WHERE i.job_id = e.job_id AND i.purchase_id = e.purchase_id AND i.outcome IS NULL",
    );
    for (job, purchase, end) in ends {
        rows.push([
            job.0.into(),
            purchase.0.into(),
            end.outcome.as_str().into(),
            end.count_as.as_str().into(),
            end.links.cast_signed().into(),
            end.reason.as_ref().map(|reason| reason.code.as_str()).into(),
            end.reason.as_ref().map(|reason| reason.text.as_str()).into(),
            parts::write(&end.panels).into(),
            serde_json::json!(end.notes).to_string().into(),
            end.took_ms.map(u64::cast_signed).into(),
            end.finished_at.into(),
        ]);
    }
    rows
}

/// Writes a job's last state, forgets its items that did not change, and jobs that are too old.
pub(super) async fn finish(own: &mut Connection, job: &Job) -> Result<(), sqlx::Error> {
    save(own, job).await?;
    own.execute(
        Query::new("DELETE FROM alamor.items WHERE job_id = $1 AND outcome = 'unchanged'")
            .bind(job.id.0),
    )
    .await?;
    own.execute(
        Query::new(
            "DELETE FROM alamor.jobs WHERE finished_at IS NOT NULL AND id NOT IN \
         (SELECT id FROM alamor.jobs ORDER BY id DESC LIMIT $1) \
         AND id <> (SELECT coalesce(max(id), 0) FROM alamor.jobs WHERE by_whom = $2)",
        )
        .bind(KEPT_JOBS)
        // The schedule counts from its last one, however many others there were since.
        .bind(BY_SCHEDULE),
    )
    .await?;
    Ok(())
}

/// Writes what changes while a job runs; a job that is finished stays as it is.
pub(super) async fn save(own: &mut Connection, job: &Job) -> Result<(), sqlx::Error> {
    own.execute(
        Query::new(
            "UPDATE alamor.jobs SET state = $2, reason_code = $3, reason_text = $4, \
         finished_at = $5, success = $6, failed = $7, connection_error = $8, elapsed_ms = $9, \
         floor_ms = $10, panels = $11 WHERE id = $1 AND finished_at IS NULL",
        )
        .bind(job.id.0)
        .bind(job.state.as_str())
        .bind(job.reason.as_ref().map(|reason| reason.code.as_str()))
        .bind(job.reason.as_ref().map(|reason| reason.text.as_str()))
        .bind(job.finished_at)
        .bind(job.tally.success.cast_signed())
        .bind(job.tally.failed.cast_signed())
        .bind(job.tally.connection_error.cast_signed())
        .bind(job.elapsed_ms.cast_signed())
        .bind(job.floor_ms.map(u64::cast_signed))
        .bind(parts::write_shares(&job.panels)),
    )
    .await?;
    Ok(())
}

/// Notes that an operator cancelled a job.
pub(super) async fn cancel(own: &mut Connection, job: JobId, now: i64) -> Result<(), sqlx::Error> {
    own.execute(
        Query::new("UPDATE alamor.jobs SET cancelled_at = $2 WHERE id = $1").bind(job.0).bind(now),
    )
    .await?;
    Ok(())
}

/// When somebody's newest job began.
pub(super) async fn find_last_start(
    own: &mut Connection,
    by: &str,
) -> Result<Option<i64>, sqlx::Error> {
    let sql = "SELECT max(coalesce(started_at, created_at)) AS at FROM alamor.jobs \
               WHERE by_whom = $1";
    own.get(Query::new(sql).bind(by)).await?.int("at")
}

/// The newest jobs before `before`, newest first.
pub(super) async fn list(
    own: &mut Connection,
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>, sqlx::Error> {
    let rows = own
        .fetch_all(
            Query::new("SELECT * FROM alamor.jobs WHERE id < $1 ORDER BY id DESC LIMIT $2")
                .bind(before.map_or(i64::MAX, |job| job.0))
                .bind(i64::from(limit)),
        )
        .await?;
    rows.iter().map(read_job).collect()
}

/// One job; `None` if there is none of this id, or it is too old.
pub(super) async fn find(own: &mut Connection, job: JobId) -> Result<Option<Job>, sqlx::Error> {
    let row = own.find(Query::new("SELECT * FROM alamor.jobs WHERE id = $1").bind(job.0)).await?;
    row.as_ref().map(read_job).transpose()
}

/// Jobs that a core left when it ended: at most one, unless somebody edited the table.
pub(super) async fn list_unfinished(own: &mut Connection) -> Result<Vec<Job>, sqlx::Error> {
    let rows = own
        .fetch_all(Query::new(
            "SELECT * FROM alamor.jobs WHERE state IN ('queued', 'running') ORDER BY id",
        ))
        .await?;
    rows.iter().map(read_job).collect()
}

/// Which items of a job are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that are kept.
    All,
    /// Those that ended and did not succeed.
    NotSucceeded,
    /// Those that did not succeed, and those that a cancelled or stopped job left open.
    ToRetry,
}

/// Items of a job after the purchase `after`, by purchase id.
pub(super) async fn list_items(
    own: &mut Connection,
    job: JobId,
    which: Which,
    after: PurchaseId,
    limit: u32,
) -> Result<Vec<Item>, sqlx::Error> {
    let sql = match which {
        Which::All => {
            "SELECT * FROM alamor.items WHERE job_id = $1 AND purchase_id > $2 \
             ORDER BY purchase_id LIMIT $3"
        }
        Which::NotSucceeded => {
            "SELECT * FROM alamor.items WHERE job_id = $1 AND purchase_id > $2 \
             AND outcome IS NOT NULL AND count_as <> 'success' ORDER BY purchase_id LIMIT $3"
        }
        Which::ToRetry => {
            "SELECT * FROM alamor.items WHERE job_id = $1 AND purchase_id > $2 \
             AND (outcome IS NULL OR count_as <> 'success') ORDER BY purchase_id LIMIT $3"
        }
    };
    let rows =
        own.fetch_all(Query::new(sql).bind(job.0).bind(after.0).bind(i64::from(limit))).await?;
    rows.iter().map(read_item).collect()
}

/// The newest items of a purchase that have ended, newest first.
pub(super) async fn history(
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
    rows.iter().map(|row| Ok((JobId(row.id("job_id")?), read_item(row)?))).collect()
}

/// The newest ended items of a job, oldest of them first.
pub(super) async fn latest_items(
    own: &mut Connection,
    job: JobId,
    limit: u32,
) -> Result<Vec<Item>, sqlx::Error> {
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
    let items: Result<Vec<Item>, sqlx::Error> = rows.iter().map(read_item).collect();
    items.map(|mut items| {
        items.reverse();
        items
    })
}

/// How many items did not succeed for each reason, most frequent first.
pub(super) async fn causes(
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

fn read_job(row: &Row) -> Result<Job, sqlx::Error> {
    let state = row.text("state")?.unwrap_or_default();
    let count = |column| row.count(column);
    let panels = row.text("panels")?.unwrap_or_default();
    Ok(Job {
        id: JobId(row.id("id")?),
        state: JobState::parse(&state).unwrap_or(JobState::Failed),
        by: row.text("by_whom")?.unwrap_or_default(),
        dry_run: row.id("dry_run")? != 0,
        force: row.id("force")? != 0,
        retry_of: row.int("retry_of")?.map(JobId),
        is_cancelled: row.int("cancelled_at")?.is_some(),
        reason: read_reason(row)?,
        started_at: row.int("started_at")?,
        finished_at: row.int("finished_at")?,
        total: count("total")?,
        tally: Tally {
            success: count("success")?,
            failed: count("failed")?,
            connection_error: count("connection_error")?,
        },
        elapsed_ms: count("elapsed_ms")?,
        floor_ms: row.int("floor_ms")?.map(i64::unsigned_abs),
        panels: parts::parse_shares(&panels),
        scope: Scope::default(),
    })
}

fn read_item(row: &Row) -> Result<Item, sqlx::Error> {
    let outcome = row.text("outcome")?;
    let count_as = row.text("count_as")?;
    let ended = outcome
        .and_then(|word| Outcome::parse(&word))
        .zip(count_as.and_then(|word| CountAs::parse(&word)));
    let end = match ended {
        None => None,
        Some((outcome, count_as)) => {
            let panels = row.text("panels")?.unwrap_or_default();
            let notes = row.text("notes")?.unwrap_or_default();
            Some(ItemEnd {
                outcome,
                count_as,
                links: row.id("links")?.unsigned_abs(),
                reason: read_reason(row)?,
                panels: parts::parse(&panels),
                notes: serde_json::from_str(&notes).unwrap_or_default(),
                took_ms: row.int("took_ms")?.map(i64::unsigned_abs),
                finished_at: row.int("finished_at")?.unwrap_or_default(),
            })
        }
    };
    Ok(Item { purchase: PurchaseId(row.id("purchase_id")?), user: None, end })
}
