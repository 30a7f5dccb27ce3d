//! What every answer of a panel is made of: pages, statuses without a body, JSON as Go writes it.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use super::make::Make;

pub(super) const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// Headers of these names and values; one that is no header is left out.
pub(super) fn header_map(named: Vec<(&'static str, String)>) -> HeaderMap {
    let valid =
        |(name, value): (&'static str, String)| Some((name.parse().ok()?, value.parse().ok()?));
    named.into_iter().filter_map(valid).collect()
}

pub(super) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain")], "404 page not found").into_response()
}

/// A web path that the panel does not have.
pub(super) fn unknown_page(make: Make) -> Response {
    match make {
        Make::ThreeXui267 => ([(CONTENT_TYPE, "text/plain")], "").into_response(),
        Make::Marzban => {
            let body = r#"{"detail":"Not Found"}"#;
            (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        _ => bare(make, StatusCode::NOT_FOUND),
    }
}

/// A status without a body, with the headers of every page of `make`.
pub(super) fn bare(make: Make, status: StatusCode) -> Response {
    (status, page_headers(make), Body::empty()).into_response()
}

/// The login page.
pub(super) fn page(make: Make) -> Response {
    let name = make.name();
    let html = format!(
        "<!DOCTYPE html>\n<html><head><title>{name}</title></head><body><form>Sign in</form></body></html>\n"
    );
    let mut response = ([(CONTENT_TYPE, HTML)], page_headers(make), html).into_response();
    if make.is_third() {
        let caching = vec![(CACHE_CONTROL, "no-cache, no-store, must-revalidate")];
        let caching =
            caching.into_iter().filter_map(|(name, value)| Some((name, value.parse().ok()?)));
        response.headers_mut().extend(caching);
    }
    response
}

/// JSON with the headers of every page of `make`.
pub(super) fn json(make: Make, text: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, JSON)], page_headers(make), Body::from(text.into())).into_response()
}

/// As Go writes JSON: three characters of HTML are escaped.
pub(super) fn as_go_writes(json: &str) -> String {
    json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

fn page_headers(make: Make) -> HeaderMap {
    if !make.is_third() {
        return HeaderMap::new();
    }
    header_map(vec![
        ("content-security-policy", "default-src 'self'; frame-ancestors 'none'".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-frame-options", "DENY".to_owned()),
    ])
}
