//! The console when nothing happens: its first frame, and a minute of silence.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::Missed;
use crate::screen::Screen;
use crate::world::{PLAIN, Size, World, update_all};

/// How often the first frame is waited for; the median counts.
const BEGINNINGS: usize = 9;

/// A core on which nothing happens.
const QUIET: Size = Size { purchases: 1_200, panels: 4, ..PLAIN };

/// How long the console is left alone before it is measured: the core counts the requests of its
/// beginning for a minute.
const SETTLES: Duration = Duration::from_secs(70);

/// From the start of the process to its first whole frame, where a core does not answer.
pub(crate) fn first_frame(missed: &mut Missed) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // It listens, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    std::fs::write(folder.path().join(".env"), "ADMIN_API_KEY=bench-key-0123456789\n")?;
    let mut times = Vec::new();
    for _ in 0..BEGINNINGS {
        let env = folder.path().join(".env");
        let args = ["--env", env.to_str().context("a folder's name")?, "--core", &url];
        let mut screen = Screen::open(folder.path(), &args, (120, 40))?;
        screen.shows(&["connecting", "q quit"])?;
        times.push(screen.last - screen.began);
    }
    times.sort_unstable();
    let median = times[BEGINNINGS / 2].as_secs_f64() * 1e3;
    missed.row("first frame, no core answers (median)", median, 50.0, "ms");
    Ok(())
}

/// 59 s between two minutes of the clock, and the minute after them.
pub(crate) fn nothing_happens(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    let world = World::build(QUIET, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    runtime.block_on(update_all(&client))?;
    let mut screen = open(&world, &client.url(), &[], (120, 40))?;
    screen.shows(&["● live", "1 200 active"])?;
    screen.count_for(SETTLES);
    screen.count_for(into_the_minute(Duration::from_millis(500)));
    let before = screen.used()?;
    let shown = screen.text();
    let silence = screen.count_for(Duration::from_secs(59));
    let after = screen.used()?;
    for (before, now) in shown.lines().zip(screen.text().lines()).filter(|(a, b)| a != b) {
        println!("  changed: {before}\n       to: {now}");
    }
    let minute = screen.count_for(Duration::from_secs(1));
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let wake_ups = (after.wake_ups - before.wake_ups) as f64 / 59.0;
    let share = after.processor.saturating_sub(before.processor).as_secs_f64() / 59.0 * 100.0;
    missed.row("idle, 59 s between two minutes", number(silence.bytes), 0.0, "bytes");
    missed.row("idle, wake-ups of all threads", wake_ups, 2.0, "/s");
    missed.row("idle, of a processor", share, 0.1, "%");
    missed.row("the minute", number(minute.bytes), 200.0, "bytes");
    drop(screen);
    runtime.block_on(core.stop());
    Ok(())
}

/// The console on a core, with its settings.
pub(crate) fn open(
    world: &World,
    url: &str,
    args: &[&str],
    size: (u16, u16),
) -> anyhow::Result<Screen> {
    let env = world.env_file.to_str().context("a folder's name")?;
    let all = [&["--env", env, "--core", url], args].concat();
    let folder = world.env_file.parent().context("no folder")?;
    Screen::open(folder, &all, size)
}

/// Until so long after the next minute of the clock.
fn into_the_minute(after: Duration) -> Duration {
    let into = Timestamp::now().as_millisecond().rem_euclid(60_000);
    Duration::from_millis(u64::try_from(60_000 - into).unwrap_or(60_000)) + after
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}
