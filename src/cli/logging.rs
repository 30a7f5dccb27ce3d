//! Where the log goes: always into the core's own ring, which its API shows; of a headless core to
//! the journal or stderr as well; of a console to its screen.

use std::io;

use rustix::fs::fstat;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::journal::Journal;
use crate::config::{LogFormat, LogSettings};
use crate::console;
use crate::core;

/// What a console shows of its own process: a core in it has a log of its own.
const CONSOLES: &str = "warn,alamor::core=off,alamor::database=off,\
                        alamor::console=info,alamor::client=info";

type Filtered = tracing_subscriber::layer::Layered<reload::Layer<EnvFilter, Registry>, Registry>;
type Output = Box<dyn Layer<Filtered> + Send + Sync>;

/// Starts the log; does nothing if it was started before.
pub(super) fn start(settings: &LogSettings) {
    let (filter, handle) = reload::Layer::new(filter(&settings.level));
    let output = match settings.format {
        LogFormat::Text => journal().unwrap_or_else(text),
        LogFormat::Json => fmt::layer().with_writer(io::stderr).json().boxed(),
    };
    let log = tracing_subscriber::registry().with(filter).with(output).with(core::log_layer());
    if log.try_init().is_ok() {
        core::on_level(&settings.level, move |filter| handle.reload(filter).is_ok());
    }
}

fn text() -> Output {
    fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(false).boxed()
}

/// The journal with fields, where stderr is a way to it; `None` elsewhere, or if it is not there.
fn journal() -> Option<Output> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    let stderr = fstat(io::stderr()).ok()?;
    if !is_stream(&stream, stderr.st_dev, stderr.st_ino) {
        return None;
    }
    Some(Journal::open().ok()?.boxed())
}

/// Whether that is the file that systemd connected: a program that we were started by may have been
/// in the journal itself, and have sent us elsewhere.
///
/// # Source
///
/// systemd.exec(5), `$JOURNAL_STREAM`: device and inode, with a colon between.
fn is_stream(variable: &str, device: u64, inode: u64) -> bool {
    variable == format!("{device}:{inode}")
}

/// Sends the log of this process to the console's screen of logs; `level` is that of its core, if
/// it has one.
pub(super) fn start_for_console(level: &str) {
    let own = console::log_layer().with_filter(EnvFilter::new(CONSOLES));
    let (filter, handle) = reload::Layer::new(filter(level));
    let ring = core::log_layer().with_filter(filter);
    if tracing_subscriber::registry().with(own).with(ring).try_init().is_ok() {
        core::on_level(level, move |filter| handle.reload(filter).is_ok());
    }
}

/// The settings accept only directives that the filter accepts.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_file_that_systemd_connected_is_the_journal() {
        assert!(is_stream("9:31337", 9, 31337));
        assert!(!is_stream("9:31337", 9, 31338));
        assert!(!is_stream("9:31337", 8, 31337));
        assert!(!is_stream("", 9, 31337));
    }
}
