//! The requests: one method a route of `/api/v1`; those about jobs stand in `jobs.rs`.
//!
//! ```text
//! send() ─▶ an answer ─▶ 2xx with the expected JSON   ─▶ the value
//!           │            a problem document with a code ─▶ Unauthorized, KeyNotSet, JobRunning, Refused
//!           │            502, 503, 504 of a proxy       ─▶ NotReached
//!           │            anything else                  ─▶ NotOurs
//!           none ─────────────────────────────────────────▶ NotReached
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{ClientError, NameUnknown, NotReached};
use crate::api::Page;
use crate::api::audit::Entry;
use crate::api::checks::Check;
use crate::api::health::Health;
use crate::api::logs::{Level, LogLevel, SetLogLevel};
use crate::api::panels::Panel;
use crate::api::problem::Problem;
use crate::api::purchases::{Purchase, PurchaseDetails};

/// A core on loopback answers a connection at once; over a bad line three round trips fit in it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest wait for a whole answer. A page of purchases takes the core about 20 ms.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for a ladder: a core ends each within 30 s.
const LADDER_TIMEOUT: Duration = Duration::from_secs(40);

/// What a core calls itself in [`Health::service`].
pub(super) const SERVICE: &str = "alamor";

/// A connection to one core: its address and our key. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    pub(super) http: reqwest::Client,
    pub(super) base: Url,
    /// Who asks, for the core's audit.
    by: Option<HeaderValue>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// Which page of a list: of [`Client::list_jobs`] and [`Client::list_audit`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PageQuery {
    /// At most this many entries, 500 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// [`Page::next_cursor`] of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The query of [`Client::list_purchases`]; what is empty is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PurchasesQuery {
    /// At most this many entries, 500 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// [`Page::next_cursor`] of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many rows to leave out before the page; not together with a cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// States, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Panel names, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// The name of a profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// A customer's Telegram id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How the last update ended, with commas between; `none` where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Only links at least this old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_age_ms: Option<u64>,
    /// Only links at most this old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_ms: Option<u64>,
    /// Free text over id, user and panel names; each word must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// `age`, `-age`, `id`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

impl Client {
    /// A client for the core at `core_url` (`http://127.0.0.1:8080`).
    ///
    /// Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ClientError::BadSettings`] if the address is none, or the key cannot stand in a header.
    pub fn new(core_url: &str, key: Option<SecretString>) -> Result<Self, ClientError> {
        let base = parse_base(core_url)?;
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
                .map_err(|_| ClientError::BadSettings {
                    what: "ADMIN_API_KEY holds characters that no HTTP header can carry: \
                           make a new one with `alamor key new`"
                        .to_owned(),
                })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(headers)
            .dns_resolver(Arc::new(SystemNames))
            .user_agent(concat!("alamor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| ClientError::BadSettings {
                what: "TLS cannot be used on this machine: its root certificates are not readable"
                    .to_owned(),
            })?;
        Ok(Self { http, base, by: None })
    }

    /// The same client, with a name for the core's audit. A name that no header can carry is left
    /// out.
    #[must_use]
    pub fn named(self, by: &str) -> Self {
        Self { by: HeaderValue::from_str(by).ok(), ..self }
    }

    /// The core's address as it may be shown: without user and password.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = self.base.clone();
        // Both fail only for addresses that have no host, and `parse_base` refuses those.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// `GET /api/v1/health`.
    ///
    /// # Errors
    ///
    /// As every method here: see [`ClientError`]. Also when another service answers.
    pub async fn get_health(&self) -> Result<Health, ClientError> {
        let health: Health = self.ask(self.request(Method::GET, &["health"])).await?;
        if health.service == SERVICE {
            return Ok(health);
        }
        Err(self.not_ours(format!("as the service {:?}", health.service)))
    }

