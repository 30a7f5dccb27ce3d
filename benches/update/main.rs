//! Update of all, beside the floor below which nobody can go, and beside the bot's way.
//!
//! ```text
//! floor = the longest chain of requests × the time of one answer      (counted, in this run)
//!       + writing the same rows into the same tables, without us      (measured, in this run;
//!                                                                     see without_us.rs)
//! bot   = one subscription after the other                            (measured on 20, scaled)
//! ```
//!
//! The requests and the writing overlap in the core and are added up here.
//!
//! | row                                        | must reach                                       |
//! |--------------------------------------------|--------------------------------------------------|
//! | 2 000 customers, one panel like 2.8 or 3.6 | 2 s; 2 + 2 requests an inbound beside the login  |
//! | the same, 2.8                              | 1/100 of the bot's way                           |
//! | 10 000 over 20 panels of 50 ms, by lists   | 1.3 × floor                                      |
//! | the same, each by its own subscription     | 1.5 × floor                                      |
//! | the same, one panel refuses                | 1.1 × the time without that                      |
//! | the same, one panel hangs                  | one `PANEL_TIMEOUT` more                         |
//!
//! Run it with `cargo bench --bench update`. It takes about two minutes, prints ratios of one run on
//! one machine, and ends with an error if one purchase did not end as it must, or a row was missed.
//! A row that takes less than a second is the middle one of several, each in a business of its own:
//! whatever else the machine does for a moment is a tenth of it.
//! `cargo bench --bench update -- learned` runs that row alone, for a profiler say.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
#[path = "../world/mod.rs"]
mod world;
mod without_us;
mod run;

use std::time::{Duration, Instant};

use alamor::demo::behaviour::Behaviour;
use alamor::demo::cost::Cost;
use alamor::demo::make::Make;
use alamor::demo::traffic::Kind;
use anyhow::ensure;
use tokio::runtime::Runtime;

use self::run::{Run, run};
use self::world::{Access, PLAIN, Size, World, panels_id};

/// Ten thousand purchases on panels far away.
const MANY: Size = Size {
    purchases: 10_000,
    panels: 20,
    latency: Duration::from_millis(50),
    per_panel: 8,
    access: Access::Lists,
    ..PLAIN
};

/// Two thousand customers on a panel as it was measured.
const ONE: Size = Size { purchases: 2_000, access: Access::Lists, ..PLAIN };

/// Longest that two thousand customers of one panel may take.
const AT_MOST: Duration = Duration::from_secs(2);

/// Most requests for a panel of five inbounds, beside the login and the question how it is.
const MOST_REQUESTS: u64 = 2 + 2 * 5;

/// The default of `PANEL_TIMEOUT`.
const PANEL_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a row is measured that takes less than a second.
const TIMES: usize = 5;

/// How many customers the bot's way is measured on.
const SAMPLED: usize = 20;

/// What was missed.
#[derive(Default)]
struct Missed(Vec<String>);

impl Missed {
    /// Remembers `what` unless it was reached.
    fn unless(&mut self, reached: bool, what: impl Into<String>) {
        if !reached {
            self.0.push(what.into());
        }
    }
}

fn main() -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let mut missed = Missed::default();
    if std::env::args().any(|argument| argument == "learned") {
        show("learned", &run(&runtime, MANY, Behaviour::Healthy)?);
        return Ok(());
    }
    let like_2_8 = Size { make: Make::ThreeXui2811, cost: Cost::like_2_8, ..ONE };
    let like_3_6 = Size { make: Make::ThreeXui360, cost: Cost::like_3_6, ..ONE };
    let (ours, bots) = one_panel(&runtime, like_2_8, "like 2.8", &mut missed)?;
    missed.unless(ours * 100 <= bots, "2.8: more than 1/100 of the bot's way");
    one_panel(&runtime, like_3_6, "like 3.6", &mut missed)?;
    many(&runtime, &mut missed)?;
    ensure!(missed.0.is_empty(), "missed: {}", missed.0.join("; "));
    Ok(())
}

