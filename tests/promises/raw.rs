//! Requests byte by byte: what no well-kept client would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{World, soon};

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub struct RawAnswer(pub String);

impl RawAnswer {
    /// The status; 0 if the connection ended without an answer.
    pub fn status(&self) -> u16 {
        let line = self.0.lines().next().unwrap_or_default();
        line.split(' ').nth(1).map_or(0, |status| status.parse().unwrap())
    }

    pub fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}

/// Where a core listens.
pub fn address(world: &World) -> SocketAddr {
    world.url("").trim_start_matches("http://").parse().unwrap()
}

/// Sends bytes, and reads until the core ends the connection.
pub async fn send(to: SocketAddr, bytes: &str) -> RawAnswer {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // Who is refused in the middle of a request may not take the rest of it.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    RawAnswer(String::from_utf8(answer).unwrap())
}

/// `GET` of a path as it stands there, with these header lines.
pub async fn get(to: SocketAddr, path: &str, headers: &[&str]) -> RawAnswer {
    let lines = [&["Host: h", "Connection: close"], headers].concat().join("\r\n");
    send(to, &format!("GET {path} HTTP/1.1\r\n{lines}\r\n\r\n")).await
}
