//! Update: the running job, else the last one.
//!
//! ```text
//! ┌ Update #43   running   by ali   12 s, about 11 s left ──────────────────┐
//! │ ███████████████░░░░░░░░░░░░░░   612 / 1 204   51 %   49.8 /s            │
//! │ ✔ Success 598    ✖ Failed 2    ⚡ Connection error 12    Σ Total 1 204  │
//! ├ By panel ───────────────────────┬ By cause ────────────────────────────┤
//! │ de-1  ███ 402/402  41 ms links  │ 12  fr-2 refused the connection      │
//! │  nl-1 inbound 3 NL-VMess: one … │                                      │
//! ├ Items ──────────────────────────┴──────────────────────────────────────┤
//! │ 14:03:12  #1042  user 5512  de-1        ✔ updated    5 links   38 ms    │
//! └────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::paint::{Canvas, Words, bar, boxed, draw_lines, first_row, highlight, rule, words};
use super::{jobs, signs};
use crate::api::jobs::{Item, Job, JobPanel, Outcome};
use crate::api::panels::{BreakerState, Fallback};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::State;
use crate::console::state::link::Bandwidth;
use crate::console::state::purchases::kept_links;
use crate::console::text::{left, right};
use crate::console::words as said;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let say = look.lang.say();
    let Some(job) = state.job.job.as_ref().map(|job| &job.value) else {
        words(look).gap(1).tone(Tone::Title, say.no_update_yet()).draw(buffer, body, 1);
        return words(look).gap(1).dim(say.update_offer()).draw(buffer, body, 2);
    };
    let area = if canvas.is_wide {
        boxed(buffer, body, jobs::headline(state, look))
    } else {
        jobs::headline(state, look).draw(buffer, Rect { x: 1, width: body.width - 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    let width = usize::from(area.width);
    jobs::progress(state, look, job, width).draw(buffer, area, 0);
    jobs::counters(look, job, width).draw(buffer, area, 1);
    let mut row = 2;
    for line in warnings(look, job) {
        line.draw(buffer, area, row);
        row += 1;
    }
    let below = Rect { y: area.y + row, height: area.height.saturating_sub(row), ..area };
    if canvas.is_wide {
        draw_wide(buffer, body, below, state, look, job);
    } else {
        draw_narrow(buffer, below, state, look, job);
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

fn draw_wide(buffer: &mut Buffer, frame: Rect, area: Rect, state: &State, look: Look, job: &Job) {
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
    rule(buffer, across(bottom), 0, items_title(state, look));
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
    let items = Rect { y: bottom + 1, height: area.bottom().saturating_sub(bottom + 1), ..area };
    draw_items(buffer, items, state, look);
}

fn draw_narrow(buffer: &mut Buffer, area: Rect, state: &State, look: Look, job: &Job) {
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
    let inner = section(buffer, items_title(state, look), u16::MAX);
    draw_items(buffer, inner, state, look);
}

/// Rows that the panels of the job fill where there is room: one each, and one a fallback.
fn panel_rows(state: &State, job: &Job) -> usize {
    job.panels.iter().map(|panel| 1 + fallbacks(state, &panel.name).len()).sum()
}

/// Inbounds of a panel that are read client by client.
fn fallbacks<'a>(state: &'a State, name: &str) -> &'a [Fallback] {
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
            let falls_back = !fallbacks(state, &panel.name).is_empty();
            (!trouble, !falls_back, panel.done >= panel.total)
        });
    }
    let mut lines = Vec::new();
    for panel in panels {
        lines.push(panel_line(state, look, panel, width));
        lines.extend(fallbacks(state, &panel.name).iter().map(|one| {
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

fn items_title(state: &State, look: Look) -> Words {
    let title = words(look).tone(Tone::Title, look.lang.say().items()).gap(3);
    if state.job.failed_only {
        title.tone(Tone::Warn, look.lang.say().items_failed_only())
    } else {
        title.dim(look.lang.say().items_newest_first())
    }
}

fn draw_items(buffer: &mut Buffer, area: Rect, state: &State, look: Look) {
    if state.link.bandwidth == Bandwidth::Low
        && !state.job.failed_only
        && state.job.find_running().is_some()
    {
        return words(look).dim(look.lang.say().items_on_slow_line()).draw(buffer, area, 0);
    }

    let say = look.lang.say();
    let items = state.job.shown();
    if items.is_empty() {
        let text = if state.job.failed_only { say.none_failed() } else { say.none_ended() };
        return words(look).dim(text).draw(buffer, area, 0);
    }
    let height = usize::from(area.height);
    let first = first_row(state.job.selected, items.len(), height);
    for (row, (index, item)) in (0..).zip(items.iter().enumerate().skip(first).take(height)) {
        item_line(state, look, item, usize::from(area.width)).draw(buffer, area, row);
        if index == state.job.selected {
            highlight(buffer, area, row, look.style(Tone::Selected));
        }
    }
}

fn item_line(state: &State, look: Look, item: &Item, width: usize) -> Words {
    let wide = width >= 95;
    let at = item.finished_at.map(|at| format::clock_seconds(look.lang, at, &state.clock.zone));
    let user = item.user.map_or_else(|| look.glyphs.none.to_owned(), |user| user.to_string());
    let panels: Vec<&str> = item.panels.iter().map(|panel| panel.name.as_str()).collect();
    let mut line = words(look).plain(left(&at.unwrap_or_default(), 8, look)).gap(1);
    line = line.plain(left(&format!("#{}", item.purchase_id), 8, look)).gap(1);
    if wide {
        line = line.plain(left(&look.lang.say().user(user), 16, look)).gap(1);
    } else if width >= 76 {
        line = line.plain(left(&user, 11, look)).gap(1);
    }
    let cells = if wide { 22 } else { width.saturating_sub(58).clamp(6, 12) };
    line = line.plain(left(&panels.join(", "), cells, look)).gap(1);
    let Some(outcome) = item.outcome else { return line.dim(look.lang.say().outcome_open()) };
    let (sign, word) = signs::outcome(look, outcome, item.count_as);
    let line = line.sign(sign, left(&word, 12 - sign.0.width(), look)).gap(1);
    line.then(result(look, item))
}

/// `5 links   38 ms`, `3 fresh, 2 kept (3 h)`, or the reason.
fn result(look: Look, item: &Item) -> Words {
    let say = look.lang.say();
    let count = |number| format::count(look.lang, number);
    let kept = kept_links(item);
    let fresh = item.links.saturating_sub(kept);
    let age = item.panels.iter().filter_map(|panel| panel.age_ms).max();
    let age = age.filter(|_| kept > 0).map(|age| format!(" ({})", format::age(look.lang, age)));
    let age = age.unwrap_or_default();
    let took = item.took_ms.map(|value| format::took(look.lang, value)).unwrap_or_default();
    match item.outcome {
        Some(Outcome::Updated | Outcome::Unchanged) => {
            let links = say.links(item.links, count(item.links));
            words(look).plain(left(&links, 9, look)).gap(1).dim(took)
        }
        Some(Outcome::Partial) => {
            words(look).plain(format!("{}{age}", say.fresh_and_kept(count(fresh), count(kept))))
        }
        Some(Outcome::Kept) => {
            words(look).plain(format!("{}{age}", say.only_kept(count(item.links))))
        }
        Some(Outcome::Failed) | None => words(look).plain(
            item.reason
                .as_ref()
                .map(|reason| sentence(look.lang, reason, None))
                .unwrap_or_default(),
        ),
    }
}