/// All customers of one panel; our time, and that of the bot's way.
fn one_panel(
    runtime: &Runtime,
    size: Size,
    name: &str,
    missed: &mut Missed,
) -> anyhow::Result<(Duration, Duration)> {
    println!("one panel {name}, {} customers of 5 links", size.purchases);
    let bots = bots_way(runtime, size)?;
    let ours = run(runtime, size, Behaviour::Healthy)?;
    let asked = |kind| ours.first.of(kind);
    let requests =
        asked(Kind::List) + asked(Kind::AllLinks) + asked(Kind::Subscription) + asked(Kind::Other);
    println!(
        "  ours {:.2} s   the bot's way {:.1} s ({SAMPLED} measured)   1/{:.0}   {requests} requests, {} for the login, {} for its health",
        ours.took.as_secs_f64(),
        bots.as_secs_f64(),
        ratio(bots, ours.took),
        asked(Kind::Csrf) + asked(Kind::Login),
        asked(Kind::Status),
    );
    missed.unless(ours.took <= AT_MOST, format!("{name}: more than 2 s"));
    missed.unless(
        requests <= MOST_REQUESTS,
        format!("{name}: {requests} requests, at most {MOST_REQUESTS}"),
    );
    Ok((ours.took, bots))
}

/// What one subscription after the other takes, scaled from a few to all.
fn bots_way(runtime: &Runtime, size: Size) -> anyhow::Result<Duration> {
    let world = World::build(size, runtime)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let began = Instant::now();
    runtime.block_on(async {
        for purchase in 0..SAMPLED {
            let url = world.panels[0].subscription_url(&panels_id(purchase, size));
            http.get(url).send().await?.error_for_status()?.bytes().await?;
        }
        anyhow::Ok(())
    })?;
    Ok(began.elapsed() * u32::try_from(size.purchases / SAMPLED)?)
}

/// Many purchases over many panels that are far away.
fn many(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    println!(
        "{} purchases of 5 links, {} panels that answer in {} ms, {} requests at once to each",
        MANY.purchases,
        MANY.panels,
        MANY.latency.as_millis(),
        MANY.per_panel
    );
    let healthy = middle(runtime, MANY, Behaviour::Healthy)?;
    let by_lists = show("learned", &healthy);
    missed.unless(by_lists <= 1.3, "learned: more than 1.3 × floor");
    let links = Size { make: Make::ThreeXui360, ..MANY };
    let by_links = show("by links", &middle(runtime, links, Behaviour::Healthy)?);
    missed.unless(by_links <= 1.3, "by links: more than 1.3 × floor");
    let each = Size { settings: "REMARK_USAGE=keep", ..MANY };
    let per_client = show("per client", &run(runtime, each, Behaviour::Healthy)?);
    missed.unless(per_client <= 1.5, "per client: more than 1.5 × floor");
    let own = Size { access: Access::Subscriptions, ..MANY };
    let by_own_id = show("own id, no login", &run(runtime, own, Behaviour::Healthy)?);
    missed.unless(by_own_id <= 1.5, "own id: more than 1.5 × floor");

    let refusing = middle(runtime, MANY, Behaviour::Refuse)?;
    let slower = ratio(refusing.took, healthy.took);
    println!("  one refuses        {:6.2} s   {slower:.2} × learned", refusing.took.as_secs_f64());
    missed.unless(slower <= 1.1, "one panel refuses: more than 1.1 ×");
    let hanging = run(runtime, MANY, Behaviour::Hang)?;
    println!(
        "  one hangs          {:6.2} s   {:+.2} s to learned (PANEL_TIMEOUT is 10 s)",
        hanging.took.as_secs_f64(),
        hanging.took.as_secs_f64() - healthy.took.as_secs_f64()
    );
    missed.unless(
        hanging.took <= healthy.took + PANEL_TIMEOUT,
        "one panel hangs: more than one PANEL_TIMEOUT",
    );
    Ok(())
}

/// The middle one of several runs, by how many times the floor each took.
fn middle(runtime: &Runtime, size: Size, first: Behaviour) -> anyhow::Result<Run> {
    let runs: anyhow::Result<Vec<Run>> = (0..TIMES).map(|_| run(runtime, size, first)).collect();
    let mut runs = runs?;
    runs.sort_by(|one, other| times(one).total_cmp(&times(other)));
    Ok(runs.swap_remove(TIMES / 2))
}

fn times(run: &Run) -> f64 {
    ratio(run.took, run.floor(MANY.latency))
}

/// Prints a row; how many times the floor it took.
fn show(name: &str, run: &Run) -> f64 {
    let (floor, times) = (run.floor(MANY.latency), times(run));
    println!(
        "  {name:<18} {:6.2} s   floor {:.2} s ({} requests in a row {:.2} s + rows {:.2} s)   {times:.2} × floor   rows copied {:.2} s",
        run.took.as_secs_f64(),
        floor.as_secs_f64(),
        run.chain,
        run.requests(MANY.latency).as_secs_f64(),
        run.writing.as_secs_f64(),
        run.copying.as_secs_f64(),
    );
    times
}

fn ratio(took: Duration, floor: Duration) -> f64 {
    took.as_secs_f64() / floor.as_secs_f64()
}
