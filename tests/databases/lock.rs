//! One core for each database, on PostgreSQL as well.

use alamor::api::CheckState;
use alamor::api::events::Event;
use alamor::core::{Role, StartError};
use alamor::database::error::OpenError;

use crate::shop::{Shape, Shop, hear, soon};

/// Ends the session that holds the core's lock, as an administrator may.
const END_THE_LOCK: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks \
     WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND objid = 1 AND database = \
     (SELECT oid FROM pg_database WHERE datname = current_database())";

#[tokio::test]
async fn a_second_core_is_refused_and_names_the_first_wherever_its_own_tables_are() {
    for state in ["", "STATE_DATABASE=sqlite:other.db"] {
        let mut shop = Shop::at_work(Shape::Postgres).await;
        shop.set(state);
        let error = shop.another_core(Role::Serve).await.unwrap_err();
        let StartError::Database(OpenError::Taken { owner: Some(owner), .. }) = &error else {
            panic!("{error}")
        };
        assert_eq!((owner.pid, owner.role.as_str()), (std::process::id(), "serve"));
        assert_eq!(owner.url, shop.api().url().trim_end_matches('/'));
        shop.stop().await;
        shop.another_core(Role::Serve).await.unwrap().stop().await;
    }
}

#[tokio::test]
async fn two_servers_do_not_share_a_state_file() {
    let (mut one, mut two) = (Shop::new(Shape::Postgres).await, Shop::new(Shape::Postgres).await);
    let file = format!("STATE_DATABASE=sqlite:{}", one.folder.path().join("state.db").display());
    one.set(&file);
    two.set(&file);
    one.begin().await;
    let error = two.another_core(Role::Serve).await.unwrap_err();
    assert!(matches!(error, StartError::Database(OpenError::Taken { .. })), "{error}");
    one.stop().await;
}

#[tokio::test]
async fn an_embedded_core_yields_to_a_serve_core() {
    for state in ["", "STATE_DATABASE=sqlite:state.db"] {
        let mut shop = Shop::new(Shape::Postgres).await;
        shop.set(state);
        let embedded = shop.another_core(Role::Embedded).await.unwrap();
        let stopping = embedded.stopping();
        let yielding = tokio::spawn(async move {
            stopping.cancelled().await;
            embedded.stop().await;
        });
        let serve = shop.another_core(Role::Serve).await.unwrap();
        soon(yielding).await.unwrap();
        soon(serve.stop()).await;
    }
}

#[tokio::test]
async fn a_lock_that_was_lost_is_taken_again_before_anything_is_written() {
    let shop = Shop::at_work(Shape::Postgres).await;
    assert_eq!(shop.update(1).await.0, 200);
    shop.store.run(END_THE_LOCK).await;
    let mut events = shop.events();
    soon(hear(&mut events, |event| {
        matches!(event, Event::Health(health) if health.database.state == CheckState::Ok)
            .then_some(())
    }))
    .await;
    assert_eq!(shop.update(2).await.0, 200);
    let error = shop.another_core(Role::Serve).await.unwrap_err();
    assert!(matches!(error, StartError::Database(OpenError::Taken { .. })), "{error}");
}

#[tokio::test]
async fn a_core_whose_lock_another_one_took_writes_nothing_and_says_so() {
    let mut shop = Shop::at_work(Shape::Postgres).await;
    // Another core is at once where the lock was.
    let take = "SELECT pg_advisory_lock(1634492781, 1)";
    let crate::store::Store::Server { cluster, name, user } = shop.store.clone() else { panic!() };
    let mut other = cluster.connect(&user, &name).await;
    let waiting = tokio::spawn(async move {
        sqlx::query(take).execute(&mut other).await.unwrap();
        other
    });
    let waits =
        "SELECT CAST(count(*) AS TEXT) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    soon(async { while shop.store.text(waits).await == "0" {} }).await;
    shop.store.run(END_THE_LOCK).await;
    let other = soon(waiting).await.unwrap();
    let before = shop.store.json(1).await;
    assert_eq!(shop.update(1).await.0, 500);
    assert_eq!(shop.store.json(1).await, before);
    let mut events = shop.events();
    let said = soon(hear(&mut events, |event| match event {
        Event::Health(health) => {
            health.database.reason.clone().filter(|why| why.contains("another core"))
        }
        _ => None,
    }))
    .await;
    assert!(said.contains("nothing is written"), "{said}");
    sqlx::Connection::close(other).await.unwrap();
    soon(async { while shop.update(1).await.0 != 200 {} }).await;
    shop.stop().await;
}
