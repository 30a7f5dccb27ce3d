//! Rows of a SQLite file, read and written as anybody would.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

/// Runs SQL on a file, which is made if there is none.
pub fn sql(file: &Path, sql: &str) {
    with(file, async |connection| {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
    });
}

/// The first column of what SQL finds in a file.
pub fn list(file: &Path, sql: &str) -> Vec<String> {
    with(file, async |connection| {
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    })
}

fn with<T>(file: &Path, act: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        let done = act(&mut connection).await;
        connection.close().await.unwrap();
        done
    })
}
