//! Aligned text for people: columns as wide as what is in them, cut only on a terminal.
//!
//! Invariant: what goes into a pipe is never cut, and holds no character that moves a cursor.

use std::env;
use std::io::{self, IsTerminal};

use unicode_width::UnicodeWidthStr;

use crate::console::Lang;
use crate::console::look::Look;
use crate::console::text::{left, right, tame, wrap};

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// What the reader of our standard output can show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// Signs of Unicode, or of ASCII.
    pub(super) look: Look,
    /// Columns of the terminal; `None` for a pipe or a file.
    pub(super) width: Option<usize>,
}

impl Paper {
    /// Looks at standard output and at the locale.
    pub(super) fn detect(lang: Lang) -> Self {
        let look = Look::detect(|name| env::var(name).ok()).speaking(lang);
        let is_terminal = io::stdout().is_terminal();
        let size = is_terminal.then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
        let width = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
        Self { look, width }
    }

    /// `text` in lines that fit behind `indent` blanks.
    pub(super) fn wrapped(self, text: &str, indent: usize) -> Vec<String> {
        let text = tame(text);
        match self.width {
            Some(width) => wrap(&text, width.saturating_sub(indent).max(20)),
            None => vec![text],
        }
    }
}

/// Rows of cells under one head.
pub(super) struct Table<const N: usize> {
    sides: [Side; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table with a head.
    pub(super) fn new(head: [(String, Side); N]) -> Self {
        Self {
            sides: std::array::from_fn(|column| head[column].1),
            rows: vec![head.map(|(name, _)| name)],
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: [String; N]) {
        self.rows.push(row.map(|cell| tame(&cell)));
    }

    /// Every row as a line, the head first. Where they do not fit, columns of `giving` become
    /// narrower, one after the other, each down to its least width.
    pub(super) fn lines(&self, paper: Paper, giving: &[(usize, usize)]) -> Vec<String> {
        let mut widths: [usize; N] = std::array::from_fn(|column| {
            self.rows.iter().map(|row| row[column].width()).max().unwrap_or(0)
        });
        let total = |widths: &[usize; N], gap: usize| {
            widths.iter().sum::<usize>() + gap * N.saturating_sub(1)
        };
        let room = paper.width.unwrap_or(usize::MAX);
        let gap = if total(&widths, 2) <= room { 2 } else { 1 };
        for &(column, least) in giving {
            let over = total(&widths, gap).saturating_sub(room);
            let width = &mut widths[column];
            *width = width.saturating_sub(over).max(least.min(*width));
        }
        self.rows.iter().map(|row| self.line(row, &widths, gap, paper.look)).collect()
    }

    fn line(&self, row: &[String; N], widths: &[usize; N], gap: usize, look: Look) -> String {
        let cells = row.iter().zip(widths).zip(self.sides);
        let cells: Vec<String> = cells
            .map(|((cell, width), side)| match side {
                Side::Left => left(cell, *width, look),
                Side::Right => right(cell, *width, look),
            })
            .collect();
        cells.join(&" ".repeat(gap)).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(width: Option<usize>) -> Paper {
        Paper { look: Look::new(false, false), width }
    }

    fn table() -> Table<3> {
        let mut table = Table::new([
            ("NAME".into(), Side::Left),
            ("SOLD".into(), Side::Right),
            ("WAY".into(), Side::Left),
        ]);
        table.push(["de-1".into(), "1 204".into(), "links".into()]);
        table.push(["سرور آلمان شماره یک 🇩🇪\u{1b}[2J".into(), "3".into(), "own id".into()]);
        table
    }

    #[test]
    fn in_a_pipe_nothing_is_cut_and_columns_stand_below_each_other() {
        let lines = table().lines(paper(None), &[(0, 8)]);
        assert_eq!(lines[0], "NAME                        SOLD  WAY");
        assert_eq!(lines[1], "de-1                       1 204  links");
        assert_eq!(lines[2], "سرور آلمان شماره یک DE[2J      3  own id");
    }

    #[test]
    fn on_a_terminal_columns_give_way_in_their_order() {
        let lines = table().lines(paper(Some(24)), &[(0, 8), (2, 3)]);
        assert!(lines.iter().all(|line| line.width() <= 24), "{lines:#?}");
        assert_eq!(lines[1], "de-1        1 204 links");
        let lines = table().lines(paper(Some(18)), &[(0, 8), (2, 3)]);
        assert_eq!(lines[1], "de-1     1 204 li…");
    }

    #[test]
    fn text_is_wrapped_on_a_terminal_only() {
        let text = "one two three four five six seven";
        assert_eq!(paper(None).wrapped(text, 4), [text]);
        assert_eq!(paper(Some(24)).wrapped(text, 4), ["one two three four", "five six seven"]);
    }
}
