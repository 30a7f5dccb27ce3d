//! The bot's database, from outside: reachable, of a known shape, writable by this user.
//!
//! A core knows more of its own: whether its lock is held and its last write went well
//! (`core/health.rs`). This look is the same whether a core runs or not.

use std::fmt;

use rustix::process::geteuid;

use super::machine::holder::restart;
use super::machine::quote::word;
use super::{Found, Looker, Sight};
use crate::config::Settings;
use crate::core::place;
use crate::core::update::millis;
use crate::database::look::{Fault, Look, Obstacle, look};
use crate::database::place::{Bot, Place, Postgres};

pub(super) async fn find(sight: &Sight) -> Found {
    let place = place(&sight.settings);
    let looked = look(&place).await;
    let restart = match looked {
        Err(Fault::LeftUndone) => restart(sight.listen).await,
        _ => String::new(),
    };
    let scene = Scene {
        place,
        file: file(&sight.settings),
        looker: sight.looker,
        user: geteuid().as_raw(),
        restart,
    };
    let found = match looked {
        Ok(look) => scene.judge(&look),
        Err(fault) => scene.fault(&fault),
    };
    found.asked(format!("connect to {}", scene.place), scene.place.engine())
}

/// Where the settings stand, for sentences.
fn file(settings: &Settings) -> String {
    settings.file.as_ref().map_or_else(|| "the environment".to_owned(), |f| f.display().to_string())
}

/// What the sentences need.
struct Scene {
    place: Place,
    file: String,
    looker: Looker,
    /// Whose rights were tried.
    user: u32,
    /// How the core is started anew, where that helps.
    restart: String,
}

impl Scene {
    /// What was seen of a database that can be read.
    fn judge(&self, look: &Look) -> Found {
        let Look { engine, shape, active, .. } = look;
        let mut found = Found::ok(format!("{shape}; {active} active purchases"))
            .with_fact("engine", engine)
            .with_fact("version", &look.version)
            .with_fact("latency_ms", millis(look.latency))
            .with_fact("size_bytes", look.size_bytes)
            .with_fact("active", active)
            .asked("shape", shape);
        for (name, bytes) in [("wal_bytes", look.wal_bytes), ("free_bytes", look.free_bytes)] {
            if let Some(bytes) = bytes {
                found = found.with_fact(name, bytes);
            }
        }
        let written = look.written.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        if let Some(written) = written {
            found = found.with_fact("written", written).asked("last write", written);
        }
        found.and(look.obstacles.iter().map(|obstacle| self.obstacle(obstacle)))
    }

    fn obstacle(&self, obstacle: &Obstacle) -> Found {
        match obstacle {
            // The core is another user: what this one may not do says nothing of it.
            Obstacle::NotOurs(path) if self.is_stranger() => Found::unknown(
                format!("this user may not write {}, and the core may", path.display()),
                Some(AS_ROOT),
            ),
            Obstacle::NotOurs(path) => Found::crit(
                format!("{} may not be written by the user that the core runs as", path.display()),
                format!("chown {} {}", self.user, word(path)),
            ),
            Obstacle::ReadOnlyDisk(path) => Found::crit(
                format!("the file system of {} is mounted read-only", path.display()),
                format!("findmnt -T {}; dmesg | tail", word(path)),
            ),
            Obstacle::Recovery => Found::crit(
                "this PostgreSQL follows another one and takes no writes",
                format!("set DB_HOST in {} to the server that takes writes", self.file),
            ),
            Obstacle::ReadOnlyByDefault => Found::crit(
                "PostgreSQL makes every transaction of this user read-only \
                 (default_transaction_read_only)",
                self.psql("SELECT * FROM pg_db_role_setting"),
            ),
            Obstacle::Right { user, what, sql } => {
                Found::crit(format!("the database user {user} may not {what}"), self.psql(sql))
            }
        }
    }

    /// Why it cannot be used at all.
    fn fault(&self, fault: &Fault) -> Found {
        let Self { place, file, .. } = self;
        match fault {
            Fault::Unreadable | Fault::Other(_) if self.is_stranger() => {
                Found::unknown(format!("this user may not read {place}"), Some(AS_ROOT))
            }
            Fault::LeftUndone => Found::warn(
                format!(
                    "{place} was left in the middle of a write; whoever writes next repairs it"
                ),
                self.restart.as_str(),
            ),
            Fault::Other(what) => {
                Found::crit(format!("{place} cannot be used: {what}"), self.inspect())
            }
            Fault::UnknownShape(what) => Found::crit(
                format!("{place} is not the bot's database: {what}"),
                format!("set {} in {file} to the bot's database", self.setting()),
            ),
            _ => match &place.bot {
                Bot::Sqlite(_) => self.fault_of_file(fault),
                Bot::Postgres(server) => self.fault_of_server(fault, server),
            },
        }
    }

