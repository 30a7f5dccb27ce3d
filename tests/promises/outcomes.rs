//! How an update of one purchase ends, and what it is counted as.

use alamor::api::jobs::{Count, Outcome};
use alamor::demo::behaviour::Behaviour;

use crate::world::{Sale, World, all};

#[tokio::test]
async fn new_links_are_updated_and_the_same_links_are_unchanged() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    // Its REALITY link has another sni, sid and spx each time.
    world.update(1).await.expect("unchanged");
    world.panel("de-1").rotate();
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await.len(), 5);
}

#[tokio::test]
async fn links_are_stored_as_they_are_served_random_fields_and_all() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let before = world.rows.kept(1).await;
    world.update(1).await.expect("unchanged");
    let after = world.rows.kept(1).await;
    assert_ne!(before[0], after[0], "the panel picked other fields");
    assert_eq!(before[1..], after[1..]);
}

#[tokio::test]
async fn usage_text_that_counts_down_is_no_change_and_not_served() {
    let world = World::small(1).start().await;
    let limit = |used: u64| {
        let is_there = world.panel("de-1").change("sub-1", |customer| {
            customer.limit_bytes = 50 << 30;
            customer.used_bytes = used;
        });
        assert!(is_there);
    };
    limit(1 << 30);
    world.update(1).await.expect("updated");
    limit(2 << 30);
    world.update(1).await.expect("unchanged");
    assert!(
        world.panel("de-1").expected_links("sub-1")[0].contains("%F0%9F%93%8A"),
        "a traffic sign"
    );
    for link in world.rows.kept(1).await {
        assert!(!link.contains("%F0%9F%93%8A"), "{link}");
    }
}

#[tokio::test]
async fn usage_text_stays_where_it_is_wanted() {
    let world = World::small(1).setting("REMARK_USAGE=keep").setting("REMARK=panel").start().await;
    let limited = world.panel("de-1").change("sub-1", |customer| customer.limit_bytes = 50 << 30);
    assert!(limited);
    world.update(1).await.expect("updated");
    assert!(world.rows.kept(1).await[0].contains("%F0%9F%93%8A"));
}

#[tokio::test]
async fn every_way_to_fail_has_its_outcome_its_counter_and_its_code() {
    use Behaviour as B;
    let table = [
        (B::Refuse, Outcome::Kept, Count::ConnectionError, "refused"),
        (B::CutShort, Outcome::Kept, Count::ConnectionError, "cut"),
        (B::status(502), Outcome::Kept, Count::ConnectionError, "gateway"),
        (B::status(503), Outcome::Kept, Count::ConnectionError, "gateway"),
        (B::LoginPage, Outcome::Failed, Count::Failed, "not_a_subscription"),
        (B::JsonError, Outcome::Failed, Count::Failed, "not_a_subscription"),
        (B::Garbage, Outcome::Failed, Count::Failed, "not_a_subscription"),
        (B::Empty, Outcome::Failed, Count::Failed, "not_a_subscription"),
        (B::Unknown, Outcome::Failed, Count::Failed, "unknown_subscription"),
        (B::Huge, Outcome::Failed, Count::Failed, "too_large"),
        (B::status(403), Outcome::Failed, Count::Failed, "status"),
        (B::status(500), Outcome::Failed, Count::Failed, "status"),
    ];
    for (behaviour, outcome, count_as, code) in table {
        let world = World::small(1).start().await;
        world.update(1).await.expect("updated");
        let before = (world.rows.json(1).await, world.rows.slices(1).await);
        world.panel("de-1").set(behaviour).await.unwrap();
        let item = world.update_as_item(1).await;
        let ended = (item.outcome, item.count_as, item.reason.map(|reason| reason.code));
        let expected = (Some(outcome), Some(count_as), Some(code.to_owned()));
        assert_eq!(ended, expected, "{behaviour:?}");
        assert_eq!((item.links, item.panels[0].links), (5, 5), "{behaviour:?}");
        let after = (world.rows.json(1).await, world.rows.slices(1).await);
        assert_eq!(after, before, "{behaviour:?}: nothing is overwritten");
        assert_eq!(world.subscription("sub-1").await.links().len(), 5);
    }
}

#[tokio::test]
async fn plain_text_is_a_subscription_too() {
    let world = World::small(1).start().await;
    world.panel("de-1").set(Behaviour::Plain).await.unwrap();
    world.update(1).await.expect("updated");
    assert_eq!(world.rows.kept(1).await.len(), 5);
}

#[tokio::test]
async fn a_dead_panel_keeps_its_last_good_slice_and_its_age() {
    let world = World::with().panel("de-1").panel("fr-2").purchase(&["de-1", "fr-2"]).start().await;
    world.update(1).await.expect("updated");
    let before = world.rows.slices(1).await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    world.panel("de-1").rotate();
    let item = world.update_as_item(1).await;
    assert_eq!(
        (item.outcome, item.count_as),
        (Some(Outcome::Partial), Some(Count::ConnectionError))
    );
    assert_eq!(item.panels[1].outcome, Outcome::Kept);
    assert!(item.panels[1].age_ms.is_some());
    let after = world.rows.slices(1).await;
    assert!(after[0].1 > before[0].1, "de-1 gave a newer slice");
    assert_eq!(after[1], before[1], "fr-2 keeps its slice, age and all");
    assert_eq!(world.subscription("sub-1").await.links().len(), 10);
}

#[tokio::test]
async fn partial_counts_as_failed_when_the_missing_panel_was_reached() {
    let world = World::with().panel("de-1").panel("fr-2").purchase(&["de-1", "fr-2"]).start().await;
    world.panel("fr-2").set(Behaviour::LoginPage).await.unwrap();
    let item = world.update_as_item(1).await;
    assert_eq!((item.outcome, item.count_as), (Some(Outcome::Partial), Some(Count::Failed)));
    assert_eq!(item.panels[1].outcome, Outcome::Failed);
    let reason = item.reason.unwrap();
    assert_eq!(reason.code, "not_a_subscription");
    assert!(reason.text.contains("fr-2"), "{}", reason.text);
}

#[tokio::test]
async fn three_counters_sum_up_a_job() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .panel("nl-1")
        .purchases(2, &["de-1"])
        .purchases(2, &["fr-2"])
        .purchases(1, &["nl-1"])
        .sale(Sale::on(&["de-1", "fr-2"]))
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    world.panel("nl-1").set(Behaviour::Unknown).await.unwrap();
    let job = world.job(all()).await;
    assert_eq!((job.success, job.failed, job.connection_error), (2, 1, 3));
    assert_eq!((job.done, job.total, job.held), (6, 6, 0));
    let causes: Vec<_> =
        job.causes.iter().map(|cause| (cause.reason.code.as_str(), cause.items)).collect();
    assert_eq!(causes, [("refused", 3), ("unknown_subscription", 1)]);
    assert!(job.floor_ms.is_some_and(|floor| floor <= job.elapsed_ms), "{job:?}");
    let panels: Vec<_> =
        job.panels.iter().map(|panel| (panel.name.as_str(), panel.total, panel.done)).collect();
    assert_eq!(panels, [("de-1", 3, 3), ("fr-2", 3, 3), ("nl-1", 1, 1)]);
}
