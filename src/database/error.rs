//! What can go wrong with the database, by reaction.
//!
//! | error | who meets it | reaction |
//! |---|---|---|
//! | [`OpenError`] | the start | the program ends with exit code 2 |
//! | [`DbError`] | everything after | answer from memory, or 500; a job waits and tries again |

use std::path::PathBuf;

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use super::lock::{LOST, Owner};

/// Why a database will never do: somebody has to change something first.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("there is no database at {path}; `alamor init` creates one, or set DATABASE_NAME_ALAMOR in the .env file to the bot's", path = .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is not a SQLite database; set DATABASE_NAME_ALAMOR in the .env file to the right file. Nothing was written", path = .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The tables are not the bot's.
    #[error("{place} has an unknown shape: {what}. Set {setting} in the .env file to the bot's database{}. Nothing was written", if *.setting == "DATABASE_NAME_ALAMOR" { ", or make a new one with `alamor init`" } else { "" })]
    UnknownShape {
        /// The database.
        place: String,
        /// What is missing.
        what: String,
        /// Where it is named.
        setting: &'static str,
    },
    /// The bot made this file, so the bot fills it.
    #[error("{path} was not made by `alamor init`: the bot fills it itself. Nothing was written", path = .path.display())]
    BotFills {
        /// The file.
        path: PathBuf,
    },
    /// `STATE_DATABASE` names something else.
    #[error("{path} holds something else than alamor's own tables: {what}. Set STATE_DATABASE in the .env file to a file of its own. Nothing was written", path = .path.display())]
    NotAState {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// The database user may not make our tables.
    #[error(
        "the user {user} may not make alamor's own tables in {place}. Let an administrator run there: {sql} Or set STATE_DATABASE=sqlite:PATH in the .env file, and they are kept in that file. Nothing was written"
    )]
    NoSchema {
        /// The database.
        place: String,
        /// Who we are there.
        user: String,
        /// What helps, run by somebody who may.
        sql: String,
    },
    /// A newer alamor made our tables.
    #[error(
        "alamor's own tables in {place} are of a newer version (number {found}, this one knows up to {known}). Update alamor, or go back to the copy that the upgrade kept beside the file. Nothing was written"
    )]
    Newer {
        /// The file, or the schema.
        place: String,
        /// Their number.
        found: i64,
        /// The newest that we know.
        known: i64,
    },
    /// Another core uses it.
    #[error("another core already uses {place}: {}. Stop that one first, or open a console on it with `alamor`", in_words(owner.as_ref()))]
    Taken {
        /// The database, or the state file.
        place: String,
        /// Who holds the lock, as far as they say.
        owner: Option<Owner>,
    },
}

fn in_words(owner: Option<&Owner>) -> String {
    owner.map_or_else(|| "its lock does not say which".to_owned(), ToString::to_string)
}

/// Why the database did not do what it was asked just now.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the database is away: {cause}")]
pub struct DbError {
    /// In words, without secrets.
    pub cause: String,
}

impl DbError {
    pub(super) fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into() }
    }

    /// What SQLite says where it has no room; there is none even to open its file.
    pub(super) fn disk_full() -> Self {
        Self::new(DISK_FULL)
    }

    /// Whether the database as a whole is away, so that another row would fare no better.
    pub(super) fn is_of_the_whole(&self) -> bool {
        let is = |words: &str| self.cause == words;
        SQLITE.iter().any(|(_, words)| is(words))
            || POSTGRES.iter().any(|known| is(known.words))
            || self.cause.starts_with(UNREACHABLE)
            || self.cause.starts_with(LOST)
    }

    /// Whether nobody answered: over as soon as somebody does.
    pub(super) fn is_unreachable(&self) -> bool {
        let is_ending = |state| POSTGRES.iter().any(|k| k.states == state && k.words == self.cause);
        self.cause.starts_with(UNREACHABLE) || is_ending(ENDING)
    }
}

const DISK_FULL: &str = "the disk is full";

/// SQLite's primary result codes that an operator can do something about.
///
/// # Source
///
/// SQLite, "Result and Error Codes": the low 8 bits of an extended code.
const SQLITE: &[(i32, &str)] = &[
    (5, "it is locked by another program"),
    (6, "a table in it is locked"),
    (8, "it is read-only"),
    (10, "the disk reports an error"),
    (11, "its file is damaged"),
    (13, DISK_FULL),
    (14, "its file cannot be opened"),
    (26, "its file is not a database"),
];

/// How the words begin where PostgreSQL did not answer.
const UNREACHABLE: &str = "PostgreSQL cannot be reached";

struct Known {
    states: &'static [&'static str],
    words: &'static str,
}

/// The server ends, or has not begun yet.
const ENDING: &[&str] = &["57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006"];

/// SQLSTATEs that an operator can do something about.
///
/// # Source
///
/// PostgreSQL, "Appendix A. PostgreSQL Error Codes".
const POSTGRES: &[Known] = &[
    Known { states: ENDING, words: "PostgreSQL is stopping or starting" },
    Known {
        states: &["28P01", "28000"],
        words: "PostgreSQL refuses user or password; see DB_USER and DB_PASSWORD in the .env file",
    },
    Known {
        states: &["3D000"],
        words: "PostgreSQL has no database of this name; see DB_NAME in the .env file",
    },
    Known { states: &["25006"], words: "PostgreSQL is read-only" },
    Known { states: &["53100"], words: "the disk of PostgreSQL is full" },
    Known { states: &["53200"], words: "PostgreSQL is out of memory" },
    Known { states: &["53300"], words: "PostgreSQL has too many connections" },
    Known {
        states: &["42501"],
        words: "the database user may not do this; see DB_USER in the .env file",
    },
    Known { states: &["58030"], words: "the disk of PostgreSQL reports an error" },
    Known { states: &["XX001", "XX002"], words: "a file of PostgreSQL is damaged" },
];

/// A row that is locked, which is no matter of the whole database.
const LOCKED: &[&str] = &["55P03", "40P01"];

/// The primary result code of SQLite, if the error is one of SQLite's.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let error = error.as_database_error()?.try_downcast_ref::<SqliteError>()?;
    let code = sqlx::error::DatabaseError::code(error)?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

/// The SQLSTATE, if the error is one of PostgreSQL's.
pub(super) fn sql_state(error: &sqlx::Error) -> Option<&str> {
    Some(error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.code())
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(code) = primary_code(&error) {
            let known = SQLITE.iter().find(|known| known.0 == code);
            return Self::new(known.map_or_else(|| error.to_string(), |known| known.1.to_owned()));
        }
        if let Some(state) = sql_state(&error) {
            let known = POSTGRES.iter().find(|known| known.states.contains(&state));
            return match known {
                Some(known) => Self::new(known.words),
                None if LOCKED.contains(&state) => Self::new("a row is locked by another program"),
                None => Self::new(error.to_string()),
            };
        }
        match error {
            sqlx::Error::Io(error) => Self::new(format!("{UNREACHABLE}: {error}")),
            sqlx::Error::Tls(error) => Self::new(format!("{UNREACHABLE}: {error}")),
            sqlx::Error::PoolTimedOut => Self::new("every connection to it is busy"),
            sqlx::Error::PoolClosed => Self::new("the core is stopping"),
            error => Self::new(error.to_string()),
        }
    }
}

/// Why it is not open: for good, or for now.
#[derive(Debug)]
pub(super) enum NotOpened {
    Never(OpenError),
    Away(DbError),
}

impl From<sqlx::Error> for NotOpened {
    fn from(error: sqlx::Error) -> Self {
        Self::Away(error.into())
    }
}
