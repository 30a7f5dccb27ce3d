//! Whether a core that is busy for long stays as it is: its memory and its open files.
//!
//! ```text
//! subscribers, strangers, slow sockets ──▶
//! the bot's button, jobs of all ─────────▶ the binary ──▶ panels that come and go
//! consoles that come and go ─────────────▶
//! ```
//!
//! | figure                                              | must stay within |
//! |-----------------------------------------------------|------------------|
//! | resident memory, last fifth beside second fifth     | 5 % and 4 MB     |
//! | open files, the same                                | 16               |
//! | open files once everybody left, beside the start    | 16               |
//!
//! Run it with `cargo bench --bench soak -- --minutes 10`. It prints a line a minute, and ends with an
//! error if something grew, or if a subscriber got anything but links.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[path = "../world/mod.rs"]
#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
mod world;
mod load;

use std::time::{Duration, Instant};

use alamor::demo::make::Make;
use anyhow::{Context, bail, ensure};
use tokio::runtime::Runtime;
use tokio::time::{interval, sleep};

use self::load::Load;
use self::world::process::Core;
use self::world::{Access, PLAIN, Size, World, update_all};

/// A small shop whose subscriptions are asked for anew all the time.
const SIZE: Size = Size {
    purchases: 500,
    panels: 5,
    make: Make::ThreeXui360,
    access: Access::Lists,
    settings: "SUB_MAX_AGE=5s\nPANEL_TIMEOUT=2s\n",
    ..PLAIN
};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// What counts as no growth: bytes, and a twentieth on top.
const MEMORY: u64 = 4_000_000;

/// What counts as no growth of open files: connections that come and go.
const FILES: usize = 16;

/// How long connections may take to end once everybody left: a silent one has 15 s.
const LEAVE: Duration = Duration::from_secs(40);

/// What was seen at one moment.
#[derive(Debug, Clone, Copy)]
struct Look {
    resident: u64,
    files: usize,
}

fn main() -> anyhow::Result<()> {
    let minutes = minutes()?;
    let runtime = Runtime::new()?;
    let world = World::build(SIZE, &runtime)?;
    // What panels do wrong is meant; nobody wants to read it.
    let core = Core::start(&world, "LOG_LEVEL=error")?;
    runtime.block_on(soak(&world, &core, minutes))
}

/// What stands behind `--minutes`; 10 where it does not.
fn minutes() -> anyhow::Result<u32> {
    let mut words = std::env::args().skip_while(|word| word != "--minutes").skip(1);
    words.next().map_or(Ok(10), |word| word.parse().context("--minutes: a whole number"))
}

async fn soak(world: &World, core: &Core, minutes: u32) -> anyhow::Result<()> {
    let client = core.client(world).await?;
    update_all(&client).await?;
    let before = look(core)?;
    print("start", before, 0);
    let load = Load::new(world, core, client, SIZE);
    let looks = tokio::select! {
        ended = load.run() => bail!("the load ended: {:?}", ended.err()),
        looks = watch(core, &load, Duration::from_secs(60) * minutes) => looks?,
    };
    judge(&looks)?;
    drop(load);
    let until = Instant::now() + LEAVE;
    while look(core)?.files > before.files + FILES {
        ensure!(Instant::now() < until, "{} files are still open", look(core)?.files);
        sleep(Duration::from_millis(200)).await;
    }
    print("left", look(core)?, 0);
    Ok(())
}

/// Looks until the time is over, and tells each minute.
async fn watch(core: &Core, load: &Load<'_>, time: Duration) -> anyhow::Result<Vec<Look>> {
    let began = Instant::now();
    let mut ticks = interval(EVERY);
    let mut looks = Vec::new();
    let mut told = 0;
    while began.elapsed() < time {
        ticks.tick().await;
        looks.push(look(core)?);
        let minute = began.elapsed().as_secs() / 60;
        if minute > told {
            told = minute;
            print(&format!("{minute} min"), looks[looks.len() - 1], load.answers());
        }
    }
    Ok(looks)
}

fn look(core: &Core) -> anyhow::Result<Look> {
    Ok(Look { resident: core.resident()?, files: core.files()? })
}

fn print(when: &str, look: Look, answers: u64) {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let megabytes = look.resident as f64 / 1e6;
    println!("{when:<7} {megabytes:>6.1} MB  {:>4} files  {answers:>8} answers", look.files);
}

/// Compares the last fifth with the second one: the first is for what fills up once.
fn judge(looks: &[Look]) -> anyhow::Result<()> {
    let fifth = looks.len() / 5;
    ensure!(fifth > 0, "that was too short to say anything");
    let early = &looks[fifth..2 * fifth];
    let late = &looks[looks.len() - fifth..];
    let memory = |looks: &[Look]| median(looks.iter().map(|look| look.resident).collect());
    let (then, now) = (memory(early), memory(late));
    ensure!(now <= then + then / 20 + MEMORY, "memory grew from {then} to {now} bytes");
    let files = |looks: &[Look]| median(looks.iter().map(|look| look.files).collect());
    let (then, now) = (files(early), files(late));
    ensure!(now <= then + FILES, "open files grew from {then} to {now}");
    Ok(())
}

fn median<T: Ord + Copy>(mut figures: Vec<T>) -> T {
    figures.sort_unstable();
    figures[figures.len() / 2]
}
