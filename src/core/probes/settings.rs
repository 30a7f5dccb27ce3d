//! The `.env` that is in use: which one, whether it keeps the rules, who may read it.
//!
//! Settings that cannot be read at all start neither core nor check: the command line says so itself.
//!
//! Deliberately absent: whether the key opens anything (that is `key.rs`).

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::Timestamp;

use super::machine::aside::aside;
use super::machine::holder::reload;
use super::machine::quote::word;
use super::{Found, Looker, Sight};
use crate::config::{AdminKey, Settings};

/// What everybody on the machine may do with the file: read it, or write it.
const FOR_OTHERS: u32 = 0o006;

pub(super) async fn find(sight: &Sight) -> Found {
    let settings = &sight.settings;
    let Some(file) = settings.file.clone() else {
        return Found::ok("no .env is used: all is from the environment, or by default")
            .and(rules(settings, "the environment"));
    };
    let name = file.display().to_string();
    // Without a domain nobody is served from outside: that is no fault of a trial at home.
    let domain = match &settings.domain {
        Some(_) => "",
        None => "; WEBHOOK_DOMAIN is not set, so nothing that customers reach is looked at",
    };
    let found = Found::ok(format!("{name} is in use{domain}")).with_fact("file", &name);
    // Only the core itself can compare: it is the process that read the file.
    let seen = match aside(move || Seen::of(&file)).await {
        Ok(Ok(seen)) => seen,
        Ok(Err(error)) => return found.and([gone(&name, &error, sight.looker)]),
        Err(cut_off) => return found.and([cut_off]),
    };
    let read_at = (sight.looker == Looker::Core).then_some(settings.read_at);
    let read_at = read_at.and_then(|at| Timestamp::try_from(at).ok());
    let is_old = read_at.is_some_and(|read_at| seen.changed > read_at);
    let reload = if is_old { Some(reload(sight.listen).await) } else { None };
    found
        .with_fact("mode", format!("{:o}", seen.mode))
        .with_fact("changed", seen.changed)
        .and(rules(settings, &name))
        .and(of_file(&name, &seen, reload))
}

/// What the file looks like from outside.
struct Seen {
    /// Permission bits.
    mode: u32,
    changed: Timestamp,
}

impl Seen {
    fn of(file: &Path) -> io::Result<Self> {
        let found = file.metadata()?;
        let changed = Timestamp::try_from(found.modified()?).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Self { mode: found.permissions().mode() & 0o7777, changed })
    }
}

/// It was read at the start and cannot be looked at now.
fn gone(name: &str, error: &io::Error, looker: Looker) -> Found {
    match error.kind() {
        io::ErrorKind::NotFound => Found::crit(
            format!("{name} is not there any more: the core would not start again with it"),
            format!("write {name} again; the core still has what it read at its start"),
        ),
        _ if looker.is_root() => {
            Found::warn(format!("{name}: {error}"), format!("ls -l {}", word(name)))
        }
        _ => Found::unknown(
            format!("{name} cannot be looked at by this user"),
            Some("sudo alamor check looks"),
        ),
    }
}

/// Whether what it says keeps the rules.
fn rules(settings: &Settings, name: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if settings.encryption_key.is_none() {
        found.push(Found::crit(
            "ENCRYPTION_KEY_ALAMOR is not set: no panel's address can be read",
            format!("write the bot's ENCRYPTION_KEY_ALAMOR into {name}"),
        ));
    }
    if let Some(fault) = match &settings.admin_key {
        AdminKey::Good(_) => None,
        AdminKey::Weak { why, .. } => Some(format!("ADMIN_API_KEY {why}: see key")),
        AdminKey::Unset => Some("ADMIN_API_KEY is not set: see key".to_owned()),
    } {
        found.push(Found::warn(fault, "alamor key new"));
    }
    found.extend(settings.warnings.iter().map(|warning| {
        Found::warn(format!("{}: {}", warning.place, warning.what), warning.fix.clone())
            .asked(&warning.place, &warning.what)
    }));
    found
}

