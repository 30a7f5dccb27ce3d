//! Judging ahead: the next batch is read and judged while the one before it is being written.
//!
//! ```text
//! writer   BEGIN  Seen ─ write batch 1 ─ COMMIT   BEGIN  the same Seen? ─ write batch 2 ─ COMMIT
//!                   ╰─▶ reader  batch 2: read ─ judge ─ Draft ─▶ yes: as it is; no: anew
//! ```
//!
//! What is decided holds only for what the database holds when it is committed. That is so if nobody
//! wrote in between: others did not, or SQLite's count of their commits is another, and the first
//! count was made before the reading; we ourselves wrote batch 1, which has no purchase of batch 2,
//! or something that is counted as well ([`Seen`]). Whatever is in doubt is judged once more, inside
//! the transaction.
//!
//! SQLite only. PostgreSQL locks rows and not the whole, and does not count.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::draft::Draft;
use super::error::DbError;
use super::judging::{Found, ids_of};
use super::settle::Settle;
use super::shape::Shape;
use super::sides::Readers;
use super::sql::Version;
use crate::domain::ids::PurchaseId;

/// Fewer than this are not worth it: they are judged inside the transaction.
pub(super) const ENOUGH: usize = 128;

/// Who has written so far, as far as it is not known otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Others.
    pub(super) version: Version,
    /// Ourselves, outside of batches.
    pub(super) own: u64,
}

/// Who judges ahead.
#[derive(Debug, Clone)]
pub(super) struct Ahead {
    pub(super) readers: Readers,
    pub(super) shape: Arc<Shape>,
}

/// A batch that is being judged.
pub(super) struct Judging {
    /// Who had written before it was read.
    seen: Seen,
    draft: JoinHandle<Result<Draft, DbError>>,
}

impl Judging {
    /// Begins to judge a batch, after `seen` was; `found` is what is known of it already.
    pub(super) fn begin(
        ahead: Ahead,
        batch: Vec<Settle>,
        seen: Seen,
        found: Option<Found>,
    ) -> Self {
        Self { seen, draft: tokio::spawn(async move { ahead.judge(&batch, found).await }) }
    }

    /// What was decided, and on what; `None` if that failed: inside the transaction it will be seen
    /// why.
    pub(super) async fn end(self) -> Option<(Seen, Draft)> {
        Some((self.seen, self.draft.await.ok()?.ok()?))
    }
}

impl Ahead {
    async fn judge(&self, batch: &[Settle], found: Option<Found>) -> Result<Draft, DbError> {
        let found = match found {
            Some(found) => found,
            None => self.read(&ids_of(batch)).await?,
        };
        Ok(found.judge(self.readers.ours(), &self.shape, batch).await)
    }

    /// Reads what purchases are judged by. In no transaction: what is read fits together if nobody
    /// wrote, and else does not count.
    pub(super) async fn read(&self, ids: &[PurchaseId]) -> Result<Found, DbError> {
        let mut sides = self.readers.acquire().await?;
        Ok(Found::read(&mut sides, &self.shape, ids).await?)
    }
}
