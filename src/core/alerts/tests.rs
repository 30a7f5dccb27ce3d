//! From the board to a receiver.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::follower::is_quiet;
use super::ways::Limits;
use super::*;
use crate::api::{Check, CheckState};
use crate::config::alerts::{AlertCommand, Quiet, Telegram};
use crate::core::probes::board::{Board, Place};

/// In a hurry.
const PACE: Pace = Pace {
    tick: Duration::from_millis(5),
    read: Duration::from_mins(10),
    gather: Duration::ZERO,
    start: Duration::ZERO,
};

/// How often something would look.
const EVERY: Duration = Duration::from_secs(10);

fn place(name: &str) -> Place {
    Place::Inside(name.to_owned())
}

fn check(name: &str, state: CheckState) -> Check {
    let reason = (state == CheckState::Crit).then(|| "nothing listens there".to_owned());
    Check { name: name.to_owned(), state, reason, ..Check::default() }
}

/// Writes what it is told into a file, a line a message; fails if it is told about `bad`.
fn writing(folder: &Path) -> AlertSettings {
    let path = folder.join("alarm");
    let out = folder.join("out");
    let script = format!(
        "echo \"$ALAMOR_STATE $ALAMOR_CHECK\" >>{}; test \"$ALAMOR_CHECK\" != bad",
        out.display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = vec![path.display().to_string()];
    let command = Some(AlertCommand { program: "/bin/sh".to_owned(), arguments });
    AlertSettings { command, ..AlertSettings::default() }
}

fn follower<'a>(settings: &AlertSettings, alerts: &'a Alerts) -> Follower<'a> {
    Follower {
        ways: Ways::new(settings).unwrap(),
        sender: Sender { domain: None, instance: "1f".to_owned() },
        quiet: settings.quiet,
        zone: TimeZone::UTC,
        alerts,
        pace: PACE,
    }
}

/// Waits until the file has that many lines.
async fn lines(folder: &Path, count: usize) -> Vec<String> {
    let heard = async {
        loop {
            let text = std::fs::read_to_string(folder.join("out")).unwrap_or_default();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if lines.len() >= count {
                return lines;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap()
}

#[tokio::test]
async fn what_turns_on_the_board_reaches_a_program_once() {
    let folder = tempfile::tempdir().unwrap();
    let (board, alerts) = (Board::default(), Alerts::default());
    let settings = writing(folder.path());
    let follower = follower(&settings, &alerts);
    let checks = || board.checks(Timestamp::now());
    let followed = follower.follow(board.turns(), &checks);
    let acted = async {
        board.take(place("port"), EVERY, check("port", CheckState::Crit), Timestamp::now());
        lines(folder.path(), 1).await;
        for _ in 0..2 {
            board.take(place("port"), EVERY, check("port", CheckState::Ok), Timestamp::now());
        }
        lines(folder.path(), 2).await;
        board.take(place("bad"), EVERY, check("bad", CheckState::Crit), Timestamp::now());
        lines(folder.path(), 3).await
    };
    let told = tokio::select! {
        told = acted => told,
        () = followed => panic!("the board has not ended"),
    };
    assert_eq!(told, ["crit port", "ok port", "crit bad"]);
}

#[tokio::test]
async fn what_did_not_go_out_is_a_warning_and_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let (board, alerts) = (Board::default(), Alerts::default());
    let settings = writing(folder.path());
    assert_eq!(alerts.found(&AlertSettings::default()), None);
    assert_eq!(alerts.found(&settings).unwrap().state, CheckState::Ok);
    let follower = follower(&settings, &alerts);
    let checks = || board.checks(Timestamp::now());
    let followed = follower.follow(board.turns(), &checks);
    let acted = async {
        board.take(place("bad"), EVERY, check("bad", CheckState::Crit), Timestamp::now());
        lines(folder.path(), 1).await;
        // The next message comes after the failed one was given up.
        board.take(place("port"), EVERY, check("port", CheckState::Crit), Timestamp::now());
        lines(folder.path(), 2).await
    };
    let told = tokio::select! {
        told = acted => told,
        () = followed => panic!("the board has not ended"),
    };
    assert_eq!(told, ["crit bad", "crit port"]);
    let failed = Delivered { way: "ALERT_COMMAND", result: Err("exit code 1".to_owned()) };
    alerts.note(Timestamp::UNIX_EPOCH, failed);
    let found = alerts.found(&settings).unwrap();
    let reason = "the alert of 1970-01-01 00:00 UTC did not go out by ALERT_COMMAND: exit code 1";
    assert_eq!((found.state, found.reason.as_deref()), (CheckState::Warn, Some(reason)));
    assert_eq!(found.fix.as_deref(), Some("alamor alert test"));
}

#[tokio::test]
async fn a_way_that_hangs_delays_neither_another_way_nor_what_comes_next() {
    let folder = tempfile::tempdir().unwrap();
    // It takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", silent.local_addr().unwrap());
    let telegram = Telegram { token: "1:hunter2".into(), admins: (0..10).collect() };
    let settings = AlertSettings { telegram: Some(telegram), ..writing(folder.path()) };
    let (board, alerts) = (Board::default(), Alerts::default());
    let ways = Ways::with(&settings, &base, Limits::default()).unwrap();
    let follower = Follower { ways, ..follower(&settings, &alerts) };
    let checks = || board.checks(Timestamp::now());
    let followed = follower.follow(board.turns(), &checks);
    let acted = async {
        board.take(place("port"), EVERY, check("port", CheckState::Crit), Timestamp::now());
        lines(folder.path(), 1).await;
        board.take(place("tcp"), EVERY, check("tcp", CheckState::Crit), Timestamp::now());
        lines(folder.path(), 2).await
    };
    let told = tokio::select! {
        told = acted => told,
        () = followed => panic!("the board has not ended"),
    };
    assert_eq!(told, ["crit port", "crit tcp"]);
}

#[test]
fn quiet_hours_are_those_of_the_machine() {
    let night = Some(Quiet { from: 23 * 60, to: 7 * 60 });
    let tehran = TimeZone::fixed(jiff::tz::offset(3).saturating_add(jiff::Span::new().minutes(30)));
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for (utc, is_quiet_there) in [
        ("2026-11-27T19:29:59Z", false),
        ("2026-11-27T19:30:00Z", true),
        ("2026-11-28T03:29:59Z", true),
        ("2026-11-28T03:30:00Z", false),
    ] {
        assert_eq!(is_quiet(night, at(utc), &tehran), is_quiet_there, "{utc}");
    }
    assert!(!is_quiet(None, at("2026-11-27T23:30:00Z"), &TimeZone::UTC));
}
