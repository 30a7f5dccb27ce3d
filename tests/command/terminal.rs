//! However the console ends, the terminal is as it was, and nothing is left.

use rustix::process::Signal;

use crate::demo::leftovers;
use crate::pty::Terminal;

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
fn a_terminal_that_vanishes_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), &DEMO);
    terminal.shows(&["● live", "20 active purchases"]);
    let status = terminal.vanish();
    assert!(status.success(), "{status:?}");
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

#[test]
fn a_terminal_that_vanishes_ends_it_also_where_hangups_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open_deaf(folder.path(), &DEMO);
    terminal.shows(&["● live", "20 active purchases"]);
    let status = terminal.vanish();
    assert!(status.success(), "{status:?}");
    assert_eq!(leftovers(folder.path()), [""; 0]);
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
