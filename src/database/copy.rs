//! A copy of what a core reads of the bot's database, in a file of our own.
//!
//! ```text
//! the bot's tables ─▶ one reading, read-only ─▶ Taken ─▶ a new file in the bot's newest shape
//!  any shape, either engine                              where a core may do what it likes
//! ```
//!
//! Invariants:
//! - Nothing is written where it is read, no lock of ours is taken there, and no file is made beside
//!   it.
//! - What is encrypted stays so.
//!
//! Deliberately absent: what is ours there already, and the tables that a core does not read.

use std::path::Path;

use super::error::DbError;
use super::files::options;
use super::look::reader;
use super::new::{self, CreateError};
use super::panels::{Products, load_products};
use super::place::Place;
use super::purchases::select;
use super::shape::Shape;
use super::sql::{Begin, Connection, Options, Pool, Prefix, Query, Row, Rows};
use crate::domain::ids::{PurchaseId, SubId};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The bot's database was not read.
    #[error(transparent)]
    Read(#[from] DbError),
    /// The file was not made.
    #[error(transparent)]
    Write(#[from] CreateError),
}

/// What was copied.
pub struct Copied {
    /// The shape that was found.
    pub shape: Shape,
    /// Every purchase, oldest first.
    pub purchases: Vec<Sold>,
}

/// A purchase as the bot has it. It has no `Debug`: it is a customer's access.
pub struct Sold {
    /// The bot's number.
    pub id: PurchaseId,
    /// Whether it is switched on.
    pub active: bool,
    /// What subscribers ask with; `None` for none, or an empty one.
    pub sub_id: Option<SubId>,
    /// What `single_configs_json` holds, to the letter.
    pub json: Option<String>,
}

/// Copies the bot's database into a new file.
///
/// # Errors
///
/// [`CopyError`], by side.
pub async fn copy(from: &Place, to: &Path) -> Result<Copied, CopyError> {
    let pool = reader(from).await?;
    let taken = match pool.acquire().await {
        Ok(mut bot) => take(&mut bot).await,
        Err(error) => Err(error.into()),
    };
    pool.close().await;
    let (copied, taken) = taken?;
    new::create(to).await?;
    let file = Options::Sqlite(Box::new(options(to).foreign_keys(false)));
    let pool = Pool::new(file, Prefix::SQLITE, 1);
    let written = write(&pool, taken).await.map_err(DbError::from);
    pool.close().await;
    written.map_err(CreateError::Database)?;
    Ok(copied)
}

/// The rows on their way.
struct Taken {
    servers: Rows<8>,
    users: Rows<2>,
    purchases: Rows<10>,
    products: Products,
}

/// Reads everything as of one moment.
async fn take(bot: &mut Connection) -> Result<(Copied, Taken), DbError> {
    bot.begin(Begin::Read).await?;
    let shape = Shape::detect(bot).await?.map_err(DbError::new)?;
    let servers = take_servers(bot, &shape).await?;
    let products = load_products(bot, &shape).await?;
    let mut purchases = Vec::new();
    let mut users = Rows::new("INSERT OR IGNORE INTO users (id, telegram_id) VALUES rows()");
    let mut rows = Rows::new(
        "INSERT INTO purchases (id, user_id, server_id, profile_id, expire_date, client_uuid, \
         client_email, sub_id, is_active, single_configs_json, initial_volume_gb) \
         SELECT *, 0 FROM (VALUES rows())",
    );
    let take = |row: Row| {
        let customer = row.int("customer")?.unwrap_or_default();
        if let Some(user) = row.int("telegram_id")? {
            users.push([customer.into(), user.into()]);
        }
        let (sub_id, active, json) = (row.text("sub_id")?, row.int("active")?, row.text("json")?);
        rows.push([
            row.id("id")?.into(),
            customer.into(),
            row.int("server_id")?.into(),
            row.int("profile")?.into(),
            row.text("expires")?.into(),
            row.text("client_uuid")?.into(),
            row.text("client_email")?.into(),
            sub_id.clone().into(),
            active.into(),
            json.clone().into(),
        ]);
        purchases.push(Sold {
            id: PurchaseId(row.id("id")?),
            active: active.is_some_and(|active| active != 0),
            sub_id: SubId::new(sub_id.as_deref()),
            json,
        });
        Ok(())
    };
    bot.fetch_each(Query::new(select(&shape, "ORDER BY p.id")), take).await?;
    bot.commit().await?;
    Ok((Copied { shape, purchases }, Taken { servers, users, purchases: rows, products }))
}

/// The panels, their columns as they are: a token that nobody can open stays one.
async fn take_servers(bot: &mut Connection, shape: &Shape) -> Result<Rows<8>, sqlx::Error> {
    const COLUMNS: [&str; 5] =
        ["panel_url", "username", "password", "subscription_base_url", "subscription_path_prefix"];
    let columns = COLUMNS.join(", ");
    let kind = if shape.has_panel_type { "panel_type" } else { "'x-ui'" };
    let sql =
        format!("SELECT CAST(id AS BIGINT) AS id, name, {kind} AS kind, {columns} FROM servers");
    let mut rows =
        Rows::new(format!("INSERT INTO servers (id, name, panel_type, {columns}) VALUES rows()"));
    let take = |row: Row| {
        let text = |column| Ok::<_, sqlx::Error>(row.text(column)?.unwrap_or_default().into());
        let [url, user, password, base, prefix] = COLUMNS;
        let (name, kind) = (text("name")?, text("kind")?);
        let id = row.id("id")?.into();
        rows.push([
            id,
            name,
            kind,
            text(url)?,
            text(user)?,
            text(password)?,
            text(base)?,
            text(prefix)?,
        ]);
        Ok(())
    };
    bot.fetch_each(Query::new(sql), take).await?;
    Ok(rows)
}

async fn write(pool: &Pool, taken: Taken) -> Result<(), sqlx::Error> {
    let Taken { servers, users, purchases, products } = taken;
    let mut file = pool.acquire().await?;
    file.begin(Begin::Write).await?;
    file.execute_rows(servers).await?;
    file.execute_rows(users).await?;
    write_products(&mut file, products).await?;
    file.execute_rows(purchases).await?;
    file.commit().await
}

async fn write_products(file: &mut Connection, products: Products) -> Result<(), sqlx::Error> {
    // Inbounds of a profile that is gone have no name.
    let mut profiles = Rows::new(
        "INSERT OR IGNORE INTO profiles (id, name, per_gb_price, duration_days) VALUES rows()",
    );
    let mut inbounds = Rows::new(
        "INSERT OR IGNORE INTO profile_inbounds (profile_id, server_id, inbound_id) VALUES rows()",
    );
    let mut synced = Rows::new(
        "INSERT OR IGNORE INTO synced_configs (server_id, inbound_id, port, protocol) \
         VALUES rows()",
    );
    for (id, profile) in products.profiles {
        profiles.push([id.0.into(), profile.name.into(), 0.into(), 0.into()]);
        for (panel, inbound) in profile.inbounds {
            inbounds.push([id.0.into(), panel.0.into(), inbound.into()]);
        }
    }
    for (panel, known) in products.synced {
        for inbound in known {
            let port = inbound.port.into();
            synced.push([panel.0.into(), inbound.inbound.into(), port, inbound.protocol.into()]);
        }
    }
    file.execute_rows(profiles).await?;
    file.execute_rows(inbounds).await?;
    file.execute_rows(synced).await
}
