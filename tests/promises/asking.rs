//! How panels are asked: how often, how many at once, how long.

use std::time::{Duration, Instant};

use alamor::demo::behaviour::Behaviour;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;

use crate::world::{World, all, soon};

fn slow(milliseconds: u64) -> PanelSpec {
    PanelSpec::new("de-1", Make::ThreeXui2811).latency(Duration::from_millis(milliseconds))
}

#[tokio::test]
async fn a_panel_is_never_asked_by_more_than_its_limit_at_once() {
    let plan = World::with().panel_like(slow(5)).purchases(60, &["de-1"]);
    let world = plan.setting("UPDATE_PER_PANEL=3").start().await;
    let accepted = world.start_job(all()).await;
    // The bot's button and a job ask the same panel at the same time.
    let answers = tokio::join!(world.update(1), world.update(2), world.update(3), world.update(4));
    assert_eq!(answers.3.status, 200);
    world.finished(accepted.id).await;
    let counts = world.panel("de-1").counts();
    assert_eq!(counts.max_in_flight, 3);
}

#[tokio::test]
async fn all_panels_together_are_not_asked_by_more_than_the_whole_limit() {
    let names = ["de-1", "fr-2", "nl-1", "us-1"];
    let mut plan = World::with().setting("UPDATE_CONCURRENCY=4").setting("UPDATE_PER_PANEL=8");
    for name in names {
        let spec = PanelSpec::new(name, Make::ThreeXui2811).latency(Duration::from_millis(5));
        plan = plan.panel_like(spec).purchases(10, &[name]);
    }
    let world = plan.start().await;
    assert_eq!(world.job(all()).await.success, 40);
    let together: u64 = names.iter().map(|name| world.panel(name).counts().max_in_flight).sum();
    assert!(
        together <= 4 * 4 && names.iter().all(|name| world.panel(name).counts().max_in_flight <= 4)
    );
    assert!(together >= 4);
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let table = [
        Behaviour::Unknown,
        Behaviour::LoginPage,
        Behaviour::Empty,
        Behaviour::status(403),
        Behaviour::Huge,
    ];
    for behaviour in table {
        let world = World::small(1).start().await;
        world.panel("de-1").set(behaviour).await.unwrap();
        world.update(1).await.expect("failed");
        assert_eq!(world.panel("de-1").requests_for("sub-1"), 1, "{behaviour:?}");
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_succeeds() {
    let world = World::small(1).start().await;
    world.panel("de-1").set(Behaviour::Flaky { failures: 2 }).await.unwrap();
    world.update(1).await.expect("updated");
    assert_eq!(world.panel("de-1").requests_for("sub-1"), 3);
    world.panel("de-1").set(Behaviour::Flaky { failures: 9 }).await.unwrap();
    world.update(1).await.expect("failed");
    assert_eq!(world.panel("de-1").requests_for("sub-1"), 6, "three times, then no more");
}

#[tokio::test]
async fn a_panel_that_asks_to_wait_is_given_its_time() {
    let world = World::small(1).start().await;
    let panel = world.panel("de-1");
    panel.set(Behaviour::busy(1)).await.unwrap();
    let began = Instant::now();
    let recover = async {
        panel.wait_for_requests(1).await;
        panel.set(Behaviour::Healthy).await.unwrap();
    };
    let (answer, ()) = tokio::join!(world.update(1), soon(recover));
    answer.expect("updated");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(panel.requests_for("sub-1"), 2);
}

#[tokio::test]
async fn a_panel_that_asks_to_wait_for_too_long_is_left_alone() {
    let world = World::small(1).setting("PANEL_TIMEOUT=2s").start().await;
    world.panel("de-1").set(Behaviour::busy(30)).await.unwrap();
    let item = world.update_as_item(1).await;
    assert_eq!(item.reason.unwrap().code, "busy");
    assert_eq!(world.panel("de-1").counts().requests, 1);
}

#[tokio::test]
async fn a_panel_that_hangs_adds_one_timeout_and_delays_no_other() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(30, &["de-1"])
        .purchases(30, &["fr-2"])
        .setting("PANEL_TIMEOUT=1s")
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Hang).await.unwrap();
    let began = Instant::now();
    let job = world.job(all()).await;
    assert_eq!((job.success, job.connection_error), (30, 30));
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(job.elapsed_ms < 2_000, "one timeout, then the breaker: {}", job.elapsed_ms);
    // One round within its limit, and what began between the first timeout and the fifth.
    let counts = world.panel("fr-2").counts();
    assert!(counts.requests <= 8 + 4, "{counts:?}");
}

#[tokio::test]
async fn a_hanging_panel_bounds_the_bots_button() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchase(&["de-1", "fr-2"])
        .setting("PANEL_TIMEOUT=1s")
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Hang).await.unwrap();
    let began = Instant::now();
    world.update(1).await.expect("partial");
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn many_who_ask_for_one_purchase_are_one_question() {
    let plan = World::with().panel_like(slow(30)).purchase(&["de-1"]).setting("SUB_MAX_AGE=0s");
    let world = plan.start().await;
    let (a, b, c, d) = tokio::join!(
        world.update(1),
        world.update(1),
        world.subscription("sub-1"),
        world.subscription("sub-1")
    );
    a.expect("updated");
    b.expect("updated");
    assert_eq!((c.links().len(), d.links().len()), (5, 5));
    assert_eq!(world.panel("de-1").requests_for("sub-1"), 1);
}

#[tokio::test]
async fn the_address_that_gave_links_is_asked_first_from_then_on() {
    let panel = crate::raw_panel::RawPanel::start(crate::raw_panel::Reply {
        status: 200,
        kind: "text/plain",
        body: "vless://11111111-1111-4111-8111-111111111111@h:443?type=tcp#one",
    })
    .await;
    let wrong = crate::raw_panel::RawPanel::start(crate::raw_panel::Reply {
        status: 404,
        kind: "text/plain",
        body: "404 page not found",
    })
    .await;
    let world = World::with()
        .panel_at("de-1", &panel.url, &wrong.url, "s")
        .purchase(&["de-1"])
        .start()
        .await;
    world.update(1).await.expect("updated");
    world.update(1).await.expect("unchanged");
    let asked = |paths: Vec<String>| paths.iter().filter(|path| *path == "/s/sub-1").count();
    assert_eq!((asked(wrong.paths()), asked(panel.paths())), (1, 2));
}
