//! Whether payments come through: a callback that is lost is money without a subscription.
//!
//! What only the core knows of the old server, as the check `payments`. Without `LEGACY_UPSTREAM`
//! there is none until somebody comes back from a payment: not every shop takes them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};
use url::Url;

use super::Core;
use super::probes::Found;
use crate::config::legacy::LegacySettings;

/// How often is looked whether the old server takes connections.
const EVERY: Duration = Duration::from_secs(30);

/// How long it may take for that.
const ANSWER: Duration = Duration::from_secs(3);

/// What became of callbacks.
#[derive(Debug, Default)]
pub(super) struct Payments(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Since the last one that came through.
    lost: Option<Lost>,
    /// Why the old server takes no connections, if it was looked at and does not.
    away: Option<String>,
}

#[derive(Debug)]
struct Lost {
    count: u64,
    last_at: Timestamp,
    why: String,
}

impl Payments {
    /// A callback came through.
    pub(super) fn passed(&self) {
        *self.lock() = Seen::default();
    }

    /// A callback was lost.
    pub(super) fn lost(&self, why: String) {
        let mut seen = self.lock();
        let count = seen.lost.as_ref().map_or(0, |lost| lost.count) + 1;
        seen.lost = Some(Lost { count, last_at: Timestamp::now(), why });
    }

    /// How callbacks fare; `None` where nobody waits for any.
    pub(super) fn found(&self, legacy: &LegacySettings) -> Option<Found> {
        let seen = self.lock();
        let up = legacy.upstream.as_ref().map(ToString::to_string);
        let found = match (&seen.lost, &seen.away, &up) {
            (Some(lost), _, up) => {
                let fix = match up {
                    None => SET_UPSTREAM,
                    Some(_) => CALL_AGAIN,
                };
                let Lost { count, last_at, why } = lost;
                let reason =
                    format!("{count} payment callbacks were lost, the last {last_at}: {why}");
                Found::crit(reason, fix).with_fact("lost", count)
            }
            (None, Some(why), Some(up)) => Found::crit(
                format!("{up} takes no connections ({why}): the next payment would be lost"),
                "start the old server there, or correct LEGACY_UPSTREAM",
            ),
            (None, _, Some(up)) => Found::ok(format!("callbacks go to {up}")),
            (None, _, None) => return None,
        };
        Some(match up {
            Some(up) => found.with_fact("to", up),
            None => found,
        })
    }

    fn noticed(&self, away: Option<String>) {
        self.lock().away = away;
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const SET_UPSTREAM: &str = "start the old server on 127.0.0.1:8081, set LEGACY_UPSTREAM=http://127.0.0.1:8081 and restart; the \
     lost ones stand in the log with their Authority";

const CALL_AGAIN: &str = "open /zarinpal/verify?Authority=…&Status=OK once more for each that the log names; the first that \
     comes through ends this";

/// Looks whether the old server, if there is one, takes connections, until the core stops.
pub(super) async fn watch(core: Arc<Core>) {
    let mut tick = interval(EVERY);
    loop {
        tokio::select! {
            () = core.shutdown.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Some(upstream) = &core.settings().legacy.upstream {
            core.payments.noticed(why_away(upstream).await);
        }
    }
}

/// Why nobody takes connections there; `None` if somebody does.
async fn why_away(upstream: &Url) -> Option<String> {
    let (host, port) = (upstream.host_str()?, upstream.port_or_known_default()?);
    let address = (host.trim_matches(['[', ']']), port);
    match timeout(ANSWER, TcpStream::connect(address)).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.kind().to_string()),
        Err(_) => Some("no answer in time".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CheckState;

    fn legacy(upstream: Option<&str>) -> LegacySettings {
        let upstream = upstream.map(|url| url.parse().unwrap());
        LegacySettings { upstream, paths: Vec::new() }
    }

    #[test]
    fn who_takes_no_payments_has_no_check() {
        assert_eq!(Payments::default().found(&legacy(None)), None);
    }

    #[test]
    fn a_lost_callback_is_told_until_one_comes_through() {
        let payments = Payments::default();
        payments.lost("LEGACY_UPSTREAM is not set".to_owned());
        payments.lost("LEGACY_UPSTREAM is not set".to_owned());
        let found = payments.found(&legacy(None)).unwrap();
        assert_eq!(found.state, CheckState::Crit);
        let reason = found.reason.unwrap();
        assert!(reason.starts_with("2 payment callbacks were lost, the last 2"), "{reason}");
        payments.passed();
        let found = payments.found(&legacy(Some("http://127.0.0.1:8081"))).unwrap();
        assert_eq!(found.state, CheckState::Ok);
    }

    #[test]
    fn an_old_server_that_is_away_is_told_before_a_payment_is_lost() {
        let payments = Payments::default();
        payments.noticed(Some("connection refused".to_owned()));
        let found = payments.found(&legacy(Some("http://127.0.0.1:8081"))).unwrap();
        assert_eq!(found.state, CheckState::Crit);
        payments.noticed(None);
        let found = payments.found(&legacy(Some("http://127.0.0.1:8081"))).unwrap();
        assert_eq!(found.state, CheckState::Ok);
    }
}
