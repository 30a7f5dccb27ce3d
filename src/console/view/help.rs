//! The keys of the screen that help was asked on, and the keys that work everywhere.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, draw_lines, words};
use crate::console::format;
use crate::console::keymap::{Action, Row, Screen};
use crate::console::look::{Look, Tone};
use crate::console::state::{Access, State};

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let area = Rect { x: body.x + 1, width: body.width - 1, ..body };
    let lines = lines(state, look);
    let height = usize::from(area.height);
    let top = state.help_top.min(lines.len().saturating_sub(height));
    let rest = lines.len().saturating_sub(top + height);
    draw_lines(buffer, area, lines.into_iter().skip(top).take(height));
    if rest > 0 {
        let text = look.lang.say().help_more(format::count(look.lang, rest as u64));
        words(look).tone(Tone::Title, text).draw_right(buffer, area, area.height - 1);
    }
}

/// Everything on the screen, as far as it goes.
pub(super) fn lines(state: &State, look: Look) -> Vec<Words> {
    let on = state.back.last().copied().unwrap_or(Screen::Overview);
    // What a read-only console does not do is no key of it.
    let rows = state.keymap.on(on).filter(|row| {
        let refused = row.binding.action.changes() && state.session.access == Access::ReadOnly;
        !row.keys.is_empty() && !refused
    });
    let (everywhere, here): (Vec<_>, Vec<_>) = rows.partition(|row| row.binding.is_everywhere());
    let mut lines =
        vec![words(look).tone(Tone::Title, look.lang.say().on_screen(on.title(look.lang)))];
    lines.extend(lines_of(look, &here));
    lines.push(words(look).tone(Tone::Title, look.lang.say().everywhere()));
    lines.extend(lines_of(look, &everywhere));
    lines
}

/// A line for each binding; small ones that belong together share one.
fn lines_of(look: Look, list: &[&Row]) -> Vec<Words> {
    let mut lines = Vec::new();
    let mut rest = list.iter().peekable();
    while let Some(row) = rest.next() {
        let mut together = vec![*row];
        let family = family(row.binding.action);
        while let Some(next) = rest.next_if(|next| {
            family.is_some_and(|(name, most)| {
                self::family(next.binding.action).is_some_and(|(other, _)| other == name)
                    && together.len() < most
            })
        }) {
            together.push(next);
        }
        lines.push(line(look, &together));
    }
    lines
}

fn line(look: Look, together: &[&Row]) -> Words {
    let say = look.lang.say();
    let keys: Vec<_> =
        together.iter().flat_map(|row| row.keys.iter()).map(|key| key.shown()).collect();
    let help: Vec<_> = together.iter().map(|row| (row.binding.help)(say)).collect();
    words(look).gap(2).tone(Tone::Key, keys.join(" ")).to(24).plain(help.join(" / "))
}

/// What an action shares a line with, and how many of them at most.
fn family(action: Action) -> Option<(&'static str, usize)> {
    match action {
        Action::Rows(_) => Some(("rows", 2)),
        Action::Pages(_) => Some(("pages", 2)),
        Action::First | Action::Last => Some(("ends", 2)),
        Action::Sort | Action::Reverse => Some(("order", 2)),
        Action::Mark | Action::MarkAll => Some(("marks", 2)),
        Action::Tabs(_) => Some(("tabs", 2)),
        Action::Redraw | Action::Suspend => Some(("terminal", 2)),
        Action::Show(Screen::Help) => None,
        Action::Show(_) => Some(("screens", Screen::TABS.len())),
        _ => None,
    }
}
