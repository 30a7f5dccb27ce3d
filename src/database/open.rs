//! Opening a database: its pragmas, whose it is, its shape, our own tables.
//!
//! Nothing is written before the file is known to be a database of the right shape that we made.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqliteConnection};

use super::error::{DbError, OpenError, primary_code};
use super::shape::{Shape, columns};
use super::writer::Writer;

/// How long a connection waits for another program that has the write lock.
///
/// The bot's own writes take milliseconds; longer than this is a program that hangs.
const BUSY: Duration = Duration::from_secs(5);

/// Connections that only read. Two cores, and one more so that a long list delays nobody.
const READERS: u32 = 3;

/// First bytes of every SQLite database.
///
/// # Source
///
/// SQLite, "Database File Format", section 1.3.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// `SQLITE_NOTADB`.
const NOT_A_DATABASE: i32 = 26;

/// What a database is worked with once it is open.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) readers: SqlitePool,
    pub(super) writer: Writer,
    pub(super) write_pool: SqlitePool,
    pub(super) shape: Arc<Shape>,
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

/// Whether the file is a database of a known shape that we made. Writes nothing.
pub(super) async fn check(path: &Path) -> Result<Shape, NotOpened> {
    check_file(path)?;
    check_tables(path).await
}

/// Opens a file that was checked.
pub(super) async fn open(path: &Path, shape: Shape) -> Result<Opened, NotOpened> {
    let shape = Arc::new(shape);
    let options = options(path).journal_mode(SqliteJournalMode::Wal);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY * 2)
        .connect_with(options.clone())
        .await?;
    migrate(&writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(BUSY)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    let write_pool = writer.clone();
    Ok(Opened { readers, writer: Writer::start(writer, Arc::clone(&shape)), write_pool, shape })
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
}

fn check_file(path: &Path) -> Result<(), NotOpened> {
    let never = |error| Err(NotOpened::Never(error));
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return never(OpenError::Missing { path: path.to_owned() });
        }
        Err(error) => {
            return Err(NotOpened::Away(DbError::new(format!("{}: {error}", path.display()))));
        }
    };
    let mut start = [0; MAGIC.len()];
    let not_a_database = || never(OpenError::NotADatabase { path: path.to_owned() });
    match file.read_exact(&mut start) {
        Ok(()) if &start == MAGIC => Ok(()),
        Ok(()) => not_a_database(),
        // Shorter than a header: an empty file has no tables either.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => not_a_database(),
        // A folder, or a disk that cannot be read.
        Err(_) if path.is_dir() => not_a_database(),
        Err(error) => Err(NotOpened::Away(DbError::new(format!("{}: {error}", path.display())))),
    }
}

/// Reads the tables without changing anything, not even the journal mode.
async fn check_tables(path: &Path) -> Result<Shape, NotOpened> {
    let mut connection =
        SqliteConnection::connect_with(&options(path).pragma("query_only", "ON")).await?;
    let detected = match Shape::detect(&mut connection).await {
        Err(error) if primary_code(&error) == Some(NOT_A_DATABASE) => {
            return Err(NotOpened::Never(OpenError::NotADatabase { path: path.to_owned() }));
        }
        detected => detected?,
    };
    let is_ours = !columns(&mut connection, "alamor_meta").await?.is_empty();
    connection.close().await?;
    match detected {
        Err(what) => Err(NotOpened::Never(OpenError::UnknownShape { path: path.to_owned(), what })),
        Ok(_) if !is_ours => Err(NotOpened::Never(OpenError::NotOurs { path: path.to_owned() })),
        Ok(shape) => Ok(shape),
    }
}

/// What was done to our own tables, in order: number, name, SQL. One that was released never changes.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "origin", include_str!("migrations/0002_origin.sql")),
];

async fn migrate(pool: &SqlitePool) -> Result<(), NotOpened> {
    let migrations = MIGRATIONS.iter().map(|&(version, name, sql)| {
        let sql = sqlx::SqlStr::from_static(sql);
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name("alamor_migrations");
    migrator.run(pool).await.map_err(|error| {
        NotOpened::Away(DbError::new(format!("its tables cannot be made: {error}")))
    })
}
