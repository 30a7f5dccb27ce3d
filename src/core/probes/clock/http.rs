//! The clock of an HTTP server, by the `Date` of its answer.
//!
//! Over plain HTTP: where the clock is far off, no certificate is valid any more.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use reqwest::header::DATE;
use reqwest::redirect::Policy;

use crate::core::probes::machine::quote::cause;

/// How far our clock is ahead of the one of the server at `url`, in seconds.
///
/// A `Date` has whole seconds, cut off: half of one is added, and half of the way there and back.
///
/// # Errors
///
/// In words: it was not reached, or said no time.
pub(super) async fn ahead(url: &str, within: Duration) -> Result<f64, String> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(within)
        .build()
        .map_err(|error| error.to_string())?;
    let asked = SystemTime::now();
    // The address is the certificate authority's, and no secret; the cause may be longer than a line.
    let answer = client.head(url).send().await;
    let answer = answer.map_err(|error| format!("it was not reached: {}", cause(&error)))?;
    let way = asked.elapsed().unwrap_or_default();
    let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    let date = date.ok_or("its answer has no Date")?;
    let theirs = parse(date).ok_or("its Date cannot be read")?;
    let ours = Timestamp::try_from(asked).map_err(|error| error.to_string())?;
    let ours = ours.as_duration().as_secs_f64() + way.as_secs_f64() / 2.0;
    Ok(ours - (theirs.as_duration().as_secs_f64() + 0.5))
}

/// `Fri, 20 Nov 2026 10:00:00 GMT`.
///
/// # Source
///
/// RFC 9110, 5.6.7: the only form that a server may write.
fn parse(date: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(date).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_http_is_read() {
        let date = parse("Fri, 20 Nov 2026 10:00:00 GMT").unwrap();
        assert_eq!(date.to_string(), "2026-11-20T10:00:00Z");
        assert_eq!(parse("yesterday"), None);
    }
}
