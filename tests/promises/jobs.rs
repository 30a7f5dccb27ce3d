//! Jobs: joined, refused, cancelled, repeated, gone on with after a restart, and forgotten.

use std::collections::BTreeSet;
use std::time::Duration;

use alamor::api::jobs::{JobState, NewJob, Outcome};
use alamor::client::ClientError;
use alamor::demo::behaviour::Behaviour;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;

use crate::world::{World, all, hear_job, retry, soon, these};

#[tokio::test]
async fn a_dry_run_writes_nothing_and_says_what_would_change() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(3, &["de-1"])
        .purchases(3, &["de-1", "fr-2"])
        .sql("UPDATE purchases SET single_configs_json = '[\"vless://cached1@h:1#c1\"]' WHERE id = 2")
        .start()
        .await;
    world.update(1).await.expect("updated");
    world.update(5).await.expect("updated");
    world.panel("de-1").rotate();
    let before = world.rows.all_that_is_served().await;
    let job = world.job(NewJob { dry_run: true, ..all() }).await;
    assert_eq!((job.state, job.success, job.dry_run), (JobState::Done, 6, true));
    let items = world.items(job.id).await;
    assert!(items.iter().all(|item| item.outcome == Some(Outcome::Updated)), "{items:?}");
    assert_eq!(world.rows.all_that_is_served().await, before);
    world.panel("de-1").set(Behaviour::Fewer(1)).await.unwrap();
    world.job(NewJob { dry_run: true, ..all() }).await;
    assert_eq!(world.rows.all_that_is_served().await, before, "what is held is not noted either");
    assert_eq!(world.subscription("sub-1").await.links().len(), 5);
}

#[tokio::test]
async fn retry_repeats_what_did_not_succeed() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(3, &["de-1"])
        .purchases(2, &["fr-2"])
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Unknown).await.unwrap();
    let job = world.job(all()).await;
    assert_eq!((job.success, job.failed), (3, 2));
    world.panel("fr-2").set(Behaviour::Healthy).await.unwrap();
    let again = world.job(retry(job.id)).await;
    assert_eq!((again.total, again.success, again.retry_of), (2, 2, Some(job.id)));
    // 0 is the last one, and everything in it succeeded.
    let nothing = world.client().start_job(&retry(0)).await.unwrap_err();
    assert!(
        matches!(&nothing, ClientError::Refused(problem) if problem.status == 422),
        "{nothing}"
    );
    let unknown = world.client().start_job(&retry(99)).await.unwrap_err();
    assert!(
        matches!(&unknown, ClientError::Refused(problem) if problem.status == 404),
        "{unknown}"
    );
}

/// A world whose panel answers nobody until it is told to.
async fn hanging(purchases: usize) -> World {
    let world = World::small(purchases).setting("PANEL_TIMEOUT=25s").start().await;
    world.panel("de-1").set(Behaviour::Hang).await.unwrap();
    world
}

#[tokio::test]
async fn an_equal_job_joins_and_any_other_is_refused() {
    let world = hanging(3).await;
    let first = world.start_job(all()).await;
    assert!(!first.joined);
    soon(world.panel("de-1").wait_for_requests(1)).await;
    let joined = world.start_job(NewJob { by: "sara".to_owned(), ..these(&[3, 1, 2]) }).await;
    assert_eq!((joined.id, joined.joined, joined.by.as_str()), (first.id, true, "ali"));
    for other in [
        NewJob { dry_run: true, ..all() },
        NewJob { force: true, ..all() },
        these(&[1]),
        these(&[1, 2, 3, 4]),
    ] {
        let refused = world.client().start_job(&other).await.unwrap_err();
        assert_eq!(refused, ClientError::JobRunning { job: first.id });
    }
    world.client().cancel_job(first.id).await.unwrap();
    let job = world.finished(first.id).await;
    assert_eq!(job.state, JobState::Cancelled);
}

#[tokio::test]
async fn a_cancelled_job_keeps_what_had_ended_and_leaves_the_rest_open() {
    let world = hanging(20).await;
    let accepted = world.start_job(all()).await;
    soon(world.panel("de-1").wait_for_requests(1)).await;
    world.client().cancel_job(accepted.id).await.unwrap();
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.done, job.total), (JobState::Cancelled, 0, 20));
    assert_eq!(job.reason.unwrap().code, "cancelled");
    let items = world.items(job.id).await;
    assert!(items.iter().all(|item| item.outcome.is_none()));
    let again = world.client().cancel_job(job.id).await.unwrap_err();
    assert!(matches!(&again, ClientError::Refused(problem) if problem.status == 404));
    // It is over: the next one may begin, and does not wait for the questions that were given up.
    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    assert_eq!(world.job(all()).await.success, 20);
}

