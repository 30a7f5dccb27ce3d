//! A picture as plain text.

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

/// Every row as a line, blanks at its end cut.
pub(super) fn write(picture: &Buffer) -> String {
    rows(picture).fold(String::new(), |text, row| {
        let line: String = row.iter().map(|(_, cell)| cell.symbol()).collect();
        text + line.trim_end() + "\n"
    })
}

/// The cells of each row with their columns, without those that a wide character covers.
pub(super) fn rows(picture: &Buffer) -> impl Iterator<Item = Vec<(usize, &Cell)>> {
    let width = usize::from(picture.area.width).max(1);
    picture.content().chunks(width).map(|row| {
        let mut free = 0;
        let cells = row.iter().enumerate().filter(|(column, cell)| {
            let is_free = *column >= free;
            if is_free {
                free = column + cell.symbol().width().max(1);
            }
            is_free
        });
        cells.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn a_wide_character_is_written_once() {
        let mut picture = Buffer::empty(ratatui::layout::Rect::new(0, 0, 8, 2));
        picture.set_string(0, 0, "a日b", Style::new());
        assert_eq!(write(&picture), "a日b\n\n");
    }
}
