//! `ALERT_URL`: the message as JSON, signed.
//!
//! `X-Alamor-Signature: sha256=` and the HMAC-SHA256 of the body's bytes with `ALERT_SECRET`, in
//! hexadecimal. A receiver computes the same over what it got, and compares.

use std::fmt::Write as _;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use url::Url;

use super::{Failure, client};
use crate::config::alerts;

pub(super) const NAME: &str = "ALERT_URL";

const SIGNATURE: &str = "X-Alamor-Signature";

pub(super) struct Webhook {
    http: reqwest::Client,
    url: Url,
    secret: Option<SecretString>,
}

/// Its address may be a secret.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook(…)")
    }
}

impl Webhook {
    pub(super) fn new(settings: alerts::Webhook, answer: Duration) -> Result<Self, String> {
        let alerts::Webhook { url, secret } = settings;
        Ok(Self { http: client(url.scheme() == "http", answer)?, url, secret })
    }

    pub(super) async fn send(&self, json: &str) -> Result<String, Failure> {
        let mut request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(json.to_owned());
        if let Some(secret) = &self.secret {
            request = request.header(SIGNATURE, sign(secret, json));
        }
        let response = request.send().await.map_err(|error| Failure::of_network(&error))?;
        let status = response.status();
        match status.as_u16() {
            200..300 => Ok(format!("it answered {}", status.as_u16())),
            300..400 => {
                Err(Failure::of_status(status.as_u16(), "a redirect, which is not followed"))
            }
            _ => Err(Failure::of_status(status.as_u16(), "")),
        }
    }
}

fn sign(secret: &SecretString, body: &str) -> String {
    let mut hex = "sha256=".to_owned();
    // A key of any length will do.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
        mac.update(body.as_bytes());
        for byte in mac.finalize().into_bytes() {
            let _ = write!(hex, "{byte:02x}");
        }
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    /// # Source
    ///
    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_that_of_the_standard() {
        let signature = sign(&"Jefe".into(), "what do ya want for nothing?");
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature, expected);
    }
}
