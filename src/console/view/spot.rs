//! What stands where: for the mouse.
//!
//! Invariant: it reckons with the same functions as the picture, so that the two cannot differ.

use unicode_width::UnicodeWidthStr;

use super::paint::first_row;
use super::{AROUND, AROUND_WIDE, WIDE, frame, purchases};
use crate::console::keymap::Screen;
use crate::console::state::State;
use crate::console::state::filter::Column;

/// Something that can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A screen with a number.
    Tab(Screen),
    /// A row of the table on the screen.
    Row(usize),
    /// The head of a column.
    Head(Column),
}

/// What stands at a place of the terminal.
pub(crate) fn find_spot(state: &State, column: u16, row: u16) -> Option<Spot> {
    let (columns, rows) = state.size;
    if column >= columns || row >= rows {
        return None;
    }
    if row == 1 {
        return find_tab(state, usize::from(column));
    }
    let is_wide = columns >= WIDE.0 && rows >= WIDE.1;
    let (top, around) = if is_wide { (2, AROUND_WIDE) } else { (3, AROUND) };
    let height = rows.saturating_sub(around);
    // The title and the head of the columns, and on a wide terminal the box around panels.
    let (above, below, selected, len) = match state.screen {
        Screen::Purchases => (2, 0, state.purchases.rows.selected, state.purchases.rows.len()),
        Screen::Panels => (2, u16::from(is_wide), state.panel, state.shown_panels().len()),
        Screen::Jobs => (2, 0, state.jobs.selected, state.jobs.len()),
        _ => return None,
    };
    let line = row.checked_sub(top).filter(|line| *line < height)?;
    if state.screen == Screen::Purchases && line == 1 {
        return purchases::find_column(columns.into(), column.into()).map(Spot::Head);
    }
    let height = usize::from(height.saturating_sub(above + below));
    let line = usize::from(line.checked_sub(above)?);
    let index = first_row(selected, len, height) + line;
    (line < height && index < len).then_some(Spot::Row(index))
}

fn find_tab(state: &State, column: usize) -> Option<Spot> {
    let mut from = 0;
    frame::tab_texts(state, state.size.0).into_iter().find_map(|(screen, text)| {
        from += text.width();
        (column < from).then_some(Spot::Tab(screen))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{keys, list, live, purchases, render};

    /// Where a text stands on the screen: its column and row.
    fn place(state: &State, text: &str) -> (u16, u16) {
        let picture = render(state);
        let found = picture.lines().enumerate().find_map(|(row, line)| {
            let column = line.find(text).map(|at| line[..at].width())?;
            Some((u16::try_from(column).unwrap(), u16::try_from(row).unwrap()))
        });
        found.unwrap_or_else(|| panic!("{text} is not on\n{picture}"))
    }

    #[test]
    fn what_is_clicked_is_what_stands_there() {
        for size in [(80, 24), (120, 30), (44, 12)] {
            let mut state = live(size);
            list(&mut state, purchases(), 21);
            let spot = |state: &State, text| {
                let (column, row) = place(state, text);
                find_spot(state, column, row)
            };
            assert_eq!(spot(&state, "2 Purchases"), Some(Spot::Tab(Screen::Purchases)));
            assert_eq!(spot(&state, "1039"), Some(Spot::Row(1)), "{size:?}");
            assert_eq!(spot(&state, "AGE"), Some(Spot::Head(Column::Age)), "{size:?}");
            assert_eq!(spot(&state, "STATE"), Some(Spot::Head(Column::State)), "{size:?}");
            keys(&mut state, "4");
            assert_eq!(spot(&state, "de-1"), Some(Spot::Row(1)), "{size:?}");
            assert_eq!(find_spot(&state, 3, size.1 - 1), None, "the footer");
        }
    }
}