/// Who may read it; `reload` is how the core reads what stands there now, if it has not.
fn of_file(name: &str, seen: &Seen, reload: Option<String>) -> Vec<Found> {
    let mut found = Vec::new();
    if seen.mode & FOR_OTHERS != 0 {
        let what = if seen.mode & 0o002 == 0 { "read" } else { "change" };
        found.push(Found::warn(
            format!("everybody on this machine may {what} {name}, and the keys in it"),
            format!("chmod 600 {}", word(name)),
        ));
    }
    found.extend(reload.map(|reload| {
        let reason =
            format!("{name} was changed after the core read it, which still has the old values");
        Found::warn(reason, reload)
    }));
    found
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::sync::Arc;

    use super::*;
    use crate::api::CheckState::{self, Crit, Ok, Warn};
    use crate::config::{Environment, Source};

    const GOOD: &str = "WEBHOOK_DOMAIN=sub.example.net\nADMIN_API_KEY=my-secure-api-key-2024\n\
                        ENCRYPTION_KEY_ALAMOR=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

    struct World {
        folder: tempfile::TempDir,
        sight: Sight,
    }

    fn world(text: &str, looker: Looker) -> World {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let source = Source::of_text(&file, text, Environment::default());
        let settings = Arc::new(Settings::load(&source).unwrap());
        let listen = settings.bind;
        World {
            folder,
            sight: Sight { settings, listen, looker, ..crate::core::probes::fixture::sight("") },
        }
    }

    async fn check(world: &World, state: CheckState, reason: Option<&str>, fix: Option<&str>) {
        let found = find(&world.sight).await;
        let at = world.folder.path().to_str().unwrap();
        let told = |text: Option<String>| text.map(|text| text.replace(at, ""));
        let expected = (state, reason.map(str::to_owned), fix.map(str::to_owned));
        assert_eq!((found.state, told(found.reason), told(found.fix)), expected);
    }

    const OPERATOR: Looker = Looker::Operator { root: false };

    #[tokio::test]
    async fn a_file_that_keeps_the_rules_is_shown_and_well() {
        let world = world(GOOD, OPERATOR);
        check(&world, Ok, None, None).await;
        let found = find(&world.sight).await;
        assert_eq!(found.facts["mode"], "600");
        assert!(found.seen.ends_with("/.env is in use"), "{}", found.seen);
    }

    #[tokio::test]
    async fn what_is_not_set_is_told_the_worst_first() {
        check(
            &world(&GOOD.replace("ENCRYPTION_KEY_ALAMOR", "X"), OPERATOR),
            Crit,
            Some("ENCRYPTION_KEY_ALAMOR is not set: no panel's address can be read"),
            Some("write the bot's ENCRYPTION_KEY_ALAMOR into /.env"),
        )
        .await;
        let weak = GOOD.replace("my-secure-api-key-2024", "hunter2");
        check(
            &world(&weak, OPERATOR),
            Warn,
            Some("ADMIN_API_KEY is shorter than 16 characters: see key"),
            Some("alamor key new"),
        )
        .await;
        check(
            &world(&format!("{GOOD}TOKEN hunter2\n"), OPERATOR),
            Warn,
            Some("/.env line 4: this has no = after its key; the bot and alamor skip it"),
            Some("write KEY=value"),
        )
        .await;
    }

    #[tokio::test]
    async fn without_a_domain_nothing_is_wrong_and_it_is_said() {
        let found = find(&world(&GOOD.replace("WEBHOOK_DOMAIN", "X"), OPERATOR).sight).await;
        assert_eq!(found.state, Ok);
        assert!(found.seen.contains("WEBHOOK_DOMAIN is not set"), "{}", found.seen);
    }

    #[tokio::test]
    async fn a_file_that_everybody_may_read_is_told_with_the_command_that_ends_it() {
        let world = world(GOOD, OPERATOR);
        let file = world.folder.path().join(".env");
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        check(
            &world,
            Warn,
            Some("everybody on this machine may read /.env, and the keys in it"),
            Some("chmod 600 /.env"),
        )
        .await;
    }

    #[tokio::test]
    async fn the_core_notices_that_its_file_was_changed_and_an_operator_cannot() {
        let world = world(GOOD, Looker::Core);
        let file = std::fs::File::open(world.folder.path().join(".env")).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        check(&world, Ok, None, None).await;
        let later = std::time::SystemTime::now() + std::time::Duration::from_hours(1);
        file.set_modified(later).unwrap();
        check(
            &world,
            Warn,
            Some("/.env was changed after the core read it, which still has the old values"),
            Some(&reload(world.sight.listen).await),
        )
        .await;
        let sight = Sight { looker: OPERATOR, ..world.sight.clone() };
        check(&World { sight, ..world }, Ok, None, None).await;
    }

    #[tokio::test]
    async fn a_file_that_is_gone_would_end_the_next_start() {
        let world = world(GOOD, Looker::Core);
        std::fs::remove_file(world.folder.path().join(".env")).unwrap();
        check(
            &world,
            Crit,
            Some("/.env is not there any more: the core would not start again with it"),
            Some("write /.env again; the core still has what it read at its start"),
        )
        .await;
    }

    #[tokio::test]
    async fn nothing_secret_is_found() {
        let found = find(&world(&GOOD.replace("my-secure", "hunter2"), OPERATOR).sight).await;
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
