//! `ALERT_TELEGRAM=yes`: the bot tells its admins.
//!
//! The token stands in the path of every request, so no error here shows an address.
//!
//! # Source
//!
//! Telegram Bot API, "Making requests", `sendMessage` and `ResponseParameters`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Failure, client};
use crate::config::alerts;

pub(super) const NAME: &str = "ALERT_TELEGRAM";

pub(super) const BASE: &str = "https://api.telegram.org";

/// An answer is read up to here.
const MAX_ANSWER: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Telegram {
    http: reqwest::Client,
    base: String,
    token: SecretString,
    admins: Vec<i64>,
}

/// What Telegram answers, whether it worked or not.
#[derive(Deserialize, Default)]
struct Answer {
    ok: bool,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Deserialize, Default)]
struct Parameters {
    /// Seconds, with 429.
    retry_after: Option<u64>,
}

impl Telegram {
    pub(super) fn new(
        settings: alerts::Telegram,
        base: &str,
        answer: Duration,
    ) -> Result<Self, String> {
        let alerts::Telegram { token, admins } = settings;
        let http = client(base.starts_with("http:"), answer)?;
        Ok(Self { http, base: base.to_owned(), token, admins })
    }

    pub(super) fn admins(&self) -> &[i64] {
        &self.admins
    }

    pub(super) async fn send(&self, admin: i64, text: &str) -> Result<String, Failure> {
        let url = format!("{}/bot{}/sendMessage", self.base, self.token.expose_secret());
        let url =
            Url::parse(&url).map_err(|_| Failure::for_good("BOT_TOKEN_ALAMOR is no token"))?;
        let body = json!({ "chat_id": admin, "text": text, "disable_web_page_preview": true });
        let sent = self.http.post(url).json(&body).send().await;
        let mut response = sent.map_err(|error| Failure::of_network(&error))?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while bytes.len() < MAX_ANSWER {
            match response.chunk().await.map_err(|error| Failure::of_network(&error))? {
                Some(chunk) => bytes.extend_from_slice(&chunk),
                None => break,
            }
        }
        judge(status, &bytes)
    }
}

/// What an answer means.
fn judge(status: u16, bytes: &[u8]) -> Result<String, Failure> {
    let answer: Answer = serde_json::from_slice(bytes).unwrap_or_default();
    if answer.ok {
        return Ok(String::new());
    }
    let wait = answer.parameters.retry_after.map(Duration::from_secs);
    Err(Failure { wait, ..Failure::of_status(status, &answer.description) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_telegram_asks_to_wait_is_heard() {
        let answer = br#"{"ok":false,"error_code":429,
            "description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#;
        let failure = judge(429, answer).unwrap_err();
        assert!(failure.may_pass);
        assert_eq!(failure.wait, Some(Duration::from_secs(35)));
        let failure = judge(403, br#"{"ok":false,"description":"Forbidden"}"#).unwrap_err();
        assert_eq!((failure.may_pass, failure.wait), (false, None));
    }
}
