//! Which purchase a subscription id is of, without the ids: a digest of each takes half the memory.
//!
//! Invariants: the digest is keyed, so nobody can choose ids that meet. Where two meet by chance,
//! one of them is not found here; whoever looks compares the id itself, and asks the database.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::domain::ids::{PurchaseId, SubId};

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct SubIds {
    by_digest: HashMap<u64, PurchaseId>,
    key: RandomState,
}

impl SubIds {
    /// Of several with one id the oldest is served, as the old server did (fact C3).
    pub(crate) fn insert(&mut self, sub_id: &SubId, id: PurchaseId) {
        let oldest = self.by_digest.entry(self.key.hash_one(sub_id)).or_insert(id);
        *oldest = (*oldest).min(id);
    }

    /// The purchase whose id this may be.
    pub(crate) fn find(&self, sub_id: &SubId) -> Option<PurchaseId> {
        self.by_digest.get(&self.key.hash_one(sub_id)).copied()
    }

    /// Forgets all, and has room for as many as there will be.
    pub(crate) fn clear(&mut self, expected: usize) {
        self.by_digest = HashMap::with_capacity(expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_purchases_with_one_id_the_oldest_is_found() {
        let sub_id = |text| SubId::new(Some(text)).unwrap();
        let mut ids = SubIds::default();
        ids.insert(&sub_id("shared"), PurchaseId(7));
        ids.insert(&sub_id("shared"), PurchaseId(3));
        ids.insert(&sub_id("shared"), PurchaseId(9));
        ids.insert(&sub_id("other"), PurchaseId(4));
        assert_eq!(ids.find(&sub_id("shared")), Some(PurchaseId(3)));
        assert_eq!(ids.find(&sub_id("other")), Some(PurchaseId(4)));
        assert_eq!(ids.find(&sub_id("nobody's")), None);
        ids.clear(1);
        assert_eq!(ids.find(&sub_id("shared")), None);
    }
}
