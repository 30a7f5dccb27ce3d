//! One subscription: its address, its request, and what came.
//!
//! Invariant: no error holds an address (it ends in a subscription id).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode};

use super::exchange::{Heard, Question, ask};
use crate::domain::reason::PanelFailure;
use crate::domain::slice::{Headers, USAGE_HEADER};
use crate::domain::subscription::Subscription;

/// Largest body that is read.
///
/// A purchase with 200 links of 1 KB is a tenth of this, even in Base64.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// Header names that subscribers' apps read, in lower case.
///
/// `profile-web-page-url` is not among them: it names the panel and its subscription id.
///
/// # Source
///
/// Fact C14.
const PASSED_ON: &[&str] = &[
    USAGE_HEADER,
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
pub(crate) async fn read(client: &Client, url: &str) -> Result<Fetched, PanelFailure> {
    let heard = ask(client, &Question::get(url), BODY_LIMIT, None).await?;
    check_status(&heard)?;
    let subscription = Subscription::parse(&heard.text(), heard.is_json())
        .map_err(|not| PanelFailure::NotASubscription(not.0))?;
    Ok(Fetched { subscription, headers: passed_on(&heard.headers, url) })
}

fn check_status(heard: &Heard) -> Result<(), PanelFailure> {
    match heard.status {
        status if status.is_success() => Ok(()),
        // 400 before 3.1, 404 since: "I have no such subscription", or no links for it (C14).
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Err(PanelFailure::UnknownSubscription),
        status => Err(PanelFailure::Status(status.as_u16())),
    }
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