    /// `GET /api/v1/purchases`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_purchases(
        &self,
        query: &PurchasesQuery,
    ) -> Result<Page<Purchase>, ClientError> {
        self.ask(self.request(Method::GET, &["purchases"]).query(query)).await
    }

    /// `GET /api/v1/purchases/{id}`; `reveal` shows the subscription id, and is audited.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn get_purchase(
        &self,
        id: i64,
        reveal: bool,
    ) -> Result<PurchaseDetails, ClientError> {
        let request = self.request(Method::GET, &["purchases", &id.to_string()]);
        self.ask(if reveal { request.query(&[("reveal", "1")]) } else { request }).await
    }

    /// `GET /api/v1/checks`: every check, with its evidence.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_checks(&self) -> Result<Page<Check>, ClientError> {
        self.ask(self.request(Method::GET, &["checks"])).await
    }

    /// `GET /api/v1/audit`: who saw or did what, newest first.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_audit(&self, query: &PageQuery) -> Result<Page<Entry>, ClientError> {
        self.ask(self.request(Method::GET, &["audit"]).query(query)).await
    }

    /// `GET /api/v1/panels`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_panels(&self) -> Result<Page<Panel>, ClientError> {
        self.ask(self.request(Method::GET, &["panels"])).await
    }

    /// `GET /api/v1/panels/{name}`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn get_panel(&self, name: &str) -> Result<Panel, ClientError> {
        self.ask(self.request(Method::GET, &["panels", name])).await
    }

    /// `POST /api/v1/panels/{name}/probe`: the ladder to it, which takes up to half a minute.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn probe_panel(&self, name: &str) -> Result<Vec<Check>, ClientError> {
        let request = self.request(Method::POST, &["panels", name, "probe"]);
        let page: Page<Check> = self.ask_within(request, LADDER_TIMEOUT).await?;
        Ok(page.items)
    }

    /// `POST /api/v1/panels/{name}/retry`: a refused password may be tried again; audited.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn retry_login(&self, name: &str) -> Result<Panel, ClientError> {
        self.ask(self.request(Method::POST, &["panels", name, "retry"])).await
    }

    /// Makes the core log more or less; returns what it does now.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn set_log_level(&self, level: Option<Level>) -> Result<LogLevel, ClientError> {
        self.ask(self.request(Method::PUT, &["log-level"]).json(&SetLogLevel { level })).await
    }

    pub(super) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        let request = self.http.request(method, url);
        match &self.by {
            Some(by) => request.header("x-alamor-by", by),
            None => request,
        }
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, ClientError> {
        self.ask_within(request, REQUEST_TIMEOUT).await
    }

    async fn ask_within<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        patience: Duration,
    ) -> Result<T, ClientError> {
        let request = request.timeout(patience);
        let answer = request.send().await.map_err(|error| self.not_reached(&error))?;
        if !answer.status().is_success() {
            return Err(self.read_refusal(answer).await);
        }
        let what = describe(&answer);
        let body = answer.bytes().await.map_err(|error| self.not_reached(&error))?;
        serde_json::from_slice(&body).map_err(|_| self.not_ours(what))
    }

    /// What an answer that is no success means.
    pub(super) async fn read_refusal(&self, answer: Response) -> ClientError {
        let status = answer.status().as_u16();
        let what = describe(&answer);
        let body = answer.bytes().await.unwrap_or_default();
        let url = self.url();
        match (serde_json::from_slice::<Problem>(&body), status) {
            (Ok(problem), _) => read_problem(problem, url),
            (Err(_), 401) => ClientError::Unauthorized { url },
            (Err(_), 502..=504) => {
                ClientError::NotReached { url, cause: NotReached::Gateway(status) }
            }
            (Err(_), _) => ClientError::NotOurs { url, what },
        }
    }

    pub(super) fn not_reached(&self, error: &reqwest::Error) -> ClientError {
        self.lost(NotReached::read(error))
    }

    pub(super) fn lost(&self, cause: NotReached) -> ClientError {
        ClientError::NotReached { url: self.url(), cause }
    }

    pub(super) fn not_ours(&self, what: String) -> ClientError {
        ClientError::NotOurs { url: self.url(), what }
    }
}

/// Names as the system resolves them, with an error that can be told by its type.
struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses: Vec<_> = found.map_err(|_| NameUnknown)?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn parse_base(core_url: &str) -> Result<Url, ClientError> {
    let wrong = |why: &str| ClientError::BadSettings {
        what: format!("CORE_URL {why}: write it like http://127.0.0.1:8080"),
    };
    let url = Url::parse(core_url.trim()).map_err(|_| wrong("is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("must begin with http:// or https://"));
    }
    Ok(url)
}

fn read_problem(problem: Problem, url: String) -> ClientError {
    match (problem.code.as_str(), problem.job) {
        ("unauthorized", _) => ClientError::Unauthorized { url },
        ("key_not_set", _) => ClientError::KeyNotSet { url },
        ("job_running", Some(job)) => ClientError::JobRunning { job },
        _ => ClientError::Refused(problem),
    }
}

/// `404 with text/html`: what answered, for people.
pub(super) fn describe(answer: &Response) -> String {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or("no content type");
    // The header is somebody else's text on its way to a terminal.
    let kind: String = kind.chars().filter(|char| !char.is_control()).take(40).collect();
    format!("{} with {kind}", answer.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused_and_not_repeated() {
        for wrong in ["", "127.0.0.1:8080", "ftp://core", "http://user:secret@"] {
            let error = Client::new(wrong, None).unwrap_err();
            assert!(matches!(error, ClientError::BadSettings { .. }), "{wrong}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn neither_key_nor_password_is_printed() {
        let key = Some(SecretString::from("key-of-the-operator"));
        let client = Client::new("http://ali:password@127.0.0.1:8080/", key).unwrap();
        assert_eq!(format!("{client:?}"), r#"Client { url: "http://127.0.0.1:8080", .. }"#);
        let unusable = Client::new("http://core", Some(SecretString::from("a\nb"))).unwrap_err();
        assert!(!unusable.to_string().contains('\n'));
    }

    #[test]
    fn a_core_below_a_path_is_asked_there() {
        let client = Client::new("https://vpn.example/alamor/", None).unwrap();
        let request = client.request(Method::GET, &["purchases", "7"]).build().unwrap();
        assert_eq!(request.url().as_str(), "https://vpn.example/alamor/api/v1/purchases/7");
    }

    #[test]
    fn a_name_of_a_panel_may_hold_anything() {
        let client = Client::new("http://core", None).unwrap();
        let request = client.request(Method::GET, &["panels", "آلمان 1/2?#"]).build().unwrap();
        let path = "/api/v1/panels/%D8%A2%D9%84%D9%85%D8%A7%D9%86%201%2F2%3F%23";
        assert_eq!(request.url().path(), path);
    }
}
