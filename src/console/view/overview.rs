//! Overview: everything at a glance.
//!
//! ```text
//! ┌ Core ─────────────┐┌ Port 8080 ────────┐┌ TLS ──────────────┐
//! │ ● healthy pid 812 ││ ● … listening     ││ ● valid  61 of 90 …
//! ┌ Links ────────────┐┌ Panels  9 of 10 reachable ────────────┐
//! │ 1 204 active      ││ ● de-1  3x-ui 3.6  links  41 ms  …    │
//! │                   │├ Checks  1 broken, 14 ok ──────────────┤
//! ┌ Last update #42   13:20   by ali   1 204 in 3.1 s (floor 2.6 s) ┐
//! ```
//!
//! On a narrow terminal each card is a line or two, what is bad first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cards::{self, Card};
use super::paint::{Canvas, Words, boxed, draw_lines, rule, words};
use super::{checks, jobs, panels};
use crate::api::health::Health;
use crate::console::look::{Look, Tone};
use crate::console::state::State;

/// Where the text begins behind a label on a narrow terminal.
const LABEL: usize = 11;

/// Most rows of what is bad on a narrow terminal.
const BAD: u16 = 3;

/// Fewest rows of the box of panels.
const PANELS: u16 = 5;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Some(health) = &state.health else { return };
    if canvas.is_wide {
        draw_wide(buffer, canvas, state, &health.value);
    } else {
        draw_narrow(buffer, canvas, state, &health.value);
    }
}

fn draw_wide(buffer: &mut Buffer, canvas: Canvas, state: &State, health: &Health) {
    let Canvas { body, look, .. } = canvas;
    let third = body.width / 3;
    let lower = body.height - 6 - 4;
    let at = |x, y, width, height| Rect { x: body.x + x, y: body.y + y, width, height };
    let title = |text: String| words(look).tone(Tone::Title, text);
    let last = body.width - 2 * third;
    let places = [(0, third), (third, third), (2 * third, last)];
    for ((x, width), card) in places.into_iter().zip(cards::upper(state, look, health)) {
        let inner = boxed(buffer, at(x, 0, width, 6), title(card.title));
        draw_lines(buffer, inner, card.lines);
    }
    let database = cards::database(look, health, usize::from(third).saturating_sub(3));
    // A long shape takes one row from the links, where there are enough.
    let height = if database.lines.len() > 3 && lower >= 14 { 6 } else { 5 };
    let links =
        boxed(buffer, at(0, 6, third, lower - height), title(look.lang.say().links_title()));
    draw_lines(buffer, links, cards::links(look, state, health));
    let inner = boxed(buffer, at(0, 6 + lower - height, third, height), title(database.title));
    draw_lines(buffer, inner, database.lines);

    let rest = body.width - third;
    let height = checks::height(state, panels_height(state), lower.saturating_sub(PANELS), lower);
    let inner = boxed(buffer, at(third, 6, rest, lower - height), panels::title(state, look));
    panels::draw_rows(buffer, inner, state, look);
    if height > 0 {
        let place = at(third, 6 + lower - height, rest, height);
        let inner = boxed(buffer, place, checks::title(state, look));
        checks::draw(buffer, inner, state, look);
    }

    let job = boxed(buffer, at(0, 6 + lower, body.width, 4), jobs::headline(state, look));
    draw_lines(buffer, job, jobs::summary(state, look, usize::from(job.width)));
}

/// Rows that a box with every panel takes.
fn panels_height(state: &State) -> u16 {
    u16::try_from(state.panels.len().max(1) + 2).unwrap_or(u16::MAX)
}

fn draw_narrow(buffer: &mut Buffer, canvas: Canvas, state: &State, health: &Health) {
    let Canvas { body, look, .. } = canvas;
    let say = look.lang.say();
    let is_low = body.height < 12;
    let label = |text: String| words(look).gap(1).tone(Tone::Title, text).to(LABEL);
    // Some of what is bad stands above everything; where there is more, the selection moves it.
    let most = if is_low { 1 } else { BAD };
    let bad = Rect { height: most.min(checks::bad_rows(state)), ..body };
    checks::draw_bad(buffer, bad, state, look);
    let body = Rect { y: body.y + bad.height, height: body.height - bad.height, ..body };

    let width = usize::from(body.width).saturating_sub(LABEL);
    let mut rows = Vec::new();
    let [core, port, tls] = cards::upper(state, look, health);
    let (first, memory) = (core.lines[0].clone(), core.lines[3].clone());
    if is_low {
        rows.push(label(say.core()).then(first).gap(3).then(memory));
    } else {
        let database = cards::narrow_database(look, health, width);
        let two = |card: &Card, [a, b, c, d]: [usize; 4]| {
            let pair = |one: usize, other: usize| {
                let (first, second) = (card.lines[one].clone(), card.lines[other].clone());
                let text = second.text();
                let indent = text.len() - text.trim_start().len();
                first.gap(3_usize.saturating_sub(indent)).then(second)
            };
            (card.state, card.label.clone(), vec![pair(a, b), pair(c, d)])
        };
        let mut all = vec![
            two(&core, [0, 3, 1, 2]),
            two(&port, [0, 1, 2, 3]),
            two(&tls, [0, 1, 2, 3]),
            (health.database.state, say.database(), database),
        ];
        all.sort_by_key(|(state, ..)| cards::order(*state));
        for (_, name, lines) in all {
            let names = [name].into_iter().chain(std::iter::repeat(String::new()));
            rows.extend(names.zip(lines).map(|(name, line)| label(name).then(line)));
        }
    }
    let links = cards::links(look, state, health);
    let (first, more) = links.split_at(links.len().min(3));
    rows.push(label(say.links_title()).then(one_line(look, first)));
    if !more.is_empty() {
        rows.push(label(String::new()).then(one_line(look, more)));
    }
    if !is_low {
        rows.extend(checks::changed(state, look).map(|line| label(say.changed()).then(line)));
    }
    rows.push(words(look).gap(1).then(jobs::headline(state, look)));
    let summary = jobs::summary(state, look, width);
    rows.extend(summary.into_iter().map(|line| label(String::new()).then(line)));
    let used = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    draw_lines(buffer, body, rows);
    if used + 1 < body.height {
        rule(buffer, body, used, panels::title(state, look));
        let height = body.height - used - 1;
        let inner = Rect { x: 1, y: body.y + used + 1, width: body.width - 1, height };
        panels::draw_rows(buffer, inner, state, look);
    }
}

fn one_line(look: Look, lines: &[Words]) -> Words {
    let mut lines = lines.iter().cloned();
    let first = lines.next().unwrap_or_else(|| words(look));
    lines.fold(first, |line, next| line.gap(3).then(next))
}
