//! Panels: a table on their own screen, a row each on Overview.
//!
//! ```text
//!   NAME    MAKE          WAY      LATENCY  CLIENTS  SOLD  STATE
//! ● de-1    3x-ui 3.6.0   links      41 ms    2 000   402  fresh 2 min
//! ● nl-1    3x-ui 2.8.11  learned   120 ms    1 204   388  Xray stopped: port 443 is taken
//! ✖ fr-2    since 13:41 (22 min)   22 kept   refused the connection
//! ```

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, boxed, first_row, highlight, words};
use super::signs;
use crate::api::checks::CheckState;
use crate::api::panels::{BreakerState, Login, Panel, PanelState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::panel_table::PanelSort;
use crate::console::text::{left, right};
use crate::console::words as said;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let area = if canvas.is_wide {
        boxed(buffer, body, table_title(state, look))
    } else {
        table_title(state, look).draw(buffer, Rect { x: 1, width: body.width - 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    if state.panels.is_empty() {
        return words(look).dim(look.lang.say().no_panels()).draw(buffer, area, 0);
    }
    let shown = state.shown_panels();
    if shown.is_empty() {
        return words(look).dim(look.lang.say().panels_no_match()).draw(buffer, area, 0);
    }
    let columns = columns(usize::from(area.width));
    head(look, columns).draw(buffer, area, 0);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let height = usize::from(area.height);
    let first = first_row(state.panel, shown.len(), height);
    for (row, (index, panel)) in (0..).zip(shown.into_iter().enumerate().skip(first).take(height)) {
        table_line(state, look, panel, columns).draw(buffer, area, row);
        if index == state.panel {
            highlight(buffer, area, row, look.style(Tone::Selected));
        }
    }
}

/// The same with order and filter, where these are not the usual ones.
fn table_title(state: &State, look: Look) -> Words {
    let (table, say) = (&state.panel_table, look.lang.say());
    let mut line = title(state, look);
    if table.sort != PanelSort::default() {
        let arrow = look.glyphs.order[usize::from(table.sort.down)];
        let column = table.sort.column.said(say);
        line = line.gap(3).dim(format!("{} ", say.sort())).plain(format!("{column} {arrow}"));
    }
    if table.filter.text.is_empty() {
        return line;
    }
    let shown = state.shown_panels().len() as u64;
    line.gap(3)
        .dim(format!("{} ", say.filter()))
        .tone(Tone::Warn, table.filter.text.clone())
        .gap(3)
        .plain(say.listed_count(format::count(look.lang, shown)))
}

/// `Panels  9 of 10 reachable`.
pub(super) fn title(state: &State, look: Look) -> Words {
    let reachable = |panel: &&Dated<Panel>| panel.value.state == PanelState::Reachable;
    let say = look.lang.say();
    let count = |number: usize| format::count(look.lang, number as u64);
    let (up, all) = (state.panels.iter().filter(reachable).count(), state.panels.len());
    let tone = if up == all { Tone::Good } else { Tone::Warn };
    let title = words(look).tone(Tone::Title, say.screen_panels()).gap(2);
    if all == 0 {
        return title.dim(say.none());
    }
    let asked = state.panels.iter().any(|panel| panel.value.state != PanelState::Unknown);
    if !asked {
        // "0 of 10 reachable" would sound like an outage.
        return title.dim(say.panels_none_asked(count(all)));
    }
    title.tone(tone, say.panels_reachable(count(up), count(all)))
}

/// Draws as many panels as fit: what is broken first, and how many are left out.
pub(super) fn draw_rows(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    if state.panels.is_empty() {
        return words(look).dim(look.lang.say().no_panels()).draw(buffer, area, 0);
    }
    let mut panels: Vec<_> = state.panels.iter().collect();
    let height = usize::from(area.height);
    if panels.len() > height {
        panels.sort_by_key(|panel| said::verdict(&panel.value) != CheckState::Crit);
    }
    let shown = if panels.len() > height { height.saturating_sub(1) } else { height };
    for (row, panel) in (0..).zip(panels.iter().take(shown)) {
        line(state, look, panel, usize::from(area.width)).draw(buffer, area, row);
    }
    if let Some(rest) = panels.len().checked_sub(shown).filter(|rest| *rest > 0) {
        let row = area.height.saturating_sub(1);
        words(look)
            .dim(look.lang.say().panels_more(format::count(look.lang, rest as u64)))
            .draw(buffer, area, row);
    }
}

/// What is wrong with the selected panel, else why it is not read in a cheaper way.
pub(super) fn why(state: &State, look: Look) -> Option<Words> {
    let panel = &state.find_panel()?.value;
    let trouble = said::xray_trouble(look.lang, panel);
    let refused =
        (panel.login == Login::Refused).then(|| said::login_in_full(look.lang, panel.login));
    let reason = said::reason(look.lang, panel).or(trouble).or(refused);
    let mut text = reason.or_else(|| panel.way_reason.clone())?;
    if panel.breaker.state == BreakerState::Open
        && let Some(at) = panel.breaker.retry_at
    {
        let left = format::between(state.clock.now(), at);
        text = look.lang.say().not_asked_again_for(text, format::seconds(look.lang, left));
    }
    Some(words(look).plain(format!("{}: {text}", panel.name)))
}

/// Widths of the columns on this terminal; 0 is a column that is left out.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: usize,
    make: usize,
    way: usize,
    login: usize,
    latency: usize,
    clients: usize,
    sold: usize,
}

fn columns(width: usize) -> Columns {
    let from = |least: usize, cells: usize| if width < least { 0 } else { cells };
    Columns {
        name: if width < 60 { 10 } else { 13 },
        make: from(76, 12),
        way: if width < 100 { from(66, 7) } else { 10 },
        login: from(100, 9),
        latency: 7,
        clients: from(76, 7),
        sold: 6,
    }
}

fn head(look: Look, columns: Columns) -> Words {
    let say = look.lang.say();
    let texts = [
        say.column_make(),
        say.column_way(),
        say.column_login(),
        say.column_latency(),
        say.column_clients(),
        say.column_sold(),
    ];
    let line = words(look).gap(2).plain(left(&say.column_name(), columns.name, look)).gap(1);
    line.then(cells(look, columns, texts, Tone::Plain)).gap(1).plain(say.column_state())
}

/// The columns between name and state, without those that are left out.
fn cells(look: Look, columns: Columns, texts: [String; 6], tone: Tone) -> Words {
    let [make, way, login, latency, clients, sold] = texts;
    let columns = [
        (columns.make, left(&make, columns.make, look), tone),
        (columns.way, left(&way, columns.way, look), tone),
        (columns.login, left(&login, columns.login, look), tone),
        (columns.latency, right(&latency, columns.latency, look), Tone::Plain),
        (columns.clients, right(&clients, columns.clients, look), Tone::Plain),
        (columns.sold, right(&sold, columns.sold, look), Tone::Plain),
    ];
    let shown = columns.into_iter().filter(|(width, ..)| *width > 0);
    shown.fold(words(look), |line, (_, text, tone)| line.tone(tone, text).gap(1))
}

/// The sign, the name, and in front of everything else what must not be overlooked.
fn start(look: Look, panel: &Panel, name: usize) -> Words {
    let sign = signs::verdict(look, panel);
    let line = words(look).tone(sign.1, sign.0).gap(1).plain(left(&panel.name, name, look)).gap(1);
    // Whoever is between can hand out servers.
    if panel.tls_verified {
        line
    } else {
        line.tone(Tone::Bad, look.lang.say().tls_not_verified()).gap(1)
    }
}

fn table_line(state: &State, look: Look, panel: &Dated<Panel>, columns: Columns) -> Words {
    let Dated { value: panel, at } = panel;
    let line = start(look, panel, columns.name);
    if panel.state != PanelState::Reachable {
        return line.then(broken(state, look, panel));
    }
    let none = || look.glyphs.none.to_owned();
    let way = match columns.way {
        7 => said::short_way(look.lang, &panel.way),
        _ => said::way(look.lang, &panel.way),
    };
    let texts = [
        said::make(panel),
        way,
        said::login(look.lang, panel.login),
        panel.latency_ms.map_or_else(none, |value| format::took(look.lang, value)),
        panel.clients.map_or_else(none, |value| format::count(look.lang, value)),
        format::count(look.lang, panel.purchases),
    ];
    let line = line.then(cells(look, columns, texts, Tone::Dim)).gap(1);
    line.then(standing(state, look, panel, *at))
}

/// A panel on Overview, where no head says what a number is.
fn line(state: &State, look: Look, panel: &Dated<Panel>, width: usize) -> Words {
    let Dated { value: panel, at } = panel;
    let line = start(look, panel, if width < 60 { 10 } else { 13 });
    if panel.state != PanelState::Reachable {
        return line.then(broken(state, look, panel));
    }
    let latency = panel
        .latency_ms
        .map_or_else(|| look.glyphs.none.to_owned(), |value| format::took(look.lang, value));
    let make = left(&said::make(panel), 12, look);
    let line = if width < 60 { line } else { line.dim(make).gap(1) };
    let line = if width < 74 {
        line
    } else {
        line.dim(left(&said::short_way(look.lang, &panel.way), 7, look)).gap(1)
    };
    let count = if width < 66 {
        format::count(look.lang, panel.purchases)
    } else {
        look.lang.say().purchases(panel.purchases, format::count(look.lang, panel.purchases))
    };
    line.plain(right(&latency, 7, look))
        .gap(2)
        .plain(right(&count, if width < 66 { 6 } else { 15 }, look))
        .gap(2)
        .then(standing(state, look, panel, *at))
}

/// What the links of a panel that answers are worth: what is wrong with it, else their age.
fn standing(state: &State, look: Look, panel: &Panel, heard: Timestamp) -> Words {
    let say = look.lang.say();
    if let Some(trouble) = said::xray_trouble(look.lang, panel) {
        return words(look).tone(Tone::Bad, trouble);
    }
    if panel.login == Login::Refused {
        return words(look).tone(Tone::Bad, say.panel_login_refused());
    }
    let age = panel.oldest_ms.map(|age| state.clock.age(look.lang, heard, age));
    let line = match (panel.kept, age) {
        (0, Some(age)) => words(look).tone(Tone::Good, say.panel_fresh()).gap(1).plain(age),
        (0, None) => words(look).dim(say.panel_nothing_fetched()),
        (kept, age) => {
            let age = age.map(|age| format!(", {age}")).unwrap_or_default();
            words(look).tone(
                Tone::Warn,
                format!("{}{age}", say.panel_kept(format::count(look.lang, kept))),
            )
        }
    };
    if panel.login == Login::NoApi { line.dim(format!(", {}", say.login_no_api())) } else { line }
}

/// Since when a panel is not reachable, whom it keeps waiting, and why: the longest comes last.
fn broken(state: &State, look: Look, panel: &Panel) -> Words {
    let (now, zone) = (state.clock.now(), &state.clock.zone);
    let say = look.lang.say();
    let since = panel.since.filter(|_| panel.state != PanelState::Unknown).map(|since| {
        let is_today = format::is_same_day(since, now, zone);
        let age = state.clock.since(look.lang, since);
        if is_today {
            say.since(format::clock(look.lang, since, zone), age)
        } else {
            say.for_age(age)
        }
    });
    let line = words(look).plain(left(&since.unwrap_or_default(), 20, look)).gap(1);
    let line = match panel.kept {
        0 => line,
        kept => line
            .tone(Tone::Warn, right(&say.panel_kept(format::count(look.lang, kept)), 9, look))
            .gap(2),
    };
    line.plain(
        said::reason(look.lang, panel).unwrap_or_else(|| said::state(look.lang, panel.state)),
    )
}
