//! The console on a terminal that counts: bytes, writes, wake-ups, time, memory. The real binary.
//!
//! ```text
//! core of our own ◀── alamor ──▶ pty ──▶ whole frames, each with its bytes and its moment
//! ```
//!
//! | row                                                  | must reach                  |
//! |------------------------------------------------------|-----------------------------|
//! | first frame, no core there                           | 50 ms                       |
//! | idle at 120×40, 59 s between two minutes             | 0 bytes, 2 wake-ups/s, 0.1 % of a processor |
//! | the minute itself                                    | 200 bytes                   |
//! | live, one update a second                            | 2 KB/s, one write a frame   |
//! | a job on a slow line                                 | 200 B/s                     |
//! | key to bytes while a job of 10 000 runs              | p99 20 ms                   |
//! | a frame of 200×60, with all that stands around it    | 1 ms of a processor         |
//! | 100 000 purchases in the table                       | 2 ms a frame, 60 MB         |
//! | another screen                                       | the next frame              |
//! | the line cut, the line silent: "stale"               | 1 s, 10 s                   |
//!
//! Run it with `cargo bench --bench console`. It takes about six minutes, and ends with an error if
//! one of them was missed; `-- slow keys` behind it measures these parts alone. What a frame costs is
//! measured from outside: reading the key, drawing, comparing and writing together, so the frame
//! alone is less.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
#[path = "../world/mod.rs"]
mod world;
mod screen;
mod line;
mod idle;
mod busy;
mod large;

use anyhow::ensure;
use tokio::runtime::Runtime;

/// What was missed.
#[derive(Default)]
struct Missed(Vec<String>);

impl Missed {
    /// Prints a figure with its limit, and remembers it unless it was reached.
    fn row(&mut self, what: &str, figure: f64, limit: f64, unit: &str) {
        let reached = figure <= limit;
        let sign = if reached { "" } else { "   missed" };
        println!("  {what:<52} {figure:>10.2} {unit:<6} at most {limit}{sign}");
        if !reached {
            self.0.push(what.to_owned());
        }
    }
}

/// Rows that are measured together, and how they are asked for.
type Part = (&'static str, fn(&Runtime, &mut Missed) -> anyhow::Result<()>);

const PARTS: [Part; 7] = [
    ("first", |_, missed| idle::first_frame(missed)),
    ("idle", idle::nothing_happens),
    ("losses", line::losses),
    ("live", busy::one_update_a_second),
    ("slow", busy::slow_line),
    ("keys", busy::keys),
    ("large", large::table),
];

fn main() -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let mut missed = Missed::default();
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("{name}");
            measure(&runtime, &mut missed)?;
        }
    }
    ensure!(missed.0.is_empty(), "missed: {}", missed.0.join("; "));
    Ok(())
}
