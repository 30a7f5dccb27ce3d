//! `/api/v1/audit`: who saw or did what.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};

use super::auth::Operator;
use super::openapi::{Guarded, Malformed};
use super::pages::{Forward, forward};
use super::v1::{Answer, Shared};
use crate::api::Page;
use crate::api::audit::Entry;
use crate::core::said;
use crate::database::audit::{Deed, Noted};

/// `GET /audit?limit&cursor`: newest first. What is noted between two pages makes some come twice.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "audit",
    security(("key" = [])),
    params(Forward),
    responses(
        (status = 200, description = "One page, newest first", body = Page<Entry>),
        Guarded,
        Malformed,
    ),
)]
pub(super) async fn list_audit(
    _: Operator,
    State(core): Shared,
    wish: Result<Query<Forward>, QueryRejection>,
) -> Answer<Page<Entry>> {
    let wish = forward(wish)?;
    let (first, limit) = (wish.cursor.unwrap_or(0).max(0), wish.limit());
    let noted = core.database.list_audit(first, limit).await?;
    let is_full = noted.len() == limit as usize;
    let next_cursor = is_full.then(|| first.saturating_add(limit.into()).to_string());
    Ok(Json(Page {
        items: noted.into_iter().filter_map(entry).collect(),
        next_cursor,
        total: None,
    }))
}

/// `None` if its time is none.
fn entry(noted: Noted) -> Option<Entry> {
    let Noted { at, deed: Deed { by, origin, action, subject } } = noted;
    let by = Some(by).filter(|by| !by.is_empty());
    Some(Entry { at: said::at(at)?, by, origin, action: action.into_owned(), subject })
}
