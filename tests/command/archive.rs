//! `alamor export` and `alamor import`, as an operator moves to another machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;

use crate::world::World;

#[test]
fn what_is_kept_is_written_while_a_core_works_and_read_where_nothing_is() {
    let world = World::new();
    let panel = world.panel("de-1");
    let sold = world.sell(&panel, 7);
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    world.alamor(&["export", "kept.jsonl"]).expect(0).says(&["kept.jsonl", "written"]);
    let file = world.folder().join("kept.jsonl");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    for secret in [world.setting("ADMIN_API_KEY"), world.setting("ENCRYPTION_KEY_ALAMOR")] {
        assert!(!text.contains(&secret));
    }
    world.alamor(&["export", "kept.jsonl"]).expect(2).says(&["kept.jsonl", "exists"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    world.alamor(&["import", "kept.jsonl"]).expect(2).says(&["another core already uses"]);
    core.stop(Signal::TERM).expect(0);
    world.alamor(&["import", "kept.jsonl"]).expect(2).says(&["an import replaces nothing"]);
    world.set("STATE_DATABASE", "sqlite:state.db");
    world.alamor(&["import", "kept.jsonl"]).expect(0).says(&["kept.jsonl", "read"]);
    let core = world.serve();
    assert_eq!(world.get(&format!("/sub/{}", sold.sub_id), &[]).0, 200);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn an_export_that_fails_leaves_no_file() {
    let world = World::new();
    world.alamor(&["export", "kept.jsonl"]).expect(2).says(&["nothing to export"]);
    assert!(!world.folder().join("kept.jsonl").exists());
    world.alamor(&["import", "kept.jsonl"]).expect(2).says(&["kept.jsonl", "cannot be read"]);
}
