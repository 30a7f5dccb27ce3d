//! The socket at which the core listens: systemd's, if it passed one, else the one of the settings.
//!
//! Invariant: what systemd passed beats `WEBHOOK_BIND`. That they differ is told by the core's check
//! `socket`.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, anyhow, bail};
use listenfd::ListenFd;

use crate::core::Socket;

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
pub(super) fn open(mut passed: Passed, address: SocketAddr) -> anyhow::Result<Socket> {
    let count = passed.0.len();
    if count == 0 {
        return listen(address).map(Socket::Bound);
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
fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "WEBHOOK_BIND={address} is in use{}. Stop that program, or set another address in the .env file",
            owner_of(address.port()).map(|owner| format!(" by {owner}")).unwrap_or_default()
        ),
        ErrorKind::PermissionDenied => anyhow!(
            "WEBHOOK_BIND={address} needs root. Set a port from 1024 on in the .env file"
        ),
        ErrorKind::AddrNotAvailable => anyhow!(
            "WEBHOOK_BIND={address} is no address of this machine. Set 127.0.0.1:{} in the .env file",
            address.port()
        ),
        _ => anyhow!("WEBHOOK_BIND={address}: {error}"),
    })
}

/// The process that listens on a port; `None` if the system does not tell us.
pub(crate) fn owner_of(port: u16) -> Option<String> {
    use procfs::net::TcpState;

    let me = procfs::process::Process::myself().ok()?;
    let sockets = me.tcp().ok()?.into_iter().chain(me.tcp6().ok().unwrap_or_default());
    let inodes: Vec<u64> = sockets
        .filter(|socket| socket.state == TcpState::Listen && socket.local_address.port() == port)
        .map(|socket| socket.inode)
        .collect();
    let is_ours = |info: &procfs::process::FDInfo| matches!(info.target, procfs::process::FDTarget::Socket(inode) if inodes.contains(&inode));
    let owner = procfs::process::all_processes().ok()?.flatten().find(|process| {
        process.fd().is_ok_and(|mut fds| fds.any(|fd| fd.is_ok_and(|fd| is_ours(&fd))))
    })?;
    let name = owner.stat().ok()?.comm;
    Some(format!("pid {} ({name})", owner.pid))
}
