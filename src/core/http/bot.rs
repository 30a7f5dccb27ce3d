//! The bot's two admin routes.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::auth::Bot;
use super::tally::{Counted, Tally};
use crate::api::jobs::Item as SaidItem;
use crate::core::deeds::Who;
use crate::core::update::{One, UPDATE_DEADLINE, now};
use crate::core::{Core, said};
use crate::database::error::DbError;
use crate::domain::ids::{NotANumber, PurchaseId};
use crate::domain::job::{Item, ItemEnd};
use crate::domain::outcome::Outcome;
use crate::domain::reason::{Code, Reason};

/// How many updates of an asker are noted one by one in a minute. The bot's button asks for each
/// purchase: a row for each of these would say no more than one for all.
const NOTED: u32 = 1;

/// How often an update was asked for from somewhere.
#[derive(Debug)]
pub(crate) struct Pressed(Tally<Option<String>>);

impl Default for Pressed {
    fn default() -> Self {
        Self(Tally::new(NOTED))
    }
}

/// Says how an update ended, beside the status that the bot looks at.
const OUTCOME: &str = "x-update-outcome";

/// `POST /admin/update_configs/{purchase_id}`: updates one purchase now.
///
/// | status | body                             | when                              |
/// |--------|----------------------------------|-----------------------------------|
/// | 200    | `Configs updated successfully`   | `updated`, `unchanged`, `partial` |
/// | 400    | `Invalid purchase ID format`     | the id is not a whole number      |
/// | 400    | `Purchase has no subscription ID`| it has none                       |
/// | 400    | `Purchase is not active`         | the bot switched it off           |
/// | 404    | `Purchase not found`             | there is no such row              |
/// | 500    | `Failed to update configs`       | `kept`, `failed`                  |
/// | 500    | `Internal server error`          | the database is away              |
///
/// With `Accept: application/json` the body of an update is its item. `X-Update-Outcome` is always
/// there.
///
/// # Source
///
/// Fact C1; the bot compares the status only.
#[utoipa::path(
    post,
    path = "/admin/update_configs/{purchase_id}",
    tag = "bot",
    security(("key" = [])),
    params(("purchase_id" = String, Path, description = "The bot's id")),
    responses(
        (status = 200, description = "`Configs updated successfully`, or its item", content((String = "text/plain"), (SaidItem = "application/json"))),
        (status = 400, description = "`Invalid purchase ID format`, `Purchase has no subscription ID`, `Purchase is not active`", body = String, content_type = "text/plain"),
        (status = 401, description = "`Unauthorized`, `Invalid API key`", body = String, content_type = "text/plain"),
        (status = 404, description = "`Purchase not found`", body = String, content_type = "text/plain"),
        (status = 429, description = "`Too many wrong keys`", body = String, content_type = "text/plain", headers(("retry-after" = u64, description = "In seconds"))),
        (status = 500, description = "`Failed to update configs`, or its item; `Server configuration error`, `Internal server error`", content((String = "text/plain"), (SaidItem = "application/json"))),
    ),
)]
pub(super) async fn update_configs(
    _bot: Bot,
    State(core): State<Arc<Core>>,
    who: Who,
    raw_id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = parse(raw_id)?.ok_or(Refusal::NotFound)?;
    // The bot gives up at 30 s; what takes longer goes on, and the bot is told the truth by then.
    let updated = timeout(UPDATE_DEADLINE, core.updater.one(id)).await;
    let end = match updated.map_err(|_| Refusal::Internal)?? {
        One::NotFound => return Err(Refusal::NotFound),
        One::Obstacle(reason) => return Err(Refusal::from(&reason)),
        One::Ended(end) => end,
    };
    if let Some(reason) = end.reason.as_ref().filter(|reason| is_obstacle(reason)) {
        return Err(Refusal::from(reason));
    }
    note(&core, who, id).await;
    tracing::info!(purchase = %id, outcome = %end.outcome, "Updated purchase {id}: {}", end.outcome);
    Ok(answer(&core, id, end, wants_json(&headers)))
}

/// Notes who asked for an update: the first of a minute, and that there were others.
async fn note(core: &Core, who: Who, id: PurchaseId) {
    match core.pressed.0.count(who.origin.clone()) {
        Counted::Within => core.audit(who, "update", format!("purchase {id}")).await,
        Counted::Above { first: true, .. } => {
            core.audit(who, "update", "other purchases, one by one".to_owned()).await;
        }
        Counted::Above { first: false, .. } => {}
    }
}

