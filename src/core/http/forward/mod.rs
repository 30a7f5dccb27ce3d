//! What is the old server's goes to the old server: the payment callback, and what else is named.
//!
//! ```text
//! no route of ours ─▶ its one spelling ─▶ of the old server? ─▶ LEGACY_UPSTREAM ─▶ its answer
//!                          └ none: 404          └ no: 404          └ not reached: 502, 504
//! ```
//!
//! Invariants:
//! - Nothing under `/admin`, `/sub` or `/api` goes there, however it is spelled.
//! - A request is sent once: a payment must not be booked twice.
//! - A callback that was begun is ended, also when the customer's browser leaves.
//! - A callback that did not arrive is told: in the log, by the check `payments`, to the one who asked.

mod headers;
mod path;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::RequestExt as _;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt as _;
use reqwest::redirect::Policy;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Url;

use super::peer::Peer;
use crate::config::legacy::{LegacySettings, is_ours};
use crate::core::Core;

/// The one path on which money is confirmed.
const CALLBACK: &str = "/zarinpal/verify";

/// Nothing but this machine or a neighbour stands there.
const CONNECT: Duration = Duration::from_secs(3);

/// How long the old server may be silent: it asks the gateway for 20 s, and then panels.
const SILENCE: Duration = Duration::from_secs(90);

/// How long the whole may take, a large answer to a slow customer included.
const WHOLE: Duration = Duration::from_mins(5);

/// How many requests the old server gets at once: it starts a thread for each.
const AT_ONCE: usize = 32;

/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// The way to the old server.
#[derive(Debug)]
pub(crate) struct OldServer {
    /// Made at first use; `None` if it cannot be made.
    client: OnceLock<Option<reqwest::Client>>,
    turns: Arc<Semaphore>,
    was_told: AtomicBool,
}

impl Default for OldServer {
    fn default() -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { client: OnceLock::new(), turns, was_told: AtomicBool::new(false) }
    }
}

/// Why a request did not arrive, or no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Lost {
    #[error("LEGACY_UPSTREAM is not set")]
    NoUpstream,
    #[error("it came back: LEGACY_UPSTREAM leads to alamor itself")]
    Circle,
    #[error("the old server had {AT_ONCE} requests to answer already")]
    Crowded,
    #[error("the old server does not take connections")]
    NotReached,
    #[error("the old server did not answer in time")]
    TimedOut,
    #[error("the connection to the old server broke off")]
    Cut,
}

impl Lost {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::NotReached
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Cut
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NoUpstream | Self::NotReached | Self::Cut => StatusCode::BAD_GATEWAY,
            Self::Circle => StatusCode::LOOP_DETECTED,
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// Every path that has no route: 404, or the old server's answer.
pub(super) async fn pass(
    State(core): State<Arc<Core>>,
    peer: Option<Peer>,
    request: Request,
) -> Response {
    let settings = core.settings();
    let legacy = &settings.legacy;
    let Some(path) = path::canonical(request.uri().path()).filter(|path| is_its(legacy, path))
    else {
        return not_found();
    };
    let is_callback = path.trim_end_matches('/') == CALLBACK;
    let authority = authority(request.uri().query()).map(str::to_owned);
    let Some(upstream) = &legacy.upstream else {
        return without_upstream(&core, is_callback, authority.as_deref());
    };
    let mut url = upstream.clone();
    url.set_path(&path);
    url.set_query(request.uri().query());
    match send(&core, peer, request, url).await {
        Ok(answer) => {
            match answer.status().as_u16() {
                // Said by whoever stands between: the old server says none of these.
                status @ (502..=504 | 508) if is_callback => {
                    note_lost(&core, &format!("{upstream} answers {status}"), authority.as_deref());
                }
                _ if is_callback => core.payments.passed(),
                _ => {}
            }
            answer
        }
        Err(lost) if is_callback => lose(&core, lost, authority.as_deref()),
        Err(lost) => {
            tracing::warn!(why = %lost, "A request for the old server was not answered by it");
            (lost.status(), "The server behind this one is not reached.").into_response()
        }
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "Not found").into_response()
}

fn is_its(legacy: &LegacySettings, path: &str) -> bool {
    !is_ours(path) && legacy.paths.iter().any(|its| its.holds(path))
}

/// A gateway's number of a payment, if it is one that a log can show: an operator books it by hand.
fn authority(query: Option<&str>) -> Option<&str> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == "Authority").map(|(_, value)| value);
    let is_plain = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|each| each.is_ascii_alphanumeric())
    };
    found.next().filter(is_plain)
}

