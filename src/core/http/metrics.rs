//! `GET /metrics`: what a monitoring system reads.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::auth::Operator;
use super::openapi::Guarded;
use super::problem::ApiError;
use super::v1::Shared;
use crate::core::metrics;

/// `GET /metrics`: every figure as OpenMetrics text; see [`crate::core::metrics`].
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "monitoring",
    security(("key" = [])),
    responses(
        (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
        Guarded,
    ),
)]
pub(super) async fn metrics(
    _: Operator,
    State(core): Shared,
) -> Result<impl IntoResponse, ApiError> {
    let text = core.metrics().await.map_err(|_| ApiError::Unwritten)?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text))
}
