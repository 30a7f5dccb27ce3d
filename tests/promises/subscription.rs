//! `/sub/{sub_id}`: what subscribers get, and when their request reaches a panel.

use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client as Customer;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::world::{Sale, World, soon};

#[tokio::test]
async fn what_is_young_enough_is_served_from_memory() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let asked = world.panel("de-1").counts().requests;
    for _ in 0..5 {
        let answer = world.subscription("sub-1").await;
        assert_eq!(answer.links().len(), 5);
        let age: u64 = answer.header("x-config-age").unwrap().parse().unwrap();
        assert!(age < 60, "{age}");
    }
    assert_eq!(world.panel("de-1").counts().requests, asked);
}

#[tokio::test]
async fn what_is_old_is_fetched_and_tells_its_age() {
    let mut world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let an_hour_ago = "UPDATE alamor_slices SET fetched_at = fetched_at - 3600000; \
                       UPDATE alamor_purchases SET attempted_at = attempted_at - 3600000";
    world.rows.run(an_hour_ago).await;
    world.restart().await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    let old = world.subscription("sub-1").await;
    let age: u64 = old.header("x-config-age").unwrap().parse().unwrap();
    assert!((3600..3700).contains(&age), "{age}");
    world.rows.run(an_hour_ago).await;
    world.restart().await;
    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    let new = world.subscription("sub-1").await;
    let age: u64 = new.header("x-config-age").unwrap().parse().unwrap();
    assert!(age < 60, "{age}");
}

#[tokio::test]
async fn a_panel_that_is_down_is_not_asked_at_every_request() {
    let world = World::small(1).start().await;
    world.panel("de-1").set(Behaviour::Unknown).await.unwrap();
    for _ in 0..4 {
        assert_eq!(world.subscription("sub-1").await.status, 404);
    }
    assert_eq!(world.panel("de-1").requests_for("sub-1"), 1);
}

#[tokio::test]
async fn a_panel_that_hangs_costs_a_subscriber_three_seconds_at_most() {
    let kept = r#"["vless://cached1@h:1#c1"]"#;
    let world = World::with().panel("de-1").sale(Sale::on(&["de-1"]).kept(kept)).start().await;
    world.panel("de-1").set(Behaviour::Hang).await.unwrap();
    let began = std::time::Instant::now();
    let answer = world.subscription("sub-1").await;
    assert_eq!(answer.links(), ["vless://cached1@h:1#c1"]);
    let took = began.elapsed().as_millis();
    assert!((2_900..4_500).contains(&took), "{took} ms");
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
}

#[tokio::test]
async fn the_body_has_one_form() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let expected = STANDARD.encode(world.rows.kept(1).await.join("\n"));
    assert_eq!(world.subscription("sub-1").await.body, expected);
}

#[tokio::test]
async fn the_panels_headers_are_passed_on_summed_and_without_its_address() {
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    let world = World::with()
        .panel_like(PanelSpec::new("de-1", Make::ThreeXui2811))
        .panel_like(PanelSpec::new("fr-2", Make::ThreeXui2811))
        .purchase(&["de-1", "fr-2"])
        .start()
        .await;
    for (name, used) in [("de-1", 4), ("fr-2", 8)] {
        let mut customer = Customer::new("sub-1").limited(100, end).with_links(1);
        customer.used_bytes = used;
        world.panel(name).add(customer);
    }
    world.update(1).await.expect("updated");
    let answer = world.subscription("sub-1").await;
    let usage = format!("upload=3; download=9; total=200; expire={}", end.as_second());
    assert_eq!(answer.header("subscription-userinfo"), Some(usage.as_str()));
    assert_eq!(answer.header("profile-update-interval"), Some("12"));
    assert_eq!(answer.header("routing-enable"), Some("true"));
    assert!(answer.header("profile-title").unwrap().starts_with("base64:"));
    assert_eq!(answer.header("profile-web-page-url"), None, "it names the panel");
}

#[tokio::test]
async fn a_title_that_is_the_subscription_id_stays_out() {
    let spec = PanelSpec::new("de-1", Make::Alireza1120);
    let world = World::with().panel_like(spec).purchase(&["de-1"]).start().await;
    let answer = world.subscription("sub-1").await;
    assert_eq!(answer.links().len(), 5);
    assert_eq!(answer.header("profile-title"), None);
    assert!(answer.header("subscription-userinfo").is_some());
}

