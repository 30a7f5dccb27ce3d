//! The socket at which the core listens: systemd's, if it passed one, else the one of the settings.
//!
//! Invariant: what systemd passed beats `WEBHOOK_BIND`. That they differ is told by the core's check
//! `socket`.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, anyhow, bail};
use listenfd::ListenFd;

use crate::config::Settings;
use crate::config::keys::{self, Key};
use crate::core::probes::machine::listeners::find_owner;
use crate::core::{Socket, Sockets};

/// What systemd passed to this process.
pub(crate) struct Passed(ListenFd);

impl Passed {
    /// Takes it, and its variables out of the environment: only the first caller gets anything, and
    /// no thread may run yet.
    pub(crate) fn take() -> Self {
        Self(ListenFd::from_env())
    }
}

/// The sockets that were passed, else those of the settings.
pub(super) async fn open(passed: Passed, settings: &Settings) -> anyhow::Result<Sockets> {
    let redirect_to = settings.tls.as_ref().and_then(|tls| tls.redirect);
    let mut passed = take(passed)?;
    // Of two the one with the port of TLS_REDIRECT_BIND is for that.
    let is_redirect = |listener: &TcpListener| {
        let port = listener.local_addr().map(|address| address.port()).ok();
        port.is_some() && port == redirect_to.map(|address| address.port())
    };
    let redirect = passed.extract_if(.., |listener| is_redirect(listener)).next();
    let redirect = match (redirect, redirect_to) {
        (None, Some(address)) => Some(listen(&keys::TLS_REDIRECT_BIND, address).await?),
        (redirect, _) => redirect,
    };
    if passed.len() > 1 {
        bail!(
            "systemd passed {} sockets, alamor serve takes one, and one at the port of \
             TLS_REDIRECT_BIND. Leave one ListenStream= in the unit",
            passed.len()
        );
    }
    let front = match passed.pop() {
        Some(listener) => Socket::Passed(listener),
        None => Socket::Bound(listen(&keys::WEBHOOK_BIND, settings.bind).await?),
    };
    Ok(Sockets { front, redirect })
}

/// All that systemd passed.
fn take(mut passed: Passed) -> anyhow::Result<Vec<TcpListener>> {
    let count = passed.0.len();
    let each = |at: usize| -> anyhow::Result<TcpListener> {
        let listener = passed.0.take_tcp_listener(at).context(
            "systemd passed a socket that is no TCP listener. Write ListenStream=127.0.0.1:8080",
        )?;
        listener.ok_or_else(|| anyhow!("systemd passed a socket that is gone"))
    };
    (0..count).map(each).collect()
}

/// Takes the port, or says who has it.
async fn listen(key: &Key, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let key = key.name;
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
            "{key}={address} is in use{}. Stop that program, or set another address in the .env file",
            owner.map(|owner| format!(" by {owner}")).unwrap_or_default()
        ),
        ErrorKind::PermissionDenied => {
            anyhow!("{key}={address} needs root. Set a port from 1024 on in the .env file")
        }
        ErrorKind::AddrNotAvailable => anyhow!(
            "{key}={address} is no address of this machine. Set 127.0.0.1:{} in the .env file",
            address.port()
        ),
        _ => anyhow!("{key}={address}: {error}"),
    })
}
