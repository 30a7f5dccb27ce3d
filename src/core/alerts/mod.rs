//! Alerts: somebody is told when a check goes to crit, and when it is well again.
//!
//! ```text
//! the board's turns ─▶ Desk ─▶ Message ─▶ Ways ─▶ ALERT_URL, ALERT_COMMAND, Telegram
//!  and its tls checks   gathers, damps,     3 tries each, side by side
//!                       keeps quiet hours
//! ```
//!
//! Start reading at `desk.rs`, which decides; it knows no clock and no socket.
//!
//! Invariants:
//! - What was told, or could not be told, is not told again: no failure makes a loop.
//! - A restart of the core forgets what was told, and tells what is still crit once more.
//! - No secret, token or address of a receiver is in a message, a log or a check.
//!
//! Deliberately absent: what is crit (that is `probes/`).

mod certificates;
mod desk;
mod message;
mod ways;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use self::desk::Desk;
use self::message::{Message, Sender};
pub use self::ways::Delivered;
use self::ways::Ways;
use super::Core;
use super::probes::Found;
use super::probes::board::standing::Turn;
use crate::api::Check;
use crate::config::Settings;
use crate::config::alerts::{AlertSettings, Quiet};

/// How time goes by; tests are in a hurry.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// How often the desk is asked.
    tick: Duration,
    /// How often every check is read again: certificates come closer without turning, and a panel
    /// that is gone turns no more.
    read: Duration,
    /// How long what comes together is gathered into one message.
    gather: SignedDuration,
    /// How long after the start: the first looks of all probes are one message.
    start: SignedDuration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(1),
            read: Duration::from_mins(10),
            gather: SignedDuration::from_secs(10),
            start: SignedDuration::from_secs(30),
        }
    }
}

/// What became of the last message, for a check.
#[derive(Debug, Default)]
pub(super) struct Alerts(Mutex<Option<Last>>);

#[derive(Debug)]
struct Last {
    at: Timestamp,
    delivered: Vec<Delivered>,
}

impl Alerts {
    /// What a check shows; `None` where nobody is to be told.
    pub(super) fn found(&self, settings: &AlertSettings) -> Option<Found> {
        let names = ways::names(settings);
        if names.is_empty() {
            return None;
        }
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = last.as_ref().and_then(|last| {
            let failed = last
                .delivered
                .iter()
                .find_map(|each| Some((each.way, each.result.as_ref().err()?)))?;
            Some((last.at, failed))
        });
        let seen = format!("alerts go by {}", names.join(", "));
        Some(match failed {
            None => Found::ok(seen),
            Some((at, (way, why))) => Found::warn(
                format!(
                    "the alert of {} did not go out by {way}: {why}",
                    at.strftime("%Y-%m-%d %H:%M UTC")
                ),
                "alamor alert test",
            )
            .seeing(seen),
        })
    }

    fn note(&self, at: Timestamp, delivered: Vec<Delivered>) {
        for Delivered { way, result } in &delivered {
            match result {
                Ok(_) => tracing::info!(way, "An alert went out"),
                Err(error) => tracing::warn!(way, error, "An alert did not go out"),
            }
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Last { at, delivered });
    }
}

/// Tells until the core stops; returns at once where nobody is to be told.
pub(super) async fn run(core: Arc<Core>) {
    let settings = &core.settings.alerts;
    if ways::names(settings).is_empty() {
        return;
    }
    let ways = match Ways::new(settings) {
        Ok(ways) => ways,
        Err(error) => {
            let failed = Delivered { way: "every way", result: Err(error) };
            return core.alerts.note(Timestamp::now(), vec![failed]);
        }
    };
    let follower = Follower {
        ways,
        sender: Sender {
            domain: core.settings.domain.clone(),
            instance: core.hub.instance().to_owned(),
        },
        quiet: settings.quiet,
        zone: TimeZone::system(),
        alerts: &core.alerts,
        pace: Pace::default(),
    };
    let checks = || core.board.checks(Timestamp::now());
    core.shutdown.run_until_cancelled(follower.follow(core.board.turns(), checks)).await;
}

/// Follows the board and tells.
struct Follower<'a> {
    ways: Ways,
    sender: Sender,
    quiet: Option<Quiet>,
    zone: TimeZone,
    alerts: &'a Alerts,
    pace: Pace,
}

impl Follower<'_> {
    /// Ends with the board.
    async fn follow(&self, mut turns: broadcast::Receiver<Turn>, checks: impl Fn() -> Vec<Check>) {
        let mut desk = Desk::new(Timestamp::now(), self.pace.gather, self.pace.start);
        let mut tick = interval(self.pace.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut read = interval(self.pace.read);
        read.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                turn = turns.recv() => match turn {
                    Ok(turn) => desk.turned(&turn.check, Timestamp::now()),
                    Err(RecvError::Lagged(_)) => desk.read(&checks(), Timestamp::now()),
                    Err(RecvError::Closed) => return,
                },
                _ = read.tick() => desk.read(&checks(), Timestamp::now()),
                _ = tick.tick() => {
                    let now = Timestamp::now();
                    let is_quiet = is_quiet(self.quiet, now, &self.zone);
                    if let Some(message) = desk.take(now, is_quiet) {
                        // What turns meanwhile waits in its channel.
                        let delivered = self.ways.deliver(&message, &self.sender).await;
                        self.alerts.note(now, delivered);
                    }
                }
            }
        }
    }
}

/// Whether nobody is to be woken now.
fn is_quiet(quiet: Option<Quiet>, now: Timestamp, zone: &TimeZone) -> bool {
    let time = zone.to_datetime(now).time();
    let minute = u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute()));
    quiet.zip(minute.ok()).is_some_and(|(quiet, minute)| quiet.holds(minute))
}

/// Sends a test on every way that the settings have; empty if they have none. Quiet hours are none.
pub async fn test(settings: &Settings) -> Vec<Delivered> {
    match Ways::new(&settings.alerts) {
        Ok(ways) => {
            let sender = Sender {
                domain: settings.domain.clone(),
                instance: "alamor alert test".to_owned(),
            };
            ways.deliver(&Message::test(Timestamp::now()), &sender).await
        }
        Err(error) => {
            let names = ways::names(&settings.alerts).into_iter();
            names.map(|way| Delivered { way, result: Err(error.clone()) }).collect()
        }
    }
}

#[cfg(test)]
mod tests;
