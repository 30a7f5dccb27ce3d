//! Reads all settings; every violation stands in one report.
//!
//! Start reading at [`Settings::load`].
//!
//! Invariants:
//! - Every violation is found in one go: the operator edits the file once.
//! - A missing or weak admin key is none: subscribers are served without it.
//!
//! Deliberately absent: what the text of one setting means (that is `values.rs`).

mod alerts;
mod database;
mod front;
mod legacy;
mod listen;
mod probes;
mod reader;
mod tls;
mod values;

use std::time::Duration;

use crate::config::api_key::AdminKey;
use crate::config::dotenv::Fault;
use crate::config::encryption_key::EncryptionKey;
use crate::config::keys::{self, find_key};
use crate::config::load::alerts::read_alerts;
use crate::config::load::database::{read_database, read_state_database};
use crate::config::load::front::read_proxies;
use crate::config::load::legacy::read_legacy;
use crate::config::load::listen::{Listen, read_listen};
use crate::config::load::probes::read_probes;
use crate::config::load::reader::{Reader, Told};
use crate::config::load::tls::read_tls;
use crate::config::load::values::{Parsed, wrong};
use crate::config::settings::{
    LogFormat, LogSettings, Remark, RemarkUsage, Settings, UpdateSettings,
};
use crate::config::source::Source;
use crate::config::texts::Texts;
use crate::config::violation::{Place, Violation, Violations};

/// The range of `PANEL_TIMEOUT`. One purchase may take 25 s, since the bot gives up after 30 s
/// (fact C4 of src/ARCHITECTURE.md).
const PANEL_TIMEOUTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(25)];

/// How often a schedule may update: a job over thousands of purchases takes a minute or two; links
/// that are older than a week are no links.
const EVERY: [Duration; 2] = [Duration::from_mins(5), Duration::from_hours(7 * 24)];

/// The longest that a subscription may be served from memory: a day, after which a customer would
/// notice a server that moved.
const MAX_SUB_AGE: Duration = Duration::from_hours(24);

impl Settings {
    /// Reads every setting.
    ///
    /// # Errors
    ///
    /// [`Violations`]: all of them. If the file cannot be read, that alone: nothing else is known.
    pub fn load(source: &Source) -> Result<Self, Violations> {
        if let Some(unreadable) = source.unreadable() {
            return Err(unreadable.clone().into());
        }
        let mut read = Reader::new(source);
        let mut warnings = Vec::new();
        sort_faults(source, &mut read.violations, &mut warnings);
        let settings = read_all(&mut read, source, warnings);
        match (Violations::report(read.violations), settings) {
            (None, Ok(settings)) => Ok(settings),
            (Some(violations), _) => Err(violations),
            (None, Err(Told)) => Err(untold().into()),
        }
    }
}

/// A value is missing of which the report says nothing: a defect of this program.
fn untold() -> Violation {
    Violation {
        place: Place::Unset,
        what: "a setting could not be read, and alamor does not know why".to_owned(),
        fix: "report this as a defect of alamor".to_owned(),
    }
}

/// A line that cannot be read is a violation if it is meant for us. Of others only the line is
/// told: what stands there for a key may be part of somebody's secret.
fn sort_faults(source: &Source, violations: &mut Vec<Violation>, warnings: &mut Vec<Violation>) {
    for faulty in source.faults() {
        let key = faulty.key.as_deref().and_then(find_key);
        let place = source.line(faulty.line);
        match (key, faulty.fault) {
            (None, Fault::KeyAlone) => {}
            (None, fault) => warnings.push(Violation {
                place,
                what: format!("this {fault}; the bot and alamor skip it"),
                fix: "write KEY=value".to_owned(),
            }),
            (Some(key), fault) => {
                let what = format!("the line of {} {fault}", key.name);
                let fix = format!("write {}='value'", key.name);
                let stops = fault != Fault::KeyAlone;
                if stops { &mut *violations } else { &mut *warnings }.push(Violation {
                    place,
                    what,
                    fix,
                });
            }
        }
    }
}

