//! Panels, as the core sees them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reason;

/// Whether a panel can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PanelState {
    /// Its last answer made sense.
    Reachable,
    /// Its last answers did not come.
    Unreachable,
    /// It answers, and refuses or makes no sense.
    Failing,
    /// Its row in the bot's database cannot be decrypted.
    Unusable,
    /// Nobody has asked it yet.
    Unknown,
}

/// One X-UI server as the bot knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Panel {
    /// As the bot calls it.
    pub name: String,
    /// Where it is asked: scheme, host and port of each address. A path may be a secret.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// `3x-ui`, `x-ui`, …; `null` until known.
    pub make: Option<String>,
    /// As the panel says; `null` until known.
    pub version: Option<String>,
    /// How it is read: `links`, `learned`, `per_client`, `subscription`.
    pub way: String,
    /// Whether it can be used.
    pub state: PanelState,
    /// Why it is not `reachable`.
    pub reason: Option<Reason>,
    /// Since when it is in this state.
    pub since: Option<Timestamp>,
    /// Median time of its last answers.
    pub latency_ms: Option<u64>,
    /// How many clients it has; `null` until known.
    pub clients: Option<u64>,
    /// How many active purchases use it.
    pub purchases: u64,
    /// How many of them serve older links because of this panel.
    #[serde(default)]
    pub kept: u64,
    /// Age of the oldest slice it contributes.
    #[serde(default)]
    pub oldest_ms: Option<u64>,
    /// Whether it is being asked at all.
    pub breaker: Breaker,
    /// Its Xray; `null` until known.
    pub xray: Option<Xray>,
    /// Whether its certificate is verified; `PANEL_TLS_INSECURE` switches that off.
    #[serde(default = "verified")]
    pub tls_verified: bool,
    /// Whether it lets us in.
    #[serde(default)]
    pub login: Login,
    /// Why it is not read in a cheaper way, in one sentence.
    #[serde(default)]
    pub way_reason: Option<String>,
    /// Inbounds that are read client by client.
    #[serde(default)]
    pub fallbacks: Vec<Fallback>,
    /// What reading its lists cost.
    #[serde(default)]
    pub survey: Option<Survey>,
}

/// Whether the panel lets us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Nobody has tried.
    #[default]
    Unknown,
    /// User and password were taken.
    Password,
    /// An API token was taken.
    Token,
    /// User and password, or the token, were refused: not tried again until somebody acts.
    Refused,
    /// It has no API that we know: a panel of another make, or a file.
    NoApi,
}

/// An inbound whose links are not made from the panel's list, in the last update of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fallback {
    /// The panel's number of it.
    pub inbound: i64,
    /// The operator's name for it.
    pub remark: String,
    /// Why, in one sentence.
    pub why: String,
    /// How many purchases were read one by one because of it.
    pub purchases: u64,
}

/// What reading the panel's lists cost in the last update of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Survey {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// How many requests it needed, the login left out.
    pub requests: u64,
}

/// What a core that does not say so does.
fn verified() -> bool {
    true
}

/// The state of a panel's Xray process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Xray {
    /// `running`, `stop`, `error`, as the panel says.
    pub state: String,
    /// The panel's own error text.
    pub error: Option<String>,
}

impl Xray {
    /// Whether customers can connect.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == "running"
    }
}

/// A circuit breaker's position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// The panel is asked.
    #[default]
    Closed,
    /// The panel is not asked until `retry_at`.
    Open,
    /// One question is on its way to find out.
    HalfOpen,
}

/// A panel's circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Breaker {
    /// Its position.
    pub state: BreakerState,
    /// When an open one tries again.
    pub retry_at: Option<Timestamp>,
}
