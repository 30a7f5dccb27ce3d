//! A job beside the last one of its kind: counts and times, and who fails now or does no more.
//!
//! ```text
//! Update all                #43          #42
//! state                    done         done
//! failed                      2            0          +2
//! ── 2 newly fail   1 recovered   1 fails in both ──────────
//! ✖ #1041  user 77   updated -> failed   nl-1 does not know this subscription id
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::paint::{Canvas, Words, boxed, first_row, highlight, rule, words};
use super::{jobs, signs};
use crate::api::compare::{Changed, Comparison, Difference};
use crate::api::jobs::{Job, Outcome};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::State;
use crate::console::state::history::Beside;
use crate::console::text::{left, right};
use crate::console::words as said;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let Some(open) = &state.opened_job else { return };
    let say = look.lang.say();
    let Some(found) = &open.beside.found else {
        let text = open.beside.refused.clone().unwrap_or_else(|| say.compare_reading());
        return words(look).gap(1).plain(text).draw(buffer, body, 1);
    };
    let found = &found.value;
    let title = words(look)
        .tone(Tone::Title, say.compare_title(found.job.id, found.with.id))
        .gap(3)
        .dim(jobs::kind(look, &found.job));
    let area = if canvas.is_wide {
        boxed(buffer, body, title)
    } else {
        title.draw(buffer, Rect { x: 1, width: body.width - 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    let mut row = 0;
    // On a small terminal the purchases matter more than the times.
    let room = area.height.saturating_sub(4);
    for line in numbers(state, look, found).into_iter().take(usize::from(room)) {
        line.draw(buffer, area, row);
        row += 1;
    }
    let across = if canvas.is_wide {
        let y = area.y + row;
        let [tee_left, tee_right, ..] = look.glyphs.tees;
        for (x, sign) in [(body.x, tee_left), (body.right() - 1, tee_right)] {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_symbol(sign).set_style(look.style(Tone::Dim));
            }
        }
        Rect { x: body.x + 1, width: body.width - 2, ..area }
    } else {
        body
    };
    let across = Rect { y: area.y + row, height: 1, ..across };
    rule(buffer, across, 0, differences(look, found));
    let below = Rect { y: area.y + row + 1, height: area.height.saturating_sub(row + 1), ..area };
    draw_changed(buffer, below, look, &open.beside, found);
}

/// `2 newly fail   1 recovered   1 fails in both`.
fn differences(look: Look, found: &Comparison) -> Words {
    let (lang, say) = (look.lang, look.lang.say());
    let count = |number| format::count(lang, number);
    let quiet = |number: u64, tone| if number == 0 { Tone::Dim } else { tone };
    let Comparison { newly_failing, recovered, still_failing, unknown, .. } = found;
    let line = words(look)
        .tone(
            quiet(*newly_failing, Tone::Bad),
            say.newly_failing(*newly_failing, count(*newly_failing)),
        )
        .gap(3)
        .tone(quiet(*recovered, Tone::Good), say.recovered(*recovered, count(*recovered)))
        .gap(3)
        .tone(
            quiet(*still_failing, Tone::Warn),
            say.still_failing(*still_failing, count(*still_failing)),
        );
    match unknown {
        0 => line,
        unknown => line.gap(3).dim(say.compare_unknown(*unknown, count(*unknown))),
    }
}

/// Counts and times of both, side by side, with what lies between.
fn numbers(state: &State, look: Look, found: &Comparison) -> Vec<Words> {
    let (lang, say) = (look.lang, look.lang.say());
    let Comparison { job, with, .. } = found;
    let (now, zone) = (state.clock.now(), &state.clock.zone);
    let when = |job: &Job| {
        let at = job.started_at.or(job.finished_at);
        at.map_or_else(|| look.glyphs.none.to_owned(), |at| format::moment(lang, at, now, zone))
    };
    let word = |job: &Job| signs::job(look, job.state).1;
    let floor = |job: &Job| {
        job.floor_ms.map_or_else(|| look.glyphs.none.to_owned(), |ms| format::took(lang, ms))
    };
    let text = |label: String, of: &dyn Fn(&Job) -> String| {
        row(look, &label, [of(job), of(with)], String::new())
    };
    let count = |label: String, of: &dyn Fn(&Job) -> u64| {
        let values = [of(job), of(with)];
        row(look, &label, values.map(|value| format::count(lang, value)), between(look, values))
    };
    vec![
        row(look, "", [job, with].map(|job| format!("#{}", job.id)), String::new()),
        count(say.beside_success(), &|job| job.success),
        count(say.beside_failed(), &|job| job.failed),
        count(say.beside_connection(), &|job| job.connection_error),
        count(say.beside_total(), &|job| job.total),
        text(say.beside_time(), &|job| format::took(lang, job.elapsed_ms)),
        text(say.beside_floor(), &floor),
        text(say.beside_state(), &word),
        text(say.beside_started(), &when),
        text(say.beside_by(), &|job| job.by.clone()),
    ]
}

fn row(look: Look, label: &str, [now, before]: [String; 2], between: String) -> Words {
    words(look)
        .dim(left(label, 18, look))
        .plain(right(&now, 16, look))
        .plain(right(&before, 17, look))
        .gap(2)
        .dim(between)
}

/// `+2`, `-24`; empty where both are the same.
fn between(look: Look, [now, before]: [u64; 2]) -> String {
    let sign = if now < before { "-" } else { "+" };
    match now.abs_diff(before) {
        0 => String::new(),
        difference => format!("{sign}{}", format::count(look.lang, difference)),
    }
}

fn draw_changed(buffer: &mut Buffer, area: Rect, look: Look, beside: &Beside, found: &Comparison) {
    let (rows, say) = (beside.changed(), look.lang.say());
    if rows.is_empty() {
        return words(look).dim(say.compare_nothing()).draw(buffer, area, 0);
    }
    let rest = found.changed.total.unwrap_or(0).saturating_sub(rows.len() as u64);
    let mut height = area.height;
    if rest > 0 && height > 1 {
        height -= 1;
        let text = say.compare_more(rest, format::count(look.lang, rest));
        words(look).dim(text).draw(buffer, area, height);
    }
    let height = usize::from(height);
    let first = first_row(beside.selected, rows.len(), height);
    for (row, (index, changed)) in (0..).zip(rows.iter().enumerate().skip(first).take(height)) {
        line(look, changed, usize::from(area.width)).draw(buffer, area, row);
        if index == beside.selected {
            highlight(buffer, area, row, look.style(Tone::Selected));
        }
    }
}

fn line(look: Look, changed: &Changed, width: usize) -> Words {
    let (lang, say) = (look.lang, look.lang.say());
    let (sign, tone, word) = match changed.difference {
        Difference::NewlyFailing => (look.glyphs.bad, Tone::Bad, say.fails_now()),
        Difference::Recovered => (look.glyphs.good, Tone::Good, say.recovered_now()),
    };
    let outcome = |outcome: Option<Outcome>| {
        outcome.map_or_else(|| say.outcome_unchanged(), |outcome| said::outcome(lang, outcome))
    };
    let user = changed.user.map_or_else(|| look.glyphs.none.to_owned(), |user| user.to_string());
    let mut line = words(look)
        .sign((sign, tone), left(&word, 12 - sign.width(), look))
        .gap(1)
        .plain(left(&format!("#{}", changed.purchase_id), 8, look))
        .gap(1);
    if width >= 76 {
        line = line.plain(left(&user, 12, look)).gap(1);
    }
    let ends = format!("{} -> {}", outcome(changed.outcome_before), outcome(changed.outcome));
    let line = line.plain(left(&ends, 24, look)).gap(1);
    match &changed.reason {
        Some(reason) => line.dim(sentence(lang, reason, None)),
        None => line,
    }
}
