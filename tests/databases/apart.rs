//! Our tables in a file of their own: two commits, of which only the first may have happened.

use alamor::core::{Role, StartError};
use alamor::database::error::OpenError;
use alamor::demo::behaviour::Behaviour;

use crate::shop::{Shape, Shop, soon};
use crate::store::Store;

/// What keeps the bot's column from being written, and only that.
fn stop(shape: Shape) -> &'static str {
    match shape {
        Shape::Postgres => {
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'the column is on fire'; END $$; \
             CREATE TRIGGER stop BEFORE UPDATE OF single_configs_json ON purchases \
             FOR EACH ROW WHEN (OLD.id <= 2) EXECUTE FUNCTION stop()"
        }
        Shape::July | Shape::Newest => {
            "CREATE TRIGGER stop BEFORE UPDATE OF single_configs_json ON purchases \
             WHEN OLD.id <= 2 BEGIN SELECT RAISE(ABORT, 'the column is on fire'); END"
        }
    }
}

fn go_on(shape: Shape) -> &'static str {
    match shape {
        Shape::Postgres => "DROP TRIGGER stop ON purchases",
        Shape::July | Shape::Newest => "DROP TRIGGER stop",
    }
}

async fn shop(shape: Shape) -> Shop {
    let mut shop = Shop::new(shape).await;
    shop.set("STATE_DATABASE=sqlite:state.db");
    shop.begin().await;
    shop
}

#[tokio::test]
async fn what_was_settled_and_not_delivered_is_served_and_repeated_at_the_start() {
    for shape in Shape::ALL {
        let mut shop = shop(shape).await;
        shop.store.run(stop(shape)).await;
        let before = shop.store.json(1).await;
        assert_eq!(shop.update(1).await.0, 200, "{shape:?}");
        assert_eq!(shop.update(5).await.0, 200, "{shape:?}: one bad row stops no other");
        assert_eq!(shop.store.json(1).await, before);
        assert_eq!(shop.store.kept(5).await.len(), 5);
        let column = shape.sub_id();
        let sub_id = shop.store.text(&format!("SELECT {column} FROM purchases WHERE id = 1")).await;
        assert_eq!(shop.served(&sub_id).await, Some(5));
        let (_, body) = shop.ask(reqwest::Method::GET, "/readyz").await;
        assert!(body.contains("on fire"), "{body}");
        shop.stop().await;
        shop.store.run(go_on(shape)).await;
        shop.begin().await;
        assert_eq!(shop.store.kept(1).await.len(), 5, "{shape:?}");
        shop.stop().await;
    }
}

#[tokio::test]
async fn what_the_bot_wrote_meanwhile_stays_and_counts_as_the_bots() {
    for shape in [Shape::Newest, Shape::Postgres] {
        let mut shop = shop(shape).await;
        shop.store.run(stop(shape)).await;
        assert_eq!(shop.update(1).await.0, 200, "{shape:?}");
        shop.stop().await;
        shop.store.run(go_on(shape)).await;
        let theirs = "[\"vless://bot@h.example.net:1#c\"]";
        shop.store
            .run(&format!("UPDATE purchases SET single_configs_json = '{theirs}' WHERE id = 1"))
            .await;
        shop.begin().await;
        assert_eq!(shop.store.json(1).await, theirs, "{shape:?}");
        shop.panel("de-1").set(Behaviour::Refuse).await.unwrap();
        let column = shape.sub_id();
        let sub_id = shop.store.text(&format!("SELECT {column} FROM purchases WHERE id = 1")).await;
        let served = shop.served(&sub_id).await.unwrap();
        assert!(served >= 1, "the bot's link is served as well: {served}");
        shop.stop().await;
    }
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_when_it_can_be() {
    let shop = shop(Shape::Postgres).await;
    shop.store.run(stop(Shape::Postgres)).await;
    assert_eq!(shop.update(1).await.0, 200);
    shop.store.run(go_on(Shape::Postgres)).await;
    soon(async { while shop.store.json(1).await.is_empty() {} }).await;
    assert_eq!(shop.store.kept(1).await.len(), 5);
}

#[tokio::test]
async fn the_schema_is_not_made_where_a_state_file_is_named() {
    let mut shop = shop(Shape::Postgres).await;
    assert_eq!(shop.update(1).await.0, 200);
    let schemas = "SELECT CAST(count(*) AS TEXT) FROM pg_namespace WHERE nspname LIKE 'alamor%'";
    assert_eq!(shop.store.text(schemas).await, "0");
    let state = Store::File(shop.folder.path().join("state.db"));
    assert_eq!(state.text("SELECT CAST(count(*) AS TEXT) FROM alamor_slices").await, "1");
    shop.stop().await;
}

#[tokio::test]
async fn a_state_file_that_is_something_else_is_refused_and_left_alone() {
    let shop = Shop::new(Shape::Newest).await;
    let path = shop.folder.path().join("state.db");
    let Store::File(bots) = shop.store.clone() else { panic!("not a file") };
    let notes = Store::File(path.clone());
    std::fs::copy(&bots, &path).unwrap();
    for says in ["purchases", "another program", "no SQLite database", "the bot's database"] {
        let mut again = Shop::new(Shape::Newest).await;
        match says {
            "another program" => {
                std::fs::write(&path, "").unwrap();
                notes.run("CREATE TABLE notes (text TEXT)").await;
            }
            "no SQLite database" => {
                std::fs::write(&path, "something else, and long enough").unwrap();
            }
            _ => {}
        }
        let Store::File(own) = again.store.clone() else { panic!("not a file") };
        let named = if says == "the bot's database" { &own } else { &path };
        again.set(&format!("STATE_DATABASE=sqlite:{}", named.display()));
        let before = std::fs::read(named).unwrap();
        let error = again.another_core(Role::Serve).await.unwrap_err();
        let StartError::Database(OpenError::NotAState { .. }) = &error else { panic!("{error}") };
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(std::fs::read(named).unwrap(), before);
    }
}
