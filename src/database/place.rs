//! Where the bot's database is, and where ours is to be.
//!
//! Deliberately absent: connecting, and whether anything is there.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The bot's database.
    pub bot: Bot,
    /// A SQLite file for what is ours; `None` is beside the bot's tables.
    pub state: Option<PathBuf>,
}

/// The bot's database.
#[derive(Debug, Clone)]
pub enum Bot {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Postgres),
}

/// A database of a PostgreSQL server. `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// The database's name.
    pub name: String,
    /// The user.
    pub user: String,
    /// The user's password; none where the server asks for none.
    pub password: Option<SecretString>,
    /// A name, an address, or the folder of a socket.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Place {
    /// A file, with ours beside the bot's tables.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self { bot: Bot::Sqlite(path.to_owned()), state: None }
    }

    /// `sqlite` or `postgresql`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self.bot {
            Bot::Sqlite(_) => "sqlite",
            Bot::Postgres(_) => "postgresql",
        }
    }
}

/// As an operator finds it: a path, or `alamor at localhost:5432`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bot {
            Bot::Sqlite(path) => write!(f, "{}", path.display()),
            Bot::Postgres(place) => write!(f, "{place}"),
        }
    }
}

impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{}", self.name, self.host, self.port)
    }
}

/// `shop.db` and `lock` → `shop.db.lock`.
pub(super) fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}
