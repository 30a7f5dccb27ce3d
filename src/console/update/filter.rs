//! The filter while it is being written: the list narrows with every key.
//!
//! That of the log counts from `enter` on. A filter with a mistake in it narrows nothing; the note line says what there is instead.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use crate::console::keymap::Screen;
use crate::console::state::State;
use crate::console::state::filter::{Filter, MAX_FILTER};
use crate::console::state::log::LogFilter;
use crate::console::state::palette::MAX_TEXT;

/// Begins to write the filter, where the list is.
pub(super) fn open(state: &mut State) {
    if state.screen == Screen::Logs {
        state.input = Some(Input::new(state.log.filter.text.clone()));
        return;
    }
    if state.screen != Screen::Purchases {
        state.go_to(Screen::Purchases);
    }
    state.filter_before = state.purchases.filter.clone();
    state.input = Some(Input::new(state.purchases.filter.text.clone()));
}

/// Writes one key: `enter` is done, `esc` goes back to the filter before.
pub(super) fn write(state: &mut State, mut input: Input, event: KeyEvent) {
    match event.code {
        KeyCode::Esc if state.screen == Screen::Logs => {}
        KeyCode::Enter if state.screen == Screen::Logs => {
            let text = input.value().trim().to_owned();
            state.log.choose(LogFilter { text, ..state.log.filter });
        }
        KeyCode::Esc => {
            let before = std::mem::take(&mut state.filter_before);
            choose(state, before);
        }
        KeyCode::Enter => {
            if !narrow(state, input.value()) {
                state.input = Some(input);
            }
        }
        _ => {
            type_key(&mut input, event, MAX_FILTER);
            narrow_at_once(state, input.value());
            state.input = Some(input);
        }
    }
}

/// Narrows what is shown with every key. A filter of the log opens another stream: that waits for
/// `enter`.
fn narrow_at_once(state: &mut State, text: &str) {
    if state.screen != Screen::Logs {
        narrow(state, text);
    }
}

/// Puts pasted text where text is being written; elsewhere it presses no keys.
pub(super) fn paste(state: &mut State, text: &str) {
    if state.question.is_some() {
        return;
    }
    if let Some(palette) = &mut state.palette {
        insert(&mut palette.input, text, MAX_TEXT);
        palette.selected = 0;
    } else if let Some(mut input) = state.input.take() {
        insert(&mut input, text, MAX_FILTER);
        narrow_at_once(state, input.value());
        state.input = Some(input);
    }
}

/// Types one key, unless the line is full.
pub(super) fn type_key(input: &mut Input, event: KeyEvent, most: usize) {
    let is_text = matches!(event.code, KeyCode::Char(_));
    if !is_text || input.value().chars().count() < most {
        input.handle_event(&Event::Key(event));
    }
}

/// Filters by a text, if it is a filter. Says whether it is.
pub(super) fn narrow(state: &mut State, text: &str) -> bool {
    let filter = Filter::parse(text);
    let is_filter = filter.is_ok();
    if let Ok(filter) = filter {
        choose(state, filter);
    }
    is_filter
}

fn choose(state: &mut State, filter: Filter) {
    if filter != state.purchases.filter {
        state.purchases.choose(filter, state.purchases.sort);
    }
}

fn insert(input: &mut Input, text: &str, most: usize) {
    let room = most.saturating_sub(input.value().chars().count());
    // A line break in what was copied stands between two words.
    let text = text.chars().map(|char| if char.is_whitespace() { ' ' } else { char });
    for char in text.filter(|char| !char.is_control()).take(room) {
        input.handle(InputRequest::InsertChar(char));
    }
}
