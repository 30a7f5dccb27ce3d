//! The bot's databases as they are found: the real core on each of them, with simulated panels.
//!
//! ```text
//! test ── HTTP ──▶ core ── HTTP ──▶ simulated panels
//!   └──── SQL ──▶ a PostgreSQL of our own, or a SQLite file ◀── SQL ──┘
//! ```
//!
//! Start reading at `shop.rs`; `cluster.rs` starts PostgreSQL in a temporary folder, on a Unix socket
//! only, and ends it.
//!
//! Invariants:
//! - No test needs a service that runs already, and none leaves one behind, however it ends.
//!
//! Deliberately absent: what becomes of a purchase (that is `tests/promises/`).
#![expect(clippy::unwrap_used, reason = "the functions here are parts of tests")]

mod cluster;
mod store;
mod shop;
mod shapes;
mod noticing;
mod outage;
#[path = "../child/mod.rs"]
mod child;
mod full_disk;
mod kill;
mod rights;
mod look;
mod schedule;
mod lock;
mod apart;
mod archive;
mod copy;
