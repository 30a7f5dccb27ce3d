//! A look at the bot's database from outside: whether a core could use it, and why not.
//!
//! ```text
//! connect ─▶ shape ─▶ rights ─▶ sizes, counts      the first that fails is the Fault
//!                     └▶ obstacles: it can be read, and not written
//! ```
//!
//! Invariants:
//! - Nothing is written, no lock of ours is taken, no file is made: a SQLite file is opened read-only,
//!   and one with a closed WAL as it is on the disk.
//! - What comes from the database and goes to people is bounded.
//!
//! Deliberately absent: what to do about it (that is `core/probes/database.rs`); free space as a
//! verdict.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Access, AtFlags, CWD, accessat, statvfs};

use super::error::{DbError, primary_code, sql_state};
use super::files::options;
use super::head;
use super::own;
use super::place::{Bot, Place, Postgres, beside};
use super::shape::{Dated, Shape};
use super::sql::{Connection, Options, Pool, Prefix, Query, postgres_options};

/// How long a look waits for another program's lock. The bot's own writes take milliseconds.
const BUSY: Duration = Duration::from_secs(1);

/// What a look sees of a database that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// `15.14`, `3.50.2`
    pub version: String,
    /// What was detected, in words.
    pub shape: String,
    /// From asking for a connection to its first answer.
    pub latency: Duration,
    /// The size of the whole.
    pub size_bytes: u64,
    /// The size of the write-ahead log beside a SQLite file.
    pub wal_bytes: Option<u64>,
    /// What is free on the disk of a SQLite file, for us.
    pub free_bytes: Option<u64>,
    /// Active purchases.
    pub active: u64,
    /// When it was last written, in Unix milliseconds, as far as that is noted.
    pub written: Option<i64>,
    /// What stands in the way of writing.
    pub obstacles: Vec<Obstacle>,
}

/// Why a database that can be read cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A SQLite file, or the folder for its journal, may not be written by this user.
    NotOurs(PathBuf),
    /// The file system is mounted read-only.
    ReadOnlyDisk(PathBuf),
    /// The server follows another one, and takes no writes itself.
    Recovery,
    /// New transactions are read-only by a setting of the server, the database or the user.
    ReadOnlyByDefault,
    /// The user has not the right. The SQL, run by somebody who may, gives it.
    Right {
        /// The user.
        user: String,
        /// What it may not do.
        what: String,
        /// What helps.
        sql: String,
    },
}

/// Why a database cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no such file.
    Missing,
    /// This user may not read the file.
    Unreadable,
    /// The file is something else.
    NotADatabase,
    /// The file is damaged.
    Damaged,
    /// Another program keeps it locked.
    Locked,
    /// Its last writer was killed in the middle; the next one that writes repairs it.
    LeftUndone,
    /// The tables are not the bot's.
    UnknownShape(String),
    /// No server answers.
    Down(String),
    /// The server starts or stops.
    Starting,
    /// The server takes user or password not.
    Credentials,
    /// The server has no database of this name.
    NoDatabase,
    /// The server has no connection left.
    Crowded,
    /// The user may not read a table; the SQL gives it the right.
    MayNotRead {
        /// What helps.
        sql: String,
    },
    /// Anything else, in words without secrets.
    Other(String),
}

/// Looks once.
///
/// # Errors
///
/// [`Fault`], by reaction.
pub async fn look(place: &Place) -> Result<Look, Fault> {
    match &place.bot {
        Bot::Sqlite(path) => look_at_file(path).await,
        Bot::Postgres(server) => look_at_server(server, place.state.is_none()).await,
    }
}

async fn look_at_file(path: &Path) -> Result<Look, Fault> {
    let file = path.to_owned();
    let (wal_bytes, is_closed) = aside(move || examine(&file)).await??;
    let began = Instant::now();
    let pool = reader_of_file(path, is_closed);
    let looked = read_file(&pool, began).await;
    pool.close().await;
    let (shape, latency, active) = looked?;
    let path = path.to_owned();
    aside(move || {
        let found = path.metadata().map_err(|error| Fault::Other(error.to_string()))?;
        let stamps = [path.clone(), beside_with(&path, "-wal")];
        let disk = statvfs(&path).ok();
        Ok(Look {
            engine: "SQLite",
            version: shape.version.clone(),
            shape: shape.in_words(),
            latency,
            size_bytes: found.len(),
            wal_bytes,
            free_bytes: disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            active,
            written: stamps.iter().filter_map(|file| modified(file)).max(),
            obstacles: obstacles_of_file(&path),
        })
    })
    .await?
}

