//! `/api/v1`: problem documents, the list of purchases, what is secret.

use alamor::api::Page;
use alamor::api::purchases::{Purchase, PurchaseDetails, PurchaseState};
use alamor::client::PurchasesQuery;
use alamor::demo::behaviour::Behaviour;
use reqwest::Method;

use crate::world::{KEY, World, all};

#[tokio::test]
async fn every_refusal_is_a_problem_document_with_its_code() {
    let world = World::small(1).start().await;
    let key = format!("Bearer {KEY}");
    let table = [
        (Method::GET, "/api/v1/health", None, 401, "unauthorized"),
        (Method::GET, "/api/v1/health", Some("Bearer wrong"), 401, "unauthorized"),
        (Method::GET, "/api/v1/nothing", None, 401, "unauthorized"),
        (Method::GET, "/api/v1/nothing", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/purchases/9", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/purchases/abc", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/jobs/9", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/jobs/9/items", Some(&key), 404, "not_found"),
        (Method::POST, "/api/v1/jobs/9/cancel", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/panels/nowhere", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/panels/%FF", Some(&key), 404, "not_found"),
        (Method::GET, "/api/v1/panels/de-1/probe", Some(&key), 405, "method_not_allowed"),
        (Method::POST, "/api/v1/panels/nowhere/probe", Some(&key), 404, "not_found"),
        (Method::POST, "/api/v1/panels/nowhere/retry", Some(&key), 404, "not_found"),
        (Method::POST, "/api/v1/panels/nowhere/probe", None, 401, "unauthorized"),
        (Method::POST, "/api/v1/panels/nowhere/retry", None, 401, "unauthorized"),
        (Method::PUT, "/api/v1/health", None, 401, "unauthorized"),
        (Method::PUT, "/api/v1/health", Some(&key), 405, "method_not_allowed"),
        (Method::GET, "/api/v1/purchases?sort=colour", Some(&key), 400, "bad_request"),
        (Method::GET, "/api/v1/purchases?cursor=x", Some(&key), 400, "bad_request"),
        (Method::GET, "/api/v1/purchases?cursor=3&offset=3", Some(&key), 400, "bad_request"),
        (Method::GET, "/api/v1/purchases?outcome=lost", Some(&key), 400, "bad_request"),
        (Method::GET, "/api/v1/purchases?min_age_ms=3h", Some(&key), 400, "bad_request"),
        (Method::GET, "/api/v1/purchases?limit=x", Some(&key), 400, "bad_request"),
        (Method::POST, "/api/v1/jobs", Some(&key), 400, "bad_request"),
    ];
    for (method, path, key, status, code) in table {
        let answer = world.ask(method.clone(), path, key).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{method} {path}");
    }
}

