//! `alamor migrate check` on databases that the bot made, with panels that work and panels that do not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use alamor::database::cipher::Cipher;
use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::rows;
use crate::run::{Done, Process, alamor, run};
use crate::world::World;

const FERNET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const KEY: &str = "test-admin-key-0123456789";

/// The recorded business in one of the bot's SQLite shapes, on two simulated panels.
struct Bot {
    runtime: Runtime,
    folder: TempDir,
    sub_ids: Vec<String>,
    panels: Vec<SimulatedPanel>,
}

impl Bot {
    fn new(sql: &str, sub_id: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        fs::File::create_new(folder.path().join("bot.db")).unwrap();
        let env = format!(
            "DATABASE_NAME_ALAMOR=bot.db\nENCRYPTION_KEY_ALAMOR={FERNET}\nADMIN_API_KEY={KEY}\n\
             PANEL_TIMEOUT=2s\n"
        );
        fs::write(folder.path().join(".env"), env).unwrap();
        let mut bot = Self { runtime, folder, sub_ids: Vec::new(), panels: Vec::new() };
        bot.sql(sql);
        for (name, id) in [("de-1", 1), ("nl-1", 2)] {
            let panel = SimulatedPanel::start(PanelSpec::new(name, Make::ThreeXui360));
            let panel = bot.runtime.block_on(panel).unwrap();
            bot.move_panel(&panel, id);
            let known = format!(
                "SELECT {sub_id} FROM purchases WHERE id <= 8 AND (server_id = {id} OR server_id IS NULL)"
            );
            for sub_id in bot.list(&known) {
                panel.add(Client::new(&sub_id).with_links(5));
            }
            bot.panels.push(panel);
        }
        let all = format!("SELECT {sub_id} FROM purchases WHERE length({sub_id}) > 4");
        bot.sub_ids = bot.list(&all);
        bot
    }

    fn july() -> Self {
        Self::new(include_str!("../fixtures/bot/sqlite-july.sql"), "subscription_id")
    }

    fn newest() -> Self {
        Self::new(include_str!("../fixtures/bot/sqlite-new.sql"), "sub_id")
    }

    fn move_panel(&self, panel: &SimulatedPanel, id: i64) {
        let cipher = Cipher::new(&FERNET.into()).unwrap();
        let [url, base, prefix] =
            [&panel.panel_url(), &panel.subscription_base_url(), panel.prefix()]
                .map(|text: &str| cipher.encrypt(text));
        self.sql(&format!(
            "UPDATE servers SET panel_url = '{url}', subscription_base_url = '{base}', \
             subscription_path_prefix = '{prefix}' WHERE id = {id}"
        ));
    }

    fn behave(&self, panel: usize, behaviour: Behaviour) {
        self.runtime.block_on(self.panels[panel].set(behaviour)).unwrap();
    }

    fn sql(&self, sql: &str) {
        rows::sql(&self.folder.path().join("bot.db"), sql);
    }

    fn list(&self, sql: &str) -> Vec<String> {
        rows::list(&self.folder.path().join("bot.db"), sql)
    }

    /// Every file with its bytes: the bot's database, and whatever else there would be.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in [self.folder.path().to_owned(), self.folder.path().join("tmp")] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                files.insert(path.clone(), fs::read(path).unwrap_or_default());
            }
        }
        files
    }

    fn command(&self, args: &[&str]) -> Process {
        let args = [&["migrate", "check"], args].concat();
        let mut command = alamor(self.folder.path(), &args);
        command.env("TMPDIR", self.folder.path().join("tmp"));
        Process::start(command, "")
    }

    /// Runs it; whatever it says, it leaves everything as it was, and tells no secret.
    #[track_caller]
    fn check(&self, args: &[&str]) -> Done {
        let there = self.files();
        let done = self.command(args).done();
        assert!(self.files() == there, "something was written");
        let said = format!("{}{}", done.out, done.err);
        let mut secrets = vec![KEY.to_owned(), FERNET.to_owned(), "vless://".to_owned()];
        for sub_id in &self.sub_ids {
            let client = Client::new(sub_id);
            secrets.extend(self.panels.iter().flat_map(|panel| client.secrets(panel.name())));
        }
        secrets.extend(self.sub_ids.clone());
        for secret in secrets {
            assert!(!said.contains(&secret), "{secret} is told");
        }
        done
    }

    #[track_caller]
    fn report(&self, args: &[&str], code: i32) -> Value {
        let args = [&["--json"], args].concat();
        serde_json::from_str(&self.check(&args).expect(code).out).unwrap()
    }
}

