//! The audit: goes round slowly and compares each purchase with its own subscription.
//!
//! Lists are checked in every job, by samples. What a list cannot show, such as links that only one
//! customer has, shows itself here: the comparison is an update by the purchase's own subscription,
//! and what it finds is remembered with the slice.
//!
//! Invariants: at most one subscription a second and panel; none while a job runs, none at a panel
//! that is not well.

use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Updater, now};
use crate::core::catalog::Catalog;
use crate::core::panels::panel::Mood;
use crate::database::purchases::{Listed, PanelStanding};
use crate::domain::ids::{PanelId, PurchaseId};

/// How often a panel is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How long panels are left alone after a job, and after the start.
const REST: Duration = Duration::from_secs(10);

/// How often it is looked for purchases that are due.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A comparison that is older than this is made again, in milliseconds: once a day.
const DUE_AFTER_MS: i64 = 24 * 3600 * 1000;

/// How many waiting purchases are looked at for one whose panels are all free.
const LOOK_AHEAD: usize = 256;

/// How many purchases a round is over: more than a hundred panels can be asked for until it is
/// looked again.
const ROUND: usize = 4096;

/// Goes round until it is dropped.
pub(crate) async fn run(updater: Arc<Updater>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = Round::default();
    let (mut quiet_since, mut looked) = (Instant::now(), None::<Instant>);
    loop {
        tick.tick().await;
        if updater.running().is_some() {
            (quiet_since, looked) = (Instant::now(), None);
            continue;
        }
        if quiet_since.elapsed() < REST {
            continue;
        }
        if looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY) {
            round = Round::of(&updater.catalog, now());
            looked = Some(Instant::now());
        }
        let next = round.take(&updater.catalog, |panel| updater.is_well(panel));
        // Whatever comes of it stands in the purchase.
        join_all(next.into_iter().map(|purchase| updater.one(purchase))).await;
    }
}

impl Updater {
    fn is_well(&self, panel: PanelId) -> bool {
        self.panels.find(panel).is_some_and(|panel| panel.mood().0 == Mood::Reachable)
    }
}

/// The purchases that are due, the longest waiting first.
#[derive(Debug, Default)]
struct Round(VecDeque<PurchaseId>);

impl Round {
    fn of(catalog: &Catalog, now: i64) -> Self {
        let mut longest = BinaryHeap::new();
        for row in catalog.rows().iter().filter(|row| row.purchase.active) {
            let Some(since) = due_since(row, now) else { continue };
            longest.push((since, row.purchase.id));
            if longest.len() > ROUND {
                longest.pop();
            }
        }
        Self(longest.into_sorted_vec().into_iter().map(|(_, purchase)| purchase).collect())
    }

    /// Purchases that have no panel in common, all of whose panels are well.
    fn take(&mut self, catalog: &Catalog, is_well: impl Fn(PanelId) -> bool) -> Vec<PurchaseId> {
        let mut asked = HashSet::new();
        let mut taken = Vec::new();
        let mut index = 0;
        while index < self.0.len().min(LOOK_AHEAD) {
            let purchase = self.0[index];
            let panels = catalog.panels_to_ask(purchase);
            if panels.iter().all(|panel| !asked.contains(panel) && is_well(*panel)) {
                asked.extend(panels);
                taken.push(purchase);
                self.0.remove(index);
            } else {
                index += 1;
            }
        }
        taken
    }
}

/// When a purchase was last compared, if it is to be compared again; never is [`i64::MIN`].
fn due_since(row: &Listed, now: i64) -> Option<i64> {
    let parts = row.summary.panels.iter();
    let given = parts.filter(|part| {
        part.state == PanelStanding::Given && row.purchase.panels.contains(&part.panel)
    });
    let oldest = given.map(|part| part.compared_at).min()?.get().unwrap_or(i64::MIN);
    (now.saturating_sub(oldest) >= DUE_AFTER_MS).then_some(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::catalog;
    use crate::database::purchases::{Contribution, Summary};
    use crate::domain::ids::SubId;
    use crate::domain::purchase::Purchase;

    const NOW: i64 = 10 * DUE_AFTER_MS;

    fn listed(id: i64, panels: &[(i64, PanelStanding, Option<i64>)]) -> Listed {
        let purchase = Purchase {
            id: PurchaseId(id),
            customer: None,
            user: None,
            sub_id: SubId::new(Some("s")),
            profile: None,
            panels: panels.iter().map(|part| PanelId(part.0)).collect(),
            active: true,
            expires_at: None,
        };
        let parts = panels.iter().map(|&(panel, state, compared_at)| Contribution {
            panel: PanelId(panel),
            fetched_at: Some(NOW).into(),
            state,
            compared_at: compared_at.into(),
        });
        let summary = Summary { panels: parts.collect(), ..Summary::untried(0) };
        catalog::row(purchase, Some(summary), 0)
    }

    struct Going(Catalog, Round);

    impl Going {
        fn take(&mut self, is_well: impl Fn(PanelId) -> bool) -> Vec<PurchaseId> {
            self.1.take(&self.0, is_well)
        }
    }

    fn round(rows: Vec<Listed>) -> Going {
        let catalog = Catalog::default();
        catalog.replace(rows);
        let round = Round::of(&catalog, NOW);
        Going(catalog, round)
    }

    fn given(panel: i64, compared_at: Option<i64>) -> (i64, PanelStanding, Option<i64>) {
        (panel, PanelStanding::Given, compared_at)
    }

    #[test]
    fn what_was_never_compared_comes_first_and_then_the_oldest() {
        let mut round = round(vec![
            listed(1, &[given(1, Some(NOW - 3 * DUE_AFTER_MS))]),
            listed(2, &[given(1, None)]),
            listed(3, &[given(1, Some(NOW - 5 * DUE_AFTER_MS))]),
            listed(4, &[given(1, Some(NOW - DUE_AFTER_MS + 1))]),
        ]);
        let order: Vec<PurchaseId> = (0..4).flat_map(|_| round.take(|_| true)).collect();
        assert_eq!(order, [2, 3, 1].map(PurchaseId));
    }

    #[test]
    fn a_panel_is_asked_for_one_purchase_at_a_time() {
        let mut round = round(vec![
            listed(1, &[given(1, None), given(2, None)]),
            listed(2, &[given(2, None)]),
            listed(3, &[given(3, None)]),
        ]);
        assert_eq!(round.take(|_| true), [1, 3].map(PurchaseId));
        assert_eq!(round.take(|_| true), [PurchaseId(2)]);
    }

    #[test]
    fn a_panel_that_is_not_well_is_left_alone() {
        let mut round = round(vec![listed(1, &[given(1, None)]), listed(2, &[given(2, None)])]);
        assert_eq!(round.take(|panel| panel == PanelId(2)), [PurchaseId(2)]);
        assert_eq!(round.take(|_| true), [PurchaseId(1)]);
    }

    #[test]
    fn what_gave_nothing_has_nothing_to_compare() {
        let rows = vec![listed(1, &[(1, PanelStanding::Missing, None)]), listed(2, &[])];
        assert_eq!(round(rows).take(|_| true), []);
    }
}
