//! The line between a console and its core: how soon a loss of it is told, and that it comes back.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::proxy::{Line, Proxy};
use crate::world::World;

/// Breaks the line as `how`; "stale" must be read within `within`, and "live" after it is mended.
fn check(how: Line, within: Duration, why: &str) {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let proxy = Proxy::start(world.address());
    let mut terminal = world.terminal(&["--core", &proxy.url()]);
    terminal.shows(&["● live", "1 active purchase"]);
    let began = Instant::now();
    proxy.set(how);
    let screen = terminal.shows(&["stale since", why]);
    let took = began.elapsed();
    assert!(took <= within, "told after {took:?}");
    assert!(screen.contains("1 active purchase"), "what was heard stays:\n{screen}");
    terminal.press("u");
    terminal.shows(&["nothing is changed before it is"]);
    proxy.set(Line::Carries);
    terminal.shows(&["● live", "1 active purchase"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_line_that_is_cut_is_told_within_a_second() {
    check(Line::Cut, Duration::from_secs(1), "cut");
}

#[test]
fn a_line_that_falls_silent_is_told_within_ten_seconds() {
    check(Line::Silent, Duration::from_secs(10), "silent");
}

#[test]
fn a_core_that_never_answers_is_waited_for_on_the_screen() {
    let world = World::new();
    let core = world.serve();
    let proxy = Proxy::start(world.address());
    proxy.set(Line::Silent);
    let mut terminal = world.terminal(&["--core", &proxy.url()]);
    terminal.shows(&["connecting", &proxy.url(), "q quit"]);
    proxy.set(Line::Carries);
    terminal.shows(&["● live"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}
