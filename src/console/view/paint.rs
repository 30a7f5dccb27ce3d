//! The brushes of every view: a line of words in tones, a box, a rule, a bar.
//!
//! Text is measured in cells, and cut where its last cell is: a wide character is never halved.
//!
//! Deliberately absent: the state. What a value looks like as text is in `format`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};
use unicode_width::UnicodeWidthStr;

use crate::console::look::{Look, Tone};
use crate::console::text::{self, tame};

/// Where a screen draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canvas {
    /// The screen's own part.
    pub(super) body: Rect,
    /// Whether boxes fit side by side.
    pub(super) is_wide: bool,
    /// The terminal's signs and tones.
    pub(super) look: Look,
}

/// A line in the making.
#[derive(Debug, Clone)]
pub(super) struct Words {
    look: Look,
    line: Line<'static>,
}

/// An empty line.
pub(super) fn words(look: Look) -> Words {
    Words { look, line: Line::default() }
}

impl Words {
    /// Adds ordinary text.
    pub(super) fn plain(self, text: impl Into<String>) -> Self {
        self.tone(Tone::Plain, text)
    }

    /// Adds text of less weight.
    pub(super) fn dim(self, text: impl Into<String>) -> Self {
        self.tone(Tone::Dim, text)
    }

    /// Adds text in a tone.
    pub(super) fn tone(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.line.push_span(Span::styled(tame(&text.into()), self.look.style(tone)));
        self
    }

    /// Adds a sign in a tone, a blank, and ordinary text.
    pub(super) fn sign(self, (sign, tone): (&str, Tone), text: impl Into<String>) -> Self {
        self.tone(tone, sign).gap(1).plain(text)
    }

    /// Adds blanks.
    pub(super) fn gap(self, cells: usize) -> Self {
        self.plain(" ".repeat(cells))
    }

    /// Adds blanks up to a column, one at least.
    pub(super) fn to(self, column: usize) -> Self {
        let gap = column.saturating_sub(self.width()).max(usize::from(column > 0));
        self.gap(gap)
    }

    /// Adds another line's words.
    pub(super) fn then(mut self, other: Self) -> Self {
        self.line.spans.extend(other.line.spans);
        self
    }

    /// Its words without their tones.
    pub(super) fn text(&self) -> String {
        self.line.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    /// Cells so far.
    pub(super) fn width(&self) -> usize {
        self.line.width()
    }

    /// Draws it as row `row` of `area`, cut at its end.
    pub(super) fn draw(self, buffer: &mut Buffer, area: Rect, row: u16) {
        if row >= area.height || area.width == 0 {
            return;
        }
        let y = area.y + row;
        buffer.set_line(area.x, y, &self.line, area.width);
        if self.line.width() > usize::from(area.width) {
            mark_cut(buffer, area.right() - 1, y, self.look);
        }
    }

    /// Draws it with its end at the right of row `row`.
    pub(super) fn draw_right(self, buffer: &mut Buffer, area: Rect, row: u16) {
        let width = u16::try_from(self.width()).unwrap_or(u16::MAX).min(area.width);
        let right = Rect { x: area.right() - width, width, ..area };
        self.draw(buffer, right, row);
    }
}

/// Draws lines from the top of `area` down.
pub(super) fn draw_lines(buffer: &mut Buffer, area: Rect, lines: impl IntoIterator<Item = Words>) {
    for (row, line) in (0..).zip(lines) {
        line.draw(buffer, area, row);
    }
}

/// Puts the sign for "cut here" into one cell, and a blank where that halves a wide character.
fn mark_cut(buffer: &mut Buffer, x: u16, y: u16, look: Look) {
    if let Some(before) = x.checked_sub(1).and_then(|x| buffer.cell_mut((x, y)))
        && before.symbol().width() > 1
    {
        before.set_symbol(" ");
    }
    if let Some(cell) = buffer.cell_mut((x, y)) {
        cell.set_symbol(look.glyphs.cut);
    }
}

/// Draws a box with a title; returns what is inside.
pub(super) fn boxed(buffer: &mut Buffer, area: Rect, title: Words) -> Rect {
    let look = title.look;
    let dim = look.style(Tone::Dim);
    let block = Block::bordered().border_set(look.glyphs.border).border_style(dim);
    let inner = block.inner(area);
    block.render(area, buffer);
    if area.width > 4 && title.width() > 0 {
        let title = words(look).gap(1).then(title).gap(1);
        let width = area.width - 2;
        title.draw(buffer, Rect { x: area.x + 1, width, ..area }, 0);
    }
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner }
}

