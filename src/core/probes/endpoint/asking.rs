//! One question over HTTP, its redirects followed by hand.
//!
//! Invariant: never to another host, never more than a few kilobytes, never longer than a moment.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION, SERVER};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, timeout};
use url::Url;

use super::super::MARK;
use super::super::machine::names::HostName;
use super::super::machine::quote::{cause, quote};

/// How long an answer may take, redirects included: with a slow name server before it a probe stays
/// within its 5 s.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// As many as browsers never follow for a good reason.
const MOST_REDIRECTS: usize = 5;

/// What is read of a body: error pages say who they are at once.
const MOST_BYTES: usize = 4 * 1024;

/// What became of a question.
#[derive(Debug, Clone)]
pub(super) enum Exchange {
    Answered(Answer),
    /// It leads to where it has been, or on and on.
    Loop {
        count: usize,
        answer: Answer,
    },
    /// It leads to another host.
    Elsewhere {
        host: String,
        answer: Answer,
    },
    /// Connected, and then nothing.
    Silent,
    /// No connection, or no TLS.
    NotReached(String),
}

/// An answer, as much of it as is looked at.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// What calls itself the server.
    pub(super) server: String,
    /// The instance of the core, if it was one.
    pub(super) mark: Option<String>,
    pub(super) body: String,
    pub(super) took: Duration,
    /// How many redirects led here.
    pub(super) redirects: usize,
}

impl Exchange {
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Answered(answer) => {
                let Answer { status, server, took, .. } = answer;
                let server = if server.is_empty() { "an unnamed server" } else { server };
                format!("{status} from {server} in {} ms", took.as_millis())
            }
            Self::Loop { count, .. } => format!("redirected {count} times, and no end"),
            Self::Elsewhere { host, .. } => format!("redirected to {host}"),
            Self::Silent => "no answer".to_owned(),
            Self::NotReached(why) => format!("not reached: {why}"),
        }
    }

    /// The answer, also one that leads somewhere.
    pub(super) fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) | Self::Loop { answer, .. } | Self::Elsewhere { answer, .. } => {
                Some(answer)
            }
            Self::Silent | Self::NotReached(_) => None,
        }
    }
}

/// A client for which the name has these addresses.
pub(super) struct Client(reqwest::Client);

impl Client {
    pub(super) fn towards(name: &HostName, addresses: &[IpAddr]) -> reqwest::Result<Self> {
        // Port 0: the one in the question.
        let sockets: Vec<_> = addresses.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .tls_danger_accept_invalid_certs(true)
            .resolve_to_addrs(name.as_str(), &sockets)
            .user_agent(concat!("alamor-check/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// Asks for `address`, and follows redirects to the same host.
    pub(super) async fn get(&self, address: &str) -> Exchange {
        let began = Instant::now();
        let mut connected = false;
        match timeout(PATIENCE, self.follow(address, began, &mut connected)).await {
            Ok(exchange) => exchange,
            Err(_) if connected => Exchange::Silent,
            Err(_) => Exchange::NotReached("no answer".to_owned()),
        }
    }

    async fn follow(&self, address: &str, began: Instant, connected: &mut bool) -> Exchange {
        let Ok(mut url) = Url::parse(address) else {
            return Exchange::NotReached("the address is none".to_owned());
        };
        let mut been = Vec::new();
        loop {
            let response = match self.0.get(url.clone()).send().await {
                Ok(response) => response,
                Err(error) => return Exchange::NotReached(cause(&error)),
            };
            *connected = true;
            let next = next(&url, response.status(), response.headers());
            let answer = read(response, began, been.len()).await;
            let Some(next) = next else { return Exchange::Answered(answer) };
            if next.host_str() != url.host_str() {
                let host = quote(next.host_str().unwrap_or_default());
                return Exchange::Elsewhere { host, answer };
            }
            been.push(url);
            if been.contains(&next) || been.len() > MOST_REDIRECTS {
                return Exchange::Loop { count: been.len(), answer };
            }
            url = next;
        }
    }
}

/// Where a redirect leads.
fn next(from: &Url, status: StatusCode, headers: &HeaderMap) -> Option<Url> {
    if !status.is_redirection() {
        return None;
    }
    let location = headers.get(LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

async fn read(mut response: Response, began: Instant, redirects: usize) -> Answer {
    let text =
        |value: &reqwest::header::HeaderValue| quote(&String::from_utf8_lossy(value.as_bytes()));
    let header = |name: &reqwest::header::HeaderName| response.headers().get(name).map(text);
    let server = header(&SERVER).unwrap_or_default();
    let mark = header(&MARK);
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    // What broke off in the middle is judged by what came.
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk[..chunk.len().min(MOST_BYTES - bytes.len())]);
        if bytes.len() == MOST_BYTES {
            break;
        }
    }
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status, server, mark, body, took: began.elapsed(), redirects }
}
