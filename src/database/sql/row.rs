//! A row of either engine. A text has whole numbers and texts only: others are cast in SQL.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// One row.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// A whole number of 64 bits, or NULL.
    pub(crate) fn int(&self, column: &str) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    /// A whole number that must be there.
    pub(crate) fn id(&self, column: &str) -> Result<i64, sqlx::Error> {
        self.int(column)?.ok_or_else(|| sqlx::Error::ColumnDecode {
            index: column.to_owned(),
            source: "it is NULL".into(),
        })
    }

    /// A count; NULL is none.
    pub(crate) fn count(&self, column: &str) -> Result<u64, sqlx::Error> {
        Ok(self.int(column)?.unwrap_or(0).unsigned_abs())
    }

    /// A text, or NULL. SQLite checks no encoding: what is no UTF-8 becomes text that nobody can
    /// read, and no other row suffers for it.
    pub(crate) fn text(&self, column: &str) -> Result<Option<String>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => {
                let bytes: Option<Vec<u8>> = row.try_get(column)?;
                Ok(bytes.map(|bytes| {
                    String::from_utf8(bytes).unwrap_or_else(|error| {
                        String::from_utf8_lossy(error.as_bytes()).into_owned()
                    })
                }))
            }
            Self::Postgres(row) => row.try_get(column),
        }
    }
}
