//! What is copied, and what is revealed for that.
//!
//! Invariant: what is secret comes from the core at that moment, which notes it, and is masked again
//! once it was copied.

use crate::console::format;
use crate::console::keymap::Screen;
use crate::console::message::Effect;
use crate::console::state::listed::Which;
use crate::console::state::{Purpose, Secrets, State};
use crate::console::view;

/// Copies the ids of what is marked, else of the selected row.
pub(super) fn ids(state: &mut State) -> Vec<Effect> {
    let table = &state.purchases;
    let ids: Vec<String> = match table.find_marked().map(|listed| listed.which) {
        Some(Which::Only(ids)) => ids.iter().map(ToString::to_string).collect(),
        Some(Which::AllBut(_)) => {
            state.say(state.words().note_export_instead());
            return Vec::new();
        }
        None => {
            table.rows.find_selected().map(|row| row.value.id.to_string()).into_iter().collect()
        }
    };
    let count = ids.len() as u64;
    state.say(state.words().note_copied(count, format::count(state.session.lang, count)));
    vec![Effect::Copy(ids.join("\n"))]
}

/// Asks for what is secret of the opened purchase; what is there in clear is used, or masked again.
pub(super) fn ask_for(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    let is_live = state.connection.is_live();
    let Some(open) = &mut state.details else { return Vec::new() };
    match (&open.secrets, purpose) {
        (Secrets::Clear { .. } | Secrets::Asked(_), Purpose::Show) => {
            open.secrets = Secrets::Masked;
        }
        (Secrets::Clear { address }, Purpose::Copy) => {
            let address = address.clone();
            return self::address(state, address);
        }
        (Secrets::Clear { .. }, Purpose::Code) => state.open(Screen::Code),
        (Secrets::Masked | Secrets::Asked(_), _) if !is_live => {
            state.say(state.words().note_stale_reveal());
        }
        (Secrets::Masked | Secrets::Asked(_), _) => {
            open.secrets = Secrets::Asked(purpose);
            return vec![Effect::Reveal(open.id)];
        }
    }
    Vec::new()
}

/// Puts an address into the operator's clipboard; the address itself is not shown.
pub(super) fn address(state: &mut State, address: Option<String>) -> Vec<Effect> {
    let Some(address) = address else {
        state.say(state.words().no_address());
        return Vec::new();
    };
    state.say(state.words().note_address_copied());
    vec![Effect::Copy(address)]
}

/// Copies what updates the opened purchase without this program.
pub(super) fn command(state: &mut State) -> Vec<Effect> {
    let Some(open) = &state.details else { return Vec::new() };
    let [first, second] = view::by_hand(state, open.id);
    state.say(state.words().note_command_copied());
    vec![Effect::Copy(format!("{first}\n{second}"))]
}
