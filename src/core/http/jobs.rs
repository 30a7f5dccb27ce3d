//! `/api/v1/jobs`: what was updated, how, and how it differs from the time before.
//!
//! What a job is made of stands in `items.rs`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::Operator;
use super::openapi::{Conflicting, Guarded, Malformed, Missing};
use super::pages::{Forward, forward};
use super::problem::ApiError;
use super::query;
use super::v1::{Answer, Id, Shared, path_id};
use crate::api::Page;
use crate::api::compare::{Changed, Comparison, Difference};
use crate::api::jobs::{self as said_jobs, JobAccepted, Scope};
use crate::core::compare::{self, Side};
use crate::core::deeds::Who;
use crate::core::update::{NewJob, Wanted};
use crate::core::{Core, said};
use crate::database::error::DbError;
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::{Item, Job};

/// `GET /jobs?limit&cursor`: newest first.
#[utoipa::path(
    get,
    path = "/jobs",
    tag = "jobs",
    security(("key" = [])),
    params(Forward),
    responses(
        (status = 200, description = "One page, newest first", body = Page<said_jobs::Job>),
        Guarded,
        Malformed,
    ),
)]
pub(super) async fn list_jobs(
    _: Operator,
    State(core): Shared,
    wish: Result<Query<Forward>, QueryRejection>,
) -> Answer<Page<said_jobs::Job>> {
    let wish = forward(wish)?;
    let jobs = core.database.list_jobs(wish.cursor.map(JobId), wish.limit()).await?;
    let is_full = jobs.len() == wish.limit() as usize;
    let next_cursor = jobs.last().filter(|_| is_full).map(|job| job.id.to_string());
    let items =
        jobs.iter().map(|job| live(&core, job.id).unwrap_or_else(|| said::job(job, &[], 0)));
    Ok(Json(Page { items: items.collect(), next_cursor, total: None }))
}

/// The job as its runner sees it, if it runs.
fn live(core: &Core, id: JobId) -> Option<said_jobs::Job> {
    let running = core.updater.running().filter(|running| running.id == id)?;
    let job = running.latest.borrow().clone();
    Some(job)
}

/// `GET /jobs/{id}`; 0 is the last one.
#[utoipa::path(
    get,
    path = "/jobs/{id}",
    tag = "jobs",
    security(("key" = [])),
    params(("id" = i64, Path, description = "The job; 0 is the last one")),
    responses(
        (status = 200, description = "As it is now", body = said_jobs::Job),
        Guarded,
        Missing,
    ),
)]
pub(super) async fn get_job(_: Operator, State(core): Shared, id: Id) -> Answer<said_jobs::Job> {
    let id = path_id(id, "job")?;
    let job = core.find_job(id).await?;
    Ok(Json(job.ok_or(ApiError::NotFound("job"))?))
}

/// What a comparison is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Beside {
    /// The job to compare it with.
    with: Option<i64>,
    /// Entries a page, at most 500.
    limit: Option<usize>,
    /// How many to leave out before the page.
    offset: Option<usize>,
}

/// `GET /jobs/{id}/compare?with&limit&offset`: who fails now and did not before, and the other way
/// round. Without `with`: beside the newest finished job of the same kind before it.
#[utoipa::path(
    get,
    path = "/jobs/{id}/compare",
    tag = "jobs",
    security(("key" = [])),
    params(("id" = i64, Path, description = "The job; 0 is the last one"), Beside),
    responses(
        (status = 200, description = "As it is now", body = Comparison),
        Guarded,
        Malformed,
        Missing,
    ),
)]
pub(super) async fn compare(
    _: Operator,
    State(core): Shared,
    id: Id,
    wish: Result<Query<Beside>, QueryRejection>,
) -> Answer<Comparison> {
    let Query(wish) = wish.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let id = path_id(id, "job")?;
    let job = core.find_row(id).await?.ok_or(ApiError::NotFound("job"))?;
    let with = match wish.with {
        Some(with) => core.database.find_job(JobId(with)).await?,
        None => core.database.find_job_before(&job).await?,
    };
    let with = with.ok_or(ApiError::NotFound("job to compare it with"))?;
    let items = core.database.list_short_items(job.id).await?;
    let items_before = core.database.list_short_items(with.id).await?;
    let found = compare::differ(
        Side { job: &job, items: &items },
        Side { job: &with, items: &items_before },
    );
    let all = found.newly_failing.iter().map(|id| (*id, Difference::NewlyFailing));
    let all: Vec<_> =
        all.chain(found.recovered.iter().map(|id| (*id, Difference::Recovered))).collect();
    let (limit, offset) = (query::limit(wish.limit), wish.offset.unwrap_or(0));
    let page = all.iter().skip(offset).take(limit).copied().collect();
    let changed = Page {
        items: core.changed(&job, &with, page).await?,
        next_cursor: None,
        total: Some(all.len() as u64),
    };
    Ok(Json(Comparison {
        job: core.said_job(&job).await?,
        with: core.said_job(&with).await?,
        newly_failing: found.newly_failing.len() as u64,
        recovered: found.recovered.len() as u64,
        still_failing: found.still_failing,
        unknown: found.unknown,
        changed,
    }))
}

