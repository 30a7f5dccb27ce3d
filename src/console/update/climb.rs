//! What keys do with the ladder: climb it, look closer, copy a cure, write a report.
//!
//! Invariant: looking changes nothing at the core, so nothing is asked, and it needs no core.

use crate::api::checks::CheckState;
use crate::api::panels::Panel;
use crate::console::findings;
use crate::console::keymap::Screen;
use crate::console::message::Effect;
use crate::console::state::State;
use crate::console::state::climb::find_rung;
use crate::console::state::clock::Dated;
use crate::console::words::verdict;

use super::panel;

/// Looks for the cause of what is selected on this screen.
pub(super) fn why(state: &mut State) -> Vec<Effect> {
    if state.screen == Screen::Purchases && state.connection.is_live() {
        return why_purchase(state);
    }
    if state.screen == Screen::Overview {
        return why_check(state);
    }
    ladder(state, None)
}

/// The ladder from the rung of the selected check; of a panel its own.
fn why_check(state: &mut State) -> Vec<Effect> {
    let Some(check) = state.checks.find_selected() else { return ladder(state, None) };
    let rung = find_rung(check.kind());
    let is_its = |panel: &Dated<Panel>| Some(panel.value.name.as_str()) == check.subject();
    let panel = state.panels.iter().position(is_its).filter(|_| check.kind() == "panel");
    match panel {
        Some(index) if state.connection.is_live() => {
            state.panel = index;
            panel::probe(state)
        }
        _ => ladder(state, Some(rung)),
    }
}

/// The ladder to the panel that is to blame for a purchase, else to its first one.
fn why_purchase(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.purchases.find_selected() else { return ladder(state, None) };
    let mut its = (0..state.panels.len())
        .filter(|index| row.value.panels.contains(&state.panels[*index].value.name));
    let first = its.clone().next();
    let bad = its.find(|index| verdict(&state.panels[*index].value) == CheckState::Crit);
    match bad.or(first) {
        Some(index) => {
            state.panel = index;
            panel::probe(state)
        }
        None => ladder(state, None),
    }
}

/// Shows the ladder, and climbs it from a rung on; without one from the foot, unless it was just now.
fn ladder(state: &mut State, from: Option<usize>) -> Vec<Effect> {
    let now = state.clock.now();
    match from {
        Some(rung) => state.climb.start(rung, now),
        None => state.climb.arrive(now),
    }
    state.open(Screen::Troubleshoot);
    Vec::new()
}

/// Climbs again from the selected rung on.
pub(super) fn again(state: &mut State) {
    state.climb.start(state.climb.selected, state.clock.now());
    if state.screen == Screen::Evidence {
        state.go_back();
    }
}

/// Opens what was asked and answered at the selected rung.
pub(super) fn open(state: &mut State) {
    state.climb.top = 0;
    state.climb.select(0);
    state.open(Screen::Evidence);
}

/// Copies the cure.
pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let Some(fix) = state.climb.find_fix().map(str::to_owned) else { return Vec::new() };
    state.say(state.words().note_fix_copied());
    vec![Effect::Copy(fix)]
}

/// Writes what was found into a new file.
pub(super) fn report(state: &mut State) -> Vec<Effect> {
    vec![Effect::Report(findings::compose(state))]
}
