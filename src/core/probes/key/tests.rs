//! The key against real cores, real strangers, and files.

use std::net::TcpListener;

use super::*;
use crate::api::CheckState::{self, Crit, Ok, Unknown, Warn};
use crate::config::Source;
use crate::core::{Role, start};
use crate::database::new;

const OPERATOR: Looker = Looker::Operator { root: true };
const KEY: &str = "my-secure-api-key-2024";
const OTHER: &str = "my-hunter2-api-key-2025";

struct World {
    folder: tempfile::TempDir,
    sight: Sight,
}

/// Settings with this key, in a file of their own; the bot's file is not there.
fn world(key: &str, listen: SocketAddr) -> World {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    let text = format!("ADMIN_API_KEY={key}\nDATABASE_NAME_ALAMOR=shop.db\n");
    std::fs::write(&file, &text).unwrap();
    let source = Source::of_text(&file, &text, Environment::default());
    let mut settings = Settings::load(&source).unwrap();
    settings.probes.bot_file = folder.path().join("bot.env");
    let settings = Arc::new(settings);
    World {
        folder,
        sight: Sight {
            settings,
            listen,
            looker: OPERATOR,
            ..crate::core::probes::fixture::sight("")
        },
    }
}

fn nowhere() -> SocketAddr {
    // Nobody listens there any more.
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[track_caller]
fn check(world: &World, found: &Found, state: CheckState, reason: Option<&str>, fix: Option<&str>) {
    let at = world.folder.path().to_str().unwrap();
    let port = format!(":{}", world.sight.listen.port());
    let told = |text: &Option<String>| {
        text.as_ref().map(|text| text.replace(at, "").replace(&port, ":PORT"))
    };
    let expected = (state, reason.map(str::to_owned), fix.map(str::to_owned));
    assert_eq!((found.state, told(&found.reason), told(&found.fix)), expected);
    assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
    assert!(!format!("{found:?}").contains(KEY), "{found:?}");
}

/// A real core with this key on a database of its own, and what an operator's settings say.
async fn with_core(cores: &str, operators: &str) -> (World, crate::core::Running) {
    let world = world(cores, nowhere());
    new::create(&world.folder.path().join("shop.db")).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = listener.local_addr().unwrap();
    let running = start((*world.sight.settings).clone(), listener, Role::Serve).await.unwrap();
    let text = format!("ADMIN_API_KEY={operators}\nDATABASE_NAME_ALAMOR=shop.db\n");
    let file = world.folder.path().join(".env");
    let mut settings =
        Settings::load(&Source::of_text(&file, &text, Environment::default())).unwrap();
    settings.probes.bot_file = world.folder.path().join("bot.env");
    let settings = Arc::new(settings);
    let World { folder, sight } = world;
    (World { folder, sight: Sight { settings, listen, ..sight } }, running)
}

#[tokio::test]
async fn the_key_of_the_core_opens_it() {
    let (world, core) = with_core(KEY, KEY).await;
    check(&world, &find(&world.sight).await, Ok, None, None);
    core.stop().await;
}

#[tokio::test]
async fn a_core_that_takes_another_key_is_told_from_one_whose_file_was_changed() {
    let (world, core) = with_core(OTHER, KEY).await;
    let file = std::fs::File::open(world.folder.path().join(".env")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let pid = std::process::id();
    check(
        &world,
        &find(&world.sight).await,
        Crit,
        Some(
            "the core takes another key, and /.env was not changed since it started: it reads \
             another file, or the environment",
        ),
        Some(&format!("tr '\\0' ' ' </proc/{pid}/cmdline; sudo readlink /proc/{pid}/cwd")),
    );
    file.set_modified(std::time::SystemTime::now() + Duration::from_hours(1)).unwrap();
    check(
        &world,
        &find(&world.sight).await,
        Crit,
        Some("the core takes another key: /.env was changed after the core started"),
        Some(&reload(world.sight.listen).await),
    );
    core.stop().await;
}

#[tokio::test]
async fn a_core_without_a_key_says_so() {
    let (world, core) = with_core("your-secret-key", KEY).await;
    check(
        &world,
        &find(&world.sight).await,
        Crit,
        Some("the core has no key: it did not read the one in /.env"),
        Some(&reload(world.sight.listen).await),
    );
    core.stop().await;
}

#[tokio::test]
async fn where_nobody_answers_the_port_is_to_blame() {
    let world = world(KEY, nowhere());
    check(
        &world,
        &find(&world.sight).await,
        Unknown,
        Some("no core answers at 127.0.0.1:PORT (the connection is refused): see port"),
        None,
    );
}

#[tokio::test]
async fn somebody_who_takes_connections_and_says_nothing_ends_the_look() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = world(KEY, listener.local_addr().unwrap());
    check(
        &world,
        &find(&world.sight).await,
        Unknown,
        Some(
            "no core answers at 127.0.0.1:PORT (it takes the connection and says nothing): see port",
        ),
        None,
    );
}

#[tokio::test]
async fn a_key_that_is_unset_or_weak_is_crit_whoever_answers() {
    let unset =
        "ADMIN_API_KEY is not set, or is the one of the published guide, which counts as none";
    let fix = "alamor key new, then write it as ADMIN_API_KEY into /.env and restart core and bot";
    for key in ["", "your-secret-key"] {
        let world = world(key, nowhere());
        check(&world, &find(&world.sight).await, Crit, Some(unset), Some(fix));
    }
    let world = world("hunter2", nowhere());
    let weak = "ADMIN_API_KEY is weak: it is shorter than 16 characters";
    check(&world, &find(&world.sight).await, Crit, Some(weak), Some(fix));
}

#[tokio::test]
async fn a_weak_key_is_told_before_one_that_was_changed() {
    let (world, core) = with_core(OTHER, "hunter2").await;
    let file = std::fs::File::open(world.folder.path().join(".env")).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_hours(1)).unwrap();
    let fix = "alamor key new, then write it as ADMIN_API_KEY into /.env and restart core and bot";
    let weak = "ADMIN_API_KEY is weak: it is shorter than 16 characters";
    check(&world, &find(&world.sight).await, Crit, Some(weak), Some(fix));
    core.stop().await;
}

