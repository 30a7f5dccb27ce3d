//! What stands around every screen: header, tabs, note line, footer.
//!
//! ```text
//!  alamor  ● live  127.0.0.1:8080   up 2d 4h        paytest.example.net           14:03
//!  1 Overview  2 Purchases  3 Update  4 Panels
//!  …
//!  fr-2 refused the connection since 13:41: 22 purchases serve older links
//!  u update all   / filter   ? help   q quit                                    12 ms
//! ```

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Words, rule, words};
use super::{AROUND, AROUND_WIDE, note, question, signs};
use crate::console::format;
use crate::console::keymap::{Action, Row, Screen};
use crate::console::look::{Look, Tone};
use crate::console::state::link::{Bandwidth, age_worth_knowing};
use crate::console::state::{Access, State};
use crate::console::words as said;

/// Draws the frame; returns what is left for the screen.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    state: &State,
    look: Look,
    is_wide: bool,
) -> Rect {
    draw_header(buffer, area, state, look);
    let tabs = tabs(state, look, area.width);
    let last = area.height - 1;
    note::line(state, look, area.width).draw(buffer, area, last - 1);
    let mut footer = keys_line(state, look, area.width);
    let link = link(state, look);
    let fits = |line: &Words| line.width() + link.width() + 3 <= usize::from(area.width);
    // In the footer; where the keys fill that, behind the tabs. What is a warning takes a key's place.
    let is_warning = !state.connection.is_live() || state.link.bandwidth == Bandwidth::Low;
    let row = match (fits(&footer), fits(&tabs)) {
        (true, _) => Some(last),
        (false, true) => Some(1),
        (false, false) if is_warning && link.width() > 0 => {
            let room = area.width.saturating_sub(u16::try_from(link.width() + 3).unwrap_or(0));
            footer = keys_line(state, look, room);
            Some(last)
        }
        (false, false) => None,
    };
    if let Some(row) = row {
        link.draw_right(buffer, area, row);
    }
    tabs.draw(buffer, area, 1);
    footer.draw(buffer, area, last);
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
        if state.session.access == Access::ReadOnly {
            line = line.gap(2).tone(Tone::Warn, look.lang.say().read_only());
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

/// The screens that have a number, as they stand on the line of tabs.
pub(super) fn tab_texts(state: &State, width: u16) -> [(Screen, String); Screen::TABS.len()] {
    let mut number = 0;
    let lang = state.session.lang;
    Screen::TABS.map(|screen| {
        number += 1;
        let is_short = width < 70 && screen != state.screen;
        let title = if is_short { String::new() } else { format!("{} ", screen.title(lang)) };
        (screen, format!(" {number} {title}"))
    })
}

/// How the lines are: `slow line   12 ms`, and behind a lost one how old everything is.
fn link(state: &State, look: Look) -> Words {
    let mut line = words(look);
    if state.link.bandwidth == Bandwidth::Low {
        line = line.tone(Tone::Warn, look.lang.say().slow_line()).gap(2);
    }
    let since = state.connection.loss().and_then(|loss| loss.since);
    if let Some(age) = since.and_then(|since| age_worth_knowing(since, state.clock.now())) {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let age = match age {
            0..60_000 => format::seconds(look.lang, age),
            _ => format::age(look.lang, age),
        };
        return line.tone(Tone::Warn, look.lang.say().age_old(age)).gap(1);
    }
    match state.link.round_trip(&state.clock).filter(|_| state.connection.is_live()) {
        Some(took) => {
            let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
            line.dim(format::took(look.lang, took)).gap(1)
        }
        None => line,
    }
}

/// The screens that have a number, the shown one reversed; the way to an opened one behind them.
fn tabs(state: &State, look: Look, width: u16) -> Words {
    let mut line = words(look);
    for (screen, text) in tab_texts(state, width) {
        let tone = if screen == state.screen { Tone::Selected } else { Tone::Plain };
        line = line.tone(tone, text);
    }
    if Screen::TABS.contains(&state.screen) {
        return line;
    }
    let here = words(look).tone(Tone::Selected, format!(" {} ", crumb(state, state.screen)));
    let step = format!(" {} ", look.glyphs.step);
    let whole = state.back.iter().rev().fold(here.clone(), |way, screen| {
        words(look).plain(crumb(state, *screen)).dim(step.clone()).then(way)
    });
    let room = usize::from(width).saturating_sub(line.width() + 1);
    let way = if whole.width() <= room { whole } else { here };
    line.gap(1).then(way)
}

/// `Purchases`, `1041`, `fr-2`: one step of the way to an opened screen.
fn crumb(state: &State, screen: Screen) -> String {
    let opened = match screen {
        Screen::Details => state.details.as_ref().map(|open| open.id.to_string()),
        Screen::Panel => state.opened.as_ref().map(|open| open.name.clone()),
        Screen::Evidence => {
            let rung = state.climb.rungs.get(state.climb.selected);
            rung.map(|rung| said::rung_name(state.session.lang, &rung.name))
        }
        _ => None,
    };
    opened.unwrap_or_else(|| screen.title(state.session.lang))
}

/// The keys that mean something now, closer together where they would not fit.
fn keys_line(state: &State, look: Look, width: u16) -> Words {
    if let Some(question) = &state.question {
        return words(look).gap(1).then(question::answers(look, question));
    }
    if state.palette.is_some() {
        let say = look.lang.say();
        let labels = [say.answer_do_it(), say.answer_complete(), say.answer_leave_it()];
        let keys: Vec<_> =
            ["enter", "tab", "esc"].map(str::to_owned).into_iter().zip(labels).collect();
        return list_keys(look, 3, &keys);
    }
    if state.input.is_some() {
        let say = look.lang.say();
        let labels = [say.answer_apply(), say.answer_leave_it(), say.answer_empty_it()];
        let keys: Vec<_> =
            ["enter", "esc", "^U"].map(str::to_owned).into_iter().zip(labels).collect();
        return list_keys(look, 3, &keys);
    }
    let is_everywhere = |row: &&Row| row.binding.is_everywhere();
    let label = |row: &Row| label(state, row);
    let (always, here): (Vec<_>, Vec<_>) = state.keymap.on(state.screen).partition(is_everywhere);
    let always: Vec<_> = always.into_iter().filter_map(label).collect();
    let mut here: Vec<_> = here.into_iter().filter_map(label).collect();
    // What is left out stands in the help; the way there and out stays.
    loop {
        let shown: Vec<_> = here.iter().chain(&always).cloned().collect();
        for gap in [3, 2] {
            let line = list_keys(look, gap, &shown);
            if line.width() <= usize::from(width) || (here.is_empty() && gap == 2) {
                return line;
            }
        }
        here.pop();
    }
}

/// The key and the label of what is offered now.
fn label(state: &State, row: &Row) -> Option<(String, String)> {
    let action = row.binding.action;
    let named = row.binding.label.filter(|_| state.offers(action))?;
    let (lang, say) = (state.session.lang, state.words());
    let key = row.keys.first()?.shown();
    let label = match action {
        Action::UpdateOne if state.has_marks() => {
            say.key_update_marked(format::count(lang, state.purchases.marked()))
        }
        Action::Back if state.has_marks() => say.key_unmark(),
        _ => named(say),
    };
    Some((key, label))
}

fn list_keys(look: Look, gap: usize, keys: &[(String, String)]) -> Words {
    keys.iter().fold(words(look), |line, (key, label)| {
        let gap = if line.width() == 0 { 1 } else { gap };
        line.gap(gap).tone(Tone::Key, key.as_str()).gap(1).plain(label.as_str())
    })
}
