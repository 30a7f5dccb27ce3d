//! The core is killed with -9, fifty times, at moments that nobody chose.
//!
//! The program itself runs as a child with a `.env` of its own; the panels live here. Triggers in
//! the file note whatever must not happen, so that nothing escapes between two looks.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alamor::api::events::Event;
use alamor::api::jobs::{Job, NewJob};
use alamor::client::{Client, Events, Heard, Pace};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::panel::SimulatedPanel;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::world::{KEY, World, all, soon};

const PURCHASES: usize = 1_000;
const KILLS: usize = 50;

/// What happened to items and slices, and what must not: an item that ends twice, a slice that is
/// lost, older than before, or smaller.
const WATCH: &str = "
    CREATE TABLE seen (job INTEGER, purchase INTEGER);
    CREATE TABLE wrong (what TEXT);
    CREATE TRIGGER item_ends AFTER UPDATE OF outcome ON alamor_items BEGIN
        INSERT INTO seen VALUES (NEW.job_id, NEW.purchase_id);
        INSERT INTO wrong SELECT 'item changes: ' || NEW.purchase_id WHERE OLD.outcome IS NOT NULL;
    END;
    CREATE TRIGGER slice_changes AFTER UPDATE ON alamor_slices BEGIN
        INSERT INTO wrong SELECT 'older: ' || NEW.purchase_id WHERE NEW.fetched_at < OLD.fetched_at;
        INSERT INTO wrong SELECT 'smaller: ' || NEW.purchase_id
            WHERE length(NEW.links) - length(replace(NEW.links, char(10), ''))
                < length(OLD.links) - length(replace(OLD.links, char(10), ''));
    END;
    CREATE TRIGGER slice_goes AFTER DELETE ON alamor_slices BEGIN
        INSERT INTO wrong VALUES ('lost: ' || OLD.purchase_id);
    END;";

/// The program, and how to start it again on the same port.
struct Program {
    child: Child,
    world: World,
    bind: String,
}

impl Program {
    fn start(world: World) -> Self {
        // The port is free again at once, and asked for again at every start.
        let bind = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = serve(&world, &bind);
        Self { child, world, bind }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.child = serve(&self.world, &self.bind);
    }

