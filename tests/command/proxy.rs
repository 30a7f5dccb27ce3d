//! A line to a core that can be cut, or fall silent: a TCP proxy on a free port.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Every byte passes.
    Carries,
    /// Connections stay open, and no byte passes.
    Silent,
    /// Connections are reset, new ones too.
    Cut,
}

/// The proxy; gone when dropped.
pub struct Proxy {
    _runtime: Runtime,
    address: SocketAddr,
    line: watch::Sender<Line>,
}

impl Proxy {
    /// A line to `core` that carries.
    pub fn start(core: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (line, watched) = watch::channel(Line::Carries);
        runtime.spawn(serve(listener, core.to_owned(), watched));
        Self { _runtime: runtime, address, line }
    }

    /// What a console is told as the core's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn serve(listener: TcpListener, core: String, line: watch::Receiver<Line>) {
    while let Ok((customer, _)) = listener.accept().await {
        tokio::spawn(carry(customer, core.clone(), line.clone()));
    }
}

/// One connection, as long as the line is not cut.
async fn carry(mut customer: TcpStream, core: String, mut line: watch::Receiver<Line>) {
    let mut core = TcpStream::connect(core).await.ok();
    loop {
        let now = *line.borrow_and_update();
        let changed = match (now, &mut core) {
            (Line::Cut, _) => {
                let _ = customer.set_zero_linger();
                return;
            }
            (Line::Silent, _) => line.changed().await,
            (Line::Carries, None) => return,
            (Line::Carries, Some(core)) => tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut customer, core) => return,
                changed = line.changed() => changed,
            },
        };
        if changed.is_err() {
            return;
        }
    }
}