#[tokio::test]
async fn a_job_that_has_ended_is_in_nobodys_way() {
    let world = World::small(2).start().await;
    for expected in 1..=8 {
        let job = world.job(all()).await;
        assert_eq!(job.id, expected, "none joins one that has ended");
        let other = world.job(NewJob { dry_run: true, ..these(&[1]) }).await;
        world.rows.run(&format!("DELETE FROM alamor_jobs WHERE id = {}", other.id)).await;
        world.rows.run("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'alamor_jobs'").await;
    }
}

#[tokio::test]
async fn a_job_goes_on_after_a_restart_and_each_item_ends_once() {
    let spec = PanelSpec::new("de-1", Make::ThreeXui360).latency(Duration::from_millis(2));
    let mut world = World::with().panel_like(spec).purchases(60, &["de-1"]).start().await;
    world.rows.run(LOG_ENDS).await;
    let accepted = world.start_job(all()).await;
    soon(world.panel("de-1").wait_for_requests(25)).await;
    world.restart().await;
    // Equal to the one that goes on: it joins, although part of that one is over.
    let joined = world.start_job(all()).await;
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.total, job.done, job.success), (JobState::Done, 60, 60, 60));
    assert_eq!((joined.id, joined.joined), (accepted.id, true));
    assert_eq!(world.rows.number("SELECT count(*) FROM ends").await, 60);
    assert_eq!(world.rows.number("SELECT count(DISTINCT purchase) FROM ends").await, 60);
    assert_eq!((job.panels[0].total, job.panels[0].done), (60, 60));
}

/// Notes every item that ends.
const LOG_ENDS: &str = "CREATE TABLE ends (job INTEGER, purchase INTEGER); \
    CREATE TRIGGER log_ends AFTER UPDATE OF outcome ON alamor_items \
    BEGIN INSERT INTO ends VALUES (NEW.job_id, NEW.purchase_id); END";

/// A job that a killed core left is not overtaken by one that comes at the start.
#[tokio::test]
async fn a_job_that_comes_at_the_start_meets_the_one_that_was_left() {
    let mut world = hanging(3).await;
    let left = world.start_job(all()).await;
    soon(world.panel("de-1").wait_for_requests(1)).await;
    world.restart().await;
    let refused = world.client().start_job(&these(&[1])).await;
    assert_eq!(refused.unwrap_err(), ClientError::JobRunning { job: left.id });
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    assert_eq!(world.finished(left.id).await.connection_error, 3);
}

#[tokio::test]
async fn the_last_fifty_jobs_are_kept_and_items_that_did_not_change_are_counts() {
    let world = World::small(2).start().await;
    let first = world.job(all()).await;
    assert_eq!(world.items(first.id).await.len(), 2);
    let second = world.job(all()).await;
    assert_eq!((second.success, world.items(second.id).await.len()), (2, 0));
    let many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60) \
                INSERT INTO alamor_jobs (state, by_whom, dry_run, force, created_at, finished_at, total) \
                SELECT 'done', 'sql', 0, 0, 1, 2, 0 FROM n";
    world.rows.run(many).await;
    let last = world.job(all()).await;
    assert_eq!(last.id, 63);
    assert_eq!(world.rows.number("SELECT count(*) FROM alamor_jobs").await, 50);
    assert_eq!(world.rows.number("SELECT min(id) FROM alamor_jobs").await, 14);
    let items = "SELECT count(*) FROM alamor_items WHERE job_id < 14";
    assert_eq!(world.rows.number(items).await, 0, "their items went with them");
}

#[tokio::test]
async fn unchanged_items_are_listed_until_the_job_has_ended() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(3, &["de-1"])
        .purchases(1, &["fr-2"])
        .setting("PANEL_TIMEOUT=25s")
        .start()
        .await;
    world.job(all()).await;
    world.panel("fr-2").set(Behaviour::Hang).await.unwrap();
    let mut events = world.events();
    let accepted = world.start_job(all()).await;
    hear_job(&mut events, |job| job.id == accepted.id && job.done == 3).await;
    let outcomes: Vec<_> = world.items(accepted.id).await.iter().map(|item| item.outcome).collect();
    let unchanged = Some(Outcome::Unchanged);
    assert_eq!(outcomes, [unchanged, unchanged, unchanged, None]);
    world.client().cancel_job(accepted.id).await.unwrap();
    world.finished(accepted.id).await;
}

#[tokio::test]
async fn a_job_updates_active_purchases_only_and_names_each_once() {
    let world =
        World::small(4).sql("UPDATE purchases SET is_active = 0 WHERE id = 2").start().await;
    assert_eq!(world.job(all()).await.total, 3);
    let job = world.job(these(&[4, 4, 2, 77])).await;
    let items = world.items(job.id).await;
    let codes: BTreeSet<_> = items
        .iter()
        .filter_map(|item| Some((item.purchase_id, item.reason.clone()?.code)))
        .collect();
    let expected = [(2, "not_active".to_owned()), (77, "not_found".to_owned())];
    assert_eq!(codes, BTreeSet::from(expected));
    assert_eq!((job.total, job.success, job.failed), (3, 1, 2));
}
