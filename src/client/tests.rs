//! The client against small servers on real sockets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::{Client, ClientError, Events, Heard, NotReached, Pace};
use crate::api::events::Event;
use crate::api::jobs::NewJob;

const HEALTH: &str = r#"{"service":"alamor","version":"0.1.0","instance":"a","state":"ok","pid":812,
    "listen":"127.0.0.1:8080","role":"serve","domain":null,"settings_file":null,
    "started_at":"2026-11-24T12:00:00Z","now_at":"2026-11-24T14:03:00Z","uptime_ms":1,
    "memory_bytes":null,"requests":{"per_second":0.0,"error_ratio":null,"p50_ms":null,
    "p99_ms":null,"recent":[]},"database":{"engine":"sqlite","location":"a.db","shape":"newest",
    "state":"ok","reason":null},"purchases":{"active":0,"fresh":0,"partial":0,"kept":0,"failed":0,
    "never":0,"disabled":0,"oldest_ms":null},"checks":[]}"#;

/// Serves `routes` on a free port; a client for it, with a key.
async fn serve(routes: Router) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let key = Some(SecretString::from("a-key-for-the-tests"));
    Client::new(&format!("http://{address}"), key).unwrap()
}

/// One event as it stands on the wire.
fn event(id: &str, kind: &str, data: &str) -> String {
    format!("id: {id}\nevent: {kind}\ndata: {}\n\n", data.replace('\n', " "))
}

