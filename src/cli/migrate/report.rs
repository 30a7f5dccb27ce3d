//! What a rehearsal showed, counted and judged. Pure.

use std::collections::BTreeMap;

use crate::api::Reason;
use crate::api::checks::{Check, CheckState};
use crate::api::jobs::{Item, Job, JobState, Outcome};
use crate::api::panels::Panel;
use crate::core::takeover::{Compared, Effect};
use crate::database::shape::Shape;

/// All that was seen.
pub(super) struct Report {
    /// Whether this core could use the bot's database.
    pub(super) database: Check,
    /// The shape that was found.
    pub(super) shape: Shape,
    pub(super) panels: Vec<Panel>,
    /// The update of the copy; `None` where nothing is active.
    pub(super) job: Option<Job>,
    /// Every purchase, oldest first.
    pub(super) rows: Vec<Row>,
}

/// One purchase.
pub(super) struct Row {
    /// The bot's number.
    pub(super) id: i64,
    pub(super) active: bool,
    /// How its update ended; `None` for one that did not change, or is switched off.
    pub(super) item: Option<Item>,
    /// What `/sub` answers; `None` without a subscription id.
    pub(super) compared: Option<Compared>,
    /// The older purchase with the same subscription id, which is served instead.
    pub(super) shadow: Option<i64>,
}

/// On how many of its panels a purchase was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Found {
    Everywhere,
    Partly,
    Nowhere,
    /// The update ended before its turn.
    NotAsked,
    /// It is switched off, and nobody asks.
    Off,
}

impl Found {
    pub(super) const ALL: [Self; 5] =
        [Self::Everywhere, Self::Partly, Self::Nowhere, Self::NotAsked, Self::Off];

    /// As it stands in JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Partly => "partly",
            Self::Nowhere => "nowhere",
            Self::NotAsked => "not_asked",
            Self::Off => "off",
        }
    }
}

impl Row {
    /// A purchase without an item did not change, which is all that a finished job keeps of it.
    pub(super) fn found(&self) -> Found {
        if !self.active {
            return Found::Off;
        }
        let Some(item) = &self.item else { return Found::Everywhere };
        match item.outcome {
            None => Found::NotAsked,
            Some(Outcome::Updated | Outcome::Unchanged) => Found::Everywhere,
            Some(Outcome::Partial) => Found::Partly,
            Some(Outcome::Kept | Outcome::Failed) if gave_some(item) => Found::Partly,
            Some(Outcome::Kept | Outcome::Failed) => Found::Nowhere,
        }
    }

    pub(super) fn effect(&self) -> Option<Effect> {
        self.compared.map(|compared| compared.effect)
    }

    /// Why it was not found, if it was not.
    pub(super) fn reason(&self) -> Option<&Reason> {
        self.item.as_ref()?.reason.as_ref()
    }

    /// Whether an operator wants to see it.
    pub(super) fn differs(&self) -> bool {
        let is_found = matches!(self.found(), Found::Everywhere | Found::Off);
        !is_found || self.shadow.is_some() || self.effect().is_some_and(|it| it != Effect::Same)
    }
}

/// Whether one of its panels gave its links: what they would have become is held.
fn gave_some(item: &Item) -> bool {
    let gave = |outcome| matches!(outcome, Outcome::Updated | Outcome::Unchanged);
    item.panels.iter().any(|panel| gave(panel.outcome))
}

/// How many purchases share a reason, and how they would be asked for it.
pub(super) struct Cause<'a> {
    pub(super) reason: &'a Reason,
    pub(super) purchases: u64,
}

impl Report {
    /// How many purchases are active.
    pub(super) fn active(&self) -> u64 {
        self.rows.iter().filter(|row| row.active).count() as u64
    }

    pub(super) fn count_found(&self, found: Found) -> u64 {
        self.rows.iter().filter(|row| row.found() == found).count() as u64
    }

    pub(super) fn count_effect(&self, effect: Effect) -> u64 {
        self.rows.iter().filter(|row| row.effect() == Some(effect)).count() as u64
    }

    /// Purchases to which no address leads.
    pub(super) fn without_address(&self) -> u64 {
        self.rows.iter().filter(|row| row.compared.is_none()).count() as u64
    }

    /// Why purchases were not found, most frequent first.
    pub(super) fn causes(&self) -> Vec<Cause<'_>> {
        let mut counts: BTreeMap<(&str, &str), Cause<'_>> = BTreeMap::new();
        for reason in self.rows.iter().filter_map(Row::reason) {
            let key = (reason.code.as_str(), reason.text.as_str());
            counts.entry(key).or_insert(Cause { reason, purchases: 0 }).purchases += 1;
        }
        let mut causes: Vec<Cause<'_>> = counts.into_values().collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.purchases));
        causes
    }

    /// Whether the update came to its end.
    fn is_whole(&self) -> bool {
        self.job.as_ref().is_none_or(|job| job.state == JobState::Done)
    }

    /// Ok: ready. Warn: nobody loses access, and somebody should look first. Crit: not ready.
    pub(super) fn verdict(&self) -> CheckState {
        let active = self.active();
        let found = |found| self.count_found(found);
        let is_lost = active > 0 && found(Found::Nowhere) == active;
        let is_crit = self.database.state == CheckState::Crit
            || !self.is_whole()
            || is_lost
            || self.count_effect(Effect::Loses) > 0;
        let missing = found(Found::Partly) + found(Found::Nowhere) + found(Found::NotAsked);
        let is_warn = self.database.state == CheckState::Warn
            || missing > 0
            || self.count_effect(Effect::Fewer) > 0;
        match (is_crit, is_warn) {
            (true, _) => CheckState::Crit,
            (false, true) => CheckState::Warn,
            (false, false) => CheckState::Ok,
        }
    }
}
