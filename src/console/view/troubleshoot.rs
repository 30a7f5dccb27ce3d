//! Troubleshoot: the ladder to what customers reach, a rung each, live while it is climbed.
//!
//! ```text
//! Troubleshoot   public path   by alamor check as root           12 rungs, 4.1 s
//!  ✔ settings     .env read, key keeps the rule                            1 ms
//!  ◌ database     looking, 3 s
//!  · unit         not yet
//! ```

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, boxed, draw_lines, highlight, words};
use super::rungs::{found, rung};
use super::signs::Sign;
use crate::console::format;
use crate::console::keymap::{Action, Screen};
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::climb::{Phase, Standing};
use crate::console::text::{tame, wrap};
use crate::console::words as said;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, is_wide } = canvas;
    let area = if is_wide {
        boxed(buffer, body, title(state, look).gap(3).then(summary(state, look)))
    } else {
        let row = Rect { x: 1, width: body.width - 1, height: 1, ..body };
        let (title, summary) = (title(state, look), summary(state, look));
        if title.width() + summary.width() + 3 <= usize::from(row.width) {
            summary.gap(1).draw_right(buffer, row, 0);
            title.draw(buffer, row, 0);
        } else {
            words(look).then(summary).draw(buffer, row, 0);
        }
        Rect { y: body.y + 1, height: body.height - 1, ..body }
    };
    let lines = lines(state, look, usize::from(area.width));
    let selected = |line: &(usize, Words)| line.0 == state.climb.selected;
    let begin = lines.iter().position(selected).unwrap_or(0);
    let end = lines.iter().rposition(selected).map_or(0, |last| last + 1);
    let first = end.saturating_sub(usize::from(area.height)).min(begin);
    draw_lines(buffer, area, lines.into_iter().skip(first).map(|(_, line)| line));
    let row = u16::try_from(begin - first).unwrap_or(u16::MAX);
    highlight(buffer, area, row, look.style(Tone::Selected));
}

/// `Troubleshoot   public path   by alamor check as root`.
fn title(state: &State, look: Look) -> Words {
    let say = look.lang.say();
    let title = words(look).tone(Tone::Title, say.screen_troubleshoot());
    let title = title.gap(3).plain(say.public_path());
    match state.climb.rungs.iter().rev().find_map(|rung| rung.found.as_ref()?.by.as_ref()) {
        Some(by) => title.gap(3).dim(say.job_by(by)),
        None => title,
    }
}

/// `12 rungs, 4.1 s`, or how long it is being looked, or why it broke off.
fn summary(state: &State, look: Look) -> Words {
    let (climb, say) = (&state.climb, look.lang.say());
    let at = match &climb.phase {
        Phase::Climbing(since) => {
            let text = say.probe_looking(so_far(state, look, *since));
            let busy = format!("{} {text}", look.glyphs.busy);
            return words(look).tone(Tone::Warn, busy);
        }
        Phase::NotAsked => return words(look).dim(say.climb_not_asked()),
        Phase::Broken(_) => return words(look).tone(Tone::Bad, say.climb_broken_off()),
        Phase::Climbed(at) => *at,
    };
    let count = climb.rungs.len() as u64;
    let took = climb.rungs.iter().filter_map(|rung| rung.found.as_ref()?.took_ms).sum();
    let rungs = say.rungs(count, format::count(look.lang, count));
    let line = words(look).dim(format!("{rungs}, {}", format::took(look.lang, took)));
    if format::between(at, state.clock.shown()) < 60_000 {
        return line;
    }
    let age = state.clock.since(look.lang, at);
    words(look).tone(Tone::Warn, say.ago(age)).gap(3).then(line)
}

/// Every line with the rung that it belongs to; what broke off the climb belongs to the first.
fn lines(state: &State, look: Look, width: usize) -> Vec<(usize, Words)> {
    let climb = &state.climb;
    let key = state.keymap.shown(Screen::Troubleshoot, Action::Copy);
    let hint = look.lang.say().copies_it(key);
    let mut lines = Vec::new();
    if let Phase::Broken(ended) = &climb.phase {
        let rows = wrap(&tame(&ended.said(look.lang)), width.saturating_sub(2));
        lines.extend(
            rows.into_iter().map(|row| (usize::MAX, words(look).gap(1).tone(Tone::Bad, row))),
        );
    }
    for (index, each) in climb.rungs.iter().enumerate() {
        let name = said::rung_name(look.lang, &each.name);
        let rows = match climb.standing(index) {
            Standing::Found(check) => found(look, &name, check, width, Some(&hint)),
            standing => {
                let (sign, tone, sentence) = open(state, look, standing);
                rung(look, sign, &name, (tone, &sentence), "", width)
            }
        };
        lines.extend(rows.into_iter().map(|row| (index, row)));
    }
    lines
}

/// The sign and the sentence of a rung at which nothing was found.
fn open(state: &State, look: Look, standing: Standing<'_>) -> (Sign, Tone, String) {
    let say = look.lang.say();
    let skipped = (look.glyphs.skipped, Tone::Dim);
    match standing {
        Standing::Looking(since) => {
            let text = say.probe_looking(so_far(state, look, since));
            ((look.glyphs.busy, Tone::Warn), Tone::Plain, text)
        }
        Standing::Waiting => (skipped, Tone::Dim, say.rung_waiting()),
        Standing::Passed => (skipped, Tone::Dim, say.rung_passed()),
        Standing::BrokenOff => {
            ((look.glyphs.unknown, Tone::Dim), Tone::Plain, say.rung_broken_off())
        }
        Standing::NotTried | Standing::Found(_) => (skipped, Tone::Dim, say.check_not_tried()),
    }
}

/// `3 s`: for how long it is being looked.
fn so_far(state: &State, look: Look, since: Timestamp) -> String {
    format::seconds(look.lang, format::between(since, state.clock.now()))
}
