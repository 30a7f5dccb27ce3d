//! Whom a panel is asked about: what the bot knows of a purchase's clients, and what we remember.

use std::collections::HashMap;

use super::shape::Shape;
use super::sides::Sides;
use super::slices::list_origins;
use super::sql::Query;
use super::values::{read_keys, text_of, whose};
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
    /// Whether nobody has tried to update it yet: it may have been sold a second ago.
    pub is_new: bool,
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
    sides: &mut Sides,
    shape: &Shape,
    panel: PanelId,
    ids: &[PurchaseId],
) -> Result<HashMap<PurchaseId, Contact>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let (uuid, email) = (text_of(shape.client_uuid), text_of(shape.client_email));
    let sub_id = shape.sub_id;
    let sql = format!(
        "SELECT CAST(p.id AS BIGINT) AS id, CAST(p.{sub_id} AS TEXT) AS sub_id, \
         {uuid} AS client_uuid, {email} AS client_email \
         FROM purchases p WHERE p.id IN list($1)"
    );
    let rows = sides.bot().fetch_all(Query::new(sql).bind(ids.clone())).await?;
    let mut origins = list_origins(sides.own(), panel, ids).await?;
    let mut contacts = HashMap::with_capacity(rows.len());
    for row in &rows {
        let purchase = PurchaseId(row.id("id")?);
        let Some(own) = SubId::new(row.text("sub_id")?.as_deref()) else { continue };
        let (origin, of) = origins.remove(&purchase).unwrap_or_default();
        let is_its = of.is_none_or(|of| of == whose(Some(own.reveal())));
        let origin = if is_its { origin } else { Origin::default() };
        contacts.insert(
            purchase,
            Contact { purchase, own, keys: read_keys(row)?, origin, is_new: false },
        );
    }
    Ok(contacts)
}
