//! The ways against real receivers and real programs.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use hmac::{KeyInit as _, Mac as _};
use jiff::Timestamp;
use tokio::net::TcpListener;
use url::Url;

use super::*;
use crate::config::alerts::{self, AlertCommand};

/// A request that a receiver got.
#[derive(Debug, Clone)]
struct Got {
    path: String,
    headers: HeaderMap,
    body: String,
}

/// A receiver on loopback that answers by turns; the last answer is that of every later request.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
    server: tokio::task::JoinHandle<()>,
}

type Answers = Vec<(u16, &'static str)>;

#[derive(Clone)]
struct Inside {
    answers: Arc<Answers>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    async fn start(answers: Answers) -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let inside = Inside { answers: Arc::new(answers), got: Arc::clone(&got) };
        let router = Router::new().fallback(receive).with_state(inside);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, got, server }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(inside): State<Inside>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let mut got = inside.got.lock().unwrap();
    got.push(Got { path: uri.path().to_owned(), headers, body });
    let (status, body) = inside.answers[(got.len() - 1).min(inside.answers.len() - 1)];
    (StatusCode::from_u16(status).unwrap(), body)
}

fn quick() -> Limits {
    Limits {
        answer: Duration::from_millis(300),
        command: Duration::from_millis(500),
        pauses: [Duration::from_millis(1); 2],
    }
}

async fn deliver(settings: &AlertSettings, telegram: &str) -> Vec<Delivered> {
    let ways = Ways::with(settings, telegram, quick()).unwrap();
    let sender = Sender { domain: Some("sub.example.net".to_owned()), instance: "1f".to_owned() };
    ways.deliver(&Message::test(Timestamp::UNIX_EPOCH), &sender).await
}

fn webhook(url: &str, secret: Option<&str>) -> AlertSettings {
    let url = Url::parse(url).unwrap();
    let webhook = alerts::Webhook { url, secret: secret.map(Into::into) };
    AlertSettings { webhook: Some(webhook), ..AlertSettings::default() }
}

#[track_caller]
fn expect(delivered: &[Delivered], way: &'static str, result: Result<&str, &str>) {
    let result = result.map(str::to_owned).map_err(str::to_owned);
    assert_eq!(delivered, [Delivered { way, result }]);
}