#[tokio::test]
async fn headers_survive_a_restart() {
    let mut world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let before = world.subscription("sub-1").await;
    world.restart().await;
    let after = world.subscription("sub-1").await;
    assert_eq!(after.header("profile-title"), before.header("profile-title"));
    assert_eq!(after.body, before.body);
}

#[tokio::test]
async fn what_was_sold_a_second_ago_is_found() {
    let world = World::small(1).start().await;
    world.panel("de-1").add(Customer::new("brand-new"));
    let sell = "INSERT INTO purchases (user_id, server_id, initial_volume_gb, sub_id, is_active) \
                VALUES (1, 1, 0, 'brand-new', 1)";
    world.rows.run(sell).await;
    assert_eq!(world.subscription("brand-new").await.links().len(), 5);
    assert_eq!(world.subscription("brand-new").await.links().len(), 5);
    world.update(2).await.expect("unchanged");
}

#[tokio::test]
async fn of_several_with_one_id_the_oldest_is_served() {
    let world = World::small(3)
        .sql("UPDATE purchases SET sub_id = 'shared' WHERE id > 1")
        .sql("UPDATE purchases SET single_configs_json = '[\"vless://u'||id||'@h:1#n\"]'")
        .start()
        .await;
    assert_eq!(world.subscription("shared").await.links(), ["vless://u2@h:1#n"]);
}

#[tokio::test]
async fn an_id_is_compared_exactly_and_after_decoding() {
    let world = World::small(1)
        .sql(
            "UPDATE purchases SET sub_id = 'a b/c%', single_configs_json = '[\"vless://u@h:1#n\"]'",
        )
        .start()
        .await;
    assert_eq!(world.subscription("a%20b%2Fc%25").await.links(), ["vless://u@h:1#n"]);
    assert_eq!(world.subscription("A%20b%2Fc%25").await.status, 404);
    assert_eq!(world.subscription("%FF").await.status, 404);
}

/// The bot renamed its table: every question fails, as when the file is away.
const AWAY: &str = "ALTER TABLE purchases RENAME TO purchases_away";

#[tokio::test]
async fn with_the_database_away_memory_answers_and_nobody_gets_a_404() {
    let world = World::small(2).start().await;
    world.update(1).await.expect("updated");
    let before = world.subscription("sub-1").await;
    world.rows.run(AWAY).await;
    assert_eq!(world.subscription("sub-1").await.body, before.body);
    let unknown = world.subscription("nobody").await;
    assert_eq!(unknown.status_and_body(), (500, "Error processing subscription data."));
    let not_in_memory = world.subscription("sub-2").await;
    assert_eq!(not_in_memory.status, 500);
    let button = world.update(1).await;
    assert_eq!(button.status_and_body(), (500, "Internal server error"));
    world.rows.run("ALTER TABLE purchases_away RENAME TO purchases").await;
    assert_eq!(world.subscription("sub-2").await.links().len(), 5);
    assert_eq!(world.subscription("nobody").await.status, 404);
}

#[tokio::test]
async fn who_guesses_is_slowed_down_and_customers_are_not() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let mut statuses = Vec::new();
    let guess = async {
        while statuses.last() != Some(&429) {
            let answer = world.subscription(&format!("guess-{}", statuses.len())).await;
            if answer.status == 429 {
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
            statuses.push(answer.status);
        }
    };
    soon(guess).await;
    assert!(statuses.len() > 50, "{} guesses", statuses.len());
    assert_eq!(world.subscription("sub-1").await.status, 200);
}

#[tokio::test]
async fn a_purchase_that_the_bot_switched_off_is_served_no_more() {
    let mut world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let mut events = world.events();
    crate::world::hear(&mut events, |event| {
        matches!(event, alamor::api::events::Event::Snapshot(_)).then_some(())
    })
    .await;
    world.rows.run("UPDATE purchases SET is_active = 0").await;
    crate::world::hear(&mut events, |event| {
        matches!(event, alamor::api::events::Event::Changed {}).then_some(())
    })
    .await;
    assert_eq!(world.subscription("sub-1").await.status, 404);
    world.stop().await;
}
