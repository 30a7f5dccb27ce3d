//! A job, as sentences: how far it is, and its results. Pure.

use crate::api::jobs::{Job, JobState};
use crate::console::format;
use crate::console::lang::Lang;
use crate::console::reasons::sentence;

/// How many causes are told.
const CAUSES: usize = 5;

/// How far a job is, or how it ended.
pub(super) fn progress(job: &Job, lang: Lang) -> String {
    if job.state.is_final() {
        return ended(job, lang);
    }
    #[expect(clippy::cast_precision_loss, reason = "a share, told in tenths")]
    let share = job.done as f64 / job.total.max(1) as f64;
    lang.say().plain_progress(
        job.id,
        format::percent(lang, share),
        format::count(lang, job.done),
        format::count(lang, job.total),
        failures(job, lang),
    )
}

/// The results, and why something did not succeed.
pub(super) fn end(job: &Job, lang: Lang) -> Vec<String> {
    let mut lines = vec![ended(job, lang)];
    let reason = job.reason.as_ref();
    lines.extend(reason.map(|reason| format!("{}.", capital(&sentence(lang, reason, None)))));
    lines.extend(job.causes.iter().take(CAUSES).map(|cause| {
        let why = sentence(lang, &cause.reason, None);
        lang.say().plain_cause(cause.items, format::count(lang, cause.items), why)
    }));
    lines
}

fn ended(job: &Job, lang: Lang) -> String {
    let say = lang.say();
    let (success, total) = (format::count(lang, job.success), format::count(lang, job.total));
    let counts = say.plain_counts(success, total, failures(job, lang));
    let took = format::took(lang, job.elapsed_ms);
    let line = match job.state {
        JobState::Queued | JobState::Running | JobState::Done => {
            say.plain_done(job.id, took, counts)
        }
        JobState::Cancelled => say.plain_cancelled(job.id, took, counts),
        JobState::Stopped => say.plain_stopped(job.id, took, counts),
        JobState::Failed => say.plain_broke_off(job.id, took, counts),
    };
    if job.dry_run { format!("{line} {}", say.plain_dry()) } else { line }
}

fn failures(job: &Job, lang: Lang) -> String {
    let errors = format::count(lang, job.connection_error);
    let errors = lang.say().plain_connection_errors(job.connection_error, errors);
    lang.say().plain_failures(format::count(lang, job.failed), errors)
}

/// A sentence begins with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
