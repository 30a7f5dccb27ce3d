//! What keys do with one panel: open it, and let the core look at it step by step.
//!
//! Invariant: one ladder at a time; looking changes nothing, so nothing is asked.

use crate::console::keymap::Screen;
use crate::console::message::Effect;
use crate::console::state::State;
use crate::console::state::panel::{Ladder, PanelView};
use crate::console::state::panel_table::PanelSort;

/// Climbs the ladder to a panel, on its own screen.
pub(super) fn probe(state: &mut State) -> Vec<Effect> {
    if !state.connection.is_live() {
        state.say(state.words().note_stale_probe());
        return Vec::new();
    }
    open(state);
    let now = state.clock.now();
    let Some(open) = &mut state.opened else { return Vec::new() };
    if open.climbing_since().is_some() {
        return Vec::new();
    }
    open.ladder = Ladder::Climbing(now);
    vec![Effect::ProbePanel(open.name.clone())]
}

/// Opens the panel that keys are about; one that is open already stays as it is.
pub(super) fn open(state: &mut State) {
    let Some(name) = state.find_panel().map(|panel| panel.value.name.clone()) else { return };
    if state.opened.as_ref().is_none_or(|open| open.name != name) {
        state.opened = Some(PanelView::new(name));
    }
    state.open(Screen::Panel);
}

/// Lists the panels in another order; the selection stays on its panel.
pub(super) fn sort(state: &mut State, sort: PanelSort) {
    state.follow_panel(|state| state.panel_table.sort = sort);
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyCode;

    use super::*;
    use crate::api::events::Event;
    use crate::api::panels::{Login, Panel};
    use crate::client::{ClientError, Heard, NotReached};
    use crate::console::fixture::{hear, keys, live, panel, press, render, rungs, troubled_panel};
    use crate::console::message::{Answer, Message};
    use crate::console::update::update;

    const SIZE: (u16, u16) = (80, 24);

    fn lose(state: &mut State) {
        let url = "http://core".to_owned();
        let cause = ClientError::NotReached { url, cause: NotReached::Cut };
        hear(state, Heard::Lost { cause });
    }

    fn with_refused_login() -> State {
        let mut state = live(SIZE);
        let panel = Panel { login: Login::Refused, ..panel("at-1", 41, 402) };
        hear(&mut state, Heard::Event(Event::Panel(panel)));
        keys(&mut state, "4");
        state
    }

    #[test]
    fn a_refused_login_is_tried_again_after_one_yes_and_only_then() {
        let mut state = with_refused_login();
        assert_eq!(keys(&mut state, "r"), []);
        assert_eq!(keys(&mut state, "y"), [Effect::RetryLogin("at-1".into())]);
        keys(&mut state, "jr");
        assert_eq!(state.question, None, "the next one was not refused");
        let mut state = with_refused_login();
        keys(&mut state, "r");
        lose(&mut state);
        assert_eq!(keys(&mut state, "y"), [], "lost between question and answer");
        assert_eq!(keys(&mut state, "r"), []);
        assert_eq!(state.question, None, "not while the core is not heard");
    }

    #[test]
    fn a_panel_is_probed_once_at_a_time_and_not_without_the_core() {
        let mut state = live(SIZE);
        keys(&mut state, "4j");
        assert_eq!(keys(&mut state, "t"), [Effect::ProbePanel("de-1".into())]);
        assert_eq!(state.screen, Screen::Panel);
        assert_eq!(keys(&mut state, "t"), [], "it is being climbed");
        let rungs = Ok(Vec::new());
        let answer = Answer::Probed { panel: "de-1".into(), rungs };
        update(&mut state, Message::Answer(answer));
        assert_eq!(keys(&mut state, "t"), [Effect::ProbePanel("de-1".into())]);
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.screen, Screen::Panels);
        lose(&mut state);
        assert_eq!(keys(&mut state, "jt"), []);
    }

    #[test]
    fn the_end_of_a_text_is_left_with_one_step_up() {
        let mut state = live(SIZE);
        hear(&mut state, Heard::Event(Event::Panel(troubled_panel())));
        keys(&mut state, "4jjjjjt");
        let answer = Answer::Probed { panel: "nl-1".into(), rungs: Ok(rungs()) };
        update(&mut state, Message::Answer(answer));
        keys(&mut state, "G");
        let end = render(&state);
        keys(&mut state, "k");
        assert_ne!(render(&state), end);
        keys(&mut state, "jjj");
        assert_eq!(render(&state), end);
    }
}
