//! The bot's database, read and changed from outside as the bot does it: by SQL alone.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use crate::cluster::Cluster;

/// What differs between a test's before and after when only what may be written was written.
pub const WRITTEN: [&str; 2] = ["single_configs_json", "updated_at"];

/// One database.
#[derive(Clone)]
pub enum Store {
    File(PathBuf),
    Server { cluster: Arc<Cluster>, name: String, user: String },
}

impl Store {
    /// Runs statements as the bot.
    pub async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::File(path) => {
                let mut connection = connect(path).await;
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Server { cluster, name, user } => {
                let mut connection = cluster.connect(user, name).await;
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// The first column of every row, a text; NULL is empty.
    pub async fn list(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::File(path) => {
                let mut connection = connect(path).await;
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_default()).collect()
            }
            Self::Server { cluster, name, user } => {
                let mut connection = cluster.connect(user, name).await;
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_default()).collect()
            }
        }
    }

    pub async fn text(&self, sql: &str) -> String {
        self.list(sql).await.remove(0)
    }

    /// What the bot's column holds; empty for NULL.
    pub async fn json(&self, purchase: i64) -> String {
        self.text(&format!("SELECT single_configs_json FROM purchases WHERE id = {purchase}")).await
    }

    /// The links in the bot's column.
    pub async fn kept(&self, purchase: i64) -> Vec<String> {
        serde_json::from_str(&self.json(purchase).await).unwrap()
    }

    /// All that is the bot's, except for what may be written: tables, rows, journal mode.
    pub async fn dump(&self) -> Vec<String> {
        match self {
            Self::File(_) => self.dump_file().await,
            Self::Server { cluster, name, .. } => self.dump_server(cluster, name).await,
        }
    }

    async fn dump_file(&self) -> Vec<String> {
        let mut dump = self
            .list("SELECT type || name || tbl_name || coalesce(sql, '') FROM sqlite_schema ORDER BY name")
            .await;
        dump.push(self.text("SELECT journal_mode FROM pragma_journal_mode").await);
        dump.push(self.text("SELECT CAST(user_version AS TEXT) FROM pragma_user_version").await);
        for table in
            self.list("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").await
        {
            let columns =
                self.list(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let columns = columns.iter().filter(|name| !WRITTEN.contains(&name.as_str()));
            let columns: Vec<String> = columns.map(|name| format!("quote({name})")).collect();
            let sql = format!("SELECT {} FROM {table} ORDER BY 1", columns.join(" || '|' || "));
            dump.extend(self.list(&sql).await.into_iter().map(|row| format!("{table} {row}")));
        }
        dump
    }

    async fn dump_server(&self, cluster: &Cluster, name: &str) -> Vec<String> {
        let mut dump = vec![cluster.dump(name, "public")];
        let tables =
            "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        for table in self.list(tables).await {
            let [first, second] = WRITTEN;
            let sql = format!(
                "SELECT CAST(to_jsonb(t) - '{first}' - '{second}' AS TEXT) FROM {table} t ORDER BY 1"
            );
            dump.extend(self.list(&sql).await.into_iter().map(|row| format!("{table} {row}")));
        }
        let sequences = "SELECT sequencename || coalesce(last_value, 0) FROM pg_sequences \
                         WHERE schemaname = 'public' ORDER BY 1";
        dump.extend(self.list(sequences).await);
        dump
    }
}

async fn connect(path: &PathBuf) -> SqliteConnection {
    let options =
        SqliteConnectOptions::new().filename(path).busy_timeout(std::time::Duration::from_secs(20));
    SqliteConnection::connect_with(&options).await.unwrap()
}
