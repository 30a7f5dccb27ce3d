//! The rows of a job, written without us: what nobody can be faster than.
//!
//! Two ways, each in transactions of the core's size, into a copy of the database as it was before
//! the job:
//!
//! | way | what it is |
//! |---|---|
//! | [`Files::write`] | a plain program that has every row in its memory: the floor |
//! | [`Files::copy`] | SQLite copying from file to file, binding no value: printed beside it |
//!
//! Whoever gets links over the network has them in memory, and has to bind them: so the floor is a
//! program that does, and nothing else. It reads nothing, decides nothing, waits for nobody, knows
//! its rows before the clock starts, and hands them over in the order of their keys. What is
//! written is what the core wrote, through the same driver, with the same pragmas and indexes. Of
//! the ways to bind, the fastest is taken: statements of [`ROWS`] rows, prepared once. Eight rows a
//! statement take twice as long, one row seven times; 256 are no faster. It needs about as long as
//! the copy.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow, SqliteSynchronous};
use sqlx::{
    Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection, Row as _, SqliteConnection,
};

/// Most purchases in one transaction of the core's writer.
const BATCH: usize = 256;

/// How many rows one statement of the plain program writes.
const ROWS: usize = 64;

/// A table that a job writes: its rows of purchases from $1 to $2, and how they are written.
struct Table {
    select: &'static str,
    /// `rows()` becomes the places.
    write: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        select: "SELECT purchase_id, panel_id, links, headers, fetched_at, way, client, \
                 client_keys, compared_at, per_client FROM alamor_slices \
                 WHERE purchase_id BETWEEN $1 AND $2",
        write: "INSERT INTO alamor_slices (purchase_id, panel_id, links, headers, fetched_at, way, \
                client, client_keys, compared_at, per_client) VALUES rows()",
    },
    Table {
        select: "SELECT purchase_id, standing, outcome, reason_code, reason_text, attempted_at, \
                 links, kept, oldest_at, written, held_links, held_since, panels, whose \
                 FROM alamor_purchases WHERE purchase_id BETWEEN $1 AND $2",
        write: "INSERT INTO alamor_purchases (purchase_id, standing, outcome, reason_code, \
                reason_text, attempted_at, links, kept, oldest_at, written, held_links, \
                held_since, panels, whose) VALUES rows()",
    },
    Table {
        select: "SELECT id, single_configs_json FROM purchases WHERE id BETWEEN $1 AND $2",
        write: "WITH new (id, json) AS (VALUES rows()) UPDATE purchases \
                SET single_configs_json = new.json FROM new WHERE purchases.id = new.id",
    },
    Table {
        select: "SELECT job_id, purchase_id, outcome, count_as, links, reason_code, reason_text, \
                 panels, notes, took_ms, finished_at FROM alamor_items \
                 WHERE purchase_id BETWEEN $1 AND $2",
        write: "WITH new (job_id, purchase_id, outcome, count_as, links, reason_code, reason_text, \
                panels, notes, took_ms, finished_at) AS (VALUES rows()) UPDATE alamor_items AS i \
                SET outcome = n.outcome, count_as = n.count_as, links = n.links, \
                reason_code = n.reason_code, reason_text = n.reason_text, panels = n.panels, \
                notes = n.notes, took_ms = n.took_ms, finished_at = n.finished_at FROM new AS n \
                WHERE i.job_id = n.job_id AND i.purchase_id = n.purchase_id",
    },
];

/// The job and its open items, which the core writes before the first question.
const JOB: &str = "BEGIN IMMEDIATE; INSERT INTO alamor_jobs SELECT * FROM done.alamor_jobs; \
                   INSERT INTO alamor_items (job_id, purchase_id) \
                   SELECT job_id, purchase_id FROM done.alamor_items; COMMIT";

/// Where a job was done, and the database as it was before.
pub(crate) struct Files {
    /// The database as it was before.
    pub(crate) plain: PathBuf,
    /// The database that the core wrote.
    pub(crate) done: PathBuf,
    /// How many purchases there are.
    pub(crate) purchases: usize,
}

/// A value as it is bound.
enum Cell {
    Int(Option<i64>),
    Text(String),
}

/// A statement with its values.
struct Statement(String, Vec<Cell>);

