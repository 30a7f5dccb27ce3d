//! The rows of a job, written by SQLite alone: what nobody can be faster than.
//!
//! They are copied in transactions of the core's size, without binding a value: a stricter floor
//! than any program that gets them over the network could reach.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

/// Most purchases in one transaction of the core's writer.
const BATCH: usize = 256;

/// Writes the rows of `done` into `plain`, as many purchases at once as the core's writer does.
pub(crate) async fn write(plain: &Path, done: &Path, purchases: usize) -> anyhow::Result<Duration> {
    let options = SqliteConnectOptions::new()
        .filename(plain)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("ATTACH $1 AS done")
        .bind(done.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    let began = Instant::now();
    sqlx::raw_sql(
        "BEGIN IMMEDIATE; INSERT INTO alamor_jobs SELECT * FROM done.alamor_jobs; \
         INSERT INTO alamor_items (job_id, purchase_id) SELECT job_id, purchase_id FROM done.alamor_items; \
         COMMIT",
    )
    .execute(&mut connection)
    .await?;
    for first in (1..=purchases).step_by(BATCH) {
        let batch = one_batch(first, first + BATCH - 1);
        sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut connection).await?;
    }
    let took = began.elapsed();
    let written: i64 =
        sqlx::query_scalar("SELECT count(*) FROM main.alamor_items WHERE outcome IS NOT NULL")
            .fetch_one(&mut connection)
            .await?;
    ensure!(written == i64::try_from(purchases)?, "{written} items were written without us");
    connection.close().await?;
    Ok(took)
}

fn one_batch(first: usize, last: usize) -> String {
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
