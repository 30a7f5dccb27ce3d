//! The key that opens the admin API.
//!
//! # Source
//!
//! Fact C1, rows 1 to 3: header, then settings, then comparison.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::problem::ApiError;
use super::refused::Refused;
use crate::core::Core;

/// Somebody who has the key, on the bot's routes: a refusal is the old server's plain text.
#[derive(Debug)]
pub(super) struct Bot;

/// Somebody who has the key, on our routes: a refusal is a problem document.
#[derive(Debug)]
pub(super) struct Operator;

impl FromRequestParts<Arc<Core>> for Bot {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Response> {
        check(&parts.headers, core).map_err(IntoResponse::into_response)?;
        Ok(Self)
    }
}

impl FromRequestParts<Arc<Core>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, ApiError> {
        check(&parts.headers, core).map_err(ApiError::Refused)?;
        Ok(Self)
    }
}

/// Whether the request has the key.
pub(super) fn check(headers: &HeaderMap, core: &Core) -> Result<(), Refused> {
    let presented = presented(headers).ok_or(Refused::NoKey)?;
    match core.settings().admin_key.opens(presented) {
        None => Err(Refused::NotSet),
        Some(false) => Err(Refused::WrongKey),
        Some(true) => Ok(()),
    }
}

/// The text between the first and the second space of a header that begins with `Bearer `.
fn presented(headers: &HeaderMap) -> Option<&str> {
    // Bytes that are no ASCII are in no key.
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let rest = value.strip_prefix("Bearer ")?;
    Some(rest.split(' ').next().unwrap_or_default())
}
