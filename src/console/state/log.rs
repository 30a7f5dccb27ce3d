//! The two logs on the Logs screen: the core's, read over its API while somebody looks, and the
//! console's own.
//!
//! ```text
//! the screen is opened ─▶ wish() ─▶ Follow ─▶ Connected, Record … ─▶ the newest 5 000
//! it is left ──────────▶ wish() ─▶ Leave
//! ```
//!
//! The lines of the console's own log live in `tui-logger`, which is one for the whole process. Its
//! thread, which would wake a hundred times a second, is never started: [`drain`] does its work,
//! before a frame that shows them and at no other time.
//!
//! Invariants:
//! - Bounded: at most [`RECORDS`] records and [`BYTES`] bytes of the core's log.
//! - Who looks back is not moved by what comes; how much came is told.
//!
//! Deliberately absent: secrets. Whatever reaches the log is shown as it is, so nothing secret may.

use std::collections::VecDeque;
use std::fmt;

use tui_logger::{LevelFilter, TuiTracingSubscriberLayer, TuiWidgetEvent, TuiWidgetState};

use super::paged::moved;
use crate::api::logs::{Level, Record};
use crate::client::{ClientError, LogHeard, LogsQuery};

/// How many records of the core are held.
const RECORDS: usize = 5_000;

/// How many bytes of text they may have.
const BYTES: usize = 4_000_000;

/// How many the core gives to begin with: ten screenfuls.
const FIRST: u32 = 200;

/// The subscriber layer that fills the console's own log. Put a filter on it: it takes every level.
#[must_use]
pub fn log_layer() -> TuiTracingSubscriberLayer {
    tui_logger::set_default_level(LevelFilter::Trace);
    TuiTracingSubscriberLayer
}

/// Makes what was logged since the last call part of what is shown.
pub(crate) fn drain() {
    tui_logger::move_events();
}

/// Whose log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pane {
    /// The core's.
    #[default]
    Core,
    /// The console's own.
    Own,
}

impl Pane {
    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Core => Self::Own,
            Self::Own => Self::Core,
        }
    }
}

/// What becomes of a record that is longer than a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Long {
    /// It is cut; `enter` shows it whole.
    #[default]
    Cut,
    /// It goes on below.
    Wrapped,
}

impl Long {
    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Cut => Self::Wrapped,
            Self::Wrapped => Self::Cut,
        }
    }
}

/// Where the eye is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// At the end, wherever that is.
    #[default]
    End,
    /// On a record.
    Paused {
        /// Which one, counted from the oldest.
        row: usize,
        /// The first one that is shown, as far as the state knows: the view corrects it.
        top: usize,
        /// How many came since.
        new: u64,
    },
}

/// How it stands with the stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Line {
    /// Nobody looks.
    #[default]
    Closed,
    /// It was asked for.
    Opening,
    /// It is there.
    Open,
    /// It is gone, and tried again.
    Lost(ClientError),
}

/// What the operator wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LogFilter {
    /// This level and what matters more; `None` is all that the core keeps.
    pub(crate) level: Option<Level>,
    /// As written, blanks at the ends cut.
    pub(crate) text: String,
}

impl LogFilter {
    /// The level after this one, in a circle; what matters most first.
    fn next_level(&self) -> Option<Level> {
        match self.level {
            None => Some(Level::Error),
            Some(Level::Error) => Some(Level::Warn),
            Some(Level::Warn) => Some(Level::Info),
            Some(Level::Info) => Some(Level::Debug),
            Some(Level::Debug | Level::Trace) => None,
        }
    }

    /// The query: `target:x` is a part of the program, everything else is one text.
    fn query(&self) -> LogsQuery {
        let terms = self.text.split_whitespace();
        let (targets, words): (Vec<_>, Vec<_>) = terms
            .partition(|term| term.strip_prefix("target:").is_some_and(|rest| !rest.is_empty()));
        let target = targets.last().and_then(|term| term.strip_prefix("target:"));
        LogsQuery {
            level: self.level.map(Level::as_str),
            target: target.map(str::to_owned),
            grep: (!words.is_empty()).then(|| words.join(" ")),
            after: None,
            limit: Some(FIRST),
        }
    }
}

/// What the runner must do about the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Open it, in place of an older one.
    Follow {
        /// Comes back with what is heard.
        generation: u64,
        /// Which records.
        query: LogsQuery,
    },
    /// Close it.
    Leave,
}

