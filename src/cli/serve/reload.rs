//! `HUP`: the settings are read again, and what can change while the core runs is valid at once.
//!
//! Invariants:
//! - A file that is not valid changes nothing; every violation is in the log, without its value.
//! - Whatever waits for a restart is named in the log, and by the check `reload`.

use super::super::args::Args;
use super::super::source;
use super::systemd::Systemd;
use crate::config::Settings;
use crate::core::Running;

/// What a reload needs.
pub(super) struct Reload<'a> {
    pub(super) args: &'a Args,
    pub(super) systemd: &'a Systemd,
}

impl Reload<'_> {
    /// Reads the settings again and takes them over.
    pub(super) fn run(&self, core: &Running) {
        self.systemd.reloading();
        match Settings::load(&source(self.args)) {
            Ok(settings) => take(core, settings),
            Err(violations) => {
                core.refuse(&violations);
                for violation in violations.iter() {
                    let (at, fix) = (&violation.place, &violation.fix);
                    tracing::error!(%at, fix, "The old settings stay: {}", violation.what);
                }
            }
        }
        self.systemd.ready();
    }
}

/// What can change while the core runs is valid from now on.
fn take(core: &Running, settings: Settings) {
    for warning in &settings.warnings {
        tracing::warn!(at = %warning.place, fix = warning.fix, "{}", warning.what);
    }
    let reloaded = core.reload(settings);
    let taken = match reloaded.taken.as_slice() {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    };
    tracing::info!(changed = taken, "The settings were read again");
    if !reloaded.waiting.is_empty() {
        let waiting = reloaded.waiting.join(", ");
        tracing::warn!(changed = waiting, "The rest is valid after a restart only");
    }
}
