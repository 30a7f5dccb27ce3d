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
    let mut lines =
        vec![words(look).tone(Tone::Title, look.lang.say().on_screen(on.title(look.lang)))];
    lines.extend(lines_of(look, &here));
    lines.push(words(look).tone(Tone::Title, look.lang.say().everywhere()));
    lines.extend(lines_of(look, &everywhere));
    draw_lines(buffer, area, lines);
}

/// A line for each binding; small ones that belong together share one.
fn lines_of(look: Look, list: &[&'static Binding]) -> Vec<Words> {
    let mut lines = Vec::new();
    let mut rest = list.iter().peekable();
    while let Some(binding) = rest.next() {
        let mut together = vec![*binding];
        let family = family(binding.action);
        while let Some(next) = rest.next_if(|next| {
            family.is_some_and(|(name, most)| {
                self::family(next.action).is_some_and(|(other, _)| other == name)
                    && together.len() < most
            })
        }) {
            together.push(next);
        }
        lines.push(line(look, &together));
    }
    lines
}

fn line(look: Look, together: &[&'static Binding]) -> Words {
    let keys: Vec<_> = together
        .iter()
        .flat_map(|binding| binding.keys.iter())
        .map(|key| match key.name().as_str() {
            " " => look.lang.say().key_space(),
            name => name.to_owned(),
        })
        .collect();
    let help: Vec<_> = together.iter().map(|binding| (binding.help)(look.lang.say())).collect();
    words(look).gap(2).tone(Tone::Key, keys.join(" ")).to(24).plain(help.join(" / "))
}

/// What an action shares a line with, and how many of them at most.
fn family(action: Action) -> Option<(&'static str, usize)> {
    match action {
        Action::Rows(_) => Some(("rows", 2)),
        Action::Pages(_) => Some(("pages", 2)),
        Action::First | Action::Last => Some(("ends", 2)),
        Action::Redraw | Action::Suspend => Some(("terminal", 2)),
        Action::Show(Screen::Help) => None,
        Action::Show(_) => Some(("screens", Screen::TABS.len())),
        _ => None,
    }
}
