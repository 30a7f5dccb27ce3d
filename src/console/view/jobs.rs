//! A job in few lines: its headline, its bar, its counters. Shared by Overview, Update and a job.
//!
//! ```text
//! Update all #43   running   by ali   12 s, about 11 s left
//! ██████████░░░░░░░░░░   612 / 1 204   51 %   49.8 /s
//! ✔ Success 598   ✖ Failed 2   ⚡ Connection error 12   Σ Total 1 204
//! ```

use unicode_width::UnicodeWidthStr;

use super::paint::{Words, bar, words};
use super::signs;
use crate::api::jobs::{Job, JobState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::pace::rate_and_left_ms;
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::job::elapsed_ms;
use crate::console::state::link::Bandwidth;

/// `Last update #42   13:20   by ali   1 204 in 3.1 s (floor 2.6 s)`, or the running one's.
pub(super) fn headline(state: &State, look: Look) -> Words {
    match &state.job.job {
        Some(job) => headline_of(state, look, job),
        None => words(look).tone(Tone::Title, look.lang.say().no_update_yet()),
    }
}

/// The same of any job.
pub(super) fn headline_of(state: &State, look: Look, job: &Dated<Job>) -> Words {
    let (tone, word) = signs::job(look, job.value.state);
    let kind = kind(look, &job.value);
    let title = words(look).tone(Tone::Title, format!("{kind} #{}", job.value.id)).gap(3);
    let line = title.tone(tone, word).gap(3).plain(look.lang.say().job_by(&job.value.by));
    match job.value.state {
        JobState::Queued => line,
        JobState::Running => line.gap(3).plain(running_time(state, look, job)),
        _ => line.gap(3).plain(final_time(state, look, &job.value)),
    }
}

/// What is done so far and how it counts.
pub(super) fn summary(state: &State, look: Look, width: usize) -> Vec<Words> {
    match &state.job.job {
        None => {
            vec![words(look).dim(look.lang.say().update_offer())]
        }
        Some(job) => {
            vec![progress(state, look, &job.value, width), counters(look, &job.value, width)]
        }
    }
}

/// The bar with its numbers, in `width` cells. On a slow line no rate: it changes with every frame.
pub(super) fn progress(state: &State, look: Look, job: &Job, width: usize) -> Words {
    let (done, total) = (format::count(look.lang, job.done), format::count(look.lang, job.total));
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let share = if job.total == 0 { 1.0 } else { job.done as f64 / job.total as f64 };
    let mut text = format!("   {done} / {total}   {}", format::percent(look.lang, share));
    let is_slow = state.link.bandwidth == Bandwidth::Low;
    if let Some((rate, _)) = rate_and_left_ms(job).filter(|_| !is_slow) {
        let rate = look.lang.say().per_second(format::rate(look.lang, rate));
        text = format!("{text}   {rate}");
    }
    let cells = width.saturating_sub(text.width() + 1).min(54);
    bar(look, cells, job.done, job.total).plain(text)
}

/// The three counters that the operator knows from the bot, and their sum.
pub(super) fn counters(look: Look, job: &Job, width: usize) -> Words {
    let glyphs = look.glyphs;
    let gap = if width < 76 { 2 } else { 4 };
    let say = look.lang.say();
    let count = |number| format::count(look.lang, number);
    let connection = if width < 66 {
        say.count_connection(count(job.connection_error))
    } else {
        say.count_connection_error(count(job.connection_error))
    };
    let quiet = |number: u64, tone| if number == 0 { Tone::Dim } else { tone };
    words(look)
        .sign((glyphs.good, Tone::Good), say.count_success(count(job.success)))
        .gap(gap)
        .sign((glyphs.bad, quiet(job.failed, Tone::Bad)), say.count_failed(count(job.failed)))
        .gap(gap)
        .sign((glyphs.unreached, quiet(job.connection_error, Tone::Warn)), connection)
        .gap(gap)
        .sign((glyphs.sum, Tone::Dim), say.count_total(count(job.total)))
}

/// `Update all`, `Dry run, 3 purchases`: what it was about, where no counters stand beside it.
pub(super) fn scope(look: Look, job: &Job) -> String {
    let kind = kind(look, job);
    if job.all {
        return kind;
    }
    let purchases = look.lang.say().purchases(job.total, format::count(look.lang, job.total));
    look.lang.say().kind_of(kind.trim_end_matches([',', '،', ' ']), purchases)
}

/// `Update`, `Retry of #42`, with what is special about it.
pub(super) fn kind(look: Look, job: &Job) -> String {
    let say = look.lang.say();
    let kind = match (job.dry_run, job.retry_of) {
        (false, None) if job.all => say.kind_all(),
        (true, None) if job.all => say.kind_dry_all(),
        (false, None) => say.kind_some(),
        (true, None) => say.kind_dry(),
        (false, Some(of)) => say.kind_retry(of),
        (true, Some(of)) => say.kind_dry_retry(of),
    };
    if job.force { say.kind_forced(kind) } else { kind }
}

fn running_time(state: &State, look: Look, job: &Dated<Job>) -> String {
    let elapsed =
        format::seconds(look.lang, elapsed_ms(job, &state.clock, state.connection.is_live()));
    match rate_and_left_ms(&job.value) {
        Some((_, left)) if state.connection.is_live() => {
            look.lang.say().about_left(elapsed, format::seconds(look.lang, left.max(1_000)))
        }
        Some(_) | None => elapsed,
    }
}

fn final_time(state: &State, look: Look, job: &Job) -> String {
    let done = format::count(look.lang, job.done);
    let say = look.lang.say();
    let took = format::took(look.lang, job.elapsed_ms);
    let took = match job.floor_ms {
        Some(floor) => say.done_in_with_floor(done, took, format::took(look.lang, floor)),
        None => say.done_in(done, took),
    };
    match job.finished_at {
        Some(at) => {
            let at = format::moment(look.lang, at, state.clock.now(), &state.clock.zone);
            format!("{at}   {took}")
        }
        None => took,
    }
}
