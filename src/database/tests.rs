//! The database on a real file: what is written together, what is refused, what is kept.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Connection as _, Row as _, SqliteConnection};
use tempfile::TempDir;

use super::ahead::{Ahead, Seen};
use super::early::Early;
use super::item_filter::Which;
use super::new::{Filler, NewPanel, NewPurchase, create};
use super::purchases::Summary;
use super::settle::{Change, Judge, Verdict};
use super::*;
use crate::domain::ids::PanelId;
use crate::domain::job::{ItemEnd, JobState};
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::slice::{Headers, Origin, Slice, Source};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn cipher() -> Cipher {
    Cipher::new(&KEY.into()).unwrap()
}

/// A folder with a database of one panel and `purchases` purchases.
async fn shop(purchases: i64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    create(&path).await.unwrap();
    let mut filler = Filler::begin(&path, cipher()).await.unwrap();
    let panel = filler
        .add_panel(&NewPanel {
            name: "de-1".into(),
            kind: "x-ui".into(),
            panel_url: "https://panel.example.net:2053/base".into(),
            username: "admin".into(),
            password: "adminpass".into(),
            subscription_base_url: "https://panel.example.net:2096".into(),
            subscription_path_prefix: "/s/".into(),
        })
        .await
        .unwrap();
    for user in 1..=purchases {
        filler.add_purchase(&purchase(user, panel)).await.unwrap();
    }
    filler.commit().await.unwrap();
    (folder, path)
}

fn purchase(user: i64, panel: PanelId) -> NewPurchase {
    NewPurchase {
        user,
        name: None,
        panel: Some(panel),
        profile: None,
        sub_id: format!("subscription-{user}"),
        expires: Some("2027-03-01 12:00:00".into()),
        volume_gb: 50.0,
        client_uuid: None,
        client_email: None,
        active: true,
        links_json: None,
    }
}

async fn open(path: &Path) -> Database {
    Database::open(Place::file(path), Some(cipher()), &owner()).await.unwrap()
}

fn owner() -> Owner {
    Owner { pid: 812, role: "serve".to_owned(), url: "http://127.0.0.1:8080".to_owned() }
}

/// Changes the file behind the database's back.
async fn edit(path: &Path, sql: &'static str) {
    let mut connection = SqliteConnection::connect_with(&files::options(path)).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn end() -> ItemEnd {
    ItemEnd {
        outcome: Outcome::Updated,
        count_as: CountAs::Success,
        links: 1,
        reason: None,
        panels: Vec::new(),
        notes: vec!["a note".into()],
        changes: None,
        took_ms: Some(5),
        finished_at: 1_000,
    }
}

/// A judge that gives the purchase one link, whatever was there.
fn judge() -> Judge {
    let slice = Arc::new(Slice {
        source: Source::Panel(PanelId(1)),
        links: "vless://u@h:1#c".into(),
        fetched_at: Some(900),
        headers: Headers::new(),
        origin: Origin::default(),
    });
    Arc::new(move |_, _| Settlement {
        verdict: Verdict::Ended(end()),
        change: Some(Change {
            upsert: vec![slice.clone()],
            delete: vec![Source::Before],
            json: Some("[\"vless://u@h:1#c\"]".into()),
            summary: Summary::untried(1),
            held: None,
        }),
        served: vec![slice.clone()],
    })
}

fn order(purchases: i64) -> JobOrder {
    JobOrder {
        by: "ali".into(),
        dry_run: false,
        force: false,
        retry_of: None,
        purchases: (1..=purchases).map(PurchaseId).collect(),
        scope: crate::domain::job::Scope::All,
    }
}

#[tokio::test]
async fn an_item_ends_together_with_its_slices_or_not_at_all() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    let job = database.insert_job(order(1), 0).await.unwrap();
    edit(
        &path,
        "CREATE TRIGGER stop BEFORE UPDATE ON alamor_items \
         BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END",
    )
    .await;
    let settle = || Settle { purchase: PurchaseId(1), job: Some(job), judge: judge() };
    database.settle(settle()).await.unwrap_err();
    let known = database.find_known(PurchaseId(1)).await.unwrap().unwrap();
    assert!(known.slices.is_empty() && known.kept.lines().is_empty());

    edit(&path, "DROP TRIGGER stop").await;
    database.settle(settle()).await.unwrap();
    let known = database.find_known(PurchaseId(1)).await.unwrap().unwrap();
    assert_eq!((known.slices.len(), known.kept.lines().len()), (1, 1));
    assert!(known.kept_is_ours);
    let items = database.list_items(job, Which::All, PurchaseId(0), 10).await.unwrap();
    assert_eq!(items[0].end, Some(end()));
}

