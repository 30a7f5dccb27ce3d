//! `alamor serve`: the core, headless, until a signal ends it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::anyhow;

use super::logging;
use super::stop::Stop;
use crate::config::Settings;
use crate::core::{self, Role, Running};

/// Serves until `TERM`, `INT` or `HUP`.
pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    logging::start(&settings.log);
    let mut stop = Stop::watch()?;
    let listener = listen(settings.bind)?;
    let core = core::start(settings, listener, Role::Serve).await?;
    Ok(until_stopped(core, &mut stop).await)
}

/// Waits for a signal, then stops the core in order.
pub(super) async fn until_stopped(core: Running, stop: &mut Stop) -> ExitCode {
    tokio::select! {
        name = stop.heard() => tracing::info!("Stopped by {name}"),
        () = core.stopping().cancelled_owned() => {}
    }
    core.stop().await;
    ExitCode::SUCCESS
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
fn owner_of(port: u16) -> Option<String> {
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
