//! The core's own health at a glance.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::probes::board::{NEWEST, Place};
use super::probes::machine::vitals::resident_memory;
use super::probes::{Looker, named};
use super::{Core, said, trouble, update};
use crate::api::health::{DatabaseHealth, Health, PurchaseCounts};
use crate::api::{Check, CheckState};
use crate::config::AdminKey;
use crate::core::update::now;
use crate::database::place::Bot;

/// How long the database may take to answer: longer, and the heartbeat would stop as well.
const PING: Duration = Duration::from_secs(1);

/// The first word of a panel's check.
const PANEL: &str = "panel";

/// The check of the last reload.
const RELOAD: &str = "reload";

impl Core {
    /// Looks at everything that costs little.
    pub(super) async fn health(&self) -> Health {
        let database = self.database_health().await;
        let settings = self.settings();
        let at = now();
        // Every purchase is looked at for these: once.
        let counted = self.catalog.counts(at);
        let checks = self.checks_at_a_glance(&database, at, &counted);
        // What nobody can see changes no verdict.
        let seen = checks.iter().map(|check| check.state).filter(|state| is_seen(*state));
        let worst = seen.max_by_key(|state| state.severity());
        Health {
            service: "alamor".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instance: self.hub.instance().to_owned(),
            state: worst.unwrap_or_default(),
            pid: std::process::id(),
            listen: self.listen.to_string(),
            role: self.role.as_str().to_owned(),
            domain: settings.domain.clone(),
            settings_file: settings.file.as_ref().map(|file| file.display().to_string()),
            started_at: self.started_at,
            now_at: Timestamp::now(),
            utc_offset_minutes: Some(jiff::Zoned::now().offset().seconds() / 60),
            uptime_ms: update::millis(self.started.elapsed()),
            memory_bytes: resident_memory(),
            requests: self.meter.read(),
            database,
            purchases: counted.0,
            checks,
            changes: self.board.changes(NEWEST),
        }
    }

    /// What the board shows, with what is known better at this moment; without the evidence, and
    /// without the panels that are well.
    fn checks_at_a_glance(
        &self,
        database: &DatabaseHealth,
        at: i64,
        counted: &(PurchaseCounts, u64),
    ) -> Vec<Check> {
        let mut checks = self.board.checks(Timestamp::now());
        for panel in self.inside(at, counted) {
            put(&mut checks, panel);
        }
        put(&mut checks, self.key_check());
        put(&mut checks, self.database_check(database));
        checks.retain(|check| check.kind() != PANEL || check.state.severity() > 1);
        for check in &mut checks {
            check.details.clear();
        }
        checks
    }

    /// What only the core knows: how its links and its panels are.
    pub(super) fn inside_checks(&self) -> Vec<Check> {
        let at = now();
        self.inside(at, &self.catalog.counts(at))
    }

    /// What was shown of the reload before is over, without a second look.
    pub(super) fn forget_reload(&self) {
        let reload = Place::Inside(RELOAD.to_owned());
        self.board.keep(|place| *place != reload);
    }

    fn inside(&self, at: i64, (counts, expired): &(PurchaseCounts, u64)) -> Vec<Check> {
        let took = Duration::ZERO;
        let panels = said::list_panels(&self.panels, at);
        let panels = panels.iter().map(|panel| {
            let found = trouble::panel(panel);
            named(format!("{PANEL} {}", panel.name), found, took, Looker::Core)
        });
        let settings = self.settings();
        let few = [
            ("links", Some(trouble::links(counts, *expired))),
            ("socket", self.is_passed.then(|| trouble::socket(self.listen, settings.bind))),
            ("certificate", self.tls.as_ref().map(|tls| tls.found(Timestamp::now()))),
            (RELOAD, self.live.found()),
            ("schedule", settings.update.every.map(|_| self.schedule.found())),
            ("alerts", self.alerts.found(&settings.alerts)),
            ("payments", self.payments.found(&settings.legacy)),
        ];
        let few = few
            .into_iter()
            .filter_map(|(name, found)| Some(named(name.to_owned(), found?, took, Looker::Core)));
        few.chain(panels).collect()
    }

    async fn database_health(&self) -> DatabaseHealth {
        let reason = match timeout(PING, self.database.ping()).await {
            Ok(ping) => ping.err().map(|error| error.to_string()),
            Err(_) => Some(format!("the database did not answer within {} s", PING.as_secs())),
        };
        DatabaseHealth {
            engine: self.database.place().engine().to_owned(),
            location: self.database.place().to_string(),
            shape: self.database.shape().unwrap_or_default(),
            state: if reason.is_none() { CheckState::Ok } else { CheckState::Crit },
            reason,
        }
    }

    fn database_check(&self, database: &DatabaseHealth) -> Check {
        let fix = match &self.database.place().bot {
            Bot::Sqlite(path) => format!("ls -l {}; df -h", path.display()),
            Bot::Postgres(place) => {
                format!(
                    "pg_isready -h {} -p {}; systemctl status postgresql",
                    place.host, place.port
                )
            }
        };
        Check {
            name: "database".to_owned(),
            state: database.state,
            reason: database.reason.clone(),
            fix: database.reason.as_ref().map(|_| fix),
            ..Check::default()
        }
    }

    fn key_check(&self) -> Check {
        let check = |state, reason: Option<&str>| Check {
            name: "key".to_owned(),
            state,
            reason: reason.map(str::to_owned),
            fix: reason.map(|_| {
                "alamor key new, then write it as ADMIN_API_KEY into the .env file".to_owned()
            }),
            ..Check::default()
        };
        match &self.settings().admin_key {
            AdminKey::Good(_) => check(CheckState::Ok, None),
            AdminKey::Unset => check(CheckState::Crit, Some("ADMIN_API_KEY is not set")),
            AdminKey::Weak { .. } => check(
                CheckState::Crit,
                Some(
                    "ADMIN_API_KEY is weak: shorter than 16 characters, or with one outside A-Z a-z 0-9 - _ .",
                ),
            ),
        }
    }
}

fn is_seen(state: CheckState) -> bool {
    !matches!(state, CheckState::Unknown | CheckState::NotTried)
}

/// Puts what was just seen in the place of what the board shows, if that is worse: a quick look sees
/// less than a probe, so it takes nothing back.
fn put(checks: &mut Vec<Check>, seen: Check) {
    match checks.iter_mut().find(|check| check.name == seen.name) {
        Some(known) if known.state.severity() >= seen.state.severity() => {}
        Some(known) => {
            let history = std::mem::take(&mut known.history);
            *known = Check { history, ..seen };
        }
        None => checks.push(seen),
    }
}