#[tokio::test]
async fn an_item_that_ended_never_changes() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    let job = database.insert_job(order(1), 0).await.unwrap();
    let settle = |judge| Settle { purchase: PurchaseId(1), job: Some(job), judge };
    database.settle(settle(judge())).await.unwrap();
    let late = ItemEnd { outcome: Outcome::Failed, ..end() };
    let late: Judge = Arc::new(move |_, _| Settlement {
        verdict: Verdict::Ended(late.clone()),
        change: None,
        served: Vec::new(),
    });
    database.settle(settle(late)).await.unwrap();
    let items = database.list_items(job, Which::All, PurchaseId(0), 10).await.unwrap();
    assert_eq!(items[0].end.as_ref().unwrap().outcome, Outcome::Updated);
}

#[tokio::test]
async fn the_bots_columns_are_read_by_their_conventions() {
    let (_folder, path) = shop(1).await;
    edit(
        &path,
        "UPDATE purchases SET is_active = NULL, sub_id = '', single_configs_json = '{oops'",
    )
    .await;
    let database = open(&path).await;
    let known = database.find_known(PurchaseId(1)).await.unwrap().unwrap();
    assert!(!known.purchase.active);
    assert_eq!(known.purchase.sub_id, None);
    assert!(known.kept.lines().is_empty());
    assert_eq!((known.purchase.user, known.purchase.customer), (Some(1), Some(1)));
    assert!(known.purchase.expires_at.is_some());
}

#[tokio::test]
async fn one_damaged_column_makes_one_panel_unusable_and_no_other() {
    let (_folder, path) = shop(1).await;
    edit(
        &path,
        "INSERT INTO servers SELECT 2, 'nl-1', panel_type, panel_url, username, 'damaged', \
         subscription_base_url, subscription_path_prefix, 1, NULL, 0 FROM servers WHERE id = 1",
    )
    .await;
    let database = open(&path).await;
    let (panels, _) = database.list_panels().await.unwrap();
    let usable: Vec<_> = panels.iter().map(|p| (p.name.as_str(), p.address.is_some())).collect();
    assert_eq!(usable, [("de-1", true), ("nl-1", false)]);
    let address = panels[0].address.as_ref().unwrap();
    assert_eq!(address.subscription_base_url, "https://panel.example.net:2096");
    assert!(!format!("{panels:?}").contains("adminpass"));
}

#[tokio::test]
async fn updated_at_is_written_where_it_exists_and_nowhere_else() {
    let (_folder, path) = shop(1).await;
    edit(&path, "ALTER TABLE purchases ADD COLUMN updated_at TIMESTAMP").await;
    let database = open(&path).await;
    let shape = database.shape().unwrap();
    assert!(shape.starts_with("SQLite 3."), "{shape}");
    assert!(
        shape.ends_with(", newest shape, with updated_at, alamor's own in the same file"),
        "{shape}"
    );
    let settle = Settle { purchase: PurchaseId(1), job: None, judge: judge() };
    database.settle(settle).await.unwrap();
    let mut connection = SqliteConnection::connect_with(&files::options(&path)).await.unwrap();
    let row = sqlx::query("SELECT updated_at IS NOT NULL AS dated FROM purchases")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(row.try_get::<bool, _>("dated").unwrap());
}

#[tokio::test]
async fn many_callers_are_written_and_answered() {
    let (_folder, path) = shop(300).await;
    let database = open(&path).await;
    let job = database.insert_job(order(300), 0).await.unwrap();
    let settles = (1..=300).map(|id| {
        database.settle(Settle { purchase: PurchaseId(id), job: Some(job), judge: judge() })
    });
    let results = futures_util::future::join_all(settles).await;
    assert!(results.iter().all(Result::is_ok));
    let items = database.list_items(job, Which::All, PurchaseId(0), 500).await.unwrap();
    assert_eq!(items.iter().filter(|item| item.end.is_some()).count(), 300);
}

