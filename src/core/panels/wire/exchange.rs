//! One question over HTTP, and what was heard.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::fault::classify;
use super::text;
use crate::domain::reason::{PanelFailure, Unreachable};

/// Wait after a 429 that names no time.
const BUSY_DEFAULT: Duration = Duration::from_secs(1);

/// Redirects that are followed for one question: to HTTPS, and to a path with its last slash.
const MOST_HOPS: usize = 3;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// `GET` or `POST`.
    pub(crate) method: Method,
    /// Where.
    pub(crate) url: &'a str,
    /// Beside those of every question.
    pub(crate) headers: HeaderMap,
    /// The fields of a form.
    pub(crate) form: &'a [(&'a str, &'a str)],
}

impl<'a> Question<'a> {
    /// A `GET` of `url`.
    pub(crate) fn get(url: &'a str) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), form: &[] }
    }

    /// A form that is posted to `url`.
    pub(crate) fn post(url: &'a str, form: &'a [(&'a str, &'a str)]) -> Self {
        Self { method: Method::POST, url, headers: HeaderMap::new(), form }
    }
}

/// How slowly an answer may come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// When its head has to be there, redirects included.
    pub(crate) head_by: Instant,
    /// Longest pause between two pieces of its body.
    pub(crate) pause: Duration,
}

/// What came, whatever its status.
pub(crate) struct Heard {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// As they came.
    pub(crate) headers: HeaderMap,
    /// Unpacked.
    pub(crate) body: Bytes,
}

/// `Debug` shows neither cookie nor body.
impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Heard({}, {} bytes)", self.status, self.body.len())
    }
}

impl Heard {
    /// The body as text, in the charset that its header names.
    pub(crate) fn text(&self) -> String {
        text::decode(&self.body, self.kind())
    }

    /// Whether its header says JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.kind().contains("application/json")
    }

    /// The body as JSON, whatever its header says.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The cookies that it sets, as `name=value`.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(SET_COOKIE).iter();
        values.filter_map(|value| value.to_str().ok()?.split(';').next().map(str::trim))
    }

    fn kind(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Asks, and reads at most `limit` bytes; at any pace if there is none.
///
/// # Errors
///
/// What keeps an answer from being one: nobody there, too large, "come back later", a failure
/// inside of the panel. Every other status is an answer.
pub(crate) async fn ask(
    client: &Client,
    question: &Question<'_>,
    limit: usize,
    pace: Option<Pace>,
) -> Result<Heard, PanelFailure> {
    let mut url: Url = question.url.parse().map_err(|_| PanelFailure::Unusable)?;
    for _ in 0..=MOST_HOPS {
        let head_by = pace.map(|pace| pace.head_by);
        let response = in_time(head_by, send(client, question, url.clone())).await?;
        match next_hop(&url, &response) {
            Some(next) => url = next,
            None => return hear(response, limit, pace).await,
        }
    }
    // A loop: it answers, and makes no sense.
    Err(PanelFailure::Status(310))
}

/// What comes by then.
async fn in_time<T>(
    by: Option<Instant>,
    answer: impl Future<Output = Result<T, PanelFailure>>,
) -> Result<T, PanelFailure> {
    let Some(by) = by else { return answer.await };
    let late = PanelFailure::Unreachable(Unreachable::Timeout);
    timeout_at(by, answer).await.unwrap_or(Err(late))
}

async fn send(
    client: &Client,
    question: &Question<'_>,
    url: Url,
) -> Result<Response, PanelFailure> {
    // Any kind will do: a browser's wish gets a page (fact C14).
    let mut request = client
        .request(question.method.clone(), url)
        .header(ACCEPT, "*/*")
        .headers(question.headers.clone());
    if !question.form.is_empty() {
        request = request.form(question.form);
    }
    request.send().await.map_err(|error| classify(&error))
}

/// Where the same question is to be asked instead: on the same host, over HTTPS, or with another
/// slash at the end. Any other redirect is an answer of its own: "log in first", mostly.
fn next_hop(asked: &Url, response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let next = asked.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    let is_same_path = next.path().trim_end_matches('/') == asked.path().trim_end_matches('/');
    let is_upgrade = (asked.scheme(), next.scheme()) == ("http", "https");
    let is_same_place = next.host_str() == asked.host_str()
        && (is_upgrade || next.origin() == asked.origin())
        && next != *asked;
    (is_same_path && is_same_place).then_some(next)
}

async fn hear(response: Response, limit: usize, pace: Option<Pace>) -> Result<Heard, PanelFailure> {
    let (status, headers) = (response.status(), response.headers().clone());
    if let Some(failure) = refusal(status, &headers) {
        return Err(failure);
    }
    let body = read_body(response, limit, pace).await?;
    Ok(Heard { status, headers, body })
}

/// A status that says the same whatever was asked.
fn refusal(status: StatusCode, headers: &HeaderMap) -> Option<PanelFailure> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Some(PanelFailure::Busy(retry_after(headers))),
        StatusCode::SERVICE_UNAVAILABLE if headers.contains_key(RETRY_AFTER) => {
            Some(PanelFailure::Busy(retry_after(headers)))
        }
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Some(PanelFailure::Unreachable(Unreachable::Gateway(status.as_u16())))
        }
        status if status.is_server_error() => Some(PanelFailure::Status(status.as_u16())),
        _ => None,
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Duration {
    let Some(value) = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) else {
        return BUSY_DEFAULT;
    };
    let value = value.trim();
    let until = || {
        let then = rfc2822::parse(value).ok()?.timestamp();
        Some(then.duration_since(Timestamp::now()).max(jiff::SignedDuration::ZERO).unsigned_abs())
    };
    value.parse().ok().map(Duration::from_secs).or_else(until).unwrap_or(BUSY_DEFAULT)
}

