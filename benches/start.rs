//! How soon a core is ready that has much to read, and what one costs that has nothing to do.
//!
//! The core is the real binary in a process of its own. A first one updates all, a second one starts on
//! what that wrote, and is measured.
//!
//! | figure                                                      | must reach |
//! |-------------------------------------------------------------|------------|
//! | start to the first 200 of `/readyz`, 100 000 purchases      | 1 s        |
//! | resident memory of an idle core, 1 200 purchases            | 30 MB      |
//! | share of one processor that it takes meanwhile, over 60 s   | 0.1 %      |
//!
//! Run it with `cargo bench --bench start`. It takes some minutes, and ends with an error if one of
//! them was missed. `cargo bench --bench start -- idle` looks at the idle one alone.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
mod world;

use std::time::Duration;

use anyhow::ensure;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use self::world::process::{Core, megabytes};
use self::world::{Access, PLAIN, Size, World, update_all};

/// What is read at a start.
const LARGE: Size =
    Size { purchases: 100_000, panels: 20, access: Access::Lists, per_panel: 16, ..PLAIN };

/// A usual shop. Its panels are read by their subscriptions: so there is nothing that the audit would
/// have to compare, one a second.
const USUAL: Size = Size { purchases: 1_200, panels: 10, ..PLAIN };

/// Longest time until it is ready.
const LONGEST_START: Duration = Duration::from_secs(1);

/// How often it is started; the median counts.
const STARTS: usize = 5;

/// Most resident memory of an idle one, in bytes.
const MOST_MEMORY: u64 = 30_000_000;

/// Largest share of one processor, in percent.
const MOST_SHARE: f64 = 0.1;

/// How long a start may have its consequences: panels are asked how they are, probes look around.
const SETTLE: Duration = Duration::from_secs(30);

/// How long it is looked at. The system counts in hundredths of a second: six of these are the share.
const IDLE: Duration = Duration::from_mins(1);

/// Only what must not happen.
const LOG: &str = "LOG_LEVEL=warn";

fn main() -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let is_idle_alone = std::env::args().any(|argument| argument == "idle");
    let ready = if is_idle_alone { None } else { Some(start(&runtime)?) };
    let (resident, share) = idle(&runtime)?;
    println!(
        "idle with {} purchases: {:.1} MB resident, {share:.3} % of a processor over {} s",
        USUAL.purchases,
        megabytes(resident),
        IDLE.as_secs()
    );
    ensure!(
        ready.is_none_or(|ready| ready <= LONGEST_START),
        "ready after more than {LONGEST_START:?}"
    );
    ensure!(resident <= MOST_MEMORY, "more than 30 MB while idle");
    ensure!(share <= MOST_SHARE, "more than {MOST_SHARE} % of a processor while idle");
    Ok(())
}

/// A business whose links a first core has fetched.
fn updated(size: Size, runtime: &Runtime) -> anyhow::Result<World> {
    let world = World::build(size, runtime)?;
    let first = Core::start(&world, LOG)?;
    let (job, _) = runtime.block_on(async {
        let client = first.client(&world).await?;
        update_all(&client).await
    })?;
    ensure!(job.success == size.purchases as u64, "{} were updated", job.success);
    Ok(world)
}

/// The median time of a start; shows it, with the most memory that was resident then.
fn start(runtime: &Runtime) -> anyhow::Result<Duration> {
    let world = updated(LARGE, runtime)?;
    let (mut times, mut most) = (Vec::with_capacity(STARTS), 0);
    for _ in 0..STARTS {
        let core = Core::start(&world, LOG)?;
        times.push(runtime.block_on(core.ready())?);
        most = most.max(core.resident()?);
    }
    times.sort_unstable();
    let ready = times[STARTS / 2];
    println!(
        "ready with {} purchases: {:.0} ms after the start, {:.1} MB resident",
        LARGE.purchases,
        ready.as_secs_f64() * 1000.0,
        megabytes(most)
    );
    Ok(ready)
}

/// Memory, and the share of one processor in percent, of a core that nobody asks anything.
fn idle(runtime: &Runtime) -> anyhow::Result<(u64, f64)> {
    let world = updated(USUAL, runtime)?;
    let core = Core::start(&world, LOG)?;
    runtime.block_on(core.ready())?;
    runtime.block_on(async { sleep(SETTLE).await });
    let before = core.processor_time()?;
    runtime.block_on(async { sleep(IDLE).await });
    let used = core.processor_time()?.saturating_sub(before);
    Ok((core.resident()?, 100.0 * used.as_secs_f64() / IDLE.as_secs_f64()))
}
