//! `alamor serve`: the core, headless, until a signal ends it.
//!
//! ```text
//! socket.rs (systemd's, or WEBHOOK_BIND) ─▶ core ─▶ systemd.rs: ready, alive, what it does
//!                                  HUP ─▶ reload.rs: the settings once more
//! ```

mod reload;
mod socket;
mod systemd;

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::timeout;

pub(super) use self::socket::Passed;

use self::reload::Reload;
use self::systemd::Systemd;
use super::args::Args;
use super::logging;
use super::stop::Stop;
use crate::config::Settings;
use crate::core::{self, Role, Running};

/// How long a core may take to end: its requests (half a second to come in, 5 s to be answered),
/// then what was begun in the database. Whatever is left then is in the database already, or is done
/// again; systemd would kill after `TimeoutStopSec`, which is longer.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// Serves until `TERM` or `INT`; `HUP` reads the settings again, at a terminal it ends the core.
pub(super) async fn run(
    args: &Args,
    settings: Settings,
    passed: Passed,
) -> anyhow::Result<ExitCode> {
    logging::start(&settings.log);
    let systemd = Systemd::of_process();
    let (mut stop, mut hangup) = Stop::watch_beside_hangup()?;
    let socket = socket::open(passed, &settings).await?;
    let core = core::start(settings, socket, Role::Serve).await?;
    let reload = Reload { args, systemd: &systemd };
    tokio::select! {
        name = stop.heard() => tracing::info!("Stopped by {name}"),
        () = core.stopping().cancelled_owned() => {}
        () = systemd.attend(&core) => {}
        () = reload_at(hangup.as_mut(), &reload, &core) => {}
    }
    systemd.stopping();
    Ok(end(core).await)
}

/// Reads the settings again at each `HUP`; never ends.
async fn reload_at(hangup: Option<&mut Signal>, reload: &Reload<'_>, core: &Running) {
    let Some(hangup) = hangup else { return std::future::pending().await };
    while hangup.recv().await.is_some() {
        reload.run(core);
    }
}

/// Waits for a signal, then stops the core in order.
pub(super) async fn until_stopped(core: Running, stop: &mut Stop) -> ExitCode {
    tokio::select! {
        name = stop.heard() => tracing::info!("Stopped by {name}"),
        () = core.stopping().cancelled_owned() => {}
    }
    end(core).await
}

async fn end(core: Running) -> ExitCode {
    if timeout(STOP_WITHIN, core.stop()).await.is_err() {
        tracing::warn!("The core did not end within {} s and is left", STOP_WITHIN.as_secs());
    }
    ExitCode::SUCCESS
}
