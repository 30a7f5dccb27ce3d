//! `/api/v1`: what a console asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::auth::Operator;
use super::problem::ApiError;
use super::query::{self, Wish};
use crate::api::health::Health;
use crate::api::jobs::{self as said_jobs, JobAccepted, Scope};
use crate::api::purchases::{Purchase, PurchaseDetails};
use crate::api::{Check, Page};
use crate::core::update::judge::served_now;
use crate::core::update::{NewJob, Wanted, now};
use crate::core::{Core, catalog, said};
use crate::database::jobs::Which;
use crate::database::purchases::Known;
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::Item;

/// How many earlier outcomes a purchase shows.
const HISTORY: u32 = 20;

/// Longest name that somebody may give of themselves.
const MAX_BY: usize = 64;

pub(super) type Answer<T> = Result<Json<T>, ApiError>;
pub(super) type Shared = State<Arc<Core>>;
type Id = Result<Path<i64>, PathRejection>;

/// `GET /health`
pub(super) async fn health(_: Operator, State(core): Shared) -> Json<Health> {
    Json(core.health().await)
}

/// `GET /checks`: every check as it is shown, with its evidence and its last 24 h.
pub(super) async fn list_checks(_: Operator, State(core): Shared) -> Json<Page<Check>> {
    let items = core.board.checks(Timestamp::now());
    Json(Page { next_cursor: None, total: Some(items.len() as u64), items })
}

/// `GET /purchases?limit&cursor&offset&state&panel&profile&user&outcome&min_age_ms&max_age_ms&q&sort`
///
/// | parameter                  | lets pass                                                        |
/// |----------------------------|------------------------------------------------------------------|
/// | `state`, `panel`, `outcome`| one of these, separated by commas; `outcome=none`: never updated  |
/// | `profile`, `user`          | exactly this one                                                 |
/// | `min_age_ms`, `max_age_ms` | links of at least, at most this age; never what has no age       |
/// | `q`                        | each word in the id, the Telegram id, a panel's or profile's name |
///
/// The page begins at `cursor`, as the page before gave it, or after `offset` rows; both: 400.
pub(super) async fn list_purchases(
    _: Operator,
    State(core): Shared,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Answer<Page<Purchase>> {
    let Query(wish) = wish.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    if !core.is_loaded() {
        // "None" would be a lie: nobody has read them yet.
        core.database.ping().await?;
    }
    let products = core.panels.products();
    let page = wish.page(&core.catalog.rows(), &core.panels, &products, now());
    page.map(Json).map_err(|error| ApiError::BadRequest(error.to_string()))
}

/// Whether secrets are wanted in clear.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Reveal {
    reveal: Option<u8>,
}

/// `GET /purchases/{id}?reveal=1`: one purchase; revealing its id is audited.
pub(super) async fn get_purchase(
    _: Operator,
    State(core): Shared,
    id: Id,
    reveal: Result<Query<Reveal>, QueryRejection>,
    headers: HeaderMap,
) -> Answer<PurchaseDetails> {
    let Query(reveal) = reveal.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let id = PurchaseId(path_id(id, "purchase")?);
    let known = core.database.find_known(id).await?.ok_or(ApiError::NotFound("purchase"))?;
    let is_revealed = reveal.reveal == Some(1);
    if is_revealed {
        // First noted, then shown.
        let subject = format!("purchase {id}");
        core.database.audit(now(), &by(&headers), "reveal", subject).await?;
    }
    let history = core.database.history(id, HISTORY).await?;
    let mut details = details(&core, &known);
    details.history = history.iter().filter_map(|(job, item)| said::past(*job, item)).collect();
    if is_revealed {
        reveal_id(&core, &known, &mut details);
    }
    Ok(Json(details))
}

fn details(core: &Core, known: &Known) -> PurchaseDetails {
    let served = served_now(known);
    let links = known.kept.lines().len() as u64;
    let row = catalog::row(known.purchase.clone(), known.summary.clone(), links);
    let masked = known.purchase.sub_id.as_ref().map(ToString::to_string);
    PurchaseDetails {
        purchase: said::purchase(&row, &core.panels, &core.panels.products(), now()),
        address: masked.and_then(|id| address(core, &id)),
        attempted_at: row.summary.attempted_at.and_then(said::at),
        reason: row.summary.reason.as_deref().map(said::reason),
        slices: served.iter().map(|slice| said::slice(slice, known, &core.panels, now())).collect(),
        history: Vec::new(),
    }
}

fn reveal_id(core: &Core, known: &Known, details: &mut PurchaseDetails) {
    let id = known.purchase.sub_id.as_ref().map(|id| id.reveal().to_owned());
    details.address = id.as_deref().and_then(|id| address(core, id));
    details.purchase.sub_id = id;
}

/// What subscribers fetch; `None` as long as `WEBHOOK_DOMAIN` is not set.
fn address(core: &Core, sub_id: &str) -> Option<String> {
    let domain = core.settings.domain.as_ref()?;
    Some(format!("https://{domain}/sub/{sub_id}"))
}

