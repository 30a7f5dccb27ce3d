//! The guard: notices that a panel is broken before its customers do.
//!
//! A panel whose base path is wrong, or whose inbounds are gone, still answers. Then item after
//! item would lose most of its links. Such items are held, so nobody has lost anything by the time
//! that the guard speaks.

use std::collections::HashMap;

use crate::domain::ids::PanelId;

/// Fewer finished items than this say nothing.
pub const ENOUGH_ITEMS: u64 = 20;

/// Largest share of items that may lose more than half of their links, in percent.
const LIMIT_PERCENT: u64 = 20;

/// What the guard wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    GoOn,
    /// Go on without this panel.
    LeaveOut(PanelId),
    /// Stop the job.
    Stop,
}

/// Items that were judged, and how many of them would lose more than half of their links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Count {
    judged: u64,
    losing: u64,
}

impl Count {
    fn add(&mut self, loses: bool) {
        self.judged += 1;
        self.losing += u64::from(loses);
    }

    fn is_over_limit(self) -> bool {
        self.judged >= ENOUGH_ITEMS && self.losing * 100 > self.judged * LIMIT_PERCENT
    }

    fn is_proven_good(self) -> bool {
        self.judged >= ENOUGH_ITEMS && !self.is_over_limit()
    }
}

/// The counts of one job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guard {
    job: Count,
    panels: HashMap<PanelId, Count>,
    left_out: Vec<PanelId>,
    /// Panels with too few of the job's items to bring it over the limit by themselves.
    small: Vec<PanelId>,
}

impl Guard {
    /// A guard of a job of `items` items; `panels` says how many of them use each panel.
    #[must_use]
    pub fn new(items: u64, panels: impl IntoIterator<Item = (PanelId, u64)>) -> Self {
        let is_small = |&(_, uses): &(PanelId, u64)| uses * 100 <= items * LIMIT_PERCENT;
        let small = panels.into_iter().filter(is_small).map(|(panel, _)| panel).collect();
        Self { small, ..Self::default() }
    }

    /// Counts one judged item. `losing` are the panels of it whose links went missing: empty for
    /// an item that is well.
    pub fn judged(&mut self, panels: &[PanelId], losing: &[PanelId]) -> Verdict {
        self.job.add(!losing.is_empty());
        for panel in panels {
            self.panels.entry(*panel).or_default().add(losing.contains(panel));
        }
        if self.own().is_over_limit() {
            return Verdict::Stop;
        }
        let broken = panels
            .iter()
            .find(|&panel| !self.left_out.contains(panel) && self.panels[panel].is_over_limit());
        match broken {
            None => Verdict::GoOn,
            Some(_) if !self.left_out.is_empty() => Verdict::Stop,
            Some(&panel) => {
                self.left_out.push(panel);
                Verdict::LeaveOut(panel)
            }
        }
    }

    /// The job's own count. The worst of its small panels stands aside: it is judged by its own
    /// items. Else the panel that answers first would decide, before the others had a say.
    fn own(&self) -> Count {
        let small = self.small.iter().filter_map(|panel| self.panels.get(panel));
        let aside = small.max_by_key(|count| count.losing).copied().unwrap_or_default();
        Count {
            judged: self.job.judged.saturating_sub(aside.judged),
            losing: self.job.losing.saturating_sub(aside.losing),
        }
    }

    /// Whether each of `panels` gave enough items, and few enough of them lose links, that a loss
    /// on it is meant.
    #[must_use]
    pub fn vouches_for(&self, panels: &[PanelId]) -> bool {
        !panels.is_empty()
            && panels
                .iter()
                .all(|panel| self.panels.get(panel).is_some_and(|count| count.is_proven_good()))
    }

    /// Whether this panel was left out.
    #[must_use]
    pub fn has_left_out(&self, panel: PanelId) -> bool {
        self.left_out.contains(&panel)
    }

    /// How many items of the job would lose more than half of their links.
    #[must_use]
    pub fn losing_in_job(&self) -> u64 {
        self.job.losing
    }

    /// How many items of this panel would lose more than half of their links.
    #[must_use]
    pub fn losing(&self, panel: PanelId) -> u64 {
        self.panels.get(&panel).map_or(0, |count| count.losing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PanelId = PanelId(1);
    const B: PanelId = PanelId(2);
    const C: PanelId = PanelId(3);

    fn judge(guard: &mut Guard, times: u64, panel: PanelId, loses: bool) -> Verdict {
        let losing: &[PanelId] = if loses { &[panel] } else { &[] };
        (0..times).map(|_| guard.judged(&[panel], losing)).last().unwrap()
    }

    #[test]
    fn nineteen_bad_items_say_nothing_and_twenty_stop_the_job() {
        let mut guard = Guard::default();
        assert_eq!(judge(&mut guard, 19, A, true), Verdict::GoOn);
        assert_eq!(judge(&mut guard, 1, A, true), Verdict::Stop);
    }

    #[test]
    fn exactly_a_fifth_is_allowed() {
        let mut guard = Guard::default();
        assert_eq!(judge(&mut guard, 80, A, false), Verdict::GoOn);
        assert_eq!(judge(&mut guard, 20, A, true), Verdict::GoOn);
        assert_eq!(judge(&mut guard, 1, A, true), Verdict::Stop);
    }

    #[test]
    fn one_broken_panel_of_many_is_left_out_and_a_second_one_stops() {
        let mut guard = Guard::default();
        judge(&mut guard, 300, A, false);
        assert_eq!(judge(&mut guard, 20, B, true), Verdict::LeaveOut(B));
        assert!(guard.has_left_out(B));
        assert_eq!(judge(&mut guard, 5, B, true), Verdict::GoOn);
        assert_eq!(judge(&mut guard, 20, C, true), Verdict::Stop);
    }

    #[test]
    fn a_small_panel_that_answers_first_is_left_out_and_stops_nothing() {
        let mut guard = Guard::new(300, [(A, 240), (B, 60), (C, 60)]);
        assert_eq!(judge(&mut guard, 19, B, true), Verdict::GoOn);
        assert_eq!(judge(&mut guard, 1, B, true), Verdict::LeaveOut(B));
        assert_eq!(judge(&mut guard, 20, C, false), Verdict::GoOn);
        assert_eq!(judge(&mut guard, 20, C, true), Verdict::Stop);
    }

    #[test]
    fn a_large_panel_is_the_job() {
        let mut guard = Guard::new(300, [(A, 239), (B, 61)]);
        assert_eq!(judge(&mut guard, 20, B, true), Verdict::Stop);
    }

    #[test]
    fn a_panel_is_vouched_for_only_with_enough_good_items() {
        let mut guard = Guard::default();
        judge(&mut guard, 19, A, false);
        assert!(!guard.vouches_for(&[A]));
        judge(&mut guard, 1, A, true);
        assert!(guard.vouches_for(&[A]));
        assert!(!guard.vouches_for(&[A, B]));
        assert!(!guard.vouches_for(&[]));
    }
}
