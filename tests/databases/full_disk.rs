//! The bot's database on a disk that is full: PostgreSQL's, and a SQLite file beside which ours lies.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use alamor::demo::client::Client;

use crate::child::disk::{Disk, FOR_A_FILE};
use crate::child::full::OnDisk;
use crate::child::subscribers::Asked;
use crate::child::{ALAMOR, Program};
use crate::cluster::{Cluster, as_server, chown_to_server};
use crate::shop::{KEY, Shape, Shop};
use crate::store::Store;

const PURCHASES: usize = 200;

fn asked() -> Vec<Asked> {
    vec![Asked::new("many1", 5), Asked::new("many2", 5)]
}

/// Makes the odd purchases give way to many plain ones, each asked for by itself.
async fn sell(shop: &mut Shop) {
    shop.set("LOG_LEVEL=warn");
    let sell = format!(
        "DELETE FROM purchases;
         WITH RECURSIVE counted (n) AS
             (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {PURCHASES})
         INSERT INTO purchases (user_id, server_id, initial_volume_gb, sub_id)
         SELECT 1, 1, 1, 'many' || n FROM counted"
    );
    shop.store.run(&sell).await;
    shop.forget_logins().await;
    for n in 1..=PURCHASES {
        shop.panel("de-1").add(Client::new(&format!("many{n}")).with_links(5));
    }
}

/// A database in a table space on that disk. The log of the server stays elsewhere: without room for
/// that one it would end itself.
async fn on_server(cluster: Arc<Cluster>, disk: &Disk) -> Shop {
    let store = Shop::server(Arc::clone(&cluster), "shop").await;
    let Store::Server { name, .. } = &store else { panic!("no server") };
    let space = format!("CREATE TABLESPACE small LOCATION '{}'", disk.outside().display());
    let there = format!("ALTER DATABASE {name} SET TABLESPACE small");
    cluster.administer("postgres", &[&space, &there]).await;
    let mut shop = Shop::on(tempfile::tempdir().unwrap(), store, Shape::Postgres).await;
    sell(&mut shop).await;
    shop
}

/// The bot's file on that disk; ours is made beside it.
async fn on_file(disk: &Disk) -> Shop {
    let mut shop = Shop::new(Shape::Newest).await;
    sell(&mut shop).await;
    let Store::File(path) = &shop.store else { panic!("no file") };
    fs::copy(path, disk.outside().join("bot.db")).unwrap();
    shop.set(&format!("DATABASE_NAME_ALAMOR={}", disk.inside().join("bot.db").display()));
    shop
}

async fn full(mut core: OnDisk<'_>) {
    core.fill_during_a_job(asked()).await;
    core.start_while_full(Program::kill, asked()).await;
    core.start_while_full(Program::stop, asked()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_server_costs_no_item_and_no_subscriber_anything() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    chown_to_server(folder.path());
    let disk = Disk::new("24m", folder, as_server);
    let shop = on_server(Arc::new(Cluster::start()), &disk).await;
    full(OnDisk {
        program: Program::start(&shop.env_file(), || Command::new(ALAMOR)),
        disk: &disk,
        panel: shop.panel("de-1"),
        key: KEY,
        total: PURCHASES as u64,
        cause: "the disk of PostgreSQL is full",
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_bots_file_costs_no_item_and_no_subscriber_anything() {
    let disk = Disk::new(FOR_A_FILE, tempfile::tempdir().unwrap(), |program| Command::new(program));
    let shop = on_file(&disk).await;
    full(OnDisk {
        program: Program::start(&shop.env_file(), disk.enter(ALAMOR)),
        disk: &disk,
        panel: shop.panel("de-1"),
        key: KEY,
        total: PURCHASES as u64,
        cause: "the disk is full",
    })
    .await;
}
