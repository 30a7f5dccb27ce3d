//! A job in few lines: its headline, its bar, its counters. Shared by Overview and Update.
//!
//! ```text
//! Update all #43   running   by ali   12 s, about 11 s left
//! ██████████░░░░░░░░░░   612 / 1 204   51 %   49.8 /s
//! ✔ Success 598   ✖ Failed 2   ⚡ Connection error 12   Σ Total 1 204
//! ```

use super::paint::{Words, bar, words};
use super::signs;
use crate::api::jobs::{Job, JobState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::job::{elapsed_ms, rate_and_left_ms};
use crate::console::state::link::Bandwidth;

/// `Last update #42   13:20   by ali   1 204 in 3.1 s (floor 2.6 s)`, or the running one's.
pub(super) fn headline(state: &State, look: Look) -> Words {
    let Some(job) = &state.job.job else {
        return words(look).tone(Tone::Title, "No update yet");
    };
    let (tone, word) = signs::job(job.value.state);
    let kind = kind(&job.value);
    let title = words(look).tone(Tone::Title, format!("{kind} #{}", job.value.id)).gap(3);
    let line = title.tone(tone, word).gap(3).plain(format!("by {}", job.value.by));
    match job.value.state {
        JobState::Queued => line,
        JobState::Running => line.gap(3).plain(running_time(state, job)),
        _ => line.gap(3).plain(final_time(state, &job.value)),
    }
}

/// What is done so far and how it counts.
pub(super) fn summary(state: &State, look: Look, width: usize) -> Vec<Words> {
    match &state.job.job {
        None => {
            vec![words(look).dim("u updates the links of every active purchase; it asks first")]
        }
        Some(job) => {
            vec![progress(state, look, &job.value, width), counters(look, &job.value, width)]
        }
    }
}

/// The bar with its numbers, in `width` cells. On a slow line no rate: it changes with every frame.
pub(super) fn progress(state: &State, look: Look, job: &Job, width: usize) -> Words {
    let (done, total) = (format::count(job.done), format::count(job.total));
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let share = if job.total == 0 { 1.0 } else { job.done as f64 / job.total as f64 };
    let mut text = format!("   {done} / {total}   {}", format::percent(share));
    let is_slow = state.link.bandwidth == Bandwidth::Low;
    if let Some((rate, _)) = rate_and_left_ms(job).filter(|_| !is_slow) {
        text = format!("{text}   {} /s", format::rate(rate));
    }
    let cells = width.saturating_sub(text.len() + 1).min(54);
    bar(look, cells, job.done, job.total).plain(text)
}

/// The three counters that the operator knows from the bot, and their sum.
pub(super) fn counters(look: Look, job: &Job, width: usize) -> Words {
    let glyphs = look.glyphs;
    let gap = if width < 76 { 2 } else { 4 };
    let connection = if width < 66 { "Connection" } else { "Connection error" };
    let quiet = |number: u64, tone| if number == 0 { Tone::Dim } else { tone };
    words(look)
        .sign((glyphs.good, Tone::Good), format!("Success {}", format::count(job.success)))
        .gap(gap)
        .sign(
            (glyphs.bad, quiet(job.failed, Tone::Bad)),
            format!("Failed {}", format::count(job.failed)),
        )
        .gap(gap)
        .sign(
            (glyphs.unreached, quiet(job.connection_error, Tone::Warn)),
            format!("{connection} {}", format::count(job.connection_error)),
        )
        .gap(gap)
        .sign((glyphs.sum, Tone::Dim), format!("Total {}", format::count(job.total)))
}

/// `Update`, `Retry of #42`, with what is special about it.
fn kind(job: &Job) -> String {
    let mut kind = match (job.dry_run, job.retry_of) {
        (false, None) if job.all => "Update all".to_owned(),
        (true, None) if job.all => "Dry run of all".to_owned(),
        (false, None) => "Update".to_owned(),
        (true, None) => "Dry run".to_owned(),
        (false, Some(of)) => format!("Retry of #{of}"),
        (true, Some(of)) => format!("Dry retry of #{of}"),
    };
    if job.force {
        kind.push_str(", forced,");
    }
    kind
}

fn running_time(state: &State, job: &Dated<Job>) -> String {
    let elapsed = format::seconds(elapsed_ms(job, &state.clock, state.connection.is_live()));
    match rate_and_left_ms(&job.value) {
        Some((_, left)) if state.connection.is_live() => {
            format!("{elapsed}, about {} left", format::seconds(left.max(1_000)))
        }
        Some(_) | None => elapsed,
    }
}

fn final_time(state: &State, job: &Job) -> String {
    let done = format::count(job.done);
    let floor = job.floor_ms.map(|floor| format!(" (floor {})", format::took(floor)));
    let took = format!("{done} in {}{}", format::took(job.elapsed_ms), floor.unwrap_or_default());
    match job.finished_at {
        Some(at) => {
            let at = format::moment(at, state.clock.now(), &state.clock.zone);
            format!("{at}   {took}")
        }
        None => took,
    }
}
