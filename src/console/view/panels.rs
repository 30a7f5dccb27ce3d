//! Panels: a row each, on its own screen with a selection, on Overview without.
//!
//! ```text
//! ● de-1   3x-ui 3.6   links   41 ms   402 purchases   fresh 2 min
//! ✖ fr-2   since 13:41 (22 min)   22 kept   refused the connection
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, boxed, first_row, highlight, left, right, words};
use super::signs;
use crate::api::panels::{BreakerState, Panel, PanelState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::clock::Dated;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let area = if canvas.is_wide {
        boxed(buffer, body, title(state, look))
    } else {
        title(state, look).draw(buffer, Rect { x: 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    if state.panels.is_empty() {
        return words(look).dim("the bot's database has no panels").draw(buffer, area, 0);
    }
    let height = usize::from(area.height);
    let first = first_row(state.panel, state.panels.len(), height);
    for (row, (index, panel)) in (0..).zip(state.panels.iter().enumerate().skip(first).take(height))
    {
        line(state, look, panel, usize::from(area.width)).draw(buffer, area, row);
        if index == state.panel {
            highlight(buffer, area, row, look.style(Tone::Selected));
        }
    }
}

/// `Panels  9 of 10 reachable`.
pub(super) fn title(state: &State, look: Look) -> Words {
    let reachable = |panel: &&Dated<Panel>| panel.value.state == PanelState::Reachable;
    let (up, all) = (state.panels.iter().filter(reachable).count(), state.panels.len());
    let tone = if up == all { Tone::Good } else { Tone::Warn };
    let title = words(look).tone(Tone::Title, "Panels").gap(2);
    if all == 0 {
        return title.dim("none");
    }
    let asked = state.panels.iter().any(|panel| panel.value.state != PanelState::Unknown);
    if !asked {
        // "0 of 10 reachable" would sound like an outage.
        return title.dim(format!("{all}, none asked yet"));
    }
    title.tone(tone, format!("{up} of {all} reachable"))
}

/// Draws as many panels as fit: what is broken first, and how many are left out.
pub(super) fn draw_rows(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    if state.panels.is_empty() {
        return words(look).dim("the bot's database has no panels").draw(buffer, area, 0);
    }
    let mut panels: Vec<_> = state.panels.iter().collect();
    let height = usize::from(area.height);
    if panels.len() > height {
        panels.sort_by_key(|panel| panel.value.state == PanelState::Reachable);
    }
    let shown = if panels.len() > height { height.saturating_sub(1) } else { height };
    for (row, panel) in (0..).zip(panels.iter().take(shown)) {
        line(state, look, panel, usize::from(area.width)).draw(buffer, area, row);
    }
    if let Some(rest) = panels.len().checked_sub(shown).filter(|rest| *rest > 0) {
        let row = area.height.saturating_sub(1);
        words(look).dim(format!("and {rest} more: 4 shows them")).draw(buffer, area, row);
    }
}

/// What is wrong with the selected panel.
pub(super) fn why(state: &State, look: Look) -> Option<Words> {
    let panel = &state.panels.get(state.panel)?.value;
    let mut text = reason(panel)?;
    if panel.breaker.state == BreakerState::Open
        && let Some(at) = panel.breaker.retry_at
    {
        let left = format::between(state.clock.now(), at);
        text = format!("{text}; not asked again for {}", format::seconds(left));
    }
    Some(words(look).plain(format!("{}: {text}", panel.name)))
}

fn line(state: &State, look: Look, panel: &Dated<Panel>, width: usize) -> Words {
    let Dated { value: panel, at } = panel;
    let (sign, word) = signs::panel(look, panel.state);
    let name = if width < 60 { 10 } else { 13 };
    let line = words(look).tone(sign.1, sign.0).gap(1).plain(left(&panel.name, name, look)).gap(1);
    // In front of everything else: whoever is between can hand out servers.
    let line =
        if panel.tls_verified { line } else { line.tone(Tone::Bad, "TLS not verified").gap(1) };
    if panel.state != PanelState::Reachable {
        return line.then(broken(state, look, panel, word));
    }
    let make = [panel.make.as_deref(), panel.version.as_deref()];
    let make: Vec<&str> = make.into_iter().flatten().collect();
    let latency = panel.latency_ms.map_or_else(|| look.glyphs.none.to_owned(), format::took);
    let line = if width < 60 { line } else { line.dim(left(&make.join(" "), 11, look)).gap(1) };
    let line = if width < 74 { line } else { line.dim(left(way(&panel.way), 7, look)).gap(1) };
    let count = if width < 66 {
        format::count(panel.purchases)
    } else {
        format::counted(panel.purchases, "purchase ", "purchases")
    };
    let line = line
        .plain(right(&latency, 7, look))
        .gap(2)
        .plain(right(&count, if width < 66 { 6 } else { 15 }, look))
        .gap(3);
    let age = panel.oldest_ms.map(|age| state.clock.age(*at, age));
    match (panel.kept, age) {
        (0, Some(age)) => line.tone(Tone::Good, "fresh").gap(1).plain(age),
        (0, None) => line.dim("nothing fetched yet"),
        (kept, age) => {
            let age = age.map(|age| format!(", {age}")).unwrap_or_default();
            line.tone(Tone::Warn, format!("{} kept{age}", format::count(kept)))
        }
    }
}

/// Since when a panel is not reachable, whom it keeps waiting, and why: the longest comes last.
fn broken(state: &State, look: Look, panel: &Panel, word: &str) -> Words {
    let (now, zone) = (state.clock.now(), &state.clock.zone);
    let since = panel.since.filter(|_| panel.state != PanelState::Unknown).map(|since| {
        let is_today = format::date(since, zone) == format::date(now, zone);
        let age = state.clock.since(since);
        if is_today {
            format!("since {} ({age})", format::clock(since, zone))
        } else {
            format!("for {age}")
        }
    });
    let line = words(look).plain(left(&since.unwrap_or_default(), 20, look)).gap(1);
    let line = match panel.kept {
        0 => line,
        kept => line.tone(Tone::Warn, format!("{:>4} kept", format::count(kept))).gap(2),
    };
    line.plain(reason(panel).unwrap_or_else(|| word.to_owned()))
}

/// The reason without the panel's own name, which stands before it.
fn reason(panel: &Panel) -> Option<String> {
    let text = &panel.reason.as_ref()?.text;
    let rest = text.strip_prefix(panel.name.as_str()).unwrap_or(text);
    Some(rest.trim_start_matches([':', ' ']).to_owned())
}

/// How a panel is read, in a word.
fn way(way: &str) -> &str {
    match way {
        "per_client" => "client",
        "subscription" => "sub",
        other => other,
    }
}
