//! `GET /sub/{sub_id}`: what subscribers' apps fetch.
//!
//! ```text
//! known? ─▶ young enough ─────────────────────────▶ from memory
//!    │        └▶ older ─▶ live, at most 3 s ─▶ memory, with its age
//!    └ no ─▶ the database is asked once, at a limited rate ─▶ 404, 429 or 500
//! ```
//!
//! Invariants:
//! - An unknown, an inactive and a guessed id take the same way to the same 404.
//! - With the database away, nobody gets a 404.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::timeout;

use crate::core::flights::Flights;
use crate::core::memory::Remembered;
use crate::core::update::judge::served_now;
use crate::core::update::now;
use crate::core::{Core, catalog, said};
use crate::database::error::DbError;
use crate::domain::ids::{PurchaseId, SubId};
use crate::domain::subscription::encode;

/// How long a subscriber waits for a live answer.
///
/// Apps give up after 5 to 10 s; the rest is for a bad link.
const LIVE_WAIT: Duration = Duration::from_secs(3);

/// Shortest time between two live attempts for one purchase: a panel that is down, or does not know
/// it, is not asked at every request.
const PAUSE: Duration = Duration::from_secs(30);

/// How often a second the database is asked for ids that nobody knows.
const STRANGERS_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");

/// Age of the oldest links, in seconds.
const CONFIG_AGE: HeaderName = HeaderName::from_static("x-config-age");

/// Questions to the database about purchases that are not in memory.
#[derive(Debug)]
pub(crate) struct Strangers {
    limit: DefaultDirectRateLimiter,
    asked: Flights<SubId, Option<Found>>,
    recalled: Flights<PurchaseId, Option<Arc<Remembered>>>,
}

/// An active purchase, and when it was last tried.
type Found = (PurchaseId, Option<i64>);

impl Default for Strangers {
    fn default() -> Self {
        Self {
            limit: RateLimiter::direct(Quota::per_second(STRANGERS_PER_SECOND)),
            asked: Flights::default(),
            recalled: Flights::default(),
        }
    }
}

/// Why there is no subscription.
#[derive(Debug)]
pub(super) enum NoSubscription {
    /// No such id, or the bot switched it off.
    Unknown,
    /// Too many ask for ids that nobody knows.
    TooMany,
    /// It has no links yet.
    Empty,
    /// The database is away, and it is not in memory.
    Away,
}

/// Answers with the links of one purchase, or why there are none.
///
/// | status | body                                             | when |
/// |--------|--------------------------------------------------|------|
/// | 200    | links joined by `\n`, in Base64 on one line      | there are links; `X-Config-Age` if it is known |
/// | 404    | `Subscription not found or is inactive.`         | no active purchase has this id |
/// | 404    | `No configurations found for this subscription.` | it has no links |
/// | 429    | `Too many requests.`                             | too many unknown ids; `Retry-After` |
/// | 500    | `Error processing subscription data.`            | the database is away |
///
/// # Source
///
/// Fact C3.
pub(super) async fn subscription(
    State(core): State<Arc<Core>>,
    raw_id: Result<Path<String>, PathRejection>,
) -> Result<Response, NoSubscription> {
    let raw_id = raw_id.map_err(|_| NoSubscription::Unknown)?.0;
    let sub_id = SubId::new(Some(&raw_id)).ok_or(NoSubscription::Unknown)?;
    let (id, attempted_at) = match core.catalog.find_active(&sub_id) {
        Some(found) => found,
        None => find(&core, sub_id).await?,
    };
    let mut links = remembered(&core, id).await?;
    if is_live_wanted(&core, &links, attempted_at)
        && let Some(live) = refresh(&core, id).await?
    {
        links = live;
    }
    answer(&links)
}

fn is_live_wanted(core: &Core, remembered: &Remembered, attempted_at: Option<i64>) -> bool {
    let is_younger =
        |then: i64, than: Duration| u128::from(said::age(then, now())) < than.as_millis();
    let max_age = core.settings.sub_max_age;
    let is_fresh = remembered.oldest_at().is_some_and(|at| is_younger(at, max_age));
    let was_tried = attempted_at.is_some_and(|at| is_younger(at, PAUSE.min(max_age)));
    !is_fresh && !was_tried
}

