//! A list as it was read, or what the body is instead; and what becomes of the list.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::answer::Stats;
use super::{Client, ClientOff, Inbound, Inventory};
use crate::domain::subscription::BodyKind;

/// A body is no list of inbounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAList {
    /// The panel said no in its own words: `{"success": false, …}`.
    #[error("the panel refused to list its inbounds")]
    Refused,
    /// It is something else; a login page, mostly.
    #[error("{0}, not a list of inbounds")]
    Body(BodyKind),
    /// No panel has so many inbounds, or clients.
    #[error("more than 10 000 inbounds or 500 000 clients")]
    TooMany,
}

/// Most inbounds that a panel may have: each needs a port of its own, or a file.
pub(super) const MOST_INBOUNDS: usize = 10_000;

/// A list as it was read.
#[derive(Default)]
pub(super) struct Listed<'a> {
    /// Their clients have used nothing yet: see [`judge`].
    pub(super) inbounds: Vec<Inbound>,
    /// What clients used, for each inbound.
    pub(super) stats: Vec<Vec<Stats<'a>>>,
    /// Entries that are no inbound we can read.
    pub(super) dropped: usize,
}

impl Listed<'_> {
    pub(super) fn into_inventory(mut self, now_ms: i64) -> Inventory {
        let mut everywhere: Option<StatsOf> = None;
        let mut own = StatsOf::default();
        for (inbound, stats) in self.inbounds.iter_mut().zip(&self.stats) {
            own.clear();
            note(&mut own, stats);
            for client in &mut inbound.clients {
                let email = client.email.as_str();
                // 3.x counts a client of several inbounds once.
                let stats = own.get(email).copied().or_else(|| {
                    let everywhere = everywhere.get_or_insert_with(|| of_all(&self.stats));
                    everywhere.get(email).copied()
                });
                judge(client, stats, now_ms);
            }
        }
        self.inbounds.shrink_to_fit();
        Inventory { dropped: self.dropped, ..Inventory::new(self.inbounds) }
    }
}

/// What clients used, by e-mail.
type StatsOf<'a> = HashMap<&'a str, &'a Stats<'a>, RandomState>;

fn of_all<'a>(stats: &'a [Vec<Stats<'a>>]) -> StatsOf<'a> {
    let mut all = StatsOf::default();
    for of_one in stats {
        note(&mut all, of_one);
    }
    all
}

/// The last of several with one e-mail counts.
fn note<'a>(to: &mut StatsOf<'a>, stats: &'a [Stats<'a>]) {
    to.reserve(stats.len());
    let named = stats.iter().filter(|one| !one.email.is_empty());
    to.extend(named.map(|one| (one.email.as_ref(), one)));
}

/// What a client used, and what follows from it.
fn judge(client: &mut Client, stats: Option<&Stats<'_>>, now_ms: i64) {
    let mut enabled = client.off.is_none();
    if let Some(stats) = stats {
        enabled &= stats.enabled;
        client.used_bytes = stats.used_bytes;
        client.total_bytes = stats.total_bytes;
        client.expires_at = stats.expires_at;
    }
    client.off = off(client, enabled, now_ms);
}

/// A panel switches off what is expired or used up; the cause says more than the switch.
fn off(client: &Client, enabled: bool, now_ms: i64) -> Option<ClientOff> {
    let used = client.used_bytes.0.saturating_add(client.used_bytes.1);
    if client.expires_at > 0 && client.expires_at <= now_ms {
        Some(ClientOff::Expired)
    } else if client.total_bytes > 0 && used >= client.total_bytes {
        Some(ClientOff::Depleted)
    } else {
        (!enabled).then_some(ClientOff::Disabled)
    }
}
