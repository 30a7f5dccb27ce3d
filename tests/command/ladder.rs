//! The ladder on the real binary: its console starts `alamor check`, with and without a core.

use std::fs;

use rustix::process::Signal;

use crate::pty::Terminal;
use crate::world::World;

#[test]
fn without_a_core_the_operator_is_led_to_the_ladder_to_its_evidence_and_back() {
    let world = World::new();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["nothing listens there", "Start a core inside this console?"]);
    terminal.press("t\r");
    let screen = terminal.shows(&["Troubleshoot   public path", "settings", "12 rungs"]);
    assert!(screen.contains("no alamor core runs"), "{screen}");
    assert!(screen.contains("alamor serve"), "{screen}");
    terminal.press("g\r");
    terminal.shows(&["by alamor check", "Asked and answered"]);
    terminal.press("\x1b");
    terminal.shows(&["12 rungs"]);
    terminal.press("\x1b");
    terminal.shows(&["nothing listens there", "look for the cause step by step: t"]);
    // From there it is one key, and what was found just now is not asked again.
    terminal.press("t");
    terminal.shows(&["12 rungs"]);
    terminal.press("q");
    terminal.ends_with(0);
}

#[test]
fn what_the_ladder_found_goes_into_a_new_file_without_the_key() {
    let world = World::new();
    let core = world.serve();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "0 active purchases"]);
    terminal.press("6");
    terminal.shows(&["12 rungs"]);
    terminal.press("w");
    terminal.shows(&["saved as alamor-check-"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
    let files = fs::read_dir(world.folder()).unwrap().map(|file| file.unwrap().path());
    let is_report = |path: &std::path::PathBuf| {
        path.file_name().unwrap().to_string_lossy().starts_with("alamor-check-")
    };
    let reports: Vec<_> = files.filter(is_report).collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    let text = fs::read_to_string(&reports[0]).unwrap();
    assert!(text.contains("the ladder to what customers reach") && text.contains("endpoint"));
    assert!(!text.contains(&world.setting("ADMIN_API_KEY")), "{text}");
}

#[test]
fn settings_that_cannot_be_read_are_the_first_rung() {
    let world = World::new();
    let core = world.serve();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live"]);
    world.set("WEBHOOK_BIND", "nowhere");
    terminal.press("6");
    terminal.shows(&["✖ settings", "WEBHOOK_BIND", "not tried", "12 rungs"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn the_demo_is_looked_at_and_nothing_of_the_operator_is() {
    let folder = tempfile::tempdir().unwrap();
    // Broken settings of the operator's, where the demo is started.
    fs::write(folder.path().join(".env"), "WEBHOOK_BIND=nowhere\n").unwrap();
    let mut terminal = Terminal::open(folder.path(), &["demo", "--purchases", "20"]);
    terminal.shows(&["● live", "20 active purchases"]);
    terminal.press("6");
    let screen = terminal.shows(&["12 rungs"]);
    assert!(!screen.contains("nowhere") && !screen.contains("✖ settings"), "{screen}");
    terminal.press("q");
    terminal.ends_with(0);
}

#[test]
fn line_by_line_a_rung_is_a_sentence() {
    let world = World::new();
    let core = world.serve();
    let mut terminal = world.terminal(&["--plain"]);
    terminal.shows(&["Connected to http"]);
    terminal.press("check\n");
    terminal.until("the end of the ladder", |screen| {
        screen.contains("nothing is broken.") || screen.contains("was not tried.")
    });
    terminal.press("quit\n");
    terminal.ends_in_lines_with(0);
    core.stop(Signal::TERM).expect(0);
}
