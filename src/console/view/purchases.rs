//! Purchases: the table, as far as the terminal reaches.
//!
//! ```text
//!    ID     USER        PANELS        LINKS  STATE             AGE   EXPIRES
//! ▌  1041   77          de-1, fr-2    3+2    ⚡ partial         3 h   2027-03-01
//!    1039   91          fr-2          4      ⚡ kept            3 h   2027-01-12
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::paint::{Canvas, Words, first_row, highlight, words};
use super::signs;
use crate::api::panels::PanelState;
use crate::api::purchases::Purchase;
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::filter::Column;
use crate::console::text::{left, right};
use crate::console::words as said;

/// Widths of the columns on this terminal; 0 is a column that is left out.
#[derive(Debug, Clone, Copy)]
struct Columns {
    id: usize,
    user: usize,
    panels: usize,
    profile: usize,
    links: usize,
    state: usize,
    age: usize,
    expires: usize,
    compared: usize,
}

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let columns = columns(usize::from(body.width));
    title(state, look).draw(buffer, body, 0);
    head(look, columns).draw(buffer, body, 1);
    let rows = Rect { y: body.y + 2, height: body.height.saturating_sub(2), ..body };
    let (table, say) = (&state.purchases, look.lang.say());
    if table.rows.len() == 0 {
        let text = match (table.rows.is_read(), table.filter.text.is_empty()) {
            (false, _) if table.rows.is_refused() || !state.connection.is_live() => {
                say.list_not_read()
            }
            (false, _) => say.list_reading(),
            (true, true) => say.list_empty(),
            (true, false) => say.list_no_match(),
        };
        return words(look).gap(3).dim(text).draw(buffer, rows, 0);
    }
    let first = first_row(table.rows.selected, table.rows.len(), usize::from(rows.height));
    for (row, index) in (0..rows.height).zip(first..table.rows.len()) {
        let selected = index == table.rows.selected;
        line(state, look, columns, table.rows.find(index), selected).draw(buffer, rows, row);
        if selected {
            highlight(buffer, rows, row, look.style(Tone::Title));
        }
    }
}

/// Why the selected purchase is not fresh: its panels that do not answer.
pub(super) fn why(state: &State, look: Look) -> Option<Words> {
    let purchase = &state.purchases.rows.find_selected()?.value;
    let broken = state.panels.iter().map(|panel| &panel.value).find(|panel| {
        panel.state != PanelState::Reachable && purchase.panels.contains(&panel.name)
    });
    let reason = broken.and_then(|panel| panel.reason.as_ref().map(|reason| (panel, reason)));
    let Some((panel, reason)) = reason else {
        return Some(quiet_why(state, look, purchase));
    };
    let since = panel
        .since
        .map(|since| format::moment(look.lang, since, state.clock.now(), &state.clock.zone));
    let (lang, say) = (look.lang, look.lang.say());
    let what = sentence(lang, reason, Some(&panel.name));
    let what = match since {
        Some(since) => say.why_since(what, since),
        None => what,
    };
    let mut text = format!("{}  {what}", purchase.id);
    if purchase.kept > 0 {
        let kept = say.links_are_kept(purchase.kept, format::count(lang, purchase.kept));
        text = format!("{text}: {kept}");
    }
    Some(words(look).plain(text))
}

/// What is worth knowing of a purchase whose panels all answer.
fn quiet_why(state: &State, look: Look, purchase: &Purchase) -> Words {
    let id = purchase.id;
    if let Some(note) = purchase.notes.first() {
        return words(look).plain(format!("{id}  {note}"));
    }
    let stopped = state.panels.iter().map(|panel| &panel.value).find_map(|panel| {
        let trouble = said::xray_trouble(look.lang, panel)?;
        purchase.panels.contains(&panel.name).then(|| format!("{}: {trouble}", panel.name))
    });
    if let Some(stopped) = stopped {
        return words(look).tone(Tone::Bad, format!("{id}  {stopped}"));
    }
    let panels = match purchase.panels.len() {
        0 => return words(look).dim(format!("{id}  {}", look.lang.say().has_no_panels())),
        1 => String::new(),
        _ => format!("{}   ", purchase.panels.join(", ")),
    };
    let compared = look.lang.say().compared_with_own(compared(state, look, purchase));
    words(look).dim(format!("{id}  {panels}{compared}"))
}

/// `3 h ago`, `never`: when its links were last compared with its own subscription.
fn compared(state: &State, look: Look, row: &Purchase) -> String {
    let say = look.lang.say();
    row.compared_at.map_or_else(|| say.never(), |at| say.ago(state.clock.since(look.lang, at)))
}

