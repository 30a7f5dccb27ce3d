//! The settings while the core runs: what a reload takes over at once, and what waits for a restart.
//!
//! ```text
//! .env, read again ─▶ take() ─▶ valid at once: keys, ages, names of links, alerts, schedule, log level
//!                        └────▶ waits for a restart: database, listener, TLS, limits of panels
//! ```
//!
//! Invariants:
//! - Whoever asks gets settings that belong together: all of the old file, or all of the new one.
//! - What waits for a restart keeps its old value, and is named until the restart.
//! - A file that is not valid changes nothing.
//!
//! Deliberately absent: reading the file.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::probes::Found;
use super::probes::machine::holder::restart_this;
use crate::config::keys::{self, Key};
use crate::config::{LogSettings, ProbeSettings, Settings, Texts, UpdateSettings};

/// What parts of the core were made of when it began.
///
/// A database, a listener and what guards a panel's door are not exchanged while jobs use them.
const AT_START: [&Key; 23] = [
    &keys::DB_TYPE,
    &keys::DATABASE_NAME_ALAMOR,
    &keys::DB_NAME,
    &keys::DB_USER,
    &keys::DB_PASSWORD,
    &keys::DB_HOST,
    &keys::DB_PORT,
    &keys::STATE_DATABASE,
    &keys::ENCRYPTION_KEY_ALAMOR,
    &keys::WEBHOOK_BIND,
    &keys::ALLOW_PLAINTEXT,
    &keys::TLS_CERT_FILE,
    &keys::TLS_KEY_FILE,
    &keys::TLS_REDIRECT_BIND,
    &keys::TLS_ACME,
    &keys::TLS_ACME_NAMES,
    &keys::TLS_ACME_DIRECTORY,
    &keys::TLS_ACME_FOLDER,
    &keys::UPDATE_PER_PANEL,
    &keys::PANEL_TIMEOUT,
    &keys::PANEL_TLS_INSECURE,
    &keys::PANEL_TOKENS,
    &keys::LOG_FORMAT,
];

/// What only consoles read: no core takes it over, and none needs a restart for it.
const OF_CONSOLES: [&Key; 1] = [&keys::CORE_URL];

/// What came of reading the settings again, by the names of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reloaded {
    /// What is valid from now on.
    pub taken: Vec<&'static str>,
    /// What differs from what the core began with, and waits for a restart.
    pub waiting: Vec<&'static str>,
}

/// The settings, and how the last reload went.
#[derive(Debug)]
pub(crate) struct Live {
    current: watch::Sender<Arc<Settings>>,
    /// What stood in the file when the core began.
    began: Texts,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    waiting: Vec<&'static str>,
    /// How many settings are wrong in the file that was refused.
    refused: Option<usize>,
}

impl Live {
    pub(crate) fn new(settings: Settings) -> Self {
        let began = settings.texts.clone();
        Self { current: watch::Sender::new(Arc::new(settings)), began, last: Mutex::default() }
    }