    fn client(&self) -> Client {
        Client::new(&format!("http://{}", self.bind), Some(KEY.into())).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves nobody behind; one that was killed already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn serve(world: &World, bind: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_alamor"))
        .arg("--env")
        .arg(world.env_file())
        .arg("serve")
        .env_clear()
        .env("WEBHOOK_BIND", bind)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The three panels, one of which is only half there.
fn panels(world: &World) -> [&SimulatedPanel; 3] {
    ["de-1", "fr-2", "nl-1"].map(|name| world.panel(name))
}

async fn started(events: &mut Events) {
    let connected = async { while !matches!(events.hear().await.unwrap(), Heard::Connected) {} };
    soon(connected).await;
}

/// The end of a job, over as many restarts as it takes.
async fn end_of(events: &mut Events, id: i64) -> Job {
    loop {
        let job = match events.hear().await.unwrap() {
            Heard::Event(Event::Job(job)) => Some(job),
            Heard::Event(Event::Snapshot(snapshot)) => snapshot.job,
            _ => None,
        };
        if let Some(job) = job.filter(|job| job.id == id && job.state.is_final()) {
            return job;
        }
    }
}

/// Waits until one of the panels was asked so often.
async fn asked(world: &World, times: [u64; 3]) {
    let [a, b, c] = panels(world);
    tokio::select! {
        () = a.wait_for_requests(times[0]) => {}
        () = b.wait_for_requests(times[1]) => {}
        () = c.wait_for_requests(times[2]) => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_core_that_is_killed_fifty_times_ends_every_item_once_and_loses_nothing() {
    let seed: u64 = rand::random();
    // Printed by a failing test only.
    let whole = std::panic::AssertUnwindSafe(killed_often(seed));
    let result = futures_util::FutureExt::catch_unwind(whole).await;
    assert!(result.is_ok(), "failed with the seed {seed}");
}

async fn killed_often(seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .panel("nl-1")
        .purchases(PURCHASES / 2, &["de-1"])
        .purchases(PURCHASES / 4, &["de-1", "fr-2"])
        .purchases(PURCHASES / 4, &["nl-1"])
        .setting("LOG_LEVEL=error")
        .without_core()
        .await;
    let mut program = Program::start(world);
    let pace = Duration::from_millis(4);
    let patience = Pace { first_pause: pace, longest_pause: pace, ..Pace::default() };
    let mut events = program.client().events(patience);
    started(&mut events).await;
    let first = program.client().start_job(&all()).await.unwrap();
    let job = soon(end_of(&mut events, first.id)).await;
    assert_eq!(job.success, 1_000, "all of them have links before the first kill");
    program.world.rows.run(WATCH).await;

    let (mut kills, mut jobs) = (0, 0);
    while kills < KILLS {
        jobs += 1;
        kills += one_job(&mut program, &mut events, &mut chance, KILLS - kills).await;
    }
    let [_, fr, _] = panels(&program.world);
    fr.set(Behaviour::Healthy).await.unwrap();
    check(&program.world, jobs).await;
}

/// One job with at most so many kills, to its end; returns how many there were.
async fn one_job(
    program: &mut Program,
    events: &mut Events,
    chance: &mut StdRng,
    most: usize,
) -> usize {
    for panel in panels(&program.world) {
        panel.rotate();
    }
    let new = NewJob { by: "kill".to_owned(), ..all() };
    let job = program.client().start_job(&new).await.unwrap();
    let mut kills = 0;
    while kills < most {
        let behaviour = match chance.random_range(0..4) {
            0 => Behaviour::Refuse,
            1 => Behaviour::KnowsHalf,
            _ => Behaviour::Healthy,
        };
        panels(&program.world)[1].set(behaviour).await.unwrap();
        for panel in panels(&program.world) {
            panel.reset_counts();
        }
        let times = std::array::from_fn(|_| chance.random_range(1..200));
        let ended = tokio::select! {
            () = asked(&program.world, times) => None,
            job = end_of(events, job.id) => Some(job),
        };
        if let Some(ended) = ended {
            assert_eq!((ended.done, ended.total), (1_000, 1_000));
            return kills;
        }
        program.kill();
        kills += 1;
        program.restart();
    }
    let ended = soon(end_of(events, job.id)).await;
    assert_eq!((ended.done, ended.total), (1_000, 1_000));
    kills
}

async fn check(world: &World, jobs: usize) {
    let rows = &world.rows;
    assert_eq!(rows.list("SELECT what FROM wrong").await, [] as [&str; 0]);
    let ends = i64::try_from(jobs * PURCHASES).unwrap();
    assert_eq!(rows.number("SELECT count(*) FROM seen").await, ends);
    let distinct = "SELECT count(*) FROM (SELECT DISTINCT job, purchase FROM seen)";
    assert_eq!(rows.number(distinct).await, ends);
    assert_eq!(rows.number("SELECT count(*) FROM alamor_items WHERE outcome IS NULL").await, 0);
    let unfinished = "SELECT count(*) FROM alamor_jobs WHERE state <> 'done' \
                      OR success + failed + connection_error <> total OR total <> 1000";
    assert_eq!(rows.number(unfinished).await, 0);
    assert_eq!(rows.list("PRAGMA integrity_check").await, ["ok"]);
    check_columns(world).await;
}

/// The bot's column holds what the slices hold, in the order of the panels.
async fn check_columns(world: &World) {
    let columns = world.rows.list("SELECT single_configs_json FROM purchases ORDER BY id").await;
    let slices = world
        .rows
        .list(
            "SELECT group_concat(links, char(10)) FROM (SELECT purchase_id, links FROM \
             alamor_slices ORDER BY purchase_id, panel_id) GROUP BY purchase_id ORDER BY purchase_id",
        )
        .await;
    assert_eq!((columns.len(), slices.len()), (PURCHASES, PURCHASES));
    for (index, (column, slices)) in columns.iter().zip(&slices).enumerate() {
        let kept: Vec<String> = serde_json::from_str(column).unwrap();
        assert_eq!(kept, slices.lines().collect::<Vec<_>>(), "purchase {}", index + 1);
    }
}
