//! Which of the bot's columns are there: read at the start, never assumed.
//!
//! # Source
//!
//! Fact C9: the names changed over time, and `updated_at` exists only where somebody added it by hand.

use std::collections::HashMap;

use super::sql::{Connection, Engine, Query};

/// The names of the columns that differ between the bot's versions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one column whether it is there")]
pub struct Shape {
    /// Whose SQL the columns are read with.
    pub(super) engine: Engine,
    /// `15.14`, `3.50.2`
    pub version: String,
    /// `sub_id`, or `subscription_id` in July's files.
    pub sub_id: &'static str,
    /// Whether purchases can have a profile.
    pub has_profiles: bool,
    /// Whether inbounds are known by port and protocol.
    pub has_synced_configs: bool,
    /// Whether customers have a row of their own.
    pub has_users: bool,
    /// How a change of a purchase is dated; `None` if it is not.
    pub(super) updated_at: Option<Dated>,
    /// Whether servers say of which make they are.
    pub has_panel_type: bool,
    /// `client_uuid`, or `xui_client_uuid` in July's files; `None` if there is none.
    pub client_uuid: Option<&'static str>,
    /// `client_email`, or `xui_client_email` in July's files; `None` if there is none.
    pub client_email: Option<&'static str>,
}

/// What a date is written as. Somebody added that column by hand, so it may be any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dated {
    /// The host's local clock, as text or as a type that has no zone.
    Local(&'static str),
    /// A moment.
    Moment,
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
        connection: &mut Connection,
    ) -> Result<Result<Self, String>, sqlx::Error> {
        let purchases = columns(connection, "purchases").await?;
        let servers = columns(connection, "servers").await?;
        for ((table, needed), found) in NEEDED.iter().zip([&purchases, &servers]) {
            if found.is_empty() {
                return Ok(Err(format!("there is no table `{table}`")));
            }
            if let Some(column) = needed.iter().find(|&&column| !found.contains_key(column)) {
                return Ok(Err(format!("table `{table}` has no column `{column}`")));
            }
        }
        let Some(sub_id) = first_of(&purchases, ["sub_id", "subscription_id"]) else {
            return Ok(Err("table `purchases` has no column `sub_id`".to_owned()));
        };
        let has = |columns: &Columns, column| columns.contains_key(column);
        Ok(Ok(Self {
            engine: connection.engine(),
            version: version(connection).await?,
            sub_id,
            has_profiles: has(&purchases, "profile_id")
                && has(&columns(connection, "profiles").await?, "name")
                && has(&columns(connection, "profile_inbounds").await?, "server_id"),
            has_synced_configs: has(&columns(connection, "synced_configs").await?, "port"),
            has_users: has(&columns(connection, "users").await?, "telegram_id"),
            updated_at: purchases
                .get("updated_at")
                .and_then(|kind| dated(connection.engine(), kind)),
            has_panel_type: has(&servers, "panel_type"),
            client_uuid: first_of(&purchases, ["client_uuid", "xui_client_uuid"]),
            client_email: first_of(&purchases, ["client_email", "xui_client_email"]),
        }))
    }

    /// Whether a change of a purchase is dated.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        self.updated_at.is_some()
    }

    /// In words, for the operator: `PostgreSQL 15.14, newest shape, without updated_at`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let engine = match self.engine {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        };
        let age = match (self.sub_id, self.has_profiles) {
            ("sub_id", true) => "newest shape",
            ("sub_id", false) => "newer shape, no profiles",
            _ => "July's shape",
        };
        let dated = if self.updated_at.is_some() { "with" } else { "without" };
        format!("{engine} {}, {age}, {dated} updated_at", self.version)
    }
}

/// The columns of a table, with their types in lower case.
type Columns = HashMap<String, String>;

fn first_of(columns: &Columns, names: [&'static str; 2]) -> Option<&'static str> {
    names.into_iter().find(|&name| columns.contains_key(name))
}

/// How a column of this type is dated; `None` for a type that holds no date: it is left alone.
fn dated(engine: Engine, kind: &str) -> Option<Dated> {
    if engine == Engine::Sqlite {
        // A text goes into a column of any type.
        return Some(Dated::Local("TEXT"));
    }
    let (name, rest) = kind.split_once('(').unwrap_or((kind, ""));
    match name {
        "timestamp with time zone" => Some(Dated::Moment),
        "timestamp" if rest.ends_with("with time zone") => Some(Dated::Moment),
        "timestamp" | "timestamp without time zone" => Some(Dated::Local("TIMESTAMP")),
        "date" => Some(Dated::Local("DATE")),
        "text" | "character varying" => Some(Dated::Local("TEXT")),
        _ => None,
    }
}

async fn version(connection: &mut Connection) -> Result<String, sqlx::Error> {
    let sql = match connection.engine() {
        Engine::Sqlite => "SELECT sqlite_version() AS version",
        Engine::Postgres => "SELECT current_setting('server_version') AS version",
    };
    let text = connection.get(Query::new(sql)).await?.text("version")?.unwrap_or_default();
    // Debian says `15.14 (Debian 15.14-0+deb12u1)`.
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

/// The columns of a table; none if there is no such table.
///
/// In PostgreSQL it is the table that the bot's own unqualified name means: the first in the search
/// path of the user.
pub(super) async fn columns(
    connection: &mut Connection,
    table: &'static str,
) -> Result<Columns, sqlx::Error> {
    let sql = match connection.engine() {
        Engine::Sqlite => "SELECT name, type FROM pragma_table_info($1)",
        Engine::Postgres => {
            "SELECT CAST(attname AS TEXT) AS name, format_type(atttypid, atttypmod) AS type \
             FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 \
             AND NOT attisdropped"
        }
    };
    let mut columns = Columns::new();
    let take = |row: super::sql::Row| {
        let kind = row.text("type")?.unwrap_or_default().to_lowercase();
        columns.insert(row.text("name")?.unwrap_or_default(), kind);
        Ok(())
    };
    connection.fetch_each(Query::new(sql).bind(table), take).await?;
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_its_column_takes_it() {
        let dated = |kind| dated(Engine::Postgres, kind);
        assert_eq!(dated("timestamp with time zone"), Some(Dated::Moment));
        assert_eq!(dated("timestamp(3) with time zone"), Some(Dated::Moment));
        assert_eq!(dated("timestamp without time zone"), Some(Dated::Local("TIMESTAMP")));
        assert_eq!(dated("timestamp(3) without time zone"), Some(Dated::Local("TIMESTAMP")));
        assert_eq!(dated("character varying(40)"), Some(Dated::Local("TEXT")));
        assert_eq!(dated("integer"), None);
    }
}
