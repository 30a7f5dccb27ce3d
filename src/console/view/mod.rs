//! How the state looks: a picture of it as cells. Reads the state, and nothing else.
//!
//! ```text
//! header       who, which core, is it live, what time is it there
//! tabs         the screens by number; on a narrow terminal the screen's own title
//! body         one file a screen
//! note         one line: the answer to the last key, what is wrong, or why
//! footer       the keys that mean something now
//! ```
//!
//! Start reading at [`draw`].
//!
//! Invariants:
//! - Every screen works at 80×24 and stays readable down to 40×10.
//! - No state is told by colour alone.

mod cards;
mod checks;
mod code;
mod details;
mod evidence;
mod frame;
mod help;
mod jobs;
mod logs;
mod note;
mod overview;
mod paint;
mod palette;
mod panel;
mod panels;
mod purchases;
mod question;
mod rungs;
mod signs;
mod spot;
mod troubleshoot;
mod unknown;
mod update;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

pub(in crate::console) use self::details::by_hand;
use self::paint::{Canvas, words};
pub(crate) use self::spot::{Spot, find_spot};
use super::keymap::Screen;
use super::look::{Look, Tone};
use super::state::State;
use super::state::question::Question;

/// The smallest terminal on which the screens make sense.
const SMALLEST: (u16, u16) = (40, 10);

/// From here on boxes stand side by side.
const WIDE: (u16, u16) = (100, 24);

/// Rows of header, tabs, two rules, note and footer.
const AROUND: u16 = 6;

/// The same without the rules.
const AROUND_WIDE: u16 = 4;

/// Draws the state at its size.
pub(crate) fn draw(state: &State, look: Look) -> Buffer {
    let look = look.speaking(state.session.lang);
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let mut buffer = Buffer::empty(area);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        draw_too_small(&mut buffer, area, look);
        return buffer;
    }
    let is_wide = area.width >= WIDE.0 && area.height >= WIDE.1;
    let body = frame::draw(&mut buffer, area, state, look, is_wide);
    let canvas = Canvas { body, is_wide, look };
    draw_screen(&mut buffer, canvas, state);
    let is_ours = is_ours(state);
    if state.health.is_some() && !state.connection.is_live() && !is_ours {
        buffer.set_style(body, Modifier::DIM);
    }
    if let Some(question) = &state.question {
        question::draw(&mut buffer, body, state, question, look);
    }
    if let Some(open) = &state.palette {
        palette::draw(&mut buffer, body, state, open, look);
    }
    if look.is_ascii() {
        keep_ascii(&mut buffer);
    }
    buffer
}

/// How many lines of an opened purchase or panel do not fit on its screen.
///
/// The only thing that a key has to know of a picture: where scrolling ends.
pub(crate) fn overflow(state: &State) -> usize {
    let (columns, rows) = state.size;
    let width = usize::from(columns).saturating_sub(1);
    // Every look takes the same room, a language its own.
    let look = Look::new(false, false).speaking(state.session.lang);
    let lines = match state.screen {
        Screen::Details => details::lines(state, look).len(),
        Screen::Panel => panel::lines(state, look, width).len(),
        Screen::Evidence => evidence::lines(state, look, width).len(),
        _ => 0,
    };
    let around = if columns >= WIDE.0 && rows >= WIDE.1 { AROUND_WIDE } else { AROUND };
    lines.saturating_sub(usize::from(rows.saturating_sub(around)))
}

/// What a question says, a line each; how to answer it is left out.
pub(crate) fn question_text(state: &State, question: &Question) -> Vec<String> {
    question::text(state, question, Look::new(false, false).speaking(state.session.lang))
}

/// Whether the screen needs no core: what it shows is the console's own.
fn is_ours(state: &State) -> bool {
    matches!(state.screen, Screen::Help | Screen::Logs | Screen::Troubleshoot | Screen::Evidence)
}

fn draw_screen(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    if state.health.is_none() && !is_ours(state) {
        return unknown::draw(buffer, canvas, state);
    }
    match state.screen {
        Screen::Overview => overview::draw(buffer, canvas, state),
        Screen::Purchases => purchases::draw(buffer, canvas, state),
        Screen::Update => update::draw(buffer, canvas, state),
        Screen::Panels => panels::draw(buffer, canvas, state),
        Screen::Panel => panel::draw(buffer, canvas, state),
        Screen::Logs => logs::draw(buffer, canvas, state),
        Screen::Troubleshoot => troubleshoot::draw(buffer, canvas, state),
        Screen::Evidence => evidence::draw(buffer, canvas, state),
        Screen::Details => details::draw(buffer, canvas, state),
        Screen::Code => code::draw(buffer, canvas, state),
        Screen::Help => help::draw(buffer, canvas, state),
    }
}

fn draw_too_small(buffer: &mut Buffer, area: Rect, look: Look) {
    let (columns, rows) = SMALLEST;
    let say = look.lang.say();
    words(look)
        .tone(Tone::Title, say.size_needed(format!("{columns}x{rows}")))
        .draw(buffer, area, 0);
    words(look)
        .plain(say.size_here(format!("{}x{}", area.width, area.height)))
        .draw(buffer, area, 1);
    words(look).dim(say.q_leaves()).draw(buffer, area, 2);
}

/// Names from outside may hold any character: where only ASCII is shown, others become `?`.
fn keep_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}
