//! What stands around every screen: header, tabs, note line, footer.
//!
//! ```text
//!  alamor  ● live  127.0.0.1:8080   up 2d 4h        paytest.example.net           14:03
//!  1 Overview  2 Purchases  3 Update  4 Panels
//!  …
//!  fr-2 refused the connection since 13:41: 22 purchases serve older links
//!  u update all   / filter   ? help   q quit
//! ```

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Words, rule, words};
use super::{AROUND, AROUND_WIDE, note, question, signs};
use crate::console::format;
use crate::console::keymap::{Screen, bindings};
use crate::console::look::{Look, Tone};
use crate::console::state::State;

/// Draws the frame; returns what is left for the screen.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    state: &State,
    look: Look,
    is_wide: bool,
) -> Rect {
    draw_header(buffer, area, state, look);
    tabs(state, look, area.width).draw(buffer, area, 1);
    let last = area.height - 1;
    note::line(state, look, area.width).draw(buffer, area, last - 1);
    footer(state, look, area.width).draw(buffer, area, last);
    if is_wide {
        return Rect { y: 2, height: area.height - AROUND_WIDE, ..area };
    }
    rule(buffer, area, 2, words(look));
    rule(buffer, area, last - 2, words(look));
    Rect { y: 3, height: area.height - AROUND, ..area }
}

fn draw_header(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    let now = state.clock.now();
    let clock = |at| format::clock(look.lang, at, &state.clock.zone);
    let left = |at| format::seconds(look.lang, format::between(now, at).div_ceil(1_000) * 1_000);
    let address = state.session.core_url.trim_start_matches("http://");
    let mut line = words(look)
        .gap(1)
        .tone(Tone::Title, "alamor")
        .gap(2)
        .then(signs::connection(look, &state.connection, clock, left))
        .gap(2)
        .plain(address);
    if let Some(health) = &state.health {
        if health.value.role != "serve" {
            line = line.gap(1).tone(Tone::Warn, format!("({})", health.value.role));
        }
        if state.connection.is_live() {
            let up = format::between(health.value.started_at, state.clock.shown());
            line = line.gap(3).dim(look.lang.say().up(format::uptime(look.lang, up)));
        }
        if let Some(domain) = &health.value.domain {
            let times = times(state, look).width();
            let room = usize::from(area.width).saturating_sub(domain.len() + 1 + times);
            let column = usize::from(area.width) * 55 / 100;
            if line.width() + 2 <= room {
                line = line.gap(1).to(column.min(room)).plain(domain);
            }
        }
    }
    line.draw(buffer, area, 0);
    times(state, look).draw_right(buffer, area, 0);
}

/// What time it is here, and before it at the core where its zone differs.
fn times(state: &State, look: Look) -> Words {
    let now = state.clock.shown();
    let clock = |zone: &TimeZone| format::clock(look.lang, now, zone);
    let line = match state.core_zone() {
        Some(zone) => words(look).gap(1).dim(look.lang.say().core_clock(clock(&zone))).gap(2),
        None => words(look).gap(1),
    };
    line.plain(clock(&state.clock.zone)).gap(1)
}

/// The screens that have a number, the shown one reversed; the opened one behind them.
fn tabs(state: &State, look: Look, width: u16) -> Words {
    let mut line = words(look);
    let short = width < 70;
    for (number, screen) in (1..).zip(Screen::TABS) {
        let shown = screen == state.screen;
        let tone = if shown { Tone::Selected } else { Tone::Plain };
        let text = if short && !shown {
            format!(" {number} ")
        } else {
            format!(" {number} {} ", screen.title(look.lang))
        };
        line = line.tone(tone, text);
    }
    if !Screen::TABS.contains(&state.screen) {
        let opened = match state.screen {
            Screen::Details => state.details.as_ref().map(|open| open.id.to_string()),
            Screen::Panel => state.opened.as_ref().map(|open| open.name.clone()),
            _ => None,
        };
        let opened = opened.map(|name| format!(" {name}")).unwrap_or_default();
        line = line.tone(Tone::Selected, format!(" {}{opened} ", state.screen.title(look.lang)));
    }
    line
}

/// The keys that mean something now, closer together where they would not fit.
fn footer(state: &State, look: Look, width: u16) -> Words {
    if let Some(question) = &state.question {
        return words(look).gap(1).then(question::answers(look, question));
    }
    if state.input.is_some() {
        let say = look.lang.say();
        let labels = [say.answer_apply(), say.answer_leave_it(), say.answer_empty_it()];
        let keys: Vec<_> =
            ["enter", "esc", "^U"].map(str::to_owned).into_iter().zip(labels).collect();
        return list_keys(look, 3, &keys);
    }
    let offered = bindings(state.screen).filter(|binding| state.offers(binding.action));
    let named = offered.filter_map(|binding| Some((binding.keys[0].name(), binding.label?)));
    let shown: Vec<_> = named.map(|(key, label)| (key, label(look.lang.say()))).collect();
    let line = list_keys(look, 3, &shown);
    if line.width() <= usize::from(width) { line } else { list_keys(look, 2, &shown) }
}

fn list_keys(look: Look, gap: usize, keys: &[(String, String)]) -> Words {
    keys.iter().fold(words(look), |line, (key, label)| {
        let gap = if line.width() == 0 { 1 } else { gap };
        line.gap(gap).tone(Tone::Key, key.as_str()).gap(1).plain(label.as_str())
    })
}
