//! What was read of a panel's subscriptions.

use super::attribution::{Attribution, Lesson};
use crate::domain::ids::SubId;
use crate::domain::slice::Headers;

/// A subscription that was read.
pub(super) struct Reading {
    pub(super) sub_id: SubId,
    pub(super) attribution: Attribution,
    pub(super) headers: Headers,
}

/// What was read of an inbound, and whose it is.
pub(super) fn lessons(
    readings: &[Reading],
    inbound: i64,
) -> impl Iterator<Item = (&SubId, &Lesson)> {
    readings.iter().flat_map(move |reading| {
        let of_inbound =
            reading.attribution.lessons.iter().filter(move |lesson| lesson.inbound == inbound);
        of_inbound.map(|lesson| (&reading.sub_id, lesson))
    })
}

/// Of how many customers an inbound was read.
pub(super) fn count(readings: &[Reading], inbound: i64) -> usize {
    let has =
        |reading: &&Reading| reading.attribution.lessons.iter().any(|one| one.inbound == inbound);
    readings.iter().filter(has).count()
}

/// The inbounds as subscriptions order them: those of the fullest one, the others where their
/// own subscription has them.
pub(super) fn order(readings: &[Reading]) -> Vec<i64> {
    let mut seen: Vec<&Vec<i64>> =
        readings.iter().map(|reading| &reading.attribution.order).collect();
    seen.sort_by_key(|order| std::cmp::Reverse(order.len()));
    let mut merged: Vec<i64> = Vec::new();
    for order in seen {
        let mut after = 0;
        for inbound in order {
            let known = merged.iter().position(|known| known == inbound);
            let at = known.unwrap_or_else(|| {
                merged.insert(after, *inbound);
                after
            });
            after = at + 1;
        }
    }
    merged
}
