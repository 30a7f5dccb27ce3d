//! What becomes of the state: one pure function for every message.
//!
//! ```text
//! Key, Paste ─▶ press.rs ─┐   (keys.rs: actions; palette.rs, filter.rs: what is written)
//! Pointer ────▶ pointer.rs┤
//! Heard ──────▶ heard.rs ─┼─▶ State, and the effects that the runner must do
//! Answer ─────▶ answers.rs┘
//! ```
//!
//! Deliberately absent: IO, clocks, waiting.

mod answers;
mod climb;
mod copy;
mod filter;
mod heard;
mod jobs;
mod keys;
mod palette;
mod panel;
mod pointer;
mod press;
mod questions;

use super::keymap::Screen;
use super::message::{Effect, Message};
use super::state::history::Clear;
use super::state::{Access, Secrets, State};

/// Applies one message to the state; returns what the runner must do.
///
/// The only function that changes a [`State`]. It never blocks and never fails.
pub(crate) fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Now(elapsed) => {
            state.clock.advance(elapsed);
            state.checks.advance(state.clock.shown());
            let now = state.clock.now();
            state.note.take_if(|note| note.until <= now);
            Vec::new()
        }
        Message::Key(key) => press::press(state, key),
        Message::Do(action) => keys::act(state, action),
        Message::Paste(text) => {
            filter::paste(state, &text);
            Vec::new()
        }
        Message::Pointer(pointer) => pointer::point(state, pointer),
        Message::Resize(columns, rows) => {
            state.size = (columns, rows);
            Vec::new()
        }
        Message::Bandwidth(bandwidth) => {
            state.link.bandwidth = bandwidth;
            Vec::new()
        }
        Message::Heard(heard) => heard::hear(state, heard),
        Message::Log { generation, heard } => {
            state.log.hear(generation, heard);
            Vec::new()
        }
        Message::Climb { generation, told } => {
            state.climb.hear(generation, told, state.clock.now());
            Vec::new()
        }
        Message::Answer(answer) => answers::take(state, answer),
    };
    mask(state);
    effects.extend(missing_page(state));
    effects.extend(missing_items(state));
    effects.extend(state.log.wish(state.screen == Screen::Logs).map(Effect::Log));
    let keeps_ladder = state.keeps_ladder();
    effects.extend(state.climb.wish(keeps_ladder).map(Effect::Climb));
    if state.session.access == Access::ReadOnly {
        // Nothing asks for these; a mistake of ours must not change a core all the same.
        effects.retain(|effect| !effect.changes());
    }
    effects
}

/// What was revealed is masked again as soon as its screens are left.
fn mask(state: &mut State) {
    if !matches!(state.screen, Screen::Details | Screen::Code)
        && let Some(open) = &mut state.details
    {
        open.secrets = Secrets::Masked;
    }
    if state.screen != Screen::Item
        && let Some(open) = &mut state.opened_item
    {
        open.clear = Clear::No;
    }
}

/// The page that the visible part of the table lacks.
fn missing_page(state: &mut State) -> Option<Effect> {
    if state.screen != Screen::Purchases || !state.connection.is_live() {
        return None;
    }
    let ahead = state.page() * 2;
    let (generation, query) = state.purchases.next_page(ahead)?;
    Some(Effect::ListPurchases { generation, query })
}

/// The page that the visible items of the opened job lack.
fn missing_items(state: &mut State) -> Option<Effect> {
    if state.screen != Screen::Job || !state.connection.is_live() {
        return None;
    }
    let ahead = state.page() * 2;
    let open = state.opened_job.as_mut()?;
    let (generation, query) = open.next_page(ahead)?;
    Some(Effect::ListItems { job: open.id, generation, query })
}
