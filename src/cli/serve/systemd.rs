//! What systemd hears from the core: ready, alive, what it does, reloading, stopping.
//!
//! ```text
//! started, and answers at its listener ─▶ READY=1
//! the core's loop went round ─▶ it answers at its listener ─▶ WATCHDOG=1, STATUS=…
//! ```
//!
//! Invariants:
//! - Nothing here runs on a timer of its own: without a turn of the core's loop the watchdog starves.
//! - Without systemd (`NOTIFY_SOCKET`) all of this is nothing. A socket that cannot be written to is
//!   told once, and ends nothing.
//! - What comes from a database or a panel is no line of its own in a message.
//!
//! # Source
//!
//! `sd_notify(3)`: `RELOADING=1` with `MONOTONIC_USEC=`, then `READY=1`; `WatchdogSec=` reaches us as
//! `WATCHDOG_USEC`, and half of it is when to answer.

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;

use crate::api::{Check, CheckState};
use crate::core::Running;

/// How often the status line is written anew: each is a look at all checks.
const STATUS_EVERY: Duration = Duration::from_secs(15);

/// The manager that started us, if one did.
#[derive(Debug)]
pub(super) struct Systemd {
    is_there: bool,
    /// How long it waits for a sign of life.
    watchdog: Option<Duration>,
    is_deaf: AtomicBool,
}

impl Systemd {
    pub(super) fn of_process() -> Self {
        Self {
            is_there: env::var_os("NOTIFY_SOCKET").is_some(),
            watchdog: sd_notify::watchdog_enabled(),
            is_deaf: AtomicBool::new(false),
        }
    }

    /// Says that the core is ready as soon as it is, and that it lives as long as it does. Ends only
    /// with the core.
    pub(super) async fn attend(&self, core: &Running) {
        if !self.is_there {
            return std::future::pending().await;
        }
        let mut turns = core.turns();
        let mut is_ready = false;
        let (mut fed, mut told) = (Pause::default(), Pause::default());
        // Twice within the time that it waits, as it asks for; without a watchdog never.
        let feed_every = self.watchdog.map_or(Duration::MAX, |wait| wait / 2);
        while turns.changed().await.is_ok() {
            if (!is_ready || fed.is_over(feed_every)) && core.answers().await {
                fed.begin();
                self.tell(&[NotifyState::Watchdog]);
                if !is_ready {
                    is_ready = true;
                    self.ready();
                }
            }
            if is_ready && told.is_over(STATUS_EVERY) {
                told.begin();
                let health = core.health().await;
                let active = health.purchases.active;
                let line = status(active, core.running_job(), &health.checks);
                self.tell(&[NotifyState::Status(&line)]);
            }
        }
    }

    /// It serves, or has read its settings again.
    pub(super) fn ready(&self) {
        self.tell(&[NotifyState::Ready]);
    }

    /// It reads its settings again.
    pub(super) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    /// It ends.
    pub(super) fn stopping(&self) {
        self.tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    fn tell(&self, state: &[NotifyState<'_>]) {
        if !self.is_there {
            return;
        }
        if let Err(error) = sd_notify::notify(state)
            && !self.is_deaf.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(%error, "systemd does not hear us");
        }
    }
}

/// When something was done last.
#[derive(Debug, Default)]
struct Pause(Option<Instant>);

impl Pause {
    fn begin(&mut self) {
        self.0 = Some(Instant::now());
    }

    fn is_over(&self, every: Duration) -> bool {
        self.0.is_none_or(|began| began.elapsed() >= every)
    }
}

/// The core's state in one line: `serves 1200 purchases; crit: database; warn: tls sub.example.net`.
fn status(active: u64, job: Option<i64>, checks: &[Check]) -> String {
    let mut parts = vec![format!("serves {active} purchases")];
    if let Some(job) = job {
        parts.push(format!("job {job} runs"));
    }
    let named = |state: CheckState| {
        let found = checks.iter().filter(move |check| check.state == state);
        found.map(|check| check.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    for (word, state) in [("crit", CheckState::Crit), ("warn", CheckState::Warn)] {
        let names = named(state);
        if !names.is_empty() {
            parts.push(format!("{word}: {names}"));
        }
    }
    let line = parts.join("; ");
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(checks: &[(&str, CheckState)], job: Option<i64>, expected: &str) {
        let check = |(name, state): &(&str, CheckState)| Check {
            name: (*name).to_owned(),
            state: *state,
            reason: Some("a reason".to_owned()),
            ..Check::default()
        };
        let checks: Vec<Check> = checks.iter().map(check).collect();
        assert_eq!(status(1200, job, &checks), expected);
    }

    #[test]
    fn the_status_names_what_is_not_well_the_worst_first() {
        check(&[("key", CheckState::Ok)], None, "serves 1200 purchases");
        check(
            &[("tls a.net", CheckState::Warn), ("database", CheckState::Crit)],
            Some(43),
            "serves 1200 purchases; job 43 runs; crit: database; warn: tls a.net",
        );
    }

    #[test]
    fn a_panel_that_is_called_like_a_message_says_nothing_to_systemd() {
        check(
            &[("panel x\nSTOPPING=1\u{1b}[2J", CheckState::Crit)],
            None,
            "serves 1200 purchases; crit: panel x STOPPING=1 [2J",
        );
    }
}
