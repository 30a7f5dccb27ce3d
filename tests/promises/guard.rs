//! The guard: a broken panel costs nobody a link.
//!
//! Deliberately absent: how many questions the guard spares. That depends on how far the writer is
//! behind the panels, and nothing is lost by it.

use std::time::Duration;

use alamor::api::jobs::{JobState, NewJob, Outcome};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;

use crate::world::{World, all};

/// Purchases on `good-1` to `good-5` and, the last ones, on `bad-1`; all of them updated once.
async fn business(good: usize, bad: usize) -> World {
    let mut plan = World::with();
    for name in ["good-1", "good-2", "good-3", "good-4", "good-5"] {
        plan = plan.panel_like(unhurried(name)).purchases(good / 5, &[name]);
    }
    let world = plan.panel_like(unhurried("bad-1")).purchases(bad, &["bad-1"]).start().await;
    let job = world.job(all()).await;
    assert_eq!(job.success, job.total);
    world
}

/// As slow as a panel next door.
fn unhurried(name: &str) -> PanelSpec {
    PanelSpec::new(name, Make::ThreeXui360).latency(Duration::from_millis(25))
}

async fn links(world: &World) -> Vec<String> {
    world.rows.list("SELECT single_configs_json FROM purchases ORDER BY id").await
}

async fn held_anywhere(world: &World) -> Vec<(i64, Option<Outcome>, String)> {
    let items = world.items(world.client().get_job(0).await.unwrap().id).await;
    let lost = items
        .into_iter()
        .filter_map(|item| Some((item.purchase_id, item.outcome, item.reason?.code)));
    lost.collect()
}

#[tokio::test]
async fn one_broken_panel_of_many_is_left_out_and_nobody_loses_a_link() {
    let world = business(300, 70).await;
    let before = links(&world).await;
    world.panel("bad-1").set(Behaviour::Fewer(1)).await.unwrap();
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success, job.failed, job.held), (JobState::Done, 300, 70, 0));
    let left_out = job.panels.iter().find(|panel| panel.name == "bad-1").unwrap();
    let reason = left_out.left_out.clone().unwrap();
    assert_eq!(reason.code, "guard");
    assert!(reason.text.contains("bad-1") && reason.text.contains("--force"), "{}", reason.text);
    let after = links(&world).await;
    assert_eq!(after[300..], before[300..]);
    for (_, outcome, code) in held_anywhere(&world).await {
        assert!(["would_lose_links", "panel_left_out"].contains(&code.as_str()), "{code}");
        assert_eq!(outcome, Some(Outcome::Kept), "{code}");
    }
}

#[tokio::test]
async fn a_job_on_one_broken_panel_stops_and_says_why() {
    let world = World::with().panel_like(unhurried("de-1")).purchases(100, &["de-1"]).start().await;
    world.job(all()).await;
    let before = links(&world).await;
    world.panel("de-1").set(Behaviour::Fewer(2)).await.unwrap();
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success, job.held), (JobState::Stopped, 0, 0));
    let reason = job.reason.unwrap();
    assert_eq!(reason.code, "guard");
    assert!(reason.text.contains("de-1") && reason.text.contains("--force"), "{}", reason.text);
    assert!(job.failed >= 20 && job.failed == job.done, "{} of {}", job.failed, job.done);
    assert_eq!(links(&world).await, before);
    // Those that wanted to: forced, the same job writes them.
    let forced = world.job(NewJob { force: true, ..all() }).await;
    assert_eq!((forced.state, forced.success), (JobState::Done, 100));
    assert_eq!(world.rows.kept(1).await.len(), 2);
}

