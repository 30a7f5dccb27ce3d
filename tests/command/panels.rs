//! `alamor panels`, as an operator or a script uses it.

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;
use serde_json::Value;

use crate::world::World;

/// The JSON objects on the lines of `out`.
fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn panels_are_listed_told_and_probed_and_the_exit_code_says_how_they_are() {
    let world = World::new();
    let (good, bad) = (world.panel("de-1"), world.panel("fr 2/b"));
    world.sell(&good, 7);
    world.sell(&bad, 8);
    world.behave(&bad, Behaviour::Refuse);
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(1);

    let list = world.alamor(&["panels"]).expect(2);
    let lines: Vec<&str> = list.out.lines().collect();
    assert!(lines[0].starts_with("NAME") && lines[0].contains("WAY"), "{}", list.out);
    assert!(lines[1].starts_with("de-1") && lines[1].contains("reachable"), "{}", list.out);
    assert!(lines[2].starts_with("fr 2/b") && lines[2].contains("unreachable"), "{}", list.out);
    assert!(lines[3].contains("refused the connection"), "{}", list.out);
    assert!(!list.out.contains('\u{1b}'), "no escapes in a pipe");

    let listed = objects(&world.alamor(&["panels", "--json"]).expect(2).out);
    let names: Vec<&str> = listed.iter().map(|panel| panel["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["de-1", "fr 2/b"]);

    let told = world.alamor(&["panels", "fr 2/b"]).expect(2);
    assert!(told.out.contains("state      unreachable since"), "{}", told.out);
    assert!(told.out.contains("sold       1 active purchase, 1 with older links"), "{}", told.out);
    let told = objects(&world.alamor(&["panels", "fr 2/b", "--json"]).expect(2).out);
    assert_eq!((told.len(), &told[0]["state"]), (1, &"unreachable".into()));

    let ladder = world.alamor(&["panels", "fr 2/b", "--probe"]).expect(2);
    assert!(ladder.out.starts_with("fr 2/b   ") && ladder.out.contains(" rung"), "{}", ladder.out);
    let rungs = objects(&world.alamor(&["panels", "fr 2/b", "--probe", "--json"]).expect(2).out);
    assert!(rungs.iter().any(|rung| rung["state"] == "crit"), "{rungs:?}");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_login_may_be_tried_again_and_what_is_not_there_is_said() {
    let world = World::new();
    world.panel("de-1");
    world.alamor(&["panels"]).expect(2).says(&["is not reached"]);
    let core = world.serve();
    let done = world.alamor(&["panels", "de-1", "--retry"]).expect(0);
    done.says(&["its login may be tried again"]);
    assert!(done.out.contains("login      "), "{}", done.out);
    world.alamor(&["panels", "de-2"]).expect(2).says(&["there is no panel of this name"]);
    world.alamor(&["panels", "de-2", "--probe"]).expect(2).says(&["there is no panel"]);
    world.alamor(&["panels", "--probe"]).expect(2).says(&["<NAME>"]);
    world.alamor(&["panels", "de-1", "--probe", "--retry"]).expect(2).says(&["cannot be used"]);
    core.stop(Signal::TERM).expect(0);
}
