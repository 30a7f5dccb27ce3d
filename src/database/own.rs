//! Our own tables: where they are, and how they come to be there.
//!
//! | the bot's database | ours |
//! |---|---|
//! | a SQLite file that `alamor init` made | in it, named `alamor_…` |
//! | the bot's own SQLite file, `shop.db` | `shop.db.alamor.db` beside it |
//! | PostgreSQL | its schema `alamor` |
//! | any, with `STATE_DATABASE` | in that file |
//!
//! Where the PostgreSQL user is itself called `alamor`, the schema is `alamor_core`: a schema of the
//! user's own name comes first in its search path, and the bot would find, or make, its tables there
//! (fact C18).

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::before;
use super::error::{DbError, NotOpened, OpenError, primary_code, sql_state};
use super::files::{NOT_A_DATABASE, reading, writing};
use super::place::{Bot, Place, Postgres, beside};
use super::shape::columns;
use super::sql::{Connection, Engine, Inner, Options, Pool, Prefix, Query};

/// The table that says of a file that it is ours.
pub(super) const META: &str = "alamor_meta";

/// Where our own tables are, with words for the operator.
#[derive(Clone)]
pub(super) enum Own {
    /// In the bot's database.
    Inside(Prefix, String),
    /// In a file of their own.
    Apart { writing: Options, reading: Options, place: String },
}

/// Opens the file beside the bot's, or makes it.
pub(super) async fn open_beside(bot: &Path) -> Result<Own, NotOpened> {
    open_state(&beside(bot, "alamor.db")).await
}

/// Opens a file that was checked, or makes it.
pub(super) async fn open_state(path: &Path) -> Result<Own, NotOpened> {
    make_file(path)
        .map_err(|error| NotOpened::Away(DbError::new(format!("{}: {error}", path.display()))))?;
    let pool = Pool::new(writing(path), Prefix::SQLITE, 1);
    let mut connection = pool.acquire().await?;
    let sql = "CREATE TABLE IF NOT EXISTS alamor.meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)";
    connection.execute(Query::new(sql)).await?;
    let sql = "INSERT INTO alamor.meta (key, value) VALUES ('made_by', 'alamor serve') \
               ON CONFLICT (key) DO NOTHING";
    connection.execute(Query::new(sql)).await?;
    migrate(&mut connection, Some(path)).await?;
    drop(connection);
    pool.close().await;
    let place = format!("in {}", path.display());
    Ok(Own::Apart { writing: writing(path), reading: reading(path), place })
}

/// Only its owner reads it: it holds every customer's access.
fn make_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether `STATE_DATABASE` names a file of ours, an empty one, or none yet. Writes nothing.
pub(super) async fn check_state(path: &Path, place: &Place) -> Result<(), NotOpened> {
    let never = |what: &str| {
        Err(NotOpened::Never(OpenError::NotAState { path: path.to_owned(), what: what.to_owned() }))
    };
    if matches!(&place.bot, Bot::Sqlite(bot) if is_same(bot, path)) {
        return never("it is the bot's database");
    }
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(NotOpened::Away(DbError::new(format!("{}: {error}", path.display()))));
        }
        Ok(found) if found.is_dir() => return never("it is a folder"),
        Ok(found) if found.len() == 0 => return Ok(()),
        Ok(_) => {}
    }
    match look_at_state(path).await {
        Ok(None) => Ok(()),
        Ok(Some(what)) => never(what),
        Err(error) if primary_code(&error) == Some(NOT_A_DATABASE) => {
            never("it is no SQLite database")
        }
        Err(error) => Err(error.into()),
    }
}

/// What speaks against a SQLite file; `None` if it is ours or has no tables.
async fn look_at_state(path: &Path) -> Result<Option<&'static str>, sqlx::Error> {
    let pool = Pool::new(reading(path), Prefix::SQLITE, 1);
    let mut connection = pool.acquire().await?;
    let tables = Query::new("SELECT count(*) AS n FROM sqlite_schema");
    let tables = connection.get(tables).await?.count("n")?;
    let is_ours = !columns(&mut connection, META).await?.is_empty();
    let is_bots = !columns(&mut connection, "purchases").await?.is_empty();
    drop(connection);
    pool.close().await;
    Ok(match (is_bots, is_ours || tables == 0) {
        (true, _) => Some("it has a table `purchases`"),
        (false, false) => Some("its tables are another program's"),
        (false, true) => None,
    })
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
    real(one) == real(other)
}