#[tokio::test]
async fn two_broken_panels_stop_the_job() {
    let world = World::with()
        .panel("de-1")
        .panel("bad-1")
        .panel("bad-2")
        .purchases(240, &["de-1"])
        .purchases(30, &["bad-1"])
        .purchases(30, &["bad-2"])
        .start()
        .await;
    world.job(all()).await;
    let before = links(&world).await;
    for name in ["bad-1", "bad-2"] {
        world.panel(name).set(Behaviour::Fewer(1)).await.unwrap();
    }
    let job = world.job(all()).await;
    assert_eq!(job.state, JobState::Stopped, "{job:?}");
    assert_eq!(links(&world).await[240..], before[240..]);
}

#[tokio::test]
async fn a_loss_on_panels_that_proved_themselves_is_written_at_the_end() {
    let world = World::small(40).start().await;
    world.job(all()).await;
    for id in 1..=3 {
        assert!(
            world
                .panel("de-1")
                .change(&format!("sub-{id}"), |customer| customer.inbounds.truncate(1))
        );
    }
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success, job.held), (JobState::Done, 40, 0));
    let items = world.items(job.id).await;
    let ended: Vec<_> =
        items.iter().map(|item| (item.purchase_id, item.outcome, item.links)).collect();
    let updated = Some(Outcome::Updated);
    assert_eq!(ended, [(1, updated, 1), (2, updated, 1), (3, updated, 1)]);
    assert_eq!(world.rows.kept(1).await.len(), 1);
    assert_eq!(world.subscription("sub-1").await.links().len(), 1);
}

#[tokio::test]
async fn a_loss_on_a_panel_with_few_items_is_kept() {
    let world = business(40, 10).await;
    assert!(world.panel("bad-1").change("sub-41", |customer| customer.inbounds.truncate(1)));
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success, job.failed), (JobState::Done, 49, 1));
    let kept = (41, Some(Outcome::Kept), "would_lose_links".to_owned());
    assert_eq!(held_anywhere(&world).await, [kept]);
    assert_eq!(world.rows.kept(41).await.len(), 5);
}

#[tokio::test]
async fn a_dry_run_of_a_broken_panel_stops_like_a_real_one() {
    let world = World::small(40).start().await;
    world.job(all()).await;
    let before = world.rows.all_that_is_served().await;
    world.panel("de-1").set(Behaviour::Fewer(1)).await.unwrap();
    let job = world.job(NewJob { dry_run: true, ..all() }).await;
    assert_eq!(job.state, JobState::Stopped);
    assert_eq!(world.rows.all_that_is_served().await, before);
}

/// The panel that is broken answers at once, all others later: were the job judged by what is there
/// first, it would stop.
#[tokio::test]
async fn a_broken_panel_that_is_quicker_than_the_others_stops_nothing() {
    let mut plan = World::with().panel("bad-1").purchases(30, &["bad-1"]);
    for name in ["good-1", "good-2", "good-3", "good-4"] {
        plan = plan.panel(name).purchases(30, &[name]);
    }
    let world = plan.start().await;
    world.job(all()).await;
    world.panel("bad-1").set(Behaviour::Fewer(1)).await.unwrap();
    for name in ["good-1", "good-2", "good-3", "good-4"] {
        let slow = Behaviour::Slow(Duration::from_millis(300));
        world.panel(name).set(slow).await.unwrap();
    }
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success, job.failed), (JobState::Done, 120, 30), "{job:?}");
}

/// A panel on which more than a fifth would lose, in a job of which it is a small part: those that
/// were judged before the guard spoke are kept too.
#[tokio::test]
async fn what_was_judged_before_the_guard_spoke_is_kept_like_the_rest() {
    let world = business(200, 40).await;
    for id in 201..=240 {
        if id % 2 == 0 {
            assert!(
                world
                    .panel("bad-1")
                    .change(&format!("sub-{id}"), |customer| customer.inbounds.truncate(1))
            );
        }
    }
    let job = world.job(all()).await;
    assert_eq!(job.state, JobState::Done, "{job:?}");
    for id in 201..=240 {
        assert_eq!(world.rows.kept(id).await.len(), 5, "{id}");
    }
}
