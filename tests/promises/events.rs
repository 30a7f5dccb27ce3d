//! The event stream as it goes over the wire.
//!
//! Deliberately absent: a reader that is too slow. Sockets on loopback hold megabytes for it; that
//! it loses the oldest events and learns how many is tested where the events are numbered.

use std::time::{Duration, Instant};

use alamor::api::events::Event;
use alamor::api::jobs::JobState;
use alamor::client::Heard;
use alamor::demo::behaviour::Behaviour;
use eventsource_stream::{Event as Sent, Eventsource as _};
use futures_util::{Stream, StreamExt as _};
use sqlx::Connection as _;

use crate::world::{KEY, World, all, hear, hear_job, soon};

/// The raw stream; `after` is the last event that was heard.
async fn listen(world: &World, after: Option<&str>) -> impl Stream<Item = Sent> + Unpin + use<> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.get(world.url("/api/v1/events")).bearer_auth(KEY);
    if let Some(id) = after {
        request = request.header("Last-Event-ID", id);
    }
    let response = soon(request.send()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Box::pin(response.bytes_stream().eventsource().map(Result::unwrap))
}

async fn next(stream: &mut (impl Stream<Item = Sent> + Unpin)) -> Sent {
    soon(stream.next()).await.unwrap()
}

fn number(event: &Sent) -> u64 {
    event.id.rsplit_once('-').unwrap().1.parse().unwrap()
}

/// Whether a job ended with this event.
fn is_end(event: &Sent) -> bool {
    event.event == "job" && event.data.contains(r#""state":"done""#)
}

/// All events up to the end of a job.
async fn until_end(stream: &mut (impl Stream<Item = Sent> + Unpin)) -> Vec<Sent> {
    let mut events = Vec::new();
    loop {
        events.push(next(stream).await);
        if events.last().is_some_and(is_end) {
            return events;
        }
    }
}

#[tokio::test]
async fn a_snapshot_comes_first_and_numbers_grow_by_one() {
    let world = World::small(20).start().await;
    let mut stream = listen(&world, None).await;
    let snapshot = next(&mut stream).await;
    assert_eq!(snapshot.event, "snapshot");
    let said: alamor::api::events::Snapshot = serde_json::from_str(&snapshot.data).unwrap();
    assert_eq!((said.health.service.as_str(), said.panels.len()), ("alamor", 1));
    world.start_job(all()).await;
    let events = until_end(&mut stream).await;
    for (event, expected) in events.iter().zip(number(&snapshot) + 1..) {
        assert_eq!(number(event), expected);
    }
    let items = events.iter().filter(|event| event.event == "item").count();
    assert_eq!(items, 20, "each item once");
}

#[tokio::test]
async fn who_comes_back_gets_exactly_what_was_missed() {
    let world = World::small(5).start().await;
    let mut stream = listen(&world, None).await;
    let snapshot = next(&mut stream).await;
    world.start_job(all()).await;
    let events = until_end(&mut stream).await;
    drop(stream);
    for (index, heard) in [&snapshot].into_iter().chain(&events).enumerate() {
        let mut again = listen(&world, Some(&heard.id)).await;
        for expected in &events[index..] {
            assert_eq!(next(&mut again).await, *expected);
        }
    }
    let mut up_to_date = listen(&world, Some(&events.last().unwrap().id)).await;
    world.update(1).await.expect("unchanged");
    let new = next(&mut up_to_date).await;
    assert_ne!(new.event, "snapshot");
    assert_eq!(number(&new), number(events.last().unwrap()) + 1);
}

#[tokio::test]
async fn who_comes_from_another_core_gets_a_snapshot() {
    let mut world = World::small(1).start().await;
    let mut stream = listen(&world, None).await;
    let id = next(&mut stream).await.id;
    drop(stream);
    world.restart().await;
    for after in [id.as_str(), "nonsense", "", "ffffffff-1"] {
        let mut stream = listen(&world, Some(after)).await;
        let first = next(&mut stream).await;
        assert_eq!(first.event, "snapshot", "{after}");
        assert_ne!(first.id.split('-').next(), id.split('-').next());
    }
}

/// What is judged last at a healthy panel is told at once, though the job goes on at another one.
#[tokio::test]
async fn what_is_done_is_told_while_a_panel_hangs() {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(1, &["de-1"])
        .purchases(1, &["fr-2"])
        .setting("PANEL_TIMEOUT=25s")
        .start()
        .await;
    for name in ["de-1", "fr-2"] {
        world.panel(name).set(Behaviour::Hang).await.unwrap();
    }
    let mut events = world.events();
    let id = world.start_job(all()).await.id;
    hear_job(&mut events, |job| job.id == id && job.state == JobState::Running).await;
    // The answer comes, and its judgement has to wait for so long that it is told between the two.
    let mut lock = world.rows.connect().await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
    soon(world.panel("de-1").wait_for_requests(1)).await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    soon(world.panel("de-1").wait_for_requests(2)).await;
    let heartbeat = |event: &Event| matches!(event, Event::Health(_)).then_some(());
    for _ in 0..2 {
        hear(&mut events, heartbeat).await;
    }
    sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
    lock.close().await.unwrap();
    hear_job(&mut events, |job| job.id == id && job.done == 1).await;
    world.client().cancel_job(id).await.unwrap();
    world.finished(id).await;
}

#[tokio::test]
async fn the_heartbeat_is_the_health() {
    let world = World::small(1).start().await;
    let mut events = world.events();
    let began = Instant::now();
    let health = |event: &Event| match event {
        Event::Health(health) => Some(health.clone()),
        _ => None,
    };
    let health = hear(&mut events, health).await;
    assert_eq!(health.purchases.active, 1);
    assert!(began.elapsed() < Duration::from_secs(8), "before a console takes it for dead");
}

#[tokio::test]
async fn a_panel_that_goes_and_a_purchase_that_changes_are_told() {
    let world = World::small(1).start().await;
    let mut events = world.events();
    soon(async { while !matches!(events.hear().await.unwrap(), Heard::Connected) {} }).await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.update(1).await.expect("kept");
    let purchase = |event: &Event| match event {
        Event::Purchase(purchase) => Some(purchase.id),
        _ => None,
    };
    assert_eq!(hear(&mut events, purchase).await, 1);
    let unreachable = |event: &Event| match event {
        Event::Panel(panel) => panel.reason.as_ref().map(|reason| reason.code.clone()),
        _ => None,
    };
    assert_eq!(hear(&mut events, unreachable).await, "refused");
}

#[tokio::test]
async fn the_stream_ends_with_the_core() {
    let mut world = World::small(1).start().await;
    let mut stream = listen(&world, None).await;
    next(&mut stream).await;
    let began = Instant::now();
    world.stop().await;
    // What was said before it stopped may still be on its way.
    soon(async { while stream.next().await.is_some() {} }).await;
    assert!(began.elapsed() < Duration::from_secs(4), "no reader holds the core up");
}
