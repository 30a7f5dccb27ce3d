//! The rows of the sample, in the columns of the bot's tables (fact C9 of src/ARCHITECTURE.md).
//!
//! Deliberately absent: columns that have a default which suits the demo.

use std::fmt;
use std::time::Duration;

use crate::demo::behaviour::Behaviour;
use crate::demo::client::Client;
use crate::demo::make::Make;

/// A row of `servers`.
#[derive(Debug, Clone)]
pub struct SamplePanel {
    /// From 1.
    pub id: i64,
    /// `de-1`, …
    pub name: String,
    /// Which panel it plays.
    pub make: Make,
    /// What it does.
    pub behaviour: Behaviour,
    /// How long each of its answers takes.
    pub latency: Duration,
    /// Its clients, in the order of the purchases.
    pub clients: Vec<Client>,
}

impl SamplePanel {
    /// Whether purchases are called there as the bot calls them.
    pub(super) fn knows_the_bots_ids(&self) -> bool {
        !self.make.has_api() || self.behaviour == Behaviour::WrongPassword
    }
}

/// A row of `profiles`, with its rows of `profile_inbounds`: every inbound of `panels`.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleProfile {
    /// From 1.
    pub id: i64,
    /// As the operator calls it.
    pub name: String,
    /// Price of one GB.
    pub per_gb_price: f64,
    /// How long it is sold for.
    pub duration_days: i64,
    /// Ids of its panels.
    pub panels: Vec<i64>,
}

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleUser {
    /// From 1.
    pub id: i64,
    /// The Telegram id, unique.
    pub telegram_id: i64,
    /// As Telegram shows it.
    pub first_name: String,
    /// Many have none.
    pub last_name: Option<String>,
    /// Without `@`; many have none.
    pub username: Option<String>,
}

/// A row of `purchases`. Times are `%Y-%m-%d %H:%M:%S` in UTC, as a bot on a host in UTC writes.
#[derive(Clone, PartialEq)]
pub struct SamplePurchase {
    /// From 1.
    pub id: i64,
    /// A row of `users`.
    pub user_id: i64,
    /// The panel, unless it is on a profile.
    pub server_id: Option<i64>,
    /// The profile, unless it is on one panel.
    pub profile_id: Option<i64>,
    /// When it was sold.
    pub purchase_date: String,
    /// When it ends; `None` is never.
    pub expire_date: Option<String>,
    /// Traffic that was sold, in GiB; 0 is no limit.
    pub initial_volume_gb: f64,
    /// JSON array of its secrets on all its panels.
    pub client_uuid: String,
    /// `u{telegram id}.{6 characters}`.
    pub client_email: String,
    /// 32 lower-case hexadecimal digits, which no panel knows; in July the panel's own.
    pub sub_id: String,
    /// What its panels call its subscription. The bot has no column for it.
    pub panel_sub_id: String,
    /// Whether the bot left it on.
    pub is_active: bool,
    /// JSON array of links from before, `null`, `[]`, or none.
    pub single_configs_json: Option<String>,
}

impl fmt::Debug for SamplePurchase {
    /// Its id only: the rest is credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SamplePurchase({})", self.id)
    }
}
