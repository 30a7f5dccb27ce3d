//! Our `alamor_slices`: what each panel contributed, with its age.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::domain::ids::{PanelId, PurchaseId, SubId};
use crate::domain::slice::{Mapping, Origin, Slice, Source};
use crate::domain::way::Way;

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
        "SELECT purchase_id, panel_id, links, headers, fetched_at, way, client, client_keys, \
         compared_at, per_client FROM alamor_slices \
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
            origin: read_origin(row)?,
        });
    }
    Ok(slices)
}

/// From the columns `way`, `client`, `client_keys`, `compared_at` and `per_client`.
pub(super) fn read_origin(row: &SqliteRow) -> Result<Origin, sqlx::Error> {
    let client = SubId::new(row.try_get::<Option<String>, _>("client")?.as_deref());
    let keys: Option<String> = row.try_get("client_keys")?;
    Ok(Origin {
        way: row.try_get::<Option<String>, _>("way")?.and_then(|way| Way::parse(&way)),
        client: client.zip(keys).map(|(sub_id, keys)| Mapping { sub_id, keys }),
        compared_at: row.try_get("compared_at")?,
        per_client: row.try_get::<Option<i64>, _>("per_client")?.unwrap_or(0) != 0,
    })
}

pub(super) async fn upsert(
    connection: &mut SqliteConnection,
    purchase: PurchaseId,
    slice: &Slice,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO alamor_slices (purchase_id, panel_id, links, headers, fetched_at, way, \
         client, client_keys, compared_at, per_client) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (purchase_id, panel_id) DO UPDATE SET \
         links = excluded.links, headers = excluded.headers, fetched_at = excluded.fetched_at, \
         way = excluded.way, client = excluded.client, client_keys = excluded.client_keys, \
         compared_at = excluded.compared_at, per_client = excluded.per_client",
    )
    .bind(purchase.0)
    .bind(key(slice.source))
    .bind(slice.links.join("\n"))
    .bind(serde_json::json!(slice.headers).to_string())
    .bind(slice.fetched_at)
    .bind(slice.origin.way.map(Way::as_str))
    .bind(slice.origin.client.as_ref().map(|client| client.sub_id.reveal()))
    .bind(slice.origin.client.as_ref().map(|client| client.keys.as_str()))
    .bind(slice.origin.compared_at)
    .bind(i64::from(slice.origin.per_client))
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
