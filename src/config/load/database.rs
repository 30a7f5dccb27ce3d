//! Which database is the bot's.
//!
//! Invariants:
//! - The kind is the one that the bot takes, even where it surprises; then there is a warning.
//!
//! Deliberately absent: connecting, whether it is there (that is `database`).

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::keys::{self, Key};
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values;
use crate::config::settings::Database;
use crate::config::source::Source;
use crate::config::violation::{Place, Violation};

/// The kind is compared exactly, as the bot does (fact C11 of src/ARCHITECTURE.md).
pub(super) fn read_database(
    read: &mut Reader<'_>,
    source: &Source,
    warnings: &mut Vec<Violation>,
) -> Result<Database, Told> {
    match read.find(&keys::DB_TYPE) {
        Some(("postgres", place)) => return read_postgres(read, &place),
        Some(("sqlite", _)) | None => {}
        Some((_, place)) => warnings.push(Violation {
            place,
            what: "DB_TYPE is not exactly postgres, so it is read as sqlite, as the bot does"
                .into(),
            fix: "write DB_TYPE=postgres or DB_TYPE=sqlite".into(),
        }),
    }
    let path = read.required(&keys::DATABASE_NAME_ALAMOR, |text| Ok(source.folder().join(text)))?;
    Ok(Database::Sqlite { path })
}

fn read_postgres(read: &mut Reader<'_>, asked_by: &Place) -> Result<Database, Told> {
    let name = needed(read, &keys::DB_NAME, asked_by, "alamor");
    let user = needed(read, &keys::DB_USER, asked_by, "alamor");
    let password = read.find(&keys::DB_PASSWORD).map(|(raw, _)| SecretString::from(raw));
    let host = read.required(&keys::DB_HOST, |text| Ok(text.to_owned()));
    let port = read.required(&keys::DB_PORT, values::port);
    Ok(Database::Postgres { name: name?, user: user?, password, host: host?, port: port? })
}

/// The file for what is ours.
pub(super) fn read_state_database(
    read: &mut Reader<'_>,
    source: &Source,
) -> Result<Option<PathBuf>, Told> {
    read.optional(&keys::STATE_DATABASE, |text| match text.strip_prefix("sqlite:") {
        Some(path) if !path.trim().is_empty() => Ok(source.folder().join(path.trim())),
        _ => values::wrong("is not sqlite: and a path", "sqlite:alamor-state.db"),
    })
}

/// A name without which PostgreSQL cannot be asked; its absence is told where that is asked for.
fn needed(
    read: &mut Reader<'_>,
    key: &Key,
    asked_by: &Place,
    example: &str,
) -> Result<String, Told> {
    let found = read.find(key).map(|(raw, _)| raw.trim().to_owned());
    found.ok_or_else(|| {
        read.tell(key, asked_by.clone(), "is missing, and DB_TYPE=postgres needs it", example)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::tests::{check, load};

    #[test]
    fn a_state_database_is_a_sqlite_file() {
        let state = |text: &str| load(text).unwrap().state_database;
        assert_eq!(state(""), None);
        assert_eq!(state("STATE_DATABASE=sqlite:a.db"), Some(PathBuf::from("/srv/bot/a.db")));
        assert_eq!(state("STATE_DATABASE=sqlite:/a.db"), Some(PathBuf::from("/a.db")));
        for wrong in ["a.db", "sqlite:", "postgres://u:p@h/d"] {
            check(
                &format!("STATE_DATABASE={wrong}"),
                &["/srv/bot/.env line 1: STATE_DATABASE is not sqlite: and a path: \
                   write STATE_DATABASE=sqlite:alamor-state.db"],
            );
        }
    }

    #[test]
    fn another_kind_of_database_is_sqlite_as_in_the_bot_and_is_told() {
        let settings = load("DB_TYPE=Postgres").unwrap();
        assert!(matches!(settings.database, Database::Sqlite { .. }));
        assert_eq!(settings.warnings.len(), 1);
    }

    #[test]
    fn relative_paths_start_at_the_folder_of_the_file() {
        let path = |text: &str| match load(text).unwrap().database {
            Database::Sqlite { path } => path,
            Database::Postgres { .. } => panic!("not SQLite"),
        };
        assert_eq!(path("DATABASE_NAME_ALAMOR=a/b.db"), PathBuf::from("/srv/bot/a/b.db"));
        assert_eq!(path("DATABASE_NAME_ALAMOR=/a/b.db"), PathBuf::from("/a/b.db"));
        assert_eq!(path("DATABASE_NAME_ALAMOR="), PathBuf::from("/srv/bot/database/alamor_vpn.db"));
    }
}
