//! Who saw or did what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct Entry {
    /// When.
    pub at: jiff::Timestamp,
    /// Who, as they say themselves; `null` if they do not.
    pub by: Option<String>,
    /// Where from: an address, or `here` for this machine; `null` for the core itself, and where an
    /// older core did not note it.
    pub origin: Option<String>,
    /// `start`, `cancel`, `update`, `reveal`, `retry`, `log_level`; of the core itself `write again`.
    pub action: String,
    /// To what: `job 7`, `purchase 1`, `panel de-1`, `debug`.
    pub subject: String,
}
