//! `alamor key`: written where there is none, changed without a refused request, and nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::run::{Process, alamor};
use crate::world::World;

const KEY: &str = "my-secure-api-key-2024";

/// A folder whose settings are `text`.
fn world(text: &str) -> World {
    let world = World::new();
    fs::write(world.folder().join(".env"), text).unwrap();
    world
}

fn text(world: &World) -> String {
    fs::read_to_string(world.folder().join(".env")).unwrap()
}

#[test]
fn a_missing_key_is_written_and_nothing_else_changes() {
    let before = "# the bot's\r\nBOT=1 # x\r\nADMIN_API_KEY=your-secret-key # from the guide\r\nB='a\r\nb'\r\n";
    let world = world(before);
    let file = world.folder().join(".env");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let done = world.alamor(&["key", "set", "--yes"]).expect(0);
    let key = world.setting("ADMIN_API_KEY").replace(" # from the guide", "");
    let key = key.trim_end();
    assert!(key.len() >= 43, "{key}");
    assert_eq!(text(&world), before.replace("your-secret-key", key));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(done.err.contains("systemctl restart alamorwebhook"), "{}", done.err);
    assert!(!format!("{}{}", done.out, done.err).contains(key));
    world.alamor(&["key", "set", "--yes"]).expect(2).says(&["alamor key rotate"]);
    world.alamor(&["key", "check"]).expect(0);
}

#[test]
fn a_key_of_the_operators_own_comes_from_standard_input() {
    let world = world("A=1");
    let set = |input: &str| {
        let command = alamor(world.folder(), &["key", "set", "--stdin", "--yes"]);
        Process::start(command, input).done()
    };
    let weak = set("short\n").expect(2);
    assert!(weak.err.contains("is shorter than 16 characters"), "{}", weak.err);
    assert_eq!(text(&world), "A=1");
    let done = set(&format!(" {KEY}\n")).expect(0);
    assert_eq!(text(&world), format!("A=1\nADMIN_API_KEY={KEY}\n"));
    assert!(!format!("{}{}", done.out, done.err).contains(KEY));
}

#[test]
fn a_key_is_changed_in_two_steps_and_the_one_before_opens_in_between() {
    let world = world(&format!("ADMIN_API_KEY={KEY}\nB=2\n"));
    let done = world.alamor(&["key", "rotate", "--yes"]).expect(0);
    let fresh = world.setting("ADMIN_API_KEY");
    assert_ne!(fresh, KEY);
    assert_eq!(text(&world), format!("ADMIN_API_KEY={fresh}\nB=2\nADMIN_API_KEY_PREVIOUS={KEY}\n"));
    assert!(done.err.contains("alamor key rotate --finish"), "{}", done.err);
    for secret in [KEY, &fresh] {
        assert!(!format!("{}{}", done.out, done.err).contains(secret));
    }
    let check = world.alamor(&["key", "check"]).expect(0);
    assert!(check.out.contains("the one before opens as well"), "{}", check.out);
    world.alamor(&["key", "rotate", "--yes"]).expect(2).says(&["a change is under way"]);
    world.alamor(&["key", "rotate", "--finish", "--yes"]).expect(0);
    assert_eq!(text(&world), format!("ADMIN_API_KEY={fresh}\nB=2\nADMIN_API_KEY_PREVIOUS=\n"));
    world.alamor(&["key", "rotate", "--finish", "--yes"]).expect(2).says(&["nothing is under way"]);
}

#[test]
fn nothing_is_written_without_a_yes() {
    let before = format!("ADMIN_API_KEY={KEY}\n");
    let world = world(&before);
    for args in [&["key", "rotate"][..], &["key", "rotate", "--finish"], &["key", "set"]] {
        world.alamor(args).expect(2);
        assert_eq!(text(&world), before);
    }
    fs::write(world.folder().join(".env"), "A=1\n").unwrap();
    world.alamor(&["key", "set"]).expect(2).says(&["--yes"]);
    world.alamor(&["key", "rotate", "--yes"]).expect(2).says(&["alamor key set"]);
    assert_eq!(text(&world), "A=1\n");
}

#[test]
fn the_key_before_is_written_as_it_was_read() {
    let before = "K=x\nADMIN_API_KEY='a${K}'\n";
    let world = world(before);
    world.alamor(&["key", "rotate", "--yes"]).expect(0);
    let fresh = world.setting("ADMIN_API_KEY");
    assert_eq!(text(&world), format!("K=x\nADMIN_API_KEY={fresh}\nADMIN_API_KEY_PREVIOUS=ax\n"));
    let names: Vec<_> =
        fs::read_dir(world.folder()).unwrap().map(|each| each.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{names:?}");
}
