//! Every purchase in memory: what lists, counts and subscribers' questions are answered from.
//!
//! About 370 bytes a purchase, links not included. The database is the truth: this copy is replaced
//! when it changes there, and updated with everything that we write there ourselves.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::api::health::PurchaseCounts;
use crate::api::purchases::PurchaseState;
use crate::core::sub_ids::SubIds;
use crate::database::purchases::{Contribution, Links, Listed, PanelStanding, Stamp, Summary};
use crate::database::settle::Change;
use crate::domain::ids::{PanelId, PurchaseId, SubId};
use crate::domain::purchase::{Purchase, Standing};
use crate::domain::when::When;

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Catalog(RwLock<Rows>);

/// The rows themselves, while nobody changes them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Oldest purchase first: one piece of memory, without the gaps of a tree that grew.
    by_id: Vec<Listed>,
    by_sub_id: SubIds,
    is_loaded: bool,
}

impl Catalog {
    /// Takes over what the database says, oldest purchase first; returns the purchases for which
    /// the bot changed anything that decides what is served, those that are gone among them.
    pub(crate) fn replace(&self, listed: Vec<Listed>) -> Vec<PurchaseId> {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let there: HashSet<PurchaseId> = listed.iter().map(|row| row.purchase.id).collect();
        let before = rows.by_id.iter().map(|row| row.purchase.id);
        let gone: Vec<PurchaseId> = before.filter(|id| !there.contains(id)).collect();
        let (now, mut changed) = rows.follow(listed);
        rows.by_id = now;
        rows.is_loaded = true;
        rows.sort_by_sub_id();
        changed.extend(gone);
        changed
    }

    /// Takes over what the database says of a few purchases; returns like [`Catalog::replace`].
    pub(crate) fn update(&self, there: Vec<Listed>, gone: &[PurchaseId]) -> Vec<PurchaseId> {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (there, mut changed) = rows.follow(there);
        changed.extend(gone.iter().filter(|id| rows.find(**id).is_some()));
        let replaced: HashSet<PurchaseId> =
            there.iter().map(|row| row.purchase.id).chain(gone.iter().copied()).collect();
        rows.by_id.retain(|row| !replaced.contains(&row.purchase.id));
        rows.by_id.extend(there);
        rows.by_id.sort_by_key(|row| row.purchase.id);
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
        if let Some(row) = rows.find_mut(id) {
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
        if let Some(row) = rows.find_mut(id) {
            row.summary.attempted_at = Some(now).into();
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
        row.map_or_else(Vec::new, |row| row.purchase.panels.to_vec())
    }

    /// The active purchase that a subscriber asks for.
    pub(crate) fn find_active(&self, sub_id: &SubId) -> Option<PurchaseId> {
        let rows = self.rows();
        let row = rows.find(rows.by_sub_id.find(sub_id)?)?;
        let is_its = row.purchase.sub_id.as_ref() == Some(sub_id);
        (is_its && row.purchase.active).then_some(row.purchase.id)
    }

    /// When a purchase was last tried.
    pub(crate) fn attempted_at(&self, id: PurchaseId) -> Option<i64> {
        self.rows().find(id)?.summary.attempted_at.get()
    }

    /// How many there are of each state; and of the active ones, how many have ended by the bot's
    /// own date.
    pub(crate) fn counts(&self, now: i64) -> (PurchaseCounts, u64) {
        let (mut counts, mut expired) = (PurchaseCounts::default(), 0);
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
                expired += u64::from(row.purchase.expires_at.is_some_and(|end| end < now));
                oldest_at = [oldest_at, row.summary.oldest_at.get()].into_iter().flatten().min();
            }
        }
        counts.oldest_ms = oldest_at.map(|at| now.saturating_sub(at).max(0).unsigned_abs());
        (counts, expired)
    }
}

/// What is known of a purchase now, from what was known and what the database says; and whether the
/// bot changed anything that decides what is served.
fn follow(old: Option<&Listed>, mut row: Listed) -> (Listed, bool) {
    let Some(old) = old else { return (row, true) };
    // What we settled while the database was read is newer than what was read.
    if old.settled_at > row.summary.attempted_at {
        row.stamp.links = old.stamp.links;
        row.summary = old.summary.clone();
        row.settled_at = old.settled_at;
    }
    let is_changed = old.stamp != row.stamp;
    (row, is_changed)
}

impl Rows {
    /// What is known now of those that the database just said; and which of them the bot changed.
    fn follow(&self, listed: Vec<Listed>) -> (Vec<Listed>, Vec<PurchaseId>) {
        let mut changed = Vec::new();
        let now = listed.into_iter().map(|row| {
            let id = row.purchase.id;
            let (row, is_changed) = follow(self.find(id), row);
            changed.extend(is_changed.then_some(id));
            row
        });
        (now.collect(), changed)
    }

    fn sort_by_sub_id(&mut self) {
        self.by_sub_id.clear(self.by_id.len());
        for row in &self.by_id {
            if let Some(sub_id) = &row.purchase.sub_id {
                self.by_sub_id.insert(sub_id, row.purchase.id);
            }
        }
    }

    fn insert(&mut self, row: Listed) {
        let id = row.purchase.id;
        if let Some(sub_id) = &row.purchase.sub_id {
            self.by_sub_id.insert(sub_id, id);
        }
        match self.place(id) {
            Ok(index) => self.by_id[index] = row,
            Err(index) => self.by_id.insert(index, row),
        }
    }

    /// Where a purchase is, or would be.
    fn place(&self, id: PurchaseId) -> Result<usize, usize> {
        self.by_id.binary_search_by_key(&id, |row| row.purchase.id)
    }

    /// One row.
    pub(crate) fn find(&self, id: PurchaseId) -> Option<&Listed> {
        self.by_id.get(self.place(id).ok()?)
    }

    fn find_mut(&mut self, id: PurchaseId) -> Option<&mut Listed> {
        let index = self.place(id).ok()?;
        self.by_id.get_mut(index)
    }

    /// Every row, oldest purchase first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Listed> {
        self.by_id.iter()
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
    Listed { purchase, summary, stamp: Stamp::default(), settled_at: When::NEVER }
}
