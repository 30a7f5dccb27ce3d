//! Where the log goes: always into the core's own ring, which its API shows; of a headless core to
//! stderr as well, for the journal; of a console to its screen.

use std::io;

use tracing_subscriber::prelude::*;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{LogFormat, LogSettings};
use crate::console;
use crate::core;

/// What a console shows of its own process: a core in it has a log of its own.
const CONSOLES: &str = "warn,alamor::core=off,alamor::database=off,\
                        alamor::console=info,alamor::client=info";

/// How much is logged, to be changed while the program runs.
#[derive(Debug)]
pub(super) struct Levels([Handle<EnvFilter, Registry>; 2]);

impl Levels {
    /// From now on as `level` says.
    pub(super) fn set(&self, level: &str) {
        for handle in &self.0 {
            // It fails if the log was never started.
            let _ = handle.reload(filter(level));
        }
    }
}

/// Starts the log; does nothing if it was started before.
pub(super) fn start(settings: &LogSettings) -> Levels {
    let filter = || reload::Layer::new(filter(&settings.level));
    let ((of_text, text_level), (of_ring, ring_level)) = (filter(), filter());
    let log = fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(false);
    let text = match settings.format {
        LogFormat::Text => log.with_filter(of_text).boxed(),
        LogFormat::Json => fmt::layer().with_writer(io::stderr).json().with_filter(of_text).boxed(),
    };
    let ring = core::log_layer().with_filter(of_ring).boxed();
    drop(tracing_subscriber::registry().with(vec![text, ring]).try_init());
    Levels([text_level, ring_level])
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
