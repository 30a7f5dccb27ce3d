//! However the console ends, the terminal is as it was, and nothing is left.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use alamor::client::Client;
use alamor::console::{
    self, Access, Attachment, Bandwidth, Begin, Checker, Look, Options, Preferences,
};
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::demo::leftovers;
use crate::pty::Terminal;
use crate::world::World;

const DEMO: [&str; 3] = ["demo", "--purchases", "20"];

fn check(end: impl Fn(&mut Terminal)) {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), &DEMO);
    terminal.shows(&["● live", "20 active purchases"]);
    end(&mut terminal);
    terminal.ends_with(0);
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

#[test]
fn every_signal_that_ends_it_leaves_the_terminal_as_it_was() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        check(|terminal| terminal.signal(signal));
    }
}

#[test]
fn control_c_leaves() {
    check(|terminal| terminal.press("\x03"));
}

#[test]
fn a_signal_in_the_middle_of_a_question_leaves_the_terminal_as_it_was() {
    check(|terminal| {
        terminal.press("u");
        terminal.shows(&["Update all?"]);
        terminal.signal(Signal::TERM);
    });
}

#[test]
fn control_z_gives_the_terminal_back_until_the_console_goes_on() {
    check(|terminal| {
        terminal.press("\x1a");
        terminal.until_stopped();
        terminal.signal(Signal::CONT);
        terminal.shows(&["● live", "20 active purchases"]);
        terminal.press("q");
    });
}

#[test]
fn a_stop_from_outside_gives_the_terminal_back_too() {
    check(|terminal| {
        terminal.signal(Signal::TSTP);
        terminal.until_stopped();
        terminal.signal(Signal::CONT);
        terminal.shows(&["● live", "20 active purchases"]);
        terminal.press("q");
    });
}

#[test]
fn the_terminal_is_asked_nothing() {
    check(|terminal| {
        terminal.press("\x0c");
        terminal.shows(&["● live", "20 active purchases"]);
        terminal.resize(100, 30);
        terminal.until("the new size", |screen| screen.lines().count() == 30);
        assert_eq!(terminal.questions(), 0);
        terminal.press("q");
    });
}

#[test]
fn a_focus_that_comes_and_goes_presses_no_key() {
    check(|terminal| {
        terminal.press("/\x1b[Oab\x1b[Ic");
        terminal.shows(&["filter abc"]);
        terminal.press("\x1b");
        terminal.until("no filter", |screen| !screen.contains("enter apply"));
        terminal.press("q");
    });
}

#[test]
fn a_megabyte_that_is_pasted_is_one_bounded_line() {
    check(|terminal| {
        terminal.press("/");
        terminal.shows(&["enter apply"]);
        let text = "panel:nobody\n".repeat(1_000_000 / 13);
        terminal.press(&format!("\x1b[200~{text}\x1b[201~"));
        terminal.shows(&["filter", "panel:nobody panel:nobody"]);
        terminal.press("\x1b");
        terminal.until("no filter", |screen| !screen.contains("enter apply"));
        terminal.press("q");
    });
}

#[test]
fn a_storm_of_sizes_is_few_frames_and_ends_with_the_right_one() {
    check(|terminal| {
        let (began, before) = (Instant::now(), terminal.frames());
        for step in 0..100 {
            terminal.resize(60 + step, 20 + step % 30);
        }
        terminal.resize(90, 33);
        terminal.until("a frame of the last size", |screen| {
            screen.lines().count() == 33
                && screen.contains("20 active purchases")
                && screen.lines().last().is_some_and(|line| line.contains("q quit"))
        });
        let (frames, took) = (terminal.frames() - before, began.elapsed());
        // One at once, then ten a second; two more for what the core says meanwhile.
        let most = 3 + took.as_millis() / 100;
        assert!((frames as u128) <= most, "{frames} frames in {took:?}");
        terminal.press("q");
    });
}

#[test]
fn a_terminal_that_vanishes_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), &DEMO);
    terminal.shows(&["● live", "20 active purchases"]);
    let (status, _) = terminal.vanish();
    assert!(status.success(), "{status:?}");
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