async fn list(world: &World, query: &str) -> Page<Purchase> {
    let answer = world.api(&format!("/purchases{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn ids(world: &World, query: &str) -> Vec<i64> {
    list(world, query).await.items.iter().map(|purchase| purchase.id).collect()
}

async fn business() -> World {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(2, &["de-1"])
        .purchases(2, &["fr-2"])
        .purchase(&["de-1", "fr-2"])
        .purchase(&["de-1"])
        .sql("UPDATE purchases SET is_active = 0 WHERE id = 6")
        .sql("UPDATE purchases SET expire_date = '2027-01-01 12:00:00' WHERE id = 2")
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    world.job(all()).await;
    world
}

#[tokio::test]
async fn purchases_are_filtered() {
    let world = business().await;
    let table: [(&str, &[i64]); 25] = [
        ("", &[1, 2, 3, 4, 5, 6]),
        ("?state=fresh", &[1, 2]),
        ("?state=kept,partial", &[3, 4, 5]),
        ("?state=disabled", &[6]),
        ("?panel=fr-2", &[3, 4, 5]),
        ("?panel=fr-2&state=partial", &[5]),
        ("?panel=nowhere", &[]),
        ("?profile=de-1%2Bfr-2", &[5]),
        ("?user=1001", &[2]),
        ("?q=1003", &[4]),
        ("?q=FR", &[3, 4, 5]),
        ("?sort=-id", &[6, 5, 4, 3, 2, 1]),
        ("?sort=-user&state=kept", &[4, 3]),
        ("?sort=expires&state=fresh", &[2, 1]),
        ("?outcome=updated", &[1, 2]),
        ("?outcome=kept,partial", &[3, 4, 5]),
        ("?outcome=none", &[6]),
        ("?max_age_ms=3600000", &[1, 2, 5]),
        ("?min_age_ms=3600000", &[]),
        ("?q=10%20fr", &[3, 4, 5]),
        ("?q=1003%20de", &[]),
        ("?offset=4", &[5, 6]),
        ("?offset=99", &[]),
        ("?sort=panels&state=kept,partial", &[5, 3, 4]),
        ("?sort=-outcome&state=kept,partial", &[5, 4, 3]),
    ];
    for (query, expected) in table {
        assert_eq!(ids(&world, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn by_age_comes_first_what_needs_a_look_and_last_what_is_switched_off() {
    let world = business().await;
    let by_age = ids(&world, "?sort=-age").await;
    let (mut with_links, mut without) = (by_age[..3].to_vec(), by_age[3..5].to_vec());
    with_links.sort_unstable();
    without.sort_unstable();
    assert_eq!((with_links, without, by_age[5]), (vec![1, 2, 5], vec![3, 4], 6));
    let by_links = ids(&world, "?sort=-links").await;
    assert!([1, 2, 5].iter().all(|id| by_links[..3].contains(id)), "{by_links:?}");
}

#[tokio::test]
async fn pages_follow_one_another_and_miss_nothing() {
    let world = World::small(7).start().await;
    let mut all_ids = Vec::new();
    let mut query = PurchasesQuery { limit: Some(3), ..PurchasesQuery::default() };
    loop {
        let page = world.client().list_purchases(&query).await.unwrap();
        assert_eq!(page.total, Some(7));
        all_ids.extend(page.items.iter().map(|purchase| purchase.id));
        match page.next_cursor {
            None => break,
            next => query.cursor = next,
        }
    }
    assert_eq!(all_ids, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(list(&world, "?limit=7").await.next_cursor, None, "exactly one page");
}

#[tokio::test]
async fn a_page_has_five_hundred_entries_at_most() {
    let world = World::small(510).start().await;
    assert_eq!(list(&world, "?limit=100000").await.items.len(), 500);
}

#[tokio::test]
async fn a_purchase_tells_its_state_and_its_history() {
    let world = business().await;
    let answer = world.api("/purchases/5").await;
    let details: PurchaseDetails = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(details.purchase.state, PurchaseState::Partial);
    assert_eq!(details.purchase.panels, ["de-1", "fr-2"]);
    assert_eq!((details.slices.len(), details.history.len()), (1, 1));
    assert_eq!(details.reason.unwrap().code, "refused");
}

#[tokio::test]
async fn a_subscription_id_is_masked_and_revealing_it_is_audited() {
    let world = World::small(1).setting("WEBHOOK_DOMAIN=sub.example.net").start().await;
    world.rows.run("UPDATE purchases SET sub_id = 'a-long-secret-id'").await;
    let masked = world.api("/purchases/1").await;
    assert!(!masked.body.contains("a-long-secret-id"), "{}", masked.body);
    assert_eq!(world.rows.number("SELECT count(*) FROM alamor_audit").await, 0);
    let details = world.client().named("ali").get_purchase(1, true).await.unwrap();
    assert_eq!(details.purchase.sub_id.as_deref(), Some("a-long-secret-id"));
    let address = "https://sub.example.net/sub/a-long-secret-id";
    assert_eq!(details.address.as_deref(), Some(address));
    let audit = "SELECT by_whom || ' ' || action || ' ' || subject FROM alamor_audit";
    assert_eq!(world.rows.list(audit).await, ["ali reveal purchase 1"]);
}

#[tokio::test]
async fn a_list_holds_no_subscription_id() {
    let world =
        World::small(1).sql("UPDATE purchases SET sub_id = 'a-long-secret-id'").start().await;
    for path in ["/purchases", "/purchases?q=a-long", "/health", "/panels", "/jobs"] {
        assert!(!world.api(path).await.body.contains("a-long-secret-id"), "{path}");
    }
}

#[tokio::test]
async fn jobs_are_listed_newest_first_with_a_cursor() {
    let world = World::small(1).start().await;
    for _ in 0..3 {
        world.job(all()).await;
    }
    let page = |body: String| serde_json::from_str::<Page<alamor::api::jobs::Job>>(&body).unwrap();
    let first = page(world.api("/jobs?limit=2").await.body);
    let ids: Vec<i64> = first.items.iter().map(|job| job.id).collect();
    assert_eq!((ids, first.next_cursor.as_deref()), (vec![3, 2], Some("2")));
    let second = page(world.api("/jobs?limit=2&cursor=2").await.body);
    assert_eq!((second.items[0].id, second.next_cursor), (1, None));
    let audit = "SELECT by_whom || ' ' || origin || ' ' || action || ' ' || subject FROM alamor_audit ORDER BY 1";
    assert_eq!(world.rows.list(audit).await[0], "ali here start job 1");
}
