//! How our own routes say no.
//!
//! Use [`ApiError`] under `/api/v1`; the bot's routes have refusals of their own, in the old
//! server's words.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::refused::Refused;
use crate::api::problem::Problem;
use crate::core::log::level::Fixed;
use crate::core::update::NotStarted;
use crate::database::error::DbError;

/// Why a request under `/api/v1` has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The key is missing, wrong, or not set.
    #[error("refused")]
    Refused(Refused),
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(&'static str),
    /// A parameter or the body makes no sense.
    #[error("{0}")]
    BadRequest(String),
    /// The path is right, the method is not.
    #[error("this path has other methods: look at Allow")]
    MethodNotAllowed,
    /// Another job is in the way.
    #[error(transparent)]
    NotStarted(#[from] NotStarted),
    /// The log is not ours to change.
    #[error(transparent)]
    Log(#[from] Fixed),
    /// The answer could not be put into words: a defect of ours.
    #[error("the answer could not be written; the log says more")]
    Unwritten,
    /// The database is away.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl ApiError {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Refused(Refused::NoKey | Refused::WrongKey) => {
                (StatusCode::UNAUTHORIZED, "unauthorized")
            }
            Self::Refused(Refused::LockedOut { .. }) => {
                (StatusCode::TOO_MANY_REQUESTS, "locked_out")
            }
            Self::Refused(Refused::NotSet) => (StatusCode::INTERNAL_SERVER_ERROR, "key_not_set"),
            Self::NotFound(_) | Self::NotStarted(NotStarted::NoSuchJob) => {
                (StatusCode::NOT_FOUND, "not_found")
            }
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NotStarted(NotStarted::JobRunning(_)) => (StatusCode::CONFLICT, "job_running"),
            Self::NotStarted(NotStarted::Nothing(_)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "nothing_to_update")
            }
            Self::Log(_) => (StatusCode::CONFLICT, "log_fixed"),
            Self::Unwritten => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            // Not 503: that is left to a proxy in front of us.
            Self::Database(_) | Self::NotStarted(NotStarted::Database(_)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "database_away")
            }
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Refused(Refused::NoKey) => {
                "Send the header `Authorization: Bearer …` with ADMIN_API_KEY.".to_owned()
            }
            Self::Refused(Refused::WrongKey) => {
                "The key is not the core's. Compare ADMIN_API_KEY on both sides.".to_owned()
            }
            Self::Refused(Refused::LockedOut { wait_s }) => format!(
                "Too many wrong keys came from your address. The right one opens at once; another is looked at in {wait_s} s."
            ),
            Self::Refused(Refused::NotSet) => {
                "The core has no key. Set ADMIN_API_KEY in its .env file and restart it.".to_owned()
            }
            other => other.to_string(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        if status.is_server_error() {
            tracing::error!(error = %self, code, "A request failed");
        }
        let job = match &self {
            Self::NotStarted(NotStarted::JobRunning(job)) => Some(job.0),
            _ => None,
        };
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: self.detail(),
            code: code.to_owned(),
            job,
        };
        let mut response = (status, Json(problem)).into_response();
        if let Self::Refused(Refused::LockedOut { wait_s }) = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_s));
        }
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}
