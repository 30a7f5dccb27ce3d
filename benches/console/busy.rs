//! The console while the core works.

use std::time::{Duration, Instant};

use alamor::api::jobs::{All, NewJob, Scope};
use alamor::client::Client;
use anyhow::ensure;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::Missed;
use crate::idle::{number, open};
use crate::world::{PLAIN, Size, World};

/// A core on which one purchase after the other is updated.
const LIVE: Size = Size { purchases: 1_200, panels: 4, ..PLAIN };

/// A job that runs for more than a minute.
const LONG: Size = Size {
    purchases: 10_000,
    panels: 4,
    latency: Duration::from_millis(250),
    per_panel: 8,
    ..PLAIN
};

/// How long each is measured.
const MEASURED: Duration = Duration::from_secs(20);

/// How many keys are pressed while a job runs.
const KEYS: usize = 300;

/// The pause between two of them: a quick typist's.
const TYPING: Duration = Duration::from_millis(40);

/// Updates of one purchase, one a second, shown on the screen of updates.
pub(crate) fn one_update_a_second(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    let world = World::build(LIVE, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    let mut screen = open(&world, &client.url(), &[], (120, 40))?;
    screen.shows(&["● live"])?;
    screen.press("3")?;
    let updates = update_each_second(runtime, client.clone());
    screen.count_for(Duration::from_secs(3));
    let before = screen.used()?;
    let counted = screen.count_for(MEASURED);
    let after = screen.used()?;
    updates.abort();
    let seconds = MEASURED.as_secs_f64();
    ensure!(counted.frames > 0, "nothing was drawn:\n{}", screen.text());
    missed.row("live, 1 update/s", number(counted.bytes) / seconds, 2_000.0, "B/s");
    println!(
        "  {} frames; {} calls that write, those to the core, signals and wake-ups of threads with them",
        counted.frames,
        after.writes - before.writes
    );
    drop(screen);
    runtime.block_on(core.stop());
    Ok(())
}

/// A job of ten thousand on a terminal behind a slow line.
pub(crate) fn slow_line(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    for (screen_key, name) in [("3", "slow line, screen of updates"), ("1", "slow line, overview")]
    {
        let world = World::build(LONG, runtime)?;
        let (core, client) = runtime.block_on(world.start())?;
        let mut screen = open(&world, &client.url(), &["--low-bandwidth"], (80, 24))?;
        screen.shows(&["● live"])?;
        runtime.block_on(client.start_job(&all()))?;
        screen.shows(&["running"])?;
        screen.press(screen_key).ok();
        let counted = screen.count_for(MEASURED);
        ensure!(screen.text().contains("running"), "the job has ended:\n{}", screen.text());
        let seconds = MEASURED.as_secs_f64();
        missed.row(name, number(counted.bytes) / seconds, 200.0, "B/s");
        missed.row("frames", number(counted.frames) / seconds, 1.05, "/s");
        drop(screen);
        runtime.block_on(core.stop());
    }
    Ok(())
}

/// Keys while a job of ten thousand runs: how long until the first byte, and whether another screen
/// is there with the next frame.
pub(crate) fn keys(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    let world = World::build(LONG, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    let mut screen = open(&world, &client.url(), &[], (120, 40))?;
    screen.shows(&["● live"])?;
    runtime.block_on(client.start_job(&all()))?;
    screen.shows(&["running"])?;
    let mut times = Vec::with_capacity(KEYS);
    let mut switches = 0;
    for (key, shown) in
        [("2", "EXPIRES"), ("4", "LATENCY"), ("3", "By panel")].iter().cycle().take(KEYS)
    {
        screen.count_for(TYPING);
        times.push(screen.press(key)?);
        let began = Instant::now();
        let more = screen.until(shown, |text| text.contains(shown))?;
        switches = switches.max(more.frames);
        ensure!(began.elapsed() < Duration::from_secs(1), "no other screen");
    }
    times.sort_unstable();
    let ms = |at: usize| times[at].as_secs_f64() * 1e3;
    missed.row("key to bytes, median", ms(KEYS / 2), 20.0, "ms");
    missed.row("key to bytes, p99", ms(KEYS * 99 / 100), 20.0, "ms");
    missed.row("frames until another screen is seen", number(switches), 1.0, "");
    drop(screen);
    runtime.block_on(core.stop());
    Ok(())
}

fn all() -> NewJob {
    job(Scope::All(All::All))
}

fn job(purchases: Scope) -> NewJob {
    NewJob {
        purchases: Some(purchases),
        dry_run: false,
        force: false,
        retry_of: None,
        by: "bench".to_owned(),
    }
}

fn update_each_second(runtime: &Runtime, client: Client) -> JoinHandle<()> {
    runtime.spawn(async move {
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        for id in 1.. {
            seconds.tick().await;
            // One that is refused, because the last has not ended, is missing in the figures.
            drop(client.start_job(&job(Scope::Ids(vec![id]))).await);
        }
    })
}
