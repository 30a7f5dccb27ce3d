//! Our `jobs`. What they are made of stands in `items.rs`.

use super::purchases::read_reason;
use super::sql::{Connection, Query, Row};
use super::{parts, previews};
use crate::domain::ids::JobId;
use crate::domain::job::{BY_SCHEDULE, Job, JobOrder, JobState, Scope};
use crate::domain::outcome::Tally;

/// How many finished jobs are kept, with their items.
const KEPT_JOBS: i64 = 50;

/// Writes a queued job and its open items; returns its id.
pub(super) async fn insert(
    own: &mut Connection,
    order: &JobOrder,
    now: i64,
) -> Result<JobId, sqlx::Error> {
    let job: i64 = own.get(Query::new(
        "INSERT INTO alamor.jobs (state, by_whom, dry_run, force, retry_of, created_at, total, \
         scope) VALUES ('queued', $1, $2, $3, $4, $5, $6, $7) RETURNING id",
    )
    .bind(order.by.as_str())
    .bind(order.dry_run)
    .bind(order.force)
    .bind(order.retry_of.map(|job| job.0))
    .bind(now)
    .bind(i64::try_from(order.purchases.len()).unwrap_or(i64::MAX))
    .bind(order.scope.as_str())).await?
    .id("id")?;
    let mut ids: Vec<i64> = order.purchases.iter().map(|id| id.0).collect();
    // In the order of the table: each row goes to its end.
    ids.sort_unstable();
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

/// Writes a job's last state, forgets its items that did not change, and jobs that are too old.
pub(super) async fn finish(own: &mut Connection, job: &Job) -> Result<(), sqlx::Error> {
    save(own, job).await?;
    if job.dry_run {
        previews::forget_older(own, job.id).await?;
    }
    own.execute(
        Query::new("DELETE FROM alamor.items WHERE job_id = $1 AND outcome = 'unchanged'")
            .bind(job.id.0),
    )
    .await?;
    own.execute(
        Query::new(
            "DELETE FROM alamor.jobs WHERE finished_at IS NOT NULL AND id NOT IN \
         (SELECT id FROM alamor.jobs ORDER BY id DESC LIMIT $1) \
         AND id <> (SELECT coalesce(max(id), 0) FROM alamor.jobs WHERE by_whom = $2) \
         AND id <> (SELECT coalesce(max(id), 0) FROM alamor.jobs WHERE dry_run = $3 AND scope = $4)",
        )
        .bind(KEPT_JOBS)
        // The schedule counts from its last one, and heeds how the newest of all ended, however many
        // others there were since.
        .bind(BY_SCHEDULE)
        .bind(false)
        .bind(Scope::All.as_str()),
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

/// The newest job that updates everything, and is no dry run.
pub(super) async fn find_newest_of_all(own: &mut Connection) -> Result<Option<Job>, sqlx::Error> {
    let sql = "SELECT * FROM alamor.jobs WHERE dry_run = $1 AND scope = $2 \
               ORDER BY id DESC LIMIT 1";
    let row = own.find(Query::new(sql).bind(false).bind(Scope::All.as_str())).await?;
    row.as_ref().map(read_job).transpose()
}

/// The newest finished job before `job` of the same kind: as dry, of all or of chosen purchases, a
/// retry or none.
pub(super) async fn find_before(
    own: &mut Connection,
    job: &Job,
) -> Result<Option<Job>, sqlx::Error> {
    let retry = if job.retry_of.is_some() { "IS NOT NULL" } else { "IS NULL" };
    let query = Query::new(format!(
        "SELECT * FROM alamor.jobs WHERE id < $1 AND dry_run = $2 AND coalesce(scope, $3) = $4 \
         AND retry_of {retry} AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    ));
    let query = query.bind(job.id.0).bind(job.dry_run).bind(Scope::Chosen.as_str());
    let row = own.find(query.bind(job.scope.as_str())).await?;
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
        scope: row.text("scope")?.and_then(|word| Scope::parse(&word)).unwrap_or_default(),
    })
}
