//! `GET /sub/{sub_id}`: what subscribers' apps fetch.
//!
//! ```text
//! known? ─▶ young enough ─────────────────────────▶ from memory
//!    │        └▶ older ─▶ live, at most 3 s ─▶ memory, with its age
//!    └ no ─▶ the database is asked once, at a limited rate ─▶ 404, 429 or 500
//! ```
//!
//! Invariants:
//! - An unknown, an inactive and a guessed id take the same way to the same 404.
//! - With the database away, nobody gets a 404.

mod packing;
mod page;
pub(crate) mod strangers;
mod wish;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HOST, HeaderName, HeaderValue, RETRY_AFTER, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use url::Url;

use self::packing::packed;
use self::page::{POLICY, Shown};
use self::strangers::{count, find, recall};
use self::wish::{Wish, has_already};
use self::words::Words;
use super::peer::Asker;
use crate::core::memory::{Remembered, Unpacked};
use crate::core::update::now;
use crate::core::{Core, said};
use crate::database::error::DbError;
use crate::domain::ids::{PurchaseId, SubId};
use crate::domain::subscription::encode;

/// How long a subscriber waits for a live answer.
///
/// Apps give up after 5 to 10 s; the rest is for a bad link.
const LIVE_WAIT: Duration = Duration::from_secs(3);

/// Shortest time between two live attempts for one purchase: a panel that is down, or does not know
/// it, is not asked at every request.
const PAUSE: Duration = Duration::from_secs(30);

/// Age of the oldest links, in seconds.
const CONFIG_AGE: HeaderName = HeaderName::from_static("x-config-age");

/// Why there is no subscription.
#[derive(Debug)]
pub(super) enum NoSubscription {
    /// No such id, or the bot switched it off.
    Unknown,
    /// Too many ask for ids that nobody knows, or for this one.
    TooMany {
        /// After how many seconds it is worth asking again.
        wait_s: u64,
    },
    /// It has no links yet.
    Empty,
    /// The database is away, and it is not in memory.
    Away,
}

