//! Update: the running job, else the last one.
//!
//! ```text
//! ┌ Update #43   running   by ali   12 s, about 11 s left ──────────────────┐
//! │ ███████████████░░░░░░░░░░░░░░   612 / 1 204   51 %   49.8 /s            │
//! │ ✔ Success 598    ✖ Failed 2    ⚡ Connection error 12    Σ Total 1 204  │
//! ├ By panel ───────────────────────┬ By cause ────────────────────────────┤
//! │ de-1  ███ 402/402  41 ms links  │ 12  fr-2 refused the connection      │
//! │  nl-1 inbound 3 NL-VMess: one … │                                      │
//! ├ Items ──────────────────────────┴──────────────────────────────────────┤
//! │ 14:03:12  #1042  user 5512  de-1        ✔ updated    5 links   38 ms    │
//! └────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::items;
use super::paint::{Canvas, Words, first_row, highlight, words};
use super::sheet::{self, Sheet};
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::link::Bandwidth;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let say = look.lang.say();
    let Some(job) = &state.job.job else {
        words(look).gap(1).tone(Tone::Title, say.no_update_yet()).draw(buffer, body, 1);
        return words(look).gap(1).dim(say.update_offer()).draw(buffer, body, 2);
    };
    let sheet = Sheet { job, items: items_title(state, look) };
    let area = sheet::draw(buffer, canvas, state, &sheet);
    draw_items(buffer, area, state, look);
}

fn items_title(state: &State, look: Look) -> Words {
    let title = words(look).tone(Tone::Title, look.lang.say().items()).gap(3);
    if state.job.failed_only {
        title.tone(Tone::Warn, look.lang.say().items_failed_only())
    } else {
        title.dim(look.lang.say().items_newest_first())
    }
}

fn draw_items(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    if state.link.bandwidth == Bandwidth::Low
        && !state.job.failed_only
        && state.job.find_running().is_some()
    {
        return words(look).dim(look.lang.say().items_on_slow_line()).draw(buffer, area, 0);
    }

    let say = look.lang.say();
    let items = state.job.shown();
    if items.is_empty() {
        let text = if state.job.failed_only { say.none_failed() } else { say.none_ended() };
        return words(look).dim(text).draw(buffer, area, 0);
    }
    let height = usize::from(area.height);
    let first = first_row(state.job.selected, items.len(), height);
    for (row, (index, item)) in (0..).zip(items.iter().enumerate().skip(first).take(height)) {
        items::line(state, look, item, usize::from(area.width)).draw(buffer, area, row);
        if index == state.job.selected {
            highlight(buffer, area, row, look.style(Tone::Selected));
        }
    }
}