impl Core {
    /// The row of one job; 0 is the last one.
    async fn find_row(&self, id: i64) -> Result<Option<Job>, DbError> {
        match id {
            0 => Ok(self.database.list_jobs(None, 1).await?.pop()),
            id => self.database.find_job(JobId(id)).await,
        }
    }

    /// One job with its causes; 0 is the last one.
    pub(super) async fn find_job(&self, id: i64) -> Result<Option<said_jobs::Job>, DbError> {
        match self.find_row(id).await? {
            Some(job) => Ok(Some(self.said_job(&job).await?)),
            None => Ok(None),
        }
    }

    async fn said_job(&self, job: &Job) -> Result<said_jobs::Job, DbError> {
        if let Some(job) = live(self, job.id) {
            return Ok(job);
        }
        Ok(said::job(job, &self.database.causes(job.id).await?, 0))
    }

    /// How these purchases ended in both jobs.
    async fn changed(
        &self,
        job: &Job,
        with: &Job,
        page: Vec<(PurchaseId, Difference)>,
    ) -> Result<Vec<Changed>, DbError> {
        let ids: Vec<i64> = page.iter().map(|(id, _)| id.0).collect();
        let now = self.database.find_items(job.id, ids.clone()).await?;
        let before = self.database.find_items(with.id, ids).await?;
        let rows = self.catalog.rows();
        let changed = page.into_iter().map(|(id, difference)| {
            let now = now.iter().find(|item| item.purchase == id);
            let before = before.iter().find(|item| item.purchase == id);
            let end = |item: Option<&Item>| item.and_then(|item| item.end.clone());
            let (now, before) = (end(now), end(before));
            let failed = match difference {
                Difference::NewlyFailing => now.as_ref(),
                Difference::Recovered => before.as_ref(),
            };
            Changed {
                purchase_id: id.0,
                user: rows.find(id).and_then(|row| row.purchase.user),
                difference,
                reason: failed.and_then(|end| end.reason.as_ref()).map(said::reason),
                outcome: now.map(|end| said::outcome(end.outcome)),
                outcome_before: before.map(|end| said::outcome(end.outcome)),
            }
        });
        Ok(changed.collect())
    }
}

/// `POST /jobs`: starts a job, or joins an equal one: 202; 409 `job_running` for another.
#[utoipa::path(
    post,
    path = "/jobs",
    request_body = said_jobs::NewJob,
    tag = "jobs",
    security(("key" = [])),
    responses(
        (status = 202, description = "Started, or an equal one joined", body = JobAccepted),
        Guarded,
        Malformed,
        Missing,
        Conflicting,
    ),
)]
pub(super) async fn start_job(
    _: Operator,
    State(core): Shared,
    who: Who,
    body: Result<Json<said_jobs::NewJob>, JsonRejection>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    let Json(body) = body.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let wanted = match (body.purchases, body.retry_of) {
        (Some(Scope::All(_)), None) => Wanted::All,
        (Some(Scope::Ids(ids)), None) => Wanted::These(ids.into_iter().map(PurchaseId).collect()),
        (None, Some(_)) => Wanted::These(Vec::new()),
        (None, None) | (Some(_), Some(_)) => {
            let what = "give either `purchases` (\"all\" or a list of ids) or `retry_of`";
            return Err(ApiError::BadRequest(what.to_owned()));
        }
    };
    let who = who.named(&body.by);
    let new = NewJob {
        wanted,
        dry_run: body.dry_run,
        force: body.force,
        retry_of: body.retry_of.map(JobId),
        by: who.by.clone(),
    };
    let accepted = core.updater.start(new).await?;
    if !accepted.joined {
        core.audit(who, "start", format!("job {}", accepted.id)).await;
    }
    let state =
        if accepted.joined { said_jobs::JobState::Running } else { said_jobs::JobState::Queued };
    let answer = JobAccepted { id: accepted.id.0, state, joined: accepted.joined, by: accepted.by };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// `POST /jobs/{id}/cancel`: 202; 404 for a job that does not run.
#[utoipa::path(
    post,
    path = "/jobs/{id}/cancel",
    tag = "jobs",
    security(("key" = [])),
    params(("id" = i64, Path, description = "The job; 0 is the last one"), ("x-alamor-by" = Option<String>, Header, description = "Who asks, for the audit")),
    responses(
        (status = 202, description = "It stops"),
        Guarded,
        Missing,
    ),
)]
pub(super) async fn cancel_job(
    _: Operator,
    State(core): Shared,
    id: Id,
    who: Who,
) -> Result<StatusCode, ApiError> {
    let id = path_id(id, "running job")?;
    if core.updater.cancel(JobId(id)).await {
        core.audit(who, "cancel", format!("job {id}")).await;
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(ApiError::NotFound("running job"))
    }
}