#[tokio::test]
async fn a_webhook_gets_json_whose_signature_is_of_what_it_got() {
    let receiver = Receiver::start(vec![(204, "")]).await;
    let settings = webhook(&format!("{}/hook?x=1", receiver.url), Some("hunter2"));
    expect(&deliver(&settings, "").await, "ALERT_URL", Ok("it answered 204"));
    let got = receiver.got().remove(0);
    assert_eq!(got.path, "/hook");
    assert_eq!(got.headers["content-type"], "application/json");
    let json: serde_json::Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!((&json["check"], &json["kind"]), (&"test".into(), &"test".into()));
    assert_eq!(json["domain"], "sub.example.net");
    // As a receiver does it: over the bytes, and compared in one step.
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"hunter2").unwrap();
    mac.update(got.body.as_bytes());
    let hex = got.headers["x-alamor-signature"].to_str().unwrap().strip_prefix("sha256=").unwrap();
    let bytes =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    mac.verify_slice(&bytes.collect::<Vec<u8>>()).unwrap();
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let receiver = Receiver::start(vec![(200, "ok")]).await;
    expect(&deliver(&webhook(&receiver.url, None), "").await, "ALERT_URL", Ok("it answered 200"));
    assert!(!receiver.got()[0].headers.contains_key("x-alamor-signature"));
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times_and_what_will_not_once() {
    for (answers, tries, result) in [
        (vec![(500, ""), (429, ""), (200, "")], 3, Ok("it answered 200")),
        (vec![(500, "hunter2")], 3, Err("it answered 500")),
        (vec![(404, "")], 1, Err("it answered 404")),
        (vec![(302, "")], 1, Err("it answered 302: a redirect, which is not followed")),
    ] {
        let receiver = Receiver::start(answers).await;
        expect(&deliver(&webhook(&receiver.url, None), "").await, "ALERT_URL", result);
        assert_eq!(receiver.got().len(), tries);
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_or_is_away_is_given_up_and_its_address_told_to_nobody() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/hunter2", listener.local_addr().unwrap().port());
    let silent = deliver(&webhook(&url, None), "").await;
    expect(&silent, "ALERT_URL", Err("it did not answer in time"));
    drop(listener);
    let away = deliver(&webhook(&url, None), "").await;
    expect(&away, "ALERT_URL", Err("it cannot be reached"));
}

fn bot(admins: &[i64]) -> AlertSettings {
    let telegram = alerts::Telegram { token: "1:hunter2".into(), admins: admins.to_vec() };
    AlertSettings { telegram: Some(telegram), ..AlertSettings::default() }
}

#[tokio::test]
async fn each_of_the_bots_admins_is_told() {
    let receiver = Receiver::start(vec![(200, r#"{"ok":true,"result":{}}"#)]).await;
    let delivered = deliver(&bot(&[7, 8]), &receiver.url).await;
    expect(&delivered, "ALERT_TELEGRAM", Ok("2 of 2 admins were told"));
    let got = receiver.got();
    assert_eq!(got[0].path, "/bot1:hunter2/sendMessage");
    let json = |got: &Got| serde_json::from_str::<serde_json::Value>(&got.body).unwrap();
    let mut told: Vec<i64> = got.iter().filter_map(|each| json(each)["chat_id"].as_i64()).collect();
    told.sort_unstable();
    assert_eq!(told, [7, 8]);
    assert_eq!(
        json(&got[0])["text"],
        "alamor, sub.example.net\nok test: this is a test: alerts arrive"
    );
}

#[tokio::test]
async fn an_admin_who_blocked_the_bot_keeps_nobody_else_from_hearing() {
    let blocked = r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#;
    let receiver = Receiver::start(vec![(403, blocked), (200, r#"{"ok":true}"#)]).await;
    let why =
        "1 of 2 admins were not told: it answered 403: Forbidden: bot was blocked by the user";
    expect(&deliver(&bot(&[7, 8]), &receiver.url).await, "ALERT_TELEGRAM", Err(why));
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test]
async fn no_admin_waits_for_another() {
    // Nobody gets an answer before both have asked.
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let answer = move || async move {
        both.wait().await;
        r#"{"ok":true}"#
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let limits = Limits { pauses: quick().pauses, ..Limits::default() };
    let ways = Ways::with(&bot(&[7, 8]), &url, limits).unwrap();
    let sender = Sender { domain: None, instance: "1f".to_owned() };
    let delivered = ways.deliver(&Message::test(Timestamp::UNIX_EPOCH), &sender).await;
    server.abort();
    expect(&delivered, "ALERT_TELEGRAM", Ok("2 of 2 admins were told"));
}

/// How long is waited, and how often tried, if each try ends in this.
async fn waited(wait: u64) -> (Duration, u32) {
    let began = tokio::time::Instant::now();
    let ways = Ways::with(&bot(&[7]), "http://h", Limits::default()).unwrap();
    let tries = AtomicU32::new(0);
    let wait = Some(Duration::from_secs(wait));
    let send = || {
        tries.fetch_add(1, Ordering::Relaxed);
        async move { Err(Failure { wait, ..Failure::for_now("busy") }) }.boxed()
    };
    assert_eq!(ways.0[0].repeat(&send).await, Err("busy".to_owned()));
    (began.elapsed(), tries.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_to_wait_is_waited_for_unless_that_is_too_long() {
    assert_eq!(waited(0).await, (Duration::from_secs(2 + 10), 3));
    assert_eq!(waited(35).await, (Duration::from_secs(35 + 35), 3));
    assert_eq!(waited(3_600).await, (Duration::ZERO, 1));
}

#[tokio::test]
async fn the_bots_token_is_in_no_error() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for base in [format!("http://{nowhere}"), "http://".to_owned()] {
        let delivered = deliver(&bot(&[7]), &base).await;
        assert!(delivered[0].result.is_err());
        assert!(!format!("{delivered:?}").contains("hunter2"), "{delivered:?}");
    }
    let ways = Ways::with(&bot(&[7]), "http://h", quick()).unwrap();
    assert!(!format!("{ways:?}").contains("hunter2"));
}

/// A program that the test writes.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("alarm");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// `sh` runs it: a file that was just written may still be busy.
fn command(script: &Path, argument: &str) -> AlertSettings {
    let arguments = vec![script.display().to_string(), argument.to_owned()];
    let command = AlertCommand { program: "/bin/sh".to_owned(), arguments };
    AlertSettings { command: Some(command), ..AlertSettings::default() }
}

#[tokio::test]
async fn a_program_gets_the_message_its_parts_and_nothing_of_the_cores_environment() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let script = format!(
        "read -r json; {{ printf '%s\\n' \"$json\"; echo \"$ALAMOR_CHECK $ALAMOR_STATE $1\"; env; }} >{}",
        out.display()
    );
    let settings = command(&program(folder.path(), &script), "urgent");
    expect(&deliver(&settings, "").await, "ALERT_COMMAND", Ok("it ended with exit code 0"));
    let out = std::fs::read_to_string(out).unwrap();
    let json: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(json["check"], "test");
    assert_eq!(out.lines().nth(1), Some("test ok urgent"));
    assert!(!out.contains("CARGO"), "{out}");
}

#[tokio::test]
async fn a_program_that_fails_says_why_by_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let script = program(folder.path(), "echo first >&2; printf 'no\\033[2J modem\\n' >&2; exit 3");
    let why = "it ended with exit code 3: no[2J modem";
    expect(&deliver(&command(&script, ""), "").await, "ALERT_COMMAND", Err(why));
    let gone = AlertCommand { program: "/nowhere/alarm".to_owned(), arguments: Vec::new() };
    let gone = AlertSettings { command: Some(gone), ..AlertSettings::default() };
    let why = "/nowhere/alarm cannot be run: No such file or directory (os error 2)";
    expect(&deliver(&gone, "").await, "ALERT_COMMAND", Err(why));
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!("sleep 600 & echo $! >{0}; echo $$ >>{0}; wait", pids.display());
    let settings = command(&program(folder.path(), &script), "");
    let why = "it was not over within 0 s and was killed";
    expect(&deliver(&settings, "").await, "ALERT_COMMAND", Err(why));
    let pids = std::fs::read_to_string(pids).unwrap();
    for pid in pids.lines().map(|pid| pid.parse::<i32>().unwrap()) {
        let is_alive = || {
            let stat = procfs::process::Process::new(pid).and_then(|process| process.stat());
            stat.is_ok_and(|stat| stat.state != 'Z')
        };
        let ended = async {
            while is_alive() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
    }
}

#[tokio::test]
async fn one_way_that_fails_keeps_no_other_from_being_told() {
    let receiver = Receiver::start(vec![(200, r#"{"ok":true}"#)]).await;
    let settings = AlertSettings { webhook: webhook(&receiver.url, None).webhook, ..bot(&[7]) };
    let gone = AlertCommand { program: "/nowhere/alarm".to_owned(), arguments: Vec::new() };
    let settings = AlertSettings { command: Some(gone), ..settings };
    let delivered = deliver(&settings, &receiver.url).await;
    let results: Vec<(&str, bool)> =
        delivered.iter().map(|each| (each.way, each.result.is_ok())).collect();
    assert_eq!(results, [("ALERT_URL", true), ("ALERT_COMMAND", false), ("ALERT_TELEGRAM", true)]);
    assert_eq!(names(&settings), ["ALERT_URL", "ALERT_COMMAND", "ALERT_TELEGRAM"]);
}
