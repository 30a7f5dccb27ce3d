//! What is heard from a core: requests, the event stream, reconnection.
//!
//! ```text
//! console, cli ──▶ Client ──▶ one request, one answer or one ClientError
//!                  Client::events() ──▶ Events: Connected, Event, Lost, Retrying, Connected, …
//!                  Client::logs()   ──▶ Logs: the same with records of the core's log
//! ```
//!
//! Start reading at `requests.rs`.
//!
//! Invariants:
//! - The key appears in no error and no `Debug`.
//! - No proxy and no redirect: the key goes to the address that the operator named.
//! - What is no answer of our API becomes [`ClientError::NotOurs`], never data.
//!
//! Deliberately absent: state, the terminal, decisions about what to show.

mod error;
mod requests;
mod jobs;
mod follow;
mod stream;
mod logs;
#[cfg(test)]
mod tests;

pub use error::{ClientError, NotReached};
pub use follow::{Following, Pace};
pub use jobs::ItemsQuery;
pub use logs::{LogHeard, Logs, LogsQuery};
pub use requests::{Client, PageQuery, PurchasesQuery};
pub use stream::{Events, Heard};
