//! The bot's `servers`, decrypted, and its profiles.

use std::collections::HashMap;
use std::fmt;

use super::cipher::Cipher;
use super::shape::Shape;
use super::sql::{Connection, Query, Row};
use crate::domain::ids::{PanelId, ProfileId};
use secrecy::SecretString;

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
    bot: &mut Connection,
    shape: &Shape,
    cipher: Option<&Cipher>,
) -> Result<Vec<PanelRow>, sqlx::Error> {
    let kind = if shape.has_panel_type { "panel_type" } else { "'x-ui'" };
    let sql = format!(
        "SELECT CAST(id AS BIGINT) AS id, name, {kind} AS kind, panel_url, username, password, \
         subscription_base_url, subscription_path_prefix FROM servers ORDER BY id"
    );
    let rows = bot.fetch_all(Query::new(sql)).await?;
    rows.iter().map(|row| read_panel(row, cipher)).collect()
}

fn read_panel(row: &Row, cipher: Option<&Cipher>) -> Result<PanelRow, sqlx::Error> {
    let opened = |column| {
        let token = row.text(column)?;
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
        id: PanelId(row.id("id")?),
        name: row.text("name")?.unwrap_or_default(),
        kind: row.text("kind")?.unwrap_or_default(),
        address,
    })
}

pub(super) async fn load_products(
    bot: &mut Connection,
    shape: &Shape,
) -> Result<Products, sqlx::Error> {
    let mut products = Products::default();
    if shape.has_profiles {
        let sql = "SELECT CAST(i.profile_id AS BIGINT) AS profile_id, f.name, \
                   CAST(i.server_id AS BIGINT) AS server_id, \
                   CAST(i.inbound_id AS BIGINT) AS inbound_id FROM profile_inbounds i \
                   LEFT JOIN profiles f ON f.id = i.profile_id ORDER BY i.id";
        for row in &bot.fetch_all(Query::new(sql)).await? {
            let profile = products.profiles.entry(ProfileId(row.id("profile_id")?)).or_default();
            profile.name = row.text("name")?.unwrap_or_default();
            profile.inbounds.push((PanelId(row.id("server_id")?), row.id("inbound_id")?));
        }
    }
    if shape.has_synced_configs {
        let sql = "SELECT CAST(server_id AS BIGINT) AS server_id, \
                   CAST(inbound_id AS BIGINT) AS inbound_id, CAST(port AS BIGINT) AS port, \
                   protocol FROM synced_configs \
                   WHERE port IS NOT NULL AND protocol IS NOT NULL ORDER BY id";
        for row in &bot.fetch_all(Query::new(sql)).await? {
            let inbounds = products.synced.entry(PanelId(row.id("server_id")?)).or_default();
            inbounds.push(SyncedInbound {
                inbound: row.id("inbound_id")?,
                port: row.id("port")?,
                protocol: row.text("protocol")?.unwrap_or_default(),
            });
        }
    }
    Ok(products)
}