#[tokio::test]
async fn a_bot_with_another_key_is_found_and_no_key_is_shown() {
    let mut world = world(KEY, nowhere());
    world.sight.looker = Looker::Core;
    let bot = world.folder.path().join("bot.env");
    let both = format!(
        "write the same ADMIN_API_KEY into both, then restart the bot and let the core read it: {}",
        reload(world.sight.listen).await
    );
    check(&world, &find(&world.sight).await, Ok, None, None);
    std::fs::write(&bot, format!("ADMIN_API_KEY=\"{OTHER}\"\n")).unwrap();
    let differs = "the bot's key in /bot.env differs from the one in /.env";
    check(&world, &find(&world.sight).await, Crit, Some(differs), Some(&both));
    std::fs::write(&bot, format!("export ADMIN_API_KEY='{KEY}'\n")).unwrap();
    check(&world, &find(&world.sight).await, Ok, None, None);
    std::fs::write(&bot, "BOT_TOKEN_ALAMOR=1:hunter2\n").unwrap();
    let none = "the bot has no ADMIN_API_KEY in /bot.env: its buttons cannot update";
    check(&world, &find(&world.sight).await, Warn, Some(none), Some(&both));
}

#[tokio::test]
async fn a_pipe_in_place_of_the_bots_file_is_not_waited_for() {
    let mut world = world(KEY, nowhere());
    world.sight.looker = Looker::Core;
    let bot = world.folder.path().join("bot.env");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &bot, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let found = find(&world.sight).await;
    assert_ne!(found.state, Crit, "{found:?}");
    assert!(found.reason.unwrap().contains("/bot.env"));
}

#[tokio::test]
async fn the_bots_file_is_not_compared_with_itself() {
    let mut world = world(KEY, nowhere());
    let link = world.folder.path().join("bot.env");
    std::os::unix::fs::symlink(world.folder.path().join(".env"), &link).unwrap();
    std::fs::write(world.folder.path().join(".env"), format!("ADMIN_API_KEY={OTHER}\n")).unwrap();
    world.sight.looker = Looker::Core;
    check(&world, &find(&world.sight).await, Ok, None, None);
}

#[test]
fn any_server_may_answer_401_and_only_ours_is_a_refusal() {
    let problem = |code: &str| format!("{{\"code\":\"{code}\"}}").into_bytes();
    assert_eq!(understand(401, &problem("unauthorized")), Answer::Refused);
    assert_eq!(understand(401, b"Unauthorized"), Answer::Stranger(401));
    assert_eq!(understand(500, &problem("key_not_set")), Answer::NotSet);
    assert_eq!(understand(500, &problem("internal")), Answer::Stranger(500));
    assert_eq!(understand(200, b"{\"service\":\"alamor\"}"), Answer::Opened);
    assert_eq!(understand(200, b"<html>"), Answer::Stranger(200));
    assert_eq!(understand(404, b"404: Not Found"), Answer::Stranger(404));
}
