//! The last jobs, newest first.
//!
//! ```text
//!    ID  WHEN              WHAT                 STATE       OK  FAILED  CONN.      TIME    FLOOR
//! ▌  43  14:03             Update all           running    598       2     12      12 s
//!    42  13:20             Update, 3 purchases  done         3       0      0     3.1 s    2.6 s
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, first_row, highlight, words};
use super::{jobs, signs};
use crate::api::jobs::Job;
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::job::elapsed_ms;
use crate::console::text::{left, right};

/// Widths of the columns on this terminal; 0 is a column that is left out.
#[derive(Debug, Clone, Copy)]
struct Columns {
    id: usize,
    when: usize,
    by: usize,
    what: usize,
    state: usize,
    count: usize,
    total: usize,
    time: usize,
    floor: usize,
}

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let say = look.lang.say();
    let count = state.jobs.len() as u64;
    let title = words(look).gap(1).tone(Tone::Title, say.screen_jobs());
    let title = match &state.jobs.rows {
        Some(_) => title.gap(3).plain(say.jobs_kept(count, format::count(look.lang, count))),
        None => title,
    };
    title.draw(buffer, body, 0);
    let rows = Rect { y: body.y + 2, height: body.height.saturating_sub(2), ..body };
    let Some(listed) = state.jobs.rows.as_ref().filter(|listed| !listed.is_empty()) else {
        let text = match (&state.jobs.refused, &state.jobs.rows) {
            (Some(why), None) => say.jobs_not_read(why),
            (None, None) if !state.connection.is_live() => say.list_not_read(),
            (None, None) => say.list_reading(),
            (_, Some(_)) => say.no_update_yet(),
        };
        return words(look).gap(3).dim(text).draw(buffer, rows, 0);
    };
    // Newest first: no other id is longer.
    let digits = listed.first().map_or(0, |job| job.value.id.to_string().len());
    let columns = columns(usize::from(body.width), digits);
    head(look, columns).draw(buffer, body, 1);
    let height = usize::from(rows.height);
    let first = first_row(state.jobs.selected, listed.len(), height);
    for (row, (index, job)) in (0..).zip(listed.iter().enumerate().skip(first).take(height)) {
        let selected = index == state.jobs.selected;
        line(state, look, columns, job, selected).draw(buffer, rows, row);
        if selected {
            highlight(buffer, rows, row, look.style(Tone::Title));
        }
    }
}

fn columns(width: usize, digits: usize) -> Columns {
    let from = |least: usize, cells: usize| if width < least { 0 } else { cells };
    let mut columns = Columns {
        id: digits.max(4),
        when: if width < 100 { 10 } else { 16 },
        by: from(110, 12),
        what: 0,
        state: 10,
        count: from(60, 6),
        total: from(110, 8),
        time: from(72, 8),
        floor: from(100, 8),
    };
    let fixed = [columns.id, columns.when, columns.by, columns.state, columns.total];
    let fixed = fixed.into_iter().chain([columns.count; 3]).chain([columns.time, columns.floor]);
    let taken: usize = fixed.map(|cells| cells + usize::from(cells > 0)).sum();
    columns.what = width.saturating_sub(taken + 4).min(48);
    columns
}

fn head(look: Look, columns: Columns) -> Words {
    let say = look.lang.say();
    let numbers = [
        say.column_success(),
        say.column_failed(),
        say.column_connection(),
        say.column_total(),
        say.column_took(),
        say.column_floor(),
    ];
    let texts = [say.column_when(), say.column_by(), say.column_what()];
    let line = words(look).gap(3).plain(right(&say.column_id(), columns.id, look)).gap(1);
    line.then(cells(look, columns, texts, &say.column_state(), Tone::Plain, numbers))
}

fn cells(
    look: Look,
    columns: Columns,
    [when, by, what]: [String; 3],
    state: &str,
    tone: Tone,
    [success, failed, connection, total, took, floor]: [String; 6],
) -> Words {
    let cells = [
        (columns.when, left(&when, columns.when, look), Tone::Plain),
        (columns.by, left(&by, columns.by, look), Tone::Plain),
        (columns.what, left(&what, columns.what, look), Tone::Plain),
        (columns.state, left(state, columns.state, look), tone),
        (columns.count, right(&success, columns.count, look), Tone::Plain),
        (columns.count, right(&failed, columns.count, look), Tone::Plain),
        (columns.count, right(&connection, columns.count, look), Tone::Plain),
        (columns.total, right(&total, columns.total, look), Tone::Plain),
        (columns.time, right(&took, columns.time, look), Tone::Plain),
        (columns.floor, right(&floor, columns.floor, look), Tone::Dim),
    ];
    let shown = cells.into_iter().filter(|(width, ..)| *width > 0);
    shown.fold(words(look), |line, (_, text, tone)| line.tone(tone, text).gap(1))
}

fn line(state: &State, look: Look, columns: Columns, job: &Dated<Job>, selected: bool) -> Words {
    let lang = look.lang;
    let elapsed = elapsed_ms(job, &state.clock, state.connection.is_live());
    let Dated { value: job, .. } = job;
    let marker = if selected { look.glyphs.marker } else { " " };
    let when = job.started_at.or(job.finished_at);
    let when = when.map(|at| match columns.when {
        16 => format::moment(lang, at, state.clock.now(), &state.clock.zone),
        _ if format::is_same_day(at, state.clock.now(), &state.clock.zone) => {
            format::clock(lang, at, &state.clock.zone)
        }
        _ => format::date(lang, at, &state.clock.zone),
    });
    let (tone, word) = signs::job(look, job.state);
    let none = || look.glyphs.none.to_owned();
    let count = |number| format::count(lang, number);
    let numbers = [
        count(job.success),
        count(job.failed),
        count(job.connection_error),
        count(job.total),
        if job.state.is_final() {
            format::took(lang, elapsed)
        } else {
            format::seconds(lang, elapsed)
        },
        job.floor_ms.map_or_else(none, |floor| format::took(lang, floor)),
    ];
    let start = words(look).tone(Tone::Key, marker).gap(2);
    let start = start.plain(right(&job.id.to_string(), columns.id, look)).gap(1);
    let texts = [when.unwrap_or_else(none), job.by.clone(), jobs::scope(look, job)];
    start.then(cells(look, columns, texts, &word, tone, numbers))
}
