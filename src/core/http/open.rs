//! What everybody may ask: is it alive, is it ready.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Zoned;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth;
use crate::core::Core;
use crate::core::probes::MARK;

#[derive(Serialize, ToSchema)]
struct Test {
    status: &'static str,
    message: &'static str,
    timestamp: String,
}

/// `GET /test`: the old server's sign of life; touches nothing.
#[utoipa::path(
    get,
    path = "/test",
    tag = "open",
    responses(
        (status = 200, description = "The old server's sign of life", body = Test),
    ),
)]
pub(super) async fn test() -> impl IntoResponse {
    pretty(&Test {
        status: "ok",
        message: "Webhook server is working",
        timestamp: Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
    })
}

/// `GET /livez`: 200 as long as the process answers, and which core it is.
#[utoipa::path(
    get,
    path = "/livez",
    tag = "open",
    responses(
        (status = 200, description = "`ok`", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn livez(State(core): State<Arc<Core>>) -> impl IntoResponse {
    ([(MARK, core.hub.instance().to_owned())], "ok")
}

#[derive(Serialize, ToSchema)]
struct Ready {
    ready: bool,
    reason: Option<String>,
}

/// `GET /readyz`: 200 once purchases are known, 503 before. Why not, only with the key.
///
/// A database that goes away later does not change it: what is known is served.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "open",
    responses(
        (status = 200, description = "`ready`; with the key, why not", content((String = "text/plain"), (Ready = "application/json"))),
        (status = 503, description = "`not ready`; with the key, why", content((String = "text/plain"), (Ready = "application/json"))),
    ),
)]
pub(super) async fn readyz(State(core): State<Arc<Core>>, parts: Parts) -> Response {
    let ready = core.is_loaded();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if auth::check(&parts, &core).is_err() {
        return (status, if ready { "ready" } else { "not ready" }).into_response();
    }
    let reason = core.database.ping().await.err().map(|error| error.to_string());
    (status, pretty(&Ready { ready, reason })).into_response()
}

/// JSON as the old server writes it: indented by two.
pub(super) fn pretty(body: &impl Serialize) -> Response {
    let text = serde_json::to_string_pretty(body).unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
