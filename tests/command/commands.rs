//! The commands, as an operator or a script uses them.

use std::fs;

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;
use serde_json::Value;

use crate::demo::number_after;
use crate::run::{Done, Process, alamor, run};
use crate::world::{PASSWORD, World};

/// The one JSON object on stdout.
fn object(done: &Done) -> Value {
    assert_eq!(done.out.lines().count(), 1, "{}", done.out);
    serde_json::from_str(&done.out).unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn init_makes_what_is_missing_and_its_second_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(folder.path(), &["init"]).expect(0);
    done.says(&[".env: written", "alamor_vpn.db: created", "next: alamor add panel"]);
    assert_eq!(done.out, "");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let files = [".env", "database/alamor_vpn.db"];
    let before = files.map(read);
    for name in files {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let settings = String::from_utf8(before[0].clone()).unwrap();
    for secret in ["ADMIN_API_KEY=", "ENCRYPTION_KEY_ALAMOR="] {
        let value = settings.lines().find_map(|line| line.strip_prefix(secret)).unwrap();
        assert!(!done.err.contains(value), "{secret} is on the screen");
    }
    let done = run(folder.path(), &["init"]).expect(0);
    assert_eq!(done.err.matches("is there already and stays as it is").count(), 2, "{}", done.err);
    assert!(files.map(read) == before);
    run(folder.path(), &["key", "check"]).expect(0);
}

#[test]
fn what_is_added_is_updated_listed_and_told() {
    let world = World::new();
    let panel = world.panel("de-1");
    let first = world.sell(&panel, 7);
    let second = world.sell(&panel, 5512);
    let core = world.serve();
    let status = world.alamor(&["status"]).expect(0);
    assert!(status.out.contains("2 active: 0 fresh"), "{}", status.out);
    assert!(status.out.contains("2 never tried"), "{}", status.out);

    let done = world.alamor(&["update", "--all", "--lang", "ru"]).expect(0);
    assert!(done.out.contains("• ✅ Успешно: 2 ссылки\n"), "{}", done.out);
    assert!(done.out.ends_with("🎉 Некоторые ссылки успешно обновлены.\n"), "{}", done.out);

    let list = world.alamor(&["purchases", "--sort", "id"]).expect(0);
    let lines: Vec<&str> = list.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", list.out);
    for (line, sold) in lines[1..].iter().zip([&first, &second]) {
        assert!(line.trim_start().starts_with(&sold.id), "{line}");
        assert!(line.contains("de-1") && line.contains("fresh") && line.contains('5'), "{line}");
        assert!(!line.contains(&sold.sub_id), "{line}");
    }
    let listed = world.alamor(&["purchases", "--json", "--user", "5512"]).expect(0);
    let purchase = object(&listed);
    assert_eq!(purchase["id"].to_string(), second.id);
    assert_eq!((&purchase["user"], &purchase["state"]), (&5512.into(), &"fresh".into()));
    assert!(!listed.out.contains(&second.sub_id), "the subscription id is masked");
    for (filter, count) in [
        (&["--state", "fresh"][..], 2),
        (&["--state", "kept,failed"], 0),
        (&["--panel", "de-1"], 2),
        (&["--panel", "nl-1"], 0),
        (&["5512"], 1),
    ] {
        let done = world.alamor(&[&["purchases", "--json"], filter].concat()).expect(0);
        assert_eq!(done.out.lines().count(), count, "{filter:?}");
    }

    let status = world.alamor(&["status", "--json"]).expect(0);
    let health = object(&status);
    assert_eq!(health["purchases"]["fresh"], 2);
    assert_eq!(health["state"], "ok");
    assert_eq!(world.get(&format!("/sub/{}", first.sub_id), &[]).0, 200);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn the_audit_tells_who_did_what_newest_first() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let nothing = world.alamor(&["audit"]).expect(0);
    assert_eq!(nothing.out.lines().count(), 1, "{}", nothing.out);
    for _ in 0..2 {
        world.alamor(&["update", "--all"]).expect(0);
    }
    let done = world.alamor(&["audit"]).expect(0);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("WHEN") && lines.len() == 3, "{}", done.out);
    assert!(lines[1].ends_with("here  start job 2"), "{}", done.out);
    let newest = object(&world.alamor(&["audit", "--limit", "1", "--json"]).expect(0));
    assert_eq!((&newest["action"], &newest["subject"]), (&"start".into(), &"job 2".into()));
    assert_eq!(keys(&newest), ["at", "by", "origin", "action", "subject"]);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn an_update_as_json_is_one_object_of_the_promised_shape() {
    let world = World::new();
    let (good, bad) = (world.panel("de-1"), world.panel("sg-1"));
    let sold = [world.sell(&good, 7), world.sell(&bad, 8)];
    world.behave(&bad, Behaviour::LoginPage);
    let core = world.serve();
    let done = world.alamor(&["update", "--all", "--json"]).expect(1);
    let report = object(&done);
    let expected = [
        "job",
        "state",
        "success",
        "failed",
        "connection_error",
        "total",
        "elapsed_ms",
        "floor_ms",
        "items",
    ];
    assert_eq!(keys(&report), expected);
    assert_eq!((&report["job"], &report["state"]), (&1.into(), &"done".into()));
    let counters = ["success", "failed", "connection_error", "total"].map(|key| &report[key]);
    assert_eq!(counters, [1, 1, 0, 2]);
    let items = report["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    for (item, sold) in items.iter().zip(&sold) {
        assert_eq!(keys(item), ["purchase_id", "outcome", "links", "reason", "panels"]);
        assert_eq!(item["purchase_id"].to_string(), sold.id);
    }
    assert_eq!((&items[0]["outcome"], &items[0]["links"]), (&"updated".into(), &5.into()));
    assert_eq!(items[0]["reason"], Value::Null);
    assert_eq!(items[1]["outcome"], "failed");
    assert_eq!(keys(&items[1]["reason"]), ["code", "text"]);
    assert_eq!(items[1]["reason"]["text"], "sg-1 answered an HTML page, not a subscription",);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn retry_takes_what_did_not_succeed_and_one_id_takes_one() {
    let world = World::new();
    let (good, bad) = (world.panel("de-1"), world.panel("fr-2"));
    let sold = [world.sell(&good, 7), world.sell(&bad, 8)];
    world.behave(&bad, Behaviour::Refuse);
    let core = world.serve();
    let done = world.alamor(&["update", &sold[1].id, "--lang", "ru"]).expect(1);
    assert!(done.out.contains("• 📡 Ошибка соединения: 1 ссылка\n"), "{}", done.out);
    assert!(done.out.ends_with("⚠️ Нет связи с панелями: fr-2.\n"), "{}", done.out);
    done.says(&["fr-2: отказ в соединении"]);

    world.behave(&bad, Behaviour::LoginPage);
    let done = world.alamor(&["update", &sold[1].id, "--lang", "en"]).expect(1);
    let log = "⚠️ No links were updated. The log says why: journalctl -u alamorwebhook\n";
    assert!(done.out.ends_with(log), "{}", done.out);

    world.alamor(&["update", "--all"]).expect(1);
    world.behave(&bad, Behaviour::Healthy);
    let report = object(&world.alamor(&["retry", "--json"]).expect(0));
    assert_eq!((&report["success"], &report["total"]), (&1.into(), &1.into()));
    assert_eq!(report["items"][0]["purchase_id"].to_string(), sold[1].id);

    // Nothing is left to retry; there is no such job.
    for args in [&["retry"][..], &["retry", "99"]] {
        let done = world.alamor(args).expect(2);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_dry_run_says_what_would_change_and_writes_nothing() {
    let world = World::new();
    let panel = world.panel("de-1");
    let sold = world.sell(&panel, 7);
    let core = world.serve();
    let done = world.alamor(&["update", "--all", "--dry-run"]).expect(0);
    assert_eq!(number_after(&done.out, "Succeeded"), 1);
    done.says(&["dry run: nothing was written"]);
    let purchase = object(&world.alamor(&["purchases", "--json"]).expect(0));
    assert_eq!((&purchase["state"], &purchase["links"]), (&"never".into(), &0.into()));
    let report = object(&world.alamor(&["update", &sold.id, "--json"]).expect(0));
    assert_eq!(report["items"][0]["outcome"], "updated");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_dry_run_prints_each_link_that_would_change_without_its_secret() {
    let world = World::new();
    world.set("REMARK", "panel");
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    assert!(panel.remove_inbound(3));
    assert!(panel.change_inbound(1, |inbound| inbound.remark = "Renamed"));
    let done = world.alamor(&["update", "--all", "--dry-run"]).expect(0);
    let line = |sign: &str| {
        let found = done.out.lines().find(|line| line.trim_start().starts_with(sign));
        found.unwrap_or_else(|| panic!("no line with {sign:?} in\n{}", done.out)).to_owned()
    };
    assert!(line("- removed").contains("vmess://"), "{}", done.out);
    assert!(line("~ renamed").contains(" -> Renamed"), "{}", done.out);
    let report = object(&world.alamor(&["update", "--all", "--dry-run", "--json"]).expect(0));
    let changes = &report["items"][0]["changes"];
    assert_eq!((&changes["removed"], &changes["renamed"]), (&1.into(), &1.into()));
    assert_eq!(changes["links"][0]["change"], "removed");
    assert_eq!(changes["links"][0]["before"].get("text"), None, "{changes}");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn purchases_are_listed_by_outcome_and_age() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let core = world.serve();
    let count = |args: &[&str]| {
        let done = world.alamor(&[&["purchases", "--json"], args].concat()).expect(0);
        done.out.lines().count()
    };
    assert_eq!((count(&["--outcome", "none"]), count(&["--outcome", "updated"])), (1, 0));
    world.alamor(&["update", "--all"]).expect(0);
    assert_eq!((count(&["--outcome", "none"]), count(&["--outcome", "updated"])), (0, 1));
    assert_eq!((count(&["--younger", "1h"]), count(&["--older", "1h"])), (1, 0));
    let done = world.alamor(&["purchases", "--older", "soon"]).expect(2);
    done.says(&["it is no age"]);
    let done = world.alamor(&["purchases", "--outcome", "lost"]).expect(2);
    done.says(&["lost"]);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn what_cannot_be_added_is_told_and_not_added() {
    let world = World::new();
    world.panel("de-1");
    let before = world.files();
    for (args, says) in [
        (&["panel", "de-1", "--url", "http://127.0.0.1:1"][..], "there is a panel called de-1"),
        (&["panel", "nl-1", "--url", "panel.example.net"], "panel.example.net"),
        (&["panel", "nl-1", "--url", "ftp://panel"], "neither http:// nor https://"),
        (&["purchase", "--user", "7", "--panel", "nl-1"], "there is no panel called nl-1"),
        (
            &["purchase", "--user", "7", "--panel", "de-1", "--expires", "soon"],
            "--expires soon is no date: write 2027-03-01",
        ),
    ] {
        let done = world.alamor(&[&["add"], args].concat()).expect(2);
        done.says(&[says]);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
    assert!(world.files() == before);
}

#[test]
fn a_password_is_read_from_standard_input_and_stored_encrypted() {
    let world = World::new();
    world.panel("de-1");
    for (path, (_, content)) in world.files() {
        let found = content.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "the password stands in {}", path.display());
    }
    let args = ["add", "panel", "nl-1", "--url", "http://127.0.0.1:1", "--user", "admin"];
    let before = world.files();
    let done = Process::start(alamor(world.folder(), &args), "").done().expect(2);
    done.says(&["password"]);
    assert!(world.files() == before, "a panel without the password that was meant is none");
}

#[test]
fn a_fresh_key_keeps_the_rule_and_a_check_never_prints_one() {
    let world = World::new();
    let [first, second] = [0, 1].map(|_| world.alamor(&["key", "new"]).expect(0).out);
    assert_ne!(first, second);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    assert!(first.trim().len() >= 16 && first.trim().chars().all(allowed), "{first}");
    for (key, code, says) in
        [(first.trim(), 0, "keeps the rule"), ("weak-0815", 1, "is weak"), ("", 1, "is not set")]
    {
        world.set("ADMIN_API_KEY", key);
        let done = world.alamor(&["key", "check"]).expect(code);
        assert!(done.out.contains(says) && done.out.contains(".env"), "{}", done.out);
        assert!(key.is_empty() || !format!("{}{}", done.out, done.err).contains(key));
    }
}

#[test]
fn the_help_names_every_command_and_every_command_has_a_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"]).expect(0).out;
    let commands =
        ["serve", "demo", "update", "retry", "status", "purchases", "init", "add", "key"];
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in\n{help}");
        let own = run(folder.path(), &[command, "--help"]).expect(0);
        assert!(own.out.contains(&format!("Usage: alamor {command}")), "{}", own.out);
    }
    run(folder.path(), &["--version"]).expect(0);
    run(folder.path(), &["upgrade"]).expect(2).says(&["upgrade", "--help"]);
    run(folder.path(), &["update"]).expect(2).says(&["--all"]);
    run(folder.path(), &["update", "--all", "7"]).expect(2).says(&["cannot be used with"]);
}
