//! The last jobs, the opened one with its items, an opened item, and a comparison.
//!
//! ```text
//! Jobs ─ enter ─▶ OpenedJob ─┬─ enter ─▶ OpenedItem (of a dry run) ─ enter ─▶ the purchase
//!                            └─ c ─────▶ Compared
//! ```

use jiff::Timestamp;

use super::clock::Dated;
use super::item_filter::ItemFilter;
use super::paged::{PAGE, Paged, Row, moved};
use crate::api::compare::{Changed, Comparison};
use crate::api::jobs::{Item, Job};
use crate::client::ItemsQuery;

/// The last jobs, newest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// The jobs; `None` until they were read.
    pub(crate) rows: Option<Vec<Dated<Job>>>,
    /// The selected row.
    pub(crate) selected: usize,
    /// Why they were not read.
    pub(crate) refused: Option<String>,
}

impl Jobs {
    /// The list came.
    pub(crate) fn replace(&mut self, jobs: Vec<Job>, at: Timestamp) {
        let selected = self.find_selected().map(|job| job.value.id);
        let rows: Vec<_> = jobs.into_iter().map(|value| Dated { value, at }).collect();
        let place = rows.iter().position(|job| Some(job.value.id) == selected);
        self.selected = place.unwrap_or(0);
        (self.rows, self.refused) = (Some(rows), None);
    }

    /// A job began, went on or ended.
    pub(crate) fn put(&mut self, job: &Job, at: Timestamp) {
        let Some(rows) = &mut self.rows else { return };
        let new = Dated { value: job.clone(), at };
        let is_newest = rows.first().is_none_or(|first| first.value.id < job.id);
        match rows.iter_mut().find(|known| known.value.id == job.id) {
            Some(known) => *known = new,
            None if is_newest => {
                rows.insert(0, new);
                // The selection stays on its job, unless it is on the newest.
                self.selected += usize::from(self.selected > 0);
            }
            // The core has forgotten it.
            None => {}
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.as_ref().map_or(0, Vec::len)
    }

    /// The selected job.
    pub(crate) fn find_selected(&self) -> Option<&Dated<Job>> {
        self.rows.as_ref()?.get(self.selected)
    }

    /// Moves the selection by `rows`.
    pub(crate) fn select(&mut self, rows: i64) {
        self.selected = moved(self.selected, rows, self.len());
    }
}

impl Row for Item {
    fn id(&self) -> i64 {
        self.purchase_id
    }
}

/// One job on its own screen.
#[derive(Debug)]
pub(crate) struct OpenedJob {
    /// Which one.
    pub(crate) id: i64,
    /// What is known of it; `None` until it came.
    pub(crate) job: Option<Dated<Job>>,
    /// Why it did not come.
    pub(crate) refused: Option<String>,
    /// Which items are listed.
    pub(crate) filter: ItemFilter,
    /// Whether only those that did not succeed are.
    pub(crate) failed_only: bool,
    /// The items.
    pub(crate) items: Paged<Item>,
    /// What is different from the last one of its kind.
    pub(crate) beside: Beside,
}

impl OpenedJob {
    /// A job of the list, with what that says of it.
    pub(crate) fn new(id: i64, job: Option<Dated<Job>>) -> Self {
        Self {
            id,
            job,
            refused: None,
            filter: ItemFilter::default(),
            failed_only: false,
            items: Paged::default(),
            beside: Beside::default(),
        }
    }

    /// The job went on or ended. Says whether it ended just now: then its list is another.
    pub(crate) fn put(&mut self, job: &Job, at: Timestamp) -> bool {
        let was_open = self.job.as_ref().is_some_and(|known| !known.value.state.is_final());
        (self.job, self.refused) = (Some(Dated { value: job.clone(), at }), None);
        was_open && job.state.is_final()
    }

    /// An item of it ended.
    pub(crate) fn put_item(&mut self, item: &Item, at: Timestamp) {
        if let Some(row) = self.items.find_row(item.purchase_id) {
            *row = Dated { value: item.clone(), at };
        }
    }

    /// Other items are listed, from the top.
    pub(crate) fn choose(&mut self, filter: ItemFilter, failed_only: bool) {
        (self.filter, self.failed_only) = (filter, failed_only);
        self.items.begin_anew();
    }

