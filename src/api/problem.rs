//! How `/api/v1` says no: problem documents (RFC 9457) with a stable `code`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every error under `/api/v1`, as `application/problem+json`.
///
/// # Source
///
/// RFC 9457, with `code` and `job` as extension members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong and what to do, in one or two sentences without secrets.
    pub detail: String,
    /// Stable, `snake_case`: `unauthorized`, `key_not_set`, `not_found`, `job_running`, …
    pub code: String,
    /// With `job_running`: the job that is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<i64>,
}
