//! Measures every request, and lets what is logged meanwhile have its trace.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

use super::trace;
use crate::core::Core;
use crate::core::meter::totals::method_of;

/// What was asked for and is no route of ours.
const ELSEWHERE: &str = "other";

/// Of an event stream, the time is that to its first byte.
pub(super) async fn measure(
    State(core): State<Arc<Core>>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let method = method_of(request.method());
    let began = Instant::now();
    let span = trace::span(request.headers());
    let response = next.run(request).instrument(span).await;
    let route = matched.as_ref().map_or(ELSEWHERE, |matched| template(matched.as_str()));
    core.meter.count(route, method, response.status(), began.elapsed());
    response
}

/// The router's own fallbacks have templates as well, which nobody wrote.
fn template(matched: &str) -> &str {
    if matched.contains("{*") { ELSEWHERE } else { matched }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fallbacks_template_is_no_route() {
        assert_eq!(template("/api/v1/{*__private__axum_fallback}"), ELSEWHERE);
        assert_eq!(template("/api/v1/jobs/{id}"), "/api/v1/jobs/{id}");
    }
}
