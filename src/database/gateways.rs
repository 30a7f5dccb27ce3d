//! The bot's `payment_gateways`: whether customers pay by one that sends them back to this server.

use super::glance::glance;
use super::place::Place;
use super::shape::columns;
use super::sql::{Connection, Query};

/// Whether there is an active gateway whose customers come back to `/zarinpal/verify`; `None` where
/// the database does not answer.
pub async fn have_callback(place: &Place) -> Option<bool> {
    glance(place, async |bot| has_callback(bot).await).await
}

/// A gateway with a merchant's number is one; transfers to a card have none. In the shape of before
/// there is no such column, and no callback.
async fn has_callback(bot: &mut Connection) -> Result<bool, sqlx::Error> {
    let columns = columns(bot, "payment_gateways").await?;
    if !["merchant_id", "is_active"].iter().all(|column| columns.contains_key(*column)) {
        return Ok(false);
    }
    let sql =
        "SELECT merchant_id FROM payment_gateways WHERE is_active AND merchant_id <> '' LIMIT 1";
    Ok(!bot.fetch_all(Query::new(sql)).await?.is_empty())
}
