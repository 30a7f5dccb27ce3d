//! The signals that end a program that draws nothing.
//!
//! Invariant: a signal that comes between [`Stop::watch`] and [`Stop::heard`] is not lost.

use std::io::{IsTerminal, stdin};

use anyhow::Context;
use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// `TERM`, `INT`, and `HUP` unless whoever started us said that it means nothing.
#[derive(Debug)]
pub(super) struct Stop {
    term: Signal,
    int: Signal,
    hup: Option<Signal>,
}

impl Stop {
    /// From now on these signals do not end the process by themselves.
    pub(super) fn watch() -> anyhow::Result<Self> {
        let watch = |kind| signal(kind).context("signals cannot be watched");
        // Asked first: watching it ends that it is ignored.
        let hup = (!is_hangup_ignored()).then(|| watch(SignalKind::hangup())).transpose()?;
        Ok(Self {
            term: watch(SignalKind::terminate())?,
            int: watch(SignalKind::interrupt())?,
            hup,
        })
    }

    /// The same for a service, which does not end by `HUP`: that signal beside it. At a terminal
    /// there is none: `HUP` means that the terminal is gone, and ends the program.
    pub(super) fn watch_beside_hangup() -> anyhow::Result<(Self, Option<Signal>)> {
        let mut stop = Self::watch()?;
        let hangup = if stdin().is_terminal() { None } else { stop.hup.take() };
        Ok((stop, hangup))
    }

    /// Waits for one of them; its name.
    ///
    /// Cancel safe.
    pub(super) async fn heard(&mut self) -> &'static str {
        let hup = async {
            match &mut self.hup {
                Some(hup) => hup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.term.recv() => "TERM",
            _ = self.int.recv() => "INT",
            _ = hup => "HUP",
        }
    }

    /// The name of one that came already.
    pub(super) fn heard_already(&mut self) -> Option<&'static str> {
        self.heard().now_or_never()
    }
}

/// Whether `nohup` or its like started us.
///
/// # Source
///
/// proc(5), `/proc/pid/status`: `SigIgn` is a mask whose lowest bit is signal 1, `HUP`.
fn is_hangup_ignored() -> bool {
    let status = procfs::process::Process::myself().and_then(|me| me.status());
    status.is_ok_and(|status| status.sigign & 1 == 1)
}
