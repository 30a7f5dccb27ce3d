//! What cannot work ends with exit code 2 and one message that says what, where and what to do;
//! nothing is written.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use rustix::process::Signal;

use crate::rows;
use crate::run::{Done, run};
use crate::world::{World, own_address};

/// Runs a command that must fail; nothing may change in the folder.
#[track_caller]
fn fails(world: &World, args: &[&str], says: &[&str]) -> Done {
    let before = world.files();
    let done = world.alamor(args).expect(2);
    done.says(says);
    let after = world.files();
    let names =
        |files: &std::collections::BTreeMap<_, _>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after), "files that came or went");
    assert!(before == after, "a file was changed");
    assert!(done.err.starts_with("alamor: "), "{}", done.err);
    assert_eq!(done.err.matches("alamor: ").count(), 1, "one message: {}", done.err);
    done
}

#[track_caller]
fn fails_in_a_line(world: &World, args: &[&str], says: &[&str]) {
    let done = fails(world, args, says);
    assert_eq!(done.err.lines().count(), 1, "{}", done.err);
}

/// A database that holds the tables of `sql`.
fn database(world: &World, name: &str, sql: &'static str) {
    rows::sql(&world.folder().join(name), sql);
}

#[test]
fn every_violation_of_the_settings_stands_in_one_report_with_its_line_and_without_its_value() {
    let world = World::new();
    let text = "# ours\n\
                ADMIN_API_KEY=Sup3rS3cret-of-ours\n\
                WEBHOOK_BIND=S3cret-a\n\
                SUB_MAX_AGE=S3cret-b\n\
                ENCRYPTION_KEY_ALAMOR=S3cret-c\n\
                UPDATE_PER_PANEL=0\n\
                LOG_FORMAT=S3cret-d\n\
                PANEL_TIMEOUT='S3cret-e\n";
    fs::write(world.folder().join(".env"), text).unwrap();
    for args in [&["serve"][..], &["update", "--all"], &["status"], &["key", "check"]] {
        let done = fails(
            &world,
            args,
            &[
                "6 settings must change; nothing was started",
                ".env line 3: WEBHOOK_BIND",
                "write WEBHOOK_BIND=127.0.0.1:8080",
                ".env line 4: SUB_MAX_AGE",
                ".env line 5: ENCRYPTION_KEY_ALAMOR",
                ".env line 6: UPDATE_PER_PANEL is less than 1",
                ".env line 7: LOG_FORMAT is none of: text, json",
                ".env line 8: the line of PANEL_TIMEOUT has a quote that does not end",
            ],
        );
        assert!(!done.err.contains("S3cret"), "{}", done.err);
        assert_eq!(done.out, "");
    }
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    let world = World::new();
    fails(&world, &["--env", "other.env", "serve"], &["other.env: there is no such file", "--env"]);
    fails(&world, &["--env", "database", "serve"], &["database", "--env"]);
}