    fn fault_of_file(&self, fault: &Fault) -> Found {
        let Self { place, file, user, .. } = self;
        let (what, fix) = match fault {
            Fault::Missing => (
                "is not there",
                format!("set DATABASE_NAME_ALAMOR in {file} to the bot's file, or: alamor init"),
            ),
            Fault::Unreadable => (
                "may not be read by the user that the core runs as",
                format!("chown {user} {}", word(place.to_string())),
            ),
            Fault::NotADatabase => (
                "is not a SQLite database",
                format!("set DATABASE_NAME_ALAMOR in {file} to the bot's file"),
            ),
            Fault::Damaged => (
                "is damaged",
                format!("sqlite3 {} 'PRAGMA integrity_check'", word(place.to_string())),
            ),
            Fault::Locked => (
                "is kept locked by another program",
                format!("fuser -v {} shows which", word(place.to_string())),
            ),
            _ => ("cannot be used", self.inspect()),
        };
        Found::crit(format!("{place} {what}"), fix)
    }

    fn fault_of_server(&self, fault: &Fault, server: &Postgres) -> Found {
        let Self { file, .. } = self;
        let at = At(server);
        let (reason, fix) = match fault {
            Fault::Down(cause) => (
                format!("PostgreSQL does not answer at {at}: {cause}"),
                if is_here(server) {
                    "systemctl start postgresql".to_owned()
                } else {
                    self.inspect()
                },
            ),
            Fault::Starting => {
                (format!("PostgreSQL at {at} is starting or stopping"), self.inspect())
            }
            Fault::Credentials => (
                format!("PostgreSQL at {at} refuses the user {} or its password", server.user),
                format!("write the bot's DB_USER and DB_PASSWORD into {file}"),
            ),
            Fault::NoDatabase => (
                format!("PostgreSQL at {at} has no database {}", server.name),
                "sudo -u postgres psql -l shows those it has: set DB_NAME to the bot's".to_owned(),
            ),
            Fault::Crowded => (
                format!("PostgreSQL at {at} has no connection left"),
                self.psql("SELECT pid, application_name, state FROM pg_stat_activity"),
            ),
            Fault::MayNotRead { sql } => (
                format!("the database user {} may not read the bot's tables", server.user),
                self.psql(sql),
            ),
            _ => (format!("{} cannot be used", self.place), self.inspect()),
        };
        Found::crit(reason, fix)
    }

    /// Whether who looks is neither the core nor root.
    fn is_stranger(&self) -> bool {
        self.looker == Looker::Operator { root: false } && matches!(self.place.bot, Bot::Sqlite(_))
    }

    fn setting(&self) -> &'static str {
        match self.place.bot {
            Bot::Sqlite(_) => "DATABASE_NAME_ALAMOR",
            Bot::Postgres(_) => "DB_NAME",
        }
    }

    /// The command that shows more.
    fn inspect(&self) -> String {
        match &self.place.bot {
            Bot::Sqlite(path) => format!("ls -l {}", word(path)),
            Bot::Postgres(server) => {
                format!("pg_isready -h {} -p {}", word(&server.host), server.port)
            }
        }
    }

    /// Some SQL as the administrator of the server runs it.
    fn psql(&self, sql: &str) -> String {
        let database = match &self.place.bot {
            Bot::Postgres(server) => format!(" -d {}", word(&server.name)),
            Bot::Sqlite(_) => String::new(),
        };
        format!("sudo -u postgres psql{database} -c {}", word(sql))
    }
}

/// Who could see more.
const AS_ROOT: &str = "sudo alamor check looks";

/// A server without its database: `localhost:5432`, or the folder of its socket.
struct At<'a>(&'a Postgres);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.host, self.0.port)
    }
}

