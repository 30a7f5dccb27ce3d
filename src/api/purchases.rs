//! Purchases and what they serve.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reason;
use super::jobs::Outcome;

/// What a purchase's links are worth.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseState {
    /// The last attempt at every panel succeeded, whatever its age.
    Fresh,
    /// The last attempt succeeded at some of its panels.
    Partial,
    /// No panel was reached at the last attempt; older links are served.
    Kept,
    /// A panel refused or made no sense at the last attempt.
    Failed,
    /// No update was tried yet.
    Never,
    /// The bot switched it off.
    Disabled,
    /// Its client is switched off or used up on its panel: nothing to repair here. `notes` say why.
    OffThere,
}

impl PurchaseState {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Partial => "partial",
            Self::Kept => "kept",
            Self::Failed => "failed",
            Self::Never => "never",
            Self::Disabled => "disabled",
            Self::OffThere => "off_there",
        }
    }
}

/// One sold subscription, as a row of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Purchase {
    /// The bot's id.
    pub id: i64,
    /// The customer's Telegram id.
    pub user: Option<i64>,
    /// Masked (`ab…yz`) unless `reveal=1` was asked for.
    pub sub_id: Option<String>,
    /// Names of the panels that it uses.
    pub panels: Vec<String>,
    /// Name of the profile, for purchases that have one.
    pub profile: Option<String>,
    /// As the bot says.
    pub active: bool,
    /// As the bot says; `null` is never.
    pub expires_at: Option<Timestamp>,
    /// How many share links it serves.
    pub links: u64,
    /// How many of these are older than the last attempt.
    pub kept: u64,
    /// What they are worth.
    pub state: PurchaseState,
    /// Age of the oldest slice; `null` if unknown or none.
    pub age_ms: Option<u64>,
    /// When its links were last compared with its own subscription.
    pub compared_at: Option<Timestamp>,
    /// How its last update ended.
    pub last_outcome: Option<Outcome>,
    /// What else is worth knowing, one sentence each: why its client is off there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One purchase with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PurchaseDetails {
    /// The row of the list.
    #[serde(flatten)]
    pub purchase: Purchase,
    /// What its subscribers fetch, with the subscription id masked unless `reveal=1`.
    pub address: Option<String>,
    /// When its last update was tried.
    pub attempted_at: Option<Timestamp>,
    /// Why the last update did not succeed.
    pub reason: Option<Reason>,
    /// What each panel contributed.
    pub slices: Vec<Slice>,
    /// The last outcomes, newest first.
    pub history: Vec<PastOutcome>,
}

/// The share links that one panel contributed, with the time they were fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Slice {
    /// The panel's name; `null` for what was there before the core first wrote.
    pub panel: Option<String>,
    /// Whether the panel is still one of the purchase's.
    pub current: bool,
    /// The links, as they are served.
    pub links: Vec<String>,
    /// When they were fetched; `null` if unknown.
    pub fetched_at: Option<Timestamp>,
    /// Their age; `null` if unknown.
    pub age_ms: Option<u64>,
    /// How the panel was read: `links`, `learned`, `per_client`, `subscription`; `null` if unknown.
    #[serde(default)]
    pub way: Option<String>,
    /// When they were last compared with the purchase's own subscription; `null` is never.
    #[serde(default)]
    pub compared_at: Option<Timestamp>,
}

/// How one earlier update of a purchase ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PastOutcome {
    /// The job it was part of.
    pub job: i64,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Why, if it did not succeed.
    pub reason: Option<Reason>,
}
