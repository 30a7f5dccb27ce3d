//! The key that opens the admin API, or the one before it.
//!
//! Invariants:
//! - The right key is never refused, whatever was presented before it.
//! - Both keys are compared, each in a time that does not depend on it.
//! - Who presents wrong ones too often is told so, by its address; this machine never: an nginx that
//!   does not say for whom it asks would lock out the bot.
//!
//! # Source
//!
//! Fact C1, rows 1 to 3: header, then settings, then comparison.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::peer::Asker;
use super::problem::ApiError;
use super::refused::Refused;
use super::tally::Tally;
use crate::config::Settings;
use crate::core::Core;

/// How many wrong keys an address may present in a minute: more than somebody types.
const WRONG_KEYS: u32 = 20;

/// What is remembered of keys that were presented.
#[derive(Debug)]
pub(crate) struct Presented {
    wrong: Tally<IpAddr>,
    /// How often the use of the key before is told.
    previous: DefaultDirectRateLimiter,
}

impl Default for Presented {
    fn default() -> Self {
        let hourly = Quota::per_hour(NonZeroU32::MIN);
        Self { wrong: Tally::new(WRONG_KEYS), previous: RateLimiter::direct(hourly) }
    }
}

/// Somebody who has the key, on the bot's routes: a refusal is the old server's plain text.
#[derive(Debug)]
pub(super) struct Bot;

/// Somebody who has the key, on our routes: a refusal is a problem document.
#[derive(Debug)]
pub(super) struct Operator;

impl FromRequestParts<Arc<Core>> for Bot {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Response> {
        check(parts, core).map_err(IntoResponse::into_response)?;
        Ok(Self)
    }
}

impl FromRequestParts<Arc<Core>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, ApiError> {
        check(parts, core).map_err(ApiError::Refused)?;
        Ok(Self)
    }
}

/// Whether the request has the key.
pub(super) fn check(parts: &Parts, core: &Core) -> Result<(), Refused> {
    let presented = presented(&parts.headers).ok_or(Refused::NoKey)?;
    match judge(presented, &core.settings()) {
        Verdict::NotSet => Err(Refused::NotSet),
        Verdict::Right => Ok(()),
        Verdict::Previous => {
            if core.presented.previous.check().is_ok() {
                tracing::info!("ADMIN_API_KEY_PREVIOUS is still in use");
            }
            Ok(())
        }
        Verdict::Wrong => Err(wrong(Asker::of(parts, core), core)),
    }
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// There is none that it could be.
    NotSet,
    Right,
    Previous,
    Wrong,
}

/// Without `ADMIN_API_KEY` nobody gets in, whatever it was before.
fn judge(presented: &str, settings: &Settings) -> Verdict {
    let now = settings.admin_key.opens(presented);
    let before = settings.previous_key.opens(presented);
    match (now, before) {
        (None, _) => Verdict::NotSet,
        (Some(true), _) => Verdict::Right,
        (Some(false), Some(true)) => Verdict::Previous,
        (Some(false), Some(false) | None) => Verdict::Wrong,
    }
}

/// Counts a wrong key.
fn wrong(asker: Asker, core: &Core) -> Refused {
    let Some(network) = asker.network() else { return Refused::WrongKey };
    let counted = core.presented.wrong.count(network).or_tell(|| {
        tracing::warn!(from = %network, "More than {WRONG_KEYS} wrong keys in a minute");
    });
    counted.map_or_else(|wait_s| Refused::LockedOut { wait_s }, |()| Refused::WrongKey)
}

/// The text between the first and the second space of a header that begins with `Bearer `.
fn presented(headers: &HeaderMap) -> Option<&str> {
    // Bytes that are no ASCII are in no key.
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let rest = value.strip_prefix("Bearer ")?;
    Some(rest.split(' ').next().unwrap_or_default())
}
