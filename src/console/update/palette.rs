//! What keys do in the palette, and what its entries do.

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use crate::console::keymap::Key;
use crate::console::message::Effect;
use crate::console::state::State;
use crate::console::state::filter::Sort;
use crate::console::state::paged::moved;
use crate::console::state::palette::{Deed, Entry, MAX_TEXT, Palette, entries, remember};

use super::{filter, keys, panel};

/// Applies one key to the open palette.
pub(super) fn press(state: &mut State, mut open: Palette, event: KeyEvent) -> Vec<Effect> {
    let up = [Key::Code(KeyCode::Up), Key::Ctrl('p'), Key::Code(KeyCode::BackTab)];
    let down = [Key::Code(KeyCode::Down), Key::Ctrl('n')];
    let key = Key::read(&event);
    let is_any = |keys: &[Key]| key.is_some_and(|key| keys.contains(&key));
    match event.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Backspace if open.input.value().is_empty() => return Vec::new(),
        KeyCode::Enter => return call_selected(state, open),
        KeyCode::Tab => complete(state, &mut open),
        _ if is_any(&up) => wander(state, &mut open, -1),
        _ if is_any(&down) => wander(state, &mut open, 1),
        _ => {
            filter::type_key(&mut open.input, event, MAX_TEXT);
            open.selected = 0;
        }
    }
    state.palette = Some(open);
    Vec::new()
}

/// Moves the choice by `rows`.
pub(super) fn wander(state: &mut State, open: &mut Palette, rows: i64) {
    let len = found(state, open).len();
    open.selected = moved(open.selected, rows, len);
}

fn found(state: &mut State, open: &Palette) -> Vec<Entry> {
    state.palette = Some(open.clone());
    let found = entries(state);
    state.palette = None;
    found
}

/// Writes the chosen entry's name.
fn complete(state: &mut State, open: &mut Palette) {
    let Some(entry) = found(state, open).into_iter().nth(open.selected) else { return };
    let text = match entry.deed {
        Deed::Write(verb) => verb.to_owned(),
        _ => entry.name,
    };
    *open = Palette { input: Input::new(text), selected: 0 };
}

fn call_selected(state: &mut State, mut open: Palette) -> Vec<Effect> {
    let Some(entry) = found(state, &open).into_iter().nth(open.selected) else {
        state.say(state.words().note_nothing_called_so());
        state.palette = Some(open);
        return Vec::new();
    };
    if let Deed::Write(_) = entry.deed {
        complete(state, &mut open);
        state.palette = Some(open);
        return Vec::new();
    }
    remember(&mut state.recent, &entry.name);
    match entry.deed {
        Deed::Act(action) => return keys::act(state, action),
        Deed::Write(_) => {}
        Deed::Filter(text) => {
            filter::open(state);
            if filter::narrow(state, &text) {
                state.input = None;
            } else {
                state.input = Some(Input::new(text));
            }
        }
        Deed::Sort(column) => {
            let now = state.purchases.sort;
            let next = if now.column == column { now.reversed() } else { Sort::by(column) };
            keys::show(state, crate::console::keymap::Screen::Purchases);
            keys::sort(state, next);
        }
        Deed::SortPanels(column) => {
            let sort = state.panel_table.sort.chosen(column);
            panel::sort(state, sort);
        }
        Deed::Save(format) => return vec![Effect::Save(format)],
        Deed::Theme(name) => return vec![Effect::SetTheme(name)],
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{keys, list, live, press, purchases};
    use crate::console::keymap::Screen;

    const SIZE: (u16, u16) = (80, 24);

    #[test]
    fn an_action_is_called_by_what_resembles_its_name_and_remembered() {
        let mut state = live(SIZE);
        keys(&mut state, ":logs");
        press(&mut state, KeyCode::Enter);
        assert_eq!((state.screen, state.palette.is_none()), (Screen::Logs, true));
        assert_eq!(state.recent, ["show-logs"]);
        keys(&mut state, ":updall");
        press(&mut state, KeyCode::Enter);
        assert_eq!(state.question, None, "update-all is not on this screen");
        press(&mut state, KeyCode::Esc);
        keys(&mut state, "1:updall");
        press(&mut state, KeyCode::Enter);
        assert!(state.question.is_some(), "it asks as its key does");
    }

    #[test]
    fn the_list_is_filtered_and_sorted_from_anywhere() {
        let mut state = live(SIZE);
        list(&mut state, purchases(), 21);
        keys(&mut state, "1:filter state:kept");
        press(&mut state, KeyCode::Enter);
        assert_eq!(state.purchases.filter.text, "state:kept");
        assert_eq!((state.screen, state.input.is_none()), (Screen::Purchases, true));
        for down in [false, true] {
            keys(&mut state, ":sort expi");
            press(&mut state, KeyCode::Enter);
            assert_eq!(state.purchases.sort.down, down, "again turns it round");
        }
        keys(&mut state, ":filter colour:red");
        press(&mut state, KeyCode::Enter);
        assert!(state.input.is_some(), "a mistake is there to be put right");
        assert_eq!(state.purchases.filter.text, "state:kept");
    }

    #[test]
    fn a_screen_is_saved_as_what_is_named_without_a_question() {
        use crate::console::picture::PictureFormat;
        let mut state = live(SIZE);
        for (name, format) in [
            ("txt", PictureFormat::Text),
            ("ansi", PictureFormat::Ansi),
            ("svg", PictureFormat::Svg),
        ] {
            keys(&mut state, &format!(":save {name}"));
            assert_eq!(press(&mut state, KeyCode::Enter), [Effect::Save(format)]);
            assert_eq!(state.question, None);
        }
    }

    #[test]
    fn on_their_screen_panels_are_sorted_and_filtered() {
        let mut state = live(SIZE);
        keys(&mut state, "4:sort lat");
        press(&mut state, KeyCode::Enter);
        let first = |state: &State| state.shown_panels()[0].value.name.clone();
        assert_eq!(first(&state), "us-1");
        keys(&mut state, ":filter state:unreachable");
        press(&mut state, KeyCode::Enter);
        assert_eq!((first(&state).as_str(), state.shown_panels().len()), ("fr-2", 1));
        assert_eq!(state.screen, Screen::Panels);
        keys(&mut state, "/");
        press(&mut state, KeyCode::Backspace);
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.shown_panels().len(), 1, "esc goes back to the filter before");
    }

    #[test]
    fn tab_completes_and_what_takes_more_is_not_called_without_it() {
        let mut state = live(SIZE);
        keys(&mut state, ":theme");
        press(&mut state, KeyCode::Enter);
        assert_eq!(state.palette.as_ref().unwrap().input.value(), "theme ");
        keys(&mut state, "hi");
        press(&mut state, KeyCode::Tab);
        assert_eq!(state.palette.as_ref().unwrap().input.value(), "theme high-contrast");
        let effects = press(&mut state, KeyCode::Enter);
        assert_eq!(effects, [Effect::SetTheme("high-contrast".into())]);
    }
}
