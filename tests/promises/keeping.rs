//! What is kept: links from before our time, names, and what would be lost.

use alamor::api::jobs::{JobState, NewJob, Outcome};
use alamor::demo::behaviour::Behaviour;

use crate::world::{Sale, World, all, these};

const KEPT: &str = r#"["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"]"#;

#[tokio::test]
async fn what_was_there_before_stays_until_every_panel_has_given() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .sale(Sale::on(&["de-1", "fr-2"]).kept(KEPT))
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    world.update(1).await.expect("partial");
    assert_eq!(world.rows.kept(1).await.len(), 5 + 2);
    let subscription = world.subscription("sub-1").await;
    assert_eq!(subscription.links().len(), 5 + 2);
    assert_eq!(subscription.header("x-config-age"), None, "the oldest are of unknown age");
    world.panel("fr-2").set(Behaviour::Healthy).await.unwrap();
    world.update(1).await.expect("updated");
    let kept = world.rows.kept(1).await;
    assert_eq!(kept.len(), 10);
    assert!(kept.iter().all(|link| !link.contains("cached")));
}

#[tokio::test]
async fn a_slice_of_a_panel_that_is_no_longer_the_purchases_stays_until_the_new_one_gave() {
    let mut world = World::with().panel("de-1").panel("fr-2").purchase(&["de-1"]).start().await;
    world.update(1).await.expect("updated");
    world.panel("fr-2").add(alamor::demo::client::Client::new("sub-1"));
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    world.rows.run("UPDATE purchases SET server_id = 2").await;
    world.restart().await;
    world.update(1).await.expect("kept");
    assert_eq!(world.subscription("sub-1").await.links().len(), 5);
    world.panel("fr-2").set(Behaviour::Healthy).await.unwrap();
    // The breaker has seen three refusals, which do not open it.
    world.update(1).await.expect("updated");
    let panels: Vec<i64> = world.rows.slices(1).await.iter().map(|slice| slice.0).collect();
    assert_eq!(panels, [2]);
    assert_eq!(world.rows.kept(1).await.len(), 5);
}

#[tokio::test]
async fn links_that_the_bot_writes_later_are_kept_like_those_from_before() {
    let world = World::with().panel("de-1").panel("fr-2").purchase(&["de-1", "fr-2"]).start().await;
    world.update(1).await.expect("updated");
    world.rows.run(&format!("UPDATE purchases SET single_configs_json = '{KEPT}'")).await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    world.update(1).await.expect("partial");
    assert_eq!(world.rows.kept(1).await.len(), 10 + 2);
}

/// The link of the panel under another name.
fn renamed(link: &str, name: &str) -> String {
    let (link, _) = link.split_once('#').unwrap();
    format!("{link}#{name}")
}

#[tokio::test]
async fn customers_keep_the_names_that_they_see_unless_the_panels_are_wanted() {
    for (setting, is_kept) in [("REMARK=keep", true), ("REMARK=panel", false)] {
        let world = World::small(1).setting(setting).start().await;
        let own = world.panel("de-1").expected_links("sub-1");
        let kept =
            [renamed(&own[1], "Alamor"), renamed(&own[3], "Alamor%20%F0%9F%87%A9%F0%9F%87%AA")];
        let json = serde_json::to_string(&kept).unwrap();
        world.rows.run(&format!("UPDATE purchases SET single_configs_json = '{json}'")).await;
        world.update(1).await.expect("updated");
        let after = world.rows.kept(1).await;
        let names: Vec<&str> =
            after.iter().map(|link| link.rsplit_once('#').map_or("", |x| x.1)).collect();
        if is_kept {
            assert_eq!((names[1], names[3]), ("Alamor", "Alamor%20%F0%9F%87%A9%F0%9F%87%AA"));
        } else {
            assert_eq!(after[1], own[1]);
            assert_eq!(after[3], own[3]);
        }
        assert_eq!(names[4], own[4].rsplit_once('#').unwrap().1, "a new link has the panel's");
        world.update(1).await.expect("unchanged");
    }
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_renamed() {
    let world = World::small(1).setting("REMARK=panel").start().await;
    let own = world.panel("de-1").expected_links("sub-1");
    let json = serde_json::to_string(&[renamed(&own[1], "Alamor")]).unwrap();
    world.rows.run(&format!("UPDATE purchases SET single_configs_json = '{json}'")).await;
    let job = world.job(NewJob { dry_run: true, ..all() }).await;
    let item = world.items(job.id).await.remove(0);
    assert_eq!(item.outcome, Some(Outcome::Updated));
    assert_eq!(item.notes, ["1 link gets another name"]);
}

async fn losing() -> World {
    let world = World::small(1).setting("SUB_MAX_AGE=0s").start().await;
    world.update(1).await.expect("updated");
    world.panel("de-1").set(Behaviour::Fewer(2)).await.unwrap();
    world
}

#[tokio::test]
async fn a_purchase_that_would_lose_more_than_half_is_held_whoever_asks() {
    let world = losing().await;
    let before = (world.rows.json(1).await, world.rows.slices(1).await);
    let item = world.update_as_item(1).await;
    assert_eq!(item.outcome, Some(Outcome::Kept));
    assert_eq!(item.reason.unwrap().code, "would_lose_links");
    world.update(1).await.expect("kept");
    assert_eq!(world.subscription("sub-1").await.links().len(), 5);
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success, job.failed), (JobState::Done, 0, 1));
    let item = world.items(job.id).await.remove(0);
    assert_eq!((item.outcome, item.links), (Some(Outcome::Kept), 5));
    assert_eq!((world.rows.json(1).await, world.rows.slices(1).await), before);
}

