//! How much memory a core needs that serves 100 000 purchases of 5 links, each asked for once.
//!
//! The core is the real binary in a process of its own. A first one updates all, a second one
//! starts on what that wrote, is asked for every subscription, and is measured.
//!
//! | figure                              | must reach |
//! |-------------------------------------|------------|
//! | resident memory after that          | 100 MB     |
//! | at any moment of the update         | 600 MB     |
//! | a page of `GET /api/v1/purchases`   | 20 ms      |
//!
//! Run it with `cargo bench --bench memory`. It takes some minutes, and ends with an error if one
//! of them was missed, if an answer was not 200, or if a panel was asked meanwhile.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
mod world;

use std::time::{Duration, Instant};

use alamor::client::{Client, PurchasesQuery};
use anyhow::ensure;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::world::process::{Core, megabytes};
use self::world::{Access, PLAIN, Size, World, sub_id, update_all};

/// What is sold.
const SIZE: Size =
    Size { purchases: 100_000, panels: 20, access: Access::Lists, per_panel: 16, ..PLAIN };

/// Most resident memory, in bytes.
const MOST_MEMORY: u64 = 100_000_000;

/// Most resident memory at any moment of an update: the unit's `MemoryMax` is nearly twice that.
const MOST_EVER: u64 = 600_000_000;

/// Longest time for one page.
const LONGEST_PAGE: Duration = Duration::from_millis(20);

/// How often pages are asked for; the median counts.
const PAGES: usize = 21;

/// How many subscribers ask at once.
const ASKERS: usize = 16;

/// Only what must not happen.
const LOG: &str = "LOG_LEVEL=warn";

fn main() -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let world = World::build(SIZE, &runtime)?;
    let first = Core::start(&world, LOG)?;
    let (job, took) = runtime.block_on(async {
        let client = first.client(&world).await?;
        update_all(&client).await
    })?;
    ensure!(job.success == SIZE.purchases as u64, "{} were updated", job.success);
    let peak = first.peak()?;
    println!(
        "update of {} purchases: {:.1} s, at most {:.0} MB resident",
        SIZE.purchases,
        took.as_secs_f64(),
        megabytes(peak)
    );
    drop(first);

    let core = Core::start(&world, LOG)?;
    let client = runtime.block_on(core.client(&world))?;
    println!("started: {:.0} MB resident", megabytes(core.resident()?));
    let before: u64 = world.panels.iter().map(|panel| panel.counts().requests).sum();
    let (bytes, took) = runtime.block_on(ask_each(&core))?;
    let after: u64 = world.panels.iter().map(|panel| panel.counts().requests).sum();
    // The core's own round asks each panel once a second at most; a subscriber's question is one for
    // each of them.
    let asked = after - before;
    ensure!(asked < SIZE.purchases as u64 / 20, "panels were asked {asked} times: not from memory");
    let resident = core.resident()?;
    println!(
        "each asked for once: {:.1} s, {} bytes each, {:.0} MB resident",
        took.as_secs_f64(),
        bytes / SIZE.purchases,
        megabytes(resident)
    );
    let page = runtime.block_on(time_of_a_page(&client))?;
    println!("a page of 500 purchases: {:.1} ms", page.as_secs_f64() * 1000.0);
    ensure!(resident <= MOST_MEMORY, "more than 100 MB");
    ensure!(peak <= MOST_EVER, "the update needed more than 600 MB");
    ensure!(page <= LONGEST_PAGE, "a page took more than 20 ms");
    Ok(())
}

/// Asks for every subscription once; how many bytes came, in which time.
async fn ask_each(core: &Core) -> anyhow::Result<(usize, Duration)> {
    let began = Instant::now();
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut askers = JoinSet::new();
    for asker in 0..ASKERS {
        let (http, url) = (http.clone(), core.url.clone());
        askers.spawn(async move {
            let mut bytes = 0;
            for purchase in (asker..SIZE.purchases).step_by(ASKERS) {
                let url = format!("{url}/sub/{}", sub_id(purchase));
                bytes += http.get(url).send().await?.error_for_status()?.bytes().await?.len();
            }
            anyhow::Ok(bytes)
        });
    }
    let bytes = askers.join_all().await.into_iter().sum::<anyhow::Result<usize>>()?;
    Ok((bytes, began.elapsed()))
}

/// The median time of the first page, as the console asks for it.
async fn time_of_a_page(client: &Client) -> anyhow::Result<Duration> {
    let query = PurchasesQuery { limit: Some(500), ..PurchasesQuery::default() };
    let mut times = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let began = Instant::now();
        ensure!(client.list_purchases(&query).await?.items.len() == 500, "not a whole page");
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[PAGES / 2])
}
