//! Update of all, beside the floor below which nobody can go.
//!
//! ```text
//! floor = the longest chain of requests × the time of one answer      (computed)
//!       + writing the same rows into the same tables, without us      (measured, in this run)
//! ```
//!
//! The requests and the writing overlap in the core and are added up here; the rows are copied by
//! SQLite itself, in transactions of the core's size, without binding a value: a stricter floor than
//! any program that gets them over the network could reach.
//!
//! Run it with `cargo bench --bench update`. It takes about half a minute, ends with an error if
//! one purchase did not end as it must, and prints ratios of one run on one machine.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

mod world;

use std::path::Path;
use std::time::{Duration, Instant};

use alamor::api::jobs::Job;
use alamor::demo::behaviour::Behaviour;
use anyhow::ensure;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::runtime::Runtime;

use self::world::{Size, World, path_of, update_all};

/// The business that is measured.
const SIZE: Size =
    Size { purchases: 10_000, panels: 20, latency: Duration::from_millis(50), per_panel: 8 };

/// Most purchases in one transaction of the core's writer.
const BATCH: usize = 256;

/// Most purchases on one panel.
const MOST: usize = SIZE.purchases.div_ceil(SIZE.panels);

/// What a run gave.
struct Run {
    job: Job,
    took: Duration,
    writing: Duration,
}

fn main() -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let chain = SIZE.latency * u32::try_from(MOST.div_ceil(SIZE.per_panel))?;
    println!(
        "update of all: {} purchases of 5 links, {} panels that answer in {} ms, {} requests at once to each",
        SIZE.purchases,
        SIZE.panels,
        SIZE.latency.as_millis(),
        SIZE.per_panel
    );
    let healthy = run(&runtime, Behaviour::Healthy)?;
    let floor = chain + healthy.writing;
    println!(
        "every panel answers   {:6.2} s   floor {:.2} s (requests {:.2} s + rows {:.2} s)   {:.2} × floor, {:.2} × the requests alone",
        healthy.took.as_secs_f64(),
        floor.as_secs_f64(),
        chain.as_secs_f64(),
        healthy.writing.as_secs_f64(),
        ratio(healthy.took, floor),
        ratio(healthy.took, chain)
    );
    let refusing = run(&runtime, Behaviour::Refuse)?;
    println!(
        "one panel refuses     {:6.2} s   {:.2} × the first",
        refusing.took.as_secs_f64(),
        ratio(refusing.took, healthy.took)
    );
    let hanging = run(&runtime, Behaviour::Hang)?;
    println!(
        "one panel hangs       {:6.2} s   {:+.2} s to the first (PANEL_TIMEOUT is 10 s)",
        hanging.took.as_secs_f64(),
        hanging.took.as_secs_f64() - healthy.took.as_secs_f64()
    );
    Ok(())
}

fn ratio(took: Duration, floor: Duration) -> f64 {
    took.as_secs_f64() / floor.as_secs_f64()
}

/// A fresh business whose first panel behaves so, and one update of all of it.
fn run(runtime: &Runtime, first: Behaviour) -> anyhow::Result<Run> {
    let world = World::build(SIZE, runtime)?;
    runtime
        .block_on(async {
            world.panel(0).set(first).await?;
            let database = path_of(&world.settings)?;
            // Once to make our tables; what is copied then is the database before its first update.
            let (core, _) = world.start().await?;
            core.stop().await;
            let plain = database.with_extension("plain");
            std::fs::copy(&database, &plain)?;

            let (core, client) = world.start().await?;
            let (job, took) = update_all(&client).await?;
            core.stop().await;
            check(&job, first)?;
            let writing = write_without_us(&plain, &database).await?;
            Ok(Run { job, took, writing })
        })
        .inspect(|run: &Run| {
            println!("  job: {} ms, its own floor {:?} ms", run.job.elapsed_ms, run.job.floor_ms);
        })
}

/// A fast update that lost somebody would be no update.
fn check(job: &Job, first: Behaviour) -> anyhow::Result<()> {
    let lost = match first {
        Behaviour::Healthy => 0,
        _ => MOST as u64,
    };
    let all = SIZE.purchases as u64;
    ensure!(job.success == all - lost, "{} succeeded of {}", job.success, all - lost);
    ensure!(job.connection_error == lost, "{} connection errors, not {lost}", job.connection_error);
    Ok(())
}

/// Writes the rows of `done` into `plain`, as many purchases at once as the core's writer does.
async fn write_without_us(plain: &Path, done: &Path) -> anyhow::Result<Duration> {
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
    for first in (1..=SIZE.purchases).step_by(BATCH) {
        let batch = one_batch(first, first + BATCH - 1);
        sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut connection).await?;
    }
    let took = began.elapsed();
    let written: i64 =
        sqlx::query_scalar("SELECT count(*) FROM main.alamor_items WHERE outcome IS NOT NULL")
            .fetch_one(&mut connection)
            .await?;
    ensure!(written == i64::try_from(SIZE.purchases)?, "{written} items were written without us");
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