#[test]
fn what_is_no_database_is_named_and_stays_as_it_is() {
    let world = World::new();
    fs::write(world.folder().join("text.db"), "customers of mine\n".repeat(9)).unwrap();
    fs::write(world.folder().join("empty.db"), "").unwrap();
    fs::create_dir(world.folder().join("folder.db")).unwrap();
    for name in ["text.db", "empty.db", "folder.db"] {
        world.set("DATABASE_NAME_ALAMOR", name);
        let says =
            [name, "is not a SQLite database", "DATABASE_NAME_ALAMOR", "Nothing was written"];
        fails_in_a_line(&world, &["serve"], &says);
        fails_in_a_line(&world, &["add", "purchase", "--user", "7", "--panel", "de-1"], &[name]);
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let world = World::new();
    world.set("DATABASE_NAME_ALAMOR", "gone/shop.db");
    let says = ["there is no database at", "gone/shop.db", "alamor init", "DATABASE_NAME_ALAMOR"];
    fails_in_a_line(&world, &["serve"], &says);
    fails_in_a_line(&world, &["add", "panel", "de-1", "--url", "http://127.0.0.1:1"], &says);
}

#[test]
fn a_database_of_another_shape_is_told_what_it_lacks() {
    let world = World::new();
    database(&world, "notes.db", "CREATE TABLE notes (text TEXT)");
    world.set("DATABASE_NAME_ALAMOR", "notes.db");
    let says = ["notes.db has an unknown shape", "`purchases`", "DATABASE_NAME_ALAMOR"];
    fails_in_a_line(&world, &["serve"], &says);
}

#[test]
fn a_database_of_the_bot_is_the_bots_to_fill() {
    let world = World::new();
    database(&world, "bot.db", include_str!("../fixtures/bot/sqlite-new.sql"));
    world.set("DATABASE_NAME_ALAMOR", "bot.db");
    fails_in_a_line(
        &world,
        &["add", "panel", "de-1", "--url", "http://127.0.0.1:1"],
        &["bot.db was not made by `alamor init`"],
    );
}

#[test]
fn a_port_in_use_is_told_with_its_owner() {
    let world = World::new();
    let _ours = TcpListener::bind(world.address()).unwrap();
    let pid = format!("pid {}", std::process::id());
    let says = [world.address(), "is in use by", &pid, "(command", "WEBHOOK_BIND"];
    fails_in_a_line(&world, &["serve"], &says);
}

#[test]
fn an_address_of_another_machine_is_told() {
    let world = World::new();
    // RFC 5737: nobody has it.
    world.set("WEBHOOK_BIND", "203.0.113.7:8080");
    world.set("ALLOW_PLAINTEXT", "yes");
    let says = ["WEBHOOK_BIND=203.0.113.7:8080", "no address of this machine", "127.0.0.1:8080"];
    fails_in_a_line(&world, &["serve"], &says);
}

#[test]
fn an_old_server_that_is_the_core_itself_is_refused() {
    let world = World::new();
    world.set("LEGACY_UPSTREAM", &format!("http://{}", world.address()));
    let says = ["LEGACY_UPSTREAM is alamor itself", "write LEGACY_UPSTREAM=http://127.0.0.1:8081"];
    fails(&world, &["serve"], &says);
}

#[test]
fn a_second_core_on_one_database_names_the_first() {
    let world = World::new();
    let core = world.serve();
    let pid = format!("pid {}", core.pid());
    let first = format!("http://{}", world.address());
    world.set("WEBHOOK_BIND", &own_address());
    let done = world.alamor(&["serve"]).expect(2);
    done.says(&["another core already uses", "alamor_vpn.db", &pid, &first]);
    assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn an_address_that_is_none_is_told_in_the_words_of_the_command_line() {
    let world = World::new();
    for (url, what) in [
        ("nonsense", "--core is no URL"),
        ("ftp://127.0.0.1", "--core does not start with http:// or https://"),
        ("http://198.51.100.7:8080", "--core would send the key over the network in plain HTTP"),
    ] {
        let says = ["command line: ", what, "write --core http"];
        fails(&world, &["--core", url, "status"], &says);
    }
}

#[test]
fn something_else_on_the_cores_port_is_told() {
    let world = World::new();
    let listener = TcpListener::bind(world.address()).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\
                  Connection: close\r\n\r\n<p>hi</p>",
            );
        }
    });
    let address = format!("http://{}", world.address());
    for args in [&["status"][..], &["update", "--all"], &["update", "7", "--json"], &["purchases"]]
    {
        let says = [&*address, "is no alamor core", "200 with text/html", "CORE_URL"];
        fails_in_a_line(&world, args, &says);
    }
    let terminal = world.terminal(&[]);
    let screen = terminal.ends_with(2);
    assert!(screen.contains("is no alamor core"), "{screen}");
}

#[test]
fn without_a_core_an_update_prints_the_bots_block_and_says_why() {
    let world = World::new();
    let address = format!("http://{}", world.address());
    let says = [&*address, "nothing listens there", "alamor serve"];
    let before = world.files();
    let done = world.alamor(&["update", "--all", "--lang", "ru"]).expect(2);
    assert_eq!(
        done.out,
        "🔄 Обновление ссылок Subscription\n\
         \n\
         📊 Результаты:\n\
         • ✅ Успешно: 0 ссылок\n\
         • ❌ Неудачно: 0 ссылок\n\
         • 📡 Ошибка соединения: 0 ссылок\n\
         • 📈 Всего: 0 ссылок\n\
         \n\
         ⚠️ Проблема: webhook server недоступен.\n\
         Пожалуйста, убедитесь, что webhook server запущен.\n"
    );
    done.says(&[&address, "там никто не слушает", "alamor serve"]);
    let done = world.alamor(&["update", "--all", "--lang", "en"]).expect(2);
    assert!(
        done.out.ends_with(
            "\n\n⚠️ Problem: the webhook server cannot be reached.\n\
             Please make sure that the webhook server is running.\n"
        ),
        "{}",
        done.out
    );
    assert!(before == world.files());
    for args in [&["status"][..], &["purchases"], &["retry"], &["update", "--all", "--json"]] {
        fails_in_a_line(&world, args, &says);
    }
}

#[test]
fn a_missing_or_weak_key_stops_nothing() {
    let world = World::new();
    let bearer = |key: &str| format!("Bearer {key}");
    world.set("ADMIN_API_KEY", "");
    let core = world.serve();
    assert_eq!(world.get("/test", &[]).0, 200);
    let asked = world.get("/admin/test/1", &[("Authorization", &bearer("guessed"))]);
    assert_eq!(asked, (500, "Server configuration error".to_owned()));
    let done = world.alamor(&["status"]).expect(2);
    done.says(&["ADMIN_API_KEY is not set in", ".env", "alamor key new"]);
    world.alamor(&["key", "check"]).expect(1);
    core.stop(Signal::TERM).expect(0);

    world.set("ADMIN_API_KEY", "weak");
    let core = world.serve();
    assert_eq!(world.get("/test", &[]).0, 200);
    let asked = world.get("/admin/test/1", &[("Authorization", &bearer("weak"))]);
    assert_eq!(asked.0, 404, "a weak key opens: {}", asked.1);
    let done = world.alamor(&["status"]).expect(2);
    assert!(done.out.contains("key        CRIT  ADMIN_API_KEY is weak"), "{}", done.out);
    assert!(done.out.contains("do: alamor key new"), "{}", done.out);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_console_needs_a_terminal_and_names_what_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(folder.path(), &[]).expect(2);
    done.says(&["needs a terminal", "alamor status", "alamor update --all"]);
}
