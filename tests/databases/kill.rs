//! Core and PostgreSQL are killed with -9, at moments that nobody chose.
//!
//! How the core is killed: `tests/child`. Triggers in the database note whatever must not happen,
//! so that nothing escapes between two looks.

use std::sync::Arc;

use alamor::api::CheckState;
use alamor::api::jobs::JobState;
use alamor::demo::client::Client;
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::child::killing::{Killing, by_chance};
use crate::child::subscribers::{Asked, Subscribers};
use crate::cluster::Cluster;
use crate::outage::until;
use crate::shop::{KEY, Shape, Shop, soon};

const PURCHASES: usize = 400;

/// How often the core is killed. A start takes ten times as long as on a file.
const KILLS: usize = 12;

/// How often the server is.
const CRASHES: usize = 4;

/// What happened to items and slices, and what must not: an item that ends twice, a slice that is
/// lost, older than before, or smaller.
const WATCH: &str = "
    CREATE TABLE seen (job bigint, purchase bigint);
    CREATE TABLE wrong (what text);
    CREATE FUNCTION item_ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.seen VALUES (NEW.job_id, NEW.purchase_id);
        INSERT INTO public.wrong
            SELECT 'item changes: ' || NEW.purchase_id WHERE OLD.outcome IS NOT NULL;
        RETURN NULL;
    END $$;
    CREATE TRIGGER item_ends AFTER UPDATE OF outcome ON alamor.items
        FOR EACH ROW EXECUTE FUNCTION item_ends();
    CREATE FUNCTION slice_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.wrong
            SELECT 'older: ' || NEW.purchase_id WHERE NEW.fetched_at < OLD.fetched_at;
        INSERT INTO public.wrong SELECT 'smaller: ' || NEW.purchase_id
            WHERE length(NEW.links) - length(replace(NEW.links, chr(10), ''))
                < length(OLD.links) - length(replace(OLD.links, chr(10), ''));
        RETURN NULL;
    END $$;
    CREATE TRIGGER slice_changes AFTER UPDATE ON alamor.slices
        FOR EACH ROW EXECUTE FUNCTION slice_changes();
    CREATE FUNCTION slice_goes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.wrong VALUES ('lost: ' || OLD.purchase_id);
        RETURN NULL;
    END $$;
    CREATE TRIGGER slice_goes AFTER DELETE ON alamor.slices
        FOR EACH ROW EXECUTE FUNCTION slice_goes();";

/// A shop whose odd purchases gave way to many plain ones: half of them on one panel, half on two.
/// Panels are asked for each: so a job takes long enough to be killed in its middle.
async fn shop(cluster: Arc<Cluster>) -> Shop {
    let mut shop = Shop::on_server(cluster).await;
    shop.set("LOG_LEVEL=error");
    let sell = format!(
        "DELETE FROM purchases;
         INSERT INTO purchases (user_id, server_id, profile_id, initial_volume_gb, sub_id)
         SELECT 1, CASE n % 2 WHEN 0 THEN 1 END, CASE n % 2 WHEN 1 THEN 1 END, 1, 'many' || n
         FROM generate_series(1, {PURCHASES}) n"
    );
    shop.store.run(&sell).await;
    shop.forget_logins().await;
    for n in 1..=PURCHASES {
        let customer = Client::new(&format!("many{n}")).with_links(5);
        shop.panel("nl-1").add(customer.clone());
        shop.panel("de-1").add(customer);
    }
    shop
}

/// One of those on two panels, one of those on one.
fn asked() -> Vec<Asked> {
    vec![Asked::new("many1", 10), Asked::new("many2", 5)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_core_on_postgresql_that_is_killed_ends_every_item_once_and_loses_nothing() {
    by_chance(killed_often).await;
}

async fn killed_often(chance: StdRng) {
    let shop = shop(Cluster::shared()).await;
    let panels = ["de-1", "nl-1"].map(|name| shop.panel(name));
    let total = PURCHASES as u64;
    let mut killing = Killing::begin(&shop.env_file(), KEY, &panels, total, chance).await;
    shop.store.run(WATCH).await;
    let (jobs, got) = killing.kill(KILLS, asked()).await;
    assert!(got.answers > KILLS, "{got:?}");
    check(&shop, jobs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_costs_no_item_and_no_subscriber_anything() {
    by_chance(crashed_often).await;
}

async fn crashed_often(mut chance: StdRng) {
    let cluster = Arc::new(Cluster::start());
    let mut shop = shop(Arc::clone(&cluster)).await;
    shop.begin().await;
    assert_eq!(shop.update_all().await.success, PURCHASES as u64);
    shop.store.run(WATCH).await;
    let mut subscribers = Subscribers::start(&shop.url(), asked());
    // Once each of them is in memory.
    soon(subscribers.wait_for_answers(2)).await;
    for round in 0..CRASHES {
        let panels = ["de-1", "nl-1"].map(|name| shop.panel(name));
        for panel in panels {
            panel.rotate();
            panel.reset_counts();
        }
        let job = shop.start_job().await;
        let times = chance.random_range(1..PURCHASES as u64 / 2);
        soon(panels[0].wait_for_requests(times)).await;
        if round % 2 == 0 {
            cluster.kill();
        } else {
            cluster.crash();
        }
        soon(subscribers.wait_for_answers(20)).await;
        cluster.begin();
        let job = shop.finished(job).await;
        assert_eq!((job.state, job.done), (JobState::Done, PURCHASES as u64));
        assert_eq!(job.success, PURCHASES as u64);
        until(&shop, CheckState::Ok).await;
    }
    let got = subscribers.stop().await;
    assert_eq!(got.refused, 0, "{got:?}");
    check(&shop, CRASHES).await;
    shop.stop().await;
}

async fn check(shop: &Shop, jobs: usize) {
    assert_eq!(shop.shape, Shape::Postgres);
    assert_eq!(shop.store.list("SELECT what FROM wrong").await, [] as [&str; 0]);
    let number = async |sql: &str| {
        let sql = format!("SELECT CAST(count(*) AS TEXT) FROM {sql}");
        shop.store.text(&sql).await.parse::<usize>().unwrap()
    };
    assert_eq!(number("seen").await, jobs * PURCHASES);
    assert_eq!(number("(SELECT DISTINCT job, purchase FROM seen) s").await, jobs * PURCHASES);
    assert_eq!(number("alamor.items WHERE outcome IS NULL").await, 0);
    let unfinished = format!(
        "alamor.jobs WHERE state <> 'done' OR success + failed + connection_error <> total \
         OR total <> {PURCHASES}"
    );
    assert_eq!(number(&unfinished).await, 0);
    let columns = shop.store.list("SELECT single_configs_json FROM purchases ORDER BY id").await;
    let slices = "SELECT string_agg(links, chr(10) ORDER BY panel_id) FROM alamor.slices \
                  GROUP BY purchase_id ORDER BY purchase_id";
    let slices = shop.store.list(slices).await;
    assert_eq!((columns.len(), slices.len()), (PURCHASES, PURCHASES));
    for (column, slices) in columns.iter().zip(&slices) {
        let kept: Vec<String> = serde_json::from_str(column).unwrap();
        assert_eq!(kept, slices.lines().collect::<Vec<_>>());
    }
}
