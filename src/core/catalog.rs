//! Every purchase in memory: what lists, counts and subscribers' questions are answered from.
//!
//! About 250 bytes a purchase, links not included. The database is the truth: this copy is replaced
//! when it changes there, and updated with everything that we write there ourselves.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::api::health::PurchaseCounts;
use crate::api::purchases::PurchaseState;
use crate::database::purchases::{Contribution, Links, Listed, PanelStanding, Stamp, Summary};
use crate::database::settle::Change;
use crate::domain::ids::{PanelId, PurchaseId, SubId};
use crate::domain::purchase::{Purchase, Standing};

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Catalog(RwLock<Rows>);

/// The rows themselves, while nobody changes them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    by_id: BTreeMap<PurchaseId, Listed>,
    by_sub_id: HashMap<SubId, PurchaseId>,
    is_loaded: bool,
}

impl Catalog {
    /// Takes over what the database says; returns the purchases for which the bot changed anything
    /// that decides what is served, those that are gone among them.
    pub(crate) fn replace(&self, listed: Vec<Listed>) -> Vec<PurchaseId> {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut rows.by_id);
        let mut changed = Vec::new();
        rows.is_loaded = true;
        rows.by_sub_id.clear();
        for row in listed {
            let id = row.purchase.id;
            let (row, is_changed) = follow(before.remove(&id), row);
            if is_changed {
                changed.push(id);
            }
            rows.insert(row);
        }
        changed.extend(before.into_keys());
        changed
    }

    /// Takes over what the database says of a few purchases; returns like [`Catalog::replace`].
    pub(crate) fn update(&self, there: Vec<Listed>, gone: &[PurchaseId]) -> Vec<PurchaseId> {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for row in there {
            let id = row.purchase.id;
            let (row, is_changed) = follow(rows.by_id.remove(&id), row);
            if is_changed {
                changed.push(id);
            }
            rows.by_id.insert(id, row);
        }
        changed.extend(gone.iter().filter(|id| rows.by_id.remove(id).is_some()));
        if !changed.is_empty() {
            rows.sort_by_sub_id();
        }
        changed
    }

    /// Adds or replaces one purchase.
    pub(crate) fn upsert(&self, row: Listed) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(row);
    }

    /// Notes what was just settled.
    pub(crate) fn settled(&self, id: PurchaseId, change: &Change) {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.by_id.get_mut(&id) {
            row.summary = change.summary.clone();
            row.settled_at = change.summary.attempted_at;
            if change.json.is_some() {
                // What we wrote is no change of the bot's.
                row.stamp.links = Links::Ours;
            }
        }
    }

    /// Notes that a purchase is being tried, whatever comes of it.
    pub(crate) fn tried(&self, id: PurchaseId, now: i64) {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.by_id.get_mut(&id) {
            row.summary.attempted_at = Some(now);
        }
    }

    /// Whether purchases were ever read.
    pub(crate) fn is_loaded(&self) -> bool {
        self.rows().is_loaded
    }

    /// The rows, while they are looked at.
    pub(crate) fn rows(&self) -> RwLockReadGuard<'_, Rows> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Active purchases, newest first: the order of the bot's button.
    pub(crate) fn list_active(&self) -> Vec<PurchaseId> {
        let rows = self.rows();
        rows.iter().rev().filter(|row| row.purchase.active).map(|row| row.purchase.id).collect()
    }

    /// The panels that an update of this purchase asks; none if it cannot be updated.
    pub(crate) fn panels_to_ask(&self, id: PurchaseId) -> Vec<PanelId> {
        let rows = self.rows();
        let row = rows.find(id).filter(|row| row.purchase.obstacle().is_none());
        row.map_or_else(Vec::new, |row| row.purchase.panels.clone())
    }

    /// The active purchase that a subscriber asks for.
    pub(crate) fn find_active(&self, sub_id: &SubId) -> Option<(PurchaseId, Option<i64>)> {
        let rows = self.rows();
        let row = rows.find(*rows.by_sub_id.get(sub_id)?)?;
        row.purchase.active.then_some((row.purchase.id, row.summary.attempted_at))
    }

    /// How many there are of each state.
    pub(crate) fn counts(&self, now: i64) -> PurchaseCounts {
        let mut counts = PurchaseCounts::default();
        let mut oldest_at: Option<i64> = None;
        for row in self.rows().iter() {
            match state(row) {
                PurchaseState::Fresh => counts.fresh += 1,
                PurchaseState::Partial => counts.partial += 1,
                PurchaseState::Kept => counts.kept += 1,
                PurchaseState::Failed => counts.failed += 1,
                PurchaseState::Never => counts.never += 1,
                PurchaseState::Disabled => counts.disabled += 1,
                PurchaseState::OffThere => counts.off_there += 1,
            }
            if row.purchase.active {
                counts.active += 1;
                oldest_at = [oldest_at, row.summary.oldest_at].into_iter().flatten().min();
            }
        }
        counts.oldest_ms = oldest_at.map(|at| now.saturating_sub(at).max(0).unsigned_abs());
        counts
    }
}

/// What is known of a purchase now, from what was known and what the database says; and whether the
/// bot changed anything that decides what is served.
fn follow(old: Option<Listed>, mut row: Listed) -> (Listed, bool) {
    let Some(old) = old else { return (row, true) };
    // What we settled while the database was read is newer than what was read.
    if old.settled_at > row.summary.attempted_at {
        row.stamp.links = old.stamp.links;
        row.summary = old.summary;
        row.settled_at = old.settled_at;
    }
    let is_changed = old.stamp != row.stamp;
    (row, is_changed)
}

impl Rows {
    fn sort_by_sub_id(&mut self) {
        let mut by_sub_id = HashMap::new();
        for (id, row) in &self.by_id {
            if let Some(sub_id) = &row.purchase.sub_id {
                // Of several with one id the oldest is served, as the old server did (fact C3).
                by_sub_id.entry(sub_id.clone()).or_insert(*id);
            }
        }
        self.by_sub_id = by_sub_id;
    }

    fn insert(&mut self, row: Listed) {
        if let Some(sub_id) = &row.purchase.sub_id {
            // Of several with one id the oldest is served, as the old server did (fact C3).
            let first = self.by_sub_id.entry(sub_id.clone()).or_insert(row.purchase.id);
            *first = (*first).min(row.purchase.id);
        }
        self.by_id.insert(row.purchase.id, row);
    }

    /// One row.
    pub(crate) fn find(&self, id: PurchaseId) -> Option<&Listed> {
        self.by_id.get(&id)
    }

    /// Every row, oldest purchase first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Listed> {
        self.by_id.values()
    }
}

/// What a purchase's links are worth, as it is said on the wire.
pub(crate) fn state(row: &Listed) -> PurchaseState {
    if !row.purchase.active {
        return PurchaseState::Disabled;
    }
    let is_off = |part: &Contribution| matches!(part.state, PanelStanding::Off(_));
    match row.summary.standing {
        Standing::Fresh if row.summary.panels.iter().any(is_off) => PurchaseState::OffThere,
        Standing::Fresh => PurchaseState::Fresh,
        Standing::Partial => PurchaseState::Partial,
        Standing::Kept => PurchaseState::Kept,
        Standing::Failed => PurchaseState::Failed,
        Standing::Never => PurchaseState::Never,
    }
}

/// A row for a purchase that was just found in the database.
pub(crate) fn row(purchase: Purchase, summary: Option<Summary>, links: u64) -> Listed {
    let summary = summary.unwrap_or_else(|| Summary::untried(links));
    Listed { purchase, summary, stamp: Stamp::default(), settled_at: None }
}
