//! The core's HTTP: what the bot, subscribers and consoles may ask.
//!
//! Start reading at [`router`]: it is the list of all routes.
//!
//! Invariants:
//! - Whatever is not open stands behind the key, and the key is looked at first.
//! - A subscription id stands in no log and no error.
//! - What has no route is the old server's or nobody's: `forward/` decides.
//! - 502, 503 and 504 are never said on `/admin` and `/sub`: they must mean "not reached".
//!
//! Deliberately absent: decisions about links, SQL.

mod refused;
mod tally;
mod peer;
pub(crate) mod auth;
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
pub(crate) mod forward;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{CACHE_CONTROL, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

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
        .route("/readyz", get(open::readyz));
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
    // Bodies are read under `/api` and passed on to the old server, nowhere else.
    let passed_on = Router::new().fallback(forward::pass);
    let with_bodies = Router::new()
        .nest("/api/v1", v1)
        .merge(passed_on)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE));
    Router::new()
        .merge(legacy)
        .merge(with_bodies)
        .layer(unless_said(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(unless_said(REFERRER_POLICY, "no-referrer"))
        .layer(unless_said(CACHE_CONTROL, "no-store"))
        .layer(middleware::from_fn_with_state(Arc::clone(&core), meter::measure))
        .with_state(core)
}

/// The largest body that is read: a job over a hundred thousand ids has 700 KB.
const MAX_BODY: usize = 1024 * 1024;

/// How long somebody may be silent in the middle of a body.
const BODY_SILENCE: Duration = Duration::from_secs(10);

/// A header of every answer that does not say it itself: what is answered here is nobody's to keep,
/// to guess the kind of, or to tell others the address of.
fn unless_said(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
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
