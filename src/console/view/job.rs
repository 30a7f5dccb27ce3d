//! One of the last jobs: as Update shows the newest, with all of its items.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::items;
use super::paint::{Canvas, Words, first_row, highlight, words};
use super::sheet::{self, Sheet};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::history::OpenedJob;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let Some(open) = &state.opened_job else { return };
    let Some(job) = &open.job else {
        let text = open.refused.clone().unwrap_or_else(|| look.lang.say().job_reading());
        return words(look).gap(1).plain(text).draw(buffer, body, 1);
    };
    let sheet = Sheet { job, items: title(open, look) };
    let area = sheet::draw(buffer, canvas, state, &sheet);
    draw_items(buffer, area, state, open, look);
}

/// `Items   failed only   filter panel:fr-2   22 listed`.
fn title(open: &OpenedJob, look: Look) -> Words {
    let say = look.lang.say();
    let mut line = words(look).tone(Tone::Title, say.items());
    if open.failed_only {
        line = line.gap(3).tone(Tone::Warn, say.items_failed_only());
    }
    if !open.filter.text.is_empty() {
        line = line
            .gap(3)
            .dim(format!("{} ", say.filter()))
            .tone(Tone::Warn, open.filter.text.clone());
    }
    let line = match open.items.total {
        Some(total) => line.gap(3).plain(say.listed_count(format::count(look.lang, total))),
        None => line,
    };
    if unchanged(open) { line.gap(3).dim(say.unchanged_not_kept()) } else { line }
}

/// Whether some of its items are not kept: those that did not change.
fn unchanged(open: &OpenedJob) -> bool {
    let is_all = open.filter.text.is_empty() && !open.failed_only;
    let job = open.job.as_ref().map(|job| &job.value).filter(|job| job.state.is_final());
    is_all && job.zip(open.items.total).is_some_and(|(job, listed)| listed < job.total)
}

fn draw_items(buffer: &mut Buffer, area: Rect, state: &State, open: &OpenedJob, look: Look) {
    let (rows, say) = (&open.items, look.lang.say());
    if rows.len() == 0 {
        let is_narrowed = open.failed_only || !open.filter.text.is_empty();
        let text = match (rows.is_read(), open.filter.text.is_empty()) {
            (false, _) if rows.is_refused() || !state.connection.is_live() => say.list_not_read(),
            (false, _) => say.list_reading(),
            (true, true) if open.failed_only => say.none_failed(),
            (true, _) if is_narrowed => say.items_no_match(),
            (true, _) => say.all_unchanged(),
        };
        return words(look).dim(text).draw(buffer, area, 0);
    }
    let first = first_row(rows.selected, rows.len(), usize::from(area.height));
    for (row, index) in (0..area.height).zip(first..rows.len()) {
        let line = match rows.find(index) {
            Some(item) => items::line(state, look, &item.value, usize::from(area.width)),
            None => words(look).dim(look.glyphs.cut),
        };
        line.draw(buffer, area, row);
        if index == rows.selected {
            highlight(buffer, area, row, look.style(Tone::Selected));
        }
    }
}
