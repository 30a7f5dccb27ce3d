//! The table of purchases: of the core's list, the pages around the eye.
//!
//! ```text
//! list:    0 ─────────────────────────────────────────────── total
//! pages:          [ 200 ][ 200 ][ 200 ]
//!                           ▲ selected: the pages that a screenful around it lacks are asked for,
//!                             and those that are far from it are forgotten
//! ```
//!
//! Another filter or order is another list. Its rows, and those of a list that changed at the core,
//! gather in `coming` and replace the old ones when they cover what the eye sees.
//!
//! Invariants:
//! - At most one page is asked for at a time, and never again after one was refused.
//! - The selection stays on its purchase when the list changes at the core.
//! - At most [`KEPT`] pages are held, however long the list is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::clock::Dated;
use super::filter::{Filter, Sort};
use super::listed::{Listed, Which};
use crate::api::Page;
use crate::api::jobs::{Item, Outcome};
use crate::api::purchases::{Purchase, PurchaseState};
use crate::client::PurchasesQuery;

/// Rows in a page. The core allows 500; a screen shows about 20.
const PAGE: usize = 200;

/// Pages that are held: 4 000 rows, about 2 MB.
const KEPT: usize = 20;

type Pages = BTreeMap<usize, Vec<Dated<Purchase>>>;

/// The table, its filter and its selection.
#[derive(Debug, Default)]
pub(crate) struct Purchases {
    /// What is listed.
    pub(crate) filter: Filter,
    /// In which order.
    pub(crate) sort: Sort,
    /// How many there are in the whole list, once the core said so.
    pub(crate) total: Option<u64>,
    /// The selected row; may be one that is not there yet.
    pub(crate) selected: usize,
    /// What is marked.
    pub(crate) marks: Which,
    /// The rows that are there, by the number of their page.
    pages: Pages,
    /// Pages that will replace `pages`; `Some` also while none came yet.
    coming: Option<Pages>,
    /// Which list answers must belong to.
    generation: u64,
    asking: Asking,
    /// Whether the list was read since it was another one.
    is_outdated: Outdated,
}

/// Whether a page is on its way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Asking {
    #[default]
    No,
    /// This page of this generation.
    Page(usize, u64),
    /// One was refused: nothing is asked before something changes.
    Refused,
}

/// Whether the core's list has changed since the first page was asked for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Outdated {
    #[default]
    Yes,
    No,
}

impl Purchases {
    /// How many rows the table has: also those that are not there.
    pub(crate) fn len(&self) -> usize {
        let known =
            self.pages.iter().next_back().map_or(0, |(page, rows)| page * PAGE + rows.len());
        self.total.map_or(known, |total| usize::try_from(total).unwrap_or(usize::MAX))
    }

    /// Whether the list was read at least once.
    pub(crate) fn is_read(&self) -> bool {
        !self.pages.is_empty()
    }

    /// Which list is wanted now: an older one is no answer to it.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether a page was refused, so that rows are missing.
    pub(crate) fn is_refused(&self) -> bool {
        self.asking == Asking::Refused
    }

    /// A row of the table, if it is there.
    pub(crate) fn find(&self, index: usize) -> Option<&Dated<Purchase>> {
        self.pages.get(&(index / PAGE))?.get(index % PAGE)
    }

    /// The selected purchase, if it is there.
    pub(crate) fn find_selected(&self) -> Option<&Dated<Purchase>> {
        self.find(self.selected)
    }

    /// How many purchases are marked.
    pub(crate) fn marked(&self) -> u64 {
        self.marks.count(self.total.unwrap_or(0))
    }

    /// Another filter or order: another list, from its top. Old rows stay until new ones are there.
    pub(crate) fn choose(&mut self, filter: Filter, sort: Sort) {
        if filter != self.filter {
            // Nobody should update what they do not see.
            self.marks = Which::default();
        }
        (self.filter, self.sort, self.selected) = (filter, sort, 0);
        self.outdate();
    }

    /// The core's list has changed.
    pub(crate) fn outdate(&mut self) {
        self.generation += 1;
        self.is_outdated = Outdated::Yes;
        self.coming = None;
        if self.asking == Asking::Refused {
            self.asking = Asking::No;
        }
    }

    /// Moves the selection by `rows`, within the table.
    pub(crate) fn select(&mut self, rows: i64) {
        self.selected = moved(self.selected, rows, self.len());
    }

    /// Marks the selected row, or not, and goes on.
    pub(crate) fn mark(&mut self) {
        if let Some(id) = self.find_selected().map(|row| row.value.id) {
            self.marks.toggle(id);
            self.select(1);
        }
    }

    /// Marks all that is listed; nothing if all is marked.
    pub(crate) fn mark_all(&mut self) {
        let is_all = self.marks == Which::AllBut(BTreeSet::new());
        self.marks = if is_all { Which::default() } else { Which::AllBut(BTreeSet::new()) };
    }

