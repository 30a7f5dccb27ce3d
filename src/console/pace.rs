//! How fast a job goes: the same number on its screen and on a command's bar.

use crate::api::jobs::Job;

/// Items a second, and the time left at that rate; `None` before the first item ended.
pub(crate) fn rate_and_left_ms(job: &Job) -> Option<(f64, u64)> {
    if job.done == 0 || job.elapsed_ms == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let rate = job.done as f64 * 1_000.0 / job.elapsed_ms as f64;
    let left = u128::from(job.total.saturating_sub(job.done)) * u128::from(job.elapsed_ms);
    Some((rate, u64::try_from(left / u128::from(job.done)).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::running_job;

    #[test]
    fn the_time_left_follows_from_what_was_done() {
        let job = Job { total: 1_204, done: 602, elapsed_ms: 12_000, ..running_job() };
        let (rate, left) = rate_and_left_ms(&job).unwrap();
        assert_eq!(((rate * 10.0).round(), left), (502.0, 12_000));
        assert_eq!(rate_and_left_ms(&Job { done: 0, ..job }), None);
    }
}
