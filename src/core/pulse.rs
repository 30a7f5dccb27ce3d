//! Whether the core works, as it proves to systemd's watchdog.
//!
//! ```text
//! the loop that watches the database ─▶ a turn ─▶ a request of our own through the listener ─▶ fed
//! ```
//!
//! Invariants:
//! - Without a turn of the loop nothing is proved: no timer stands in for it. A database that is away
//!   or hangs does not hold the loop for longer than its questions may take.
//! - The request takes the customers' way: listener, HTTP, router, answer.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::probes::MARK;
use crate::config::here::reachable;

/// How long a core may take to answer itself: it answers in a millisecond, and in a second on a
/// machine that swaps.
const ANSWER: Duration = Duration::from_secs(5);

/// More than the answer to `/livez` has.
const MAX_ANSWER: u64 = 4_096;

/// Turns of the loop that watches the database.
#[derive(Debug, Default)]
pub(crate) struct Pulse(watch::Sender<u64>);

impl Pulse {
    /// The loop went round once more.
    pub(crate) fn beat(&self) {
        self.0.send_modify(|turns| *turns = turns.wrapping_add(1));
    }

    /// How often it went round.
    pub(crate) fn turns(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// Whether the core `instance` answers at `listen`.
pub(crate) async fn answers(listen: SocketAddr, instance: &str) -> bool {
    let answer = timeout(ANSWER, ask(reachable(listen))).await;
    let Ok(Ok(answer)) = answer else { return false };
    let (status, rest) = answer.split_once("\r\n").unwrap_or_default();
    let mark = |line: &str| {
        let (name, value) = line.split_once(':')?;
        (name.eq_ignore_ascii_case(MARK.as_str())).then(|| value.trim() == instance)
    };
    status.ends_with(" 200 OK") && rest.lines().find_map(mark) == Some(true)
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn check(answer: &'static str, expected: bool) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            // To its end: what is left unread when the connection ends would end it with a reset.
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let ((), proved) = tokio::join!(server, answers(address, "7f"));
        assert_eq!(proved, expected, "{answer}");
    }

    #[tokio::test]
    async fn only_this_very_core_proves_that_it_works() {
        check("HTTP/1.1 200 OK\r\nX-Alamor: 7f\r\n\r\nok", true).await;
        check("HTTP/1.1 200 OK\r\nx-alamor: 80\r\n\r\nok", false).await;
        check("HTTP/1.1 200 OK\r\n\r\nok", false).await;
        check("HTTP/1.1 503 Service Unavailable\r\nx-alamor: 7f\r\n\r\n", false).await;
        check("", false).await;
    }

    #[tokio::test]
    async fn a_listener_that_is_gone_proves_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(!answers(address, "7f").await);
    }
}
