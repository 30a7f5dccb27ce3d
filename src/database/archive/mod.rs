//! Our own tables as one file, for moving to another machine or another engine.
//!
//! ```text
//! {"alamor":"export","format":2,"made_at":"…","version":"0.1.0"}
//! {"table":"slices","row":[1,1,"[…]", …]}        a line each, in the order of the columns below
//! {"end":{"rows":17}}                            without it the file is not whole
//! ```
//!
//! Invariants:
//! - What is exported is of one moment, also while a core works.
//! - It is imported wholly or not at all, into tables that hold nothing, and by nobody beside a core.
//!
//! Deliberately absent: the bot's tables.

mod export;
mod import;

use std::io;

pub use self::export::export;
pub use self::import::import;

use super::error::{DbError, NotOpened, OpenError};
use super::own::NEWEST;

/// The number of this form of the file. It changes with the columns below.
const FORMAT: u64 = 2;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
}

use Kind::{Int, Text};

/// One of our tables.
#[derive(Debug)]
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, Kind)],
}

/// Every table of ours but those that say how it was made; jobs before their items.
const TABLES: [Table; 6] = [
    Table {
        name: "slices",
        columns: &[
            ("purchase_id", Int),
            ("panel_id", Int),
            ("links", Text),
            ("headers", Text),
            ("fetched_at", Int),
            ("way", Text),
            ("client", Text),
            ("client_keys", Text),
            ("compared_at", Int),
            ("per_client", Int),
        ],
    },
    Table {
        name: "purchases",
        columns: &[
            ("purchase_id", Int),
            ("standing", Text),
            ("outcome", Text),
            ("reason_code", Text),
            ("reason_text", Text),
            ("attempted_at", Int),
            ("links", Int),
            ("kept", Int),
            ("oldest_at", Int),
            ("panels", Text),
            ("written", Text),
            ("held_links", Text),
            ("held_since", Int),
            ("gone_since", Int),
            ("pending", Text),
            ("pending_base", Text),
            ("whose", Text),
        ],
    },
    Table {
        name: "jobs",
        columns: &[
            ("id", Int),
            ("state", Text),
            ("by_whom", Text),
            ("dry_run", Int),
            ("force", Int),
            ("retry_of", Int),
            ("reason_code", Text),
            ("reason_text", Text),
            ("created_at", Int),
            ("started_at", Int),
            ("finished_at", Int),
            ("cancelled_at", Int),
            ("total", Int),
            ("success", Int),
            ("failed", Int),
            ("connection_error", Int),
            ("elapsed_ms", Int),
            ("floor_ms", Int),
            ("panels", Text),
            ("scope", Text),
        ],
    },
    Table {
        name: "items",
        columns: &[
            ("job_id", Int),
            ("purchase_id", Int),
            ("outcome", Text),
            ("count_as", Text),
            ("links", Int),
            ("reason_code", Text),
            ("reason_text", Text),
            ("panels", Text),
            ("notes", Text),
            ("took_ms", Int),
            ("finished_at", Int),
            ("changes", Text),
            ("changed_links", Text),
        ],
    },
    Table {
        name: "audit",
        columns: &[
            ("at", Int),
            ("by_whom", Text),
            ("origin", Text),
            ("action", Text),
            ("subject", Text),
        ],
    },
    Table { name: "panels", columns: &[("panel_id", Int), ("refused", Text)] },
];

impl Table {
    /// The names of its columns, with commas between.
    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// Why nothing was exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database will not do.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is away.
    #[error(transparent)]
    Away(#[from] DbError),
    /// No core has made our tables yet.
    #[error("there is nothing to export: no core has worked on {place} yet")]
    Nothing {
        /// The database.
        place: String,
    },
    /// Our tables are those of an older alamor.
    #[error(
        "the tables in {place} are of an older alamor (number {found}, this one has {NEWEST}). Start `alamor serve` once, which brings them up to date, and export again"
    )]
    Older {
        /// The database.
        place: String,
        /// Its number.
        found: i64,
    },
    /// There is something already.
    #[error(
        "{place} holds {rows} rows in `{table}` already, and an import replaces nothing. Name a STATE_DATABASE that does not exist yet, or move the old one away. Nothing was written"
    )]
    NotEmpty {
        /// The database.
        place: String,
        /// The first table that holds something.
        table: &'static str,
        /// How much.
        rows: u64,
    },
    /// A newer alamor wrote the file.
    #[error(
        "the file was written by a newer alamor ({version}, form {format}; this one reads up to {FORMAT}). Update alamor first. Nothing was written"
    )]
    TooNew {
        /// Who wrote it.
        version: String,
        /// Its form.
        format: u64,
    },
    /// It is something else, or damaged.
    #[error("line {line} of the file: {what}. Nothing was written")]
    Malformed {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// It ends too early.
    #[error("the file is not whole: its end is missing. Export it again. Nothing was written")]
    CutShort,
    /// It cannot be read or written.
    #[error("the file: {0}")]
    Io(#[from] io::Error),
}

impl From<NotOpened> for ArchiveError {
    fn from(error: NotOpened) -> Self {
        match error {
            NotOpened::Never(error) => Self::Open(error),
            NotOpened::Away(error) => Self::Away(error),
        }
    }
}

impl From<sqlx::Error> for ArchiveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Away(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::database::files::writing;
    use crate::database::own::migrate;
    use crate::database::sql::{Pool, Prefix, Query};

    /// A column that an export forgot would be lost on the way.
    #[tokio::test]
    async fn every_column_of_every_table_of_ours_is_exported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        std::fs::File::create_new(&path).unwrap();
        let mut connection = Pool::new(writing(&path), Prefix::SQLITE, 1).acquire().await.unwrap();
        migrate(&mut connection, None).await.unwrap();
        let sql = "SELECT t.name || '.' || c.name AS name FROM sqlite_schema AS t, \
                   pragma_table_info(t.name) AS c \
                   WHERE t.type = 'table' AND t.name LIKE 'alamor_%' \
                   AND t.name NOT IN ('alamor_migrations', 'alamor_meta')";
        let there = connection.fetch_all(Query::new(sql)).await.unwrap();
        let there: BTreeSet<_> =
            there.iter().map(|row| row.text("name").unwrap().unwrap()).collect();
        let exported = TABLES.iter().flat_map(|table| {
            table.columns.iter().map(move |(column, _)| format!("alamor_{}.{column}", table.name))
        });
        assert_eq!(exported.collect::<BTreeSet<_>>(), there);
    }
}