fn title(state: &State, look: Look) -> Words {
    let (table, say) = (&state.purchases, look.lang.say());
    let column = table.sort.column.said(say);
    let arrow = look.glyphs.order[usize::from(table.sort.down)];
    let mut line = words(look).gap(1).tone(Tone::Title, say.screen_purchases());
    if let Some(health) = &state.health {
        line = line
            .gap(3)
            .plain(say.active_count(format::count(look.lang, health.value.purchases.active)));
    }
    line = line.gap(3).dim(format!("{} ", say.sort())).plain(format!("{column} {arrow}"));
    if !table.filter.text.is_empty() {
        line = line
            .gap(3)
            .dim(format!("{} ", say.filter()))
            .tone(Tone::Warn, table.filter.text.clone());
    }
    let line = match table.rows.total {
        Some(total) => line.gap(3).plain(say.listed_count(format::count(look.lang, total))),
        None => line,
    };
    match table.marked() {
        0 => line,
        marked => line
            .gap(3)
            .tone(Tone::Key, look.lang.say().marked_count(format::count(look.lang, marked))),
    }
}

fn columns(width: usize) -> Columns {
    let wide = width >= 100;
    let mut columns = Columns {
        id: 7,
        user: if width < 60 { 0 } else { 11 },
        panels: 0,
        profile: if wide { 14 } else { 0 },
        links: if width < 50 { 0 } else { 5 },
        state: match width {
            0..60 => 12,
            60..76 => 14,
            _ => 16,
        },
        age: 8,
        expires: if width < 72 { 0 } else { 11 },
        compared: if wide { 10 } else { 0 },
    };
    let fixed = [
        columns.id,
        columns.user,
        columns.profile,
        columns.links,
        columns.state,
        columns.age,
        columns.expires,
        columns.compared,
    ];
    let taken: usize = fixed.iter().map(|cells| cells + usize::from(*cells > 0)).sum();
    columns.panels = width.saturating_sub(taken + 4);
    columns
}

fn head(look: Look, columns: Columns) -> Words {
    let say = look.lang.say();
    let names = [
        say.column_id(),
        say.column_user(),
        say.column_panels(),
        say.column_profile(),
        say.column_links(),
    ];
    let row = cells(look, columns, names);
    let rest = words(look)
        .plain(left(&say.column_state(), columns.state, look))
        .gap(1)
        .plain(right(&say.column_age(), columns.age - 2, look))
        .gap(3)
        .plain(left(&say.column_expires(), columns.expires, look))
        .gap(1)
        .plain(left(&say.column_compared(), columns.compared, look));
    words(look).gap(3).then(row).then(rest)
}

fn line(
    state: &State,
    look: Look,
    columns: Columns,
    row: Option<&Dated<Purchase>>,
    selected: bool,
) -> Words {
    let marker = if selected { look.glyphs.marker } else { " " };
    let start = words(look).tone(Tone::Key, marker);
    let Some(Dated { value: row, at }) = row else {
        return start.gap(2).dim(look.glyphs.cut);
    };
    let mark = if state.purchases.marks.has(row.id) { look.glyphs.good } else { " " };
    let start = start.tone(Tone::Key, mark).gap(1);
    let none = || look.glyphs.none.to_owned();
    let fresh = row.links.saturating_sub(row.kept);
    let links = match (fresh, row.kept) {
        (0, _) | (_, 0) => row.links.to_string(),
        (fresh, kept) => format!("{fresh}+{kept}"),
    };
    let texts = [
        row.id.to_string(),
        row.user.map_or_else(none, |user| user.to_string()),
        if row.panels.is_empty() { none() } else { row.panels.join(", ") },
        row.profile.clone().unwrap_or_else(none),
        links,
    ];
    let (sign, word) = signs::purchase(look, row.state);
    let word = left(&word, columns.state - sign.0.width() - 1, look);
    let age = row.age_ms.map_or_else(none, |age| state.clock.age(look.lang, *at, age));
    let expires = format::expiry(look.lang, row.expires_at, state.clock.now(), &state.clock.zone);
    start
        .then(cells(look, columns, texts))
        .sign(sign, word)
        .gap(1)
        .plain(right(&age, columns.age - 2, look))
        .gap(3)
        .plain(left(&expires, columns.expires, look))
        .gap(1)
        .dim(left(&compared(state, look, row), columns.compared, look))
}

/// Which column of the table stands at cell `x` of a row of `width` cells.
pub(super) fn find_column(width: usize, x: usize) -> Option<Column> {
    let columns = columns(width);
    let cells = [
        (Column::Id, columns.id),
        (Column::User, columns.user),
        (Column::Panels, columns.panels),
        (Column::Profile, columns.profile),
        (Column::Links, columns.links),
        (Column::State, columns.state),
        (Column::Age, columns.age),
        (Column::Expires, columns.expires),
        (Column::Compared, columns.compared),
    ];
    let mut from = 3;
    cells.into_iter().filter(|(_, cells)| *cells > 0).find_map(|(column, cells)| {
        from += cells + 1;
        (x < from).then_some(column)
    })
}

/// The first five columns, without those that are left out.
fn cells(look: Look, columns: Columns, texts: [String; 5]) -> Words {
    let widths = [columns.id, columns.user, columns.panels, columns.profile, columns.links];
    widths
        .into_iter()
        .zip(texts)
        .filter(|(width, _)| *width > 0)
        .fold(words(look), |line, (width, text)| line.plain(left(&text, width, look)).gap(1))
}