/// How a file is read without leaving a trace.
pub(super) fn reader_of_file(path: &Path, is_closed: bool) -> Pool {
    let read = options(path).read_only(true).busy_timeout(BUSY).foreign_keys(false);
    // Nobody has it open: to be asked as a WAL file, it would get new files beside it.
    let read = read.immutable(is_closed);
    Pool::new(Options::Sqlite(Box::new(read)), Prefix::SQLITE, 1)
}

/// How the bot's database is read by somebody who is no core, and leaves no trace.
pub(super) async fn reader(place: &Place) -> Result<Pool, DbError> {
    match &place.bot {
        Bot::Sqlite(path) => {
            let file = path.clone();
            let examined = aside(move || examine(&file)).await.flatten();
            let (_, is_closed) = examined.map_err(|_| DbError::new("its file cannot be read"))?;
            Ok(reader_of_file(path, is_closed))
        }
        Bot::Postgres(server) => {
            let options = Options::Postgres(Box::new(postgres_options(server, "alamor looks")));
            Ok(Pool::new(options, own::schema_of(server), 1))
        }
    }
}

/// Runs what a file system that hangs may hold up where nobody waits for it.
async fn aside<T: Send + 'static>(look: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|error| Fault::Other(format!("looking was cut off: {error}")))
}

/// Whether the file can be one; the size of its write-ahead log, and whether it has a closed one.
fn examine(path: &Path) -> Result<(Option<u64>, bool), Fault> {
    let head = match head::read(path) {
        Ok(head) => head.ok_or(Fault::NotADatabase)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Fault::Missing),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(Fault::Unreadable);
        }
        Err(error) => return Err(Fault::Other(error.to_string())),
    };
    let wal_bytes = beside_with(path, "-wal").metadata().ok().map(|found| found.len());
    Ok((wal_bytes, head.is_wal && wal_bytes.is_none()))
}

async fn read_file(pool: &Pool, began: Instant) -> Result<(Shape, Duration, u64), Fault> {
    let mut connection = pool.acquire().await.map_err(fault_of_file)?;
    let shape = Shape::detect(&mut connection).await.map_err(fault_of_file)?;
    let latency = began.elapsed();
    let active = count_active(&mut connection).await.map_err(fault_of_file);
    Ok((shape.map_err(Fault::UnknownShape)?, latency, active?))
}

/// `shop.db` and `-wal` → `shop.db-wal`, as SQLite names what is beside a file.
pub(crate) fn beside_with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn modified(file: &Path) -> Option<i64> {
    let stamp = file.metadata().and_then(|found| found.modified()).ok()?;
    jiff::Timestamp::try_from(stamp).ok().map(jiff::Timestamp::as_millisecond)
}

/// Whether this user may write the file, and make a journal beside it. Asks, writes nothing.
fn obstacles_of_file(path: &Path) -> Vec<Obstacle> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let ours = [beside(path, "alamor.db")];
    let files = std::iter::once(path.to_owned()).chain(ours.into_iter().filter(|own| own.exists()));
    files
        .chain([folder.unwrap_or(Path::new(".")).to_owned()])
        .filter_map(|each| {
            match accessat(CWD, &each, Access::WRITE_OK, AtFlags::EACCESS) {
                Err(rustix::io::Errno::ROFS) => Some(Obstacle::ReadOnlyDisk(each)),
                Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
                    Some(Obstacle::NotOurs(each))
                }
                // What nobody can say is no obstacle: the core itself notices.
                _ => None,
            }
        })
        .collect()
}

/// # Source
///
/// SQLite, "Result and Error Codes".
fn fault_of_file(error: sqlx::Error) -> Fault {
    match primary_code(&error) {
        Some(5 | 6) => Fault::Locked,
        Some(11) => Fault::Damaged,
        Some(26) => Fault::NotADatabase,
        // Reading is refused as "read-only" where a journal has to be rolled back first.
        Some(8) => Fault::LeftUndone,
        _ => Fault::Other(DbError::from(error).cause),
    }
}

async fn look_at_server(server: &Postgres, has_own_schema: bool) -> Result<Look, Fault> {
    let began = Instant::now();
    let options = Options::Postgres(Box::new(postgres_options(server, "alamor looks")));
    let pool = Pool::new(options, own::schema_of(server), 1);
    let mut connection = pool.acquire().await.map_err(fault_of_server)?;
    let looked = read_server(&mut connection, server, has_own_schema, began).await;
    drop(connection);
    pool.close().await;
    looked
}

