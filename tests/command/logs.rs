//! `alamor logs`, as a script uses it, and the Logs screen on a real core.

use std::process::Command;

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;
use serde_json::Value;

use crate::run::{Process, alamor};
use crate::world::World;

#[test]
fn the_newest_records_are_listed_filtered_and_told_as_json() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    let all = world.alamor(&["logs"]).expect(0);
    assert!(all.out.contains(" INFO  core  The core listens  listen="), "{}", all.out);
    assert!(all.out.contains(" INFO  core::update::start  A job begins  "), "{}", all.out);
    let one = world.alamor(&["logs", "--grep", "JOB ENDED", "--target", "update", "-n", "1"]);
    assert_eq!(one.expect(0).out.lines().count(), 1);
    let none = world.alamor(&["logs", "--level", "error"]).expect(0);
    assert_eq!((none.out.as_str(), none.err.as_str()), ("", ""));
    let json = world.alamor(&["logs", "--json", "-n", "500"]).expect(0);
    let records: Vec<Value> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = records.iter().map(|one| one["seq"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted() && !numbers.is_empty(), "{numbers:?}");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn following_ends_well_when_it_is_stopped_and_tells_when_the_core_is_gone() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let mut logs =
        Process::start(alamor(world.folder(), &["logs", "-f", "--grep", "job begins"]), "");
    world.alamor(&["update", "--all"]).expect(0);
    assert!(logs.first_line().contains("A job begins"));
    core.stop(Signal::TERM).expect(0);
    logs.wait_for("connection lost");
    logs.stop(Signal::INT).expect(0);
}

#[test]
fn the_level_changes_while_the_core_runs_and_goes_back() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let told = |text: &str| world.alamor(&["logs", "--json", "--grep", text]).expect(0).out;
    let update = || {
        world.alamor(&["update", "--all"]).expect(0);
        told("A job begins").lines().count()
    };
    assert_eq!(update(), 1);
    assert_eq!(world.alamor(&["logs", "--set-level", "ERROR"]).expect(0).out, "error\n");
    assert_eq!(update(), 1);
    let done = world.alamor(&["logs", "--set-level", "debug"]).expect(0);
    assert_eq!(done.out, "info,alamor=debug\n");
    assert_eq!(update(), 2);
    assert_eq!(world.alamor(&["logs", "--set-level", "setting"]).expect(0).out, "info\n");
    let changes = told("was changed");
    assert_eq!(changes.lines().count(), 3, "{changes}");
    assert!(changes.contains(r#""level":"debug"}"#), "{changes}");
    for wrong in [&["logs", "--set-level", "loud"][..], &["logs", "--set-level", "info", "-f"]] {
        world.alamor(wrong).expect(2);
    }
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_requests_trace_stands_on_the_records_that_it_leads_to() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    world.behave(&panel, Behaviour::Refuse);
    let key = format!("Bearer {}", world.setting("ADMIN_API_KEY"));
    let headers = [("traceparent", parent.as_str()), ("authorization", key.as_str())];
    world.get("/api/v1/purchases/4711", &headers);
    world.post("/admin/update_configs/1", &headers);
    let told = world.alamor(&["logs", "--grep", &format!("trace_id={trace}")]).expect(0).out;
    assert!(told.contains("Updated purchase 1"), "{told}");
    let plain = world.alamor(&["logs", "--grep", "The core listens"]).expect(0).out;
    assert!(!plain.contains("trace_id"), "{plain}");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn without_a_core_it_ends_with_2_and_says_where_the_log_is() {
    let world = World::new();
    for args in [&["logs"][..], &["logs", "-f"]] {
        let done = world.alamor(args).expect(2);
        assert_eq!(done.out, "");
        done.says(&["nothing listens there", "journalctl -u alamorwebhook"]);
    }
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let world = World::new();
    let core = world.serve();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"{ "$0" logs -n 500; echo "code $?" >&2; } | true"#]);
    shell.arg(env!("CARGO_BIN_EXE_alamor"));
    shell.current_dir(world.folder());
    assert_eq!(Process::start(shell, "").done().expect(0).err, "code 0\n");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn the_screen_follows_the_core_and_keeps_what_it_said_when_it_is_gone() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "1 active"]);
    terminal.press("5");
    terminal.shows(&["Log of the core   live", "INFO  core", "The core listens"]);
    world.behave(&panel, Behaviour::Refuse);
    world.alamor(&["update", "--all"]);
    terminal.shows(&["A job ended"]);
    terminal.press("/job ended\r");
    terminal.until("only the end of the job", |screen| {
        screen.contains("filter job ended") && !screen.contains("The core listens")
    });
    terminal.press("\r");
    terminal.shows(&["alamor::core::update::runner", "connection_… 1"]);
    terminal.press("\x1b");
    terminal.until("the list again", |screen| !screen.contains("alamor::core"));
    terminal.press("o");
    terminal.shows(&["Log of this console", "the core answers"]);
    terminal.press("o");
    terminal.shows(&["Log of the core", "A job ended"]);
    core.stop(Signal::TERM).expect(0);
    terminal.shows(&["Log of the core", "the core is not reached", "A job ended"]);
    terminal.press("q");
    terminal.ends_with(0);
}
