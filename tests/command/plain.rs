//! The console line by line, as somebody hears it.

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;

use crate::world::World;

#[test]
fn an_update_is_asked_for_heard_and_told_without_a_cursor_that_moves() {
    let world = World::new();
    let (good, bad) = (world.panel("de-1"), world.panel("fr-2"));
    world.sell(&good, 7);
    world.sell(&bad, 8);
    world.behave(&bad, Behaviour::Refuse);
    let core = world.serve();
    let mut terminal = world.terminal(&["--plain"]);
    terminal.shows(&["line by line", "Connected to http", "2 active purchases on 2 panels."]);
    terminal.press("updat all\n");
    terminal.shows(&["\"updat all\" is none of the lines that help names; nothing was done."]);
    terminal.press("update all\n");
    terminal.shows(&["Update all?", "Write yes, no, or dry"]);
    terminal.press("purchases\n");
    terminal.shows(&["The question is withdrawn.", "user 7, on de-1, 0 links, never"]);
    terminal.press("yes\n");
    terminal.shows(&["There is no question."]);
    terminal.press("update all\nyes\n");
    terminal.shows(&["Update #1 is done", "1 of 2 succeeded", "fr-2 refused the connection"]);
    terminal.press("jobs\n");
    terminal.shows(&["by tester. Update #1 is done"]);
    terminal.press("job 1\n");
    terminal.shows(&["de-1: 1 of 1", "fr-2: 1 of 1"]);
    terminal.press("job 9\n");
    terminal.shows(&["Update #9 was not read"]);
    terminal.press("logs\n");
    terminal.shows(&["info: A job ended, connection_error 1"]);
    core.stop(Signal::TERM).expect(0);
    terminal.shows(&["The core is not heard: "]);
    terminal.press("quit\n");
    terminal.ends_in_lines_with(0);
}

#[test]
fn it_needs_no_terminal_and_ends_with_its_input() {
    let world = World::new();
    let core = world.serve();
    let done = world.alamor(&["--plain"]).expect(0);
    assert!(done.out.starts_with("alamor, line by line, on http://"), "{}", done.out);
    assert!(!done.out.contains('\x1b'), "{}", done.out);
    core.stop(Signal::TERM).expect(0);
}