async fn read_server(
    connection: &mut Connection,
    server: &Postgres,
    has_own_schema: bool,
    began: Instant,
) -> Result<Look, Fault> {
    let shape = Shape::detect(connection).await.map_err(fault_of_server)?;
    let latency = began.elapsed();
    let shape = shape.map_err(Fault::UnknownShape)?;
    let rights = Rights::read(connection, &shape).await.map_err(fault_of_server)?;
    if let Some(sql) = rights.missing_read() {
        return Err(Fault::MayNotRead { sql });
    }
    let mut obstacles = rights.obstacles(&shape);
    if has_own_schema {
        obstacles.extend(schema(connection, server, &rights.user).await.map_err(fault_of_server)?);
    }
    let size = "SELECT CAST(pg_database_size(current_database()) AS BIGINT) AS size";
    let size = connection.get(Query::new(size)).await.map_err(fault_of_server)?;
    Ok(Look {
        engine: "PostgreSQL",
        version: shape.version.clone(),
        shape: shape.in_words(),
        latency,
        size_bytes: size.count("size").map_err(fault_of_server)?,
        wal_bytes: None,
        free_bytes: None,
        active: count_active(connection).await.map_err(fault_of_server)?,
        written: last_update(connection, &shape).await.map_err(fault_of_server)?,
        obstacles,
    })
}

/// What the user may do with the bot's tables.
struct Rights {
    user: String,
    /// The table of purchases as an administrator would have to write it.
    purchases: String,
    servers: String,
    may_read: bool,
    may_write: bool,
    /// What keeps everybody from writing.
    server: Option<Obstacle>,
}

impl Rights {
    async fn read(connection: &mut Connection, shape: &Shape) -> Result<Self, sqlx::Error> {
        let dated = if shape.updated_at.is_some() {
            " AND has_column_privilege('purchases', 'updated_at', 'UPDATE')"
        } else {
            ""
        };
        let sql = format!(
            "SELECT CAST(current_user AS TEXT) AS name, \
             (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c \
              JOIN pg_namespace n ON n.oid = c.relnamespace \
              WHERE c.oid = to_regclass('purchases')) AS purchases, \
             (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c \
              JOIN pg_namespace n ON n.oid = c.relnamespace \
              WHERE c.oid = to_regclass('servers')) AS servers, \
             CAST(CAST(has_table_privilege('purchases', 'SELECT') \
              AND has_table_privilege('servers', 'SELECT') AS INTEGER) AS BIGINT) AS may_read, \
             CAST(CAST(has_column_privilege('purchases', 'single_configs_json', 'UPDATE'){dated} \
              AS INTEGER) AS BIGINT) AS may_write, \
             CAST(CAST(pg_is_in_recovery() AS INTEGER) AS BIGINT) AS recovers, \
             CAST(CAST(current_setting('default_transaction_read_only') = 'on' AS INTEGER) \
              AS BIGINT) AS read_only"
        );
        let row = connection.get(Query::new(sql)).await?;
        let text = |column| row.text(column).map(Option::unwrap_or_default);
        // A server that recovers says so itself.
        let server = match (row.count("recovers")? > 0, row.count("read_only")? > 0) {
            (true, _) => Some(Obstacle::Recovery),
            (false, true) => Some(Obstacle::ReadOnlyByDefault),
            (false, false) => None,
        };
        Ok(Self {
            user: text("name")?,
            purchases: text("purchases")?,
            servers: text("servers")?,
            may_read: row.count("may_read")? > 0,
            may_write: row.count("may_write")? > 0,
            server,
        })
    }

    fn missing_read(&self) -> Option<String> {
        let Self { purchases, servers, user, .. } = self;
        let sql = || format!("GRANT SELECT ON {purchases}, {servers} TO {};", quoted(user));
        (!self.may_read).then(sql)
    }

    fn obstacles(&self, shape: &Shape) -> Vec<Obstacle> {
        let mut obstacles: Vec<Obstacle> = self.server.iter().cloned().collect();
        if !self.may_write {
            let dated = if shape.updated_at.is_some() { ", updated_at" } else { "" };
            let (purchases, user) = (&self.purchases, quoted(&self.user));
            obstacles.push(Obstacle::Right {
                user: self.user.clone(),
                what: "update single_configs_json of purchases".to_owned(),
                sql: format!("GRANT UPDATE (single_configs_json{dated}) ON {purchases} TO {user};"),
            });
        }
        obstacles
    }
}

