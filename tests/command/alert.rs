//! `alamor alert test`: on every way that is set, with what each answered.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use crate::run::run;

/// Answers one request with a status; gives back what came.
fn receiver(status: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hunter2", listener.local_addr().unwrap());
    let got = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut got = Vec::new();
        let mut some = [0; 4096];
        while !got.ends_with(b"]}") {
            let read = stream.read(&mut some).unwrap();
            assert!(read > 0, "the request ends early: {}", String::from_utf8_lossy(&got));
            got.extend_from_slice(&some[..read]);
        }
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(got).unwrap()
    });
    (url, got)
}

fn folder(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), settings).unwrap();
    folder
}

#[test]
fn a_test_goes_by_every_way_and_each_says_what_it_answered() {
    let (url, got) = receiver("200 OK");
    let folder = folder(&format!(
        "WEBHOOK_DOMAIN=sub.example.net\nALERT_URL={url}\nALERT_SECRET=hunter2\nALERT_COMMAND=true\n"
    ));
    let done = run(folder.path(), &["alert", "test"]).expect(0);
    let expected =
        "ALERT_URL      ok  it answered 200\nALERT_COMMAND  ok  it ended with exit code 0\n";
    assert_eq!(done.out, expected);
    let got = got.join().unwrap();
    assert!(got.starts_with("POST /hunter2 HTTP/1.1\r\n"), "{got}");
    assert!(got.to_lowercase().contains("\r\nx-alamor-signature: sha256="), "{got}");
    assert!(got.contains("\"domain\":\"sub.example.net\""), "{got}");
}

#[test]
fn one_that_has_not_got_it_is_exit_code_1_and_no_address_is_shown() {
    let (url, got) = receiver("404 Not Found");
    let folder = folder(&format!("ALERT_URL={url}\nALERT_COMMAND=false\n"));
    let done = run(folder.path(), &["alert", "test"]).expect(1);
    let expected =
        "ALERT_URL      CRIT  it answered 404\nALERT_COMMAND  CRIT  it ended with exit code 1\n";
    assert_eq!(done.out, expected);
    assert!(!format!("{done:?}").contains("hunter2"));
    got.join().unwrap();
}

#[test]
fn where_nobody_is_to_be_told_it_says_what_to_set() {
    let folder = folder("");
    let done = run(folder.path(), &["alert", "test"]).expect(2);
    done.says(&["nobody is told: set ALERT_URL, ALERT_COMMAND or ALERT_TELEGRAM=yes in "]);
    let folder = self::folder("ALERT_TELEGRAM=yes\nBOT_TOKEN_ALAMOR=1:hunter2/x\n");
    let done = run(folder.path(), &["alert", "test"]).expect(2);
    done.says(&["BOT_TOKEN_ALAMOR is no bot's token", "ADMIN_IDS_ALAMOR holds no id"]);
    assert!(!format!("{done:?}").contains("hunter2"));
}
