//! A server that replays a recording of a real panel.
//!
//! ```text
//! recording::Recording ── find() ──▶ Replay ◀── HTTP, two ports ── a core, a test
//!  (what was recorded)               (counts, and what is to be answered differently)
//! ```
//!
//! Start reading at `recording.rs`: which exchange answers a request.
//!
//! Invariants:
//! - An answer is one that was recorded, byte for byte, but for headers that frame it.
//! - A session begins with the recorded login and ends when a test says so; the recorded token
//!   always opens.
//! - Nothing listens outside of loopback, and nothing listens after the last handle is dropped.
//!
//! Deliberately absent: links that name our ports (they stand as they were recorded), TLS, gzip.

mod recording;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::recording::{Asked, Exchange};
pub use self::recording::{Port, Recording};

/// A recording being replayed. Clones are handles on the same one.
#[derive(Clone)]
pub struct Replay {
    shared: Arc<Shared>,
    panel: SocketAddr,
    subscription: SocketAddr,
    _stop: Arc<DropGuard>,
}

struct Shared {
    recording: Recording,
    state: Mutex<Now>,
}

/// What changes while it is replayed.
#[derive(Default)]
struct Now {
    /// How often each exchange answered, by name.
    answered: HashMap<String, u64>,
    /// Names in the order in which they answered.
    order: Vec<String>,
    /// What answers instead of an exchange, and how often still.
    instead: HashMap<String, (String, u64)>,
    /// The host that a port insists on.
    hosts: HashMap<Port, String>,
    has_session: bool,
}

impl Replay {
    /// Replays `recording`, the text of a file in `tests/fixtures/panels/`, on two free ports.
    ///
    /// # Errors
    ///
    /// If the text is no recording, or the system has no port to give.
    pub async fn start(recording: &str) -> io::Result<Self> {
        let recording = Recording::parse(recording).map_err(io::Error::other)?;
        let shared = Arc::new(Shared { recording, state: Mutex::default() });
        let stop = CancellationToken::new();
        let panel = serve(&shared, Port::Panel, &stop).await?;
        let subscription = serve(&shared, Port::Subscription, &stop).await?;
        Ok(Self { shared, panel, subscription, _stop: Arc::new(stop.drop_guard()) })
    }

    /// `http://127.0.0.1:PORT/base`: the bot's `panel_url`.
    #[must_use]
    pub fn panel_url(&self) -> String {
        format!("http://{}{}", self.panel, self.shared.recording.base_path)
    }

    /// `http://127.0.0.1:PORT`: the bot's `subscription_base_url`.
    #[must_use]
    pub fn subscription_base_url(&self) -> String {
        format!("http://{}", self.subscription)
    }

    /// What is replayed: its customers, its token.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.shared.recording
    }

    /// How often the exchange `name` answered.
    #[must_use]
    pub fn answered(&self, name: &str) -> u64 {
        self.now().answered.get(name).copied().unwrap_or(0)
    }

    /// How many requests came to either port.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.now().order.len()
    }

    /// The names of the exchanges that answered, in their order.
    #[must_use]
    pub fn order(&self) -> Vec<String> {
        self.now().order.clone()
    }

    /// Counts from zero again.
    pub fn reset_counts(&self) {
        let mut now = self.now();
        now.answered.clear();
        now.order.clear();
    }

    /// The next `times` requests that `name` would answer are answered by `instead`.
    pub fn answer_instead(&self, name: &str, instead: &str, times: u64) {
        self.now().instead.insert(name.to_owned(), (instead.to_owned(), times));
    }

    /// Forgets the session: its cookie opens nothing until the next login.
    pub fn end_session(&self) {
        self.now().has_session = false;
    }

    /// From now on `port` answers 403 to every other host, as `webDomain` and `subDomain` do.
    pub fn insist_on_host(&self, port: Port, host: &str) {
        self.now().hosts.insert(port, host.to_owned());
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.shared.now()
    }
}

