//! One question to a panel over HTTP, and what kind of answer came.
//!
//! Invariants: a body is read up to its limit and no further; no error holds an address (it ends
//! in a subscription id).

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode};

use crate::domain::reason::{PanelFailure, Unreachable};
use crate::domain::slice::Headers;
use crate::domain::subscription::Subscription;

/// Largest body that is read.
///
/// A purchase with 200 links of 1 KB is a tenth of this, even in Base64.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// Wait after a 429 that names no time.
const BUSY_DEFAULT: Duration = Duration::from_secs(1);

/// Header names that subscribers' apps read, in lower case.
///
/// `profile-web-page-url` is not among them: it names the panel and its subscription id.
///
/// # Source
///
/// Fact C14.
const PASSED_ON: &[&str] = &[
    "subscription-userinfo",
    "profile-title",
    "profile-update-interval",
    "support-url",
    "announce",
    "routing-enable",
    "routing",
    "hide-settings",
];

/// What may stand in a path segment as it is: unreserved characters.
///
/// # Source
///
/// RFC 3986, 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a panel gave.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) subscription: Subscription,
    pub(crate) headers: Headers,
}

/// `base`, `prefix` and the id, with exactly one slash between.
///
/// # Source
///
/// Fact C6; only that the id is percent-encoded is ours.
pub(crate) fn address(base: &str, prefix: &str, sub_id: &str) -> String {
    let base = base.trim_end_matches('/');
    let prefix = prefix.trim_matches('/');
    let id = utf8_percent_encode(sub_id, SEGMENT);
    if prefix.is_empty() { format!("{base}/{id}") } else { format!("{base}/{prefix}/{id}") }
}

/// Reads the subscription at `url`.
pub(crate) async fn subscription(client: &Client, url: &str) -> Result<Fetched, PanelFailure> {
    // Neutral on purpose: a browser's Accept gets a page, an app's agent another format (C14).
    let request = client
        .get(url)
        .header(ACCEPT, "*/*")
        .header(USER_AGENT, concat!("alamor/", env!("CARGO_PKG_VERSION")));
    let response = request.send().await.map_err(|error| classify(&error))?;
    check_status(&response)?;
    let is_json = is_json(response.headers());
    let headers = passed_on(response.headers(), url);
    let body = read_body(response).await?;
    let subscription =
        Subscription::parse(&body, is_json).map_err(|not| PanelFailure::NotASubscription(not.0))?;
    Ok(Fetched { subscription, headers })
}

fn check_status(response: &Response) -> Result<(), PanelFailure> {
    match response.status() {
        status if status.is_success() => Ok(()),
        // 400 before 3.1, 404 since: "I have no such subscription", or no links for it (C14).
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Err(PanelFailure::UnknownSubscription),
        StatusCode::TOO_MANY_REQUESTS => Err(PanelFailure::Busy(retry_after(response.headers()))),
        StatusCode::SERVICE_UNAVAILABLE if response.headers().contains_key(RETRY_AFTER) => {
            Err(PanelFailure::Busy(retry_after(response.headers())))
        }
        status @ (StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT) => {
            Err(PanelFailure::Unreachable(Unreachable::Gateway(status.as_u16())))
        }
        status => Err(PanelFailure::Status(status.as_u16())),
    }
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(BUSY_DEFAULT, Duration::from_secs)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.contains("application/json")
}

fn passed_on(headers: &HeaderMap, url: &str) -> Headers {
    let wanted = PASSED_ON.iter().filter_map(|&name| {
        let value = headers.get(name)?.to_str().ok()?;
        // Alireza's title is the panel's own subscription id.
        let is_id = name == "profile-title" && !value.is_empty() && url.ends_with(value);
        (!value.is_empty() && !is_id).then(|| (name.to_owned(), value.to_owned()))
    });
    wanted.collect()
}

async fn read_body(mut response: Response) -> Result<String, PanelFailure> {
    if response.content_length().is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(PanelFailure::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(PanelFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Which reaction an error of the HTTP client asks for.
fn classify(error: &reqwest::Error) -> PanelFailure {
    if error.is_builder() {
        // What the bot stored is no address.
        return PanelFailure::Unusable;
    }
    if error.is_redirect() {
        // A loop: it answers, and makes no sense.
        return PanelFailure::Status(error.status().map_or(310, |status| status.as_u16()));
    }
    if error.is_timeout() {
        return PanelFailure::Unreachable(Unreachable::Timeout);
    }
    let how = match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => Unreachable::Refused,
        Some(io::ErrorKind::TimedOut) => Unreachable::Timeout,
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            Unreachable::NoRoute
        }
        // rustls' errors travel as this kind.
        Some(io::ErrorKind::InvalidData) => Unreachable::Tls,
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => Unreachable::Cut,
        // What is left of connecting is finding the address.
        _ if error.is_connect() => Unreachable::Dns,
        _ => Unreachable::Cut,
    };
    PanelFailure::Unreachable(how)
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // An io::Error may wrap another one, which says more.
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
            return Some(inner.map_or(error.kind(), io::Error::kind));
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_slash_between_its_parts() {
        assert_eq!(address("http://h/p2/", "/s/", "b64"), "http://h/p2/s/b64");
        assert_eq!(address("http://h", "", "b64"), "http://h/b64");
        assert_eq!(address("http://h//", "a/b", "x y/z"), "http://h/a/b/x%20y%2Fz");
    }
}