    /// The settings as they are now.
    pub(crate) fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.current.borrow())
    }

    /// The settings, and whoever waits on it hears of the next ones.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Settings>> {
        self.current.subscribe()
    }

    /// Takes over what can be taken over.
    pub(crate) fn take(&self, new: Settings) -> Reloaded {
        let old = self.get();
        let reloaded = compare(&self.began, &old.texts, &new.texts);
        self.current.send_replace(Arc::new(merge(&old, new)));
        *self.last() = Last { waiting: reloaded.waiting.clone(), refused: None };
        reloaded
    }

    /// Notes that the file was not valid.
    pub(crate) fn refuse(&self, violations: usize) {
        self.last().refused = Some(violations);
    }

    /// What an operator should know of the last reload; `None` if there is nothing to do.
    pub(crate) fn found(&self) -> Option<Found> {
        let last = self.last();
        if let Some(count) = last.refused {
            return Some(Found::warn(
                format!("the settings were read again and {count} are wrong: the old ones stay"),
                "alamor check --from settings",
            ));
        }
        (!last.waiting.is_empty()).then(|| {
            let waiting = last.waiting.join(", ");
            Found::warn(
                format!("{waiting}: changed, and valid after a restart only"),
                restart_this(),
            )
        })
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What changed since the last reading, and what since the beginning.
fn compare(began: &Texts, old: &Texts, new: &Texts) -> Reloaded {
    let is_taken = |key: &&'static Key| !AT_START.contains(key) && !OF_CONSOLES.contains(key);
    let taken = old.changed(new).filter(is_taken);
    let waiting = began.changed(new).filter(|key| AT_START.contains(key));
    Reloaded {
        taken: taken.map(|key| key.name).collect(),
        waiting: waiting.map(|key| key.name).collect(),
    }
}

/// The new settings, with the old values of what waits for a restart.
fn merge(old: &Settings, new: Settings) -> Settings {
    Settings {
        database: old.database.clone(),
        state_database: old.state_database.clone(),
        encryption_key: old.encryption_key.clone(),
        bind: old.bind,
        plaintext: old.plaintext,
        tls: old.tls.clone(),
        probes: ProbeSettings {
            certificate: old.probes.certificate.clone(),
            certificate_key: old.probes.certificate_key.clone(),
            ..new.probes
        },
        update: UpdateSettings {
            per_panel: old.update.per_panel,
            panel_timeout: old.update.panel_timeout,
            tls_insecure: old.update.tls_insecure.clone(),
            tokens: old.update.tokens.clone(),
            ..new.update
        },
        log: LogSettings { format: old.log.format, ..new.log },
        ..new
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::api::CheckState;
    use crate::config::{Environment, Source};

    fn settings(text: &str) -> Settings {
        let source = Source::of_text(Path::new("/srv/.env"), text, Environment::default());
        Settings::load(&source).unwrap()
    }

    #[test]
    fn what_can_change_is_valid_at_once_and_the_rest_is_named_until_the_restart() {
        let live =
            Live::new(settings("ADMIN_API_KEY=my-secure-api-key-2024\nWEBHOOK_BIND=[::1]:1"));
        let mut heard = live.subscribe();
        heard.mark_unchanged();
        let new = "ADMIN_API_KEY=my-other-api-key-2025\nSUB_MAX_AGE=9s\nPANEL_TIMEOUT=9s\n\
                   WEBHOOK_BIND=127.0.0.1:2";
        let expected = Reloaded {
            taken: vec!["ADMIN_API_KEY", "SUB_MAX_AGE"],
            waiting: vec!["WEBHOOK_BIND", "PANEL_TIMEOUT"],
        };
        assert_eq!(live.take(settings(new)), expected);
        assert!(heard.has_changed().unwrap());
        let now = live.get();
        assert_eq!(now.admin_key.opens("my-other-api-key-2025"), Some(true));
        assert_eq!(now.admin_key.opens("my-secure-api-key-2024"), Some(false));
        assert_eq!(now.sub_max_age.as_secs(), 9);
        assert_eq!(
            (now.bind.to_string().as_str(), now.update.panel_timeout.as_secs()),
            ("[::1]:1", 10)
        );
        // The same file once more: nothing new, and what waits still waits.
        let again = live.take(settings(new));
        assert_eq!(again, Reloaded { taken: Vec::new(), ..expected });
        let found = live.found().unwrap();
        assert_eq!(found.state, CheckState::Warn);
        assert_eq!(
            found.reason.as_deref(),
            Some("WEBHOOK_BIND, PANEL_TIMEOUT: changed, and valid after a restart only")
        );
        live.take(settings("ADMIN_API_KEY=my-other-api-key-2025\nWEBHOOK_BIND=[::1]:1"));
        assert_eq!(live.found(), None);
    }

    #[test]
    fn a_file_that_is_not_valid_is_told_until_one_is() {
        let live = Live::new(settings("SUB_MAX_AGE=9s"));
        live.refuse(2);
        assert_eq!(
            live.found().unwrap().reason.as_deref(),
            Some("the settings were read again and 2 are wrong: the old ones stay")
        );
        assert_eq!(live.get().sub_max_age.as_secs(), 9);
        live.take(settings("SUB_MAX_AGE=9s"));
        assert_eq!(live.found(), None);
    }

    #[test]
    fn whatever_is_told_to_wait_keeps_its_old_value() {
        let old = "DB_TYPE=postgres\nDB_NAME=a\nDB_USER=a\nDB_PASSWORD=a\nDB_HOST=a\nDB_PORT=1\n\
                   ENCRYPTION_KEY_ALAMOR=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\
                   STATE_DATABASE=sqlite:a\nUPDATE_PER_PANEL=1\nPANEL_TLS_INSECURE=a\n\
                   PANEL_TOKENS=a:b\nLOG_FORMAT=json\nPANEL_TIMEOUT=1s\nWEBHOOK_BIND=127.0.0.1:1\n\
                   TLS_CERT_FILE=a.pem\nTLS_KEY_FILE=b.pem";
        let before = settings(old);
        let after = merge(&before, settings("UPDATE_EVERY=6h"));
        let built = |settings: &Settings| {
            let update = &settings.update;
            format!(
                "{:?} {:?} {} {} {:?} {:?} {} {:?} {:?} {:?} {:?}",
                settings.database,
                settings.state_database,
                settings.encryption_key.is_some(),
                settings.bind,
                settings.tls,
                (&settings.probes.certificate, &settings.probes.certificate_key),
                update.per_panel,
                update.panel_timeout,
                update.tls_insecure,
                update.tokens == before.update.tokens,
                settings.log.format
            )
        };
        assert_eq!(built(&after), built(&before));
        assert_eq!(after.update.every.map(|every| every.as_secs()), Some(6 * 3600));
        assert_eq!(after.sub_max_age.as_secs(), 12 * 3600);
    }
}
