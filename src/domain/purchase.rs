//! A purchase: one sold subscription, as the bot's database has it.

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
    /// The panels that its links come from: its own, or every panel of its profile.
    pub panels: Vec<PanelId>,
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
