//! Connections that say nothing, or half of it: the core goes on serving.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::raw;
use crate::world::{World, later, soon};

/// More than the core has places for, both ends in this process.
const MANY: usize = 3000;

/// Both ends of every connection are files of this process.
fn raise_files() -> bool {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Some(limit.maximum.unwrap_or(65_536).min(65_536));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: wanted, ..limit });
    raised.is_ok() && wanted.is_some_and(|files| files > 3 * MANY as u64)
}

/// Opens connections that each say `words`, and nothing more.
async fn open(world: &World, count: usize, words: &str) -> Vec<TcpStream> {
    let mut streams = Vec::with_capacity(count);
    for _ in 0..count {
        let mut stream = soon(TcpStream::connect(raw::address(world))).await.unwrap();
        // Who has to go may be gone already.
        let _ = stream.write_all(words.as_bytes()).await;
        streams.push(stream);
    }
    streams
}

async fn serves(world: &World) {
    let answer = raw::get(raw::address(world), "/sub/sub-1", &[]).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
}

#[tokio::test]
async fn five_hundred_slow_sockets_keep_nobody_out_and_are_ended() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let mut slow = open(&world, 500, "GET /sub/sub-1 HTTP/1.1\r\nHost: h\r\nX-Slow: ").await;
    serves(&world).await;
    // A byte now and then buys nobody time.
    for _ in 0..3 {
        for stream in &mut slow {
            // Who was too slow already is gone.
            let _ = stream.write_all(b"a").await;
        }
        later(Duration::from_secs(6)).await;
    }
    for stream in &mut slow {
        let mut rest = Vec::new();
        // Ended, with an answer or without one.
        let _ = soon(stream.read_to_end(&mut rest)).await;
        assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    }
    serves(&world).await;
}

#[tokio::test]
async fn more_connections_than_there_are_places_keep_nobody_out() {
    assert!(raise_files(), "this test needs {} open files", 3 * MANY);
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    for words in ["", "GET /sub/sub-1 HTT", "POST /zarinpal/x HTTP/1.1\r\nContent-Length: 9\r\n"] {
        let streams = open(&world, MANY, words).await;
        serves(&world).await;
        drop(streams);
        serves(&world).await;
    }
}

#[tokio::test]
async fn a_connection_that_is_kept_alive_is_served_again_and_ends_when_it_is_silent() {
    let world = World::small(1).start().await;
    let mut stream = TcpStream::connect(raw::address(&world)).await.unwrap();
    let mut buffer = [0; 4096];
    for _ in 0..3 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let read = soon(stream.read(&mut buffer)).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
    }
    later(Duration::from_secs(16)).await;
    let mut rest = Vec::new();
    let _ = soon(stream.read_to_end(&mut rest)).await;
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn a_body_that_stops_is_waited_for_ten_seconds() {
    let old = crate::old_server::OldServer::start().await;
    let world = World::small(1).setting(&old.setting()).start().await;
    let mut stream = TcpStream::connect(raw::address(&world)).await.unwrap();
    let half = "POST /zarinpal/x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf";
    stream.write_all(half.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // The old server sends back what it has: it arrived.
    while !heard.ends_with(b"half\r\n") {
        assert!(soon(stream.read_buf(&mut heard)).await.unwrap() > 0);
    }
    later(Duration::from_secs(11)).await;
    let _ = soon(stream.read_to_end(&mut heard)).await;
}
