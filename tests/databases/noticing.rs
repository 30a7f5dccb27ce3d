//! What the bot changes is noticed, and what we write ourselves is not taken for a change.

use alamor::api::events::Event;
use alamor::database::changes::{Purchases, Watcher};
use alamor::database::purchases::Links;
use alamor::domain::ids::PurchaseId;
use tokio::time::timeout;

use crate::shop::{NOTICED, Shape, Shop, hear, settle, soon};

/// Changes something as the bot does, and waits until the core says that it noticed.
async fn noticed(shop: &Shop, sql: &str) {
    let mut events = shop.events();
    // From its first event on, nothing is missed.
    soon(hear(&mut events, |event| matches!(event, Event::Snapshot(_)).then_some(()))).await;
    shop.store.run(sql).await;
    let is_change = |event: &Event| matches!(event, Event::Changed {}).then_some(());
    timeout(NOTICED, hear(&mut events, is_change)).await.expect(sql);
}

/// A sale that the fixture does not have.
fn sold(shape: Shape, id: i64, links: &str) -> String {
    let sub_id = shape.sub_id();
    format!(
        "INSERT INTO purchases (id, user_id, server_id, initial_volume_gb, {sub_id}, \
         single_configs_json) VALUES ({id}, 2, 1, 1, 'sold{id}', '{links}');"
    )
}

async fn check(shape: Shape) {
    const ONE: &str = r#"["vless://u@h.example.net:1#a"]"#;
    const OTHER: &str = r#"["vless://v@h.example.net:1#a"]"#;
    let shop = Shop::at_work(shape).await;
    let sales: String = (101..=105).map(|id| sold(shape, id, ONE)).collect();
    noticed(&shop, &sales).await;
    for id in 101..=105 {
        assert_eq!(shop.served(&format!("sold{id}")).await, Some(1));
    }
    let changes = format!(
        "UPDATE purchases SET single_configs_json = '{OTHER}' WHERE id = 101;
         UPDATE purchases SET server_id = 2 WHERE id = 102;
         UPDATE purchases SET is_active = (1 = 0) WHERE id = 103;
         DELETE FROM purchases WHERE id = 104;
         UPDATE purchases SET {} = 'moved' WHERE id = 105;",
        shape.sub_id()
    );
    noticed(&shop, &changes).await;
    assert!(shop.body("sold101").await.contains("//v@"), "others of the same length");
    assert_eq!(shop.purchase(102).await.purchase.panels, ["nl-1"]);
    assert_eq!([shop.served("sold103").await, shop.served("sold104").await], [None, None]);
    assert_eq!([shop.served("sold105").await, shop.served("moved").await], [None, Some(1)]);
    let client = if shape == Shape::July { "xui_client_uuid" } else { "client_uuid" };
    noticed(&shop, &format!("UPDATE purchases SET {client} = 'another' WHERE id = 101")).await;
    noticed(&shop, "UPDATE servers SET name = 'de-2' WHERE id = 1").await;
    assert_eq!(shop.purchase(1).await.purchase.panels, ["de-2"]);
}

#[tokio::test]
async fn what_the_bot_changes_is_noticed_in_a_file_of_july() {
    check(Shape::July).await;
}

#[tokio::test]
async fn what_the_bot_changes_is_noticed_in_a_newer_file() {
    check(Shape::Newest).await;
}

#[tokio::test]
async fn what_the_bot_changes_is_noticed_in_postgresql() {
    check(Shape::Postgres).await;
}

/// Everything that was read of the bot's tables since the watcher last looked.
#[tokio::test]
async fn what_we_write_ourselves_is_no_change_and_is_not_all_read_again() {
    for shape in Shape::ALL {
        let shop = Shop::new(shape).await;
        let database = shop.open().await;
        let mut watcher = Watcher::default();
        let all = database.changes(&mut watcher).await.unwrap().unwrap().purchases;
        let Purchases::All(all) = all else { panic!("{all:?}") };
        database.settle(settle(1)).await.unwrap();
        let stamp = match database.changes(&mut watcher).await.unwrap().map(|seen| seen.purchases) {
            // SQLite counts others' commits alone.
            None => Links::Ours,
            Some(Purchases::Some { there, gone }) => {
                assert_eq!((there.len(), gone.len()), (1, 0), "{shape:?}");
                assert_eq!(there[0].stamp.row, all[0].stamp.row);
                there[0].stamp.links
            }
            Some(Purchases::All(_)) => panic!("everything was read again"),
        };
        assert_eq!(stamp, Links::Ours);
        shop.store.run("UPDATE purchases SET single_configs_json = 'x' WHERE id = 1").await;
        let seen = database.changes(&mut watcher).await.unwrap().unwrap().purchases;
        let (Purchases::All(there) | Purchases::Some { there, .. }) = seen;
        let row = there.iter().find(|row| row.purchase.id == PurchaseId(1)).unwrap();
        assert!(matches!(row.stamp.links, Links::Theirs(_)), "{shape:?} {:?}", row.stamp);
        database.close().await;
    }
}

#[tokio::test]
async fn a_profile_that_is_changed_moves_its_purchases() {
    for shape in [Shape::Newest, Shape::Postgres] {
        let shop = Shop::at_work(shape).await;
        noticed(&shop, "DELETE FROM profile_inbounds WHERE server_id = 2").await;
        assert_eq!(shop.purchase(4).await.purchase.panels, ["de-1"], "{shape:?}");
    }
}