/// The Logs screen.
#[derive(Debug, Default)]
pub(crate) struct LogView {
    /// Whose log is shown.
    pub(crate) pane: Pane,
    /// Where one is in the console's own.
    pub(crate) own: Own,
    /// The core's records, oldest first.
    pub(crate) records: VecDeque<Record>,
    bytes: usize,
    /// What is wanted of the core's.
    pub(crate) filter: LogFilter,
    /// Where one is in it.
    pub(crate) place: Place,
    /// What becomes of long ones.
    pub(crate) long: Long,
    /// The record that is shown whole.
    pub(crate) opened: Option<Record>,
    /// How it stands with the stream.
    pub(crate) line: Line,
    /// How many records were gone before we could read them.
    pub(crate) missed: u64,
    generation: u64,
    /// What is held belongs to an older filter, and goes when the first answer comes.
    is_outdated: bool,
    /// The last record, as the core counts it.
    last_id: Option<String>,
}

impl LogView {
    /// What the runner must do, if anything.
    pub(crate) fn wish(&mut self, is_shown: bool) -> Option<Wish> {
        let is_wanted = is_shown && self.pane == Pane::Core;
        match (is_wanted, &self.line) {
            (true, Line::Closed) => {
                self.generation += 1;
                self.line = Line::Opening;
                let query = LogsQuery { after: self.last_id.clone(), ..self.filter.query() };
                Some(Wish::Follow { generation: self.generation, query })
            }
            (false, Line::Opening | Line::Open | Line::Lost(_)) => {
                self.line = Line::Closed;
                Some(Wish::Leave)
            }
            (true, _) | (false, Line::Closed) => None,
        }
    }

    /// Applies what was heard on the stream of `generation`.
    pub(crate) fn hear(&mut self, generation: u64, heard: LogHeard) {
        if generation != self.generation || self.line == Line::Closed {
            return;
        }
        match heard {
            LogHeard::Connected => {
                self.line = Line::Open;
                if std::mem::take(&mut self.is_outdated) {
                    self.records.clear();
                    (self.bytes, self.place) = (0, Place::End);
                }
            }
            LogHeard::Record { id, record } => {
                self.last_id = Some(id);
                self.put(record);
            }
            LogHeard::Missed(records) => self.missed += records,
            LogHeard::Lost { cause } => self.line = Line::Lost(cause),
            LogHeard::Retrying { .. } => {}
        }
    }

    fn put(&mut self, record: Record) {
        self.bytes += size(&record);
        self.records.push_back(record);
        if let Place::Paused { new, .. } = &mut self.place {
            *new += 1;
        }
        while self.records.len() > RECORDS || self.bytes > BYTES {
            let Some(oldest) = self.records.pop_front() else { return };
            self.bytes -= size(&oldest);
            if let Place::Paused { row, top, .. } = &mut self.place {
                (*row, *top) = (row.saturating_sub(1), top.saturating_sub(1));
            }
        }
    }

    /// Another filter: other records.
    pub(crate) fn choose(&mut self, filter: LogFilter) {
        if self.filter == filter {
            return;
        }
        self.filter = filter;
        (self.is_outdated, self.last_id, self.opened) = (true, None, None);
        // The next wish opens a stream in place of the one that is there.
        self.line = Line::Closed;
    }

    /// The next level.
    pub(crate) fn next_level(&mut self) {
        self.choose(LogFilter { level: self.filter.next_level(), ..self.filter.clone() });
    }

    /// The record that keys are about, counted from the oldest.
    pub(crate) fn row(&self) -> usize {
        match self.place {
            Place::End => self.records.len().saturating_sub(1),
            Place::Paused { row, .. } => row,
        }
    }

    /// Moves by `rows`, `page` of which are shown; at the end the log is followed again.
    pub(crate) fn scroll(&mut self, rows: i64, page: usize) {
        if self.pane == Pane::Own {
            return self.own.scroll(rows);
        }
        let len = self.records.len();
        let row = moved(self.row(), rows, len);
        if row + 1 >= len {
            self.place = Place::End;
            return;
        }
        let (top, new) = match self.place {
            Place::End => (len.saturating_sub(page), 0),
            Place::Paused { top, new, .. } => (top, new),
        };
        let top = top.min(row).max((row + 1).saturating_sub(page));
        self.place = Place::Paused { row, top, new };
    }

    /// Shows the record that the eye is on whole.
    pub(crate) fn open(&mut self) {
        self.opened = self.records.get(self.row()).cloned();
    }
}

