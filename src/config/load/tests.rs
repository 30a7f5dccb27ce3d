//! Settings files as they are found, and what is said of them.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::settings::Tokens;
use crate::config::{Database, Environment, KEYS, Places};

pub(super) const FILE: &str = "/srv/bot/.env";

pub(super) fn load(text: &str) -> Result<Settings, Violations> {
    Settings::load(&Source::of_text(Path::new(FILE), text, Environment::default()))
}

/// Each violation as `place: what: fix`.
pub(super) fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = match load(text) {
        Ok(_) => Vec::new(),
        Err(violations) => violations
            .iter()
            .map(|each| format!("{}: {}: {}", each.place, each.what, each.fix))
            .collect(),
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn without_a_file_everything_has_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places {
        current_dir: folder.path().to_owned(),
        bot_file: folder.path().join("no-bot/.env"),
    };
    let source = Source::read(None, Environment::default(), &places);
    let settings = Settings::load(&source).unwrap();
    assert_eq!(settings.file, None);
    assert!(matches!(settings.admin_key, AdminKey::Unset));
    assert!(settings.encryption_key.is_none());
    let Database::Sqlite { path } = settings.database else { panic!("not SQLite") };
    assert_eq!(path, folder.path().join("database/alamor_vpn.db"));
    assert_eq!(settings.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.core_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(
        settings.update,
        UpdateSettings {
            every: None,
            concurrency: 256,
            per_panel: 8,
            panel_timeout: Duration::from_secs(10),
            tls_insecure: Vec::new(),
            tokens: Tokens::default(),
            remark: Remark::Keep,
            remark_usage: RemarkUsage::Cut,
        }
    );
    assert_eq!(settings.sub_max_age, Duration::from_mins(5));
    assert_eq!(settings.log, LogSettings { level: "info".to_owned(), format: LogFormat::Text });
}

#[test]
fn with_a_schedule_subscribers_are_served_from_memory_for_twice_as_long() {
    let read = |text: &str| {
        let settings = load(text).unwrap();
        (settings.update.every, settings.sub_max_age)
    };
    let hours = Duration::from_hours;
    assert_eq!(read("UPDATE_EVERY=6h"), (Some(hours(6)), hours(12)));
    assert_eq!(read("UPDATE_EVERY=6h\nSUB_MAX_AGE=24h"), (Some(hours(6)), hours(24)));
    assert_eq!(read("UPDATE_EVERY=\nSUB_MAX_AGE=1h"), (None, hours(1)));
    check(
        "UPDATE_EVERY=1m",
        &[&format!("{FILE} line 1: UPDATE_EVERY is less than 300s: write UPDATE_EVERY=300s")],
    );
}

#[test]
fn the_example_as_it_stands_is_valid() {
    let settings = load(&keys::example()).unwrap();
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
}

#[test]
fn the_bots_own_file_is_read_as_it_is() {
    let text = "\
            BOT_TOKEN_ALAMOR=\"1:a\"\nADMIN_IDS_ALAMOR=[1, 2]\nDB_TYPE=postgres\n\
            DB_NAME=alamor\nDB_USER=ali\nDB_PASSWORD=pa$word\nREQUIRED_CHANNEL=My VPN\n\
            WEBHOOK_DOMAIN=\"sub.example.net\"\nADMIN_API_KEY=short-key\n";
    let settings = load(text).unwrap();
    assert_eq!(settings.domain.as_deref(), Some("sub.example.net"));
    assert_eq!(settings.admin_key.opens("short-key"), Some(true));
    let Database::Postgres { name, user, password, host, port } = settings.database else {
        panic!("not PostgreSQL")
    };
    assert_eq!(
        (name.as_str(), user.as_str(), host.as_str(), port),
        ("alamor", "ali", "localhost", 5432)
    );
    assert_eq!(secrecy::ExposeSecret::expose_secret(&password.unwrap()), "pa$word");
    assert!(settings.warnings.is_empty());
}

#[test]
fn every_violation_stands_in_one_report() {
    let text = "\
            WEBHOOK_DOMAIN=https://sub.example.net/\nDB_TYPE=postgres\nDB_PORT=x\n\
            ENCRYPTION_KEY_ALAMOR=abc\nWEBHOOK_BIND=8080\nCORE_URL=here\n\
            UPDATE_CONCURRENCY=0\nUPDATE_PER_PANEL=65\nPANEL_TIMEOUT=1m\nREMARK=Panel\n\
            REMARK_USAGE=no\nSUB_MAX_AGE=soon\nLOG_LEVEL=loud\nLOG_FORMAT=xml\n\
            ALLOW_PLAINTEXT=true\n";
    check(
        text,
        &[
            "/srv/bot/.env line 1: WEBHOOK_DOMAIN starts with a scheme; it is a host name alone: write WEBHOOK_DOMAIN=sub.example.net",
            "/srv/bot/.env line 2: DB_NAME is missing, and DB_TYPE=postgres needs it: write DB_NAME=alamor",
            "/srv/bot/.env line 2: DB_USER is missing, and DB_TYPE=postgres needs it: write DB_USER=alamor",
            "/srv/bot/.env line 3: DB_PORT is no port from 1 to 65535: write DB_PORT=5432",
            "/srv/bot/.env line 4: ENCRYPTION_KEY_ALAMOR is no Fernet key: 32 bytes in URL-safe Base64: write ENCRYPTION_KEY_ALAMOR=<the bot's key, 44 characters>",
            "/srv/bot/.env line 15: ALLOW_PLAINTEXT is none of: no, yes: write ALLOW_PLAINTEXT=no",
            "/srv/bot/.env line 5: WEBHOOK_BIND is no address with a port: write WEBHOOK_BIND=127.0.0.1:8080",
            "/srv/bot/.env line 6: CORE_URL is no URL: write CORE_URL=http://127.0.0.1:8080",
            "/srv/bot/.env line 7: UPDATE_CONCURRENCY is less than 1: write UPDATE_CONCURRENCY=1",
            "/srv/bot/.env line 8: UPDATE_PER_PANEL is more than 64: write UPDATE_PER_PANEL=64",
            "/srv/bot/.env line 9: PANEL_TIMEOUT is more than 25s: write PANEL_TIMEOUT=25s",
            "/srv/bot/.env line 10: REMARK is none of: keep, panel: write REMARK=panel",
            "/srv/bot/.env line 11: REMARK_USAGE is none of: cut, keep: write REMARK_USAGE=cut",
            "/srv/bot/.env line 12: SUB_MAX_AGE is no duration like 90s, 5m or 6h: write SUB_MAX_AGE=10s",
            "/srv/bot/.env line 13: LOG_LEVEL is no level (error, warn, info, debug, trace) and no list of target=level: write LOG_LEVEL=info",
            "/srv/bot/.env line 14: LOG_FORMAT is none of: text, json: write LOG_FORMAT=text",
        ],
    );
}

#[test]
fn the_report_can_be_read_in_a_terminal() {
    let report = load("REMARK=x\nLOG_FORMAT=y").unwrap_err().to_string();
    let expected = "\
2 settings must change; nothing was started.

  /srv/bot/.env line 1: REMARK is none of: keep, panel
    write REMARK=keep

  /srv/bot/.env line 2: LOG_FORMAT is none of: text, json
    write LOG_FORMAT=text
";
    assert_eq!(report, expected);
}

#[test]
fn a_flag_beats_the_file_and_the_file_beats_the_environment() {
    let environment = Environment::from([
        ("REMARK", "panel"),
        ("LOG_FORMAT", "json"),
        ("ADMIN_API_KEY", "my-secure-api-key-2024"),
    ]);
    let text = "REMARK=keep\nUPDATE_PER_PANEL=2\nADMIN_API_KEY=\n";
    let source = Source::of_text(Path::new(FILE), text, environment).with_flag(
        &keys::UPDATE_PER_PANEL,
        "--per-panel",
        "3",
    );
    let settings = Settings::load(&source).unwrap();
    assert_eq!(settings.update.remark, Remark::Keep);
    assert_eq!(settings.update.per_panel, 3);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert!(matches!(settings.admin_key, AdminKey::Unset), "the empty line hides the other");
}

#[test]
fn a_wrong_value_is_told_where_it_stands() {
    let environment = Environment::from([("REMARK", "x")]);
    let source =
        Source::of_text(Path::new(FILE), "", environment).with_flag(&keys::CORE_URL, "--core", "x");
    let violations = Settings::load(&source).unwrap_err();
    let places: Vec<Place> = violations.iter().map(|each| each.place.clone()).collect();
    assert_eq!(places, [Place::Flag("--core"), Place::Environment]);
}

#[test]
fn a_broken_line_stops_us_only_if_it_is_ours() {
    check(
        "ADMIN_API_KEY=\"hunter2\nDB_TYPE sqlite\n",
        &[
            "/srv/bot/.env line 1: the line of ADMIN_API_KEY has a quote that does not end: write ADMIN_API_KEY='value'",
            "/srv/bot/.env line 2: the line of DB_TYPE has no = after its key: write DB_TYPE='value'",
        ],
    );
    let settings = load("A=1\nTOKEN=\"hunter2\nhunter3 hunter4\nREMARK\nOTHER\n").unwrap();
    let told: Vec<String> = settings.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "  /srv/bot/.env line 2: this has a quote that does not end; the bot and alamor skip it\n    write KEY=value",
            "  /srv/bot/.env line 3: this has no = after its key; the bot and alamor skip it\n    write KEY=value",
            "  /srv/bot/.env line 4: the line of REMARK has a key alone, which sets nothing\n    write REMARK='value'",
        ]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_the_whole_report() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places { current_dir: folder.path().to_owned(), bot_file: "/nowhere".into() };
    let told = |flag: Option<&str>, environment: Environment| {
        let source = Source::read(flag.map(Path::new), environment, &places);
        let violations = Settings::load(&source).unwrap_err();
        assert_eq!(violations.iter().count(), 1);
        let text = violations.iter().next().unwrap().to_string();
        text.replace(folder.path().to_str().unwrap(), "")
    };
    std::fs::write(folder.path().join("latin"), b"A=1\nB=\xE9\n").unwrap();
    let named = || Environment::from([("ALAMOR_ENV", "gone"), ("REMARK", "x")]);
    assert_eq!(
        told(Some("gone"), Environment::default()),
        "  /gone: there is no such file\n    name a settings file with --env, or none"
    );
    assert_eq!(
        told(None, named()),
        "  /gone: there is no such file\n    name a settings file in ALAMOR_ENV, or unset it"
    );
    assert_eq!(
        told(Some("."), Environment::default()),
        "  /.: this is a folder, not a file\n    name a settings file with --env, or none"
    );
    assert_eq!(
        told(Some("latin"), Environment::default()),
        "  /latin line 2: this is not UTF-8\n    save the file as UTF-8"
    );
}