/// Draws a rule across row `row`, with a title at its left.
pub(super) fn rule(buffer: &mut Buffer, area: Rect, row: u16, title: Words) {
    let look = title.look;
    let line = look.glyphs.border.horizontal_top.repeat(usize::from(area.width));
    words(look).dim(line).draw(buffer, area, row);
    if title.width() > 0 {
        words(look).gap(1).then(title).gap(1).draw(buffer, area, row);
    }
}

/// A bar of `width` cells, `done` of `total` full. Full only when all is done.
pub(super) fn bar(look: Look, width: usize, done: u64, total: u64) -> Words {
    let [done, open] = text::bar(look, width, done, total);
    words(look).tone(Tone::Good, done).dim(open)
}

/// Eight heights for as many values, the highest for the largest.
pub(super) fn spark(look: Look, values: &[f64]) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let height = |value: f64| {
        let eighths = look.glyphs.spark.iter().zip(1_u8..);
        let reached = eighths
            .take_while(|(_, eighth)| *eighth == 1 || value * 8.0 > most * f64::from(eighth - 1));
        reached.last().map_or(" ", |(sign, _)| sign)
    };
    values.iter().map(|value| height(*value)).collect()
}

/// Lays a style over row `row` of `area`.
pub(super) fn highlight(buffer: &mut Buffer, area: Rect, row: u16, style: Style) {
    if row < area.height {
        buffer.set_style(Rect { y: area.y + row, height: 1, ..area }, style);
    }
}

/// The first row of a list of `len` that is shown in `height` rows: whole screenfuls, so that a
/// step of the selection rewrites two rows and not all of them.
pub(super) fn first_row(selected: usize, len: usize, height: usize) -> usize {
    let height = height.max(1);
    (selected / height * height).min(len.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Cell;

    fn look() -> Look {
        Look::new(false, false)
    }

    #[test]
    fn a_line_is_cut_in_its_last_cell() {
        let area = Rect::new(0, 0, 5, 1);
        let mut buffer = Buffer::empty(area);
        words(look()).plain("ab日本語").draw(&mut buffer, area, 0);
        assert_eq!(buffer.content().iter().map(Cell::symbol).collect::<String>(), "ab日 …");
    }

    #[test]
    fn a_bar_is_full_only_when_all_is_done() {
        let full = |done, total| {
            let bar = bar(look(), 10, done, total);
            bar.line.spans[0].content.chars().count()
        };
        assert_eq!(
            [full(0, 0), full(0, 5), full(612, 1_204), full(999, 1_000), full(5, 5)],
            [0, 0, 5, 9, 10]
        );
    }

    #[test]
    fn a_sparkline_scales_to_its_largest_value() {
        assert_eq!(spark(look(), &[0.0, 1.0, 4.0, 8.0]), "▁▁▄█");
        assert_eq!(spark(look(), &[0.0, 0.0]), "▁▁");
    }

    #[test]
    fn the_list_turns_whole_screenfuls() {
        assert_eq!([0, 9, 10, 19, 24].map(|row| first_row(row, 25, 10)), [0, 0, 10, 10, 15]);
        assert_eq!(first_row(3, 2, 10), 0);
    }
}
