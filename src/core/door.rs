//! The core's door: where connections come in, until it stops.
//!
//! ```text
//! systemd holds the socket ──▶ Socket::Passed ─┐
//! WEBHOOK_BIND ─────────────▶ Socket::Bound ───┴─▶ Door ─▶ connections, until the core stops
//! ```
//!
//! Invariants:
//! - Once the core stops, no connection is taken from the queue any more: with a socket of systemd's
//!   it waits there for the next core.
//! - Whoever has been let in is answered: see [`LINGER`].

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use axum_server::{AddrListener, Address};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// How long connections that are open when the core stops may still bring a request.
///
/// One that was let in a moment ago has not said anything yet, and one that is kept for more
/// requests does not know that there will be none: its next answer tells. A proxy on this machine
/// needs a few milliseconds for that.
pub(super) const LINGER: Duration = Duration::from_millis(500);

/// A listening socket, and whose it is.
#[derive(Debug)]
pub enum Socket {
    /// Bound by this process: it ends with it.
    Bound(TcpListener),
    /// Passed by systemd, which keeps it while there is no core.
    Passed(TcpListener),
}

impl From<TcpListener> for Socket {
    fn from(listener: TcpListener) -> Self {
        Self::Bound(listener)
    }
}

impl Socket {
    pub(super) fn is_passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }

    pub(super) fn into_listener(self) -> TcpListener {
        match self {
            Self::Bound(listener) | Self::Passed(listener) => listener,
        }
    }
}

/// Who came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(SocketAddr);

impl Connected<Peer> for SocketAddr {
    fn connect_info(peer: Peer) -> Self {
        peer.0
    }
}

impl Address for Peer {
    type Stream = TcpStream;
    type Listener = Door;
}

/// Lets connections in until the core stops.
#[derive(Debug)]
pub(super) struct Door {
    listener: tokio::net::TcpListener,
    stopping: CancellationToken,
}

impl Door {
    pub(super) fn open(listener: TcpListener, stopping: CancellationToken) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self { listener: tokio::net::TcpListener::from_std(listener)?, stopping })
    }
}

impl AddrListener<TcpStream, Peer> for Door {
    async fn bind_to(address: Peer) -> io::Result<Self> {
        Self::open(TcpListener::bind(address.0)?, CancellationToken::new())
    }

    async fn accept_stream(&self) -> io::Result<(TcpStream, Peer)> {
        match self.stopping.run_until_cancelled(self.listener.accept()).await {
            Some(accepted) => accepted.map(|(stream, peer)| (stream, Peer(peer))),
            // The server ends by itself; until then nobody comes in.
            None => std::future::pending().await,
        }
    }

    fn get_local_addr(&self) -> io::Result<Peer> {
        self.listener.local_addr().map(Peer)
    }
}

/// Tells whoever asks while the core stops that this connection ends.
pub(super) async fn say_goodbye(
    State(stopping): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if stopping.is_cancelled() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
