//! Our `audit`: who saw or did what. And what is forgotten after a time.

use std::borrow::Cow;

use super::Database;
use super::error::DbError;
use super::purchases::list_ids;
use super::sql::{Connection, Query, Row};

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
    pub action: Cow<'static, str>,
    /// To what.
    pub subject: String,
}

/// A deed that was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// Who did what.
    pub deed: Deed,
}

impl Database {
    /// Notes who did what to what.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn audit(&self, now: i64, deed: Deed) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { insert(c, now, deed).await })).await
    }

    /// So many audit entries behind the `first` newest ones, newest first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_audit(&self, first: i64, limit: u32) -> Result<Vec<Noted>, DbError> {
        Ok(list(&mut self.own().await?, first, limit).await?)
    }

    /// Forgets audit entries and slices of deleted purchases that are old enough.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn prune(&self, now: i64) -> Result<(), DbError> {
        let there = list_ids(self.sides().await?.bot()).await?;
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { prune(c, there, now).await })).await
    }
}

async fn insert(own: &mut Connection, now: i64, deed: Deed) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO alamor.audit (at, by_whom, origin, action, subject) \
               VALUES ($1, $2, $3, $4, $5)";
    let Deed { by, origin, action, subject } = deed;
    own.execute(
        Query::new(sql).bind(now).bind(by).bind(origin).bind(action.into_owned()).bind(subject),
    )
    .await
}

/// So many entries behind the `first` newest ones, newest first.
async fn list(own: &mut Connection, first: i64, limit: u32) -> Result<Vec<Noted>, sqlx::Error> {
    // Within a millisecond any order will do, but always the same one.
    let sql = "SELECT at, by_whom, origin, action, subject FROM alamor.audit \
               ORDER BY at DESC, action, subject, by_whom LIMIT $1 OFFSET $2";
    let rows = own.fetch_all(Query::new(sql).bind(i64::from(limit)).bind(first)).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Noted, sqlx::Error> {
    let text = |column| row.text(column).map(Option::unwrap_or_default);
    let deed = Deed {
        by: text("by_whom")?,
        origin: row.text("origin")?,
        action: text("action")?.into(),
        subject: text("subject")?,
    };
    Ok(Noted { at: row.id("at")?, deed })
}

/// Forgets old entries, and what is left of purchases that the bot deleted long ago; `there` are
/// those that it has.
async fn prune(own: &mut Connection, there: Vec<i64>, now: i64) -> Result<(), sqlx::Error> {
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
