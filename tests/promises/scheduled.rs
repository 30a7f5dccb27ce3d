//! With a schedule, panels are asked by the core's own rounds, and by no subscriber.

use alamor::api::jobs::{Job, JobState};
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;
use alamor::demo::traffic::Kind;

use crate::sale::bots_id;
use crate::world::{World, hear_job};

/// On each of two panels, one for each way of reading a list.
const PURCHASES: usize = 12;

async fn scheduled() -> World {
    World::with()
        .panel_like(PanelSpec::new("de-1", Make::ThreeXui360))
        .panel_like(PanelSpec::new("nl-1", Make::ThreeXui2811))
        .logins()
        .bots_purchases(PURCHASES, &["de-1"])
        .bots_purchases(PURCHASES, &["nl-1"])
        .setting("UPDATE_EVERY=5m")
        .start()
        .await
}

/// The first job after this one that the schedule begins, ended.
async fn ended(world: &World, after: i64) -> Job {
    let is_end = |job: &Job| job.id > after && job.state.is_final();
    let job = hear_job(&mut world.events(), is_end).await;
    assert_eq!((job.by.as_str(), job.state), ("schedule", JobState::Done), "{job:?}");
    assert_eq!(job.success, 2 * PURCHASES as u64, "{job:?}");
    job
}

/// Lets so many minutes pass for what was fetched, while the core is stopped. What was compared stays
/// so: the audit asks panels as well.
async fn age_links(world: &World, minutes: i64) {
    let by = minutes * 60_000;
    let sql = format!(
        "UPDATE alamor_slices SET fetched_at = fetched_at - {by},
             compared_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
         UPDATE alamor_purchases SET attempted_at = attempted_at - {by}, oldest_at = oldest_at - {by}"
    );
    world.rows.run(&sql).await;
}

/// What panels were asked for anybody's links. How they are is the core's own question.
fn asked(world: &World) -> u64 {
    let counts = ["de-1", "nl-1"].map(|name| world.panel(name).counts());
    let kinds = [Kind::Subscription, Kind::List, Kind::AllLinks];
    counts.iter().flat_map(|counts| kinds.map(|kind| counts.of(kind))).sum()
}

/// Everybody asks once. How often panels were asked meanwhile, and the oldest age, in seconds.
async fn everybody_asks(world: &World) -> (u64, u64) {
    let before = asked(world);
    let mut oldest = 0;
    for number in 1..=2 * PURCHASES {
        let answer = world.subscription(&bots_id(number)).await;
        assert_eq!(answer.links().len(), 5, "purchase {number}");
        oldest = oldest.max(answer.header("x-config-age").unwrap().parse().unwrap());
    }
    (asked(world) - before, oldest)
}

#[tokio::test]
async fn with_a_schedule_no_request_of_a_subscriber_reaches_a_panel() {
    let mut world = scheduled().await;
    let first = ended(&world, 0).await;
    let ways: Vec<_> = first.panels.iter().map(|panel| panel.way.as_str()).collect();
    assert_eq!(ways, ["links", "learned"]);
    let (reached, age) = everybody_asks(&world).await;
    assert!(reached == 0 && age < 60, "{reached} requests, {age} s");

    // The next job is late: nine minutes are more than a round and a tenth of it.
    world.stop().await;
    age_links(&world, 9).await;
    world.begin().await;
    let (reached, age) = everybody_asks(&world).await;
    assert!(reached == 0 && (540..600).contains(&age), "{reached} requests, {age} s");

    // It comes, and nothing changed: what was confirmed is young again, also after a restart.
    world.stop().await;
    let ago = "UPDATE alamor_jobs SET started_at = started_at - 360000";
    world.rows.run(ago).await;
    world.begin().await;
    ended(&world, first.id).await;
    for _ in 0..2 {
        let (reached, age) = everybody_asks(&world).await;
        assert!(reached == 0 && age < 60, "{reached} requests, {age} s");
        world.restart().await;
    }

    // Without the schedule's jobs it ends: then they are asked.
    world.stop().await;
    age_links(&world, 11).await;
    world.begin().await;
    let (reached, _) = everybody_asks(&world).await;
    assert!(reached >= 2 * PURCHASES as u64, "{reached} requests");
}
