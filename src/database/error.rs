//! What can go wrong with the database, by reaction.
//!
//! | error | who meets it | reaction |
//! |---|---|---|
//! | [`OpenError`] | the start | the program ends with exit code 2 |
//! | [`DbError`] | everything after | answer from memory, or 500; a job waits and tries again |

use std::path::PathBuf;

use super::lock::Owner;

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
    #[error("{path} has an unknown shape: {what}. Point DATABASE_NAME_ALAMOR in the .env file to the bot's database, or make a new one with `alamor init`. Nothing was written", path = .path.display())]
    UnknownShape {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: String,
    },
    /// The bot made this file, so its journal mode and tables are not ours to change.
    #[error("{path} was not made by `alamor init`: this version keeps its own tables only in a database that it made itself. Nothing was written", path = .path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Another core uses it.
    #[error("another core already uses {path}: {}. Stop that one first, or open a console on it with `alamor`", in_words(owner.as_ref()), path = .path.display())]
    Taken {
        /// The file.
        path: PathBuf,
        /// Who holds the lock, as far as they wrote it down.
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

    /// Whether the database as a whole is away, so that another row would fare no better.
    pub(super) fn is_of_the_whole(&self) -> bool {
        KNOWN.iter().any(|(_, words)| self.cause == *words)
    }
}

/// SQLite's primary result codes that an operator can do something about.
///
/// # Source
///
/// SQLite, "Result and Error Codes": the low 8 bits of an extended code.
const KNOWN: &[(i32, &str)] = &[
    (5, "it is locked by another program"),
    (6, "a table in it is locked"),
    (8, "it is read-only"),
    (10, "the disk reports an error"),
    (11, "its file is damaged"),
    (13, "the disk is full"),
    (14, "its file cannot be opened"),
    (26, "its file is not a database"),
];

/// The primary result code of SQLite, if the error has one.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        let known =
            primary_code(&error).and_then(|code| KNOWN.iter().find(|known| known.0 == code));
        match known {
            Some((_, words)) => Self::new(*words),
            None => Self::new(error.to_string()),
        }
    }
}
