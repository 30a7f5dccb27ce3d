//! How much is logged, changed while the process runs.

use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;

use crate::api::logs::Level;

/// What changes the filter of the process's log; `false` if there is no log any more.
type Apply = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

struct Switch {
    apply: Apply,
    /// As `LOG_LEVEL` says.
    setting: String,
    /// The filter in use.
    now: Mutex<String>,
}

/// As the log itself, one for the process.
static SWITCH: OnceLock<Switch> = OnceLock::new();

/// Why the level stays as it is.
#[derive(Debug, thiserror::Error)]
#[error("the log of this process cannot be changed: it was not started by `alamor serve`")]
pub(crate) struct Fixed;

/// Lets `apply` change how much is logged, from `setting` on; the first one counts.
pub fn on_level(setting: &str, apply: impl Fn(EnvFilter) -> bool + Send + Sync + 'static) {
    let (setting, now) = (setting.to_owned(), Mutex::new(setting.to_owned()));
    let _ = SWITCH.set(Switch { apply: Box::new(apply), setting, now });
}

/// The filter in use, and the setting's.
pub(crate) fn find() -> Option<(String, &'static str)> {
    let switch = SWITCH.get()?;
    let now = switch.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Some((now, &switch.setting))
}

/// Logs from now on what is of this level and above; `None`: what the setting says.
pub(crate) fn set(level: Option<Level>) -> Result<(), Fixed> {
    let switch = SWITCH.get().ok_or(Fixed)?;
    let wanted = level.map_or_else(|| switch.setting.clone(), |level| filter_of(level).to_owned());
    let filter = EnvFilter::try_new(&wanted).map_err(|_| Fixed)?;
    // Held meanwhile, so that what is said to be in use is.
    let mut now = switch.now.lock().unwrap_or_else(PoisonError::into_inner);
    if !(switch.apply)(filter) {
        return Err(Fixed);
    }
    *now = wanted;
    Ok(())
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
