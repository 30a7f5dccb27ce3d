//! Our `alamor_audit`: who saw or did what. And what is forgotten after a time.

use sqlx::{AssertSqlSafe, SqliteConnection};

/// How long an entry is kept, in milliseconds: 90 days.
const KEPT_MS: i64 = 90 * 24 * 3600 * 1000;

/// How long the slices of a purchase that the bot deleted are kept, in milliseconds: 30 days.
const ORPHANS_KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    now: i64,
    by: &str,
    action: &str,
    subject: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO alamor_audit (at, by_whom, action, subject) VALUES ($1, $2, $3, $4)")
        .bind(now)
        .bind(by)
        .bind(action)
        .bind(subject)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets old entries, and what is left of purchases that the bot deleted long ago.
pub(super) async fn prune(connection: &mut SqliteConnection, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM alamor_audit WHERE at < $1")
        .bind(now - KEPT_MS)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE alamor_purchases SET gone_since = CASE \
         WHEN purchase_id IN (SELECT id FROM purchases) THEN NULL \
         ELSE coalesce(gone_since, $1) END \
         WHERE gone_since IS NOT NULL OR purchase_id NOT IN (SELECT id FROM purchases)",
    )
    .bind(now)
    .execute(&mut *connection)
    .await?;
    // Slices first: which of them are old is known from the other table.
    for table in ["alamor_slices", "alamor_purchases"] {
        let sql = format!(
            "DELETE FROM {table} WHERE purchase_id IN \
             (SELECT purchase_id FROM alamor_purchases WHERE gone_since <= $1)"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(now - ORPHANS_KEPT_MS)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
