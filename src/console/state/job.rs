//! The job that runs, else the last one, with its newest items.
//!
//! Invariants:
//! - Only one job at a time: an event of an older one changes nothing.
//! - The selection stays on its item while newer ones arrive, unless it is on the newest.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::clock::{Clock, Dated};
use super::paged::moved;
use crate::api::jobs::{Count, Item, Job, JobState};

/// Items kept of each kind: more than anybody scrolls through, about 1 MB.
const KEPT: usize = 1_000;

/// The job on the Update screen.
#[derive(Debug, Default)]
pub(crate) struct JobView {
    /// The job, if there ever was one.
    pub(crate) job: Option<Dated<Job>>,
    /// Ended items, newest first.
    items: VecDeque<Item>,
    /// Those of them that did not succeed, and those that the core listed, newest first.
    failed: VecDeque<Item>,
    /// Which of the two is shown.
    pub(crate) failed_only: bool,
    /// The selected row of what is shown.
    pub(crate) selected: usize,
}

impl JobView {
    /// A job began, went on or ended. Says whether it ended just now.
    pub(crate) fn put(&mut self, mut job: Job, at: Timestamp) -> bool {
        let before = self.job.as_ref().map(|job| (job.value.id, job.value.state.is_final()));
        if before.is_some_and(|(id, _)| job.id < id) {
            return false;
        }
        if before.is_some_and(|(id, _)| job.id != id) {
            self.items.clear();
            self.failed.clear();
            self.selected = 0;
        }
        // A core that restarted does not know it any more.
        job.all |=
            self.job.as_ref().is_some_and(|known| known.value.id == job.id && known.value.all);
        let ended = job.state.is_final() && before != Some((job.id, true));
        self.job = Some(Dated { value: job, at });
        ended
    }

    /// A snapshot's items, oldest first.
    pub(crate) fn replace_items(&mut self, items: Vec<Item>) {
        self.items.clear();
        self.failed.clear();
        self.selected = 0;
        for item in items {
            self.put_item(item);
        }
    }

    /// An item of the job ended.
    pub(crate) fn put_item(&mut self, item: Item) {
        if self.items.iter().take(KEPT).any(|known| known.purchase_id == item.purchase_id) {
            return;
        }
        let failed = item.count_as.is_some_and(|count| count != Count::Success);
        if failed {
            self.failed.push_front(item.clone());
            self.failed.truncate(KEPT);
        }
        self.items.push_front(item);
        self.items.truncate(KEPT);
        if self.selected > 0 && (failed || !self.failed_only) {
            self.selected = (self.selected + 1).min(self.shown().len().saturating_sub(1));
        }
    }

    /// The core's list of what did not succeed.
    pub(crate) fn put_failed(&mut self, items: Vec<Item>) {
        for item in items {
            if !self.failed.iter().any(|known| known.purchase_id == item.purchase_id) {
                self.failed.push_back(item);
            }
        }
        self.failed.truncate(KEPT);
    }

    /// The items in the order of the screen.
    pub(crate) fn shown(&self) -> &VecDeque<Item> {
        if self.failed_only { &self.failed } else { &self.items }
    }

    /// The selected item.
    pub(crate) fn find_selected(&self) -> Option<&Item> {
        self.shown().get(self.selected)
    }

    /// Moves the selection by `rows`.
    pub(crate) fn select(&mut self, rows: i64) {
        self.selected = moved(self.selected, rows, self.shown().len());
    }

    /// The job while it is not in a final state.
    pub(crate) fn find_running(&self) -> Option<&Job> {
        self.job.as_ref().map(|job| &job.value).filter(|job| !job.state.is_final())
    }

    /// The job once it is in a final state.
    pub(crate) fn find_final(&self) -> Option<&Job> {
        self.job.as_ref().map(|job| &job.value).filter(|job| job.state.is_final())
    }
}

/// How long a job has been at work: what the core said, and what passed since if it goes on.
pub(crate) fn elapsed_ms(job: &Dated<Job>, clock: &Clock, is_live: bool) -> u64 {
    let since = clock.now().as_millisecond() - job.at.as_millisecond();
    let running = job.value.state == JobState::Running && is_live;
    job.value.elapsed_ms + if running { u64::try_from(since).unwrap_or(0) } else { 0 }
}

/// Items that did not succeed.
pub(crate) fn unsuccessful(job: &Job) -> u64 {
    job.failed + job.connection_error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{item, running_job};

    #[test]
    fn the_selection_stays_on_its_item_while_newer_ones_arrive() {
        let mut view = JobView::default();
        view.replace_items(vec![item(1), item(2), item(3)]);
        view.put_item(item(4));
        assert_eq!(view.find_selected().unwrap().purchase_id, 4, "the newest is followed");
        view.select(2);
        view.put_item(item(5));
        assert_eq!(view.find_selected().unwrap().purchase_id, 2);
        view.put_item(item(5));
        assert_eq!(view.shown().len(), 5, "an item ends once");
    }

    #[test]
    fn a_job_of_all_stays_one_when_a_core_that_restarted_goes_on_with_it() {
        let mut view = JobView::default();
        view.put(running_job(), Timestamp::UNIX_EPOCH);
        view.put(Job { all: false, ..running_job() }, Timestamp::UNIX_EPOCH);
        assert!(view.find_running().unwrap().all);
        view.put(Job { id: 44, all: false, ..running_job() }, Timestamp::UNIX_EPOCH);
        assert!(!view.find_running().unwrap().all);
    }

    #[test]
    fn another_job_begins_with_nothing_and_an_older_one_is_not_heard() {
        let now = Timestamp::UNIX_EPOCH;
        let mut view = JobView::default();
        assert!(!view.put(running_job(), now));
        view.put_item(item(1));
        view.put(Job { id: 44, ..running_job() }, now);
        assert!(view.shown().is_empty());
        let done = Job { id: 44, state: JobState::Done, ..running_job() };
        assert!(view.put(done.clone(), now));
        assert!(!view.put(done, now), "it ends once");
        assert!(!view.put(Job { state: JobState::Done, ..running_job() }, now));
        assert_eq!(view.find_final().unwrap().id, 44);
    }
}
