//! Which of the bot's columns are there: read at the start, never assumed.
//!
//! # Source
//!
//! Fact C9: the names changed over time, and `updated_at` exists only where somebody added it by hand.

use std::collections::HashSet;

use sqlx::{Row, SqliteConnection};

/// The names of the columns that differ between the bot's versions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one column whether it is there")]
pub struct Shape {
    /// `sub_id`, or `subscription_id` in July's files.
    pub sub_id: &'static str,
    /// Whether purchases can have a profile.
    pub has_profiles: bool,
    /// Whether inbounds are known by port and protocol.
    pub has_synced_configs: bool,
    /// Whether customers have a row of their own.
    pub has_users: bool,
    /// Whether a change of a purchase is dated.
    pub has_updated_at: bool,
    /// Whether servers say of which make they are.
    pub has_panel_type: bool,
    /// `client_uuid`, or `xui_client_uuid` in July's files; `None` if there is none.
    pub client_uuid: Option<&'static str>,
    /// `client_email`, or `xui_client_email` in July's files; `None` if there is none.
    pub client_email: Option<&'static str>,
}

/// Columns without which nothing can be done, by table.
const NEEDED: &[(&str, &[&str])] = &[
    (
        "purchases",
        &["id", "user_id", "server_id", "is_active", "expire_date", "single_configs_json"],
    ),
    (
        "servers",
        &[
            "id",
            "name",
            "panel_url",
            "username",
            "password",
            "subscription_base_url",
            "subscription_path_prefix",
        ],
    ),
];

impl Shape {
    /// Looks at the tables.
    ///
    /// # Errors
    ///
    /// `Ok(Err(what))` says what is missing; `Err` is the database's own.
    pub(super) async fn detect(
        connection: &mut SqliteConnection,
    ) -> Result<Result<Self, String>, sqlx::Error> {
        let purchases = columns(connection, "purchases").await?;
        let servers = columns(connection, "servers").await?;
        for ((table, needed), found) in NEEDED.iter().zip([&purchases, &servers]) {
            if found.is_empty() {
                return Ok(Err(format!("there is no table `{table}`")));
            }
            if let Some(column) = needed.iter().find(|&&column| !found.contains(column)) {
                return Ok(Err(format!("table `{table}` has no column `{column}`")));
            }
        }
        let Some(sub_id) = first_of(&purchases, ["sub_id", "subscription_id"]) else {
            return Ok(Err("table `purchases` has no column `sub_id`".to_owned()));
        };
        Ok(Ok(Self {
            sub_id,
            has_profiles: purchases.contains("profile_id")
                && columns(connection, "profile_inbounds").await?.contains("server_id"),
            has_synced_configs: columns(connection, "synced_configs").await?.contains("port"),
            has_users: columns(connection, "users").await?.contains("telegram_id"),
            has_updated_at: purchases.contains("updated_at"),
            has_panel_type: servers.contains("panel_type"),
            client_uuid: first_of(&purchases, ["client_uuid", "xui_client_uuid"]),
            client_email: first_of(&purchases, ["client_email", "xui_client_email"]),
        }))
    }

    /// In words, for the operator.
    #[must_use]
    pub fn in_words(&self) -> String {
        let age = if self.sub_id == "sub_id" && self.has_profiles { "newest" } else { "older" };
        let dated = if self.has_updated_at { "with" } else { "without" };
        format!("{age} shape, {dated} updated_at")
    }
}

fn first_of(columns: &HashSet<String>, names: [&'static str; 2]) -> Option<&'static str> {
    names.into_iter().find(|&name| columns.contains(name))
}

/// The names of a table's columns; none if there is no such table.
pub(super) async fn columns(
    connection: &mut SqliteConnection,
    table: &'static str,
) -> Result<HashSet<String>, sqlx::Error> {
    let rows = sqlx::query("SELECT name FROM pragma_table_info($1)")
        .bind(table)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| row.try_get("name")).collect()
}
