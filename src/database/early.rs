//! What a job will judge is read before it is judged: while its panels are being asked, the
//! processor has nothing else to do.
//!
//! ```text
//! job      asks panels ─────────────▶ lists ─▶ settles
//! writer     Early ─ Early ─ Early             batch, judged by what was read ─ batch …
//! ```
//!
//! It belongs to the writer, so no batch is written while it is read, and a purchase is forgotten
//! here as soon as a batch has it. What was read holds as long as nobody else writes ([`Seen`]); all
//! of it is dropped when somebody does. Then each batch is read as if nothing had been read early.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ahead::{Ahead, Seen};
use super::error::DbError;
use super::judging::Found;
use super::panels::Products;
use super::purchases::Loaded;
use crate::domain::ids::PurchaseId;

/// Most bytes that are held, roughly.
const ROOM: usize = 16 * 1024 * 1024;

/// See the head of this file.
pub(super) struct Early {
    ahead: Ahead,
    held: Option<Held>,
}

struct Held {
    /// Who had written before it was read.
    seen: Seen,
    products: Arc<Products>,
    loaded: HashMap<PurchaseId, Loaded>,
    /// Bytes that were read, roughly.
    size: usize,
}

impl Early {
    pub(super) fn new(ahead: Ahead) -> Self {
        Self { ahead, held: None }
    }

    /// Who judges ahead.
    pub(super) fn ahead(&self) -> &Ahead {
        &self.ahead
    }

    /// Reads these purchases, after `seen` was; whether there is room for more.
    pub(super) async fn read(&mut self, seen: Seen, ids: &[PurchaseId]) -> Result<bool, DbError> {
        self.held.take_if(|held| held.seen != seen);
        let found = self.ahead.read(ids).await?;
        let size: usize = found.loaded.values().map(size).sum();
        let held = self.held.get_or_insert_with(|| Held {
            seen,
            products: Arc::clone(&found.products),
            loaded: HashMap::new(),
            size: 0,
        });
        held.loaded.extend(found.loaded);
        held.size += size;
        Ok(held.size < ROOM)
    }

    /// What was read of these purchases, if that is all that there is to know of them after `seen`
    /// was.
    pub(super) fn take(&mut self, seen: Seen, ids: &HashSet<PurchaseId>) -> Option<Found> {
        self.held.take_if(|held| held.seen != seen);
        let held = self.held.as_mut()?;
        let loaded: HashMap<PurchaseId, Loaded> =
            ids.iter().filter_map(|id| held.loaded.remove_entry(id)).collect();
        let products = Arc::clone(&held.products);
        (loaded.len() == ids.len()).then_some(Found { products, loaded })
    }

    /// These purchases are written now.
    pub(super) fn forget(&mut self, ids: &HashSet<PurchaseId>) {
        for id in ids {
            self.held.as_mut().and_then(|held| held.loaded.remove(id));
        }
    }

    /// Forgets what was read before the last of so many writes of ours: it is of no use any more.
    pub(super) fn forget_older(&mut self, others: u64) {
        self.held.take_if(|held| held.seen.own != others);
    }
}

/// Bytes that it takes up, roughly.
fn size(loaded: &Loaded) -> usize {
    let lines: usize = loaded.known.kept.lines().iter().map(String::len).sum();
    let slices: usize = loaded.known.slices.iter().map(|slice| slice.links.len()).sum();
    size_of::<Loaded>() + lines + slices
}
