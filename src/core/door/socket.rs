//! Where connections come in, until the core stops.
//!
//! ```text
//! systemd holds the socket ──▶ Socket::Passed ─┐
//! WEBHOOK_BIND ─────────────▶ Socket::Bound ───┴─▶ Queue ─▶ connections, until the core stops
//! ```

use std::io;
use std::net::{SocketAddr, TcpListener};

use axum::extract::connect_info::Connected;
use axum_server::{AddrListener, Address};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

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
    pub(in crate::core) fn is_passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }

    pub(in crate::core) fn into_listener(self) -> TcpListener {
        match self {
            Self::Bound(listener) | Self::Passed(listener) => listener,
        }
    }
}

/// Where connections come in.
#[derive(Debug)]
pub struct Sockets {
    /// The core's own.
    pub front: Socket,
    /// Where plain HTTP is sent to HTTPS.
    pub redirect: Option<TcpListener>,
}

impl<T: Into<Socket>> From<T> for Sockets {
    fn from(front: T) -> Self {
        Self { front: front.into(), redirect: None }
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
    type Listener = Queue;
}

/// Lets connections in until the core stops.
#[derive(Debug)]
pub(super) struct Queue {
    listener: tokio::net::TcpListener,
    stopping: CancellationToken,
}

impl Queue {
    pub(super) fn open(listener: TcpListener, stopping: CancellationToken) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self { listener: tokio::net::TcpListener::from_std(listener)?, stopping })
    }
}

impl AddrListener<TcpStream, Peer> for Queue {
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