/// One purchase of a report.
#[track_caller]
fn purchase(report: &Value, id: i64) -> &Value {
    let purchases = report["purchases"].as_array().unwrap();
    purchases.iter().find(|one| one["purchase_id"] == id).unwrap()
}

/// `before -> after: effect, found`
fn told(purchase: &Value) -> String {
    let answer = |side: &str| format!("{}/{}", purchase[side]["status"], purchase[side]["links"]);
    let word = |key: &str| purchase[key].as_str().unwrap_or("-").to_owned();
    format!("{} -> {}: {}, {}", answer("before"), answer("after"), word("effect"), word("found"))
}

#[test]
fn julys_business_with_a_panel_that_is_down_is_told_purchase_by_purchase() {
    let bot = Bot::july();
    bot.behave(1, Behaviour::Refuse);
    bot.sql("UPDATE purchases SET single_configs_json = '[\"<html>login</html>\"]' WHERE id = 6");
    let report = bot.report(&["--all"], 1);
    let shape = &report["shape"];
    assert_eq!((&shape["sub_id"], &shape["profiles"]), (&"subscription_id".into(), &false.into()));
    assert_eq!(report["counts"]["purchases"], 22);
    assert_eq!(report["purchases"].as_array().unwrap().len(), 22);
    for (id, expected) in [
        (1, "404/0 -> 200/5: gains, everywhere"),
        (5, "404/0 -> 404/0: same, nowhere"),
        (6, "200/0 -> 404/0: refused, nowhere"),
        (9, "404/0 -> 404/0: same, off"),
        (11, "null/null -> null/null: -, nowhere"),
        (13, "200/2 -> 200/2: same, nowhere"),
        (15, "500/0 -> 404/0: refused, nowhere"),
        (16, "200/0 -> 200/2: gains, nowhere"),
    ] {
        assert_eq!(told(purchase(&report, id)), expected, "{id}");
    }
    assert_eq!(purchase(&report, 5)["reason"]["code"], "refused");
    assert_eq!(purchase(&report, 5)["panels"][0]["name"], "nl-1");
    assert_eq!(purchase(&report, 11)["reason"]["code"], "no_subscription_id");
    assert_eq!(purchase(&report, 13)["reason"]["code"], "unknown_subscription");
    let refused = report["causes"].as_array().unwrap().iter().find(|it| it["code"] == "refused");
    assert_eq!(refused.unwrap()["purchases"], 4);

    let text = bot.check(&[]).expect(1).out;
    assert!(text.contains("July's shape") && text.contains("xui_client_uuid"), "{text}");
    assert!(text.contains("(refused)") && text.contains("Look first: "), "{text}");
    assert!(text.lines().any(|line| line.starts_with("#13 ")), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("#9 ")), "what stays is left out: {text}");
    assert!(text.contains("2 purchases stay as they are"), "{text}");
}

#[test]
fn a_panel_whose_row_cannot_be_decrypted_is_named_and_customers_lose_nothing() {
    let bot = Bot::newest();
    bot.sql("UPDATE servers SET password = 'gAAAAABno-token' WHERE id = 2");
    let link = "[\"vless://u@old.example.net:1#a\"]";
    bot.sql(&format!("UPDATE purchases SET single_configs_json = '{link}' WHERE id = 5"));
    let report = bot.report(&["--all"], 1);
    assert_eq!(report["shape"]["profiles"], true);
    let panels = report["panels"].as_array().unwrap();
    assert_eq!(panels[1]["name"], "nl-1");
    assert_eq!(panels[1]["state"], "unusable");
    assert_eq!(told(purchase(&report, 4)), "404/0 -> 200/5: gains, partly");
    assert_eq!(told(purchase(&report, 5)), "200/1 -> 200/1: same, nowhere");
    assert_eq!(purchase(&report, 5)["reason"]["code"], "panel_unusable");
    assert_eq!(told(purchase(&report, 22)), "200/2 -> 200/2: same, nowhere");
    assert_eq!(purchase(&report, 22)["reason"]["code"], "no_panel");
}

#[test]
fn where_no_panel_answers_nothing_is_ready() {
    let bot = Bot::newest();
    bot.behave(0, Behaviour::Refuse);
    bot.behave(1, Behaviour::Refuse);
    let done = bot.check(&[]).expect(2);
    assert!(done.out.contains("Not ready: "), "{}", done.out);
    let report = bot.report(&[], 2);
    assert_eq!(report["state"], "crit");
    assert_eq!(report["counts"]["effects"]["loses"], 0, "what is kept is served on");
}

