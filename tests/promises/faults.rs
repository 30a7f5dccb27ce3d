//! The database is locked, taken, damaged; purchases and panels vanish in the middle.

use std::time::Duration;

use alamor::api::jobs::{JobState, Outcome};
use alamor::api::panels::PanelState;
use alamor::core::{Role, StartError};
use alamor::database::error::OpenError;
use alamor::demo::behaviour::Behaviour;
use sqlx::Connection as _;

use crate::world::{World, all, hear_job, soon, these};

#[tokio::test]
async fn a_job_waits_for_a_locked_database_and_goes_on() {
    let world = World::small(20).start().await;
    let mut events = world.events();
    let accepted = world.start_job(all()).await;
    hear_job(&mut events, |job| job.id == accepted.id).await;
    let mut lock = world.rows.connect().await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
    // Readers are not locked out: subscribers and the console are answered meanwhile.
    soon(world.panel("de-1").wait_for_requests(20)).await;
    assert_eq!(world.api("/purchases").await.status, 200);
    sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
    lock.close().await.unwrap();
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.success), (JobState::Done, 20));
}

/// Longer than a connection waits for a lock: the write fails, and the job tries again.
#[tokio::test]
async fn a_job_outlasts_a_database_that_is_locked_for_longer_than_it_waits() {
    let world = World::small(10).start().await;
    // The bot's button fails once the lock was waited for in vain: that is the sign.
    let mut lock = world.rows.connect().await;
    world.panel("de-1").set(Behaviour::Hang).await.unwrap();
    let accepted = world.start_job(all()).await;
    soon(world.panel("de-1").wait_for_requests(1)).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    let answer = world.update(1).await;
    assert_eq!(answer.status_and_body(), (500, "Internal server error"));
    sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
    lock.close().await.unwrap();
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.done), (JobState::Done, 10));
}

#[tokio::test]
async fn a_second_core_is_told_who_the_first_one_is() {
    let world = World::small(1).start().await;
    for role in [Role::Serve, Role::Embedded] {
        let error = world.another_core(role).await.unwrap_err();
        let StartError::Database(OpenError::Taken { owner, .. }) = &error else {
            panic!("{error}");
        };
        let expected = format!("pid {}, serve, {}", std::process::id(), world.url(""));
        assert_eq!(owner.as_ref().map(ToString::to_string), Some(expected));
    }
    world.update(1).await.expect("updated");
}

#[tokio::test]
async fn an_embedded_core_yields_to_one_that_serves_and_its_job_goes_on_there() {
    let mut world =
        World::small(12).role(Role::Embedded).setting("PANEL_TIMEOUT=25s").start().await;
    world.panel("de-1").set(Behaviour::Hang).await.unwrap();
    let accepted = world.start_job(all()).await;
    soon(world.panel("de-1").wait_for_requests(1)).await;
    let embedded = world.detach();
    let stopping = embedded.stopping();
    let began = std::time::Instant::now();
    let yielding = async {
        stopping.cancelled().await;
        embedded.stop().await;
    };
    let (serving, ()) = tokio::join!(soon(world.another_core(Role::Serve)), soon(yielding));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    world.attach(serving.unwrap());
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.success), (JobState::Done, 12));
}

#[tokio::test]
async fn a_row_that_cannot_be_decrypted_makes_its_panel_unusable_and_no_other() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchase(&["de-1"])
        .purchase(&["fr-2"])
        .purchase(&["de-1", "fr-2"])
        .sql("UPDATE servers SET password = 'not a token' WHERE name = 'fr-2'")
        .start()
        .await;
    world.update(1).await.expect("updated");
    let item = world.update_as_item(2).await;
    assert_eq!(item.outcome, Some(Outcome::Failed));
    assert_eq!(item.reason.unwrap().code, "panel_unusable");
    world.update(3).await.expect("partial");
    let states: Vec<_> = world
        .client()
        .list_panels()
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|panel| (panel.name, panel.state))
        .collect();
    let expected =
        [("de-1".to_owned(), PanelState::Reachable), ("fr-2".to_owned(), PanelState::Unusable)];
    assert_eq!(states, expected);
    assert_eq!(world.panel("fr-2").counts().requests, 0);
}

