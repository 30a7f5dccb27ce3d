//! Checks: what is bad and why, how each was in the last 24 h, and what changed last.
//!
//! ```text
//! Checks  1 broken, 1 unknown, 13 ok
//! ✖ tls paytest.example.net  served certificate expired yesterday   ▁▁▁▁▁▁▁▁▁▁▁█
//! ? firewall                 not root: unknown
//! ● port                                                            ▁▁▁▁▁▄▁▁▁▁▁▁
//! changed 13:58  the certificate of paytest.example.net expired
//! ```
//!
//! What is well is told by its sign alone: numbers that change with every look stand on the cards.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::paint::{Words, draw_lines, first_row, highlight, words};
use super::signs;
use crate::api::{Check, CheckState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::text::{left, tame};

/// Most cells of a name: a domain is cut there.
const NAME: usize = 26;

/// Cells of a reason next to which a day is shown.
const REASON: usize = 24;

/// Half hours of a day.
const HALF_HOURS: usize = 48;

/// `Checks  1 broken, 1 unknown, 13 ok`.
pub(super) fn title(state: &State, look: Look) -> Words {
    let say = look.lang.say();
    let all = state.checks.all();
    let count = |wanted: &[CheckState]| {
        let count = all.iter().filter(|check| wanted.contains(&check.state)).count() as u64;
        (count, format::count(look.lang, count))
    };
    use CheckState::{Crit, NotTried, Ok, Unknown, Warn};
    let (crit, warn, unknown, ok) =
        (count(&[Crit]), count(&[Warn]), count(&[Unknown, NotTried]), count(&[Ok]));
    let parts = [
        (crit.0, Tone::Bad, say.checks_broken(crit.1)),
        (warn.0, Tone::Warn, say.checks_look(warn.1)),
        (unknown.0, Tone::Dim, say.checks_unknown(unknown.1)),
        (ok.0, Tone::Good, say.checks_ok(ok.1)),
    ];
    let title = words(look).tone(Tone::Title, say.checks_title()).gap(2);
    let mut parts = parts.into_iter().filter(|(count, ..)| *count > 0);
    let Some((_, tone, first)) = parts.next() else { return title.dim(say.not_measured()) };
    parts.fold(title.tone(tone, first), |line, (_, tone, text)| line.plain(", ").tone(tone, text))
}

/// Rows that the box takes of `room`, beside one of `wanted` rows that can do with less: what is bad
/// has its place first, what is well gets what is left.
pub(super) fn height(state: &State, wanted: u16, most: u16, room: u16) -> u16 {
    let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).saturating_add(3);
    let (bad, all) = (state.checks.bad().len(), state.checks.all().len());
    if all == 0 {
        return 0;
    }
    let least = rows(bad.max(1)).min(room / 2);
    room.saturating_sub(wanted).clamp(least, rows(all).max(least)).min(most)
}

/// Draws what is bad first, then what is unknown, then what is well; and what changed last.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    let changed = changed(state, look);
    let height = area.height.saturating_sub(u16::from(changed.is_some()));
    let rest = |wanted: fn(CheckState) -> bool| {
        state.checks.all().iter().filter(move |check| wanted(check.state))
    };
    let bad = state.checks.bad();
    let unknown = rest(|state| matches!(state, CheckState::Unknown | CheckState::NotTried));
    let all = bad.iter().copied().chain(unknown).chain(rest(|state| state == CheckState::Ok));
    let all: Vec<&Check> = all.collect();
    // Screenfuls of what is bad: the selection is always seen.
    let first = first_row(state.checks.selected(), bad.len(), height.into());
    let names = name_cells(&all);
    let width = usize::from(area.width).saturating_sub(1);
    let shown = all.iter().skip(first).take(height.into());
    draw_lines(buffer, area, shown.map(|check| line(look, check, names, width)));
    if !bad.is_empty() {
        mark(buffer, Rect { height, ..area }, state, look, first);
    }
    if let Some(changed) = changed {
        words(look).dim(look.lang.say().changed()).gap(1).then(changed).draw(
            buffer,
            area,
            area.height.saturating_sub(1),
        );
    }
}

