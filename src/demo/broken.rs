//! Answers that no healthy panel gives.

use std::io;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::behaviour::BadList;
use super::make::Make;
use super::pages::{PLAIN, json, unknown_page};

/// Above the 2 MB that a core reads of one subscription.
const HUGE_BYTES: usize = 3_000_000;

/// Above what a core may want to read of one list.
const HUGE_LIST_CHUNKS: usize = 70;
const CHUNK: usize = 1 << 20;

/// The beginning of a gzip stream that goes on with zeros: each byte of them becomes a thousand
/// blanks.
const BOMB: [u8; 25] = [
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0x03, 0xec, 0xc1, 0x81, 0, 0, 0, 0, 0x80, 0x20, 0x95,
    0xfd, 0x29, 0x17, 0xa9, 0x0a,
];

const GARBAGE: &str = "The service is being moved to another server.\nPlease come back later!\n";

/// 200 without a body.
pub(super) fn empty() -> Response {
    ([(CONTENT_TYPE, PLAIN)], "").into_response()
}

/// 200 with lines of text.
pub(super) fn garbage() -> Response {
    ([(CONTENT_TYPE, PLAIN)], GARBAGE).into_response()
}

/// 200 with the JSON of a failed call.
pub(super) fn json_error(make: Make) -> Response {
    json(make, r#"{"success":false,"msg":"Something went wrong","obj":null}"#)
}

/// A status without a body.
pub(super) fn status(code: u16, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match retry_after {
        Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())]).into_response(),
        None => status.into_response(),
    }
}

/// Share links that are right one by one: only the size is wrong.
pub(super) fn huge() -> Response {
    let line = |number: usize| {
        format!("vless://00000000-0000-4000-a000-{number:012x}@127.0.0.1:443?type=tcp#n\n")
    };
    let lines = HUGE_BYTES.div_ceil(line(0).len());
    ([(CONTENT_TYPE, PLAIN)], (0..lines).map(line).collect::<String>()).into_response()
}

/// What stands where `whole`, the right list, should.
pub(super) async fn list(make: Make, bad: BadList, whole: Response) -> Response {
    match bad {
        BadList::Empty => empty(),
        BadList::Garbage => garbage(),
        BadList::NoSuccess => json_error(make),
        BadList::Missing => unknown_page(make),
        BadList::Truncated => {
            let whole = body_of(whole).await;
            json(make, whole.slice(..whole.len() / 2))
        }
        BadList::Huge => huge_list(make),
        BadList::GzipBomb => gzip_bomb(make),
    }
}

/// Right JSON with 70 MB of blanks in the middle, sent as it is read.
fn huge_list(make: Make) -> Response {
    let blanks = Bytes::from(vec![b' '; CHUNK]);
    let begin = Bytes::from_static(br#"{"success":true,"msg":"","obj":["#);
    let end = Bytes::from_static(b"]}");
    let chunks = std::iter::once(begin)
        .chain(std::iter::repeat_n(blanks, HUGE_LIST_CHUNKS))
        .chain(std::iter::once(end));
    streamed(json(make, ""), Body::from_stream(stream::iter(chunks.map(Ok::<_, io::Error>))))
}

/// A gzip stream without an end.
fn gzip_bomb(make: Make) -> Response {
    let zeros = stream::repeat(Bytes::from(vec![0; 16 << 10]));
    let begin = stream::once(std::future::ready(Bytes::from_static(&BOMB)));
    let body = Body::from_stream(begin.chain(zeros).map(Ok::<_, io::Error>));
    let mut response = streamed(json(make, ""), body);
    response.headers_mut().extend(
        [(CONTENT_ENCODING, "gzip")]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.parse().ok()?))),
    );
    response
}

/// Half of `response`, then the connection breaks.
pub(super) async fn cut_in_half(response: Response) -> Response {
    halved(response, broken).await
}

/// Half of `response`, then nothing more.
pub(super) async fn hang_in_body(response: Response) -> Response {
    halved(response, std::future::pending).await
}

/// An answer that breaks the connection before it has a status.
pub(super) fn cut() -> Response {
    let reset = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset));
    Body::from_stream(stream::iter([reset])).into_response()
}

async fn broken() -> io::Result<Bytes> {
    // What was sent leaves the buffer while this waits for its next turn.
    tokio::task::yield_now().await;
    Err(io::Error::from(io::ErrorKind::ConnectionReset))
}

async fn halved<F>(response: Response, end: impl FnOnce() -> F) -> Response
where
    F: Future<Output = io::Result<Bytes>> + Send + 'static,
{
    let (parts, body) = response.into_parts();
    let whole = body_of(Response::new(body)).await;
    let begin = stream::iter([Ok(whole.slice(..whole.len() / 2))]);
    let body = Body::from_stream(begin.chain(stream::once(end())));
    streamed(Response::from_parts(parts, Body::empty()), body)
}

/// `response` with another body, whose length nobody knows before.
fn streamed(response: Response, body: Body) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

async fn body_of(response: Response) -> Bytes {
    axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default()
}
