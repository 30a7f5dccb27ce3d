//! What the mouse does: a click chooses a tab, a row or an order, a second one opens; the wheel
//! scrolls.
//!
//! Invariant: no click answers a question.

use crate::console::keymap::Screen;
use crate::console::message::{Effect, Pointer};
use crate::console::settings::Mouse;
use crate::console::state::State;
use crate::console::state::filter::Sort;
use crate::console::view::{self, Spot};

use super::{keys, palette};

/// Applies what the mouse did.
pub(super) fn point(state: &mut State, pointer: Pointer) -> Vec<Effect> {
    // What it did before the terminal took it.
    if state.mouse == Mouse::Terminals || state.question.is_some() {
        return Vec::new();
    }
    match (pointer, state.palette.take()) {
        (Pointer::Wheel(steps), Some(mut open)) => {
            palette::wander(state, &mut open, steps);
            state.palette = Some(open);
        }
        (Pointer::Click(..), Some(open)) => state.palette = Some(open),
        (Pointer::Wheel(steps), None) => keys::select(state, steps.saturating_mul(3)),
        (Pointer::Click(column, row), None) => return click(state, column, row),
    }
    Vec::new()
}

fn click(state: &mut State, column: u16, row: u16) -> Vec<Effect> {
    match view::find_spot(state, column, row) {
        Some(Spot::Tab(screen)) => {
            state.input = None;
            keys::show(state, screen);
        }
        Some(Spot::Row(index)) => {
            let selected = match state.screen {
                Screen::Panels => &mut state.panel,
                Screen::Jobs => &mut state.jobs.selected,
                _ => &mut state.purchases.rows.selected,
            };
            if *selected == index {
                return keys::open_selected(state);
            }
            *selected = index;
        }
        Some(Spot::Head(column)) => {
            let now = state.purchases.sort;
            let next = if now.column == column { now.reversed() } else { Sort::by(column) };
            keys::sort(state, next);
        }
        None => {}
    }
    Vec::new()
}
