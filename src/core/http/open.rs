//! What everybody may ask: is it alive, is it ready.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Zoned;
use serde::Serialize;

use super::auth;
use crate::core::Core;
use crate::core::probes::MARK;

#[derive(Serialize)]
struct Test {
    status: &'static str,
    message: &'static str,
    timestamp: String,
}

/// `GET /test`: the old server's sign of life; touches nothing.
pub(super) async fn test() -> impl IntoResponse {
    pretty(&Test {
        status: "ok",
        message: "Webhook server is working",
        timestamp: Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
    })
}

/// `GET /livez`: 200 as long as the process answers, and which core it is.
pub(super) async fn livez(State(core): State<Arc<Core>>) -> impl IntoResponse {
    ([(MARK, core.hub.instance().to_owned())], "ok")
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    reason: Option<String>,
}

/// `GET /readyz`: 200 once purchases are known, 503 before. Why not, only with the key.
///
/// A database that goes away later does not change it: what is known is served.
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
