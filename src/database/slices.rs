//! Our `slices`: what each panel contributed, with its age.

use std::collections::HashMap;
use std::sync::Arc;

use super::parts::json;
use super::sql::{Connection, Query, Row, Rows};
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

/// The slices of these purchases.
pub(super) async fn list(
    own: &mut Connection,
    ids: Vec<i64>,
) -> Result<HashMap<PurchaseId, Vec<Arc<Slice>>>, sqlx::Error> {
    let sql = "SELECT purchase_id, panel_id, links, headers, fetched_at, way, client, client_keys, \
               compared_at, per_client FROM alamor.slices \
               WHERE purchase_id IN list($1) ORDER BY panel_id";
    let rows = own.fetch_all(Query::new(sql).bind(ids)).await?;
    let mut slices: HashMap<PurchaseId, Vec<Arc<Slice>>> = HashMap::new();
    for row in &rows {
        let source = match row.id("panel_id")? {
            BEFORE => Source::Before,
            panel => Source::Panel(PanelId(panel)),
        };
        let headers = row.text("headers")?.unwrap_or_default();
        let slice = Slice {
            source,
            links: row.text("links")?.unwrap_or_default(),
            fetched_at: row.int("fetched_at")?,
            headers: serde_json::from_str(&headers).unwrap_or_default(),
            origin: read_origin(row)?,
        };
        slices.entry(PurchaseId(row.id("purchase_id")?)).or_default().push(Arc::new(slice));
    }
    Ok(slices)
}

/// What is remembered of these purchases on one panel, and whose that is.
pub(super) async fn list_origins(
    own: &mut Connection,
    panel: PanelId,
    ids: Vec<i64>,
) -> Result<HashMap<PurchaseId, (Origin, Option<String>)>, sqlx::Error> {
    let sql = "SELECT s.purchase_id, s.way, s.client, s.client_keys, s.compared_at, \
               s.per_client, o.whose FROM alamor.slices s \
               LEFT JOIN alamor.purchases o ON o.purchase_id = s.purchase_id \
               WHERE s.panel_id = $1 AND s.purchase_id IN list($2)";
    let rows = own.fetch_all(Query::new(sql).bind(panel.0).bind(ids)).await?;
    let read = |row: &Row| {
        Ok((PurchaseId(row.id("purchase_id")?), (read_origin(row)?, row.text("whose")?)))
    };
    rows.iter().map(read).collect()
}

/// From the columns `way`, `client`, `client_keys`, `compared_at` and `per_client`.
fn read_origin(row: &Row) -> Result<Origin, sqlx::Error> {
    let client = SubId::new(row.text("client")?.as_deref());
    let keys = row.text("client_keys")?;
    Ok(Origin {
        way: row.text("way")?.and_then(|way| Way::parse(&way)),
        client: client.zip(keys).map(|(sub_id, keys)| Mapping { sub_id, keys }),
        compared_at: row.int("compared_at")?,
        per_client: row.int("per_client")?.unwrap_or(0) != 0,
    })
}

/// Writes slices.
pub(super) fn upsert<'a>(slices: impl IntoIterator<Item = (PurchaseId, &'a Slice)>) -> Rows<10> {
    let mut rows = Rows::new(
        "INSERT INTO alamor.slices (purchase_id, panel_id, links, headers, fetched_at, way, client, \
         client_keys, compared_at, per_client) VALUES rows() \
         ON CONFLICT (purchase_id, panel_id) DO UPDATE SET \
         links = excluded.links, headers = excluded.headers, \
         fetched_at = excluded.fetched_at, way = excluded.way, client = excluded.client, \
         client_keys = excluded.client_keys, compared_at = excluded.compared_at, \
         per_client = excluded.per_client",
    );
    for (purchase, slice) in slices {
        let client = slice.origin.client.as_ref();
        rows.push([
            purchase.0.into(),
            key(slice.source).into(),
            slice.links.as_str().into(),
            json(&slice.headers).into(),
            slice.fetched_at.into(),
            slice.origin.way.map(Way::as_str).into(),
            client.map(|client| client.sub_id.reveal()).into(),
            client.map(|client| client.keys.as_str()).into(),
            slice.origin.compared_at.into(),
            slice.origin.per_client.into(),
        ]);
    }
    rows
}

/// Forgets whatever is kept under a number.
pub(super) async fn delete_all(
    own: &mut Connection,
    purchase: PurchaseId,
) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM alamor.slices WHERE purchase_id = $1";
    own.execute(Query::new(sql).bind(purchase.0)).await
}

pub(super) async fn delete(
    own: &mut Connection,
    purchase: PurchaseId,
    source: Source,
) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM alamor.slices WHERE purchase_id = $1 AND panel_id = $2";
    own.execute(Query::new(sql).bind(purchase.0).bind(key(source))).await
}
