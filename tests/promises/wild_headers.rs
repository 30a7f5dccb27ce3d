//! Headers that nobody thought of, against a real core: it answers, with nothing that is its own fault,
//! and goes on.
//!
//! A target as those of `tests/fuzz`, whose head tells how it is searched for longer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::raw;
use crate::world::{KEY, World};

/// Requests that are made up, each on a connection of its own.
const MADE_UP: usize = 400;

/// What headers are made of.
const WORDS: &[&str] = &[
    "\r\n",
    ": ",
    ",",
    ";q=",
    "Accept",
    "text/html",
    "Accept-Language",
    "fa",
    "Accept-Encoding",
    "gzip",
    "If-None-Match",
    "W/\"",
    "\"",
    "*",
    "X-Forwarded-For",
    "X-Real-IP",
    "203.0.113.7",
    "::1",
    "Host",
    "Authorization",
    "Bearer ",
    KEY,
    "Content-Length",
    "Transfer-Encoding",
    "chunked",
    "Connection",
    "close",
    "Upgrade",
    "Expect",
    "100-continue",
    "Range",
    "bytes=0-",
    "0",
    "9",
    "é",
    "Last-Event-ID",
];

/// Where headers are looked at, each in its own way.
const PATHS: [&str; 5] =
    ["/sub/sub-1", "/admin/test/1", "/api/v1/health", "/zarinpal/verify", "/openapi.json"];

#[test]
fn no_header_makes_a_core_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::small(1).start());
    runtime.block_on(world.update(1)).expect("updated");
    let to = raw::address(&world);
    bolero::check!().with_iterations(MADE_UP).with_max_len(300).for_each(|bytes: &[u8]| {
        let spelled = bytes.iter().flat_map(|&byte| match WORDS.get(usize::from(byte)) {
            Some(word) => word.as_bytes().to_vec(),
            None => vec![byte],
        });
        let path = PATHS[bytes.len() % PATHS.len()];
        for lines in [bytes.to_vec(), spelled.collect()] {
            let answer = ask(to, path, &lines);
            let status = answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
            // 502: no old server is set.
            assert!(status < 500 || (status, path) == (502, PATHS[3]), "{path}: {answer}");
        }
    });
    let after = runtime.block_on(world.subscription("sub-1"));
    assert_eq!(after.links().len(), 5);
}

/// What came until the core ended the connection.
fn ask(to: SocketAddr, path: &str, lines: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    // Who announces a body that never comes is waited for; nobody waits for that here.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request =
        [b"GET ", path.as_bytes(), b" HTTP/1.1\r\nHost: h\r\n", lines, b"\r\n\r\n"].concat();
    // Who is refused in the middle of a request may not take the rest of it.
    let _ = stream.write_all(&request);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