    /// The page of items to ask for next, if the rows within `ahead` of the selection lack one.
    pub(crate) fn next_page(&mut self, ahead: usize) -> Option<(u64, ItemsQuery)> {
        let (generation, offset) = self.items.next_page(ahead)?;
        let query = ItemsQuery {
            limit: u32::try_from(PAGE).ok(),
            offset: Some(offset),
            failed: self.failed_only.then_some(1),
            ..self.filter.query()
        };
        Some((generation, query))
    }
}

/// A job beside the last one of its kind.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Both, and what differs; `None` until it came.
    pub(crate) found: Option<Dated<Comparison>>,
    /// Why it did not come.
    pub(crate) refused: Option<String>,
    /// The selected row.
    pub(crate) selected: usize,
}

impl Beside {
    /// The purchases that differ.
    pub(crate) fn changed(&self) -> &[Changed] {
        self.found.as_ref().map_or(&[], |found| &found.value.changed.items)
    }

    /// The selected purchase.
    pub(crate) fn find_selected(&self) -> Option<&Changed> {
        self.changed().get(self.selected)
    }

    /// Moves the selection by `rows`.
    pub(crate) fn select(&mut self, rows: i64) {
        self.selected = moved(self.selected, rows, self.changed().len());
    }
}

/// One item on its own screen: what would become of its links.
#[derive(Debug)]
pub(crate) struct OpenedItem {
    /// Of which job.
    pub(crate) job: i64,
    /// Of which purchase.
    pub(crate) purchase: i64,
    /// What is known of it.
    pub(crate) item: Option<Dated<Item>>,
    /// Why the rest did not come.
    pub(crate) refused: Option<String>,
    /// Its links whole.
    pub(crate) clear: Clear,
    /// The first line that is shown.
    pub(crate) top: usize,
}

/// Whether links are shown whole.
#[derive(Clone, PartialEq)]
pub(crate) enum Clear {
    /// They are not.
    No,
    /// The operator asked; the core has not answered yet.
    Asked,
    /// Until the screen is left.
    Shown(Box<Item>),
}

impl std::fmt::Debug for Clear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::No => "No",
            Self::Asked => "Asked",
            Self::Shown(_) => "Shown(…)",
        })
    }
}

impl OpenedItem {
    /// An item of a list, with what that says of it.
    pub(crate) fn new(job: i64, purchase: i64, item: Option<Dated<Item>>) -> Self {
        Self { job, purchase, item, refused: None, clear: Clear::No, top: 0 }
    }

    /// Moves the view by `rows`; `most` is how many lines do not fit.
    pub(crate) fn scroll(&mut self, rows: i64, most: usize) {
        self.top = moved(self.top, rows, most + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Page;
    use crate::api::jobs::JobState;
    use crate::console::fixture::{done_job, item, running_job};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn the_selection_stays_on_its_job_while_a_newer_one_begins() {
        let mut jobs = Jobs::default();
        jobs.put(&running_job(), NOW);
        assert_eq!(jobs.len(), 0, "what was not read is not there in part");
        jobs.replace(vec![done_job(), Job { id: 41, ..done_job() }], NOW);
        jobs.select(1);
        jobs.put(&running_job(), NOW);
        assert_eq!((jobs.len(), jobs.find_selected().unwrap().value.id), (3, 41));
        jobs.put(&Job { state: JobState::Done, ..running_job() }, NOW);
        assert_eq!(jobs.len(), 3);
        jobs.put(&Job { id: 7, ..done_job() }, NOW);
        assert_eq!(jobs.len(), 3, "the core has forgotten it");
    }

    #[test]
    fn an_ended_item_changes_its_row_and_the_end_of_the_job_the_list() {
        let mut open = OpenedJob::new(43, Some(Dated { value: running_job(), at: NOW }));
        let (generation, query) = open.next_page(40).unwrap();
        assert_eq!((query.offset, query.failed), (Some(0), None));
        let open_item = Item { outcome: None, count_as: None, ..item(7) };
        let page = Page { items: vec![open_item], next_cursor: None, total: Some(1) };
        open.items.take(generation, page, NOW, 40);
        open.put_item(&item(7), NOW);
        assert!(open.items.find(0).unwrap().value.outcome.is_some());
        assert!(!open.put(&running_job(), NOW));
        assert!(open.put(&Job { state: JobState::Done, ..running_job() }, NOW));
        open.choose(ItemFilter::parse("outcome:kept").unwrap(), true);
        let (_, query) = open.next_page(40).unwrap();
        assert_eq!((query.failed, query.outcome.as_deref()), (Some(1), Some("kept")));
    }
}
