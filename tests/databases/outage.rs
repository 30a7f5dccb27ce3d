//! PostgreSQL goes away, and comes back.

use std::sync::Arc;

use alamor::api::CheckState;
use alamor::api::jobs::JobState;
use alamor::core::Role;
use alamor::demo::behaviour::Behaviour;

use crate::cluster::Cluster;
use crate::shop::{Shop, hear, soon};

/// Waits until the core says that its database is as wanted.
pub async fn until(shop: &Shop, state: CheckState) {
    let mut events = shop.events();
    let is_so = |event: &alamor::api::events::Event| {
        let health = match event {
            alamor::api::events::Event::Health(health) => health,
            alamor::api::events::Event::Snapshot(snapshot) => &snapshot.health,
            _ => return None,
        };
        (health.database.state == state).then_some(())
    };
    soon(hear(&mut events, is_so)).await;
}

#[tokio::test]
async fn a_job_waits_for_a_server_that_crashed_and_ends_every_item_once() {
    let cluster = Arc::new(Cluster::start());
    let mut shop = Shop::on_server(Arc::clone(&cluster)).await;
    let count = "INSERT INTO purchases (user_id, server_id, initial_volume_gb, sub_id) \
                 SELECT 1, 1, 1, 'many' || n FROM generate_series(1, 200) n";
    shop.store.run(count).await;
    for n in 1..=200 {
        shop.panel("de-1")
            .add(alamor::demo::client::Client::new(&format!("many{n}")).with_links(2));
    }
    shop.begin().await;
    assert_eq!(shop.served("many1").await, Some(2));
    let asked = shop.panel("de-1").counts();
    let id = shop.start_job().await;
    soon(shop.panel("de-1").wait_for_requests(asked.requests + 20)).await;
    cluster.crash();
    assert_eq!(shop.served("many1").await, Some(2), "from memory");
    let (status, body) = shop.ask(reqwest::Method::GET, "/readyz").await;
    assert_eq!(status, 200);
    assert!(body.contains("PostgreSQL cannot be reached"), "{body}");
    cluster.begin();
    let job = shop.finished(id).await;
    assert_eq!((job.state, job.done), (JobState::Done, job.total));
    let missing = "SELECT CAST(count(*) AS TEXT) FROM purchases WHERE sub_id LIKE 'many%' \
                   AND json_array_length(CAST(single_configs_json AS json)) IS DISTINCT FROM 2";
    assert_eq!(shop.store.text(missing).await, "0");
    let open = format!(
        "SELECT CAST(count(*) AS TEXT) FROM alamor.items WHERE job_id = {id} AND outcome IS NULL"
    );
    assert_eq!(shop.store.text(&open).await, "0");
    until(&shop, CheckState::Ok).await;
    shop.stop().await;
}

#[tokio::test]
async fn a_core_that_starts_without_its_server_opens_it_later() {
    let cluster = Arc::new(Cluster::start());
    let mut shop = Shop::on_server(Arc::clone(&cluster)).await;
    cluster.crash();
    shop.begin().await;
    let (status, body) = shop.ask(reqwest::Method::GET, "/readyz").await;
    assert_eq!(status, 503);
    assert!(body.contains("PostgreSQL cannot be reached"), "{body}");
    let (status, _) = shop.ask(reqwest::Method::GET, "/sub/oddgone").await;
    assert_eq!(status, 500, "never 404");
    cluster.begin();
    until(&shop, CheckState::Ok).await;
    shop.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    assert_eq!(shop.served("oddgone").await, Some(2));
    shop.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_database_are_told_and_no_secret_is() {
    let cluster = Arc::new(Cluster::start());
    cluster
        .administer("postgres", &["CREATE ROLE bot LOGIN PASSWORD 'x'", "CREATE DATABASE locked"])
        .await;
    let says = [("locked", "refuses user or password"), ("nowhere", "no database of this name")];
    for (name, words) in says {
        let mut shop = Shop::on_server(Arc::clone(&cluster)).await;
        shop.set(&format!("DB_NAME={name}\nDB_USER=bot\nDB_PASSWORD=hunter2-hunter2"));
        shop.begin().await;
        let (status, body) = shop.ask(reqwest::Method::GET, "/readyz").await;
        assert_eq!(status, 503);
        assert!(body.contains(words) && !body.contains("hunter2"), "{body}");
        shop.stop().await;
        // Nobody holds a lock that could not be taken.
        shop.another_core(Role::Serve).await.unwrap().stop().await;
    }
}