#[test]
fn a_copy_speaks_of_its_original_and_relative_paths_start_there() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("env");
    std::fs::write(&copy, "DATABASE_NAME_ALAMOR=shop.db\nREMARK_USAGE=cut\n").unwrap();
    let places = Places { current_dir: "/".into(), bot_file: "/nowhere".into() };
    let copied = Environment::from([
        ("ALAMOR_ENV", copy.to_str().unwrap()),
        ("ALAMOR_ENV_ORIGINAL", "/srv/bot/.env"),
    ]);
    let settings = Settings::load(&Source::read(None, copied.clone(), &places)).unwrap();
    assert_eq!(settings.file.as_deref(), Some(Path::new(FILE)));
    let Database::Sqlite { path } = settings.database else { panic!("not SQLite") };
    assert_eq!(path, Path::new("/srv/bot/shop.db"));

    std::fs::write(&copy, "\nREMARK=x\n").unwrap();
    let violations = Settings::load(&Source::read(None, copied, &places)).unwrap_err();
    let place = violations.iter().next().unwrap().place.to_string();
    assert_eq!(place, "/srv/bot/.env line 2", "where the operator changes it");

    // Named by hand it is a file like any other.
    let named = Environment::from([("ALAMOR_ENV_ORIGINAL", "/srv/bot/.env")]);
    std::fs::write(&copy, "").unwrap();
    let settings = Settings::load(&Source::read(Some(&copy), named, &places)).unwrap();
    assert_eq!(settings.file, Some(copy));
}

