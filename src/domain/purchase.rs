//! A purchase: one sold subscription, as the bot's database has it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::ids::{PanelId, ProfileId, PurchaseId, SubId};
use crate::domain::outcome::words;
use crate::domain::reason::{Code, Reason};

/// One row of the bot's `purchases`, without what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The bot's id.
    pub id: PurchaseId,
    /// The customer's row in the bot's `users`.
    pub customer: Option<i64>,
    /// The customer's Telegram id; `None` if the customer's row is gone.
    pub user: Option<i64>,
    /// What subscribers ask with.
    pub sub_id: Option<SubId>,
    /// The profile it was sold under.
    pub profile: Option<ProfileId>,
    /// The panels that its links come from: its own, or every panel of its profile. Shared by
    /// purchases of the same panels.
    pub panels: Arc<[PanelId]>,
    /// `true` only if the bot says so: `NULL` is off.
    pub active: bool,
    /// Unix time in milliseconds; `None` is never.
    pub expires_at: Option<i64>,
}

impl Purchase {
    /// Why it cannot be updated, if it cannot.
    ///
    /// # Source
    ///
    /// Fact C1, rows 6 and 7: the id is looked at before the switch.
    #[must_use]
    pub fn obstacle(&self) -> Option<Reason> {
        if self.sub_id.is_none() {
            return Some(Reason::new(
                Code::NoSubscriptionId,
                "the purchase has no subscription id",
            ));
        }
        if !self.active {
            return Some(Reason::new(Code::NotActive, "the purchase is switched off"));
        }
        if self.panels.is_empty() {
            return Some(Reason::new(
                Code::NoPanel,
                "the purchase has neither a panel nor a profile with panels",
            ));
        }
        None
    }
}

/// Lists of panels, each kept once: a hundred thousand purchases have a few dozen of them.
#[derive(Debug, Default)]
pub struct PanelLists(HashSet<Arc<[PanelId]>>);

impl PanelLists {
    /// The list that is kept, equal to this one.
    pub fn share(&mut self, list: Arc<[PanelId]>) -> Arc<[PanelId]> {
        if let Some(kept) = self.0.get(&list) {
            return Arc::clone(kept);
        }
        self.0.insert(Arc::clone(&list));
        list
    }
}

/// What a purchase's links are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// The last attempt at every panel succeeded, whatever its age.
    Fresh,
    /// The last attempt succeeded at some of its panels.
    Partial,
    /// No panel was reached at the last attempt, or the purchase is held.
    Kept,
    /// A panel refused or made no sense at the last attempt.
    Failed,
    /// No update was tried yet.
    Never,
}

words!(Standing: Fresh = "fresh", Partial = "partial", Kept = "kept", Failed = "failed", Never = "never");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_of_panels_are_one() {
        let mut lists = PanelLists::default();
        let list = |panels: &[i64]| panels.iter().copied().map(PanelId).collect::<Arc<[_]>>();
        let first = lists.share(list(&[1, 2]));
        let other = lists.share(list(&[2, 1]));
        assert!(Arc::ptr_eq(&first, &lists.share(list(&[1, 2]))));
        assert_eq!((&*first, &*other), (&*list(&[1, 2]), &*list(&[2, 1])));
    }
}
