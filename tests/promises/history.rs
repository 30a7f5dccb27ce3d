//! Jobs of the past: what a dry run would have changed, what differs between two, which items.

use alamor::api::Page;
use alamor::api::changes::Change;
use alamor::api::compare::{Comparison, Difference};
use alamor::api::jobs::{Item, JobState, NewJob, Outcome};
use alamor::demo::behaviour::Behaviour;

use crate::world::{World, all, these};

fn dry() -> NewJob {
    NewJob { dry_run: true, ..all() }
}

/// A purchase whose second link would get another name, and two of whose links would go.
async fn changing() -> World {
    let world = World::small(1).setting("REMARK=panel").start().await;
    let own = world.panel("de-1").expected_links("sub-1");
    let (renamed, _) = own[1].split_once('#').unwrap();
    let gone = "vless://0b1c2d3e-0000-4f5a-9d7e-001122334455@old.example.net:443#Old";
    let kept = [own[0].clone(), format!("{renamed}#Alamor"), gone.to_owned()];
    let json = serde_json::to_string(&kept).unwrap();
    world.rows.run(&format!("UPDATE purchases SET single_configs_json = '{json}'")).await;
    world
}

#[tokio::test]
async fn a_dry_run_keeps_what_would_become_of_each_link_and_no_secret_is_told_unasked() {
    let world = changing().await;
    let job = world.job(dry()).await;
    let item = world.items(job.id).await.remove(0);
    let changes = item.changes.unwrap();
    assert_eq!((changes.removed, changes.renamed, changes.added, changes.kept), (1, 1, 3, 1));
    assert_eq!((changes.links.len(), changes.left_out), (6, 0));
    assert_eq!(changes.links[0].change, Change::Removed);
    let before = changes.links[0].before.as_ref().unwrap();
    assert_eq!((before.host.as_str(), before.remark.as_str()), ("old.example.net", "Old"));
    let renamed = changes.links.iter().find(|link| link.change == Change::Renamed).unwrap();
    assert_eq!(renamed.before.as_ref().unwrap().remark, "Alamor");
    assert!(renamed.after.as_ref().unwrap().remark != "Alamor");
    for path in ["items", "items/1", "compare"] {
        let answer = world.api(&format!("/jobs/{}/{path}", job.id)).await;
        assert!(!answer.body.contains("0b1c2d3e"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn revealing_the_links_of_an_item_is_audited() {
    let world = changing().await;
    let job = world.job(dry()).await;
    let item = world.client().named("ali").get_item(job.id, 1, true).await.unwrap();
    let links = item.changes.unwrap().links;
    let gone = links[0].before.as_ref().unwrap().text.as_deref().unwrap();
    assert!(gone.starts_with("vless://0b1c2d3e"), "{gone}");
    let audit = "SELECT by_whom || ' ' || subject FROM alamor_audit WHERE action = 'reveal'";
    assert_eq!(world.rows.list(audit).await, ["ali purchase 1 in job 1"]);
}

#[tokio::test]
async fn links_are_kept_of_the_newest_dry_run_only() {
    let world = changing().await;
    let first = world.job(dry()).await;
    let second = world.job(dry()).await;
    let changes = |items: Vec<Item>| items.into_iter().next().unwrap().changes.unwrap();
    let (first, second) =
        (changes(world.items(first.id).await), changes(world.items(second.id).await));
    assert_eq!((first.removed, first.links.len(), first.left_out), (1, 0, 6));
    assert_eq!((second.removed, second.links.len()), (1, 6));
}

#[tokio::test]
async fn a_real_update_keeps_no_links_of_its_items() {
    let world = changing().await;
    let job = world.job(all()).await;
    assert_eq!(world.items(job.id).await[0].changes, None);
    let column = "SELECT changed_links FROM alamor_items";
    assert_eq!(world.rows.list(column).await, [""]);
}

/// Two purchases on each of two panels, updated once; then one panel does something else.
async fn worse(behaviour: Behaviour) -> World {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(2, &["de-1"])
        .purchases(2, &["fr-2"])
        .start()
        .await;
    world.job(all()).await;
    world.panel("fr-2").set(behaviour).await.unwrap();
    world
}

fn ids(found: &Comparison, difference: Difference) -> Vec<i64> {
    let changed = found.changed.items.iter().filter(|one| one.difference == difference);
    changed.map(|one| one.purchase_id).collect()
}

#[tokio::test]
async fn a_job_beside_the_one_before_says_who_fails_now_and_who_recovered() {
    // A panel that refuses would not be asked again at once.
    let world = worse(Behaviour::LoginPage).await;
    let second = world.job(all()).await;
    let found = world.client().compare_job(second.id, 0).await.unwrap();
    assert_eq!((found.job.id, found.with.id), (2, 1));
    assert_eq!((found.newly_failing, found.recovered, found.still_failing), (2, 0, 0));
    assert_eq!(ids(&found, Difference::NewlyFailing), [3, 4]);
    let one = &found.changed.items[0];
    assert_eq!((one.outcome, one.outcome_before), (Some(Outcome::Failed), Some(Outcome::Updated)));
    let reason = one.reason.as_ref().unwrap();
    assert_eq!((reason.code.as_str(), one.user), ("not_a_subscription", Some(1002)));

    // Another kind of job in between is no measure.
    world.panel("fr-2").set(Behaviour::Healthy).await.unwrap();
    world.job(these(&[1])).await;
    world.job(dry()).await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    let last = world.job(all()).await;
    let found = world.client().compare_job(last.id, 0).await.unwrap();
    assert_eq!((found.with.id, found.with.all), (second.id, true));
    assert_eq!(ids(&found, Difference::NewlyFailing), [1, 2], "unchanged before: only counted");
    assert_eq!(ids(&found, Difference::Recovered), [3, 4], "unchanged now: only counted");
    assert_eq!(found.changed.items[0].outcome_before, None);
    let rest = world.client().compare_job(last.id, 3).await.unwrap();
    assert_eq!((rest.changed.items.len(), rest.changed.total), (1, Some(4)));
}

#[tokio::test]
async fn a_first_job_has_nothing_to_be_compared_with() {
    let world = World::small(1).start().await;
    let job = world.job(all()).await;
    let answer = world.api(&format!("/jobs/{}/compare", job.id)).await;
    assert_eq!(answer.problem(), (404, "not_found".to_owned()));
    let answer = world.api(&format!("/jobs/{}/compare?with={}", job.id, job.id)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn items_are_filtered_and_read_from_any_place() {
    let world = worse(Behaviour::Refuse).await;
    let job = world.job(all()).await;
    // The unchanged ones are only counted by now.
    let list = async |query: &str| {
        let answer = world.api(&format!("/jobs/{}/items{query}", job.id)).await;
        let page: Page<Item> = serde_json::from_str(&answer.body).unwrap();
        (page.items.iter().map(|item| item.purchase_id).collect::<Vec<_>>(), page.total)
    };
    let table: [(&str, &[i64], u64); 13] = [
        ("", &[3, 4], 2),
        ("?limit=1", &[3], 2),
        ("?offset=1", &[4], 2),
        ("?offset=9", &[], 2),
        ("?failed=1", &[3, 4], 2),
        ("?outcome=kept,open", &[3, 4], 2),
        ("?outcome=updated", &[], 0),
        ("?reason=refused", &[3, 4], 2),
        ("?reason=timeout", &[], 0),
        ("?panel=fr-2&user=1003", &[4], 1),
        ("?panel=fr", &[], 0),
        ("?q=REFUSED%201002", &[3], 1),
        ("?q=%27%22%25_", &[], 0),
    ];
    for (query, expected, total) in table {
        assert_eq!(list(query).await, (expected.to_vec(), Some(total)), "{query}");
    }
    for wrong in ["?outcome=lost", "?offset=1&cursor=1", "?user=ali"] {
        let answer = world.api(&format!("/jobs/{}/items{wrong}", job.id)).await;
        assert_eq!(answer.problem(), (400, "bad_request".to_owned()), "{wrong}");
    }
    let answer = world.api(&format!("/jobs/{}/items/77", job.id)).await;
    assert_eq!(answer.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_job_of_all_is_one_also_for_the_next_core() {
    let mut world = World::small(2).start().await;
    world.job(all()).await;
    world.job(these(&[1])).await;
    world.restart().await;
    let jobs: Page<alamor::api::jobs::Job> =
        serde_json::from_str(&world.api("/jobs").await.body).unwrap();
    let kinds: Vec<_> = jobs.items.iter().map(|job| (job.id, job.all, job.state)).collect();
    assert_eq!(kinds, [(2, false, JobState::Done), (1, true, JobState::Done)]);
}
