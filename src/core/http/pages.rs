//! Lists that are only ever read forward.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::ApiError;
use super::query;

/// One page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Forward {
    /// Entries a page, at most 500.
    limit: Option<usize>,
    /// Where the last page ended.
    pub(super) cursor: Option<i64>,
}

impl Forward {
    pub(super) fn limit(&self) -> u32 {
        u32::try_from(query::limit(self.limit)).unwrap_or(u32::MAX)
    }
}

/// The page that is asked for.
pub(super) fn forward(wish: Result<Query<Forward>, QueryRejection>) -> Result<Forward, ApiError> {
    wish.map(|Query(wish)| wish).map_err(|error| ApiError::BadRequest(error.body_text()))
}
