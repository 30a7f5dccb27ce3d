//! `alamor serve`: the core, headless, until a signal ends it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::anyhow;

use super::logging;
use super::stop::Stop;
use crate::config::Settings;
use crate::core::probes::machine::listeners::find_owner;
use crate::core::{self, Role, Running};

/// Serves until `TERM`, `INT` or `HUP`.
pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    logging::start(&settings.log);
    let mut stop = Stop::watch()?;
    let listener = listen(settings.bind).await?;
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
