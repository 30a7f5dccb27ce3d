//! What core and console say to each other: JSON types, and nothing else.
//!
//! ```text
//! core ── serialises ──▶ HTTP and SSE ── deserialises ──▶ client, console
//! ```
//!
//! Conventions, everywhere alike: `snake_case`; points in time are RFC 3339 in UTC and end in
//! `_at`; lengths of time are whole milliseconds and end in `_ms`; a list is a [`Page`].
//! A field that a newer core adds is ignored by an older console.
//!
//! Deliberately absent: behaviour, HTTP, the types of `domain` (a change there must not change
//! what is said on the wire).

pub mod audit;
pub mod changes;
pub mod checks;
pub mod compare;
pub mod events;
pub mod health;
pub mod jobs;
pub mod logs;
pub mod panels;
pub mod problem;
pub mod purchases;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::checks::{Change, Check, CheckState};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The page's entries, in the order that was asked for.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
    /// How many entries the whole list has under the same filter, where the core knows.
    #[serde(default)]
    pub total: Option<u64>,
}

/// Why something ended as it did: a stable code, and one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// Stable, `snake_case`; the list stands in `src/ARCHITECTURE.md`.
    pub code: String,
    /// One English sentence without secrets.
    pub text: String,
}
