//! The core's HTTP: what the bot, subscribers and consoles may ask.
//!
//! Start reading at [`routes`] and [`v1_routes`]: they are the list of all.
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
mod entries;
mod peer;
mod who;
pub(in crate::core) mod line;
pub(crate) mod auth;
pub(crate) mod bot;
pub(crate) mod sub;
mod v1;
mod jobs;
mod items;
pub(crate) mod panels;
mod query;
mod pages;
mod stream;
mod logs;
mod log_level;
mod audit;
mod trace;
mod problem;
mod measure;
mod open;
pub(crate) mod forward;
mod metrics;
mod openapi;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{CACHE_CONTROL, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::Core;

/// The core's whole service.
pub(super) fn router(core: Arc<Core>) -> Router {
    let (v1, _) = v1_routes().split_for_parts();
    let v1 = v1.fallback(v1::unknown_path).method_not_allowed_fallback(v1::unknown_method);
    // Bodies are read under `/api` and passed on to the old server, nowhere else.
    let passed_on = Router::new().fallback(forward::pass);
    let with_bodies = Router::new()
        .nest(V1, v1)
        .merge(passed_on)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE));
    let (router, _) = routes().split_for_parts();
    router
        .merge(with_bodies)
        // Outermost first; in one piece, since the router boxes each piece for every request.
        .layer((
            middleware::from_fn(line::keep),
            middleware::from_fn_with_state(Arc::clone(&core), measure::measure),
            unless_said(CACHE_CONTROL, "no-store"),
            unless_said(REFERRER_POLICY, "no-referrer"),
            unless_said(X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ))
        .with_state(core)
}

/// What they all say of themselves.
fn document() -> utoipa::openapi::OpenApi {
    routes().nest(V1, v1_routes()).into_openapi()
}

/// Where our own API stands.
const V1: &str = "/api/v1";

/// Every route outside of [`V1`]; its path and its answers stand at its handler.
fn routes() -> OpenApiRouter<Arc<Core>> {
    OpenApiRouter::with_openapi(openapi::Head::openapi())
        .routes(routes!(bot::update_configs, allow_post).map(|route| route.fallback(only_post)))
        .routes(routes!(bot::test_purchase))
        .routes(routes!(sub::subscription))
        .routes(routes!(open::test))
        .routes(routes!(open::livez))
        .routes(routes!(open::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::openapi))
}

/// Every route under [`V1`].
fn v1_routes() -> OpenApiRouter<Arc<Core>> {
    OpenApiRouter::new()
        .routes(routes!(v1::health))
        .routes(routes!(v1::list_checks))
        .routes(routes!(v1::list_purchases))
        .routes(routes!(v1::get_purchase))
        .routes(routes!(panels::list_panels))
        .routes(routes!(panels::get_panel))
        .routes(routes!(panels::probe_panel))
        .routes(routes!(panels::retry_login))
        .routes(routes!(jobs::list_jobs, jobs::start_job))
        .routes(routes!(jobs::get_job))
        .routes(routes!(items::list_items))
        .routes(routes!(items::get_item))
        .routes(routes!(jobs::compare))
        .routes(routes!(jobs::cancel_job))
        .routes(routes!(audit::list_audit))
        .routes(routes!(stream::events))
        .routes(routes!(logs::logs))
        .routes(routes!(log_level::get_log_level, log_level::set_log_level))
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

/// `OPTIONS /admin/update_configs/{purchase_id}`: as the old server answers.
#[utoipa::path(
    options,
    path = "/admin/update_configs/{purchase_id}",
    tag = "bot",
    params(("purchase_id" = String, Path, description = "The bot's id")),
    responses((status = 200, description = "`Allow: POST, OPTIONS`")),
)]
async fn allow_post() -> impl IntoResponse {
    [ALLOW_POST]
}

async fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [ALLOW_POST], "Method not allowed").into_response()
}
