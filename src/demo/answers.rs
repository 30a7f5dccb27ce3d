//! What a simulated panel answers: the recorded statuses, headers and bodies.
//!
//! | path                     | answer                                                       |
//! |--------------------------|--------------------------------------------------------------|
//! | `/s/{known id}`          | 200, the links in Base64 with the client headers             |
//! | the same, for browsers   | 200, a page (2.8 and later)                                  |
//! | the same, `HEAD`         | 404 before 3.2.5, then the headers                           |
//! | `/s/{unknown id}`        | 400 `Error!`, or 404 without a body (3.1 and later)          |
//! | `/base/`                 | 200, the login page                                          |
//! | elsewhere under `/base/` | 404 without a body; 2.6.7: 200 without a body                |
//! | anywhere else            | 404 `404 page not found`                                     |
//!
//! # Source
//!
//! Recorded answers of five panels; fact C14 of src/ARCHITECTURE.md.
//!
//! Deliberately absent: `?format=info`, the JSON and Clash formats, `subDomain`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use tokio_util::sync::CancellationToken;

use super::behaviour::Behaviour;
use super::client::Client;
use super::links::link_host;
use super::make::Make;
use super::world::World;

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const TITLE: &str = "Alamor Demo";
/// Above the 2 MB that a core reads of one answer.
const HUGE_BYTES: usize = 3_000_000;

/// One run of a panel's server, from listening to refusing.
#[derive(Clone)]
pub(super) struct Run {
    pub world: Arc<World>,
    /// Ends every request that is not answered yet.
    pub stop: CancellationToken,
}

/// What of a request decides the answer.
struct Ask {
    method: Method,
    path: String,
    /// Path and query.
    target: String,
    headers: HeaderMap,
}

/// Answers one request as the panel behaves at the moment.
pub(super) async fn answer(State(run): State<Run>, request: Request) -> Response {
    let ask = Ask::read(&request);
    let _in_flight = run.world.traffic.arrive(&ask.path);
    tokio::select! {
        biased;
        () = run.stop.cancelled() => cut(Bytes::new()),
        response = behave(&run.world, &ask) => response,
    }
}

async fn behave(world: &World, ask: &Ask) -> Response {
    let behaviour = world.behaviour();
    let asked = world.ask(&ask.path);
    pause(world.spec.latency).await;
    match behaviour {
        Behaviour::Refuse => cut(Bytes::new()),
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Slow(more) => {
            pause(more).await;
            respond(world, ask)
        }
        Behaviour::LoginPage => page(world.spec.make),
        Behaviour::JsonError => json_error(),
        Behaviour::Empty => ([(CONTENT_TYPE, PLAIN)], "").into_response(),
        Behaviour::Status { code, retry_after } => bare_status(code, retry_after),
        Behaviour::Garbage => ([(CONTENT_TYPE, PLAIN)], GARBAGE).into_response(),
        Behaviour::Huge => ([(CONTENT_TYPE, PLAIN)], huge_body()).into_response(),
        Behaviour::CutShort => cut_in_half(respond(world, ask)).await,
        Behaviour::Flaky { failures } if asked <= failures => bare_status(500, None),
        Behaviour::Healthy
        | Behaviour::Unknown
        | Behaviour::KnowsHalf
        | Behaviour::Plain
        | Behaviour::Fewer(_)
        | Behaviour::Flaky { .. } => respond(world, ask),
    }
}

/// The timer counts in whole milliseconds: asking it for nothing would take one.
async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// What the real panel answers.
fn respond(world: &World, ask: &Ask) -> Response {
    let spec = &world.spec;
    if let Some(sub_id) = ask.path.strip_prefix(&spec.prefix).filter(|id| !id.is_empty()) {
        return subscription(world, ask, sub_id);
    }
    match ask.path.strip_prefix(&spec.base_path) {
        Some("/") => page(spec.make),
        Some(rest) if rest.starts_with('/') => unknown_page(spec.make),
        _ => not_found(),
    }
}

fn subscription(world: &World, ask: &Ask, sub_id: &str) -> Response {
    let make = world.spec.make;
    if ask.method == Method::HEAD && !make.is_modern() {
        return not_found();
    }
    let Some(client) = world.find(sub_id) else { return unknown_id(make) };
    if make.shows_page() && ask.accepts_html() {
        return page(make);
    }
    let links = world.links(&client, &ask.link_host(make));
    if links.is_empty() {
        return unknown_id(make);
    }
    let text = links.join("\n") + "\n";
    let body = if world.behaviour() == Behaviour::Plain { text } else { STANDARD.encode(text) };
    (client_headers(make, &client, ask), body).into_response()
}