/// Settles purchases 2 to 201, the last by `last`. The first purchase is being written until all of
/// these wait: so they are a batch that is judged ahead.
async fn settle_ahead(database: &Arc<Database>, last: Judge) {
    let (all_wait, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let has_begun = Arc::new(tokio::sync::Notify::new());
    let begun = Arc::clone(&has_begun);
    let first: Judge = Arc::new(move |known, products| {
        begun.notify_one();
        let _ = wait.lock().unwrap().recv();
        judge()(known, products)
    });
    let settle = |id: i64, judge: Judge| {
        let settle = Settle { purchase: PurchaseId(id), job: None, judge };
        let database = Arc::clone(database);
        async move { database.settle(settle).await }
    };
    let writing = tokio::spawn(settle(1, first));
    has_begun.notified().await;
    let others = (2..201).map(|id| settle(id, judge())).chain([settle(201, last)]);
    // In one go: then all of them wait.
    let others = tokio::task::unconstrained(futures_util::future::join_all(others));
    let told = async { all_wait.send(()).unwrap() };
    let (others, ()) = tokio::join!(others, told);
    assert!(others.iter().all(Result::is_ok));
    writing.await.unwrap().unwrap();
}

/// A judge that notes what it sees of a purchase, each time.
fn noting<T: Send + 'static>(
    see: impl Fn(&Known) -> T + Send + Sync + 'static,
) -> (Judge, Arc<Mutex<Vec<T>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let judge: Judge = Arc::new(move |known, products| {
        let what = see(known.unwrap());
        noted.lock().unwrap().push(what);
        judge()(known, products)
    });
    (judge, seen)
}

const SWITCHED_OFF: &str = "UPDATE purchases SET is_active = 0 WHERE id = 201";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_bot_writes_while_a_batch_is_judged_ahead_is_seen() {
    for early in [false, true] {
        let (_folder, path) = shop(201).await;
        let database = Arc::new(open(&path).await);
        if early {
            let all: Vec<PurchaseId> = (1..=201).map(PurchaseId).collect();
            assert!(database.read_early(&all).await.unwrap());
        }
        let (bots, is_first) = (path.clone(), AtomicBool::new(true));
        let (last, seen) = noting(move |known| {
            if is_first.swap(false, Ordering::Relaxed) {
                let bots = bots.clone();
                let writing = std::thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.unwrap().block_on(edit(&bots, SWITCHED_OFF));
                });
                writing.join().unwrap();
            }
            known.purchase.active
        });
        settle_ahead(&database, last).await;
        // What was seen before it wrote did not count.
        assert_eq!(*seen.lock().unwrap(), [true, false], "read early: {early}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_written_after_purchases_were_read_early_is_seen() {
    let (_folder, path) = shop(201).await;
    let database = Arc::new(open(&path).await);
    let all: Vec<PurchaseId> = (1..=201).map(PurchaseId).collect();

    assert!(database.read_early(&all).await.unwrap());
    let settle = Settle { purchase: PurchaseId(201), job: None, judge: judge() };
    database.settle(settle).await.unwrap();
    let (last, seen) = noting(|known| (known.purchase.active, known.slices.len()));
    settle_ahead(&database, last).await;
    assert_eq!(*seen.lock().unwrap(), [(true, 1)]);

    assert!(database.read_early(&all).await.unwrap());
    edit(&path, SWITCHED_OFF).await;
    let (last, seen) = noting(|known| known.purchase.active);
    settle_ahead(&database, last).await;
    assert_eq!(*seen.lock().unwrap(), [false]);
}

#[tokio::test]
async fn what_was_read_early_is_given_once_and_whole_and_only_if_nobody_wrote() {
    let (_folder, path) = shop(4).await;
    let database = open(&path).await;
    let reading = database.reading().unwrap();
    let (readers, shape) = (reading.readers.clone(), Arc::clone(&reading.shape));
    let mut early = Early::new(Ahead { readers, shape });
    let seen = |own| Seen { version: (1, 1), own };
    let ids = |ids: &[i64]| ids.iter().copied().map(PurchaseId).collect::<HashSet<_>>();
    let all = [1, 2, 3, 4].map(PurchaseId);

    assert!(early.read(seen(0), &all).await.unwrap());
    early.forget(&ids(&[4]));
    let found = early.take(seen(0), &ids(&[1, 2])).unwrap();
    assert_eq!(found.loaded.len(), 2);
    assert!(early.take(seen(0), &ids(&[2])).is_none(), "once");
    assert!(early.take(seen(0), &ids(&[3, 4])).is_none(), "whole");

    early.read(seen(0), &all).await.unwrap();
    assert!(early.take(seen(1), &ids(&[1])).is_none(), "somebody wrote");
    assert!(early.take(seen(0), &ids(&[1])).is_none(), "and what was read then is gone");

    early.read(seen(1), &all).await.unwrap();
    early.read(seen(2), &all[..1]).await.unwrap();
    assert!(early.take(seen(2), &ids(&[2])).is_none(), "it was read before somebody wrote");
}

#[tokio::test]
async fn a_finished_job_forgets_what_did_not_change_and_the_oldest_jobs() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    for _ in 0..55 {
        let id = database.insert_job(order(1), 0).await.unwrap();
        let mut job = database.find_job(id).await.unwrap().unwrap();
        (job.state, job.finished_at) = (JobState::Done, Some(1));
        database.finish_job(job).await.unwrap();
    }
    let jobs = database.list_jobs(None, 100).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].id, jobs[49].id), (50, JobId(55), JobId(6)));
    let gone = database.list_items(JobId(1), Which::All, PurchaseId(0), 10).await.unwrap();
    assert!(gone.is_empty());
}

