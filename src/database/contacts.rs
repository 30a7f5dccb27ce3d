//! Whom a panel is asked about: what the bot knows of a purchase's clients, and what we remember.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::purchases::{read_keys, text_of};
use super::shape::Shape;
use super::slices::read_origin;
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::{PanelId, PurchaseId, SubId};
use crate::domain::slice::Origin;

/// One purchase, as one of its panels is asked about it.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// What its subscribers ask with. The panel may know it (July), or not.
    pub own: SubId,
    /// What the bot knows of its clients.
    pub keys: ClientKeys,
    /// What is remembered of it on this panel.
    pub origin: Origin,
}

impl Contact {
    /// The panel's own subscription id, where it is remembered and was found by the same keys.
    #[must_use]
    pub fn mapped(&self) -> Option<&SubId> {
        let client = self.origin.client.as_ref()?;
        (client.keys == self.keys.digest()).then_some(&client.sub_id)
    }
}

/// The purchases of `ids` that can be asked about; one without a subscription id cannot.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    shape: &Shape,
    panel: PanelId,
    ids: &[PurchaseId],
) -> Result<HashMap<PurchaseId, Contact>, sqlx::Error> {
    let list = serde_json::json!(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let (uuid, email) = (text_of(shape.client_uuid), text_of(shape.client_email));
    let sub_id = shape.sub_id;
    let sql = format!(
        "SELECT p.id, CAST(p.{sub_id} AS TEXT) AS sub_id, {uuid} AS client_uuid, \
         {email} AS client_email, s.way, s.client, s.client_keys, s.compared_at, s.per_client \
         FROM purchases p LEFT JOIN alamor_slices s ON s.purchase_id = p.id AND s.panel_id = $2 \
         WHERE p.id IN (SELECT value FROM json_each($1))"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(list).bind(panel.0).fetch_all(connection).await?;
    let mut contacts = HashMap::with_capacity(rows.len());
    for row in &rows {
        let purchase = PurchaseId(row.try_get("id")?);
        let own = SubId::new(row.try_get::<Option<String>, _>("sub_id")?.as_deref());
        let Some(own) = own else { continue };
        let (keys, origin) = (read_keys(row)?, read_origin(row)?);
        contacts.insert(purchase, Contact { purchase, own, keys, origin });
    }
    Ok(contacts)
}
