//! The core's log over its API: a page, a stream, and what a reader may ask for.
//!
//! The log is one for the process, and other tests write into it: every test here marks its own.
//!
//! Deliberately absent: a reader that is too slow. Sockets on loopback hold megabytes for it; that
//! it loses the oldest records and learns how many is tested where they are kept.

use std::time::Duration;

use alamor::api::logs::{Level, Record};
use alamor::client::{ClientError, LogHeard, Logs, LogsQuery, Pace};
use tracing_subscriber::prelude::*;

use crate::world::{KEY, World, soon};

/// Lets everything that is said with `mark` into the log, and nothing else from this test.
fn say(mark: &str, level: tracing::Level, texts: &[&str]) {
    let subscriber = tracing_subscriber::registry().with(alamor::core::log_layer());
    tracing::subscriber::with_default(subscriber, || {
        for text in texts {
            match level {
                tracing::Level::WARN => tracing::warn!(target: "alamor::tests", mark, "{text}"),
                _ => tracing::debug!(target: "alamor::tests", mark, "{text}"),
            }
        }
    });
}

fn marked(mark: &str) -> LogsQuery {
    LogsQuery { grep: Some(format!("mark={mark}")), ..LogsQuery::default() }
}

fn messages(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.message.as_str()).collect()
}

/// The next record with its id.
async fn next(logs: &mut Logs) -> (String, Record) {
    loop {
        match soon(logs.hear()).await.unwrap() {
            LogHeard::Record { id, record } => return (id, record),
            LogHeard::Connected => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_page_has_the_newest_that_are_wanted_oldest_first() {
    let world = World::small(1).start().await;
    say("page", tracing::Level::WARN, &["one", "two", "three"]);
    say("page", tracing::Level::DEBUG, &["four"]);
    let client = world.client();
    let page = client.list_logs(&marked("page")).await.unwrap();
    assert_eq!(messages(&page.items), ["one", "two", "three", "four"]);
    let warned = LogsQuery { level: Some("warn"), limit: Some(2), ..marked("page") };
    let page = client.list_logs(&warned).await.unwrap();
    assert_eq!(messages(&page.items), ["two", "three"]);
    assert_eq!(
        (page.items[0].level, page.items[0].target.as_str()),
        (Level::Warn, "alamor::tests")
    );
    let after = LogsQuery { after: Some(page.items[0].seq.to_string()), ..marked("page") };
    assert_eq!(messages(&client.list_logs(&after).await.unwrap().items), ["three", "four"]);
    let elsewhere = LogsQuery { target: Some("core::panels".into()), ..marked("page") };
    assert!(client.list_logs(&elsewhere).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_stream_gives_what_is_there_and_then_what_comes() {
    let world = World::small(1).start().await;
    say("stream", tracing::Level::WARN, &["one", "two"]);
    let client = world.client();
    let mut logs = client.logs(marked("stream"), Pace::default());
    assert_eq!(next(&mut logs).await.1.message, "one");
    let (id, two) = next(&mut logs).await;
    assert_eq!(two.message, "two");
    say("another", tracing::Level::WARN, &["not wanted"]);
    say("stream", tracing::Level::WARN, &["three"]);
    assert_eq!(next(&mut logs).await.1.message, "three");
    drop(logs);
    say("stream", tracing::Level::WARN, &["four"]);
    let mut again = client.logs(LogsQuery { after: Some(id), ..marked("stream") }, Pace::default());
    assert_eq!(next(&mut again).await.1.message, "three");
    assert_eq!(next(&mut again).await.1.message, "four");
}

#[tokio::test]
async fn a_core_that_stops_ends_its_streams_at_once() {
    let mut world = World::small(1).start().await;
    let mut logs = world.client().logs(marked("stop"), Pace::default());
    assert_eq!(soon(logs.hear()).await, Some(LogHeard::Connected));
    let began = std::time::Instant::now();
    world.stop().await;
    let lost = soon(logs.hear()).await.unwrap();
    assert!(matches!(lost, LogHeard::Lost { cause: ClientError::NotReached { .. } }), "{lost:?}");
    assert!(began.elapsed() < Duration::from_secs(4), "it was waited for");
}

#[tokio::test]
async fn what_makes_no_sense_is_told_and_nothing_is_given_without_the_key() {
    let world = World::small(1).start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let status = async |path: &str, key: &str| {
        let sent = http.get(world.url(path)).bearer_auth(key).send();
        let answer = soon(sent).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(status("/api/v1/logs", "another-key-of-somebody").await.0, 401);
    assert_eq!(status("/api/v1/logs?follow=1", "another-key-of-somebody").await.0, 401);
    let (code, body) = status("/api/v1/logs?level=loud", KEY).await;
    assert_eq!(code, 400);
    assert!(body.contains("is none of error, warn, info, debug, trace"), "{body}");
    for wrong in ["after=x", "after=a-b", "limit=-1", "follow=yes"] {
        assert_eq!(status(&format!("/api/v1/logs?{wrong}"), KEY).await.0, 400, "{wrong}");
    }
    for fine in ["after=", "level=&target=&grep=", "after=00000000-5", "limit=99999"] {
        assert_eq!(status(&format!("/api/v1/logs?{fine}"), KEY).await.0, 200, "{fine}");
    }
}