fn answer(core: &Core, id: PurchaseId, end: ItemEnd, wants_json: bool) -> Response {
    let (status, body) = match end.outcome {
        Outcome::Updated | Outcome::Unchanged | Outcome::Partial => {
            (StatusCode::OK, "Configs updated successfully")
        }
        Outcome::Kept | Outcome::Failed => {
            (StatusCode::INTERNAL_SERVER_ERROR, "Failed to update configs")
        }
    };
    let outcome = [(OUTCOME, end.outcome.as_str())];
    if !wants_json {
        return (status, outcome, body).into_response();
    }
    let user = core.catalog.rows().find(id).and_then(|row| row.purchase.user);
    let item = said::item(&Item { purchase: id, user, end: Some(end) }, now());
    (status, outcome, Json(item)).into_response()
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.trim().starts_with("application/json"))
}

fn parse(raw_id: Result<Path<String>, PathRejection>) -> Result<Option<PurchaseId>, Refusal> {
    let Path(raw_id) = raw_id.map_err(|_| Refusal::BadId)?;
    PurchaseId::parse(&raw_id).map_err(|NotANumber| Refusal::BadId)
}

/// Why nothing was updated, in the old server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    BadId,
    NotFound,
    NoSubscriptionId,
    NotActive,
    /// It has no panel: the old server says the same as of a panel that failed.
    Failed,
    /// The database is away: that is never "not found".
    Internal,
}

fn is_obstacle(reason: &Reason) -> bool {
    matches!(reason.code, Code::NotFound | Code::NoSubscriptionId | Code::NotActive | Code::NoPanel)
}

impl From<&Reason> for Refusal {
    fn from(reason: &Reason) -> Self {
        match reason.code {
            Code::NotFound => Self::NotFound,
            Code::NoSubscriptionId => Self::NoSubscriptionId,
            Code::NotActive => Self::NotActive,
            _ => Self::Failed,
        }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "A purchase could not be updated");
        Self::Internal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::BadId => (StatusCode::BAD_REQUEST, "Invalid purchase ID format"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Purchase not found"),
            Self::NoSubscriptionId => (StatusCode::BAD_REQUEST, "Purchase has no subscription ID"),
            Self::NotActive => (StatusCode::BAD_REQUEST, "Purchase is not active"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "Failed to update configs"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
        };
        (status, [(OUTCOME, Outcome::Failed.as_str())], body).into_response()
    }
}

/// What `GET /admin/test/{purchase_id}` says, in this order.
#[derive(Serialize, ToSchema)]
struct TestPurchase {
    purchase_id: i64,
    user_id: Option<i64>,
    profile_id: Option<i64>,
    server_id: Option<i64>,
    sub_id: Option<String>,
    is_active: bool,
    has_configs: bool,
}

/// `GET /admin/test/{purchase_id}`: what the database has of one purchase.
///
/// Behind the key, since it tells the subscription id. 200 with JSON; 404 `Purchase not found`;
/// 400 `Invalid purchase ID format`; 500 `Internal server error` if the database is away.
///
/// # Source
///
/// Fact C1; only key and status of a bad id differ from the old server.
#[utoipa::path(
    get,
    path = "/admin/test/{purchase_id}",
    tag = "bot",
    security(("key" = [])),
    params(("purchase_id" = String, Path, description = "The bot's id")),
    responses(
        (status = 200, description = "As it is now", body = TestPurchase),
        (status = 400, description = "`Invalid purchase ID format`", body = String, content_type = "text/plain"),
        (status = 401, description = "`Unauthorized`, `Invalid API key`", body = String, content_type = "text/plain"),
        (status = 404, description = "`Purchase not found`", body = String, content_type = "text/plain"),
        (status = 429, description = "`Too many wrong keys`", body = String, content_type = "text/plain", headers(("retry-after" = u64, description = "In seconds"))),
        (status = 500, description = "`Server configuration error`, `Internal server error`", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn test_purchase(
    _bot: Bot,
    State(core): State<Arc<Core>>,
    raw_id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let id = parse(raw_id)?.ok_or(Refusal::NotFound)?;
    let known = core.database.find_known(id).await?.ok_or(Refusal::NotFound)?;
    let purchase = &known.purchase;
    let server = purchase.panels.first().filter(|_| purchase.profile.is_none());
    let body = TestPurchase {
        purchase_id: id.0,
        user_id: purchase.customer,
        profile_id: purchase.profile.map(|profile| profile.0),
        server_id: server.map(|panel| panel.0),
        sub_id: purchase.sub_id.as_ref().map(|sub_id| sub_id.reveal().to_owned()),
        is_active: purchase.active,
        has_configs: !known.kept.lines().is_empty(),
    };
    Ok(super::open::pretty(&body))
}