impl Shared {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchange that answers, counted.
    fn choose(&self, asked: &Asked<'_>) -> &Exchange {
        let mut now = self.now();
        let refused = now.hosts.get(&asked.port).filter(|host| **host != asked.host());
        let mut chosen = match refused {
            Some(_) => self.recording.wrong_host(asked.port),
            None => self
                .recording
                .find(asked, now.has_session, |name| now.answered.get(name).copied().unwrap_or(0)),
        };
        if let Some((instead, left)) = now.instead.get_mut(&chosen.name).filter(|(_, n)| *n > 0) {
            *left -= 1;
            chosen = self.recording.named(instead).unwrap_or(chosen);
        }
        now.has_session |= self.recording.begins_session(chosen);
        *now.answered.entry(chosen.name.clone()).or_default() += 1;
        now.order.push(chosen.name.clone());
        chosen
    }
}

#[derive(Clone)]
struct Site {
    shared: Arc<Shared>,
    port: Port,
}

async fn serve(
    shared: &Arc<Shared>,
    port: Port,
    stop: &CancellationToken,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router =
        Router::new().fallback(answer).with_state(Site { shared: Arc::clone(shared), port });
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    });
    Ok(address)
}

async fn answer(
    State(site): State<Site>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let body = String::from_utf8_lossy(&body);
    let asked =
        Asked { port: site.port, method: method.as_str(), target, headers: &headers, body: &body };
    let exchange = site.shared.choose(&asked);
    let status = StatusCode::from_u16(exchange.response.status);
    let mut response = exchange.response.body.clone().into_response();
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().remove("content-type");
    for (name, value) in &exchange.response.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = include_str!("../../../tests/fixtures/panels/3x-ui-3.6.0.json");
    const OLD: &str = include_str!("../../../tests/fixtures/panels/3x-ui-2.6.7.json");

    #[tokio::test]
    async fn a_session_opens_the_list_until_it_ends() {
        let replay = Replay::start(NEW).await.unwrap();
        let list = format!("{}/panel/api/inbounds/list", replay.panel_url());
        let client = reqwest::Client::new();
        let status = async |cookie: &str| {
            client.get(&list).header("cookie", cookie).send().await.unwrap().status()
        };
        let cookie = replay.recording().session_cookie().unwrap().to_owned();
        assert_eq!(status(&cookie).await, 404, "nobody has logged in yet");
        let csrf = replay.recording().named("login").unwrap();
        let header = |name: &str| csrf.request.headers[name].clone();
        let login = client
            .post(format!("{}/login", replay.panel_url()))
            .header("x-csrf-token", header("X-CSRF-Token"))
            .header("cookie", header("Cookie"))
            .form(&[("username", "admin"), ("password", "adminpass")]);
        assert!(login.send().await.unwrap().text().await.unwrap().contains("\"success\":true"));
        assert_eq!(status(&cookie).await, 200);
        replay.end_session();
        assert_eq!(status(&cookie).await, 404);
        assert_eq!(
            replay.order(),
            ["list-without-session", "login", "list", "list-without-session"]
        );
    }

    #[tokio::test]
    async fn what_was_not_recorded_is_answered_as_that_panel_does() {
        let replay = Replay::start(OLD).await.unwrap();
        let get = async |url: String| {
            let response = reqwest::get(url).await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        let base = replay.subscription_base_url();
        assert_eq!(get(format!("{base}/s/nobody")).await, (400, "Error!".to_owned()));
        assert_eq!(get(format!("{}/nothing", replay.panel_url())).await, (200, String::new()));
        replay.insist_on_host(Port::Subscription, "sub.example.com");
        assert_eq!(get(format!("{base}/s/nobody")).await, (403, String::new()));
        replay.answer_instead("csrf-token", "panel-wrong-host", 1);
        let csrf = format!("{}/csrf-token", replay.panel_url());
        assert_eq!(get(csrf.clone()).await.0, 403);
        assert_eq!(get(csrf).await.0, 200);
    }
}
