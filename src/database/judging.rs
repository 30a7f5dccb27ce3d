//! Reading a batch of purchases, and letting each one's judge decide.
//!
//! The judge is handed in, so this module decides nothing. It sees the rows as they are at that
//! moment, and nobody else writes between its reading and its writing: the transaction has SQLite's
//! write lock from its beginning, or has locked the purchases' rows in PostgreSQL. In SQLite a batch
//! may be read and judged before its transaction begins, if that shows that nobody wrote since
//! (`ahead.rs`).
//!
//! Where ours is another database, the bot's column is not written here: that is noted (`outbox.rs`).

use std::collections::HashMap;
use std::sync::Arc;

use super::bots_column;
use super::draft::Draft;
use super::panels::{Products, load_products};
use super::purchases::{Loaded, load_known};
use super::settle::{Settle, Settlement};
use super::shape::Shape;
use super::sides::{Ours, Sides};
use crate::domain::ids::PurchaseId;

/// Settles several purchases, each once, in the transaction that both sides are in; ends ours.
pub(super) async fn run(
    sides: &mut Sides,
    shape: &Shape,
    batch: &[Settle],
) -> Result<Vec<Settlement>, sqlx::Error> {
    bots_column::lock(sides.bot(), &ids_of(batch)).await?;
    let found = Found::read(sides, shape, &ids_of(batch)).await?;
    let draft = found.judge(sides.ours(), shape, batch).await;
    draft.commit(sides).await
}

/// Which purchases these are.
pub(super) fn ids_of(batch: &[Settle]) -> Vec<PurchaseId> {
    batch.iter().map(|settle| settle.purchase).collect()
}

/// How many are judged without a pause.
const AT_A_TIME: usize = 64;

/// What a batch is judged by.
pub(super) struct Found {
    pub(super) products: Arc<Products>,
    pub(super) loaded: HashMap<PurchaseId, Loaded>,
}

impl Found {
    /// Reads it, in the transaction that `sides` are in, if they are.
    pub(super) async fn read(
        sides: &mut Sides,
        shape: &Shape,
        ids: &[PurchaseId],
    ) -> Result<Self, sqlx::Error> {
        let products = load_products(sides.bot(), shape).await?;
        let loaded = load_known(sides, shape, &products, ids).await?;
        Ok(Self { products: Arc::new(products), loaded })
    }

    /// Lets each purchase's judge decide; writes nothing.
    pub(super) async fn judge(self, ours: Ours, shape: &Shape, batch: &[Settle]) -> Draft {
        let mut settlements = Vec::with_capacity(batch.len());
        for some in batch.chunks(AT_A_TIME) {
            settlements.extend(some.iter().map(|settle| {
                let before = self.loaded.get(&settle.purchase);
                (settle.judge)(before.map(|loaded| &loaded.known), &self.products)
            }));
            // Others want to be served meanwhile.
            tokio::task::yield_now().await;
        }
        Draft::of(ours, shape, batch, settlements, &self.loaded)
    }
}
