//! The core updates by itself: from the database on, whatever happened in between.

use alamor::api::CheckState;
use alamor::api::events::Event;
use alamor::api::jobs::{All, Job, JobState, Scope};
use alamor::client::PageQuery;

use crate::shop::{Shape, Shop, hear, soon};
use crate::store::Store;

/// A shop whose core updates by itself every six hours.
async fn scheduled(shape: Shape) -> Shop {
    let mut shop = Shop::new(shape).await;
    shop.set("UPDATE_EVERY=6h");
    shop
}

/// The first job after this one that ends, whoever asked for it.
async fn ended(shop: &Shop, after: i64) -> Job {
    let is_end = move |event: &Event| {
        event.job().filter(|job| job.id > after && job.state.is_final()).cloned()
    };
    soon(hear(&mut shop.events(), is_end)).await
}

/// Makes every job that is over begin that long ago, as an SQL of our own tables.
async fn age_jobs(shop: &Shop, hours: i64) {
    let ms = hours * 3_600_000;
    let set = format!("SET started_at = started_at - {ms}, created_at = created_at - {ms}");
    match &shop.store {
        Store::File(path) => {
            let ours = Store::File(format!("{}.alamor.db", path.display()).into());
            ours.run(&format!("UPDATE alamor_jobs {set}")).await;
        }
        Store::Server { .. } => shop.store.run(&format!("UPDATE alamor.jobs {set}")).await,
    }
}

/// What the core says of its schedule.
async fn said(shop: &Shop) -> (CheckState, Option<String>) {
    let health = soon(shop.api().get_health()).await.unwrap();
    let check = health.checks.into_iter().find(|check| check.name == "schedule").unwrap();
    (check.state, check.reason)
}

/// Waits until the core says that of its schedule.
async fn until_said(shop: &Shop, wanted: (CheckState, Option<&str>)) {
    let heard = async {
        loop {
            let (state, reason) = said(shop).await;
            if (state, reason.as_deref()) == wanted {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    soon(heard).await;
}

#[tokio::test]
async fn the_schedule_counts_across_restarts_and_what_did_not_change_is_not_written() {
    for shape in [Shape::Newest, Shape::Postgres] {
        let mut shop = scheduled(shape).await;
        shop.begin().await;
        let first = ended(&shop, 0).await;
        assert_eq!((first.by.as_str(), first.state), ("schedule", JobState::Done), "{shape:?}");
        assert!(first.success > 0, "{first:?}");
        shop.stop().await;

        // Six hours are not over: the next one is scheduled, and nothing begins.
        shop.begin().await;
        until_said(&shop, (CheckState::Ok, None)).await;
        assert_eq!(soon(shop.api().list_jobs(&PageQuery::default())).await.unwrap().items.len(), 1);
        shop.stop().await;

        age_jobs(&shop, 7).await;
        let rows = written(&shop).await;
        shop.begin().await;
        let second = ended(&shop, first.id).await;
        assert_eq!((second.by.as_str(), second.id), ("schedule", first.id + 1), "{shape:?}");
        assert_eq!(second.success, first.success);
        shop.stop().await;
        assert_eq!(written(&shop).await, rows, "{shape:?}: no row was written again");
    }
}

/// What tells of a row that it was written again: in PostgreSQL the transaction that wrote it, of a
/// SQLite file its bytes.
async fn written(shop: &Shop) -> Vec<String> {
    match &shop.store {
        Store::File(path) => vec![format!("{:?}", std::fs::read(path).unwrap())],
        Store::Server { .. } => {
            let rows = "SELECT CAST(id AS TEXT) || ' ' || CAST(xmin AS TEXT) FROM purchases";
            shop.store.list(&format!("{rows} ORDER BY id")).await
        }
    }
}

#[tokio::test]
async fn after_the_guards_stop_nothing_begins_by_itself_until_somebody_looked() {
    let mut shop = scheduled(Shape::Newest).await;
    shop.begin().await;
    let first = ended(&shop, 0).await;
    shop.stop().await;
    let Store::File(path) = &shop.store else { panic!("no file") };
    let ours = Store::File(format!("{}.alamor.db", path.display()).into());
    ours.run("UPDATE alamor_jobs SET state = 'stopped'").await;
    age_jobs(&shop, 7).await;

    shop.begin().await;
    let why = format!(
        "the scheduled update is put off: the guard stopped job {}, and nobody looked",
        first.id
    );
    until_said(&shop, (CheckState::Warn, Some(&why))).await;
    // To look is not to decide, and one purchase is not all of them.
    for (scope, dry_run) in [(Scope::All(All::All), true), (Scope::Ids(vec![1]), false)] {
        let job = shop.start_job_of(scope, dry_run).await;
        assert_eq!(shop.finished(job).await.state, JobState::Done);
    }
    shop.stop().await;
    shop.begin().await;
    until_said(&shop, (CheckState::Warn, Some(&why))).await;
    let looked = shop.update_all().await;
    assert_eq!(looked.by, "ali");
    shop.stop().await;

    // Somebody looked; what was missed is due.
    shop.begin().await;
    assert_eq!(ended(&shop, looked.id).await.by, "schedule");
    shop.stop().await;
}
