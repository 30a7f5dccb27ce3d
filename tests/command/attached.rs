//! A console on a core of its own process: the core dies, comes back, refuses, or is not there.

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;

use crate::demo::number_after;
use crate::world::World;

#[test]
fn a_core_that_is_killed_in_a_job_is_told_and_the_job_goes_on_with_the_next_one() {
    let world = World::new();
    let (_good, hanging) = world.sell_six();
    let core = world.serve();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "6 active purchases", &world.address()[..9]]);
    terminal.press("u");
    terminal.shows(&["Update all?", "6 active purchases on 2 panels"]);
    terminal.press("\r");
    terminal.shows(&["Update all #1", "running", "3 / 6"]);
    world.wait_for_requests(&hanging, 3);

    let done = core.stop(Signal::KILL);
    assert_eq!(done.code, None);
    let screen = terminal.shows(&["stale since", "the core is not reached"]);
    assert!(screen.contains("3 / 6"), "what was shown stays: {screen}");
    terminal.press("x");
    terminal
        .until("a refusal", |screen| screen.contains("stale") && !screen.contains("Cancel #1?"));

    world.behave(&hanging, Behaviour::Healthy);
    let core = world.serve();
    let screen = terminal.shows(&["● live", "Update all #1", "done", "6 / 6"]);
    assert_eq!(number_after(&screen, "✔ Success"), 6, "{screen}");
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_console_with_another_key_says_so() {
    let world = World::new();
    let core = world.serve();
    let key = world.setting("ADMIN_API_KEY");
    world.set("ADMIN_API_KEY", "another-key-0123456789");
    let mut terminal = world.terminal(&[]);
    let screen = terminal.shows(&["refused", "does not take this key", "ADMIN_API_KEY"]);
    assert!(!screen.contains("another-key"), "{screen}");
    terminal.press("u");
    terminal
        .until("a refusal", |screen| screen.contains("refused") && !screen.contains("Update all?"));
    terminal.press("q");
    terminal.ends_with(0);

    for args in [&["status"][..], &["update", "--all"], &["purchases"]] {
        let done = world.alamor(args).expect(2);
        done.says(&["does not take this key", "ADMIN_API_KEY"]);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
        assert!(!done.err.contains("another-key") && !done.err.contains(&key));
    }
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn without_a_core_the_console_offers_one_and_takes_no_for_an_answer() {
    let world = World::new();
    let mut terminal = world.terminal(&[]);
    let question = "Start a core inside this console?";
    terminal.shows(&["nothing listens there", question]);
    terminal.press("n\r");
    terminal.ends_with(2);

    let mut terminal = world.terminal(&[]);
    terminal.shows(&[question]);
    terminal.press("\r");
    terminal.shows(&["● live", "0 active purchases"]);
    terminal.press("q");
    terminal.ends_with(0);
}

#[test]
fn an_embedded_core_yields_to_a_served_one_and_its_console_goes_on_with_that() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let mut terminal = world.terminal(&["--embedded"]);
    let screen = terminal.shows(&["● live", "1 active purchase"]);
    assert!(!screen.contains(world.address()), "the customers' port is not taken: {screen}");
    let core = world.serve();
    terminal.shows(&["● live", world.address(), "1 active purchase"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}
