//! Our `audit`: who saw or did what. And what is forgotten after a time.

use super::sql::{Connection, Query};

/// How long an entry is kept, in milliseconds: 90 days.
const KEPT_MS: i64 = 90 * 24 * 3600 * 1000;

/// How long the slices of a purchase that the bot deleted are kept, in milliseconds: 30 days.
const ORPHANS_KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Who, as they say themselves.
    pub by: String,
    /// Where from; `None` for the core itself.
    pub origin: Option<String>,
    /// What.
    pub action: &'static str,
    /// To what.
    pub subject: String,
}

pub(super) async fn insert(own: &mut Connection, now: i64, deed: Deed) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO alamor.audit (at, by_whom, origin, action, subject) \
               VALUES ($1, $2, $3, $4, $5)";
    let Deed { by, origin, action, subject } = deed;
    own.execute(Query::new(sql).bind(now).bind(by).bind(origin).bind(action).bind(subject)).await
}

/// Forgets old entries, and what is left of purchases that the bot deleted long ago; `there` are
/// those that it has.
pub(super) async fn prune(
    own: &mut Connection,
    there: Vec<i64>,
    now: i64,
) -> Result<(), sqlx::Error> {
    let old = Query::new("DELETE FROM alamor.audit WHERE at < $1").bind(now - KEPT_MS);
    own.execute(old).await?;
    let sql = "UPDATE alamor.purchases SET gone_since = CASE \
               WHEN purchase_id IN list($2) THEN NULL ELSE coalesce(gone_since, $1) END \
               WHERE gone_since IS NOT NULL OR purchase_id NOT IN list($2)";
    own.execute(Query::new(sql).bind(now).bind(there)).await?;
    // Slices first: which of them are old is known from the other table.
    for table in ["slices", "purchases"] {
        let sql = format!(
            "DELETE FROM alamor.{table} WHERE purchase_id IN \
             (SELECT purchase_id FROM alamor.purchases WHERE gone_since <= $1)"
        );
        own.execute(Query::new(sql).bind(now - ORPHANS_KEPT_MS)).await?;
    }
    Ok(())
}
