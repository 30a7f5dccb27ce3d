//! From a wish to a job: which purchases, and whether it may begin.

use crate::core::catalog::Catalog;
use crate::domain::ids::PurchaseId;
use crate::domain::job::JobOrder;

/// Which purchases are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Every active one.
    All,
    /// These, each once, in this order.
    These(Vec<PurchaseId>),
}

/// The purchases of a job, newest first as the bot does it, each once.
pub(crate) fn choose(wanted: &Wanted, catalog: &Catalog) -> Vec<PurchaseId> {
    match wanted {
        Wanted::All => catalog.list_active(),
        Wanted::These(ids) => {
            let mut seen = std::collections::HashSet::new();
            ids.iter().copied().filter(|id| seen.insert(*id)).collect()
        }
    }
}

/// What becomes of an order while another job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// It asks for the same: it joins.
    Join,
    /// It asks for something else: it is refused.
    Refuse,
}

/// One job at a time: what becomes of `new` while `running` runs.
pub(crate) fn meet(running: &JobOrder, new: &JobOrder) -> Meeting {
    if running.is_same_as(new) { Meeting::Join } else { Meeting::Refuse }
}
