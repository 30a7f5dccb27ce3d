//! The console's own log: what it heard and lost, and in one process with a core, also the core's.
//!
//! The lines themselves live in `tui-logger`, which is one for the whole process. Its thread, which
//! would wake a hundred times a second, is never started: [`drain`] does its work before a frame.
//!
//! Deliberately absent: secrets. Whatever reaches the log is shown as it is, so nothing secret may.

use std::fmt;

use tui_logger::{LevelFilter, TuiTracingSubscriberLayer, TuiWidgetEvent, TuiWidgetState};

/// The subscriber layer that fills the log. Put a filter on it: it takes every level.
#[must_use]
pub fn log_layer() -> TuiTracingSubscriberLayer {
    tui_logger::set_default_level(LevelFilter::Trace);
    TuiTracingSubscriberLayer
}

/// Makes what was logged since the last call part of what is shown.
pub(crate) fn drain() {
    tui_logger::move_events();
}

/// Which part of the log is shown: its end, unless somebody looks back.
#[derive(Default)]
pub(crate) struct LogView(pub(crate) TuiWidgetState);

impl fmt::Debug for LogView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogView")
    }
}

impl LogView {
    /// Moves by screenfuls; rows of the log are as high as their text, so there are no single ones.
    pub(crate) fn scroll(&self, rows: i64) {
        self.0.transition(match rows {
            i64::MAX => TuiWidgetEvent::EscapeKey,
            rows if rows < 0 => TuiWidgetEvent::PrevPageKey,
            _ => TuiWidgetEvent::NextPageKey,
        });
    }
}
