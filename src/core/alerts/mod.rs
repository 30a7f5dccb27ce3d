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
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use self::follower::{Follower, Pace};
use self::message::{Message, Sender};
pub use self::ways::Delivered;
use self::ways::Ways;
use super::Core;
use super::probes::Found;
use crate::config::Settings;
use crate::config::alerts::AlertSettings;
use crate::config::keys::{self, Key};

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

    /// Other settings, other ways: what became of messages on the old ones is no fault of these.
    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
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

/// What alerts are made of: with other settings they begin anew, as after a restart.
const SETTINGS: [&Key; 8] = [
    &keys::WEBHOOK_DOMAIN,
    &keys::ALERT_URL,
    &keys::ALERT_SECRET,
    &keys::ALERT_COMMAND,
    &keys::ALERT_TELEGRAM,
    &keys::BOT_TOKEN_ALAMOR,
    &keys::ADMIN_IDS_ALAMOR,
    &keys::ALERT_QUIET,
];

/// Tells until the core stops.
pub(super) async fn run(core: Arc<Core>) {
    let mut latest = core.live.subscribe();
    let mut settings = Arc::clone(&latest.borrow_and_update());
    let telling = async {
        loop {
            tokio::select! {
                // Whoever has ended waits for other settings.
                () = async { tell(&core, &settings).await; pending().await } => {}
                next = others(&mut latest, &settings) => {
                    core.alerts.forget();
                    settings = next;
                }
            }
        }
    };
    core.shutdown.run_until_cancelled(telling).await;
}

/// Waits for settings with which alerts are made differently.
async fn others(latest: &mut watch::Receiver<Arc<Settings>>, settings: &Settings) -> Arc<Settings> {
    let is_other = |next: &Arc<Settings>| {
        let mut changed = settings.texts.changed(&next.texts);
        changed.any(|key| SETTINGS.contains(&key))
    };
    let next = latest.wait_for(is_other).await.ok().map(|next| Arc::clone(&next));
    match next {
        Some(next) => next,
        // The core is gone, and this with it.
        None => pending().await,
    }
}

/// Tells as these settings say; ends with the board, and at once where nobody is to be told.
async fn tell(core: &Core, all: &Settings) {
    let settings = &all.alerts;
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
        sender: Sender { domain: all.domain.clone(), instance: core.hub.instance().to_owned() },
        quiet: settings.quiet,
        zone: TimeZone::system(),
        alerts: &core.alerts,
        pace: Pace::default(),
    };
    let checks = || core.board.checks(Timestamp::now());
    follower.follow(core.board.turns(), &checks).await;
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
