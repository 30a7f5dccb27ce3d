//! `/api/v1`: what a console asks, but for jobs (`jobs.rs`) and panels (`panels.rs`).

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::Operator;
use super::openapi::{Guarded, Malformed, Missing};
use super::problem::ApiError;
use super::query::Wish;
use crate::api::health::Health;
use crate::api::purchases::{Purchase, PurchaseDetails};
use crate::api::{Check, Page};
use crate::core::deeds::Who;
use crate::core::update::judge::served_now;
use crate::core::update::now;
use crate::core::{Core, catalog, said};
use crate::database::purchases::Known;
use crate::domain::ids::PurchaseId;

/// How many earlier outcomes a purchase shows.
const HISTORY: u32 = 20;

pub(super) type Answer<T> = Result<Json<T>, ApiError>;
pub(super) type Shared = State<Arc<Core>>;
pub(super) type Id = Result<Path<i64>, PathRejection>;

/// `GET /health`
#[utoipa::path(
    get,
    path = "/health",
    tag = "health",
    security(("key" = [])),
    responses(
        (status = 200, description = "As it is now", body = Health),
        Guarded,
    ),
)]
pub(super) async fn health(_: Operator, State(core): Shared) -> Json<Health> {
    Json(core.health().await)
}

/// `GET /checks`: every check as it is shown, with its evidence and its last 24 h.
#[utoipa::path(
    get,
    path = "/checks",
    tag = "health",
    security(("key" = [])),
    responses(
        (status = 200, description = "As it is now", body = Page<Check>),
        Guarded,
    ),
)]
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
#[utoipa::path(
    get,
    path = "/purchases",
    tag = "purchases",
    security(("key" = [])),
    params(Wish),
    responses(
        (status = 200, description = "One page", body = Page<Purchase>),
        Guarded,
        Malformed,
    ),
)]
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
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Reveal {
    /// 1: in clear, and noted.
    reveal: Option<u8>,
}

impl Reveal {
    /// Whether they are.
    pub(super) fn is_wanted(wish: Result<Query<Self>, QueryRejection>) -> Result<bool, ApiError> {
        let Query(wish) = wish.map_err(|error| ApiError::BadRequest(error.body_text()))?;
        Ok(wish.reveal == Some(1))
    }
}

/// `GET /purchases/{id}?reveal=1`: one purchase; revealing its id is audited.
#[utoipa::path(
    get,
    path = "/purchases/{id}",
    tag = "purchases",
    security(("key" = [])),
    params(("id" = i64, Path, description = "The bot's id"), Reveal, ("x-alamor-by" = Option<String>, Header, description = "Who asks, for the audit")),
    responses(
        (status = 200, description = "As it is now", body = PurchaseDetails),
        Guarded,
        Malformed,
        Missing,
    ),
)]
pub(super) async fn get_purchase(
    _: Operator,
    State(core): Shared,
    id: Id,
    reveal: Result<Query<Reveal>, QueryRejection>,
    who: Who,
) -> Answer<PurchaseDetails> {
    let is_revealed = Reveal::is_wanted(reveal)?;
    let id = PurchaseId(path_id(id, "purchase")?);
    let known = core.database.find_known(id).await?.ok_or(ApiError::NotFound("purchase"))?;
    if is_revealed {
        // First noted, then shown.
        let subject = format!("purchase {id}");
        core.note(who, "reveal", subject).await?;
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
        attempted_at: row.summary.attempted_at.get().and_then(said::at),
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
    let settings = core.settings();
    let domain = settings.domain.as_ref()?;
    Some(format!("https://{domain}/sub/{sub_id}"))
}

pub(super) async fn unknown_path(_: Operator) -> ApiError {
    ApiError::NotFound("such path")
}

pub(super) async fn unknown_method(_: Operator) -> ApiError {
    ApiError::MethodNotAllowed
}

pub(super) fn path_id(id: Id, what: &'static str) -> Result<i64, ApiError> {
    id.map(|Path(id)| id).map_err(|_| ApiError::NotFound(what))
}
