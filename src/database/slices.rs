//! Our `alamor_slices`: what each panel contributed, with its age.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection};

use crate::domain::ids::{PanelId, PurchaseId};
use crate::domain::slice::{Slice, Source};

/// `panel_id` of the slice that was there before we first wrote. The bot's ids start at 1.
const BEFORE: i64 = 0;

fn key(source: Source) -> i64 {
    match source {
        Source::Before => BEFORE,
        Source::Panel(panel) => panel.0,
    }
}

/// The slices of the purchases whose ids stand in the JSON array `ids`.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    ids: &str,
) -> Result<HashMap<PurchaseId, Vec<Slice>>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT purchase_id, panel_id, links, headers, fetched_at FROM alamor_slices \
         WHERE purchase_id IN (SELECT value FROM json_each($1)) ORDER BY panel_id",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut slices: HashMap<PurchaseId, Vec<Slice>> = HashMap::new();
    for row in &rows {
        let source = match row.try_get("panel_id")? {
            BEFORE => Source::Before,
            panel => Source::Panel(PanelId(panel)),
        };
        let links: String = row.try_get("links")?;
        let headers: String = row.try_get("headers")?;
        slices.entry(PurchaseId(row.try_get("purchase_id")?)).or_default().push(Slice {
            source,
            links: links.lines().map(str::to_owned).collect(),
            fetched_at: row.try_get("fetched_at")?,
            headers: serde_json::from_str(&headers).unwrap_or_default(),
        });
    }
    Ok(slices)
}

pub(super) async fn upsert(
    connection: &mut SqliteConnection,
    purchase: PurchaseId,
    slice: &Slice,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO alamor_slices (purchase_id, panel_id, links, headers, fetched_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (purchase_id, panel_id) DO UPDATE SET \
         links = excluded.links, headers = excluded.headers, fetched_at = excluded.fetched_at",
    )
    .bind(purchase.0)
    .bind(key(slice.source))
    .bind(slice.links.join("\n"))
    .bind(serde_json::json!(slice.headers).to_string())
    .bind(slice.fetched_at)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    purchase: PurchaseId,
    source: Source,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM alamor_slices WHERE purchase_id = $1 AND panel_id = $2")
        .bind(purchase.0)
        .bind(key(source))
        .execute(connection)
        .await?;
    Ok(())
}
