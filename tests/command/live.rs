//! What commands draw on a terminal while they wait, and what is left of it.

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;

use crate::world::World;

#[test]
fn an_update_draws_a_bar_and_leaves_its_results_alone() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let terminal = world.terminal(&["update", "--all"]);
    let screen = terminal.ends_with(0);
    assert!(screen.contains("Total: 1 link"), "{screen}");
    assert!(!screen.contains("0 / 1"), "{screen}");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn who_does_not_wait_is_told_that_the_job_goes_on_and_how_to_come_back() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    world.behave(&panel, Behaviour::Hang);
    let core = world.serve();
    let mut terminal = world.terminal(&["update", "--all"]);
    terminal.shows(&["#1 ", "0 / 1", "0 ok"]);
    terminal.press("\x03");
    let screen = terminal.ends_with(130);
    assert!(screen.contains("update #1 goes on at the core"), "{screen}");
    assert!(!screen.contains("0 / 1"), "the bar is gone: {screen}");
    world.behave(&panel, Behaviour::Healthy);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn the_status_is_redrawn_in_place_and_says_when_the_core_is_gone() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let mut terminal = world.terminal(&["status", "--watch"]);
    terminal.shows(&["1 active: 0 fresh"]);
    world.alamor(&["update", "--all"]).expect(0);
    terminal.until("the new counts in place of the old ones", |screen| {
        screen.contains("1 active: 1 fresh") && screen.matches("purchases  ").count() == 1
    });
    terminal.resize(40, 24);
    core.stop(Signal::TERM).expect(0);
    let screen = terminal.shows(&["connection lost"]);
    assert!(screen.lines().all(|line| line.chars().count() < 40), "{screen}");
    terminal.signal(Signal::TERM);
}