/// An event stream of `text` that then ends, or stays open without another byte.
fn events(text: String, stays_open: bool) -> Response {
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
    let body = if stays_open {
        Body::from_stream(first.chain(stream::pending()))
    } else {
        Body::from_stream(first)
    };
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn problem(status: StatusCode, code: &str, job: Option<i64>) -> Response {
    let body = serde_json::json!({
        "type": "about:blank", "title": status.to_string(), "status": status.as_u16(),
        "detail": "No.", "code": code, "job": job,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn pace() -> Pace {
    Pace {
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(2),
        ..Pace::default()
    }
}

async fn expect_lost(events: &mut Events, expected: NotReached) {
    match events.hear().await {
        Some(Heard::Lost { cause: ClientError::NotReached { cause, .. } }) => {
            assert_eq!(cause, expected);
        }
        other => panic!("expected the loss {expected:?}, heard {other:?}"),
    }
    assert!(matches!(events.hear().await, Some(Heard::Retrying { .. })));
}

#[tokio::test]
async fn a_stream_that_is_cut_is_resumed_after_its_last_event() {
    let asked: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let record = Arc::clone(&asked);
    let answer = move |headers: HeaderMap| async move {
        let id = headers.get("Last-Event-ID").map(|id| id.to_str().unwrap().to_owned());
        record.lock().unwrap().push(id.clone());
        match id {
            None => events(event("a-1", "health", HEALTH), false),
            Some(_) => events(event("a-2", "changed", "{}"), true),
        }
    };
    let client = serve(Router::new().route("/api/v1/events", get(answer))).await;

    let mut heard = client.events(pace());
    assert_eq!(heard.hear().await, Some(Heard::Connected));
    assert!(matches!(heard.hear().await, Some(Heard::Event(Event::Health(_)))));
    expect_lost(&mut heard, NotReached::Cut).await;
    assert_eq!(heard.hear().await, Some(Heard::Connected));
    assert_eq!(heard.hear().await, Some(Heard::Event(Event::Changed {})));
    assert_eq!(*asked.lock().unwrap(), [None, Some("a-1".to_owned())]);
}

#[tokio::test]
async fn a_stream_without_a_heartbeat_is_lost() {
    let routes =
        Router::new().route("/api/v1/events", get(|| async { events(String::new(), true) }));
    let client = serve(routes).await;
    let mut heard = client.events(Pace { silence: Duration::from_millis(30), ..pace() });
    assert_eq!(heard.hear().await, Some(Heard::Connected));
    expect_lost(&mut heard, NotReached::Silent).await;
}

#[tokio::test]
async fn a_wrong_key_is_told_apart_and_not_hammered() {
    let no = || async { problem(StatusCode::UNAUTHORIZED, "unauthorized", None) };
    let client = serve(Router::new().fallback(no)).await;
    let expected = ClientError::Unauthorized { url: client.url() };
    assert_eq!(client.get_health().await.unwrap_err(), expected);

    let pace = pace();
    let mut heard = client.events(pace);
    assert_eq!(heard.hear().await, Some(Heard::Lost { cause: expected }));
    assert_eq!(heard.hear().await, Some(Heard::Retrying { after: pace.refused_pause }));
}

#[tokio::test]
async fn the_key_is_sent_as_a_bearer_token() {
    let answer = |headers: HeaderMap| async move {
        match headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap()) {
            Some("Bearer a-key-for-the-tests") => HEALTH.into_response(),
            _ => problem(StatusCode::UNAUTHORIZED, "unauthorized", None),
        }
    };
    let client = serve(Router::new().route("/api/v1/health", get(answer))).await;
    assert_eq!(client.get_health().await.unwrap().pid, 812);
}

#[tokio::test]
async fn what_is_no_core_is_named_and_never_read_as_data() {
    let html =
        || async { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], "<h1>nginx</h1>") };
    let other = || async { HEALTH.replace("alamor", "grafana") };
    let moved = || async { (StatusCode::FOUND, [(header::LOCATION, "http://elsewhere/")]) };
    let routes = Router::new()
        .route("/a/api/v1/health", get(html))
        .route("/b/api/v1/health", get(other))
        .route("/c/api/v1/health", get(moved))
        .route("/a/api/v1/events", get(html));
    let root = serve(routes).await.url();
    for (path, expected) in [
        ("a", "200 with text/html"),
        ("b", r#"as the service "grafana""#),
        ("c", "302 with no content type"),
        ("d", "404 with no content type"),
    ] {
        let client = Client::new(&format!("{root}/{path}"), None).unwrap();
        match client.get_health().await.unwrap_err() {
            ClientError::NotOurs { what, .. } => assert_eq!(what, expected),
            error => panic!("{path}: {error}"),
        }
    }
    let mut heard = Client::new(&format!("{root}/a"), None).unwrap().events(pace());
    let first = heard.hear().await;
    assert!(matches!(first, Some(Heard::Lost { cause: ClientError::NotOurs { .. } })), "{first:?}");
}

#[tokio::test]
async fn a_core_that_is_not_there_is_not_reached_for_a_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let gone = Client::new(&format!("http://{address}"), None).unwrap();
    expect_lost(&mut gone.events(pace()), NotReached::Refused).await;

    let unknown = Client::new("http://core.invalid:8080", None).unwrap();
    expect_lost(&mut unknown.events(pace()), NotReached::NameUnknown).await;

    let away = serve(Router::new().fallback(|| async { StatusCode::BAD_GATEWAY })).await;
    expect_lost(&mut away.events(pace()), NotReached::Gateway(502)).await;
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning() {
    let jobs = post(|| async { problem(StatusCode::CONFLICT, "job_running", Some(43)) });
    let cancel = post(|| async { problem(StatusCode::NOT_FOUND, "not_found", None) });
    let unset = get(|| async { problem(StatusCode::INTERNAL_SERVER_ERROR, "key_not_set", None) });
    let routes = Router::new()
        .route("/api/v1/jobs", jobs)
        .route("/api/v1/jobs/9/cancel", cancel)
        .route("/api/v1/panels", unset);
    let client = serve(routes).await;
    let job =
        NewJob { purchases: None, dry_run: false, force: false, retry_of: None, by: "ali".into() };
    assert_eq!(client.start_job(&job).await.unwrap_err(), ClientError::JobRunning { job: 43 });
    let refused = client.cancel_job(9).await.unwrap_err();
    assert!(matches!(refused, ClientError::Refused(problem) if problem.code == "not_found"));
    let unset = client.list_panels().await.unwrap_err();
    assert_eq!(unset, ClientError::KeyNotSet { url: client.url() });
}
