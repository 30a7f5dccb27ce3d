//! The socket at which the core listens: systemd's, if it passed one, else the one of the settings.
//!
//! Invariant: what systemd passed beats `WEBHOOK_BIND`. That they differ is told by the core's check
//! `socket`.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, anyhow, bail};
use listenfd::ListenFd;

use crate::core::Socket;
use crate::core::probes::machine::listeners::find_owner;

/// What systemd passed to this process.
pub(crate) struct Passed(ListenFd);

impl Passed {
    /// Takes it, and its variables out of the environment: only the first caller gets anything, and
    /// no thread may run yet.
    pub(crate) fn take() -> Self {
        Self(ListenFd::from_env())
    }
}

/// The socket that was passed, else one at `address`.
pub(super) async fn open(mut passed: Passed, address: SocketAddr) -> anyhow::Result<Socket> {
    let count = passed.0.len();
    if count == 0 {
        return listen(address).await.map(Socket::Bound);
    }
    if count > 1 {
        bail!(
            "systemd passed {count} sockets, alamor serve takes one. Leave one ListenStream= in the unit"
        );
    }
    let listener = passed.0.take_tcp_listener(0);
    let listener = listener.context(
        "systemd passed a socket that is no TCP listener. Write ListenStream=127.0.0.1:8080",
    )?;
    let listener = listener.ok_or_else(|| anyhow!("systemd passed a socket that is gone"))?;
    Ok(Socket::Passed(listener))
}

/// Takes the port, or says who has it.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let error = match TcpListener::bind(address) {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    let owner = match error.kind() {
        ErrorKind::AddrInUse => find_owner(address).await,
        _ => None,
    };
    Err(match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "WEBHOOK_BIND={address} is in use{}. Stop that program, or set another address in the .env file",
            owner.map(|owner| format!(" by {owner}")).unwrap_or_default()
        ),
        ErrorKind::PermissionDenied => {
            anyhow!("WEBHOOK_BIND={address} needs root. Set a port from 1024 on in the .env file")
        }
        ErrorKind::AddrNotAvailable => anyhow!(
            "WEBHOOK_BIND={address} is no address of this machine. Set 127.0.0.1:{} in the .env file",
            address.port()
        ),
        _ => anyhow!("WEBHOOK_BIND={address}: {error}"),
    })
}
