//! The database file, read and changed from outside as the bot does it: by SQL alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

/// The file.
#[derive(Debug, Clone)]
pub struct Rows(pub PathBuf);

impl Rows {
    /// A connection of one's own, for example to hold a lock with.
    pub async fn connect(&self) -> SqliteConnection {
        connect(&self.0).await
    }

    /// Runs statements.
    pub async fn run(&self, sql: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// One number.
    pub async fn number(&self, sql: &str) -> i64 {
        let mut connection = self.connect().await;
        let row =
            sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.get(0)
    }

    /// Every row of a table, each as one line.
    pub async fn table(&self, name: &str) -> Vec<String> {
        let columns = self
            .list(&format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{name}')"))
            .await
            .join(" || '|' || ");
        self.list(&format!("SELECT {columns} FROM {name} ORDER BY 1")).await
    }

    /// The first column of every row; NULL is empty.
    pub async fn list(&self, sql: &str) -> Vec<String> {
        let mut connection = self.connect().await;
        let rows =
            sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_default()).collect()
    }

    /// What the bot's column holds.
    pub async fn json(&self, purchase: i64) -> Option<String> {
        let sql = format!("SELECT single_configs_json FROM purchases WHERE id = {purchase}");
        let text = self.list(&sql).await.remove(0);
        (!text.is_empty()).then_some(text)
    }

    /// The lines in the bot's column.
    pub async fn kept(&self, purchase: i64) -> Vec<String> {
        let json = self.json(purchase).await;
        json.map_or_else(Vec::new, |json| serde_json::from_str(&json).unwrap())
    }

    /// When each slice of a purchase was fetched, by panel; 0 is unknown.
    pub async fn slices(&self, purchase: i64) -> Vec<(i64, i64)> {
        let sql = format!(
            "SELECT panel_id || ' ' || coalesce(fetched_at, 0) FROM alamor_slices \
             WHERE purchase_id = {purchase} ORDER BY panel_id"
        );
        let pair = |line: &String| {
            let (panel, at) = line.split_once(' ').unwrap();
            (panel.parse().unwrap(), at.parse().unwrap())
        };
        self.list(&sql).await.iter().map(pair).collect()
    }

    /// All that a dry run must leave as it is.
    pub async fn all_that_is_served(&self) -> Vec<Vec<String>> {
        let mut tables = Vec::new();
        for table in ["purchases", "users", "servers", "alamor_slices", "alamor_purchases"] {
            tables.push(self.table(table).await);
        }
        tables
    }
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(20));
    SqliteConnection::connect_with(&options).await.unwrap()
}
