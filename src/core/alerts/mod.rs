//! Alerts: somebody is told when a check goes to crit, and when it is well again.
//!
//! ```text
//! the board's turns ─▶ Desk ─▶ Message ─┬▶ queue ─▶ ALERT_URL       3 tries on each way;
//!  and its tls checks   gathers, damps,  ├▶ queue ─▶ ALERT_COMMAND   one that hangs delays
//!                       keeps quiet hours└▶ queue ─▶ ALERT_TELEGRAM  neither another nor the desk
//! ```
//!
//! Start reading at `desk.rs`, which decides; it knows no clock and no socket. `follower.rs` brings it
//! what turns, and carries off what it decides.
//!
//! Invariants:
//! - What was told, or could not be told, is not told again: no failure makes a loop.
//! - A restart of the core forgets what was told, and tells what is still crit once more.
//! - No secret, token or address of a receiver is in a message, a log or a check.
//!
//! Deliberately absent: what is crit (that is `probes/`).

mod certificates;
mod desk;
mod follower;
mod message;
mod ways;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::follower::{Follower, Pace};
use self::message::{Message, Sender};
pub use self::ways::Delivered;
use self::ways::Ways;
use super::Core;
use super::probes::Found;
use crate::config::Settings;
use crate::config::alerts::AlertSettings;

/// What became of the last message on each way, for a check.
#[derive(Debug, Default)]
pub(super) struct Alerts(Mutex<BTreeMap<&'static str, Last>>);

#[derive(Debug)]
struct Last {
    at: Timestamp,
    result: Result<String, String>,
}

impl Alerts {
    /// What a check shows; `None` where nobody is to be told.
    pub(super) fn found(&self, settings: &AlertSettings) -> Option<Found> {
        let names = ways::names(settings);
        if names.is_empty() {
            return None;
        }
        let seen = format!("alerts go by {}", names.join(", "));
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = last.iter().find_map(|(way, Last { at, result })| {
            let why = result.as_ref().err()?;
            let at = at.strftime("%Y-%m-%d %H:%M UTC");
            Some(format!("the alert of {at} did not go out by {way}: {why}"))
        });
        Some(match failed {
            None => Found::ok(seen),
            Some(reason) => Found::warn(reason, "alamor alert test").seeing(seen),
        })
    }

    fn note(&self, at: Timestamp, Delivered { way, result }: Delivered) {
        match &result {
            Ok(_) => tracing::info!(way, "An alert went out"),
            Err(error) => tracing::warn!(way, error, "An alert did not go out"),
        }
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(way, Last { at, result });
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
            return core.alerts.note(Timestamp::now(), failed);
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
    core.shutdown.run_until_cancelled(follower.follow(core.board.turns(), &checks)).await;
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