/// Whether our own schema is there, or can be made.
async fn schema(
    connection: &mut Connection,
    server: &Postgres,
    user: &str,
) -> Result<Option<Obstacle>, sqlx::Error> {
    let prefix = own::schema_of(server);
    let schema = prefix.0.trim_end_matches('.');
    let sql = "SELECT CAST(CAST(has_database_privilege(current_database(), 'CREATE') AS INTEGER) \
               AS BIGINT) AS may_make, (SELECT CAST(CAST(has_schema_privilege(oid, 'CREATE') \
               AND has_schema_privilege(oid, 'USAGE') AS INTEGER) AS BIGINT) FROM pg_namespace \
               WHERE nspname = $1) AS may_use";
    let row = connection.get(Query::new(sql).bind(schema)).await?;
    let sql = match (row.int("may_use")?, row.count("may_make")? > 0) {
        (Some(1..), _) | (None, true) => return Ok(None),
        (Some(_), _) => format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {};", quoted(user)),
        (None, false) => format!("CREATE SCHEMA {schema} AUTHORIZATION {};", quoted(user)),
    };
    let what = format!("use the schema {schema}, where alamor's own tables are");
    Ok(Some(Obstacle::Right { user: user.to_owned(), what, sql }))
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// When a purchase was last changed, where that is noted as a time.
async fn last_update(
    connection: &mut Connection,
    shape: &Shape,
) -> Result<Option<i64>, sqlx::Error> {
    if !matches!(shape.updated_at, Some(Dated::Moment | Dated::Local("TIMESTAMP"))) {
        return Ok(None);
    }
    let sql = "SELECT CAST(EXTRACT(EPOCH FROM CAST(max(updated_at) AS TIMESTAMPTZ)) * 1000 \
               AS BIGINT) AS at FROM purchases";
    connection.get(Query::new(sql)).await?.int("at")
}

async fn count_active(connection: &mut Connection) -> Result<u64, sqlx::Error> {
    let sql = "SELECT count(*) AS n FROM purchases WHERE CAST(is_active AS INTEGER) <> 0";
    connection.get(Query::new(sql)).await?.count("n")
}

/// # Source
///
/// PostgreSQL, "Appendix A. PostgreSQL Error Codes".
fn fault_of_server(error: sqlx::Error) -> Fault {
    match sql_state(&error) {
        Some("28P01" | "28000") => Fault::Credentials,
        Some("3D000") => Fault::NoDatabase,
        Some("53300") => Fault::Crowded,
        Some("57P01" | "57P02" | "57P03") => Fault::Starting,
        Some(_) => Fault::Other(DbError::from(error).cause),
        None => match &error {
            sqlx::Error::Io(cause) => Fault::Down(cause.to_string()),
            _ => Fault::Other(DbError::from(error).cause),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::database::new;
    use crate::database::sql::Begin;

    #[tokio::test]
    async fn what_is_no_file_is_no_database_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("shop.db");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        for path in [pipe, folder.path().to_owned()] {
            let place = Place { bot: Bot::Sqlite(path), state: None };
            assert_eq!(look(&place).await, Err(Fault::NotADatabase));
        }
    }

    /// How many locks this process has on a file, as the kernel counts them.
    fn locks_on(path: &Path) -> usize {
        let inode = format!(":{} ", path.metadata().unwrap().ino());
        let process = format!(" {} ", std::process::id());
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        locks.lines().filter(|line| line.contains(&inode) && line.contains(&process)).count()
    }

    #[tokio::test]
    async fn a_look_takes_no_lock_away_from_who_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        new::create(&path).await.unwrap();
        let place = Place { bot: Bot::Sqlite(path.clone()), state: None };
        // As the bot has it: with a journal that is rolled back.
        let options = options(&path).journal_mode(sqlx::sqlite::SqliteJournalMode::Delete);
        let options = Options::Sqlite(Box::new(options));
        let mut writer = Pool::new(options, Prefix::SQLITE, 1).acquire().await.unwrap();
        writer.begin(Begin::Write).await.unwrap();
        let held = locks_on(&path);
        assert!(held > 0);
        for _ in 0..2 {
            look(&place).await.unwrap();
            assert_eq!(locks_on(&path), held);
        }
        writer.commit().await.unwrap();
    }
}
