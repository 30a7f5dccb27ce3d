//! A job as a sheet: its counters, what the guard says, by panel, by cause, and room for its items.
//! Shared by Update and by the job's own screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, bar, boxed, draw_lines, rule, words};
use super::{jobs, signs};
use crate::api::jobs::{Job, JobPanel, Outcome};
use crate::api::panels::{BreakerState, Fallback};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::text::{left, right};
use crate::console::words as said;

/// What is on the sheet.
pub(super) struct Sheet<'a> {
    /// The job.
    pub(super) job: &'a Dated<Job>,
    /// What stands above its items.
    pub(super) items: Words,
}

/// Draws all but the items; returns where these stand.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State, sheet: &Sheet<'_>) -> Rect {
    let Canvas { body, look, .. } = canvas;
    let headline = jobs::headline_of(state, look, sheet.job);
    let area = if canvas.is_wide {
        boxed(buffer, body, headline)
    } else {
        headline.draw(buffer, Rect { x: 1, width: body.width - 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    let (job, width) = (&sheet.job.value, usize::from(area.width));
    jobs::progress(state, look, job, width).draw(buffer, area, 0);
    jobs::counters(look, job, width).draw(buffer, area, 1);
    let mut row = 2;
    for line in warnings(look, job) {
        line.draw(buffer, area, row);
        row += 1;
    }
    let below = Rect { y: area.y + row, height: area.height.saturating_sub(row), ..area };
    if canvas.is_wide {
        draw_wide(buffer, body, below, state, sheet, look)
    } else {
        draw_narrow(buffer, below, state, sheet, look)
    }
}

/// What the guard has to say, and why the job is not done.
fn warnings(look: Look, job: &Job) -> Vec<Words> {
    let mut lines = Vec::new();
    if let Some(reason) = &job.reason {
        lines.push(words(look).tone(Tone::Bad, sentence(look.lang, reason, None)));
    }
    if job.held > 0 {
        let say = look.lang.say();
        let text = say.held(job.held, format::count(look.lang, job.held));
        let line = words(look).tone(Tone::Warn, text);
        lines.push(if job.state.is_final() {
            line.plain("; ").tone(Tone::Key, say.force_offer())
        } else {
            line
        });
    }
    lines
}

/// The three parts below the counters, on a terminal that has room. Returns where the items stand.
fn draw_wide(
    buffer: &mut Buffer,
    frame: Rect,
    area: Rect,
    state: &State,
    sheet: &Sheet<'_>,
    look: Look,
) -> Rect {
    let job = &sheet.job.value;
    let most = panel_rows(state, job).max(job.causes.len()).clamp(1, 10);
    // A fallback in one line needs a little more than a cause does.
    let half = frame.width * 11 / 20;
    let rows = u16::try_from(most).unwrap_or(10).min(area.height.saturating_sub(5));
    let [tee_left, tee_right, tee_top, tee_bottom] = look.glyphs.tees;
    let title = |text: String| words(look).tone(Tone::Title, text);
    let across = |y| Rect { x: frame.x + 1, y, width: frame.width - 2, height: 1 };
    let mut joint = |x: u16, y: u16, sign: &str| {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_symbol(sign).set_style(look.style(Tone::Dim));
        }
    };
    let (top, bottom) = (area.y, area.y + rows + 1);
    for y in [top, bottom] {
        joint(frame.x, y, tee_left);
        joint(frame.right() - 1, y, tee_right);
    }
    for y in top + 1..bottom {
        joint(half, y, look.glyphs.border.vertical_left);
    }
    rule(buffer, across(top), 0, title(look.lang.say().by_panel()));
    rule(buffer, across(bottom), 0, sheet.items.clone());
    let causes = Rect { x: half + 1, y: top, width: frame.right() - half - 2, height: 1 };
    rule(buffer, causes, 0, title(look.lang.say().by_cause()));
    for (y, sign) in [(top, tee_top), (bottom, tee_bottom)] {
        if let Some(cell) = buffer.cell_mut((half, y)) {
            cell.set_symbol(sign);
        }
    }
    let panels = Rect { y: top + 1, width: half - area.x, height: rows, ..area };
    draw_panels(buffer, panels, state, look, job);
    let causes = Rect { x: half + 2, y: top + 1, width: frame.right() - half - 3, height: rows };
    draw_causes(buffer, causes, look, job);
    Rect { y: bottom + 1, height: area.bottom().saturating_sub(bottom + 1), ..area }
}

fn draw_narrow(
    buffer: &mut Buffer,
    area: Rect,
    state: &State,
    sheet: &Sheet<'_>,
    look: Look,
) -> Rect {
    let job = &sheet.job.value;
    let room = area.height.saturating_sub(6);
    let fit = |len: usize, most: u16| u16::try_from(len).unwrap_or(u16::MAX).min(most);
    let causes = fit(job.causes.len(), 3).min(room / 3);
    let panels = fit(panel_rows(state, job), 5).min((room - causes) * 3 / 4);
    let mut y = area.y;
    let mut section = |buffer: &mut Buffer, title: Words, rows: u16| {
        let across = Rect { x: area.x - 1, y, width: area.width + 1, height: 1 };
        rule(buffer, across, 0, title);
        let inner =
            Rect { y: y + 1, height: rows.min(area.bottom().saturating_sub(y + 1)), ..area };
        y = inner.bottom();
        inner
    };
    let title = |text: String| words(look).tone(Tone::Title, text);
    if panels > 0 {
        let inner = section(buffer, title(look.lang.say().by_panel()), panels);
        draw_panels(buffer, inner, state, look, job);
    }
    if causes > 0 {
        let inner = section(buffer, title(look.lang.say().by_cause()), causes);
        draw_causes(buffer, inner, look, job);
    }
    section(buffer, sheet.items.clone(), u16::MAX)
}

/// Rows that the panels of the job fill where there is room: one each, and one a fallback.
fn panel_rows(state: &State, job: &Job) -> usize {
    job.panels.iter().map(|panel| 1 + fallbacks(state, job, &panel.name).len()).sum()
}

/// Inbounds of a panel that are read client by client: known of the last job only.
fn fallbacks<'a>(state: &'a State, job: &Job, name: &str) -> &'a [Fallback] {
    if state.job.job.as_ref().is_none_or(|last| last.value.id != job.id) {
        return &[];
    }
    let known = state.panels.iter().find(|panel| panel.value.name == name);
    known.map_or(&[], |panel| &panel.value.fallbacks)
}

