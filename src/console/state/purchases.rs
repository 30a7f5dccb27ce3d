//! The table of purchases: as much of the core's list as was needed so far.
//!
//! ```text
//! rows:    [ known … known | not there yet … ]
//!                    ▲ selected: pages are asked for until it and a screenful are known
//! ```
//!
//! A new filter or order empties the table. A change at the core does not: the new rows gather in
//! `coming` and replace the old ones when they reach as far as the eye does.
//!
//! Invariants:
//! - At most one page is asked for at a time, and never again after one was refused.
//! - The selection stays on its purchase when the rows are replaced.

use jiff::Timestamp;

use super::clock::Dated;
use super::filter::{Filter, Sort};
use crate::api::Page;
use crate::api::jobs::{Item, Outcome};
use crate::api::purchases::{Purchase, PurchaseState};
use crate::client::PurchasesQuery;

/// Rows in a page. The core allows 500; a screen shows about 20.
const PAGE: u32 = 200;

/// The table, its filter and its selection.
#[derive(Debug, Default)]
pub(crate) struct Purchases {
    /// What is listed.
    pub(crate) filter: Filter,
    /// In which order.
    pub(crate) sort: Sort,
    /// The rows known so far, from the first one on.
    pub(crate) rows: Vec<Dated<Purchase>>,
    /// How many there are in the whole list, once the core said so.
    pub(crate) total: Option<u64>,
    /// The selected row; may be one that is not there yet.
    pub(crate) selected: usize,
    /// Which list answers must belong to.
    generation: u64,
    reading: Reading,
    /// Rows that will replace `rows`.
    coming: Option<Vec<Dated<Purchase>>>,
}

/// How far the list has been read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Reading {
    /// Not at all, or the core's list has changed since.
    #[default]
    Outdated,
    /// A page was asked for.
    Asked,
    /// The next page has this cursor.
    Next(String),
    /// To its end.
    Done,
    /// A page was refused.
    Refused,
}

impl Purchases {
    /// How many rows the table has: also those that are not there yet.
    pub(crate) fn len(&self) -> usize {
        let total = self.total.map_or(0, |total| usize::try_from(total).unwrap_or(usize::MAX));
        match self.reading {
            Reading::Done if self.coming.is_none() => self.rows.len(),
            _ => total.max(self.rows.len()),
        }
    }

    /// Whether the list was read at least once.
    pub(crate) fn is_read(&self) -> bool {
        !self.rows.is_empty() || matches!(self.reading, Reading::Done | Reading::Next(_))
    }

    /// Whether a page was refused, so that the rest is missing.
    pub(crate) fn is_refused(&self) -> bool {
        self.reading == Reading::Refused
    }

    /// The selected purchase, if it is there.
    pub(crate) fn find_selected(&self) -> Option<&Dated<Purchase>> {
        self.rows.get(self.selected)
    }

    /// Another filter or order: another list.
    pub(crate) fn choose(&mut self, filter: Filter, sort: Sort) {
        *self = Self { filter, sort, generation: self.generation + 1, ..Self::default() };
    }

    /// The core's list has changed.
    pub(crate) fn outdate(&mut self) {
        self.generation += 1;
        self.reading = Reading::Outdated;
        self.coming = None;
    }

    /// Moves the selection by `rows`, within the table.
    pub(crate) fn select(&mut self, rows: i64) {
        self.selected = moved(self.selected, rows, self.len());
    }

    /// The page to ask for next, if rows up to `ahead` behind the selection need one.
    pub(crate) fn next_page(&mut self, ahead: usize) -> Option<(u64, PurchasesQuery)> {
        let known = self.coming.as_ref().unwrap_or(&self.rows).len();
        let cursor = match &self.reading {
            Reading::Outdated => None,
            Reading::Next(cursor) if known < self.selected.saturating_add(ahead) => {
                Some(cursor.clone())
            }
            Reading::Next(_) | Reading::Asked | Reading::Done | Reading::Refused => return None,
        };
        if cursor.is_none() {
            self.coming = Some(Vec::new());
        }
        self.reading = Reading::Asked;
        let query = self.filter.query(self.sort);
        Some((self.generation, PurchasesQuery { limit: Some(PAGE), cursor, ..query }))
    }

    /// A page came, `at` the core's time.
    pub(crate) fn take(
        &mut self,
        generation: u64,
        page: Page<Purchase>,
        at: Timestamp,
        ahead: usize,
    ) {
        if generation != self.generation {
            return;
        }
        self.total = page.total.or(self.total);
        self.reading = page.next_cursor.map_or(Reading::Done, Reading::Next);
        let rows = page.items.into_iter().map(|value| Dated { value, at });
        let Some(coming) = &mut self.coming else {
            self.rows.extend(rows);
            return;
        };
        coming.extend(rows);
        let reaches = coming.len() >= self.selected.saturating_add(ahead).min(self.rows.len());
        if reaches || self.reading == Reading::Done {
            self.replace();
        }
    }

