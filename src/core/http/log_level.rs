//! `/api/v1/log-level`: how much the core logs, looked at and changed while it runs.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;

use super::auth::Operator;
use super::openapi::{Guarded, Malformed, Stuck};
use super::problem::ApiError;
use super::v1::{Answer, Shared};
use crate::api::logs::{Level, LogLevel, SetLogLevel};
use crate::core::deeds::Who;
use crate::core::log::level::{self, Fixed};

/// `GET /log-level`
#[utoipa::path(
    get,
    path = "/log-level",
    tag = "streams",
    security(("key" = [])),
    responses((status = 200, description = "As it is now", body = LogLevel), Guarded, Stuck),
)]
pub(super) async fn get_log_level(_: Operator) -> Answer<LogLevel> {
    said().map(Json)
}

/// `PUT /log-level`: logs more or less until the next start or reload; audited.
#[utoipa::path(
    put,
    path = "/log-level",
    tag = "streams",
    security(("key" = [])),
    params(("x-alamor-by" = Option<String>, Header, description = "Who asks, for the audit")),
    request_body = SetLogLevel,
    responses(
        (status = 200, description = "As it is now", body = LogLevel), Guarded, Malformed, Stuck,
    ),
)]
pub(super) async fn set_log_level(
    _: Operator,
    State(core): Shared,
    who: Who,
    body: Result<Json<SetLogLevel>, JsonRejection>,
) -> Answer<LogLevel> {
    let Json(wanted) = body.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    level::set(wanted.level)?;
    let word = wanted.level.map_or("as LOG_LEVEL says", Level::as_str);
    // An error, so that it is logged at every level: whoever reads the log has to know.
    tracing::error!(by = %who.by, level = word, "How much is logged was changed");
    core.audit(who, "log_level", word.to_owned()).await;
    said().map(Json)
}

fn said() -> Result<LogLevel, ApiError> {
    let (filter, setting) = level::find().ok_or(Fixed)?;
    Ok(LogLevel { filter, setting })
}