/// The panels of the job: those in trouble first, then those at work, then the rest.
fn draw_panels(buffer: &mut Buffer, area: Rect, state: &State, look: Look, job: &Job) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut panels: Vec<_> = job.panels.iter().collect();
    if panel_rows(state, job) > height {
        panels.sort_by_key(|panel| {
            let trouble = panel.left_out.is_some() || panel.breaker.state == BreakerState::Open;
            let falls_back = !fallbacks(state, job, &panel.name).is_empty();
            (!trouble, !falls_back, panel.done >= panel.total)
        });
    }
    let mut lines = Vec::new();
    for panel in panels {
        lines.push(panel_line(state, look, panel, width));
        lines.extend(fallbacks(state, job, &panel.name).iter().map(|one| {
            // Below its panel's row; where there is room the name is said again.
            let name = if width < 70 { "" } else { panel.name.as_str() };
            words(look)
                .gap(1)
                .tone(Tone::Warn, name)
                .gap(1)
                .tone(Tone::Warn, said::fallback(look.lang, one))
        }));
    }
    let shown = if lines.len() > height { height.saturating_sub(1) } else { height };
    let rest = lines.len().saturating_sub(shown);
    draw_lines(buffer, Rect { height: area.height.min(rows(shown)), ..area }, lines);
    if rest > 0 {
        let last = area.height.saturating_sub(1);
        words(look)
            .dim(look.lang.say().more_lines(format::count(look.lang, rest as u64)))
            .draw(buffer, area, last);
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn panel_line(state: &State, look: Look, panel: &JobPanel, width: usize) -> Words {
    let say = look.lang.say();
    let name = 12.min(width / 4);
    let line = words(look).plain(left(&panel.name, name, look)).gap(1);
    if let Some(reason) = &panel.left_out {
        return line
            .tone(Tone::Bad, say.left_out())
            .plain(format!(": {}", sentence(look.lang, reason, Some(&panel.name))));
    }
    let count = |number| format::plain(look.lang, number);
    let count = format!("{}/{}", count(panel.done), count(panel.total));
    match (panel.breaker.state, panel.breaker.retry_at) {
        (BreakerState::Open, Some(at)) if at > state.clock.now() && state.connection.is_live() => {
            let left = format::between(state.clock.now(), at).div_ceil(1_000) * 1_000;
            let text = say.breaker_open_next(format::seconds(look.lang, left));
            line.tone(Tone::Warn, text).gap(2).dim(count)
        }
        (BreakerState::Open, _) => line.tone(Tone::Warn, say.job_breaker_open()).gap(2).dim(count),
        (BreakerState::HalfOpen, _) => {
            line.tone(Tone::Warn, say.job_breaker_half_open()).gap(2).dim(count)
        }
        (BreakerState::Closed, _) => {
            let latency = panel.latency_ms.map_or_else(
                || look.glyphs.none.to_owned(),
                |value| format::took(look.lang, value),
            );
            let way = if width < 52 { 0 } else { 7 };
            let cells = width.saturating_sub(name + 24 + way).min(16);
            line.then(bar(look, cells, panel.done, panel.total))
                .gap(1)
                .plain(right(&count, 11, look))
                .gap(1)
                .plain(right(&latency, 8, look))
                .gap(1)
                .dim(left(&said::short_way(look.lang, &panel.way), way, look))
        }
    }
}

fn draw_causes(buffer: &mut Buffer, area: Rect, look: Look, job: &Job) {
    if job.causes.is_empty() {
        return words(look).dim(look.lang.say().nothing_wrong()).draw(buffer, area, 0);
    }
    for (row, cause) in (0..).zip(job.causes.iter().take(usize::from(area.height))) {
        let (sign, _) = signs::outcome(look, Outcome::Failed, Some(cause.count_as));
        words(look)
            .plain(right(&format::count(look.lang, cause.items), 5, look))
            .gap(1)
            .sign(sign, sentence(look.lang, &cause.reason, None))
            .draw(buffer, area, row);
    }
}
