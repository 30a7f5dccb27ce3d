//! Pictures become bytes: only what differs from the last one, as one synchronized piece.
//!
//! ```text
//! Buffer ─▶ difference to the last Buffer ─▶ ?2026h  moves, styles, text  ?2026l
//!           none ─▶ no bytes at all
//! ```
//!
//! Invariants:
//! - The same picture twice is not one byte.
//! - A picture is one piece: it is written with one write, and a terminal that knows synchronized
//!   output shows all of it or nothing.
//!
//! Deliberately absent: `ratatui::Terminal`, which writes when nothing changed and asks the
//! terminal questions.

use std::io;

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;

/// The terminal gathers what follows …
const BEGIN: &[u8] = b"\x1b[?2026h";
/// … and shows it.
const END: &[u8] = b"\x1b[?2026l";
/// Plain style, everything erased. Nothing is asked.
const ERASE: &[u8] = b"\x1b[0m\x1b[2J";

/// What the terminal shows, as far as we know.
#[derive(Debug)]
pub(crate) struct Shown {
    last: Option<Buffer>,
    /// What stands around a picture.
    around: [&'static [u8]; 2],
}

impl Default for Shown {
    fn default() -> Self {
        Self { last: None, around: [BEGIN, END] }
    }
}

impl Shown {
    /// For a terminal that does not know synchronized output.
    pub(crate) fn plain() -> Self {
        Self { last: None, around: [b"", b""] }
    }

    /// The terminal may show anything now: the next picture is drawn in full.
    pub(crate) fn forget(&mut self) {
        self.last = None;
    }

    /// The bytes that turn what is shown into `next`; empty if it is that already.
    ///
    /// # Errors
    ///
    /// None in practice: the bytes go to memory.
    pub(crate) fn encode(&mut self, next: Buffer) -> io::Result<Vec<u8>> {
        let same_size = self.last.as_ref().filter(|last| last.area == next.area);
        let blank = same_size.is_none().then(|| Buffer::empty(next.area));
        let before = same_size.or(blank.as_ref());
        let changes = before.map(|before| before.diff(&next)).unwrap_or_default();
        let mut bytes = Vec::new();
        if blank.is_some() || !changes.is_empty() {
            bytes.extend_from_slice(self.around[0]);
            if blank.is_some() {
                bytes.extend_from_slice(ERASE);
            }
            CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
            bytes.extend_from_slice(self.around[1]);
        }
        self.last = Some(next);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture;
    use crate::console::look::Look;
    use crate::console::view;
    use std::time::Duration;

    fn look() -> Look {
        Look::new(false, true)
    }

    fn terminal(rows: u16, columns: u16) -> vt100::Parser {
        let some = |cells| std::num::NonZero::new(cells).unwrap();
        vt100::Parser::new(some(rows), some(columns), 0)
    }

    /// What a terminal shows after these bytes.
    fn shows(terminal: &mut vt100::Parser, bytes: &[u8]) -> String {
        terminal.process(bytes);
        let screen = terminal.screen();
        let rows: Vec<_> = screen.rows(0, screen.size().1.into()).map(|row| row + "\n").collect();
        rows.concat()
    }

    #[test]
    fn the_same_picture_twice_is_not_one_byte() {
        let mut state = fixture::live((120, 40));
        let mut shown = Shown::default();
        assert!(!shown.encode(view::draw(&state, look())).unwrap().is_empty());
        assert_eq!(shown.encode(view::draw(&state, look())).unwrap(), b"");
        // 14:03:12 was the start; nothing is heard, and the minute is not over.
        fixture::pass(&mut state, Duration::from_secs(47));
        assert_eq!(shown.encode(view::draw(&state, look())).unwrap(), b"");
        fixture::pass(&mut state, Duration::from_secs(48));
        let minute = shown.encode(view::draw(&state, look())).unwrap();
        assert!((1..=200).contains(&minute.len()), "{} bytes", minute.len());
    }

    #[test]
    fn an_old_terminal_gets_the_same_picture_and_nothing_around_it() {
        let state = fixture::live((80, 24));
        let gathered = Shown::default().encode(view::draw(&state, look())).unwrap();
        let plain = Shown::plain().encode(view::draw(&state, look())).unwrap();
        assert_eq!(gathered, [BEGIN, &plain, END].concat());
    }

    #[test]
    fn a_heartbeat_without_news_is_not_one_byte() {
        use crate::api::events::Event;
        use crate::client::Heard;
        let mut state = fixture::live((120, 40));
        let mut shown = Shown::default();
        shown.encode(view::draw(&state, look())).unwrap();
        fixture::pass(&mut state, Duration::from_secs(5));
        let mut health = fixture::health();
        health.now_at = fixture::at("2026-11-24T14:03:17.1Z");
        health.uptime_ms += 5_000;
        health.purchases.oldest_ms = health.purchases.oldest_ms.map(|age| age + 5_000);
        fixture::hear(&mut state, Heard::Event(Event::Health(health)));
        assert_eq!(shown.encode(view::draw(&state, look())).unwrap(), b"");
    }

    #[test]
    fn what_was_written_is_what_is_shown() {
        let mut terminal = terminal(24, 80);
        let mut shown = Shown::default();
        let states =
            [fixture::live((80, 24)), fixture::updating((80, 24)), fixture::empty((80, 24))];
        for state in states {
            let bytes = shown.encode(view::draw(&state, look())).unwrap();
            assert!(bytes.starts_with(BEGIN) && bytes.ends_with(END));
            let seen = shows(&mut terminal, &bytes);
            let seen: String = seen.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
            assert_eq!(seen, fixture::render(&state));
        }
    }

    #[test]
    fn another_size_is_drawn_in_full_and_asks_nothing() {
        let mut shown = Shown::default();
        shown.encode(view::draw(&fixture::live((80, 24)), look())).unwrap();
        let bytes = shown.encode(view::draw(&fixture::live((100, 30)), look())).unwrap();
        let mut terminal = terminal(30, 100);
        let seen = shows(&mut terminal, &bytes);
        assert!(seen.contains("1 204 active"));
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("\u{1b}[6n") && text.matches("?2026h").count() == 1);
    }
}