#[test]
fn a_purchase_whose_address_is_an_older_ones_is_told_what_that_one_gets() {
    let bot = Bot::newest();
    bot.sql(
        "UPDATE purchases SET sub_id = (SELECT sub_id FROM purchases WHERE id = 1) WHERE id = 13",
    );
    let report = bot.report(&[], 1);
    assert_eq!(purchase(&report, 13)["served_instead"], 1);
    assert_eq!(told(purchase(&report, 13)), "404/0 -> 200/5: gains, everywhere");
}

#[test]
fn many_customers_are_read_from_lists_and_all_that_are_found_is_ready() {
    let bot = Bot::newest();
    bot.sql("DELETE FROM purchases WHERE id > 3; DELETE FROM servers WHERE id = 2");
    for id in 1000..1060 {
        let sub_id = format!("list{id}customer");
        bot.sql(&format!(
            "INSERT INTO purchases (id, user_id, server_id, initial_volume_gb, sub_id) \
             VALUES ({id}, 1, 1, 0, '{sub_id}')"
        ));
        bot.panels[0].add(Client::new(&sub_id).with_links(5));
    }
    bot.panels[0].reset_counts();
    let report = bot.report(&[], 0);
    assert_eq!(report["state"], "ok");
    assert_eq!(report["counts"]["found"]["everywhere"], 63);
    assert_eq!(report["counts"]["effects"]["gains"], 63);
    let requests = bot.panels[0].counts().requests;
    assert!(requests < 20, "{requests} requests for 63 customers");
}

#[test]
fn a_core_that_runs_on_the_same_database_is_not_disturbed() {
    let world = World::new();
    let panel = world.panel("de-1");
    let sold = world.sell(&panel, 7);
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    let report = world.alamor(&["migrate", "check", "--json", "--all"]).expect(0);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    let id = sold.id.parse().unwrap();
    assert_eq!(purchase(&report, id)["effect"], "same");
    assert_eq!(purchase(&report, id)["before"], purchase(&report, id)["after"]);
    assert_eq!(world.get(&format!("/sub/{}", sold.sub_id), &[]).0, 200);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn whoever_stops_it_finds_nothing_left_behind() {
    let bot = Bot::newest();
    bot.behave(0, Behaviour::Hang);
    let there = bot.files();
    let process = bot.command(&[]);
    bot.runtime.block_on(bot.panels[0].wait_for_requests(1));
    assert!(bot.files().len() > there.len(), "the copy stands in the temporary folder");
    process.stop(Signal::TERM).expect(2).says(&["stopped by TERM"]);
    assert!(bot.files() == there);
}

#[test]
fn a_terminal_shows_how_far_it_is_and_then_the_report_in_80_columns() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    world.behave(&panel, Behaviour::Hang);
    let mut terminal = world.terminal(&["migrate", "check"]);
    terminal.shows(&["#1 ", "0 / 1", "0 ok"]);
    terminal.press("\x03");
    let screen = terminal.ends_with(2);
    assert!(screen.contains("stopped by INT") && !screen.contains("0 / 1"), "{screen}");

    world.behave(&panel, Behaviour::Healthy);
    let screen = world.terminal(&["migrate", "check"]).ends_with(0);
    assert!(screen.contains("1 of 1 purchases are active; asked in"), "{screen}");
    assert!(screen.contains("Ready: every active purchase was found"), "{screen}");
    let row = screen.lines().find(|line| line.starts_with("#1 ")).unwrap();
    assert!(row.contains("everywhere") && row.contains("gets links"), "{screen}");
}

#[test]
fn other_languages_say_the_same() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let said = |lang| world.alamor(&["migrate", "check", "--lang", lang]).expect(0).out;
    let (russian, persian) = (said("ru"), said("fa"));
    assert!(russian.contains("Готово: ") && russian.contains("получает ссылки"), "{russian}");
    assert!(persian.contains("آماده: ") && persian.contains("لینک می‌گیرد"), "{persian}");
}

#[test]
fn a_database_that_cannot_be_read_is_told_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let check = |args: &[&str]| run(folder.path(), &[&["migrate", "check"], args].concat());
    write_env(folder.path(), "DATABASE_NAME_ALAMOR=nowhere.db");
    let done = check(&[]).expect(2);
    assert!(done.out.contains("nowhere.db") && done.out.contains("do "), "{}", done.out);
    let report: Value = serde_json::from_str(&check(&["--json"]).expect(2).out).unwrap();
    assert_eq!((&report["state"], &report["database"]["state"]), (&"crit".into(), &"crit".into()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    run(folder.path(), &["migrate"]).expect(2);
}

fn write_env(folder: &Path, line: &str) {
    let env = format!("{line}\nENCRYPTION_KEY_ALAMOR={FERNET}\nADMIN_API_KEY={KEY}\n");
    fs::write(folder.join(".env"), env).unwrap();
}
