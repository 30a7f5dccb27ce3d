//! One SQL text for SQLite and PostgreSQL.
//!
//! ```text
//! Pool ─▶ Connection ── Query ("… alamor.slices … list($1)") ──▶ Row, Row, …
//!              ╰── writes the text for its engine
//! ```
//!
//! Two things differ in a text, and are written for the engine that runs it (`query.rs`): where our
//! tables are, and a list of ids as one argument. Everything else is SQL that both take: `$1`,
//! `CAST`, `ON CONFLICT`, `RETURNING`.
//!
//! Invariants:
//! - A connection that was left in the middle of a query or a transaction is closed, never used again.
//! - PostgreSQL that does not answer is an error after [`ANSWER`]; nothing here waits for ever.
//!
//! Deliberately absent: what is asked.

mod query;
mod row;
mod rows;
mod session;
mod home;
mod connection;
mod pool;

pub(super) use self::connection::{Begin, Connection, Version};
pub(super) use self::pool::Pool;
pub(super) use self::query::{Ending, Prefix, Query, Value};
pub(super) use self::row::Row;
pub(super) use self::rows::{MOST_ROWS, Rows};
pub(super) use self::session::{ANSWER, Inner, Options, postgres_options, within};

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}
