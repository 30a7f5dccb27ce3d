//! The bot's `servers`, decrypted, and its profiles.

use std::collections::HashMap;
use std::fmt;

use secrecy::SecretString;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::cipher::Cipher;
use super::shape::Shape;
use crate::domain::ids::{PanelId, ProfileId};

/// One X-UI server as the bot knows it.
#[derive(Debug, Clone)]
pub struct PanelRow {
    /// The bot's id.
    pub id: PanelId,
    /// The bot's name for it.
    pub name: String,
    /// `x-ui` or `alireza`, as the bot says.
    pub kind: String,
    /// Where it is; `None` if a column cannot be decrypted.
    pub address: Option<PanelAddress>,
}

/// The five encrypted columns. `Debug` shows none of them.
#[derive(Clone)]
pub struct PanelAddress {
    /// Of its web interface and API.
    pub panel_url: String,
    /// Of its API.
    pub username: SecretString,
    /// Of its API.
    pub password: SecretString,
    /// Of its subscriptions, without the prefix.
    pub subscription_base_url: String,
    /// Path of its subscriptions.
    pub subscription_path_prefix: String,
}

impl fmt::Debug for PanelAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PanelAddress(…)")
    }
}

/// A product made of inbounds on several panels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The bot's name for it.
    pub name: String,
    /// Its inbounds, in the bot's order.
    pub inbounds: Vec<(PanelId, i64)>,
}

impl Profile {
    /// Its panels, each once, in the bot's order.
    #[must_use]
    pub fn panels(&self) -> Vec<PanelId> {
        let mut panels = Vec::new();
        for (panel, _) in &self.inbounds {
            if !panels.contains(panel) {
                panels.push(*panel);
            }
        }
        panels
    }
}

/// An inbound as an admin action of the bot copied it from the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncedInbound {
    /// The panel's id of it.
    pub inbound: i64,
    /// Its port.
    pub port: i64,
    /// `vless`, `vmess`, `trojan`, `shadowsocks`, …
    pub protocol: String,
}

/// Everything that says which panels a purchase uses, and what of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Products {
    /// Every profile.
    pub profiles: HashMap<ProfileId, Profile>,
    /// Every inbound that is known by port.
    pub synced: HashMap<PanelId, Vec<SyncedInbound>>,
}

pub(super) async fn list_panels(
    connection: &mut SqliteConnection,
    shape: &Shape,
    cipher: Option<&Cipher>,
) -> Result<Vec<PanelRow>, sqlx::Error> {
    let kind = if shape.has_panel_type { "panel_type" } else { "'x-ui'" };
    let sql = format!(
        "SELECT id, name, {kind} AS kind, panel_url, username, password, \
         subscription_base_url, subscription_path_prefix FROM servers ORDER BY id"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(|row| read_panel(row, cipher)).collect()
}

fn read_panel(row: &SqliteRow, cipher: Option<&Cipher>) -> Result<PanelRow, sqlx::Error> {
    let opened = |column| {
        let token: Option<String> = row.try_get(column)?;
        Ok::<_, sqlx::Error>(token.and_then(|token| cipher?.decrypt(&token)))
    };
    let columns = (
        opened("panel_url")?,
        opened("username")?,
        opened("password")?,
        opened("subscription_base_url")?,
        opened("subscription_path_prefix")?,
    );
    // One column that cannot be decrypted makes the whole row unusable, as for the bot.
    let address = match columns {
        (Some(panel_url), Some(username), Some(password), Some(base), Some(prefix)) => {
            Some(PanelAddress {
                panel_url,
                username: username.into(),
                password: password.into(),
                subscription_base_url: base,
                subscription_path_prefix: prefix,
            })
        }
        _ => None,
    };
    Ok(PanelRow {
        id: PanelId(row.try_get("id")?),
        name: row.try_get("name")?,
        kind: row.try_get::<Option<String>, _>("kind")?.unwrap_or_default(),
        address,
    })
}

pub(super) async fn load_products(
    connection: &mut SqliteConnection,
    shape: &Shape,
) -> Result<Products, sqlx::Error> {
    let mut products = Products::default();
    if shape.has_profiles {
        let rows = sqlx::query(
            "SELECT i.profile_id, f.name, i.server_id, i.inbound_id FROM profile_inbounds i \
             LEFT JOIN profiles f ON f.id = i.profile_id ORDER BY i.id",
        )
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let profile =
                products.profiles.entry(ProfileId(row.try_get("profile_id")?)).or_default();
            profile.name = row.try_get::<Option<String>, _>("name")?.unwrap_or_default();
            profile.inbounds.push((PanelId(row.try_get("server_id")?), row.try_get("inbound_id")?));
        }
    }
    if shape.has_synced_configs {
        let rows = sqlx::query(
            "SELECT server_id, inbound_id, port, protocol FROM synced_configs \
             WHERE port IS NOT NULL AND protocol IS NOT NULL ORDER BY id",
        )
        .fetch_all(connection)
        .await?;
        for row in &rows {
            let inbounds = products.synced.entry(PanelId(row.try_get("server_id")?)).or_default();
            inbounds.push(SyncedInbound {
                inbound: row.try_get("inbound_id")?,
                port: row.try_get("port")?,
                protocol: row.try_get("protocol")?,
            });
        }
    }
    Ok(products)
}