/// Reads each group before the first `?`, so that every violation gets into the report.
fn read_all(
    read: &mut Reader<'_>,
    source: &Source,
    mut warnings: Vec<Violation>,
) -> Result<Settings, Told> {
    let domain = read.optional(&keys::WEBHOOK_DOMAIN, values::host_name);
    let admin_key = AdminKey::judge(read.find(&keys::ADMIN_API_KEY).map(|(raw, _)| raw));
    let previous = read.find(&keys::ADMIN_API_KEY_PREVIOUS);
    let previous_key = AdminKey::judge(previous.map(|(raw, _)| raw));
    let database = read_database(read, source, &mut warnings);
    let state_database = read_state_database(read, source);
    let encryption_key = read.optional(&keys::ENCRYPTION_KEY_ALAMOR, encryption_key);
    let tls = read_tls(read, source, &domain);
    let listen = read_listen(read, matches!(tls, Ok(Some(_))));
    let trusted_proxies = read_proxies(read);
    let legacy = read_legacy(read, listen.as_ref().ok().map(|listen| listen.bind), &domain);
    let update = read_update(read);
    let ages = Duration::ZERO..=MAX_SUB_AGE;
    let sub_max_age = read.required(&keys::SUB_MAX_AGE, |text| values::duration(ages, text));
    let probes = read_probes(read, source, tls.as_ref().ok().and_then(Option::as_ref));
    let alerts = read_alerts(read, source);
    let log = read_log(read);
    let Listen { bind, core_url, plaintext } = listen?;
    let update = update?;
    // A schedule's own age must not send subscribers to the panels.
    let least_age = update.every.map_or(Duration::ZERO, |every| every * 2);
    Ok(Settings {
        file: source.file().map(ToOwned::to_owned),
        read_at: source.read_at(),
        texts: Texts::of(source),
        domain: domain?,
        admin_key,
        previous_key,
        database: database?,
        state_database: state_database?,
        encryption_key: encryption_key?,
        bind,
        plaintext,
        tls: tls?,
        core_url,
        trusted_proxies: trusted_proxies?,
        legacy: legacy?,
        update,
        sub_max_age: sub_max_age?.max(least_age),
        probes: probes?,
        alerts: alerts?,
        log: log?,
        warnings,
    })
}

fn encryption_key(text: &str) -> Parsed<EncryptionKey> {
    EncryptionKey::parse(text).or_else(|_| {
        wrong("is no Fernet key: 32 bytes in URL-safe Base64", "<the bot's key, 44 characters>")
    })
}

fn read_update(read: &mut Reader<'_>) -> Result<UpdateSettings, Told> {
    let [shortest, longest] = PANEL_TIMEOUTS;
    let every =
        read.optional(&keys::UPDATE_EVERY, |text| values::duration(EVERY[0]..=EVERY[1], text));
    let concurrency =
        read.required(&keys::UPDATE_CONCURRENCY, |text| values::count(1..=1024, text));
    let per_panel = read.required(&keys::UPDATE_PER_PANEL, |text| values::count(1..=64, text));
    let timeout =
        read.required(&keys::PANEL_TIMEOUT, |text| values::duration(shortest..=longest, text));
    let insecure = read.optional(&keys::PANEL_TLS_INSECURE, |text| Ok(values::names(text)));
    let tokens = read.optional(&keys::PANEL_TOKENS, values::tokens);
    let remark = read.required(&keys::REMARK, |text| {
        values::word(&[("keep", Remark::Keep), ("panel", Remark::Panel)], text)
    });
    let usage = read.required(&keys::REMARK_USAGE, |text| {
        values::word(&[("cut", RemarkUsage::Cut), ("keep", RemarkUsage::Keep)], text)
    });
    Ok(UpdateSettings {
        every: every?,
        concurrency: concurrency?,
        per_panel: per_panel?,
        panel_timeout: timeout?,
        tls_insecure: insecure?.unwrap_or_default(),
        tokens: tokens?.unwrap_or_default(),
        remark: remark?,
        remark_usage: usage?,
    })
}

fn read_log(read: &mut Reader<'_>) -> Result<LogSettings, Told> {
    let level = read.required(&keys::LOG_LEVEL, values::log_level);
    let format = read.required(&keys::LOG_FORMAT, |text| {
        values::word(&[("text", LogFormat::Text), ("json", LogFormat::Json)], text)
    });
    Ok(LogSettings { level: level?, format: format? })
}

#[cfg(test)]
mod tests;
