//! The filter while it is being written: the list narrows with every key.
//!
//! That of the log counts from `enter` on. A filter with a mistake in it narrows nothing; the note line says what there is instead.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use crate::console::keymap::Screen;
use crate::console::state::State;
use crate::console::state::filter::{Filter, MAX_FILTER};
use crate::console::state::filtered::Filtered;
use crate::console::state::item_filter::ItemFilter;
use crate::console::state::log::LogFilter;
use crate::console::state::palette::MAX_TEXT;
use crate::console::state::panel_table::PanelFilter;

/// Begins to write the filter of the list that is shown; elsewhere that of the purchases.
pub(super) fn open(state: &mut State) {
    if Filtered::on(state.screen).is_none() {
        state.go_to(Screen::Purchases);
    }
    let text = text(state).to_owned();
    state.filter_before.clone_from(&text);
    state.input = Some(Input::new(text));
}

/// The filter of the list that is shown.
fn text(state: &State) -> &str {
    match list(state) {
        Filtered::Purchases => &state.purchases.filter.text,
        Filtered::Panels => &state.panel_table.filter.text,
        Filtered::Items => state.opened_job.as_ref().map_or("", |open| &open.filter.text),
        Filtered::Log => &state.log.filter.text,
    }
}

fn list(state: &State) -> Filtered {
    Filtered::on(state.screen).unwrap_or(Filtered::Purchases)
}

/// Writes one key: `enter` is done, `esc` goes back to the filter before.
pub(super) fn write(state: &mut State, mut input: Input, event: KeyEvent) {
    match event.code {
        KeyCode::Esc => {
            let before = std::mem::take(&mut state.filter_before);
            narrow(state, &before);
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
    if list(state) != Filtered::Log {
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
    match list(state) {
        Filtered::Purchases => Filter::parse(text).map(|filter| choose(state, filter)).is_ok(),
        Filtered::Panels => PanelFilter::parse(text)
            .map(|filter| state.follow_panel(|state| state.panel_table.filter = filter))
            .is_ok(),
        Filtered::Items => {
            ItemFilter::parse(text).map(|filter| choose_items(state, filter)).is_ok()
        }
        Filtered::Log => {
            let text = text.trim().to_owned();
            if text != state.log.filter.text {
                state.log.choose(LogFilter { text, ..state.log.filter });
            }
            true
        }
    }
}

fn choose(state: &mut State, filter: Filter) {
    if filter != state.purchases.filter {
        state.purchases.choose(filter, state.purchases.sort);
    }
}

fn choose_items(state: &mut State, filter: ItemFilter) {
    if let Some(open) = state.opened_job.as_mut().filter(|open| open.filter != filter) {
        let failed_only = open.failed_only;
        open.choose(filter, failed_only);
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
