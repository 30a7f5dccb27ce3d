//! Orders the certificate from an authority (RFC 8555), and again when a third of its time is left.
//!
//! ```text
//! due? ─▶ order.rs: account, order, proof at port 80, certificate ─▶ keep.rs: two files ─▶ shown
//!   ▲        └ failed: said in the check `certificate`, and tried again later ─┐
//!   └──────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Invariants:
//! - What is shown stays until a new one is there.
//! - Account and key are read by this user alone, and stand in no log.
//! - An authority is never asked in a hurry: after a failure it is left alone for longer each time.
//!
//! Deliberately absent: which certificate is shown (that is `core/tls/mod.rs`), the listener at
//! port 80 (that is `core/door/redirect.rs`).

mod keep;
mod order;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::pair::Valid;
use super::{LOGS, Tls};
use crate::config::AcmeSettings;
use crate::core::Core;

/// How long an order may take: an authority looks from several places, and may be busy.
const ORDER: Duration = Duration::from_mins(5);

/// How often is looked whether a certificate is due: a clock may be set, a machine may sleep.
const LOOK_EVERY: Duration = Duration::from_mins(10);

/// The pause after the first failure; each one is four times as long as the one before, up to
/// [`LONGEST_PAUSE`].
///
/// Let's Encrypt refuses a name for an hour after five failures within one: this makes four.
const PAUSE: Duration = Duration::from_mins(1);

/// With a third of 90 days left, there are a hundred more tries.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// What is ordered, and how that goes.
#[derive(Debug)]
pub(in crate::core) struct Acme {
    settings: AcmeSettings,
    /// What the authority may ask for at port 80, by the last part of its path.
    proofs: Mutex<HashMap<String, String>>,
    trouble: Mutex<Option<Trouble>>,
    /// Somebody changed something, and does not want to wait.
    hurry: Notify,
}

/// Why there is no new certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trouble {
    why: Failure,
    again_at: Timestamp,
}

/// Why an order came to nothing, in words without secrets, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    what: String,
    fix: &'static str,
}

impl Acme {
    pub(super) fn new(settings: AcmeSettings) -> Self {
        Self { settings, proofs: Mutex::default(), trouble: Mutex::default(), hurry: Notify::new() }
    }

    /// Tries at once what failed before.
    pub(in crate::core) fn hurry(&self) {
        self.hurry.notify_waiters();
    }

    /// What proves to the authority that the name is ours.
    pub(in crate::core) fn proof(&self, token: &str) -> Option<String> {
        self.proofs().get(token).cloned()
    }

    /// Why nothing was ordered when it was due, and what to do.
    pub(super) fn trouble_in_words(&self, now: Timestamp) -> Option<(String, String)> {
        let Trouble { why: Failure { what, fix }, again_at } = self.trouble().clone()?;
        let minutes = again_at.duration_since(now).as_mins().max(0) + 1;
        let why = format!("none was ordered, next try within {minutes} min: {what}");
        Some((why, fix.to_owned()))
    }

    fn proofs(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Orders whenever it is due, until the core stops.
pub(in crate::core) async fn run(core: Arc<Core>) {
    let Some(tls) = core.tls.clone() else { return };
    core.shutdown.clone().run_until_cancelled_owned(order_on(tls)).await;
}

async fn order_on(tls: Arc<Tls>) {
    let Some(acme) = tls.acme() else { return };
    let mut failures = 0;
    loop {
        let valid = tls.last().valid.clone();
        if !is_due(valid.as_ref(), &acme.settings.names, Timestamp::now()) {
            sleep(LOOK_EVERY).await;
            continue;
        }
        match order_once(acme, &tls).await {
            Ok(()) => {
                failures = 0;
                *acme.trouble() = None;
                tls.read_again();
                // If the authority gives what is due already, it is not asked in a circle.
                sleep(LOOK_EVERY).await;
            }
            Err(why) => {
                failures += 1;
                let pause = pause(failures);
                let Failure { what, fix } = &why;
                let minutes = pause.as_secs() / 60;
                tracing::error!(fix, minutes, "No certificate was ordered: {what}");
                let again_at = Timestamp::now() + pause;
                *acme.trouble() = Some(Trouble { why, again_at });
                let _ = timeout(pause, acme.hurry.notified()).await;
            }
        }
    }
}

/// Orders, and keeps what came.
async fn order_once(acme: &Acme, tls: &Tls) -> Result<(), Failure> {
    let settings = &acme.settings;
    tracing::info!(names = settings.names.join(", "), "A certificate is ordered");
    let ordered = timeout(ORDER, order::run(acme)).await;
    acme.proofs().clear();
    let made = ordered.unwrap_or_else(|_| {
        let what = format!("the authority was not done within {} min", ORDER.as_secs() / 60);
        Err(Failure { what, fix: LOGS })
    })?;
    keep::pair(&tls.files, &made)
}

/// Whether a certificate has to be ordered: there is none, a third of its time is left, or it is not
/// for every name.
fn is_due(valid: Option<&Valid>, names: &[String], now: Timestamp) -> bool {
    let Some(valid) = valid else { return true };
    let third = valid.not_after.duration_since(valid.not_before) / 3;
    let left = valid.not_after.duration_since(now);
    left <= third || !names.iter().all(|name| valid.names.contains(name))
}

fn pause(failures: u32) -> Duration {
    let times = 4_u32.saturating_pow(failures.saturating_sub(1));
    PAUSE.saturating_mul(times).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_when_there_is_none_when_it_ends_and_when_a_name_is_missing() {
        let day = |day: i64| Timestamp::from_second(day * 24 * 3600).unwrap();
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let valid =
            Valid { not_before: day(0), not_after: day(90), names: names(&["a.net", "b.net"]) };
        let due = |at: i64, of: &[&str]| is_due(Some(&valid), &names(of), day(at));
        assert!(is_due(None, &names(&["a.net"]), day(1)));
        assert!(!due(59, &["b.net", "a.net"]));
        assert!(due(60, &["a.net"]));
        assert!(due(100, &["a.net"]));
        assert!(due(1, &["a.net", "c.net"]));
    }

    #[test]
    fn an_authority_is_left_alone_for_longer_each_time() {
        let minutes = [1, 2, 3, 4, 5, 6, 99].map(|failures| pause(failures).as_secs() / 60);
        assert_eq!(minutes, [1, 4, 16, 64, 256, 360, 360]);
    }
}