impl Files {
    /// How long a plain program needs.
    pub(crate) async fn write(&self) -> anyhow::Result<Duration> {
        let mut connection = self.begin("bound").await?;
        let mut batches = Vec::new();
        for first in (1..=self.purchases).step_by(BATCH) {
            batches.push(self.batch(&mut connection, first).await?);
        }
        let began = Instant::now();
        sqlx::raw_sql(JOB).execute(&mut connection).await?;
        for batch in batches {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
            for Statement(sql, cells) in batch {
                let mut arguments = SqliteArguments::default();
                arguments.reserve(cells.len(), 0);
                for cell in cells {
                    match cell {
                        Cell::Int(value) => arguments.add(value),
                        Cell::Text(value) => arguments.add(value),
                    }
                    .map_err(sqlx::Error::Encode)?;
                }
                sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut connection).await?;
            }
            sqlx::query("COMMIT").execute(&mut connection).await?;
        }
        self.end(connection, began.elapsed()).await
    }

    /// How long SQLite needs to copy the rows.
    pub(crate) async fn copy(&self) -> anyhow::Result<Duration> {
        let mut connection = self.begin("copied").await?;
        let began = Instant::now();
        sqlx::raw_sql(JOB).execute(&mut connection).await?;
        for first in (1..=self.purchases).step_by(BATCH) {
            let batch = copied(first, first + BATCH - 1);
            sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut connection).await?;
        }
        self.end(connection, began.elapsed()).await
    }

    /// A copy of the database as it was before, with the core's as `done` beside it.
    async fn begin(&self, name: &str) -> anyhow::Result<SqliteConnection> {
        let copy = self.plain.with_extension(name);
        std::fs::copy(&self.plain, &copy)?;
        let options = SqliteConnectOptions::new()
            .disable_statement_logging()
            .filename(copy)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-8000")
            .pragma("wal_autocheckpoint", "4000")
            .pragma("temp_store", "MEMORY")
            .foreign_keys(true);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::query("ATTACH $1 AS done")
            .bind(self.done.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }

    /// The statements of one transaction.
    async fn batch(
        &self,
        connection: &mut SqliteConnection,
        first: usize,
    ) -> anyhow::Result<Vec<Statement>> {
        let mut statements = Vec::new();
        for table in &TABLES {
            // Unqualified, the names mean the copy.
            let select = table.select.replace("FROM ", "FROM done.");
            let rows: Vec<SqliteRow> = sqlx::query(AssertSqlSafe(select))
                .bind(i64::try_from(first)?)
                .bind(i64::try_from(first + BATCH - 1)?)
                .fetch_all(&mut *connection)
                .await?;
            for rows in rows.chunks(ROWS) {
                let row = format!("({})", vec!["?"; rows[0].len()].join(", "));
                let sql = table.write.replace("rows()", &vec![row; rows.len()].join(", "));
                let cells = rows.iter().flat_map(|row| (0..row.len()).map(|at| cell(row, at)));
                statements.push(Statement(sql, cells.collect::<Result<_, _>>()?));
            }
        }
        Ok(statements)
    }

    async fn end(
        &self,
        mut connection: SqliteConnection,
        took: Duration,
    ) -> anyhow::Result<Duration> {
        let sql = "SELECT count(*) FROM main.alamor_items AS i \
                   JOIN main.alamor_slices AS s USING (purchase_id) \
                   JOIN done.alamor_slices AS d USING (purchase_id, panel_id) \
                   JOIN main.purchases AS p ON p.id = i.purchase_id \
                   JOIN done.purchases AS q ON q.id = i.purchase_id \
                   WHERE i.outcome IS NOT NULL AND s.links = d.links \
                   AND p.single_configs_json = q.single_configs_json";
        let written: i64 = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM done.alamor_slices")
            .fetch_one(&mut connection)
            .await?;
        ensure!(written == there && written > 0, "{written} of {there} were written without us");
        connection.close().await?;
        Ok(took)
    }
}

fn cell(row: &SqliteRow, at: usize) -> Result<Cell, sqlx::Error> {
    match row.try_get::<Option<i64>, _>(at) {
        Ok(value) => Ok(Cell::Int(value)),
        Err(_) => row.try_get(at).map(Cell::Text),
    }
}

fn copied(first: usize, last: usize) -> String {
    format!(
        "BEGIN IMMEDIATE; \
         INSERT INTO alamor_slices SELECT * FROM done.alamor_slices \
           WHERE purchase_id BETWEEN {first} AND {last}; \
         INSERT INTO alamor_purchases SELECT * FROM done.alamor_purchases \
           WHERE purchase_id BETWEEN {first} AND {last}; \
         UPDATE purchases SET single_configs_json = (SELECT new.single_configs_json \
           FROM done.purchases AS new WHERE new.id = purchases.id) WHERE id BETWEEN {first} AND {last}; \
         INSERT OR REPLACE INTO alamor_items SELECT * FROM done.alamor_items \
           WHERE purchase_id BETWEEN {first} AND {last}; \
         COMMIT"
    )
}
