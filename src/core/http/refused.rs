//! Why somebody is not let in, in the old server's words.
//!
//! # Source
//!
//! Fact C1, rows 1 to 3.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// No `Authorization` header that begins with `Bearer `.
    NoKey,
    /// The core has no key, so nobody can have it.
    NotSet,
    /// Another key.
    WrongKey,
    /// Another key, after too many of them from there.
    LockedOut {
        /// How long only the right one is looked at.
        wait_s: u64,
    },
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::NoKey => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::NotSet => (StatusCode::INTERNAL_SERVER_ERROR, "Server configuration error"),
            Self::WrongKey => (StatusCode::UNAUTHORIZED, "Invalid API key"),
            Self::LockedOut { wait_s } => {
                let wait = [(RETRY_AFTER, HeaderValue::from(wait_s))];
                return (StatusCode::TOO_MANY_REQUESTS, wait, "Too many wrong keys")
                    .into_response();
            }
        };
        (status, body).into_response()
    }
}