/// Whether the server runs on this machine, so that systemd here can start it.
fn is_here(server: &Postgres) -> bool {
    let ip = server.host.parse::<std::net::IpAddr>();
    server.host.starts_with('/')
        || server.host == "localhost"
        || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::*;
    use crate::api::CheckState;

    const ROOT: Looker = Looker::Operator { root: true };
    const ALI: Looker = Looker::Operator { root: false };

    fn scene(looker: Looker, bot: Bot) -> Scene {
        let place = Place { bot, state: None };
        let (file, restart) = ("/srv/bot/.env".to_owned(), "systemctl restart shop".to_owned());
        Scene { place, file, looker, user: 998, restart }
    }

    fn on_file(looker: Looker) -> Scene {
        scene(looker, Bot::Sqlite(PathBuf::from("/srv/bot/shop.db")))
    }

    fn on_server(host: &str) -> Scene {
        scene(
            ROOT,
            Bot::Postgres(Postgres {
                name: "shop".to_owned(),
                user: "ali".to_owned(),
                password: Some("hunter2hunter2".into()),
                host: host.to_owned(),
                port: 5432,
            }),
        )
    }

    #[track_caller]
    fn check(found: &Found, state: CheckState, reason: &str, fix: &str) {
        assert_eq!(
            (found.state, found.reason.as_deref(), found.fix.as_deref()),
            (state, Some(reason), Some(fix))
        );
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why_and_what_to_do() {
        use CheckState::{Crit, Unknown, Warn};
        let told = |fault: Fault| on_file(Looker::Core).fault(&fault);
        check(
            &told(Fault::Missing),
            Crit,
            "/srv/bot/shop.db is not there",
            "set DATABASE_NAME_ALAMOR in /srv/bot/.env to the bot's file, or: alamor init",
        );
        check(
            &told(Fault::Unreadable),
            Crit,
            "/srv/bot/shop.db may not be read by the user that the core runs as",
            "chown 998 /srv/bot/shop.db",
        );
        check(
            &told(Fault::Locked),
            Crit,
            "/srv/bot/shop.db is kept locked by another program",
            "fuser -v /srv/bot/shop.db shows which",
        );
        check(
            &told(Fault::LeftUndone),
            Warn,
            "/srv/bot/shop.db was left in the middle of a write; whoever writes next repairs it",
            "systemctl restart shop",
        );
        check(
            &on_file(ALI).fault(&Fault::Unreadable),
            Unknown,
            "this user may not read /srv/bot/shop.db",
            "sudo alamor check looks",
        );
    }

    #[test]
    fn a_server_that_cannot_be_used_says_why_and_what_to_do() {
        use CheckState::Crit;
        let refused = || Fault::Down("Connection refused (os error 111)".to_owned());
        let cause = "Connection refused (os error 111)";
        check(
            &on_server("localhost").fault(&refused()),
            Crit,
            &format!("PostgreSQL does not answer at localhost:5432: {cause}"),
            "systemctl start postgresql",
        );
        check(
            &on_server("10.0.0.7").fault(&refused()),
            Crit,
            &format!("PostgreSQL does not answer at 10.0.0.7:5432: {cause}"),
            "pg_isready -h 10.0.0.7 -p 5432",
        );
        check(
            &on_server("localhost").fault(&Fault::Credentials),
            Crit,
            "PostgreSQL at localhost:5432 refuses the user ali or its password",
            "write the bot's DB_USER and DB_PASSWORD into /srv/bot/.env",
        );
        check(
            &on_server("localhost")
                .fault(&Fault::UnknownShape("there is no table `servers`".into())),
            Crit,
            "shop at localhost:5432 is not the bot's database: there is no table `servers`",
            "set DB_NAME in /srv/bot/.env to the bot's database",
        );
    }

    fn look(obstacles: Vec<Obstacle>) -> Look {
        Look {
            engine: "SQLite",
            version: "3.50.2".to_owned(),
            shape: "SQLite 3.50.2, newest shape, without updated_at".to_owned(),
            latency: Duration::from_millis(3),
            size_bytes: 4096,
            wal_bytes: None,
            free_bytes: Some(1),
            active: 402,
            written: Some(0),
            obstacles,
        }
    }

    #[test]
    fn a_database_that_can_be_read_and_written_is_well_and_measured() {
        let found = on_file(Looker::Core).judge(&look(Vec::new()));
        assert_eq!(found.state, CheckState::Ok);
        assert_eq!(
            found.seen,
            "SQLite 3.50.2, newest shape, without updated_at; 402 active purchases"
        );
        assert_eq!(found.facts["latency_ms"], "3");
        assert_eq!(found.facts["written"], "1970-01-01T00:00:00Z");
        assert!(!found.facts.contains_key("wal_bytes"));
    }

    #[test]
    fn what_cannot_be_written_is_the_cores_trouble_and_unknown_to_a_stranger() {
        let folder = || vec![Obstacle::NotOurs(Path::new("/srv/my bot").to_owned())];
        check(
            &on_file(Looker::Core).judge(&look(folder())),
            CheckState::Crit,
            "/srv/my bot may not be written by the user that the core runs as",
            "chown 998 '/srv/my bot'",
        );
        check(
            &on_file(ALI).judge(&look(folder())),
            CheckState::Unknown,
            "this user may not write /srv/my bot, and the core may",
            "sudo alamor check looks",
        );
        let right = Obstacle::Right {
            user: "ali".to_owned(),
            what: "update single_configs_json of purchases".to_owned(),
            sql: "GRANT UPDATE (single_configs_json) ON public.purchases TO \"ali\";".to_owned(),
        };
        check(
            &on_server("localhost").judge(&look(vec![right])),
            CheckState::Crit,
            "the database user ali may not update single_configs_json of purchases",
            "sudo -u postgres psql -d shop -c \
             'GRANT UPDATE (single_configs_json) ON public.purchases TO \"ali\";'",
        );
    }
}