    /// What is marked; `None` if nothing is.
    pub(crate) fn find_marked(&self) -> Option<Listed> {
        let count = self.marked();
        (count > 0).then(|| Listed { which: self.marks.clone(), count, ..self.listed() })
    }

    /// All that is listed.
    pub(crate) fn listed(&self) -> Listed {
        let which = Which::AllBut(BTreeSet::new());
        Listed { query: self.filter.query(self.sort), which, count: self.total.unwrap_or(0) }
    }

    /// The page to ask for next, if the rows within `ahead` of the selection lack one.
    pub(crate) fn next_page(&mut self, ahead: usize) -> Option<(u64, PurchasesQuery)> {
        if self.asking != Asking::No {
            return None;
        }
        if self.is_outdated == Outdated::Yes {
            self.is_outdated = Outdated::No;
            self.coming = Some(Pages::new());
        }
        let pages = self.coming.as_ref().unwrap_or(&self.pages);
        let page = self.seen(ahead).into_iter().find(|page| !pages.contains_key(page))?;
        self.asking = Asking::Page(page, self.generation);
        let offset = (page * PAGE) as u64;
        let limit = u32::try_from(PAGE).ok();
        Some((
            self.generation,
            PurchasesQuery { limit, offset: Some(offset), ..self.filter.query(self.sort) },
        ))
    }

    /// The pages that the eye sees, with the selected one first.
    fn seen(&self, ahead: usize) -> Vec<usize> {
        let last = self.len().saturating_sub(1) / PAGE;
        let at = (self.selected / PAGE).min(last);
        let from = self.selected.saturating_sub(ahead) / PAGE;
        let to = (self.selected.saturating_add(ahead) / PAGE).min(last);
        let mut pages = vec![at];
        pages.extend((from..=to).filter(|page| *page != at));
        pages
    }

    /// A page came, `at` the core's time.
    pub(crate) fn take(
        &mut self,
        generation: u64,
        page: Page<Purchase>,
        at: Timestamp,
        ahead: usize,
    ) {
        let Asking::Page(number, asked) = self.asking else { return };
        if asked == generation {
            self.asking = Asking::No;
        }
        if generation != self.generation || asked != generation {
            return;
        }
        let rows: Vec<_> = page.items.into_iter().map(|value| Dated { value, at }).collect();
        let Some(coming) = &mut self.coming else {
            self.total = page.total.or(self.total);
            self.pages.insert(number, rows);
            self.selected = self.selected.min(self.len().saturating_sub(1));
            self.forget_far();
            return;
        };
        coming.insert(number, rows);
        let before = self.total;
        self.total = page.total.or(before);
        let covers = self
            .coming
            .as_ref()
            .is_none_or(|coming| self.seen(ahead).iter().all(|page| coming.contains_key(page)));
        if covers {
            self.replace();
        }
    }

    /// A page was refused: the table stays as it is until the operator or the core moves.
    pub(crate) fn refuse(&mut self, generation: u64) {
        if matches!(self.asking, Asking::Page(_, asked) if asked == generation) {
            let is_current = generation == self.generation;
            self.asking = if is_current { Asking::Refused } else { Asking::No };
        }
        if generation == self.generation {
            self.coming = None;
        }
    }

    /// One purchase's row changed.
    pub(crate) fn put(&mut self, purchase: &Purchase, at: Timestamp) {
        if let Some(row) = self.find_row(purchase.id) {
            *row = Dated { value: purchase.clone(), at };
        }
    }

