//! How many purchases were read one by one because of an inbound.
//!
//! Counted while a job is answered, and shown meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::inventory::Inventory;

/// By the number of the inbound.
#[derive(Debug)]
pub(crate) struct OneByOne(HashMap<i64, AtomicU64>);

impl OneByOne {
    pub(super) fn new(inventory: &Inventory) -> Self {
        Self(inventory.inbounds.iter().map(|inbound| (inbound.id, AtomicU64::new(0))).collect())
    }

    /// One more purchase is read because of this inbound.
    pub(super) fn add(&self, inbound: i64) {
        if let Some(count) = self.0.get(&inbound) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// 0 for an inbound that is not in the list.
    pub(crate) fn count(&self, inbound: i64) -> u64 {
        self.0.get(&inbound).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}