/// Answers with the links of one purchase, or why there are none.
///
/// | status | body                                             | when |
/// |--------|--------------------------------------------------|------|
/// | 200    | links joined by `\n`, in Base64 on one line      | there are links; `X-Config-Age` if it is known |
/// | 200    | a page                                           | the same, for who names `text/html` in `Accept` |
/// | 304    |                                                  | the same as `If-None-Match` names |
/// | 404    | `Subscription not found or is inactive.`         | no active purchase has this id |
/// | 404    | `No configurations found for this subscription.` | it has no links |
/// | 429    | `Too many requests.`                             | too many unknown ids, or too often this one; `Retry-After` |
/// | 500    | `Error processing subscription data.`            | the database is away |
///
/// # Source
///
/// Fact C3.
#[utoipa::path(
    get,
    path = "/sub/{sub_id}",
    tag = "subscribers",
    params(
        ("sub_id" = String, Path, description = "The subscription id"),
        ("accept" = Option<String>, Header, description = "Names `text/html`: a page for people"),
        ("accept-encoding" = Option<String>, Header, description = "`br`, `gzip`: packed, where that is smaller"),
        ("if-none-match" = Option<String>, Header, description = "The `ETag` of a list that is there already"),
    ),
    responses(
        (
            status = 200,
            description = "The links joined by line feeds, in Base64 on one line; or a page",
            content((String = "text/plain"), (String = "text/html")),
            headers(
                ("x-config-age" = Option<u64>, description = "Age of the oldest links, in seconds"),
                ("etag" = Option<String>, description = "Changes with the list; a page has none"),
            ),
        ),
        (status = 304, description = "The list is the one that `If-None-Match` names"),
        (status = 404, description = "`Subscription not found or is inactive.`, `No configurations found for this subscription.`", body = String, content_type = "text/plain"),
        (status = 429, description = "`Too many requests.`", body = String, content_type = "text/plain", headers(("retry-after" = u64, description = "In seconds"))),
        (status = 500, description = "`Error processing subscription data.`", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn subscription(
    State(core): State<Arc<Core>>,
    asker: Asker,
    raw_id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, NoSubscription> {
    let raw_id = raw_id.map_err(|_| NoSubscription::Unknown)?.0;
    let sub_id = SubId::new(Some(&raw_id)).ok_or(NoSubscription::Unknown)?;
    let id = match core.catalog.find_active(&sub_id) {
        Some(found) => found,
        None => find(&core, asker, sub_id).await?,
    };
    count(&core, asker, id)?;
    let mut links = remembered(&core, id).await?;
    if is_live_wanted(&core, &links)
        && let Some(live) = refresh(&core, id).await?
    {
        links = live;
    }
    answer(&core, &request, id, &links)
}

/// Both times are those of what is remembered: an attempt whose links are not in memory yet is none
/// to rely on.
fn is_live_wanted(core: &Core, remembered: &Remembered) -> bool {
    let is_younger =
        |then: i64, than: Duration| u128::from(said::age(then, now())) < than.as_millis();
    let max_age = core.settings().sub_max_age;
    let is_fresh = remembered.oldest_at().is_some_and(|at| is_younger(at, max_age));
    let was_tried = remembered.as_of().is_some_and(|at| is_younger(at, PAUSE.min(max_age)));
    !is_fresh && !was_tried
}

/// Fetches live; `None` if that took too long and goes on without us.
async fn refresh(
    core: &Arc<Core>,
    id: PurchaseId,
) -> Result<Option<Arc<Remembered>>, NoSubscription> {
    match timeout(LIVE_WAIT, core.updater.one(id)).await {
        // What was remembered may have been dropped meanwhile: the bot changed the purchase.
        Ok(Ok(_)) => remembered(core, id).await.map(Some),
        // Away, or still on its way: what is in memory is served.
        Ok(Err(_)) | Err(_) => Ok(None),
    }
}

/// What a purchase serves: from memory, else from the database.
async fn remembered(core: &Arc<Core>, id: PurchaseId) -> Result<Arc<Remembered>, NoSubscription> {
    match core.memory.find(id) {
        Some(remembered) => Ok(remembered),
        None => recall(core, id).await,
    }
}

/// The list, the page, or that it is the same as before.
fn answer(
    core: &Core,
    request: &Request,
    id: PurchaseId,
    remembered: &Remembered,
) -> Result<Response, NoSubscription> {
    let unpacked = remembered.unpack();
    if unpacked.links().next().is_none() {
        return Err(NoSubscription::Empty);
    }
    let wish = Wish::of(request.headers());
    let mut headers = HeaderMap::new();
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if let Some(oldest_at) = remembered.oldest_at() {
        headers.insert(CONFIG_AGE, HeaderValue::from(said::age(oldest_at, now()) / 1000));
    }
    for (name, value) in unpacked.headers() {
        // Both came as headers, so both are.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    if wish.page {
        headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
        return Ok(pack(wish, headers, HTML, shown(core, request, id, &unpacked)));
    }
    // Whoever has it asks again before using it: it is a customer's access, and it changes.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let tag = remembered.tag();
    let is_known = has_already(request.headers(), &tag);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok(pack(wish, headers, TEXT, encode(unpacked.links())))
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The page for people.
fn shown(core: &Core, request: &Request, id: PurchaseId, subscription: &Unpacked) -> String {
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let ends_at = core.catalog.rows().find(id).and_then(|row| row.purchase.expires_at);
    let words = Words::choose(accepted.unwrap_or_default());
    let address = address(core, request);
    page::draw(&Shown { words, address: &address, subscription, ends_at })
}

/// The address that was asked for: under the name by which the customer came, since another one may
/// not reach them.
fn address(core: &Core, request: &Request) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let came_by = host.and_then(|host| Url::parse(&format!("https://{host}/")).ok());
    let name = came_by.as_ref().and_then(Url::domain).filter(|name| name.contains('.'));
    let settings = core.settings();
    let name = name.or(settings.domain.as_deref()).map(|name| format!("https://{name}"));
    let here = || format!("http://{}", core.listen);
    name.unwrap_or_else(here) + request.uri().path()
}

/// A body with its kind, packed where that is wished.
fn pack(wish: Wish, mut headers: HeaderMap, kind: HeaderValue, body: String) -> Response {
    headers.insert(CONTENT_TYPE, kind);
    let Some((name, packed)) = wish.packing.and_then(|packing| packed(packing, body.as_bytes()))
    else {
        return (headers, body).into_response();
    };
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    (headers, packed).into_response()
}

impl From<DbError> for NoSubscription {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "A subscription could not be read");
        Self::Away
    }
}

impl IntoResponse for NoSubscription {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => {
                (StatusCode::NOT_FOUND, "Subscription not found or is inactive.").into_response()
            }
            Self::Empty => {
                let body = "No configurations found for this subscription.";
                (StatusCode::NOT_FOUND, body).into_response()
            }
            Self::TooMany { wait_s } => {
                let wait = [(RETRY_AFTER, HeaderValue::from(wait_s))];
                (StatusCode::TOO_MANY_REQUESTS, wait, "Too many requests.").into_response()
            }
            Self::Away => {
                let body = "Error processing subscription data.";
                (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
            }
        }
    }
}
