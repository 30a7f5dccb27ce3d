//! Large windows and large tables: what a frame costs, and what the table holds.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::Missed;
use crate::idle::open;
use crate::screen::Screen;
use crate::world::{Access, PLAIN, Size, World, update_all};

const MANY: Size =
    Size { purchases: 100_000, panels: 20, per_panel: 16, access: Access::Lists, ..PLAIN };

/// How many frames a cost is the mean of.
const FRAMES: u32 = 300;

/// How far the table is scrolled, in screenfuls, while its frames are measured.
const PAGES: usize = 20;

/// The table of a core with 100 000 purchases, and every other screen of it in a large window.
pub(crate) fn table(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    let world = World::build(MANY, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    runtime.block_on(update_all(&client))?;
    let mut screen = open(&world, &client.url(), &[], (200, 60))?;
    screen.shows(&["● live", "100 000 active"])?;
    // One screen and the other: every cell is drawn, compared and written.
    let frame = cost(&mut screen, &["4", "1"])?;
    missed.row("a frame of 200×60, everything around it", frame, 1.0, "ms");

    screen.press("2")?;
    screen.shows(&["EXPIRES", "100 000"])?;
    for _ in 0..PAGES {
        screen.press("\x1b[6~")?;
        screen.count_for(Duration::from_millis(100));
    }
    let frame = cost(&mut screen, &["j", "j", "j", "k"])?;
    missed.row("100 000 purchases, a frame of the table", frame, 2.0, "ms");
    screen.press("G")?;
    // Whatever pages it asks for now, it has them after this. The ages that it shows go on.
    screen.count_for(Duration::from_secs(10));
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let resident = screen.resident()? as f64 / 1e6;
    missed.row("100 000 purchases, at the end of the table", resident, 60.0, "MB");
    drop(screen);
    runtime.block_on(core.stop());
    Ok(())
}

/// Time of a processor for one frame, in milliseconds: the whole process, from key to bytes.
fn cost(screen: &mut Screen, keys: &[&str]) -> anyhow::Result<f64> {
    screen.count_for(Duration::from_millis(500));
    let before = screen.used()?.processor;
    for (key, _) in keys.iter().cycle().zip(0..FRAMES) {
        screen.press(key)?;
    }
    let used = screen.used()?.processor.saturating_sub(before);
    Ok(used.as_secs_f64() * 1e3 / f64::from(FRAMES))
}
