//! Requests of an odd size or shape: too many headers, too long ones, folded ones, bodies without an
//! end. Each is refused, and the next one is served.

use reqwest::Method;

use crate::old_server::OldServer;
use crate::raw::{self, RawAnswer};
use crate::world::{KEY, World};

/// Above the largest body that is read.
const TOO_LARGE: usize = 1024 * 1024 + 1;

async fn updated() -> World {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    world
}

/// Asserts that a request was refused with one of `statuses`, once; 0 is an end without an answer.
#[track_caller]
fn refused(answer: &RawAnswer, statuses: &[u16], what: &str) {
    assert!(statuses.contains(&answer.status()), "{what}: {answer:.200?}");
    assert!(answer.0.matches("HTTP/1.1 ").count() <= 1, "{what}: {answer:.200?}");
    assert!(!answer.0.contains("vless"), "{what}");
}

async fn serves(world: &World) {
    assert_eq!(world.subscription("sub-1").await.links().len(), 5);
}

#[tokio::test]
async fn more_headers_than_anybody_sends_are_refused() {
    let world = updated().await;
    let headers = |count: usize| -> Vec<String> {
        (0..count).map(|number| format!("X-{number}: 1")).collect()
    };
    let few = headers(80);
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    assert_eq!(raw::get(raw::address(&world), "/sub/sub-1", &few).await.status(), 200);
    for count in [120, 5_000] {
        let many = headers(count);
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let answer = raw::get(raw::address(&world), "/sub/sub-1", &many).await;
        refused(&answer, &[431, 0], &format!("{count} headers"));
    }
    serves(&world).await;
}

#[tokio::test]
async fn a_line_that_is_longer_than_all_headers_may_be_is_refused() {
    let world = updated().await;
    let long = "a".repeat(200_000);
    let to = raw::address(&world);
    let header = raw::get(to, "/sub/sub-1", &[&format!("X-Long: {long}")]).await;
    refused(&header, &[431, 0], "a header");
    let name = raw::get(to, "/sub/sub-1", &[&format!("{long}: 1")]).await;
    refused(&name, &[400, 431, 0], "a header's name");
    let path = raw::get(to, &format!("/sub/{long}"), &[]).await;
    refused(&path, &[414, 431, 0], "a path");
    let query = raw::get(to, &format!("/sub/sub-1?{long}"), &[]).await;
    refused(&query, &[414, 431, 0], "a query");
    let method = raw::send(to, &format!("{long} / HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    refused(&method, &[400, 431, 0], "a method");
    serves(&world).await;
}

/// RFC 9112, 5.2: a folded line is refused, since others read it as one more line.
#[tokio::test]
async fn what_others_could_read_otherwise_is_refused() {
    let world = updated().await;
    let to = raw::address(&world);
    for lines in [
        "X-Folded: a\r\n b",
        "X-Folded: a\r\n\tTransfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked",
        "Content-Length : 5",
        " Content-Length: 5",
        "Content-Length: 5\rX: y",
        "X-Nul: a\0b",
        "No colon",
        ": no name",
    ] {
        let answer = raw::get(to, "/sub/sub-1", &[lines]).await;
        refused(&answer, &[400], lines);
    }
    for line in ["GET  /sub/sub-1 HTTP/1.1", "GET /sub/sub-1 HTTP/9.9", "GET /sub/sub-1", "\0"] {
        let answer = raw::send(to, &format!("{line}\r\nHost: h\r\n\r\n")).await;
        refused(&answer, &[400, 0], line);
    }
    serves(&world).await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_wherever_bodies_are_read() {
    let old = OldServer::start().await;
    let world = World::small(1).setting(&old.setting()).start().await;
    world.update(1).await.expect("updated");
    let to = raw::address(&world);
    let key = format!("Authorization: Bearer {KEY}\r\nContent-Type: application/json");
    let body = "[".repeat(TOO_LARGE);
    let chunk = format!("{TOO_LARGE:x}\r\n{body}\r\n0\r\n\r\n");
    let post = async |path: &str, length: &str, body: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{key}\r\n");
        raw::send(to, &format!("{head}{length}\r\n\r\n{body}")).await
    };
    let (length, chunks) = (format!("Content-Length: {TOO_LARGE}"), "Transfer-Encoding: chunked");
    // 400: as everything under `/api` that makes no sense, with why.
    refused(&post("/api/v1/jobs", &length, &body).await, &[400, 0], "a job");
    refused(&post("/api/v1/jobs", chunks, &chunk).await, &[400, 0], "a job in chunks");
    // The old server may have begun to answer by then: what it says breaks off.
    for (how, body) in [(&*length, &body), (chunks, &chunk)] {
        let begun = post("/zarinpal/start", how, body).await;
        assert!([202, 502, 0].contains(&begun.status()), "{how}: {}", begun.status());
        assert!(!begun.0.ends_with("\r\n0\r\n\r\n"), "{how}: it came whole");
    }
    serves(&world).await;
}

/// Where no body is read, none is waited for.
#[tokio::test]
async fn a_body_that_nobody_reads_delays_nothing() {
    let world = updated().await;
    let key = format!("Authorization: Bearer {KEY}");
    let head = "POST /admin/update_configs/1 HTTP/1.1\r\nHost: h\r\nConnection: close";
    let announced = format!("{head}\r\n{key}\r\nContent-Length: 9999999999\r\n\r\n");
    let answer = raw::send(raw::address(&world), &announced).await;
    assert_eq!((answer.status(), answer.body()), (200, "Configs updated successfully"));
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let length = nested.len();
    let deep = format!(
        "POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{nested}"
    );
    let deep = raw::send(raw::address(&world), &deep).await;
    assert!([400, 422].contains(&deep.status()), "JSON that is too deep is no job: {deep:?}");
    let none = world.ask(Method::POST, "/api/v1/jobs", Some(&format!("Bearer {KEY}"))).await;
    assert!([400, 415, 422].contains(&none.status), "{none:?}");
    serves(&world).await;
}