/// The headers that a client program reads.
fn client_headers(make: Make, client: &Client, ask: &Ask) -> HeaderMap {
    let links = u64::try_from(client.links).unwrap_or(u64::MAX);
    let sum = |bytes: u64| bytes.saturating_mul(links);
    let (upload, total) = (client.used_bytes / 4, sum(client.limit_bytes));
    let usage = format!(
        "upload={}; download={}; total={total}; expire={}",
        sum(upload),
        sum(client.used_bytes - upload),
        client.expires_at.map_or(0, Timestamp::as_second),
    );
    let title = match make {
        Make::Alireza1120 => client.sub_id.clone(),
        _ => format!("base64:{}", STANDARD.encode(TITLE)),
    };
    let mut named = vec![
        ("content-type", PLAIN.to_owned()),
        ("profile-title", title),
        ("profile-update-interval", "12".to_owned()),
        ("subscription-userinfo", usage),
    ];
    if make.names_itself() {
        let host = ask.header("host").unwrap_or_default();
        named.push(("profile-web-page-url", format!("http://{host}{}", ask.target)));
    }
    if make.says_routing() {
        named.push(("routing-enable", "true".to_owned()));
    }
    header_map(named)
}

impl Ask {
    fn read(request: &Request) -> Self {
        let uri = request.uri();
        Self {
            method: request.method().clone(),
            path: percent_decode_str(uri.path()).decode_utf8_lossy().into_owned(),
            target: uri.path_and_query().map_or_else(String::new, ToString::to_string),
            headers: request.headers().clone(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn accepts_html(&self) -> bool {
        self.header(ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
            || self.target.contains("html=1")
            || self.target.contains("view=html")
    }

    /// The address in links is that of the request; before 3.2.5 forwarded headers beat it.
    fn link_host(&self, make: Make) -> String {
        let forwarded = ["x-forwarded-host", "x-real-ip"].iter().find_map(|name| self.header(name));
        let host = forwarded.filter(|_| !make.is_modern()).or_else(|| self.header(HOST.as_str()));
        link_host(make, host.unwrap_or_default())
    }
}

fn header_map(named: Vec<(&'static str, String)>) -> HeaderMap {
    let valid =
        |(name, value): (&'static str, String)| Some((name.parse().ok()?, value.parse().ok()?));
    named.into_iter().filter_map(valid).collect()
}

fn unknown_id(make: Make) -> Response {
    if make.is_modern() {
        StatusCode::NOT_FOUND.into_response()
    } else {
        (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, PLAIN)], "Error!").into_response()
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain")], "404 page not found").into_response()
}

/// A web path that the panel does not have.
fn unknown_page(make: Make) -> Response {
    match make {
        Make::ThreeXui267 => ([(CONTENT_TYPE, "text/plain")], "").into_response(),
        _ => (StatusCode::NOT_FOUND, page_headers(make), Body::empty()).into_response(),
    }
}

fn page(make: Make) -> Response {
    let name = make.name();
    let html = format!(
        "<!DOCTYPE html>\n<html><head><title>{name}</title></head><body><form>Sign in</form></body></html>\n"
    );
    let caching =
        make.secures_pages().then_some([(CACHE_CONTROL, "no-cache, no-store, must-revalidate")]);
    let mut response = ([(CONTENT_TYPE, HTML)], page_headers(make), html).into_response();
    response.headers_mut().extend(
        caching
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((Some(name), value.parse().ok()?))),
    );
    response
}

fn page_headers(make: Make) -> HeaderMap {
    if !make.secures_pages() {
        return HeaderMap::new();
    }
    header_map(vec![
        ("content-security-policy", "default-src 'self'; frame-ancestors 'none'".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-frame-options", "DENY".to_owned()),
    ])
}

fn json_error() -> Response {
    let body = r#"{"success":false,"msg":"Something went wrong","obj":null}"#;
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

const GARBAGE: &str = "The service is being moved to another server.\nPlease come back later!\n";

fn bare_status(code: u16, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match retry_after {
        Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())]).into_response(),
        None => status.into_response(),
    }
}

/// Share links that are right one by one: only the size is wrong.
fn huge_body() -> String {
    let line = |number: usize| {
        format!("vless://00000000-0000-4000-a000-{number:012x}@127.0.0.1:443?type=tcp#n\n")
    };
    let lines = HUGE_BYTES.div_ceil(line(0).len());
    (0..lines).map(line).collect()
}

async fn cut_in_half(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, HUGE_BYTES).await.unwrap_or_default();
    parts.headers.remove("content-length");
    let mut response = cut(whole.slice(..whole.len() / 2));
    *response.status_mut() = parts.status;
    response.headers_mut().extend(parts.headers);
    response
}

/// An answer that sends `start` and then breaks the connection; without `start` not even a status.
fn cut(start: Bytes) -> Response {
    let broken = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    if start.is_empty() {
        return Body::from_stream(stream::iter([broken() as io::Result<Bytes>])).into_response();
    }
    let begin = stream::iter([Ok(start)]);
    let end = stream::once(async move {
        // What was sent leaves the buffer while this waits for its next turn.
        tokio::task::yield_now().await;
        broken()
    });
    Body::from_stream(begin.chain(end)).into_response()
}