fn without_upstream(core: &Core, is_callback: bool, authority: Option<&str>) -> Response {
    if is_callback {
        return lose(core, Lost::NoUpstream, authority);
    }
    if !core.old_server.was_told.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            "Somebody asks for what is the old server's, and LEGACY_UPSTREAM is not set: 404. This is told once"
        );
    }
    not_found()
}

fn note_lost(core: &Core, why: &str, authority: Option<&str>) {
    tracing::error!(why, authority, "A payment callback did not reach the old server");
    core.payments.lost(why.to_owned());
}

fn lose(core: &Core, lost: Lost, authority: Option<&str>) -> Response {
    note_lost(core, &lost.to_string(), authority);
    let body = "The payment service is not reached. If money was taken, write to the seller.";
    (lost.status(), body).into_response()
}

/// Sends a request on, body and all; the answer comes as it arrives.
async fn send(
    core: &Core,
    peer: Option<Peer>,
    request: Request,
    url: Url,
) -> Result<Response, Lost> {
    let us = format!("alamor-{}", core.hub.instance());
    if headers::is_ours(request.headers(), &us) {
        return Err(Lost::Circle);
    }
    let client = core.old_server.client.get_or_init(client).clone().ok_or(Lost::NotReached)?;
    let turn = timeout(TURN, Arc::clone(&core.old_server.turns).acquire_owned()).await;
    // The semaphore is never closed.
    let turn = turn.map_err(|_| Lost::Crowded)?.map_err(|_| Lost::Crowded)?;
    let method = request.method().clone();
    let has_body = has_body(&request);
    let line = request.extensions().get().copied();
    let (parts, body) = request.with_limited_body().into_parts();
    let mut onward = client.request(method, url);
    onward = onward.headers(headers::of_request(parts.headers, peer, line, &us));
    if has_body {
        onward = onward.body(reqwest::Body::wrap_stream(body.into_data_stream()));
    }
    // In a task of its own: who leaves takes nothing with them.
    let sent = tokio::spawn(onward.send()).await;
    let answer = sent.map_err(|_| Lost::Cut)?.map_err(|error| Lost::of(&error))?;
    let mut response = Response::new(());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    headers::end_to_end(response.headers_mut());
    // The turn ends with the answer's last byte.
    let bytes = answer.bytes_stream().map_err(io::Error::other).inspect_ok(move |_| {
        let _ = &turn;
    });
    Ok(response.map(|()| Body::from_stream(bytes)))
}

/// Whether a request has a body; one without must not become one with an empty one.
fn has_body(request: &Request) -> bool {
    use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
    let headers = request.headers();
    // HTTP/2 need not say how long a body is, nor that there is one.
    let may_come = request.version() == Version::HTTP_2
        && [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
    may_come || headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

/// No proxy, no redirect, nothing unpacked; a connection for each request, so that none is sent twice.
fn client() -> Option<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .http1_only()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .timeout(WHOLE);
    let built = builder.build();
    built.inspect_err(|error| tracing::error!(%error, "Nothing can be passed on")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_payment_is_shown_only_if_it_is_one() {
        assert_eq!(authority(Some("Status=OK&Authority=A0001")), Some("A0001"));
        for query in ["Authority=", "Authority=a%0ab", "authority=A1", "Status=OK"] {
            assert_eq!(authority(Some(query)), None, "{query}");
        }
        assert_eq!(authority(Some(&format!("Authority={}", "a".repeat(65)))), None);
        assert_eq!(authority(None), None);
    }
}
