//! Purchases of the core's list, without having them: a list, and which of it.

use std::collections::BTreeSet;

use crate::client::PurchasesQuery;

/// Purchases of a list: more than the table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The list.
    pub(crate) query: PurchasesQuery,
    /// Which of them.
    pub(crate) which: Which,
    /// How many that are, as far as it is known.
    pub(crate) count: u64,
}

/// Which purchases of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// These.
    Only(BTreeSet<i64>),
    /// All but these.
    AllBut(BTreeSet<i64>),
}

impl Default for Which {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl Which {
    /// How many these are of a list of `total`.
    pub(crate) fn count(&self, total: u64) -> u64 {
        match self {
            Self::Only(ids) => ids.len() as u64,
            Self::AllBut(ids) => total.saturating_sub(ids.len() as u64),
        }
    }

    /// Takes one in, or out.
    pub(crate) fn toggle(&mut self, id: i64) {
        let (Self::Only(ids) | Self::AllBut(ids)) = self;
        if !ids.remove(&id) {
            ids.insert(id);
        }
    }

    /// Whether this one is among them.
    pub(crate) fn has(&self, id: i64) -> bool {
        match self {
            Self::Only(ids) => ids.contains(&id),
            Self::AllBut(ids) => !ids.contains(&id),
        }
    }
}