/// What our tables' names begin with on that server.
pub(super) fn schema_of(server: &Postgres) -> Prefix {
    Prefix(if server.user == "alamor" { "alamor_core." } else { "alamor." })
}

/// Makes our schema where it is missing, and our tables in it.
pub(super) async fn open_schema(
    connection: &mut Connection,
    server: &Postgres,
) -> Result<Own, NotOpened> {
    let prefix = schema_of(server);
    let schema = prefix.0.trim_end_matches('.');
    let user = connection.get(Query::new("SELECT CAST(current_user AS TEXT) AS name")).await?;
    let user = user.text("name")?.unwrap_or_default();
    let quoted = format!("\"{}\"", user.replace('"', "\"\""));
    let sql = "SELECT CAST(has_schema_privilege(oid, 'CREATE, USAGE') AS INTEGER)::BIGINT AS may \
               FROM pg_namespace WHERE nspname = $1";
    let (may, helps) = match connection.find(Query::new(sql).bind(schema)).await? {
        Some(row) => {
            let sql = format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {quoted};");
            (row.count("may")? > 0, sql)
        }
        None => {
            let made = connection.execute(Query::new(format!("CREATE SCHEMA {schema}"))).await;
            let may = match made {
                Err(error) if sql_state(&error) == Some("42501") => false,
                made => made.map(|()| true)?,
            };
            (may, format!("CREATE SCHEMA {schema} AUTHORIZATION {quoted};"))
        }
    };
    if !may {
        let place = server.to_string();
        return Err(NotOpened::Never(OpenError::NoSchema { place, user, sql: helps }));
    }
    migrate(connection, None).await?;
    Ok(Own::Inside(prefix, format!("in the schema {schema}")))
}

/// What was done to our own tables, in order: number, name, SQL of each engine. One that was released
/// never changes. The first of PostgreSQL does what the first three of SQLite do.
const MIGRATIONS: &[(Engine, i64, &str, &str)] = &[
    (Engine::Sqlite, 1, "first", include_str!("migrations/0001_first.sql")),
    (Engine::Sqlite, 2, "origin", include_str!("migrations/0002_origin.sql")),
    (Engine::Sqlite, 3, "pending", include_str!("migrations/0003_pending.sql")),
    (Engine::Sqlite, 4, "preview", include_str!("migrations/0004_preview.sql")),
    (Engine::Sqlite, 5, "rows", include_str!("migrations/0005_rows.sql")),
    (Engine::Sqlite, 6, "whence", include_str!("migrations/0006_whence.sql")),
    (Engine::Postgres, 3, "first", include_str!("migrations/0003_postgres.sql")),
    (Engine::Postgres, 4, "preview", include_str!("migrations/0004_preview_postgres.sql")),
    (Engine::Postgres, 6, "whence", include_str!("migrations/0006_whence_postgres.sql")),
];

/// The number of our newest tables, of either engine.
pub(super) const NEWEST: i64 = 6;

/// The number of the tables of ours that are there.
///
/// PostgreSQL's last number may be smaller than [`NEWEST`]: where it has all that there is for it,
/// it is as new.
pub(super) async fn version(connection: &mut Connection) -> Result<Option<i64>, sqlx::Error> {
    let engine = connection.engine();
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'alamor_migrations'".to_owned()
        }
        Engine::Postgres => connection.prefix().write(
            "SELECT count(*) AS n FROM (SELECT to_regclass('alamor.migrations') AS found) AS t \
             WHERE found IS NOT NULL",
        ),
    };
    if connection.get(Query::new(sql)).await?.count("n")? == 0 {
        return Ok(None);
    }
    let sql = "SELECT max(version) AS version FROM alamor.migrations";
    let found = connection.get(Query::new(sql)).await?.int("version")?;
    let last = MIGRATIONS.iter().filter(|migration| migration.0 == engine).map(|one| one.1).max();
    Ok(found.map(|found| if Some(found) == last { NEWEST } else { found }))
}

