//! What is to be written to the bot's column, where ours is another database.
//!
//! ```text
//! ours: slices, item, summary, and the note ─▶ COMMIT ─▶ the bot's column ─▶ COMMIT ─▶ note cleared
//!                                                 ╰── fails ──▶ repeated at the start, and by and by
//! ```
//!
//! Invariants:
//! - The column is overwritten only while it holds what it held when that was decided. If the bot
//!   wrote meanwhile, the bot's stays, and counts as the bot's.
//! - It is the same purchase that it was decided for, not another one with its number.

use super::bots_column;
use super::purchases::digest_of;
use super::shape::Shape;
use super::sql::{Connection, Query, Rows};
use crate::domain::ids::PurchaseId;

/// Something that is to be written.
pub(super) struct Pending {
    pub(super) purchase: PurchaseId,
    pub(super) json: String,
    /// The digest of what the column held.
    base: String,
    /// Whose it is.
    whose: String,
}

/// Notes what is to be written to purchases that have a row of ours: the text, and the digest of
/// what the column holds.
pub(super) fn note<'a>(notes: impl IntoIterator<Item = (PurchaseId, &'a str, &'a str)>) -> Rows<3> {
    let mut rows = Rows::new(
        "WITH new (id, json, base) AS (VALUES rows()) \
         UPDATE alamor.purchases AS p SET pending = n.json, pending_base = n.base FROM new AS n \
         WHERE p.purchase_id = n.id",
    );
    for (purchase, json, base) in notes {
        rows.push([purchase.0.into(), json.into(), base.into()]);
    }
    rows
}

pub(super) async fn list(own: &mut Connection) -> Result<Vec<Pending>, sqlx::Error> {
    let sql = "SELECT purchase_id, pending, pending_base, whose FROM alamor.purchases \
               WHERE pending IS NOT NULL ORDER BY purchase_id";
    let rows = own.fetch_all(Query::new(sql)).await?;
    let pending = rows.iter().map(|row| {
        Ok(Pending {
            purchase: PurchaseId(row.id("purchase_id")?),
            json: row.text("pending")?.unwrap_or_default(),
            base: row.text("pending_base")?.unwrap_or_default(),
            whose: row.text("whose")?.unwrap_or_default(),
        })
    });
    pending.collect()
}

pub(super) async fn clear(own: &mut Connection, ids: Vec<i64>) -> Result<(), sqlx::Error> {
    let sql = "UPDATE alamor.purchases SET pending = NULL, pending_base = NULL \
               WHERE purchase_id IN list($1)";
    own.execute(Query::new(sql).bind(ids)).await
}

/// Writes one column, unless the bot wrote meanwhile; in the transaction that `bot` is in.
pub(super) async fn write(
    bot: &mut Connection,
    shape: &Shape,
    pending: &Pending,
) -> Result<(), sqlx::Error> {
    let id = pending.purchase;
    bots_column::lock(bot, &[id]).await?;
    let Some((whose, json)) = bots_column::find(bot, shape, id).await? else { return Ok(()) };
    if whose == pending.whose && digest_of(json.as_deref()) == pending.base {
        let column = bots_column::write(shape, [(id, pending.json.as_str())]);
        bot.execute_rows(column).await?;
    }
    Ok(())
}
