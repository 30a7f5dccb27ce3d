//! Our `alamor_panels`: which panels refused which password, as a digest of it.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Database;
use super::error::DbError;
use crate::domain::ids::PanelId;

impl Database {
    /// The digest of what each panel refused, for those that refused anything.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn load_refused(&self) -> Result<HashMap<PanelId, String>, DbError> {
        let sql = "SELECT panel_id, refused FROM alamor_panels WHERE refused IS NOT NULL";
        let rows = sqlx::query(sql).fetch_all(&mut *self.reader().await?).await?;
        let read =
            |row: &SqliteRow| Ok((PanelId(row.try_get("panel_id")?), row.try_get("refused")?));
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Notes the digest of what a panel refused; `None` forgets it.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn note_refused(
        &self,
        panel: PanelId,
        digest: Option<String>,
    ) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { note(c, panel, digest).await })).await
    }
}

async fn note(
    connection: &mut SqliteConnection,
    panel: PanelId,
    digest: Option<String>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO alamor_panels (panel_id, refused) VALUES ($1, $2) \
         ON CONFLICT (panel_id) DO UPDATE SET refused = excluded.refused",
    )
    .bind(panel.0)
    .bind(digest)
    .execute(connection)
    .await?;
    Ok(())
}