    /// A page was refused: the table stays as it is until the operator or the core moves.
    pub(crate) fn refuse(&mut self, generation: u64) {
        if generation == self.generation {
            self.reading = Reading::Refused;
            self.coming = None;
        }
    }

    /// One purchase's row changed.
    pub(crate) fn put(&mut self, purchase: &Purchase, at: Timestamp) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.value.id == purchase.id) {
            *row = Dated { value: purchase.clone(), at };
        }
    }

    /// An item of a job ended, and wrote what it says.
    pub(crate) fn put_item(&mut self, item: &Item, at: Timestamp) {
        let row = self.rows.iter_mut().find(|row| row.value.id == item.purchase_id);
        if let (Some(row), Some(outcome)) = (row, item.outcome) {
            row.at = at;
            row.value.links = item.links;
            row.value.kept = kept_links(item);
            row.value.age_ms = item.panels.iter().filter_map(|panel| panel.age_ms).max();
            row.value.last_outcome = Some(outcome);
            row.value.state = match outcome {
                // That its client is off there is read with the list, and no failure of the item.
                Outcome::Unchanged if row.value.state == PurchaseState::OffThere => {
                    PurchaseState::OffThere
                }
                Outcome::Updated | Outcome::Unchanged => PurchaseState::Fresh,
                Outcome::Partial => PurchaseState::Partial,
                Outcome::Kept => PurchaseState::Kept,
                Outcome::Failed => PurchaseState::Failed,
            };
        }
    }

    fn replace(&mut self) {
        let selected = self.find_selected().map(|row| row.value.id);
        self.rows = self.coming.take().unwrap_or_default();
        let found = self.rows.iter().position(|row| Some(row.value.id) == selected);
        self.selected = found.unwrap_or(self.selected).min(self.len().saturating_sub(1));
    }
}

/// How many links of an item come from panels that did not give them this time.
pub(crate) fn kept_links(item: &Item) -> u64 {
    let kept = |outcome| matches!(outcome, Outcome::Kept | Outcome::Failed | Outcome::Partial);
    item.panels.iter().filter(|panel| kept(panel.outcome)).map(|panel| panel.links).sum()
}

/// `selected` moved by `rows`, within `len` rows.
pub(crate) fn moved(selected: usize, rows: i64, len: usize) -> usize {
    let step = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
    let moved =
        if rows < 0 { selected.saturating_sub(step) } else { selected.saturating_add(step) };
    moved.min(len.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::purchase;

    fn page(ids: std::ops::Range<i64>, next: Option<&str>) -> Page<Purchase> {
        let items: Vec<_> = ids.map(purchase).collect();
        Page { items, next_cursor: next.map(str::to_owned), total: Some(1_000) }
    }

    fn ids(purchases: &Purchases) -> Vec<i64> {
        purchases.rows.iter().map(|row| row.value.id).collect()
    }

    #[test]
    fn pages_are_asked_for_one_at_a_time_and_only_as_far_as_the_eye_reaches() {
        let mut table = Purchases::default();
        let (generation, query) = table.next_page(10).unwrap();
        assert_eq!((query.cursor, query.sort.as_deref()), (None, Some("-age")));
        assert!(table.next_page(10).is_none(), "one at a time");
        table.take(generation, page(0..200, Some("c1")), Timestamp::UNIX_EPOCH, 10);
        assert!(table.next_page(10).is_none(), "200 rows reach");
        table.select(195);
        assert_eq!(table.next_page(10).unwrap().1.cursor.as_deref(), Some("c1"));
        table.select(i64::MAX);
        assert_eq!((table.selected, table.find_selected()), (999, None));
    }

    #[test]
    fn a_changed_list_replaces_the_rows_at_once_and_keeps_the_selection() {
        let mut table = Purchases::default();
        let (generation, _) = table.next_page(3).unwrap();
        table.take(generation, page(10..14, None), Timestamp::UNIX_EPOCH, 3);
        table.select(2);
        table.outdate();
        assert_eq!(ids(&table), [10, 11, 12, 13], "old rows stay until new ones are there");
        let (newer, _) = table.next_page(3).unwrap();
        table.take(generation, page(0..3, None), Timestamp::UNIX_EPOCH, 3);
        assert_eq!(ids(&table), [10, 11, 12, 13], "an answer for the older list counts no more");
        table.take(newer, page(11..14, None), Timestamp::UNIX_EPOCH, 3);
        assert_eq!((ids(&table), table.selected), (vec![11, 12, 13], 1));
    }

    #[test]
    fn what_was_refused_is_not_asked_again() {
        let mut table = Purchases::default();
        let (generation, _) = table.next_page(3).unwrap();
        table.refuse(generation);
        assert!(table.next_page(3).is_none());
        table.choose(Filter::parse("fr"), Sort::User);
        assert_eq!(table.next_page(3).unwrap().1.q.as_deref(), Some("fr"));
    }
}