/// Bytes of its text.
fn size(record: &Record) -> usize {
    let fields = record.fields.iter().map(|(name, value)| name.len() + value.len());
    record.target.len() + record.message.len() + fields.sum::<usize>()
}

/// Which part of the console's own log is shown: its end, unless somebody looks back.
#[derive(Default)]
pub(crate) struct Own(pub(crate) TuiWidgetState);

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}

impl Own {
    /// Moves by screenfuls; rows of the log are as high as their text, so there are no single ones.
    fn scroll(&self, rows: i64) {
        self.0.transition(match rows {
            i64::MAX => TuiWidgetEvent::EscapeKey,
            rows if rows < 0 => TuiWidgetEvent::PrevPageKey,
            _ => TuiWidgetEvent::NextPageKey,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::record;

    fn heard(seq: u64) -> LogHeard {
        LogHeard::Record { id: format!("a-{seq}"), record: record(seq, Level::Info) }
    }

    /// A log that is looked at, with so many records.
    fn followed(count: u64) -> LogView {
        let mut log = LogView::default();
        log.wish(true);
        log.hear(1, LogHeard::Connected);
        (1..=count).for_each(|seq| log.hear(1, heard(seq)));
        log
    }

    #[test]
    fn the_stream_is_open_while_somebody_looks_and_goes_on_where_it_was() {
        let mut log = LogView::default();
        assert_eq!(log.wish(false), None);
        let Some(Wish::Follow { generation: 1, query }) = log.wish(true) else { panic!() };
        assert_eq!((query.after, query.limit), (None, Some(200)));
        assert_eq!(log.wish(true), None, "asked once");
        log.hear(1, LogHeard::Connected);
        log.hear(1, heard(7));
        log.pane = Pane::Own;
        assert_eq!(log.wish(true), Some(Wish::Leave));
        log.hear(1, heard(8));
        assert_eq!(log.records.len(), 1, "what was on its way is not taken");
        log.pane = Pane::Core;
        let Some(Wish::Follow { generation: 2, query }) = log.wish(true) else { panic!() };
        assert_eq!(query.after.as_deref(), Some("a-7"));
    }

    #[test]
    fn who_looks_back_is_not_moved_and_follows_again_at_the_end() {
        let mut log = followed(100);
        log.scroll(-1, 10);
        assert_eq!(log.place, Place::Paused { row: 98, top: 90, new: 0 });
        log.scroll(-10, 10);
        (101..=112).for_each(|seq| log.hear(1, heard(seq)));
        assert_eq!(log.place, Place::Paused { row: 88, top: 88, new: 12 });
        log.scroll(i64::MAX, 10);
        assert_eq!(log.place, Place::End);
        log.scroll(-1, 10);
        log.scroll(1, 10);
        assert_eq!(log.place, Place::End, "one step to the end is enough");
    }

    #[test]
    fn the_memory_is_bounded_and_the_eye_stays_on_its_record() {
        let mut log = followed(RECORDS as u64);
        log.scroll(-100, 10);
        let seen = log.records[log.row()].seq;
        (1..=50).for_each(|seq| log.hear(1, heard(RECORDS as u64 + seq)));
        assert_eq!(log.records.len(), RECORDS);
        assert_eq!(log.records[log.row()].seq, seen);
        let mut long = record(9_999, Level::Error);
        long.message = "x".repeat(BYTES / 2);
        for _ in 0..3 {
            log.hear(1, LogHeard::Record { id: "a-9".into(), record: long.clone() });
        }
        assert_eq!((log.records.len(), log.bytes <= BYTES), (1, true));
    }

    #[test]
    fn another_filter_asks_anew_and_keeps_the_old_records_until_there_are_new_ones() {
        let mut log = followed(3);
        log.choose(LogFilter { level: None, text: "fr-2 target:core::panels off".into() });
        let Some(Wish::Follow { generation: 2, query }) = log.wish(true) else { panic!() };
        assert_eq!(query.grep.as_deref(), Some("fr-2 off"));
        assert_eq!((query.target.as_deref(), query.after), (Some("core::panels"), None));
        log.hear(1, heard(4));
        assert_eq!(log.records.len(), 3, "an older stream is not heard");
        log.hear(2, LogHeard::Connected);
        assert_eq!(log.records.len(), 0);
        let levels: Vec<_> = (0..5)
            .map(|_| {
                log.next_level();
                log.filter.level
            })
            .collect();
        let expected =
            [Some(Level::Error), Some(Level::Warn), Some(Level::Info), Some(Level::Debug), None];
        assert_eq!(levels, expected);
    }
}
