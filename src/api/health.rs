//! The health of a core at a glance.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Check, CheckState};

/// Answer to `GET /api/v1/health`, and the data of every `health` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Always `alamor`: how a console knows that it speaks with a core.
    pub service: String,
    /// The core's version.
    pub version: String,
    /// Changes with every start: how a console notices a restart.
    pub instance: String,
    /// The worst of `checks`.
    pub state: CheckState,
    /// The core's process id.
    pub pid: u32,
    /// The address it listens on.
    pub listen: String,
    /// `serve`, `embedded` or `demo`.
    pub role: String,
    /// `WEBHOOK_DOMAIN`, if set.
    pub domain: Option<String>,
    /// The settings file in use.
    pub settings_file: Option<String>,
    /// When it started.
    pub started_at: Timestamp,
    /// The core's clock, for the ages on a console whose clock differs.
    pub now_at: Timestamp,
    /// The core's time zone now, in minutes east of UTC; `null` from a core that does not say it.
    #[serde(default)]
    pub utc_offset_minutes: Option<i32>,
    /// How long it has been up.
    pub uptime_ms: u64,
    /// Resident memory; `null` where it cannot be read.
    pub memory_bytes: Option<u64>,
    /// Requests that it answered.
    pub requests: Requests,
    /// The database.
    pub database: DatabaseHealth,
    /// Purchases by state.
    pub purchases: PurchaseCounts,
    /// What was looked at; without `details`, which `/api/v1/checks` has.
    pub checks: Vec<Check>,
    /// The newest changes, newest first, a few.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// Requests that a core answered lately.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Requests {
    /// Per second, over the last full minute or since the start if that is shorter.
    pub per_second: f64,
    /// Answers of 500 and more among the last 1 024, as a share from 0 to 1; `null` before the first.
    pub error_ratio: Option<f64>,
    /// Median time to answer of the last 1 024 requests, in milliseconds.
    pub p50_ms: Option<f64>,
    /// 99th percentile of the same.
    pub p99_ms: Option<f64>,
    /// Requests per second in each of the last 8 intervals of 5 s, oldest first.
    pub recent: Vec<f64>,
    /// The same by route, in the order of their templates; of routes that were asked for.
    #[serde(default)]
    pub routes: Vec<RouteRequests>,
}

/// Requests to one route lately.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct RouteRequests {
    /// Its template, `/sub/{sub_id}`; `other` for whatever is no route.
    pub route: String,
    /// As of [`Requests`].
    pub per_second: f64,
    /// Answers of 500 and more among the last 256, as a share from 0 to 1; `null` before the first.
    pub error_ratio: Option<f64>,
    /// Median time to answer of the last 256 requests, in milliseconds.
    pub p50_ms: Option<f64>,
    /// 99th percentile of the same.
    pub p99_ms: Option<f64>,
}

/// The database in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatabaseHealth {
    /// `sqlite` or `postgresql`.
    pub engine: String,
    /// The file, or host and name; never a password.
    pub location: String,
    /// What was detected: `newest shape, without updated_at`, …
    pub shape: String,
    /// Whether it answers.
    pub state: CheckState,
    /// Why not.
    pub reason: Option<String>,
}

/// How many purchases there are, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct PurchaseCounts {
    /// Switched on by the bot: the sum of the five below and `off_there`.
    pub active: u64,
    /// See [`super::purchases::PurchaseState::Fresh`].
    pub fresh: u64,
    /// See [`super::purchases::PurchaseState::Partial`].
    pub partial: u64,
    /// See [`super::purchases::PurchaseState::Kept`].
    pub kept: u64,
    /// See [`super::purchases::PurchaseState::Failed`].
    pub failed: u64,
    /// See [`super::purchases::PurchaseState::Never`].
    pub never: u64,
    /// Switched off by the bot; not part of `active`.
    pub disabled: u64,
    /// See [`super::purchases::PurchaseState::OffThere`].
    #[serde(default)]
    pub off_there: u64,
    /// Age of the oldest links that are served.
    pub oldest_ms: Option<u64>,
}
