//! One panel's share in a job: what waits for it, what is on its way, what it cost.
//!
//! ```text
//! Survey planned ─▶ being read ─▶ purchases, one after the other
//! none planned ─────────────────▶ purchases, one after the other
//! ```

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::time::Duration;

use super::Effect;
use crate::domain::ids::{PanelId, PurchaseId};
use crate::domain::reason::Reason;

/// From how many purchases on a panel's lists are read.
///
/// A list costs about as much as one subscription, and each inbound up to two more of them.
pub(crate) const LISTS_PAY_FROM: u64 = 4;

/// Where the reading of the lists is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// The lists are not read, or not any more.
    #[default]
    Purchases,
    Planned,
    BeingRead,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Share {
    pub(super) queue: VecDeque<PurchaseId>,
    pub(super) in_flight: usize,
    /// Items that use it.
    pub(crate) total: u64,
    /// Items that it has answered, or failed to.
    pub(crate) done: u64,
    /// Its own answers, one after the other.
    pub(super) busy: Duration,
    /// Why the guard left it out.
    pub(crate) left_out: Option<Reason>,
    stage: Stage,
    /// How long reading its lists took.
    survey: Duration,
    /// Items that it was asked for, each by itself.
    asked: u64,
}

impl Share {
    /// Reads its lists first, if that pays.
    pub(super) fn plan_survey(&mut self) {
        if self.queue.len() as u64 >= LISTS_PAY_FROM {
            self.stage = Stage::Planned;
        }
    }

    /// Whether it has something to do, and may begin it.
    pub(super) fn can_be_asked(&self, limit: usize) -> bool {
        !self.queue.is_empty() && self.in_flight < limit && self.stage != Stage::BeingRead
    }

    /// Whether its lists are still to come.
    pub(super) fn has_lists_to_come(&self) -> bool {
        self.stage != Stage::Purchases
    }

    /// Whether its lists have come, and gave everything so far.
    pub(super) fn gives_at_once(&self) -> bool {
        !self.survey.is_zero() && self.asked == 0
    }

    /// Whose turn it is: the smallest comes first.
    ///
    /// The panel with the least on its way, so that all get their part of the total; of several, the
    /// one with the most to do. One whose lists give everything waits for nobody, so there only the
    /// latter counts: such panels come to the same place in the bot's table at the same time, and
    /// each of its pages is written once. Else they drift apart, and it is written three times.
    pub(super) fn turn(&self) -> (usize, Reverse<usize>) {
        let on_its_way = if self.gives_at_once() { 0 } else { self.in_flight };
        (on_its_way, Reverse(self.queue.len()))
    }

    /// What it does next.
    pub(super) fn next(&mut self, panel: PanelId) -> Option<Effect> {
        let effect = match self.stage {
            Stage::Planned => {
                self.stage = Stage::BeingRead;
                Effect::Survey { panel }
            }
            Stage::BeingRead => return None,
            Stage::Purchases => Effect::Ask { item: self.queue.pop_front()?, panel },
        };
        self.in_flight += 1;
        Some(effect)
    }

    /// Its lists were read, or could not be; `took` is none if nothing answered.
    pub(super) fn surveyed(&mut self, took: Option<Duration>) {
        self.stage = Stage::Purchases;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.survey += took.unwrap_or_default();
    }

    /// An answer came; `took` is none if nothing answered: waiting for it says nothing about what
    /// the panel can do.
    pub(super) fn answered(&mut self, took: Option<Duration>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(took) = took.filter(|took| !took.is_zero()) {
            self.busy += took;
            self.asked += 1;
        }
    }

    /// Nothing of it is waited for any more.
    pub(super) fn stop(&mut self) {
        self.queue.clear();
        self.in_flight = 0;
    }

    /// What it alone needs, `lanes` answers at once; `None` if it gave none.
    pub(super) fn floor(&self, lanes: usize) -> Option<Duration> {
        let asked = u32::try_from(self.asked).unwrap_or(u32::MAX);
        let lanes = u32::try_from(lanes).unwrap_or(u32::MAX).min(asked).max(1);
        let floor = self.survey + self.busy / lanes;
        (!floor.is_zero()).then_some(floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(waiting: i64, in_flight: usize) -> Share {
        Share { queue: (0..waiting).map(PurchaseId).collect(), in_flight, ..Share::default() }
    }

    #[test]
    fn the_least_on_its_way_comes_first_and_of_several_the_longest_queue() {
        assert!(share(1, 0).turn() < share(9, 1).turn());
        assert!(share(9, 1).turn() < share(1, 1).turn());
    }

    #[test]
    fn where_lists_give_everything_only_the_queue_counts() {
        let read = |waiting, in_flight| Share {
            survey: Duration::from_millis(1),
            ..share(waiting, in_flight)
        };
        assert!(read(9, 3).turn() < read(1, 0).turn());
        let one_by_one = Share { asked: 1, ..read(9, 3) };
        assert!(read(1, 0).turn() < one_by_one.turn());
    }
}