    /// An item of a job ended, and wrote what it says.
    pub(crate) fn put_item(&mut self, item: &Item, at: Timestamp) {
        let row = self.find_row(item.purchase_id);
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

    fn find_row(&mut self, id: i64) -> Option<&mut Dated<Purchase>> {
        self.pages.values_mut().flatten().find(|row| row.value.id == id)
    }

    fn replace(&mut self) {
        let selected = self.find_selected().map(|row| row.value.id);
        self.pages = self.coming.take().unwrap_or_default();
        let found = self.pages.iter().find_map(|(page, rows)| {
            let place = rows.iter().position(|row| Some(row.value.id) == selected)?;
            Some(page * PAGE + place)
        });
        // A list that was chosen anew is read from its top.
        if let Some(found) = found.filter(|_| self.selected > 0) {
            self.selected = found;
        }
        self.selected = self.selected.min(self.len().saturating_sub(1));
        self.forget_far();
    }

    /// Forgets pages that are farthest from the eye.
    fn forget_far(&mut self) {
        let at = self.selected / PAGE;
        while self.pages.len() > KEPT {
            let far = self.pages.keys().copied().max_by_key(|page| page.abs_diff(at));
            let Some(far) = far else { return };
            self.pages.remove(&far);
        }
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

    fn page(ids: std::ops::Range<i64>, total: u64) -> Page<Purchase> {
        Page { items: ids.map(purchase).collect(), next_cursor: None, total: Some(total) }
    }

    fn ids(purchases: &Purchases) -> Vec<i64> {
        purchases.pages.values().flatten().map(|row| row.value.id).collect()
    }

    /// Lets the core answer what is asked for, until nothing is; returns the offsets.
    fn answer(table: &mut Purchases, total: u64) -> Vec<u64> {
        let mut asked = Vec::new();
        while let Some((generation, query)) = table.next_page(40) {
            let from = query.offset.unwrap();
            asked.push(from);
            let from = i64::try_from(from).unwrap();
            let to = (from + 200).min(i64::try_from(total).unwrap());
            table.take(generation, page(from..to.max(from), total), Timestamp::UNIX_EPOCH, 40);
        }
        asked
    }

    #[test]
    fn pages_are_asked_for_one_at_a_time_around_the_eye_in_both_directions() {
        let mut table = Purchases::default();
        let (generation, query) = table.next_page(40).unwrap();
        assert_eq!((query.offset, query.sort.as_deref()), (Some(0), Some("-age")));
        assert!(table.next_page(40).is_none(), "one at a time");
        table.take(generation, page(0..200, 100_000), Timestamp::UNIX_EPOCH, 40);
        assert_eq!(answer(&mut table, 100_000), [0; 0], "200 rows reach");
        table.select(195);
        assert_eq!(answer(&mut table, 100_000), [200]);
        table.select(i64::MAX);
        assert_eq!((table.selected, table.find_selected()), (99_999, None));
        assert_eq!(answer(&mut table, 100_000), [99_800]);
        assert_eq!(table.find_selected().unwrap().value.id, 99_999);
        table.select(-190);
        assert_eq!(answer(&mut table, 100_000), [99_600], "upward as well");
    }

    #[test]
    fn memory_is_bounded_however_far_one_scrolls() {
        let mut table = Purchases::default();
        answer(&mut table, 100_000);
        for _ in 0..500 {
            table.select(200);
            answer(&mut table, 100_000);
            assert!(table.pages.len() <= KEPT);
            assert!(table.find_selected().is_some());
        }
        table.select(i64::MIN);
        assert_eq!(answer(&mut table, 100_000), [0], "what was forgotten is asked for again");
    }

    #[test]
    fn a_changed_list_replaces_the_rows_at_once_and_keeps_the_selection() {
        let mut table = Purchases::default();
        let (generation, _) = table.next_page(3).unwrap();
        table.take(generation, page(10..14, 4), Timestamp::UNIX_EPOCH, 3);
        table.select(2);
        table.outdate();
        assert_eq!(ids(&table), [10, 11, 12, 13], "old rows stay until new ones are there");
        let (newer, _) = table.next_page(3).unwrap();
        table.take(generation, page(0..3, 3), Timestamp::UNIX_EPOCH, 3);
        assert_eq!(ids(&table), [10, 11, 12, 13], "an answer for the older list counts no more");
        table.take(newer, page(11..14, 3), Timestamp::UNIX_EPOCH, 3);
        assert_eq!((ids(&table), table.selected), (vec![11, 12, 13], 1));
    }

    #[test]
    fn typing_waits_for_the_page_on_its_way_before_it_asks_for_another_list() {
        let mut table = Purchases::default();
        let (first, _) = table.next_page(3).unwrap();
        table.choose(Filter::parse("f").unwrap(), Sort::default());
        table.choose(Filter::parse("fr").unwrap(), Sort::default());
        assert!(table.next_page(3).is_none());
        table.take(first, page(0..3, 3), Timestamp::UNIX_EPOCH, 3);
        assert_eq!(ids(&table), [0; 0]);
        assert_eq!(table.next_page(3).unwrap().1.q.as_deref(), Some("fr"));
    }

    #[test]
    fn what_was_refused_is_not_asked_again() {
        let mut table = Purchases::default();
        let (generation, _) = table.next_page(3).unwrap();
        table.refuse(generation);
        assert!(table.next_page(3).is_none());
        table.choose(Filter::parse("fr").unwrap(), Sort::default());
        assert_eq!(table.next_page(3).unwrap().1.q.as_deref(), Some("fr"));
    }

    #[test]
    fn marks_count_also_what_is_not_there_and_end_with_the_filter() {
        let mut table = Purchases::default();
        answer(&mut table, 100_000);
        table.mark();
        table.mark();
        assert_eq!((table.marked(), table.selected), (2, 2));
        table.mark_all();
        table.mark();
        assert_eq!(table.marked(), 99_999);
        assert!(table.marks.has(70_000) && !table.marks.has(2));
        table.choose(table.filter.clone(), table.sort.reversed());
        assert_eq!(table.marked(), 99_999, "another order is the same list");
        table.choose(Filter::parse("fr").unwrap(), Sort::default());
        assert_eq!(table.marked(), 0);
    }
}
