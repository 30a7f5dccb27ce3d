//! What the bot changed since somebody last looked.
//!
//! | engine | whether anything changed | which rows |
//! |---|---|---|
//! | SQLite | `PRAGMA data_version` on the writer's own connection: others' commits alone | all are read, and their stamps compared |
//! | PostgreSQL | the snapshot: who has committed so far | those with another `xmin` |
//!
//! # Source
//!
//! SQLite, "PRAGMA data_version"; fact C18.

use std::collections::HashMap;

use super::cipher::Cipher;
use super::error::DbError;
use super::open::{Opened, Reading};
use super::panels::{PanelRow, Products, list_panels, load_products};
use super::purchases::{self, Listed};
use super::shape::Shape;
use super::sides::Sides;
use super::sql::{Begin, Connection, Engine, Query, Row, Version};
use crate::domain::ids::PurchaseId;

/// What was seen last; nothing at first.
#[derive(Debug, Default)]
pub struct Watcher(Seen);

#[derive(Debug, Default)]
enum Seen {
    #[default]
    Nothing,
    /// What stood on a disk that was full: it does not change.
    StandIn,
    Sqlite(Version),
    Postgres(Box<Snapshot>),
}

#[derive(Debug)]
struct Snapshot {
    /// Who has committed so far, in PostgreSQL's words.
    text: String,
    /// Which transaction wrote a purchase last.
    writers: HashMap<i64, i64>,
    products: Products,
}

/// The bot's tables, as far as they may have changed.
#[derive(Debug)]
pub struct Changes {
    /// Every panel.
    pub panels: Vec<PanelRow>,
    /// Every product.
    pub products: Products,
    /// Which purchases.
    pub purchases: Purchases,
}

/// Which purchases may have changed.
#[derive(Debug)]
pub enum Purchases {
    /// Any: these are all, oldest first.
    All(Vec<Listed>),
    /// A few.
    Some {
        /// Those that are new or other than before.
        there: Vec<Listed>,
        /// Those that are gone.
        gone: Vec<PurchaseId>,
    },
}

/// Reads what changed; `None` if nothing did. What fails is read again the next time.
pub(super) async fn look(
    opened: &Opened,
    cipher: Option<&Cipher>,
    watcher: &mut Watcher,
) -> Result<Option<Changes>, DbError> {
    match opened.reading.shape.engine {
        Engine::Sqlite => look_at_file(opened, cipher, watcher).await,
        Engine::Postgres => look_at_server(opened, cipher, watcher).await,
    }
}

async fn look_at_file(
    opened: &Opened,
    cipher: Option<&Cipher>,
    watcher: &mut Watcher,
) -> Result<Option<Changes>, DbError> {
    let version = opened.writer.version().await?;
    if matches!(watcher.0, Seen::Sqlite(seen) if seen == version) {
        return Ok(None);
    }
    let all = read_all(&opened.reading, cipher).await?;
    watcher.0 = Seen::Sqlite(version);
    Ok(Some(all))
}

/// Reads everything that stands on a disk that is full, once.
pub(super) async fn look_at_stand_in(
    reading: &Reading,
    cipher: Option<&Cipher>,
    watcher: &mut Watcher,
) -> Result<Option<Changes>, DbError> {
    if matches!(watcher.0, Seen::StandIn) {
        return Ok(None);
    }
    let all = read_all(reading, cipher).await?;
    watcher.0 = Seen::StandIn;
    Ok(Some(all))
}

async fn read_all(reading: &Reading, cipher: Option<&Cipher>) -> Result<Changes, DbError> {
    let Reading { readers, shape } = reading;
    let mut sides = readers.acquire().await?;
    sides.begin(Begin::Read).await?;
    let (panels, products) = tables(&mut sides, shape, cipher).await?;
    let all = purchases::list(&mut sides, shape, &products, None).await?;
    sides.commit().await?;
    Ok(Changes { panels, products, purchases: Purchases::All(all) })
}

async fn look_at_server(
    opened: &Opened,
    cipher: Option<&Cipher>,
    watcher: &mut Watcher,
) -> Result<Option<Changes>, DbError> {
    let Reading { readers, shape } = &opened.reading;
    let mut sides = readers.acquire().await?;
    sides.begin(Begin::Read).await?;
    let text = "SELECT CAST(pg_current_snapshot() AS TEXT) AS now";
    let text = sides.bot().get(Query::new(text)).await?.text("now")?.unwrap_or_default();
    let before = match &watcher.0 {
        Seen::Postgres(seen) if seen.text == text => {
            sides.commit().await?;
            return Ok(None);
        }
        Seen::Postgres(seen) => Some(seen),
        Seen::Nothing | Seen::StandIn | Seen::Sqlite(_) => None,
    };
    let (panels, products) = tables(&mut sides, shape, cipher).await?;
    let writers = list_writers(sides.bot()).await?;
    // A product says for any number of purchases where they are.
    let purchases = match before.filter(|seen| seen.products == products) {
        None => Purchases::All(purchases::list(&mut sides, shape, &products, None).await?),
        Some(seen) => {
            let (there, gone) = differ(&seen.writers, &writers);
            let there = if there.is_empty() {
                Vec::new()
            } else {
                purchases::list(&mut sides, shape, &products, Some(there)).await?
            };
            Purchases::Some { there, gone }
        }
    };
    sides.commit().await?;
    let seen = Snapshot { text, writers, products: products.clone() };
    watcher.0 = Seen::Postgres(Box::new(seen));
    Ok(Some(Changes { panels, products, purchases }))
}

async fn tables(
    sides: &mut Sides,
    shape: &Shape,
    cipher: Option<&Cipher>,
) -> Result<(Vec<PanelRow>, Products), DbError> {
    let panels = list_panels(sides.bot(), shape, cipher).await?;
    let products = load_products(sides.bot(), shape).await?;
    Ok((panels, products))
}

/// Which transaction wrote each purchase last. Ours are among them: what a row of ours looks like
/// now is not known without reading it, since the bot may have written it just before.
async fn list_writers(bot: &mut Connection) -> Result<HashMap<i64, i64>, DbError> {
    let sql = "SELECT CAST(id AS BIGINT) AS id, CAST(CAST(xmin AS TEXT) AS BIGINT) AS writer \
               FROM purchases";
    let mut writers = HashMap::new();
    let take = |row: Row| {
        writers.insert(row.id("id")?, row.id("writer")?);
        Ok(())
    };
    bot.fetch_each(Query::new(sql), take).await?;
    Ok(writers)
}

/// Ids that are new or were written since, and ids that are gone.
fn differ(before: &HashMap<i64, i64>, now: &HashMap<i64, i64>) -> (Vec<i64>, Vec<PurchaseId>) {
    let there = now.iter().filter(|(id, writer)| before.get(id) != Some(writer));
    let gone = before.keys().filter(|id| !now.contains_key(id));
    (there.map(|(id, _)| *id).collect(), gone.map(|id| PurchaseId(*id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_by_another_transaction_is_read_again() {
        let before = HashMap::from([(1, 10), (2, 10), (3, 11)]);
        let now = HashMap::from([(1, 10), (3, 12), (4, 13)]);
        let (mut there, gone) = differ(&before, &now);
        there.sort_unstable();
        assert_eq!((there, gone), (vec![3, 4], vec![PurchaseId(2)]));
    }
}
