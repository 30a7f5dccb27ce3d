//! A job, as sentences: how far it is, and its results. Pure.

use crate::api::jobs::{Job, JobState};
use crate::console::format;

/// How far a job is, or how it ended.
pub(super) fn progress(job: &Job) -> String {
    if job.state.is_final() {
        return end(job).swap_remove(0);
    }
    #[expect(clippy::cast_precision_loss, reason = "a share, told in tenths")]
    let share = job.done as f64 / job.total.max(1) as f64;
    let (done, total) = (format::count(job.done), format::count(job.total));
    format!(
        "Update #{}: {}, {done} of {total} done, {}.",
        job.id,
        format::percent(share),
        failures(job)
    )
}

/// The results, and why something did not succeed.
pub(super) fn end(job: &Job) -> Vec<String> {
    let state = match job.state {
        JobState::Queued | JobState::Running => "runs",
        JobState::Done => "is done",
        JobState::Cancelled => "was cancelled",
        JobState::Stopped => "was stopped by the guard",
        JobState::Failed => "could not go on",
    };
    let dry = if job.dry_run { " It was a dry run: nothing was written." } else { "" };
    let (success, total) = (format::count(job.success), format::count(job.total));
    let took = format::took(job.elapsed_ms);
    let counts = format!("{success} of {total} succeeded, {}", failures(job));
    let mut lines = vec![format!("Update #{} {state} after {took}: {counts}.{dry}", job.id)];
    lines.extend(job.reason.as_ref().map(|reason| format!("{}.", capital(&reason.text))));
    lines.extend(
        job.causes
            .iter()
            .take(5)
            .map(|cause| format!("{} times: {}.", format::count(cause.items), cause.reason.text)),
    );
    lines
}

fn failures(job: &Job) -> String {
    let errors = format::counted(job.connection_error, "connection error", "connection errors");
    format!("{} failed, {errors}", format::count(job.failed))
}

/// A sentence begins with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
