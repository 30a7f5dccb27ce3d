//! Where the log goes: of a headless core to stderr, for the journal; of a console to its screen.

use std::io;

use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, LogSettings};
use crate::console;

/// Starts the log; does nothing if it was started before.
pub(super) fn start(settings: &LogSettings) {
    // The settings accept only directives that the filter accepts.
    let filter = EnvFilter::try_new(&settings.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    let result = match settings.format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(result);
}

/// Sends the log of this process to the console's screen of logs.
pub(super) fn start_for_console() {
    let layer = console::log_layer().with_filter(EnvFilter::new("info"));
    drop(tracing_subscriber::registry().with(layer).try_init());
}