/// A page of a list that is only ever read forward.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Forward {
    limit: Option<usize>,
    cursor: Option<i64>,
    failed: Option<u8>,
}

impl Forward {
    fn limit(&self) -> u32 {
        u32::try_from(query::limit(self.limit)).unwrap_or(u32::MAX)
    }
}

fn forward(wish: Result<Query<Forward>, QueryRejection>) -> Result<Forward, ApiError> {
    wish.map(|Query(wish)| wish).map_err(|error| ApiError::BadRequest(error.body_text()))
}

/// `GET /jobs?limit&cursor`: newest first.
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
pub(super) async fn get_job(_: Operator, State(core): Shared, id: Id) -> Answer<said_jobs::Job> {
    let id = path_id(id, "job")?;
    let job = core.find_job(id).await?;
    Ok(Json(job.ok_or(ApiError::NotFound("job"))?))
}

impl Core {
    /// One job with its causes; 0 is the last one.
    pub(super) async fn find_job(
        &self,
        id: i64,
    ) -> Result<Option<said_jobs::Job>, crate::database::error::DbError> {
        let job = match id {
            0 => self.database.list_jobs(None, 1).await?.pop(),
            id => self.database.find_job(JobId(id)).await?,
        };
        let Some(job) = job else { return Ok(None) };
        if let Some(job) = live(self, job.id) {
            return Ok(Some(job));
        }
        let causes = self.database.causes(job.id).await?;
        Ok(Some(said::job(&job, &causes, 0)))
    }
}

/// `GET /jobs/{id}/items?limit&cursor&failed=1`: by purchase id.
pub(super) async fn list_items(
    _: Operator,
    State(core): Shared,
    id: Id,
    wish: Result<Query<Forward>, QueryRejection>,
) -> Answer<Page<said_jobs::Item>> {
    let job = core.find_job(path_id(id, "job")?).await?.ok_or(ApiError::NotFound("job"))?;
    let wish = forward(wish)?;
    let which = if wish.failed == Some(1) { Which::NotSucceeded } else { Which::All };
    let after = PurchaseId(wish.cursor.unwrap_or_default());
    let items = core.database.list_items(JobId(job.id), which, after, wish.limit()).await?;
    let is_full = items.len() == wish.limit() as usize;
    let next_cursor = items.last().filter(|_| is_full).map(|item| item.purchase.to_string());
    Ok(Json(Page { items: core.said_items(items), next_cursor, total: None }))
}

impl Core {
    /// Items with the customers that they belong to.
    pub(super) fn said_items(&self, items: Vec<Item>) -> Vec<said_jobs::Item> {
        let rows = self.catalog.rows();
        let said = items.into_iter().map(|mut item| {
            item.user = rows.find(item.purchase).and_then(|row| row.purchase.user);
            said::item(&item, now())
        });
        said.collect()
    }
}

/// `POST /jobs`: starts a job, or joins an equal one: 202; 409 `job_running` for another.
pub(super) async fn start_job(
    _: Operator,
    State(core): Shared,
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
    let new = NewJob {
        wanted,
        dry_run: body.dry_run,
        force: body.force,
        retry_of: body.retry_of.map(JobId),
        by: shorten(&body.by),
    };
    let accepted = core.updater.start(new).await?;
    if !accepted.joined {
        core.audit(&accepted.by, "start", format!("job {}", accepted.id)).await;
    }
    let state =
        if accepted.joined { said_jobs::JobState::Running } else { said_jobs::JobState::Queued };
    let answer = JobAccepted { id: accepted.id.0, state, joined: accepted.joined, by: accepted.by };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// `POST /jobs/{id}/cancel`: 202; 404 for a job that does not run.
pub(super) async fn cancel_job(
    _: Operator,
    State(core): Shared,
    id: Id,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let id = path_id(id, "running job")?;
    if core.updater.cancel(JobId(id)).await {
        core.audit(&by(&headers), "cancel", format!("job {id}")).await;
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(ApiError::NotFound("running job"))
    }
}

pub(super) async fn unknown_path(_: Operator) -> ApiError {
    ApiError::NotFound("such path")
}

pub(super) async fn unknown_method(_: Operator) -> ApiError {
    ApiError::MethodNotAllowed
}

fn path_id(id: Id, what: &'static str) -> Result<i64, ApiError> {
    id.map(|Path(id)| id).map_err(|_| ApiError::NotFound(what))
}

/// Who asks, as they say themselves.
pub(super) fn by(headers: &HeaderMap) -> String {
    let by = headers.get("x-alamor-by").and_then(|by| by.to_str().ok()).unwrap_or_default();
    shorten(by)
}

impl Core {
    /// Notes what was done. It is done: that it cannot be noted is no reason to call it failed.
    pub(in crate::core) async fn audit(&self, by: &str, action: &'static str, subject: String) {
        if let Err(error) = self.database.audit(now(), by, action, subject).await {
            tracing::warn!(%error, action, "What was done is not noted");
        }
    }
}

fn shorten(by: &str) -> String {
    by.chars().filter(|c| !c.is_control()).take(MAX_BY).collect()
}
