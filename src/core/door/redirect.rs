//! Port 80: plain HTTP is sent to HTTPS, and an authority sees its proof.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::core::Core;
use crate::core::http::line::to_https;

pub(super) fn router(core: Arc<Core>) -> Router {
    // Where an authority looks (RFC 8555, 8.3).
    Router::new()
        .route("/.well-known/acme-challenge/{token}", get(proof))
        .fallback(away)
        .with_state(core)
}

async fn proof(State(core): State<Arc<Core>>, Path(token): Path<String>) -> Response {
    let acme = core.tls.as_ref().and_then(|tls| tls.acme());
    match acme.and_then(|acme| acme.proof(&token)) {
        Some(proof) => proof.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn away(State(core): State<Arc<Core>>, request: Request) -> Response {
    to_https(&request, Some(core.settings().probes.public_port))
}
