//! What the bot changes is noticed, and what we write ourselves is not taken for a change.

use alamor::api::events::Event;
use tokio::time::timeout;

use crate::shop::{NOTICED, Shape, Shop, hear, soon};

/// Changes something as the bot does, and waits until the core says that it noticed.
async fn noticed(shop: &Shop, sql: &str) {
    let mut events = shop.events();
    // From its first event on, nothing is missed.
    soon(hear(&mut events, |event| matches!(event, Event::Snapshot(_)).then_some(()))).await;
    shop.store.run(sql).await;
    let is_change = |event: &Event| matches!(event, Event::Changed {}).then_some(());
    timeout(NOTICED, hear(&mut events, is_change)).await.expect(sql);
}

#[tokio::test]
async fn what_the_bot_changes_is_noticed_in_every_shape() {
    for shape in Shape::ALL {
        let shop = Shop::at_work(shape).await;
        let sub_id = shape.sub_id();
        noticed(
            &shop,
            &format!(
                "INSERT INTO purchases (id, user_id, server_id, initial_volume_gb, {sub_id}, \
                 single_configs_json) VALUES (101, 2, 1, 1, 'sold', '[\"vless://u@h:1#a\"]')"
            ),
        )
        .await;
        assert_eq!(shop.served("sold").await, Some(1), "{shape:?}");
        // Others of the same length.
        noticed(
            &shop,
            "UPDATE purchases SET single_configs_json = '[\"vless://v@h:1#a\"]' WHERE id = 101",
        )
        .await;
        noticed(&shop, "UPDATE purchases SET server_id = 2 WHERE id = 101").await;
        assert_eq!(shop.purchase(101).await.purchase.panels, ["nl-1"]);
        let client = if shape == Shape::July { "xui_client_uuid" } else { "client_uuid" };
        noticed(&shop, &format!("UPDATE purchases SET {client} = 'another' WHERE id = 101")).await;
        noticed(&shop, "UPDATE purchases SET is_active = (1 = 0) WHERE id = 101").await;
        assert_eq!(shop.served("sold").await, None);
        noticed(&shop, "DELETE FROM purchases WHERE id = 101").await;
        noticed(&shop, "UPDATE servers SET name = 'de-2' WHERE id = 1").await;
        assert_eq!(shop.purchase(1).await.purchase.panels, ["de-2"]);
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
