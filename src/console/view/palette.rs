//! The palette over the screen: a line to write in, and what it finds.
//!
//! ```text
//! ┌ : upd▌ ────────────────────────────────────────────────┐
//! │ update-all      u   update the links of every active p… │
//! │ update          3   Update                              │
//! └─────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::paint::{Words, boxed, first_row, highlight, words};
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::palette::{Entry, Palette, entries};
use crate::console::text::left;

/// As wide as a name, a key and most sentences.
const WIDTH: u16 = 76;

/// Entries at once, on a terminal that has room.
const ROWS: u16 = 12;

/// Draws the palette at the top of the screen.
pub(super) fn draw(buffer: &mut Buffer, body: Rect, state: &State, open: &Palette, look: Look) {
    let found = entries(state);
    let rows = u16::try_from(found.len().max(1)).unwrap_or(ROWS).min(ROWS);
    let width = WIDTH.min(body.width);
    let height = (rows + 2).min(body.height);
    let area = Rect { x: body.x + (body.width - width) / 2, y: body.y, width, height };
    Clear.render(area, buffer);
    let inner = boxed(buffer, area, written(open, look, usize::from(width)));
    if found.is_empty() {
        return words(look).dim(look.lang.say().note_nothing_called_so()).draw(buffer, inner, 0);
    }
    let selected = open.selected.min(found.len() - 1);
    let first = first_row(selected, found.len(), usize::from(inner.height));
    for (row, (index, entry)) in (0..inner.height).zip(found.iter().enumerate().skip(first)) {
        line(entry, look).draw(buffer, inner, row);
        if index == selected {
            highlight(buffer, inner, row, look.style(Tone::Selected));
        }
    }
}

/// What is written, with a cursor of its own; its end where it is long.
fn written(open: &Palette, look: Look, width: usize) -> Words {
    let chars: Vec<char> = open.input.value().chars().collect();
    let cursor = open.input.cursor().min(chars.len());
    let from = open.input.visual_scroll(width.saturating_sub(8)).min(cursor);
    let before: String = chars[from..cursor].iter().collect();
    let at = chars.get(cursor).map_or(" ".to_owned(), char::to_string);
    let after: String = chars.iter().skip(cursor + 1).collect();
    let line = words(look).tone(Tone::Key, ":").gap(1).plain(before);
    line.tone(Tone::Selected, at).plain(after)
}

fn line(entry: &Entry, look: Look) -> Words {
    words(look)
        .plain(left(&entry.name, 18, look))
        .gap(1)
        .tone(Tone::Key, left(&entry.key, 6, look))
        .gap(1)
        .dim(entry.help.clone())
}
