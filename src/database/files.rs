//! How SQLite files are opened: ours for writing with WAL, the bot's with the journal mode it has.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::sql::Options;

/// How long a connection waits for another program that has the write lock.
///
/// The bot's own writes take milliseconds; longer than this is a program that hangs.
const BUSY: Duration = Duration::from_secs(5);

/// What a reader keeps of the file, in KiB, as `PRAGMA cache_size` has it. Three times the usual
/// 2 MB would hold again what the catalog, our memory and the system's own cache hold.
const READERS_CACHE: &str = "-512";

/// What the writer keeps of our file, in KiB: a batch of purchases and the pages around it. With the
/// usual 2 MB it is written to the log before its time, and read from there again.
const WRITERS_CACHE: &str = "-8000";

/// After how many pages in the log they are copied into our file. Batches change some of the same
/// pages: with the usual 1 000 nearly every commit of a job copies them. In a job they seldom come to
/// be so many (`checkpoint.rs`).
const CHECKPOINT: &str = "4000";

/// How many rows the driver's thread reads ahead of whoever takes them. A batch of purchases is
/// several hundred: with the usual 50 both threads wait for each other at nearly every row.
const ROWS_AHEAD: usize = 1024;

/// `SQLITE_NOTADB`.
pub(super) const NOT_A_DATABASE: i32 = 26;

/// How the bot's file is written: with the journal mode that it has.
pub(super) fn writing_theirs(path: &Path) -> Options {
    Options::Sqlite(Box::new(options(path)))
}

/// How our files are written: with WAL.
pub(super) fn writing(path: &Path) -> Options {
    let options = options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("cache_size", WRITERS_CACHE)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("temp_store", "MEMORY");
    Options::Sqlite(Box::new(options))
}

pub(super) fn reading(path: &Path) -> Options {
    let options = options(path).pragma("query_only", "ON").pragma("cache_size", READERS_CACHE);
    Options::Sqlite(Box::new(options))
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .disable_statement_logging()
        .row_buffer_size(ROWS_AHEAD)
        .filename(path)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
}
