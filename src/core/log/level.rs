//! How much is logged, changed while the process runs.

use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;

use crate::api::logs::Level;

/// What changes the filter of the process's log; `false` if there is no log any more.
type Apply = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

struct Switch {
    apply: Apply,
    said: Mutex<Said>,
}

struct Said {
    /// What `LOG_LEVEL` said when it was read last.
    setting: String,
    /// The filter in use.
    now: String,
}

/// As the log itself, one for the process.
static SWITCH: OnceLock<Switch> = OnceLock::new();

/// Why the level stays as it is.
#[derive(Debug, thiserror::Error)]
#[error("the log of this process cannot be changed: it was not started by `alamor serve`")]
pub(crate) struct Fixed;

/// Lets `apply` change how much is logged, from `setting` on; the first one counts.
pub fn on_level(setting: &str, apply: impl Fn(EnvFilter) -> bool + Send + Sync + 'static) {
    let said = Mutex::new(Said { setting: setting.to_owned(), now: setting.to_owned() });
    let _ = SWITCH.set(Switch { apply: Box::new(apply), said });
}

/// The filter in use, and the setting's.
pub(crate) fn find() -> Option<(String, String)> {
    let said = SWITCH.get()?.said.lock().unwrap_or_else(PoisonError::into_inner);
    Some((said.now.clone(), said.setting.clone()))
}

/// Logs from now on what is of this level and above; `None`: what the setting says.
pub(crate) fn set(level: Option<Level>) -> Result<(), Fixed> {
    let switch = SWITCH.get().ok_or(Fixed)?;
    // Held meanwhile, so that what is said to be in use is.
    let mut said = switch.said.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = level.map_or_else(|| said.setting.clone(), |level| filter_of(level).to_owned());
    switch.use_filter(wanted, &mut said)
}

/// `LOG_LEVEL` was read again: logs from now on what it says, whatever was set before. A process
/// whose log cannot be changed goes on as it does.
pub(crate) fn set_setting(setting: &str) {
    let Some(switch) = SWITCH.get() else { return };
    let mut said = switch.said.lock().unwrap_or_else(PoisonError::into_inner);
    setting.clone_into(&mut said.setting);
    let _ = switch.use_filter(setting.to_owned(), &mut said);
}

impl Switch {
    fn use_filter(&self, wanted: String, said: &mut Said) -> Result<(), Fixed> {
        let filter = EnvFilter::try_new(&wanted).map_err(|_| Fixed)?;
        if !(self.apply)(filter) {
            return Err(Fixed);
        }
        said.now = wanted;
        Ok(())
    }
}

/// What other crates say below `info` is about each byte on the wire: of no use here.
fn filter_of(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "info,alamor=debug",
        Level::Trace => "info,alamor=trace",
    }
}
