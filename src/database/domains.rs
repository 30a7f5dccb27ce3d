//! The bot's `subscription_domains`: the names in the addresses that customers were given.

use super::glance::glance;
use super::place::Place;
use super::shape::columns;
use super::sql::{Connection, Query};

/// Most names that are looked at: an operator has a handful, in case one is blocked.
const MOST: i64 = 32;

/// The names, without a lock and without our own tables; none where the database is away.
pub async fn find(place: &Place) -> Vec<String> {
    glance(place, async |bot| list(bot).await).await.unwrap_or_default()
}

/// The names, the active one first; none where the bot's shape has no such table.
pub(super) async fn list(bot: &mut Connection) -> Result<Vec<String>, sqlx::Error> {
    let columns = columns(bot, "subscription_domains").await?;
    if !columns.contains_key("domain_name") || !columns.contains_key("is_active") {
        return Ok(Vec::new());
    }
    let sql = "SELECT domain_name FROM subscription_domains \
               ORDER BY CASE WHEN is_active THEN 0 ELSE 1 END, id LIMIT $1";
    let rows = bot.fetch_all(Query::new(sql).bind(MOST)).await?;
    let names = rows.iter().filter_map(|row| row.text("domain_name").transpose());
    names.collect()
}
