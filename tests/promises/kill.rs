//! The core is killed with -9, fifty times, at moments that nobody chose.
//!
//! How that is done: `tests/child`. Triggers in the file note whatever must not happen, so that
//! nothing escapes between two looks.

use rand::rngs::StdRng;

use crate::child::killing::{Killing, by_chance};
use crate::child::subscribers::Asked;
use crate::world::{KEY, World};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_core_that_is_killed_fifty_times_ends_every_item_once_and_loses_nothing() {
    by_chance(killed_often).await;
}

async fn killed_often(chance: StdRng) {
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
    let panels = ["de-1", "fr-2", "nl-1"].map(|name| world.panel(name));
    let total = PURCHASES as u64;
    let mut killing = Killing::begin(&world.env_file(), KEY, &panels, total, chance).await;
    world.rows.run(WATCH).await;
    let [on_one, on_two] = [(1, 5), (PURCHASES / 2 + 1, 10)];
    let asked = [on_one, on_two].map(|(id, links)| Asked::new(&format!("sub-{id}"), links));
    let (jobs, got) = killing.kill(KILLS, asked.into()).await;
    assert!(got.answers > KILLS, "{got:?}");
    check(&world, jobs).await;
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