/// How many rows what is bad would take.
pub(super) fn bad_rows(state: &State) -> u16 {
    u16::try_from(state.checks.bad().len()).unwrap_or(u16::MAX)
}

/// Draws what is bad alone, as far as it fits around the selected one.
pub(super) fn draw_bad(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    let bad = state.checks.bad();
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    if height == 0 {
        return;
    }
    let first = first_row(state.checks.selected(), bad.len(), height);
    let names = name_cells(&bad);
    let shown = bad.iter().skip(first).take(height);
    let row =
        |check: &&Check| words(look).gap(1).then(line(look, check, names, width.saturating_sub(2)));
    draw_lines(buffer, area, shown.map(row));
    mark(buffer, area, state, look, first);
}

fn mark(buffer: &mut Buffer, area: Rect, state: &State, look: Look, first: usize) {
    let row = state.checks.selected().saturating_sub(first);
    let row = u16::try_from(row).unwrap_or(u16::MAX);
    highlight(buffer, area, row, look.style(Tone::Selected));
}

/// `14:01  port: answers again`: the last thing that became different.
pub(super) fn changed(state: &State, look: Look) -> Option<Words> {
    let change = state.health.as_ref()?.value.changes.first()?;
    let (now, zone) = (state.clock.shown(), &state.clock.zone);
    let at = format::moment(look.lang, change.at, now, zone);
    Some(words(look).dim(at).gap(2).plain(change.text.clone()))
}

fn name_cells(checks: &[&Check]) -> usize {
    let widest = checks.iter().map(|check| tame(&check.name).width()).max();
    widest.unwrap_or(0).min(NAME)
}

fn line(look: Look, check: &Check, names: usize, width: usize) -> Words {
    let (sign, tone) = signs::check(look, check.state);
    let (weight, text) = match (check.state, &check.reason) {
        (CheckState::Ok, _) => (Tone::Plain, String::new()),
        (CheckState::Unknown | CheckState::NotTried, Some(reason)) => (Tone::Dim, reason.clone()),
        (_, Some(reason)) => (Tone::Plain, reason.clone()),
        (_, None) => (Tone::Dim, look.lang.say().no_reason_given()),
    };
    let head = words(look).tone(tone, sign).gap(1).plain(left(&check.name, names, look)).gap(2);
    let left_over = width.saturating_sub(head.width() + REASON + 2);
    let day = match left_over {
        48.. => day(look, &check.history, 1),
        24.. => day(look, &check.history, 2),
        _ => return head.tone(weight, text),
    };
    let room = width.saturating_sub(head.width() + day.width() + 2);
    head.tone(weight, left(&text, room, look)).gap(2).then(day)
}

/// The last 24 h: a cell for so many half hours, as high as their worst is bad.
fn day(look: Look, history: &str, each: usize) -> Words {
    let newest: Vec<char> = history.chars().rev().take(HALF_HOURS).collect();
    let missing = std::iter::repeat_n('-', HALF_HOURS - newest.len());
    let letters: Vec<char> = missing.chain(newest.into_iter().rev()).collect();
    letters.chunks(each).fold(words(look), |line, chunk| {
        let has = |letter| chunk.contains(&letter);
        let heights = look.glyphs.spark;
        match chunk {
            _ if has('c') => line.tone(Tone::Bad, heights[7]),
            _ if has('w') => line.tone(Tone::Warn, heights[3]),
            _ if has('u') => line.dim(look.glyphs.skipped),
            _ if has('o') => line.tone(Tone::Good, heights[0]),
            _ => line.gap(1),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_shows_the_worst_of_each_part_and_begins_where_somebody_looked() {
        let look = Look::new(false, false);
        let history = format!("{}wooouuoc", "o".repeat(36));
        assert_eq!(day(look, &history, 2).text(), format!("  {}▄▁·█", "▁".repeat(18)));
        assert_eq!(day(look, &history, 1).width(), 48);
        assert_eq!(day(look, "", 2).text(), " ".repeat(24));
        assert_eq!(day(look, &"c".repeat(500), 1).width(), 48, "more than a day is not a day");
    }
}
