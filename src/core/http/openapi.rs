//! `GET /openapi.json`: every route and every answer, made from the handlers and the types they use.
//!
//! A handler says what it may answer in its `#[utoipa::path]`; the router (`mod.rs`) takes the path
//! from there, so no route is without a description.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::auth::Operator;
use super::problem::ApiError;
use crate::api::problem::Problem;

/// What every route behind the key may say.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description, never a value")]
pub(super) enum Guarded {
    /// `unauthorized`: the key is missing or wrong.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// `locked_out`: too many wrong keys came from this address; the right one opens at once.
    #[response(status = 429, content_type = "application/problem+json", headers(("retry-after" = u64, description = "In seconds")))]
    LockedOut(Problem),
    /// `key_not_set`, `database_away`, `internal`.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
}

/// What is asked for is not there.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description, never a value")]
pub(super) enum Missing {
    /// `not_found`: there is no such thing.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
}

/// The request makes no sense.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description, never a value")]
pub(super) enum Malformed {
    /// `bad_request`: a parameter or the body makes no sense.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
}

/// The process does not let it be changed.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description, never a value")]
pub(super) enum Stuck {
    /// `log_fixed`: the log was not started by `alamor serve`.
    #[response(status = 409, content_type = "application/problem+json")]
    LogFixed(Problem),
}

/// A job cannot begin.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description, never a value")]
pub(super) enum Conflicting {
    /// `job_running`: another one is in the way; `job` says which.
    #[response(status = 409, content_type = "application/problem+json")]
    JobRunning(Problem),
    /// `nothing_to_update`.
    #[response(status = 422, content_type = "application/problem+json")]
    Nothing(Problem),
}

/// The head of the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "alamor",
        description = "Times are RFC 3339 in UTC and end in `_at`; lengths of time are whole \
                       milliseconds and end in `_ms`; a list is a page with `items` and \
                       `next_cursor`. Errors under `/api/v1` are problem documents (RFC 9457) with a \
                       stable `code`. What has no route here is the old server's if its path is under \
                       `/zarinpal/` or one of LEGACY_PATHS, and is answered by it, or nobody's: 404. \
                       Where the old server is not reached, such a path says so as plain text: 502; \
                       503 if it has too much to do, 504 if it is silent, 508 if LEGACY_UPSTREAM leads \
                       back here."
    ),
    // What only errors hold is not found by the way of the handlers.
    components(schemas(Problem)),
    modifiers(&Key)
)]
pub(super) struct Head;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("ADMIN_API_KEY".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The document, which never changes.
static DOCUMENT: LazyLock<Result<String, serde_json::Error>> =
    LazyLock::new(|| super::document().to_pretty_json());

/// `GET /openapi.json`: this description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "monitoring",
    security(("key" = [])),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value), Guarded),
)]
pub(super) async fn openapi(_: Operator) -> Result<impl IntoResponse, ApiError> {
    let document = DOCUMENT.as_ref().map_err(|error| {
        tracing::error!(%error, "The description of the API cannot be written");
        ApiError::Unwritten
    })?;
    Ok(([(CONTENT_TYPE, "application/json")], document.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    const ROUTER: &str = include_str!("mod.rs");

    /// Path and method of everything described.
    fn described() -> Vec<(String, String)> {
        let document: Value = serde_json::to_value(super::super::document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (path.clone(), method.clone()))
        });
        operations.collect()
    }

    #[test]
    fn each_route_is_described_once_and_nothing_else_is() {
        assert!(!ROUTER.contains(".route("), "a route without a description");
        let named = ROUTER.split("routes!(").skip(1).map(|rest| {
            rest.split(')').next().unwrap().split(',').filter(|one| !one.trim().is_empty()).count()
        });
        assert_eq!(named.sum::<usize>(), described().len());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Value = serde_json::to_value(super::super::document()).unwrap();
        let text = document.to_string();
        let names = text.split("#/components/schemas/").skip(1);
        let names: Vec<_> = names.filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn whatever_is_not_open_says_that_it_needs_the_key() {
        let document: Value = serde_json::to_value(super::super::document()).unwrap();
        let open = ["/sub/{sub_id}", "/test", "/livez", "/readyz"];
        for (path, method) in described().iter().filter(|(_, method)| method != "options") {
            let operation = &document["paths"][path][method];
            assert_eq!(
                operation.get("security").is_none(),
                open.contains(&path.as_str()),
                "{path}"
            );
            let refuses = operation["responses"].get("401").is_some();
            assert_eq!(refuses, !open.contains(&path.as_str()), "{path}");
        }
    }
}