#[test]
fn a_terminal_that_vanishes_ends_it_also_where_hangups_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open_deaf(folder.path(), &DEMO);
    terminal.shows(&["● live", "20 active purchases"]);
    let (status, _) = terminal.vanish();
    assert!(status.success(), "{status:?}");
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

#[test]
fn where_hangups_are_ignored_a_vanished_terminal_makes_nothing_spin() {
    let world = World::new();
    let core = world.serve();
    let mut terminal = Terminal::open_deaf(world.folder(), &[]);
    terminal.shows(&["● live", "0 active purchases"]);
    let began = Instant::now();
    let (status, processor) = terminal.vanish();
    assert!(status.success(), "{status:?}");
    // Its reader spins from the cut to the end of the process, so that is soon.
    assert!(processor <= Duration::from_millis(500), "{processor:?} in {:?}", began.elapsed());
    core.stop(Signal::TERM).expect(0);
}

/// Set where the test below is the program on the terminal.
const PANICS: &str = "ALAMOR_TEST_PANICS";

#[test]
fn a_panic_leaves_the_terminal_as_it_was_and_a_report_without_secrets() {
    if env::var(PANICS).is_ok() {
        return run_and_panic();
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env::current_exe().unwrap());
    let name = "terminal::a_panic_leaves_the_terminal_as_it_was_and_a_report_without_secrets";
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    let state = folder.path().to_str().unwrap();
    let variables = [(PANICS, "1"), ("XDG_STATE_HOME", state)];
    let mut terminal = Terminal::run(folder.path(), command, &variables);
    terminal.shows(&["nothing listens there", "q quit"]);
    terminal.signal(Signal::USR1);
    let said = terminal.ends_with(101);
    for text in ["a fault of the console ended it", "terminal.rs", "The report is", "send it"] {
        assert!(said.contains(text), "{text:?} is not in\n{said}");
    }
    let reports: Vec<_> = fs::read_dir(folder.path().join("alamor")).unwrap().collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    let report = reports[0].as_ref().unwrap();
    assert_eq!(report.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let report = fs::read_to_string(report.path()).unwrap();
    assert!(report.contains("terminal.rs") && report.contains("it broke at"), "{report}");
    assert!(report.contains(env!("CARGO_PKG_VERSION")) && report.contains("run_and_panic"));
    assert!(!report.contains("s3cret") && !said.contains("s3cret"), "{report}\n{said}");
}

/// A console on no core, on whose thread something panics.
fn run_and_panic() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = Client::new("http://127.0.0.1:9", None).unwrap();
        let look = Look::new(false, true);
        let options = Options {
            client,
            by: "tester".into(),
            attachment: Attachment::Attached,
            look,
            bandwidth: Bandwidth::Usual,
            access: Access::Full,
            preferences: Preferences::default(),
            checker: Checker::of_this_program(Vec::new()),
            begin: Begin::Overview,
        };
        let mut told = signal(SignalKind::user_defined1()).unwrap();
        tokio::select! {
            ended = console::run(options) => drop(ended.unwrap()),
            () = async {
                told.recv().await;
                let link = format!("https://example.net/sub/{}", "s3cret-s3cret");
                panic!("it broke at {link} with \"s3cret\"");
            } => {}
        }
    });
}

#[test]
fn every_size_is_drawn_and_a_too_small_one_says_what_it_needs() {
    check(|terminal| {
        terminal.resize(120, 40);
        terminal.until("a wide frame", |screen| {
            screen.lines().count() == 40 && screen.contains("┌ Core") && screen.contains("q quit")
        });
        terminal.resize(39, 9);
        terminal.shows(&["40x10 needed", "here 39x9"]);
        // Nothing hidden is done: the question is not seen, so a yes must not start anything.
        terminal.resize(80, 24);
        terminal.shows(&["1 Overview", "20 active purchases", "q quit"]);
        for step in 0..40 {
            terminal.resize(40 + step * 2, 10 + step % 30);
        }
        terminal.resize(80, 24);
        terminal.until("a frame of the last size", |screen| {
            screen.lines().count() == 24
                && screen.contains("20 active purchases")
                && screen.contains("q quit")
        });
        terminal.press("q");
    });
}
