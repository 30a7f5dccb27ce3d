//! A gate before a panel's port: what goes wrong on the wire, where no panel could say so.
//!
//! ```text
//! core ─▶ gate ─▶ panel            Through
//!           └▶ a server with TLS   Elsewhere: the panel's address is HTTPS now
//! ```
//!
//! Invariant: when [`Gate::set`] returns, the new state is in force and every older connection is
//! closed. The port stays the gate's own.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::task::AbortOnDropHandle;

/// What is on the wire.
#[derive(Debug, Clone)]
pub enum Wire {
    /// The panel.
    Through,
    /// Nobody listens.
    Closed,
    /// Somebody listens and accepts nobody: connecting hangs.
    Full,
    /// Every connection is reset once a question came.
    Reset,
    /// Each question is sent to HTTPS at this port, under the same path.
    Elsewhere(u16),
    /// Each question gets these bytes, and the connection ends.
    Says(Arc<Vec<u8>>),
}

/// A running gate.
#[derive(Debug)]
pub struct Gate {
    pub address: SocketAddr,
    panel: SocketAddr,
    state: State,
}

#[derive(Debug)]
enum State {
    Open(JoinHandle<()>),
    /// Bound; with those who fill the queue of a listener that accepts nobody.
    Shut {
        _socket: Option<TcpSocket>,
        _listener: Option<TcpListener>,
        _queue: Vec<TcpStream>,
    },
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let State::Open(task) = &self.state {
            task.abort();
        }
    }
}

impl Gate {
    /// Opens a gate before `panel`, which is an address like `http://127.0.0.1:1/base`.
    pub async fn before(panel: &str) -> Self {
        let url: url::Url = panel.parse().unwrap();
        let panel = url.socket_addrs(|| None).unwrap()[0];
        let socket = bind("127.0.0.1:0".parse().unwrap());
        let address = socket.local_addr().unwrap();
        let state = State::Shut { _socket: Some(socket), _listener: None, _queue: Vec::new() };
        let mut gate = Self { address, panel, state };
        gate.set(&Wire::Through).await;
        gate
    }

    /// Behaves so from now on.
    pub async fn set(&mut self, wire: &Wire) {
        // Before the older one goes, so that nobody takes the port meanwhile.
        let socket = bind(self.address);
        let nothing = State::Shut { _socket: None, _listener: None, _queue: Vec::new() };
        if let State::Open(task) = std::mem::replace(&mut self.state, nothing) {
            task.abort();
            // Over is over, whichever way.
            drop(task.await);
        }
        self.state = match wire {
            Wire::Closed => {
                State::Shut { _socket: Some(socket), _listener: None, _queue: Vec::new() }
            }
            Wire::Full => full(socket, self.address).await,
            _ => State::Open(tokio::spawn(accept(
                socket.listen(1024).unwrap(),
                self.panel,
                wire.clone(),
            ))),
        };
    }
}

/// A queue for one more than its backlog, and as many in it.
async fn full(socket: TcpSocket, address: SocketAddr) -> State {
    let listener = socket.listen(1).unwrap();
    let mut queue = Vec::new();
    for _ in 0..2 {
        queue.push(TcpStream::connect(address).await.unwrap());
    }
    State::Shut { _socket: None, _listener: Some(listener), _queue: queue }
}

async fn accept(listener: TcpListener, panel: SocketAddr, wire: Wire) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream, panel, wire.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection. That it breaks is what it is for.
async fn serve(mut stream: TcpStream, panel: SocketAddr, wire: Wire) {
    stream.set_nodelay(true).unwrap();
    if matches!(wire, Wire::Through) {
        if let Ok(mut to) = TcpStream::connect(panel).await {
            to.set_nodelay(true).unwrap();
            let _ = copy_bidirectional(&mut stream, &mut to).await;
        }
        return;
    }
    let Some(path) = question(&mut stream).await else { return };
    match wire {
        Wire::Reset => stream.set_zero_linger().unwrap(),
        Wire::Elsewhere(port) => {
            let head = format!(
                "HTTP/1.1 301 Moved Permanently\r\nlocation: https://127.0.0.1:{port}{path}\r\n\
                 content-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).await;
        }
        Wire::Says(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Wire::Through | Wire::Closed | Wire::Full => {}
    }
}

/// Reads the head of a question; its path.
async fn question(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    head.split(' ').nth(1).map(str::to_owned)
}

fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// A server that speaks TLS, or begins to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Its certificate's time is over.
    Expired,
    /// Its certificate is signed by nobody else.
    SelfSigned,
    /// Half of its first message, and nothing more.
    Stops,
    /// Half of its first message, and the end.
    Ends,
}

/// The first bytes of a server's first message, which announce more of them.
const HALF_A_HELLO: [u8; 11] = [0x16, 3, 3, 0, 0x7a, 2, 0, 0, 0x76, 3, 3];

/// Starts one; it ends when this is dropped.
pub async fn speak_tls(tls: Tls) -> (u16, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor(tls);
    let server = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            match tls {
                Tls::Expired | Tls::SelfSigned => {
                    // The client turns away from what it is shown.
                    assert!(acceptor.accept(stream).await.is_err());
                }
                Tls::Stops | Tls::Ends => {
                    let _ = stream.read(&mut [0; 1024]).await;
                    let _ = stream.write_all(&HALF_A_HELLO).await;
                    open.extend((tls == Tls::Stops).then_some(stream));
                }
            }
        }
    });
    (port, AbortOnDropHandle::new(server))
}

fn acceptor(tls: Tls) -> tokio_rustls::TlsAcceptor {
    use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
    use tokio_rustls::rustls::{ServerConfig, pki_types};

    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    if tls == Tls::Expired {
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    }
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let key = pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config).into()
}
