//! Logs: the core's or the console's own, newest at the bottom.
//!
//! ```text
//! Log of the core   warn and above   paused, 12 new
//! 14:01:07 WARN  core::panels    fr-2 refused the connection  panel=fr-2
//! 14:01:12 ERROR core::http      A request failed  code=database_away
//! ```
//!
//! The lines of the console's own are not in the state: see `state/log.rs`.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line as Drawn;
use ratatui::widgets::Widget;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerWidget};
use unicode_width::UnicodeWidthStr;

use super::paint::{Canvas, Words, boxed, draw_lines, highlight, words};
use crate::api::logs::{Level, Record};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::of_client_in_short;
use crate::console::state::State;
use crate::console::state::log::{Line, LogView, Long, Pane, Place};
use crate::console::text::{left, tame, wrap};

/// Cells of a target from this width of the screen on, and on a narrower one.
const TARGETS: [(usize, usize); 3] = [(100, 16), (70, 14), (0, 0)];

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, is_wide } = canvas;
    let title = title(&state.log, look);
    let area = if is_wide {
        boxed(buffer, body, title)
    } else {
        title.draw(buffer, Rect { x: 1, width: body.width - 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    match (state.log.pane, &state.log.opened) {
        (Pane::Own, _) => {
            let formatter = Box::new(Lines(look));
            let own = &state.log.own.0;
            TuiLoggerWidget::default().formatter(formatter).state(own).render(area, buffer);
        }
        (Pane::Core, Some(record)) => {
            draw_lines(
                buffer,
                area,
                whole(record, look, usize::from(area.width), &state.clock.zone),
            );
        }
        (Pane::Core, None) => draw_records(buffer, area, state, look),
    }
}

fn title(log: &LogView, look: Look) -> Words {
    let (lang, say) = (look.lang, look.lang.say());
    if log.pane == Pane::Own {
        let title = words(look).tone(Tone::Title, say.log_of_console());
        return title.gap(3).dim(say.newest_below());
    }
    let mut line = words(look).tone(Tone::Title, say.log_of_core());
    if let Some(level) = log.filter.level {
        line = line.gap(3).plain(match level {
            Level::Error => level.as_str().to_owned(),
            _ => say.log_and_above(level.as_str()),
        });
    }
    if !log.filter.text.is_empty() {
        line = line.gap(3).dim(say.filter()).gap(1).plain(log.filter.text.clone());
    }
    line = match (&log.line, log.place) {
        (Line::Lost(cause), _) => line.gap(3).tone(Tone::Warn, of_client_in_short(lang, cause)),
        (Line::Opening | Line::Closed, _) => line.gap(3).dim(say.log_being_read()),
        (Line::Open, Place::Paused { new: 0, .. }) => {
            line.gap(3).tone(Tone::Warn, say.log_paused())
        }
        (Line::Open, Place::Paused { new, .. }) => {
            line.gap(3).tone(Tone::Warn, say.log_paused_new(new, format::count(lang, new)))
        }
        (Line::Open, Place::End) => line.gap(3).tone(Tone::Good, say.live()),
    };
    if log.missed == 0 {
        return line;
    }
    line.gap(3).tone(Tone::Warn, say.log_missed(log.missed, format::count(lang, log.missed)))
}

fn draw_records(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    let log = &state.log;
    if log.records.is_empty() {
        let text = match &log.line {
            Line::Open => look.lang.say().log_empty(),
            Line::Opening | Line::Closed | Line::Lost(_) => String::new(),
        };
        let lines =
            wrap(&text, usize::from(area.width)).into_iter().map(|line| words(look).dim(line));
        return draw_lines(buffer, area, lines);
    }
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let lines = |index: usize| match log.records.get(index) {
        Some(record) => lines(record, look, width, log.long, &state.clock.zone),
        None => Vec::new(),
    };
    let first = first(log, height, |index| lines(index).len());
    // The cell that is left free before the text.
    let margin = Rect { x: area.x.saturating_sub(1), width: 1, ..area };
    let mut row: u16 = 0;
    for index in first..log.records.len() {
        for line in lines(index) {
            line.draw(buffer, area, row);
            if matches!(log.place, Place::Paused { row, .. } if row == index) {
                highlight(buffer, area, row, look.style(Tone::Selected));
                words(look).tone(Tone::Key, look.glyphs.marker).draw(buffer, margin, row);
            }
            row += 1;
        }
        if row >= area.height {
            return;
        }
    }
}

/// The first record that is shown, so that the one the eye is on fits whole.
fn first(log: &LogView, height: usize, lines: impl Fn(usize) -> usize) -> usize {
    let row = log.row();
    let mut room = height.saturating_sub(lines(row));
    let mut lowest = row;
    while lowest > 0 && lines(lowest - 1) <= room {
        lowest -= 1;
        room -= lines(lowest);
    }
    match log.place {
        Place::End => lowest,
        Place::Paused { row, top, .. } => top.clamp(lowest, row),
    }
}

/// A record as it stands in the list.
fn lines(record: &Record, look: Look, width: usize, long: Long, zone: &TimeZone) -> Vec<Words> {
    let target = TARGETS.iter().find(|(from, _)| width + 1 >= *from).map_or(0, |(_, cells)| *cells);
    let mut head = words(look)
        .dim(format::clock_seconds(look.lang, record.at, zone))
        .gap(1)
        .tone(tone(record.level), format!("{:<5}", word(record.level)))
        .gap(1);
    if target > 0 {
        head = head.dim(left(short_target(record), target, look)).gap(1);
    }
    let indent = head.width();
    let text = text(record);
    if long == Long::Cut {
        return vec![head.plain(text)];
    }
    let mut rest = broken(&text, width.saturating_sub(indent)).into_iter();
    let mut lines = vec![head.plain(rest.next().unwrap_or_default())];
    lines.extend(rest.map(|line| words(look).gap(indent).plain(line)));
    lines
}

/// A record with nothing left out.
fn whole(record: &Record, look: Look, width: usize, zone: &TimeZone) -> Vec<Words> {
    let at = record.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f");
    let mut lines = vec![
        words(look)
            .plain(at.to_string())
            .gap(2)
            .tone(tone(record.level), word(record.level))
            .gap(2)
            .plain(record.target.clone())
            .gap(2)
            .dim(format!("#{}", record.seq)),
        words(look),
    ];
    lines.extend(
        broken(&tame(&record.message), width).into_iter().map(|line| words(look).plain(line)),
    );
    for (name, value) in &record.fields {
        let value = broken(&tame(value), width.saturating_sub(LABEL + 1));
        let labels = std::iter::once(name.as_str()).chain(std::iter::repeat(""));
        lines.extend(
            labels
                .zip(value)
                .map(|(label, text)| words(look).dim(left(label, LABEL, look)).gap(1).plain(text)),
        );
    }
    lines
}

/// Cells of a field's name.
const LABEL: usize = 12;

/// Message and fields on one line.
fn text(record: &Record) -> String {
    let fields = record.fields.iter().map(|(name, value)| format!("  {name}={value}"));
    tame(&fields.fold(record.message.clone(), |text, field| text + &field))
}

/// `text` in lines of at most `width` cells: at blanks, and where a word is longer, inside of it.
fn broken(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    for line in wrap(text, width) {
        let mut rest = line.as_str();
        while rest.width() > width {
            let mut cells = 0;
            let end = rest.char_indices().find(|(_, char)| {
                cells += unicode_width::UnicodeWidthChar::width(*char).unwrap_or(0);
                cells > width
            });
            let (head, tail) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            lines.push(head.to_owned());
            rest = tail;
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// `core::panels` of `alamor::core::panels::entering`.
fn short_target(record: &Record) -> &str {
    let target = record.target.strip_prefix("alamor::").unwrap_or(&record.target);
    let end = target.match_indices("::").nth(1).map_or(target.len(), |(at, _)| at);
    &target[..end]
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warn => "WARN",
        Level::Info => "INFO",
        Level::Debug => "DEBUG",
        Level::Trace => "TRACE",
    }
}

fn tone(level: Level) -> Tone {
    match level {
        Level::Error => Tone::Bad,
        Level::Warn => Tone::Warn,
        Level::Info => Tone::Plain,
        Level::Debug | Level::Trace => Tone::Dim,
    }
}

/// A record of the console's own as lines: time, level, text, and what does not fit below.
struct Lines(Look);

impl LogFormatter for Lines {
    fn min_width(&self) -> u16 {
        INDENT + 10
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Drawn<'_>> {
        let level = Level::find(record.level.as_str()).unwrap_or_default();
        let style = self.0.style(tone(level));
        let head = format!("{} {:<5} ", record.timestamp.strftime("%H:%M:%S"), word(level));
        let indent = " ".repeat(usize::from(INDENT));
        let text = wrap(&tame(record.msg()), width.saturating_sub(indent.len()));
        let heads = std::iter::once(head).chain(std::iter::repeat(indent));
        heads.zip(text).map(|(head, text)| Drawn::styled(head + &text, style)).collect()
    }
}

/// Cells before the text: `14:01:07 WARN  `.
const INDENT: u16 = 15;

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::console::fixture::{keys, live, render};
    use crate::console::state::log::{drain, log_layer};

    // The log is one for the process: this is the only test that writes to it.
    #[test]
    fn what_was_logged_is_on_the_screen_after_it_was_drained() {
        let mut state = live((80, 24));
        keys(&mut state, "5");
        keys(&mut state, "o");
        let subscriber = tracing_subscriber::registry().with(log_layer());
        tracing::subscriber::with_default(subscriber, || tracing::warn!("the core is lost"));
        assert!(!render(&state).contains("the core is lost"));
        drain();
        let screen = render(&state);
        assert!(screen.contains("WARN  the core is lost"), "{screen}");
    }

    #[test]
    fn a_word_that_is_longer_than_the_line_is_broken_inside() {
        assert_eq!(broken("ab https://example.net/a", 10), ["ab", "https://ex", "ample.net/", "a"]);
        assert_eq!(broken("", 10), [] as [&str; 0]);
        assert_eq!(broken("日本語日本語", 5), ["日本語日", "本語"]);
    }
}
