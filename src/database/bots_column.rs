//! The one column of the bot's that is written, and the date beside it where there is one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::shape::{Dated, Shape};
use super::sql::{Connection, Engine, Query, Row, Rows};
use super::values::whose;
use crate::domain::ids::PurchaseId;

/// Keeps others from writing these rows until the transaction ends.
///
/// SQLite has locked the whole file already. In PostgreSQL the rows are locked in the order of their
/// ids, so that two who do so cannot wait for each other.
pub(super) async fn lock(bot: &mut Connection, ids: &[PurchaseId]) -> Result<(), sqlx::Error> {
    if bot.engine() == Engine::Sqlite {
        return Ok(());
    }
    let sql = "SELECT CAST(id AS BIGINT) AS id FROM purchases WHERE id IN list($1) \
               ORDER BY id FOR NO KEY UPDATE";
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    bot.execute(Query::new(sql).bind(ids)).await
}

/// Whose the row is, and what the column holds; `None` if there is no such purchase.
pub(super) async fn find(
    bot: &mut Connection,
    shape: &Shape,
    purchase: PurchaseId,
) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    let sql = format!(
        "SELECT CAST({} AS TEXT) AS sub_id, CAST(single_configs_json AS TEXT) AS json \
         FROM purchases WHERE id = $1",
        shape.sub_id
    );
    let row = bot.find(Query::new(sql).bind(purchase.0)).await?;
    let read = |row: Row| {
        let sub_id = row.text("sub_id")?.filter(|id| !id.is_empty());
        Ok((whose(sub_id.as_deref()), row.text("json")?))
    };
    row.map(read).transpose()
}

/// Writes the column of these purchases, and the date of the change where the bot's table has one.
pub(super) fn write<'a>(
    shape: &Shape,
    columns: impl IntoIterator<Item = (PurchaseId, &'a str)>,
) -> Rows<3> {
    // The host's zone, as the bot's own dates (fact C9).
    let now = Timestamp::now().to_zoned(TimeZone::system());
    let (dated, now) = match shape.updated_at {
        None => (String::new(), String::new()),
        Some(Dated::Local(kind)) => (
            format!(", updated_at = CAST(n.at AS {kind})"),
            now.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        ),
        Some(Dated::Moment) => (
            ", updated_at = CAST(n.at AS TIMESTAMPTZ)".to_owned(),
            now.strftime("%Y-%m-%d %H:%M:%S%:z").to_string(),
        ),
    };
    let mut rows = Rows::new(format!(
        "WITH new (id, json, at) AS (VALUES rows()) \
         UPDATE purchases SET single_configs_json = n.json{dated} FROM new AS n \
         WHERE purchases.id = n.id"
    ));
    for (purchase, json) in columns {
        rows.push([purchase.0.into(), json.into(), now.as_str().into()]);
    }
    rows
}
