//! Where the log goes: always into the core's own ring, which its API shows; of a headless core to
//! stderr as well, for the journal; of a console to its screen.

use std::io;

use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, LogSettings};
use crate::console;
use crate::core;

/// What a console shows of its own process: a core in it has a log of its own.
const CONSOLES: &str = "warn,alamor::core=off,alamor::database=off,\
                        alamor::console=info,alamor::client=info";

/// Starts the log; does nothing if it was started before.
pub(super) fn start(settings: &LogSettings) {
    let filter = || filter(&settings.level);
    let log = fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(false);
    let text = match settings.format {
        LogFormat::Text => log.with_filter(filter()).boxed(),
        LogFormat::Json => {
            fmt::layer().with_writer(io::stderr).json().with_filter(filter()).boxed()
        }
    };
    let ring = core::log_layer().with_filter(filter());
    drop(tracing_subscriber::registry().with(text).with(ring).try_init());
}

/// Sends the log of this process to the console's screen of logs; `level` is that of its core, if
/// it has one.
pub(super) fn start_for_console(level: &str) {
    let own = console::log_layer().with_filter(EnvFilter::new(CONSOLES));
    let ring = core::log_layer().with_filter(filter(level));
    drop(tracing_subscriber::registry().with(own).with(ring).try_init());
}

/// The settings accept only directives that the filter accepts.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}
