//! One panel: all that is known of it, and the ladder to it once somebody asked.
//!
//! ```text
//! state     ● reachable since 10:00 (2 d)
//! way       learned: one client's links are the pattern; checked in every update
//! by client inbound 3 NL-VMess: one client only, 41 purchases one by one
//!
//! Probe   14:03   5 rungs, 210 ms
//!  ✔ settings    its row can be read                         1 ms
//!  ✖ answer      nl-1 refused the connection                 2 ms
//!                do   look whether it runs
//!  · login       not tried
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, draw_lines, words};
use super::rungs::found;
use super::signs;
use crate::api::panels::Panel;
use crate::console::facts::{self, Fact, When};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::panel::Ladder;
use crate::console::text::wrap;

/// Where the sentence of a fact begins.
const LABEL: usize = 10;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let Some(open) = &state.opened else { return };
    let area = Rect { x: body.x + 1, width: body.width - 1, ..body };
    if state.find_panel().is_none() {
        let text = look.lang.say().no_such_panel(&open.name);
        return words(look).plain(text).draw(buffer, area, 1);
    }
    let lines = lines(state, look, usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    draw_lines(buffer, area, lines.into_iter().skip(open.top.min(most)));
}

/// Everything on the screen, as far as it goes.
pub(super) fn lines(state: &State, look: Look, width: usize) -> Vec<Words> {
    let (Some(open), Some(panel)) = (&state.opened, state.find_panel()) else { return Vec::new() };
    let mut lines = fact_lines(state, look, panel, width);
    lines.push(words(look));
    lines.extend(ladder_lines(state, look, &open.ladder, width));
    lines
}

fn fact_lines(state: &State, look: Look, panel: &Dated<Panel>, width: usize) -> Vec<Words> {
    // As of the header's minute, so that nothing is redrawn between two.
    let (now, zone) = (state.clock.shown(), &state.clock.zone);
    let when = When { lang: look.lang, heard: panel.at, now, zone };
    let sign = signs::verdict(look, &panel.value);
    let facts = facts::of_panel(&panel.value, when);
    let each = facts.iter().enumerate();
    let mut lines: Vec<Words> =
        each.flat_map(|(index, fact)| fact_line(look, fact, width, index == 0)).collect();
    if let Some(first) = lines.first_mut() {
        let text = words(look).tone(sign.1, sign.0).gap(1);
        *first = text.tone(Tone::Title, panel.value.name.clone()).gap(2).then(first.clone());
    }
    lines
}

/// A fact; the first one stands behind the panel's name, without a label.
fn fact_line(look: Look, fact: &Fact, width: usize, is_first: bool) -> Vec<Words> {
    let rows = wrap(&fact.text, width.saturating_sub(LABEL + 1).max(20));
    let start = |index: usize| match (is_first, index) {
        (true, 0) => words(look),
        (false, 0) => words(look).dim(fact.label.as_str()).to(LABEL),
        (_, _) => words(look).gap(LABEL),
    };
    rows.into_iter().enumerate().map(|(index, row)| start(index).tone(fact.tone, row)).collect()
}

fn ladder_lines(state: &State, look: Look, ladder: &Ladder, width: usize) -> Vec<Words> {
    let title = words(look).tone(Tone::Title, look.lang.say().probe()).gap(3);
    let say = look.lang.say();
    match ladder {
        Ladder::NotAsked => {
            vec![title.tone(Tone::Key, "t").plain(say.probe_offer())]
        }
        Ladder::Climbing(since) => {
            let so_far = format::seconds(look.lang, format::between(*since, state.clock.now()));
            vec![
                title.tone(
                    Tone::Warn,
                    format!("{} {}", look.glyphs.busy, say.probe_looking(so_far)),
                ),
            ]
        }
        Ladder::Refused(why) => vec![title.tone(Tone::Bad, why.clone())],
        Ladder::Climbed(rungs) => {
            let at = format::moment(look.lang, rungs.at, state.clock.now(), &state.clock.zone);
            let took = rungs.value.iter().filter_map(|rung| rung.took_ms).sum();
            let count = rungs.value.len() as u64;
            let count = say.rungs(count, format::count(look.lang, count));
            let title =
                title.plain(at).gap(3).dim(format!("{count}, {}", format::took(look.lang, took)));
            let rungs =
                rungs.value.iter().flat_map(|rung| found(look, &rung.name, rung, width, None));
            [title].into_iter().chain(rungs).collect()
        }
    }
}