#[test]
fn no_secret_is_printed() {
    let secrets = "\
            ADMIN_API_KEY=hunter2-hunter2-hunter2\nDB_PASSWORD=hunter2\n\
            DB_TYPE=postgres\nDB_NAME=n\nDB_USER=u\n\
            ENCRYPTION_KEY_ALAMOR=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    let settings = load(secrets).unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("AAEC"), "{shown}");

    for key in KEYS {
        let text = format!("{}=\"http://hunter2:hunter2@x/hunter2 hunter2", key.name);
        for text in [text.clone(), text + "\""] {
            let source = Source::of_text(Path::new(FILE), &text, Environment::default());
            let shown = match Settings::load(&source) {
                Ok(_) => String::new(),
                Err(violations) => format!("{violations} {violations:?}"),
            };
            assert!(!format!("{shown} {source:?}").contains("hunter2"), "{shown}");
        }
    }
}

#[test]
fn every_key_of_the_table_is_read_and_no_other() {
    let mut asked = BTreeSet::new();
    for text in ["", "DB_TYPE=postgres"] {
        let source = Source::of_text(Path::new(FILE), text, Environment::default());
        let mut read = Reader::new(&source);
        let _ = read_all(&mut read, &source, Vec::new());
        asked.extend(read.asked);
    }
    assert_eq!(asked, KEYS.iter().map(|key| key.name).collect());
}

proptest! {
    #[test]
    fn no_file_makes_the_settings_panic(values in proptest::collection::vec("(?s).{0,12}", KEYS.len())) {
        let lines = KEYS.iter().zip(values).map(|(key, value)| format!("{}={value}\n", key.name));
        let _ = load(&lines.collect::<String>());
    }
}