/// Fetches live; `None` if that took too long and goes on without us.
async fn refresh(
    core: &Arc<Core>,
    id: PurchaseId,
) -> Result<Option<Arc<Remembered>>, NoSubscription> {
    match timeout(LIVE_WAIT, core.updater.one(id)).await {
        // What was remembered may have been dropped meanwhile: the bot changed the purchase.
        Ok(Ok(_)) => remembered(core, id).await.map(Some),
        // Away, or still on its way: what is in memory is served.
        Ok(Err(_)) | Err(_) => Ok(None),
    }
}

/// What a purchase serves: from memory, else from the database.
async fn remembered(core: &Arc<Core>, id: PurchaseId) -> Result<Arc<Remembered>, NoSubscription> {
    match core.memory.find(id) {
        Some(remembered) => Ok(remembered),
        None => recall(core, id).await,
    }
}

/// Asks the database for an id that the catalog does not have: the bot may just have sold it.
async fn find(core: &Arc<Core>, sub_id: SubId) -> Result<Found, NoSubscription> {
    core.strangers.limit.check().map_err(|_| NoSubscription::TooMany)?;
    let asking = (Arc::clone(core), sub_id.clone());
    let ask = move || async move { ask_database(&asking.0, &asking.1).await };
    let found = core.strangers.asked.join(sub_id, core.updater.tasks(), ask).await?;
    found.ok_or(NoSubscription::Unknown)
}

async fn ask_database(core: &Core, sub_id: &SubId) -> Result<Option<Found>, DbError> {
    let Some(id) = core.database.find_by_sub_id(sub_id).await? else { return Ok(None) };
    let Some(known) = core.database.find_known(id).await? else { return Ok(None) };
    if !known.purchase.active {
        return Ok(None);
    }
    let links = known.kept.lines().len() as u64;
    let attempted_at = known.summary.as_ref().and_then(|summary| summary.attempted_at);
    core.catalog.upsert(catalog::row(known.purchase, known.summary, links));
    Ok(Some((id, attempted_at)))
}

/// Reads from the database what a purchase serves, and remembers it.
async fn recall(core: &Arc<Core>, id: PurchaseId) -> Result<Arc<Remembered>, NoSubscription> {
    let recalling = Arc::clone(core);
    let read = move || async move {
        let Some(known) = recalling.database.find_known(id).await? else { return Ok(None) };
        let as_of = known.summary.as_ref().and_then(|summary| summary.attempted_at);
        Ok(Some(recalling.memory.remember(id, &served_now(&known), as_of)))
    };
    let recalled = core.strangers.recalled.join(id, core.updater.tasks(), read).await?;
    recalled.ok_or(NoSubscription::Unknown)
}

fn answer(remembered: &Remembered) -> Result<Response, NoSubscription> {
    let unpacked = remembered.unpack();
    if unpacked.links().next().is_none() {
        return Err(NoSubscription::Empty);
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some(oldest_at) = remembered.oldest_at() {
        headers.insert(CONFIG_AGE, HeaderValue::from(said::age(oldest_at, now()) / 1000));
    }
    for (name, value) in unpacked.headers() {
        // Both came as headers, so both are.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    Ok((headers, encode(unpacked.links())).into_response())
}

impl From<DbError> for NoSubscription {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "A subscription could not be read");
        Self::Away
    }
}

impl IntoResponse for NoSubscription {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => {
                (StatusCode::NOT_FOUND, "Subscription not found or is inactive.").into_response()
            }
            Self::Empty => {
                let body = "No configurations found for this subscription.";
                (StatusCode::NOT_FOUND, body).into_response()
            }
            Self::TooMany => {
                let wait = [(RETRY_AFTER, "1")];
                (StatusCode::TOO_MANY_REQUESTS, wait, "Too many requests.").into_response()
            }
            Self::Away => {
                let body = "Error processing subscription data.";
                (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
            }
        }
    }
}
