//! Who gets a key: first a question, then the palette, then the line being written, then the screen.

use ratatui::crossterm::event::{KeyEvent, KeyEventKind};

use crate::console::keymap::Key;
use crate::console::message::Effect;
use crate::console::state::State;

use super::{filter, keys, palette, questions};

/// Applies one key.
pub(super) fn press(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let Some(key) = Key::read(&event) else { return Vec::new() };
    let is_asked = state.question.is_some() || state.palette.is_some() || state.input.is_some();
    if key == Key::Ctrl('c') && is_asked {
        (state.question, state.palette, state.input) = (None, None, None);
        return keys::quit(state);
    }
    state.note = None;
    if let Some(question) = state.question.take() {
        return questions::answer(state, question, key);
    }
    if let Some(open) = state.palette.take() {
        return palette::press(state, open, event);
    }
    if let Some(input) = state.input.take() {
        filter::write(state, input, event);
        return Vec::new();
    }
    let action = state.keymap.find_action(state.screen, key);
    action.map_or_else(Vec::new, |action| keys::act(state, action))
}
