//! The keys of the screen that help was asked on, and the keys that work everywhere.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, draw_lines, words};
use crate::console::keymap::{Action, Binding, Screen, bindings};
use crate::console::look::{Look, Tone};
use crate::console::state::State;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let on = state.back.last().copied().unwrap_or(Screen::Overview);
    let area = Rect { x: body.x + 1, width: body.width - 1, ..body };
    let (everywhere, here): (Vec<_>, Vec<_>) =
        bindings(on).partition(|binding| binding.is_everywhere());
    let mut lines = vec![words(look).tone(Tone::Title, format!("On {}", on.title()))];
    lines.extend(pairs(look, &here));
    lines.push(words(look).tone(Tone::Title, "Everywhere"));
    lines.extend(pairs(look, &everywhere));
    draw_lines(buffer, area, lines);
}

/// A line for each binding; two small ones that belong together share one.
fn pairs(look: Look, list: &[&'static Binding]) -> Vec<Words> {
    let mut lines = Vec::new();
    let mut rest = list.iter().peekable();
    while let Some(binding) = rest.next() {
        let twin = rest.next_if(|next| is_small(binding.action) && is_small(next.action));
        let both: Vec<_> = std::iter::once(*binding).chain(twin.copied()).collect();
        let keys: Vec<_> =
            both.iter().flat_map(|binding| binding.keys.iter().map(|key| key.name())).collect();
        let help: Vec<_> = both.iter().map(|binding| binding.help).collect();
        let keys = keys.join(" ").replace("  ", " space ");
        lines.push(words(look).gap(2).tone(Tone::Key, keys).to(24).plain(help.join(" / ")));
    }
    lines
}

/// Whether it is small enough to share a line.
fn is_small(action: Action) -> bool {
    matches!(
        action,
        Action::Rows(_)
            | Action::Pages(_)
            | Action::First
            | Action::Last
            | Action::Redraw
            | Action::Suspend
    )
}
