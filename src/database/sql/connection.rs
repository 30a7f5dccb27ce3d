//! One connection, to either engine.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};
use tokio::sync::OwnedSemaphorePermit;

use super::Engine;
use super::home::Home;
use super::query::{Ending, Prefix, Query};
use super::row::Row;
use super::rows::Rows;
use super::session::{ANSWER, Inner, within};

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Several readings that fit together.
    Read,
    /// SQLite takes the write lock at once: a transaction that reads first could not get it later.
    Write,
}

/// How often others have changed a SQLite file: which connection counted, and how many times. What is
/// written on it does not count, and another one counts anew.
pub(crate) type Version = (u64, i64);

/// A connection that goes back to its pool when it is dropped, unless something is left undone.
pub(crate) struct Connection {
    /// `None` only while it is dropped.
    inner: Option<Inner>,
    /// Tells this connection from every other of its pool.
    serial: u64,
    home: Arc<Home>,
    _permit: OwnedSemaphorePermit,
    is_in_query: bool,
    is_in_transaction: bool,
}

impl Connection {
    pub(super) fn new(
        inner: Inner,
        serial: u64,
        home: Arc<Home>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            inner: Some(inner),
            serial,
            home,
            _permit: permit,
            is_in_query: false,
            is_in_transaction: false,
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.inner {
            Some(Inner::Postgres(_)) => Engine::Postgres,
            Some(Inner::Sqlite(_)) | None => Engine::Sqlite,
        }
    }

    pub(crate) fn prefix(&self) -> Prefix {
        self.home.prefix
    }

    /// The driver's own connection, for what only one engine has.
    pub(crate) fn inner(&mut self) -> Result<&mut Inner, sqlx::Error> {
        self.inner.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Runs a statement.
    pub(crate) async fn execute(&mut self, query: Query) -> Result<(), sqlx::Error> {
        self.fetch_each(query, |_| Ok(())).await
    }

    /// Runs a statement for many rows; none for no row.
    pub(crate) async fn execute_rows<const N: usize>(
        &mut self,
        rows: Rows<N>,
    ) -> Result<(), sqlx::Error> {
        self.execute_each(rows.queries(self.engine())).await
    }

    /// Runs one statement after the other.
    async fn execute_each(
        &mut self,
        queries: impl IntoIterator<Item = Query, IntoIter: Send>,
    ) -> Result<(), sqlx::Error> {
        for query in queries {
            self.execute(query).await?;
        }
        Ok(())
    }

    /// Every row.
    pub(crate) async fn fetch_all(&mut self, query: Query) -> Result<Vec<Row>, sqlx::Error> {
        let mut rows = Vec::new();
        self.fetch_each(query, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// The first row, if there is one.
    pub(crate) async fn find(&mut self, query: Query) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.fetch_all(query).await?.into_iter().next())
    }

    /// The first row, which there must be.
    pub(crate) async fn get(&mut self, query: Query) -> Result<Row, sqlx::Error> {
        self.find(query).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// Hands row after row to `take`, keeping none.
    pub(crate) async fn fetch_each(
        &mut self,
        query: Query,
        take: impl FnMut(Row) -> Result<(), sqlx::Error> + Send,
    ) -> Result<(), sqlx::Error> {
        // Whoever leaves in the middle leaves this set.
        self.is_in_query = true;
        let prefix = self.home.prefix;
        let result = match self.inner()? {
            Inner::Sqlite(connection) => sqlite(connection, query, prefix, take).await,
            Inner::Postgres(connection) => postgres(connection, query, prefix, take).await,
        };
        // After a refusal the connection is as good as before; after anything else nobody knows.
        self.is_in_query = !matches!(result, Ok(()) | Err(sqlx::Error::Database(_)));
        result
    }

    pub(crate) async fn begin(&mut self, begin: Begin) -> Result<(), sqlx::Error> {
        let sql = match (self.engine(), begin) {
            (Engine::Sqlite, Begin::Read) => "BEGIN",
            (Engine::Sqlite, Begin::Write) => "BEGIN IMMEDIATE",
            (Engine::Postgres, Begin::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (Engine::Postgres, Begin::Write) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        self.is_in_transaction = true;
        self.execute(Query::new(sql)).await
    }

    /// How often others have changed the SQLite file.
    pub(crate) async fn version(&mut self) -> Result<Version, sqlx::Error> {
        self.version_after("PRAGMA data_version").await
    }

    /// Begins to write; in SQLite, also tells the [`Self::version`].
    ///
    /// Both with one way to the driver's thread, which is a large part of what a batch costs.
    pub(crate) async fn begin_counted(&mut self) -> Result<Option<Version>, sqlx::Error> {
        if self.engine() == Engine::Postgres {
            self.begin(Begin::Write).await?;
            return Ok(None);
        }
        self.is_in_transaction = true;
        self.version_after("BEGIN IMMEDIATE; PRAGMA data_version").await.map(Some)
    }

    async fn version_after(&mut self, sql: &'static str) -> Result<Version, sqlx::Error> {
        let row = self.get(Query::new(sql)).await?;
        Ok((self.serial, row.id("data_version")?))
    }

    /// Ends a transaction. One that is not ended is rolled back: its connection is closed.
    ///
    /// After some errors, such as a full disk, SQLite has rolled back by itself, and the next
    /// statement would run outside of any transaction. So nobody goes on after an error.
    pub(crate) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.end(Ending::after(self.engine(), [])).await
    }

    /// Does what is left to be done, and ends the transaction.
    pub(crate) async fn end(&mut self, ending: Ending) -> Result<(), sqlx::Error> {
        self.execute_each(ending.0).await?;
        self.is_in_transaction = false;
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take()
            && !self.is_in_query
            && !self.is_in_transaction
        {
            self.home.take_back(self.serial, inner);
        }
    }
}

async fn sqlite(
    connection: &mut SqliteConnection,
    query: Query,
    prefix: Prefix,
    mut take: impl FnMut(Row) -> Result<(), sqlx::Error> + Send,
) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(query.write(Engine::Sqlite, prefix));
    let arguments = query.sqlite().map_err(sqlx::Error::Encode)?;
    let mut rows = sqlx::query_with(sql, arguments).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        take(Row::Sqlite(row))?;
    }
    Ok(())
}

async fn postgres(
    connection: &mut PgConnection,
    query: Query,
    prefix: Prefix,
    mut take: impl FnMut(Row) -> Result<(), sqlx::Error> + Send,
) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(query.write(Engine::Postgres, prefix));
    let arguments = query.postgres().map_err(sqlx::Error::Encode)?;
    let mut rows = sqlx::query_with(sql, arguments).fetch(connection);
    while let Some(row) = within(ANSWER, rows.try_next()).await? {
        take(Row::Postgres(row))?;
    }
    Ok(())
}
