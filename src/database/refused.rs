//! Our `panels`: which panels refused which password, as a digest of it.
//!
//! Invariant: the digest is encrypted with the bot's key, so that nobody who has the file can try
//! passwords against it. What another key wrote is as if it was never refused.

use std::collections::HashMap;

use super::Database;
use super::error::DbError;
use super::sql::{Connection, Query};
use crate::domain::ids::PanelId;

impl Database {
    /// The digest of what each panel refused, for those that refused anything.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn load_refused(&self) -> Result<HashMap<PanelId, String>, DbError> {
        let sql = "SELECT panel_id, refused FROM alamor.panels WHERE refused IS NOT NULL";
        let rows = self.own().await?.fetch_all(Query::new(sql)).await?;
        let mut refused = HashMap::new();
        for row in &rows {
            let token = row.text("refused")?.unwrap_or_default();
            let digest = self.cipher.as_ref().and_then(|cipher| cipher.decrypt(&token));
            if let Some(digest) = digest {
                refused.insert(PanelId(row.id("panel_id")?), digest);
            }
        }
        Ok(refused)
    }

    /// Notes the digest of what a panel refused; `None` forgets it. Without a key nothing is noted:
    /// then nobody can read a password either.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn note_refused(
        &self,
        panel: PanelId,
        digest: Option<String>,
    ) -> Result<(), DbError> {
        let seal = |digest: String| Some(self.cipher.as_ref()?.encrypt(&digest));
        let digest = digest.and_then(seal);
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { note(c, panel, digest).await })).await
    }
}

async fn note(
    own: &mut Connection,
    panel: PanelId,
    digest: Option<String>,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO alamor.panels (panel_id, refused) VALUES ($1, $2) \
               ON CONFLICT (panel_id) DO UPDATE SET refused = excluded.refused";
    own.execute(Query::new(sql).bind(panel.0).bind(digest)).await
}
