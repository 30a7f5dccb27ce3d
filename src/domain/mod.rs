//! What things are: purchases, share links, subscriptions, slices, outcomes, jobs.
//!
//! Start reading at `share_link/`, then `outcome.rs`.
//!
//! Invariants:
//! - Every function is pure: the same values in, the same values out.
//! - No text from outside makes a function here panic.
//!
//! Deliberately absent: IO, async, clocks (a point in time is an argument), randomness, JSON for
//! the wire (that is `api`), SQL.

pub mod ids;
pub mod reason;
pub mod outcome;
pub mod purchase;
pub mod way;
pub mod client_keys;
pub mod when;
pub mod slice;
pub mod job;
pub mod guard;
mod base64_text;
pub(crate) mod at_most;
pub mod share_link;
pub mod remark;
pub mod changes;
pub mod subscription;
pub mod kept;
pub mod inventory;
pub mod pattern;