#[tokio::test]
async fn a_purchase_that_is_deleted_in_the_middle_of_a_job_fails_alone() {
    let world = World::small(5).setting("PANEL_TIMEOUT=25s").start().await;
    world.panel("de-1").set(Behaviour::Slow(Duration::from_millis(300))).await.unwrap();
    let accepted = world.start_job(all()).await;
    soon(world.panel("de-1").wait_for_requests(5)).await;
    world.rows.run("DELETE FROM purchases WHERE id = 3").await;
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.success, job.failed), (JobState::Done, 4, 1));
    let items = world.items(job.id).await;
    let item = items.iter().find(|item| item.purchase_id == 3).unwrap();
    assert_eq!(item.reason.as_ref().unwrap().code, "not_found");
    assert!(world.rows.slices(3).await.is_empty());
}

#[tokio::test]
async fn a_panel_that_vanishes_in_the_middle_of_a_job_costs_only_its_own() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(40, &["de-1"])
        .purchases(40, &["fr-2"])
        .start()
        .await;
    let fr = world.panel("fr-2");
    fr.set(Behaviour::Slow(Duration::from_millis(20))).await.unwrap();
    let accepted = world.start_job(all()).await;
    soon(fr.wait_for_requests(17)).await;
    fr.set(Behaviour::Refuse).await.unwrap();
    let job = world.finished(accepted.id).await;
    assert_eq!((job.state, job.done), (JobState::Done, 80));
    assert!(job.success >= 40 && job.connection_error > 0, "{job:?}");
    let of_de = world.items(job.id).await.into_iter().filter(|item| item.purchase_id <= 40);
    assert!(of_de.into_iter().all(|item| item.outcome == Some(Outcome::Updated)));
}

#[tokio::test]
async fn a_panel_that_the_bot_deletes_leaves_its_links() {
    let mut world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    world.rows.run("DELETE FROM servers").await;
    world.restart().await;
    let answer = world.update(1).await;
    assert_eq!(answer.status, 500, "{answer:?}");
    assert_eq!(world.rows.kept(1).await.len(), 5);
    assert_eq!(world.subscription("sub-1").await.links().len(), 5);
}

#[tokio::test]
async fn an_unknown_shape_and_a_missing_file_end_the_start() {
    let world =
        World::small(1).sql("ALTER TABLE servers DROP COLUMN panel_url").without_core().await;
    let error = world.another_core(Role::Serve).await.unwrap_err();
    assert!(matches!(error, StartError::Database(OpenError::UnknownShape { .. })), "{error}");
    let world = World::small(1).without_core().await;
    std::fs::write(&world.rows.0, "no database, and longer than its first sixteen bytes").unwrap();
    let error = world.another_core(Role::Serve).await.unwrap_err();
    assert!(matches!(error, StartError::Database(OpenError::NotADatabase { .. })), "{error}");
    std::fs::remove_file(&world.rows.0).unwrap();
    let error = world.another_core(Role::Serve).await.unwrap_err();
    assert!(matches!(error, StartError::Database(OpenError::Missing { .. })), "{error}");
}

#[tokio::test]
async fn a_job_over_nothing_is_refused() {
    let world = World::small(0).start().await;
    let error = world.client().start_job(&all()).await.unwrap_err();
    assert!(
        matches!(&error, alamor::client::ClientError::Refused(problem) if problem.code == "nothing_to_update")
    );
    let error = world.client().start_job(&these(&[])).await.unwrap_err();
    assert!(
        matches!(&error, alamor::client::ClientError::Refused(problem) if problem.status == 422)
    );
}
