//! The door: how many connections there are, how long each may be silent, how much it may say.
//!
//! ```text
//! queue, until the core stops ─▶ a place, or that of who waits longest ─▶ TLS, or plain ─▶
//!                                headers within a time and a size ─▶ http
//! ```
//!
//! Invariants:
//! - Whoever says nothing, or says it slowly, keeps nobody out: once all places are taken, the next
//!   one gets the place of the connection that has waited longest.
//! - A request that is being answered keeps its place.
//! - Once the core stops, no connection is taken from the queue any more: with a socket of systemd's
//!   it waits there for the next core. Whoever has been let in is answered: see [`LINGER`].
//!
//! Deliberately absent: what a request may do (that is `core/http/`).

mod places;
mod socket;
mod stream;
mod accept;
mod redirect;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Version;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum_server::{Handle, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::socket::{Socket, Sockets};

use self::accept::Door;
use self::places::Places;
use self::socket::{Peer, Queue};
use super::{Core, http};

/// How long connections that are open when the core stops may still bring a request.
///
/// One that was let in a moment ago has not said anything yet, and one that is kept for more
/// requests does not know that there will be none: its next answer tells. A proxy on this machine
/// needs a few milliseconds for that.
const LINGER: Duration = Duration::from_millis(500);

/// How long requests may go on once the core stops.
///
/// A request takes 25 s at most; systemd kills after 90 s, and nobody likes to wait.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a connection may take for the headers of its next request, silence before them included;
/// and for its handshake.
const HEADERS: Duration = Duration::from_secs(15);

/// From which size on start line and headers together are too large: ids and keys of 10 000
/// characters fit. What came with the same read may reach twice as far.
const MAX_HEADERS: u16 = u16::MAX;

/// How many connections there are at most where plain HTTP is sent to HTTPS: each asks once.
const MAX_REDIRECTS: usize = 128;

/// How many requests one connection of HTTP/2 may have at once: a console has a handful.
const MAX_STREAMS: u32 = 64;

/// How often a connection of HTTP/2 that says nothing is asked whether it is still there, and how
/// long it may take to say so. Who is there may stay: once places are short it is the first to go.
const ASK_AFTER: Duration = Duration::from_secs(30);

/// How many connections there are at most: 10 KB of memory each.
const MAX_CONNECTIONS: usize = 2048;

/// Files that are left for databases, panels and probes.
const OTHER_FILES: usize = 256;

/// Serves until the core stops; then gives open requests a moment.
pub(super) async fn serve(core: Arc<Core>, listener: TcpListener) -> io::Result<()> {
    let shutdown = core.shutdown.clone();
    let places = Arc::new(Places::new(most_connections()));
    let tls = core.tls.as_ref().map(|tls| tls.config());
    let door = Door::new(places, tls, core.settings().plaintext);
    let served = serve_at(listener, door, http::router(core), shutdown.clone()).await;
    if let Err(error) = &served {
        tracing::error!(%error, "The listener failed");
    }
    // Without a listener there is no core.
    shutdown.cancel();
    served
}

/// Sends plain HTTP to HTTPS until the core stops. Without it everything else goes on.
pub(super) async fn redirect(core: Arc<Core>, listener: TcpListener) {
    let shutdown = core.shutdown.clone();
    let door = Door::new(Arc::new(Places::new(MAX_REDIRECTS)), None, true);
    let router = redirect::router(core);
    let served = serve_at(listener, door, router, shutdown).await;
    if let Err(error) = served {
        tracing::error!(%error, "The listener that sends to HTTPS failed");
    }
}

async fn serve_at(
    listener: TcpListener,
    door: Door,
    router: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let handle: Handle<Peer> = Handle::new();
    let stopping = (handle.clone(), shutdown.clone());
    tokio::spawn(async move {
        stopping.1.cancelled().await;
        sleep(LINGER).await;
        stopping.0.graceful_shutdown(Some(DRAIN));
    });
    let goodbye = middleware::from_fn_with_state(shutdown.clone(), say_goodbye);
    let router = router.layer(goodbye).into_make_service_with_connect_info::<SocketAddr>();
    let server = Server::from_listener(Queue::open(listener, shutdown)?);
    // HTTP/2 is spoken inside of TLS only.
    let server = if door.has_tls() { server } else { server.http1_only() };
    bounded(server.acceptor(door)).handle(handle).serve(router).await
}

/// Sets how much and how long a connection may say until its request is whole.
fn bounded<A>(mut server: Server<Peer, A>) -> Server<Peer, A> {
    let mut http1 = server.http_builder().http1();
    http1.header_read_timeout(HEADERS).max_buf_size(MAX_HEADERS.into());
    let mut http2 = server.http_builder().http2();
    http2
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS.into())
        .keep_alive_interval(ASK_AFTER)
        .keep_alive_timeout(ASK_AFTER);
    server.first_request_timeout(HEADERS)
}

/// As many as the system's limit of open files allows, which is raised as far as this user may.
fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = (MAX_CONNECTIONS + OTHER_FILES) as u64;
    let reachable = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let now = limit.current.unwrap_or(u64::MAX);
    let raised = now < reachable
        && setrlimit(Resource::Nofile, Rlimit { current: Some(reachable), ..limit }).is_ok();
    let files = usize::try_from(if raised { reachable } else { now }).unwrap_or(usize::MAX);
    // Half of very few files: a core without connections is none.
    files.saturating_sub(OTHER_FILES).max(files / 2).clamp(1, MAX_CONNECTIONS)
}

/// Tells whoever asks while the core stops that this connection ends.
async fn say_goodbye(
    State(stopping): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    // HTTP/2 says goodbye itself.
    let is_http1 = request.version() != Version::HTTP_2;
    let mut response = next.run(request).await;
    if is_http1 && stopping.is_cancelled() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