/// Most room that is made for a body before it is there, in bytes: a list of 5 000 clients.
const AT_FIRST: u64 = 4 << 20;

async fn read_body(
    mut response: Response,
    limit: usize,
    pace: Option<Pace>,
) -> Result<Bytes, PanelFailure> {
    // The length is that of the packed body; if that alone is too long, so is the other.
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(PanelFailure::TooLarge);
    }
    // What is known to come needs no second place on its way.
    let expected = response.content_length().unwrap_or(0).min(AT_FIRST);
    let mut body = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0));
    loop {
        let by = pace.map(|pace| Instant::now() + pace.pause);
        let next = async { response.chunk().await.map_err(|error| classify(&error)) };
        let Some(chunk) = in_time(by, next).await? else { break };
        if body.len() + chunk.len() > limit {
            return Err(PanelFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(value: &str) -> Duration {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn a_panel_may_name_seconds_or_a_date() {
        assert_eq!(waits("30"), Duration::from_secs(30));
        assert_eq!(waits("Wed, 21 Oct 2015 07:28:00 GMT"), Duration::ZERO);
        let soon = Timestamp::now() + Duration::from_secs(90);
        let date = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert!(waits(&date) > Duration::from_secs(80) && waits(&date) <= Duration::from_secs(90));
        assert_eq!(waits("soon"), BUSY_DEFAULT);
        assert_eq!(waits("-4"), BUSY_DEFAULT);
    }

    fn hop(asked: &str, status: u16, to: &str) -> Option<String> {
        let response = axum::http::Response::builder().status(status).header(LOCATION, to);
        let response = Response::from(response.body("").unwrap());
        next_hop(&asked.parse().unwrap(), &response).map(|url| url.to_string())
    }

    #[test]
    fn only_a_better_address_of_the_same_thing_is_followed() {
        let list = "http://h:1/b/list";
        assert_eq!(hop(list, 307, "https://h:1/b/list").as_deref(), Some("https://h:1/b/list"));
        assert_eq!(hop(list, 301, "/b/list/").as_deref(), Some("http://h:1/b/list/"));
        for elsewhere in ["/b/", "http://h:2/b/list", "https://other/b/list", list, "::"] {
            assert_eq!(hop(list, 307, elsewhere), None, "{elsewhere}");
        }
        assert_eq!(hop("https://h/b", 307, "http://h/b"), None, "never back to plain HTTP");
        assert_eq!(hop(list, 200, "/b/list/"), None);
    }

    /// Answers one request with `body`, packed.
    async fn hear_packed(body: &[u8], limit: usize) -> Result<Heard, PanelFailure> {
        use std::io::Write as _;
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(body).unwrap();
        let packed = packer.finish().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                packed.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            // Whoever has heard enough closes the connection.
            let _ = stream.write_all(&packed).await;
            read
        };
        let client = Client::builder().no_proxy().build().unwrap();
        let question = Question::get(&url);
        let (heard, read) = tokio::join!(ask(&client, &question, limit, None), answer);
        assert!(read > 0);
        heard
    }

    #[tokio::test]
    async fn a_body_is_counted_after_it_was_unpacked() {
        let heard = hear_packed(b"vless://", 8).await.unwrap();
        assert_eq!(heard.text(), "vless://");
        let bomb = vec![b'0'; 8 * 1024 * 1024];
        assert_eq!(hear_packed(&bomb, 1024 * 1024).await.unwrap_err(), PanelFailure::TooLarge);
    }

    /// A server that sends `pieces`, one by one, and then nothing.
    async fn dribble(pieces: &'static [&'static str], pace: Pace) -> Result<Heard, PanelFailure> {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await.unwrap();
            }
            std::future::pending::<()>().await;
        };
        let client = Client::builder().no_proxy().build().unwrap();
        let question = Question::get(&url);
        tokio::select! {
            biased;
            heard = ask(&client, &question, 1024, Some(pace)) => heard,
            () = answer => panic!("nobody may hang up before time is up"),
        }
    }

    #[tokio::test]
    async fn what_keeps_silent_is_late_whether_it_began_or_not() {
        let soon = Duration::from_millis(50);
        let late = PanelFailure::Unreachable(Unreachable::Timeout);
        let patient = Pace { head_by: Instant::now() + Duration::from_mins(1), pause: soon };
        let begun = dribble(&["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "one"], patient);
        assert_eq!(begun.await.unwrap_err(), late);
        let pause = Duration::from_mins(1);
        let silent = dribble(&[], Pace { head_by: Instant::now() + soon, pause });
        assert_eq!(silent.await.unwrap_err(), late);
    }
}
