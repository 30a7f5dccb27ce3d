//! The table of purchases: a filter, an order, and the pages of the core's list around the eye.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::clock::Dated;
use super::filter::{Filter, Sort};
use super::listed::{Listed, Which};
use super::paged::{PAGE, Paged, Row};
use crate::api::jobs::{Item, Outcome};
use crate::api::purchases::{Purchase, PurchaseState};
use crate::client::PurchasesQuery;

/// The table, its filter and its selection.
#[derive(Debug, Default)]
pub(crate) struct Purchases {
    /// What is listed.
    pub(crate) filter: Filter,
    /// In which order.
    pub(crate) sort: Sort,
    /// What is marked.
    pub(crate) marks: Which,
    /// The rows.
    pub(crate) rows: Paged<Purchase>,
}

impl Row for Purchase {
    fn id(&self) -> i64 {
        self.id
    }
}

impl Purchases {
    /// How many purchases are marked.
    pub(crate) fn marked(&self) -> u64 {
        self.marks.count(self.rows.total.unwrap_or(0))
    }

    /// Another filter or order: another list, from its top.
    pub(crate) fn choose(&mut self, filter: Filter, sort: Sort) {
        if filter != self.filter {
            // Nobody should update what they do not see.
            self.marks = Which::default();
        }
        (self.filter, self.sort) = (filter, sort);
        self.rows.begin_anew();
    }

    /// Marks the selected row, or not, and goes on.
    pub(crate) fn mark(&mut self) {
        if let Some(id) = self.rows.find_selected().map(|row| row.value.id) {
            self.marks.toggle(id);
            self.rows.select(1);
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
        let count = self.rows.total.unwrap_or(0);
        Listed { query: self.filter.query(self.sort), which, count }
    }

    /// The page to ask for next, if the rows within `ahead` of the selection lack one.
    pub(crate) fn next_page(&mut self, ahead: usize) -> Option<(u64, PurchasesQuery)> {
        let (generation, offset) = self.rows.next_page(ahead)?;
        let limit = u32::try_from(PAGE).ok();
        let query = self.filter.query(self.sort);
        Some((generation, PurchasesQuery { limit, offset: Some(offset), ..query }))
    }

    /// One purchase's row changed.
    pub(crate) fn put(&mut self, purchase: &Purchase, at: Timestamp) {
        if let Some(row) = self.rows.find_row(purchase.id) {
            *row = Dated { value: purchase.clone(), at };
        }
    }

    /// An item of a job ended, and wrote what it says.
    pub(crate) fn put_item(&mut self, item: &Item, at: Timestamp) {
        let row = self.rows.find_row(item.purchase_id);
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
}

/// How many links of an item come from panels that did not give them this time.
pub(crate) fn kept_links(item: &Item) -> u64 {
    let kept = |outcome| matches!(outcome, Outcome::Kept | Outcome::Failed | Outcome::Partial);
    item.panels.iter().filter(|panel| kept(panel.outcome)).map(|panel| panel.links).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Page;
    use crate::console::fixture::purchase;
    use crate::console::state::paged::KEPT;

    fn page(ids: std::ops::Range<i64>, total: u64) -> Page<Purchase> {
        Page { items: ids.map(purchase).collect(), next_cursor: None, total: Some(total) }
    }

    fn ids(purchases: &Purchases) -> Vec<i64> {
        purchases.rows.held().map(|row| row.value.id).collect()
    }

    /// Lets the core answer what is asked for, until nothing is; returns the offsets.
    fn answer(table: &mut Purchases, total: u64) -> Vec<u64> {
        let mut asked = Vec::new();
        while let Some((generation, query)) = table.next_page(40) {
            let from = query.offset.unwrap();
            asked.push(from);
            let from = i64::try_from(from).unwrap();
            let to = (from + 200).min(i64::try_from(total).unwrap());
            table.rows.take(generation, page(from..to.max(from), total), Timestamp::UNIX_EPOCH, 40);
        }
        asked
    }

    #[test]
    fn pages_are_asked_for_one_at_a_time_around_the_eye_in_both_directions() {
        let mut table = Purchases::default();
        let (generation, query) = table.next_page(40).unwrap();
        assert_eq!((query.offset, query.sort.as_deref()), (Some(0), Some("-age")));
        assert!(table.next_page(40).is_none(), "one at a time");
        table.rows.take(generation, page(0..200, 100_000), Timestamp::UNIX_EPOCH, 40);
        assert_eq!(answer(&mut table, 100_000), [0; 0], "200 rows reach");
        table.rows.select(195);
        assert_eq!(answer(&mut table, 100_000), [200]);
        table.rows.select(i64::MAX);
        assert_eq!((table.rows.selected, table.rows.find_selected()), (99_999, None));
        assert_eq!(answer(&mut table, 100_000), [99_800]);
        assert_eq!(table.rows.find_selected().unwrap().value.id, 99_999);
        table.rows.select(-190);
        assert_eq!(answer(&mut table, 100_000), [99_600], "upward as well");
    }

    #[test]
    fn memory_is_bounded_however_far_one_scrolls() {
        let mut table = Purchases::default();
        answer(&mut table, 100_000);
        for _ in 0..500 {
            table.rows.select(200);
            answer(&mut table, 100_000);
            assert!(table.rows.held().count() <= KEPT * PAGE);
            assert!(table.rows.find_selected().is_some());
        }
        table.rows.select(i64::MIN);
        assert_eq!(answer(&mut table, 100_000), [0], "what was forgotten is asked for again");
    }

    #[test]
    fn a_changed_list_replaces_the_rows_at_once_and_keeps_the_selection() {
        let mut table = Purchases::default();
        let (generation, _) = table.next_page(3).unwrap();
        table.rows.take(generation, page(10..14, 4), Timestamp::UNIX_EPOCH, 3);
        table.rows.select(2);
        table.rows.outdate();
        assert_eq!(ids(&table), [10, 11, 12, 13], "old rows stay until new ones are there");
        let (newer, _) = table.next_page(3).unwrap();
        table.rows.take(generation, page(0..3, 3), Timestamp::UNIX_EPOCH, 3);
        assert_eq!(ids(&table), [10, 11, 12, 13], "an answer for the older list counts no more");
        table.rows.take(newer, page(11..14, 3), Timestamp::UNIX_EPOCH, 3);
        assert_eq!((ids(&table), table.rows.selected), (vec![11, 12, 13], 1));
    }

    #[test]
    fn typing_waits_for_the_page_on_its_way_before_it_asks_for_another_list() {
        let mut table = Purchases::default();
        let (first, _) = table.next_page(3).unwrap();
        table.choose(Filter::parse("f").unwrap(), Sort::default());
        table.choose(Filter::parse("fr").unwrap(), Sort::default());
        assert!(table.next_page(3).is_none());
        table.rows.take(first, page(0..3, 3), Timestamp::UNIX_EPOCH, 3);
        assert_eq!(ids(&table), [0; 0]);
        assert_eq!(table.next_page(3).unwrap().1.q.as_deref(), Some("fr"));
    }

    #[test]
    fn what_was_refused_is_not_asked_again() {
        let mut table = Purchases::default();
        let (generation, _) = table.next_page(3).unwrap();
        table.rows.refuse(generation);
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
        assert_eq!((table.marked(), table.rows.selected), (2, 2));
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
