//! A list of the core's, of which only the pages around the eye are here.
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
//! - The selection stays on its row when the list changes at the core.
//! - At most [`KEPT`] pages are held, however long the list is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::clock::Dated;
use crate::api::Page;

/// Rows in a page. The core allows 500; a screen shows about 20.
pub(crate) const PAGE: usize = 200;

/// Pages that are held: 4 000 rows, about 2 MB.
pub(crate) const KEPT: usize = 20;

/// What tells a row from the others.
pub(crate) trait Row {
    /// The same in every list that the row is in.
    fn id(&self) -> i64;
}

type Pages<T> = BTreeMap<usize, Vec<Dated<T>>>;

/// The list and its selection.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    /// How many there are in the whole list, once the core said so.
    pub(crate) total: Option<u64>,
    /// The selected row; may be one that is not there yet.
    pub(crate) selected: usize,
    /// The rows that are there, by the number of their page.
    pages: Pages<T>,
    /// Pages that will replace `pages`; `Some` also while none came yet.
    coming: Option<Pages<T>>,
    /// Which list answers must belong to.
    generation: u64,
    asking: Asking,
    /// Whether the list was read since it was another one.
    is_outdated: Outdated,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self {
            total: None,
            selected: 0,
            pages: Pages::new(),
            coming: None,
            generation: 0,
            asking: Asking::default(),
            is_outdated: Outdated::default(),
        }
    }
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

impl<T: Row> Paged<T> {
    /// How many rows the list has: also those that are not there.
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

    /// A row of the list, if it is there.
    pub(crate) fn find(&self, index: usize) -> Option<&Dated<T>> {
        self.pages.get(&(index / PAGE))?.get(index % PAGE)
    }

    /// The selected row, if it is there.
    pub(crate) fn find_selected(&self) -> Option<&Dated<T>> {
        self.find(self.selected)
    }

    /// A row by what it is, if it is there.
    pub(crate) fn find_row(&mut self, id: i64) -> Option<&mut Dated<T>> {
        self.pages.values_mut().flatten().find(|row| row.value.id() == id)
    }

    /// Another list, from its top. Old rows stay until new ones are there.
    pub(crate) fn begin_anew(&mut self) {
        self.selected = 0;
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

    /// Moves the selection by `rows`, within the list.
    pub(crate) fn select(&mut self, rows: i64) {
        self.selected = moved(self.selected, rows, self.len());
    }

    /// Every row that is held.
    #[cfg(test)]
    pub(crate) fn held(&self) -> impl Iterator<Item = &Dated<T>> {
        self.pages.values().flatten()
    }

    /// The page to ask for next, if the rows within `ahead` of the selection lack one: of which
    /// list it is, and how many rows stand before it.
    pub(crate) fn next_page(&mut self, ahead: usize) -> Option<(u64, u64)> {
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
        Some((self.generation, (page * PAGE) as u64))
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
    pub(crate) fn take(&mut self, generation: u64, page: Page<T>, at: Timestamp, ahead: usize) {
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

    /// A page was refused: the list stays as it is until the operator or the core moves.
    pub(crate) fn refuse(&mut self, generation: u64) {
        if matches!(self.asking, Asking::Page(_, asked) if asked == generation) {
            let is_current = generation == self.generation;
            self.asking = if is_current { Asking::Refused } else { Asking::No };
        }
        if generation == self.generation {
            self.coming = None;
        }
    }

    fn replace(&mut self) {
        let selected = self.find_selected().map(|row| row.value.id());
        self.pages = self.coming.take().unwrap_or_default();
        let found = self.pages.iter().find_map(|(page, rows)| {
            let place = rows.iter().position(|row| Some(row.value.id()) == selected)?;
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

/// `selected` moved by `rows`, within `len` rows.
pub(crate) fn moved(selected: usize, rows: i64, len: usize) -> usize {
    let step = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
    let moved =
        if rows < 0 { selected.saturating_sub(step) } else { selected.saturating_add(step) };
    moved.min(len.saturating_sub(1))
}