#[tokio::test]
async fn losing_exactly_half_or_less_is_written() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    world.panel("de-1").set(Behaviour::Fewer(3)).await.unwrap();
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await.len(), 3);
    let world = World::with().panel("de-1").sale(Sale::on(&["de-1"]).links(4)).start().await;
    world.update(1).await.expect("updated");
    world.panel("de-1").set(Behaviour::Fewer(2)).await.unwrap();
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await.len(), 2);
}

const TEN_MINUTES_AGO: &str = "UPDATE alamor_purchases SET held_since = held_since - 600000";

#[tokio::test]
async fn fewer_links_are_believed_at_the_second_look_ten_minutes_later() {
    let world = losing().await;
    world.update(1).await.expect("kept");
    world.rows.run("UPDATE alamor_purchases SET held_since = held_since - 500000").await;
    world.update(1).await.expect("kept");
    world.rows.run(TEN_MINUTES_AGO).await;
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await.len(), 2);
    assert_eq!(world.subscription("sub-1").await.links().len(), 2);
}

#[tokio::test]
async fn other_fewer_links_begin_to_wait_anew() {
    let world = losing().await;
    world.update(1).await.expect("kept");
    world.rows.run(TEN_MINUTES_AGO).await;
    world.panel("de-1").set(Behaviour::Fewer(1)).await.unwrap();
    world.update(1).await.expect("kept");
    world.update(1).await.expect("kept");
    assert_eq!(world.rows.kept(1).await.len(), 5);
}

/// A panel that is away between two looks has given no other links.
#[tokio::test]
async fn a_panel_that_is_away_in_between_does_not_make_the_second_look_a_first_one() {
    let world = losing().await;
    world.update(1).await.expect("kept");
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.update(1).await.expect("kept");
    world.rows.run(TEN_MINUTES_AGO).await;
    world.panel("de-1").set(Behaviour::Fewer(2)).await.unwrap();
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await.len(), 2);
}

#[tokio::test]
async fn force_writes_what_would_be_held() {
    let world = losing().await;
    let job = world.job(NewJob { force: true, ..these(&[1]) }).await;
    assert_eq!((job.state, job.success), (JobState::Done, 1));
    assert_eq!(world.rows.kept(1).await.len(), 2);
}

#[tokio::test]
async fn a_column_that_cannot_be_read_is_no_obstacle() {
    for json in ["{oops", "null", "[1, 2]", "[]", "", "vless://a@h:1"] {
        let world = World::with().panel("de-1").sale(Sale::on(&["de-1"]).kept(json)).start().await;
        world.update(1).await.expect("updated");
        assert_eq!(world.rows.kept(1).await.len(), 5, "{json}");
    }
}

#[tokio::test]
async fn a_column_that_was_encoded_twice_is_read() {
    let twice = serde_json::to_string(KEPT).unwrap();
    let world = World::with().panel("de-1").sale(Sale::on(&["de-1"]).kept(&twice)).start().await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    let links = world.subscription("sub-1").await.links();
    assert_eq!(links, ["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"]);
}

#[tokio::test]
async fn a_link_that_two_panels_give_is_served_once() {
    let body = "vless://11111111-1111-4111-8111-111111111111@h:443?type=tcp#one";
    let reply = |body| crate::raw_panel::Reply { status: 200, kind: "text/plain", body };
    let one = crate::raw_panel::RawPanel::start(reply(body)).await;
    let two = crate::raw_panel::RawPanel::start(reply(body)).await;
    let world = World::with()
        .panel_at("de-1", "", &one.url, "s")
        .panel_at("fr-2", "", &two.url, "s")
        .purchase(&["de-1", "fr-2"])
        .start()
        .await;
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await, [body]);
    assert_eq!(world.subscription("sub-1").await.links(), [body]);
}

#[tokio::test]
async fn a_profile_gets_the_links_of_its_inbounds_only() {
    let synced = |inbound: u8| {
        let of = &alamor::demo::links::INBOUNDS[usize::from(inbound) - 1];
        let (port, protocol) = (of.port, of.protocol);
        format!(
            "INSERT INTO synced_configs (server_id, inbound_id, port, protocol) \
             VALUES (1, {inbound}, {port}, '{protocol}')"
        )
    };
    // Inbound 4 stands behind another address: nobody knows it by its port, so it is kept.
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchase(&["de-1", "fr-2"])
        .sql(&[1, 2, 3, 5].map(synced).join(";"))
        .sql("DELETE FROM profile_inbounds WHERE server_id = 1 AND inbound_id IN (1, 3)")
        .start()
        .await;
    world.update(1).await.expect("updated");
    let schemes: Vec<String> = world
        .rows
        .kept(1)
        .await
        .iter()
        .map(|link| link.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(schemes, ["vless", "trojan", "ss", "vless", "vless", "vmess", "trojan", "ss"]);
}

/// Some versions of the bot made their tables anew at each start: numbers begin again from 1.
#[tokio::test]
async fn a_number_that_comes_again_has_nothing_of_the_purchase_that_had_it_before() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let before = world.subscription("sub-1").await.links();
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.rows.run("UPDATE purchases SET sub_id = 'another', single_configs_json = NULL").await;
    let item = world.update_as_item(1).await;
    assert_eq!((item.outcome, item.links), (Some(Outcome::Kept), 0));
    let answer = world.subscription("another").await;
    assert_eq!(answer.status, 404, "{answer:?}");
    assert!(world.rows.slices(1).await.is_empty(), "nothing of it is kept either");

    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    world.panel("de-1").add(alamor::demo::client::Client::new("another"));
    world.update(1).await.expect("updated");
    let after = world.subscription("another").await.links();
    assert!(!after.is_empty() && after.iter().all(|link| !before.contains(link)));
}
