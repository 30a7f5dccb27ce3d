//! The core's HTTP: what the bot, subscribers and consoles may ask.
//!
//! Start reading at [`router`]: it is the list of all routes.
//!
//! Invariants:
//! - Whatever is not open stands behind the key, and the key is looked at first.
//! - A subscription id stands in no log and no error.
//! - 502, 503 and 504 are never said on `/admin` and `/sub`: they must mean "not reached".
//!
//! Deliberately absent: decisions about links, SQL.

mod refused;
mod auth;
mod bot;
pub(crate) mod sub;
mod v1;
mod jobs;
mod items;
pub(crate) mod panels;
mod query;
mod stream;
mod logs;
mod problem;
pub(crate) mod meter;
mod open;
mod metrics;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::Core;

/// Every route there is.
pub(super) fn router(core: Arc<Core>) -> Router {
    let legacy = Router::new()
        .route(
            "/admin/update_configs/{purchase_id}",
            post(bot::update_configs).options(allow_post).fallback(only_post),
        )
        .route("/admin/test/{purchase_id}", get(bot::test_purchase))
        .route("/sub/{sub_id}", get(sub::subscription))
        .route("/test", get(open::test))
        .route("/livez", get(open::livez))
        .route("/readyz", get(open::readyz))
        .route("/metrics", get(metrics::metrics));
    let v1 = Router::new()
        .route("/health", get(v1::health))
        .route("/checks", get(v1::list_checks))
        .route("/purchases", get(v1::list_purchases))
        .route("/purchases/{id}", get(v1::get_purchase))
        .route("/panels", get(panels::list_panels))
        .route("/panels/{name}", get(panels::get_panel))
        .route("/panels/{name}/probe", post(panels::probe_panel))
        .route("/panels/{name}/retry", post(panels::retry_login))
        .route("/jobs", get(jobs::list_jobs).post(jobs::start_job))
        .route("/jobs/{id}", get(jobs::get_job))
        .route("/jobs/{id}/items", get(items::list_items))
        .route("/jobs/{id}/items/{purchase_id}", get(items::get_item))
        .route("/jobs/{id}/compare", get(jobs::compare))
        .route("/jobs/{id}/cancel", post(jobs::cancel_job))
        .route("/events", get(stream::events))
        .route("/logs", get(logs::logs))
        .fallback(v1::unknown_path)
        .method_not_allowed_fallback(v1::unknown_method);
    Router::new()
        .merge(legacy)
        .nest("/api/v1", v1)
        .fallback(unknown_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&core), meter::measure))
        .with_state(core)
}

/// What `POST` routes of the bot allow (fact C1).
const ALLOW_POST: (header::HeaderName, HeaderValue) =
    (header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));

async fn allow_post() -> impl IntoResponse {
    [ALLOW_POST]
}

async fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [ALLOW_POST], "Method not allowed").into_response()
}

async fn unknown_path() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "Not found")
}