#[tokio::test]
async fn the_newest_job_of_everything_is_found_under_however_many_others() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    assert_eq!(database.find_newest_of_all().await.unwrap(), None);
    let chosen = JobOrder { scope: crate::domain::job::Scope::Chosen, ..order(1) };
    let dry = JobOrder { dry_run: true, ..order(1) };
    let others = [chosen, dry].into_iter().cycle().take(60);
    for (order, state) in [(order(1), JobState::Done), (order(1), JobState::Stopped)]
        .into_iter()
        .chain(others.map(|order| (order, JobState::Done)))
    {
        let id = database.insert_job(order, 0).await.unwrap();
        let mut job = database.find_job(id).await.unwrap().unwrap();
        (job.state, job.finished_at) = (state, Some(1));
        database.finish_job(job).await.unwrap();
    }
    let newest = database.find_newest_of_all().await.unwrap().unwrap();
    assert_eq!((newest.id, newest.state), (JobId(2), JobState::Stopped));
}

#[tokio::test]
async fn what_is_left_of_a_deleted_purchase_goes_after_thirty_days() {
    const DAY: i64 = 24 * 3600 * 1000;
    let (_folder, path) = shop(2).await;
    let database = open(&path).await;
    for id in [1, 2] {
        let settle = Settle { purchase: PurchaseId(id), job: None, judge: judge() };
        database.settle(settle).await.unwrap();
    }
    edit(&path, "DELETE FROM purchases WHERE id = 1").await;
    let slices = async || {
        let mut connection = SqliteConnection::connect_with(&files::options(&path)).await.unwrap();
        let row = sqlx::query("SELECT count(*) AS n FROM alamor_slices").fetch_one(&mut connection);
        row.await.unwrap().try_get::<i64, _>("n").unwrap()
    };
    database.prune(100 * DAY).await.unwrap();
    database.prune(129 * DAY).await.unwrap();
    assert_eq!(slices().await, 2);
    database.prune(130 * DAY).await.unwrap();
    assert_eq!(slices().await, 1);
}

#[tokio::test]
async fn a_second_opening_is_refused_and_names_the_first() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    let second = Database::open(Place::file(&path), None, &owner()).await.unwrap_err();
    assert!(second.to_string().contains("pid 812, serve, http://127.0.0.1:8080"), "{second}");
    database.close().await;
    Database::open(Place::file(&path), None, &owner()).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_locked_at_the_start_is_away_and_comes_back() {
    let (_folder, path) = shop(1).await;
    let mut other = SqliteConnection::connect_with(&files::options(&path)).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let database = open(&path).await;
    let error = database.ping().await.unwrap_err();
    assert!(error.to_string().contains("locked by another program"), "{error}");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    database.try_open(&owner()).await.unwrap();
    database.ping().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    let before = database.find_known(PurchaseId(1)).await.unwrap().unwrap();
    database
        .opened()
        .unwrap()
        .writer
        .work(|c| Box::pin(async move { c.execute(Query::new("PRAGMA max_page_count = 1")).await }))
        .await
        .unwrap();
    let huge: Judge = Arc::new(|_, _| {
        let mut settlement = judge()(None, &Products::default());
        settlement.change.as_mut().unwrap().json = Some("x".repeat(1 << 20));
        settlement
    });
    let settle = Settle { purchase: PurchaseId(1), job: None, judge: huge };
    let error = database.settle(settle).await.unwrap_err();
    assert_eq!(error.to_string(), "the database is away: the disk is full");
    let after = database.find_known(PurchaseId(1)).await.unwrap().unwrap();
    assert_eq!(before.slices, after.slices);
    assert_eq!(before.kept, after.kept);
}

#[tokio::test]
async fn what_a_panel_refused_is_kept_sealed() {
    let (_folder, path) = shop(1).await;
    let database = open(&path).await;
    database.note_refused(PanelId(1), Some("digest".to_owned())).await.unwrap();
    let mut connection = SqliteConnection::connect_with(&files::options(&path)).await.unwrap();
    let row = sqlx::query("SELECT refused FROM alamor_panels").fetch_one(&mut connection);
    let kept: String = row.await.unwrap().try_get("refused").unwrap();
    assert!(!kept.contains("digest"));
    assert_eq!(database.load_refused().await.unwrap()[&PanelId(1)], "digest");
    database.note_refused(PanelId(1), None).await.unwrap();
    assert!(database.load_refused().await.unwrap().is_empty());
}
