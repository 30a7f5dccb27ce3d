//! A few lines on a terminal that are drawn over and over in place, and the rest of the terminal
//! left alone: no other screen, no hidden cursor, nothing to put back.
//!
//! ```text
//! draw(lines) ─▶ cursor up over the last ones ─▶ each line, the rest of its row erased ─▶ …
//! clear()     ─▶ cursor up over the last ones ─▶ everything below erased
//! ```
//!
//! A terminal that became narrower has broken the lines that were there: how many rows they take
//! now is counted from their widths.
//!
//! Invariants:
//! - No line is as wide as the terminal: the cursor never stands behind the last column.
//! - One write a picture, none for the same picture again.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;
use unicode_width::UnicodeWidthStr;

use crate::console::look::Look;
use crate::console::text::left;

/// Columns of a terminal that does not know them.
const USUAL_WIDTH: usize = 80;

/// Lines that are drawn in place on `out`, a terminal.
pub(super) struct Live<W: Write + AsFd> {
    out: W,
    look: Look,
    /// The lines that are there, and how wide the terminal was then.
    drawn: Vec<String>,
    width: usize,
}

impl<W: Write + AsFd> Live<W> {
    /// Nothing is drawn yet.
    pub(super) fn new(out: W, look: Look) -> Self {
        Self { out, look, drawn: Vec::new(), width: 0 }
    }

    /// Columns of the terminal now.
    pub(super) fn width(&self) -> usize {
        let size = tcgetwinsize(&self.out).ok();
        size.map(|size| usize::from(size.ws_col))
            .filter(|columns| *columns > 0)
            .unwrap_or(USUAL_WIDTH)
    }

    /// Draws `lines` in place of the last ones, cut to the terminal.
    ///
    /// # Errors
    ///
    /// If the terminal takes nothing.
    pub(super) fn draw(&mut self, lines: &[String]) -> io::Result<()> {
        let width = self.width();
        let lines: Vec<String> = lines.iter().map(|line| cut(line, width, self.look)).collect();
        if lines == self.drawn && width == self.width {
            return Ok(());
        }
        let bytes = redraw(&self.drawn, &lines, width);
        (self.drawn, self.width) = (lines, width);
        self.write(&bytes)
    }

    /// Takes them away; the cursor is where the first one began.
    ///
    /// # Errors
    ///
    /// If the terminal takes nothing.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.drawn.is_empty() {
            return Ok(());
        }
        let bytes = format!("{}\x1b[J", up(rows(&self.drawn, self.width())));
        self.drawn.clear();
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &str) -> io::Result<()> {
        self.out.write_all(bytes.as_bytes())?;
        self.out.flush()
    }
}

/// One column narrower than the terminal, and without what moves a cursor.
fn cut(line: &str, width: usize, look: Look) -> String {
    let room = width.saturating_sub(1);
    let line = left(line, room, look).trim_end().to_owned();
    let ascii = |char: char| if char.is_ascii() { char } else { '?' };
    if look.is_ascii() { line.chars().map(ascii).collect() } else { line }
}

/// What turns the `old` lines into the `new` ones on a terminal of `width` columns.
fn redraw(old: &[String], new: &[String], width: usize) -> String {
    let before = rows(old, width);
    let mut bytes = up(before);
    for line in new {
        bytes += line;
        bytes += "\x1b[K\n";
    }
    if before > new.len() {
        bytes += "\x1b[J";
    }
    bytes
}

/// To the beginning of the row that is so many above.
fn up(rows: usize) -> String {
    if rows == 0 { "\r".to_owned() } else { format!("\r\x1b[{rows}A") }
}

/// How many rows of a terminal lines take.
fn rows(lines: &[String], width: usize) -> usize {
    lines.iter().map(|line| line.width().div_ceil(width.max(1)).max(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(columns: u16) -> vt100::Parser {
        let some = |cells| std::num::NonZero::new(cells).unwrap();
        vt100::Parser::new(some(8), some(columns), 0)
    }

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// What the terminal shows after these pictures, one in place of the other.
    fn shown(pictures: &[&[&str]]) -> String {
        let mut terminal = terminal(20);
        terminal.process(b"$ alamor\r\n");
        let mut old = Vec::new();
        for picture in pictures {
            let new = lines(picture);
            terminal.process(redraw(&old, &new, 20).replace('\n', "\r\n").as_bytes());
            old = new;
        }
        terminal.screen().contents()
    }

    #[test]
    fn a_picture_stands_in_place_of_the_last_one() {
        assert_eq!(shown(&[&["one", "two"], &["1"]]), "$ alamor\n1");
        assert_eq!(shown(&[&["one"], &["1", "22", "333"]]), "$ alamor\n1\n22\n333");
    }

    #[test]
    fn lines_that_a_narrower_terminal_broke_are_counted_as_they_are_now() {
        assert_eq!(rows(&lines(&["1234567890", "123", ""]), 20), 3);
        assert_eq!(rows(&lines(&["1234567890", "123", ""]), 4), 5);
        assert_eq!(rows(&lines(&["日本語"]), 5), 2);
    }

    #[test]
    fn a_line_is_cut_before_the_last_column_and_moves_no_cursor() {
        let look = Look::new(false, false);
        assert_eq!(cut("abcdef", 6, look), "abcd…");
        assert_eq!(cut("a\x1b[2Jb", 40, look), "a[2Jb");
        assert_eq!(cut("я█", 40, Look::new(true, false)), "??");
        assert_eq!(cut("abc", 0, look), "");
    }
}