/// Brings our tables up to date; of a `file` that has some a copy is kept.
pub(super) async fn migrate(
    connection: &mut Connection,
    file: Option<&Path>,
) -> Result<(), NotOpened> {
    let found = version(connection).await?;
    if let Some(found) = found.filter(|found| *found > NEWEST) {
        let place = file.map_or_else(|| "the schema".to_owned(), |file| file.display().to_string());
        return Err(NotOpened::Never(OpenError::Newer { place, found, known: NEWEST }));
    }
    if let Some(file) = file
        && found.is_some_and(|found| found < NEWEST)
    {
        before::keep(connection, file, NEWEST).await?;
    }
    apply(connection, NEWEST).await
}

/// Does what was not done yet, up to a number.
async fn apply(connection: &mut Connection, last: i64) -> Result<(), NotOpened> {
    let (engine, prefix) = (connection.engine(), connection.prefix());
    let migrations = MIGRATIONS.iter().filter(|one| one.0 == engine && one.1 <= last);
    let migrations = migrations.map(|&(engine, version, name, sql)| {
        // The text in a SQLite file is as it was released, to the letter.
        let sql = match engine {
            Engine::Sqlite => sqlx::SqlStr::from_static(sql),
            Engine::Postgres => AssertSqlSafe(prefix.write(sql)).into_sql_str(),
        };
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(prefix.write("alamor.migrations"));
    let run = match connection.inner()? {
        Inner::Sqlite(connection) => run(&migrator, connection).await,
        Inner::Postgres(connection) => run(&migrator, &mut **connection).await,
    };
    run.map_err(|error| {
        NotOpened::Away(DbError::new(format!("its tables cannot be made: {error}")))
    })
}

async fn run(
    migrator: &Migrator,
    connection: &mut impl Migrate,
) -> Result<(), sqlx::migrate::MigrateError> {
    migrator.run_direct(None, connection, false).await
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn open(path: &Path) -> Connection {
        Pool::new(writing(path), Prefix::SQLITE, 1).acquire().await.unwrap()
    }

    async fn slices(path: &Path) -> u64 {
        let sql = "SELECT count(*) AS n FROM alamor.slices";
        open(path).await.get(Query::new(sql)).await.unwrap().count("n").unwrap()
    }

    #[tokio::test]
    async fn before_an_upgrade_the_file_is_kept_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        make_file(&path).unwrap();
        let mut connection = open(&path).await;
        apply(&mut connection, 4).await.unwrap();
        let sql = "INSERT INTO alamor.slices (purchase_id, panel_id, links) VALUES (1, 1, '[]')";
        connection.execute(Query::new(sql)).await.unwrap();
        migrate(&mut connection, Some(&path)).await.unwrap();
        assert_eq!(version(&mut connection).await.unwrap(), Some(NEWEST));
        drop(connection);
        let copy = folder.path().join(format!("state.db.before-{NEWEST}"));
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(version(&mut open(&copy).await).await.unwrap(), Some(4));
        assert_eq!((slices(&copy).await, slices(&path).await), (1, 1));
    }

    #[tokio::test]
    async fn what_is_new_or_up_to_date_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        make_file(&path).unwrap();
        let mut connection = open(&path).await;
        migrate(&mut connection, Some(&path)).await.unwrap();
        migrate(&mut connection, Some(&path)).await.unwrap();
        drop(connection);
        let names = std::fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("before")));
    }

    #[tokio::test]
    async fn the_newest_number_is_that_of_the_last_migration() {
        let last = |engine| MIGRATIONS.iter().filter(|one| one.0 == engine).map(|one| one.1).max();
        assert_eq!(last(Engine::Sqlite), Some(NEWEST));
        assert!(last(Engine::Postgres) <= Some(NEWEST));
    }
}
