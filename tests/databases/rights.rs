//! What the PostgreSQL user may not do.

use alamor::core::{Role, StartError};
use alamor::database::error::OpenError;

use crate::cluster::Cluster;
use crate::shop::{Shape, Shop};
use crate::store::Store;

/// A database that belongs to the administrator, with rights on its tables alone.
async fn guest() -> Shop {
    let store = Shop::server(Cluster::shared(), "guest").await;
    let Store::Server { cluster, name, .. } = &store else { panic!("not a server") };
    let owner = format!("ALTER DATABASE {name} OWNER TO postgres");
    let schema = format!("GRANT ALL ON SCHEMA public TO {name}");
    cluster.administer("postgres", &[&owner]).await;
    cluster.administer(name, &[&schema]).await;
    let folder = tempfile::tempdir().unwrap();
    Shop::on(folder, store.clone(), Shape::Postgres).await
}

#[tokio::test]
async fn a_user_who_may_make_no_schema_is_told_what_an_administrator_runs_and_it_works() {
    let mut shop = guest().await;
    let Store::Server { cluster, name, .. } = shop.store.clone() else { panic!("not a server") };
    let error = shop.another_core(Role::Serve).await.unwrap_err();
    let StartError::Database(OpenError::NoSchema { sql, .. }) = &error else { panic!("{error}") };
    assert!(error.to_string().contains(sql.as_str()), "{error}");
    assert!(error.to_string().contains("STATE_DATABASE=sqlite:"), "{error}");
    cluster.administer(&name, &[sql]).await;
    shop.begin().await;
    assert_eq!(shop.update(1).await.0, 200);
    shop.stop().await;
}

#[tokio::test]
async fn a_schema_that_is_not_ours_is_opened_by_the_told_sql_as_well() {
    let mut shop = guest().await;
    let Store::Server { cluster, name, .. } = shop.store.clone() else { panic!("not a server") };
    cluster.administer(&name, &["CREATE SCHEMA alamor"]).await;
    let error = shop.another_core(Role::Serve).await.unwrap_err();
    let StartError::Database(OpenError::NoSchema { sql, .. }) = &error else { panic!("{error}") };
    cluster.administer(&name, &[sql]).await;
    shop.begin().await;
    assert_eq!(shop.update(1).await.0, 200);
    shop.stop().await;
}

/// A schema of the user's own name stands first in the search path: the bot's tables would be looked
/// for, and made, in it.
#[tokio::test]
async fn a_user_called_alamor_keeps_finding_the_bots_tables() {
    let cluster = std::sync::Arc::new(Cluster::start());
    cluster
        .administer(
            "postgres",
            &["CREATE ROLE alamor LOGIN", "CREATE DATABASE alamor OWNER alamor"],
        )
        .await;
    let name = "alamor".to_owned();
    let store = Store::Server { cluster, name: name.clone(), user: name };
    let mut shop = Shop::on(tempfile::tempdir().unwrap(), store, Shape::Postgres).await;
    let before = shop.store.dump().await;
    shop.begin().await;
    assert_eq!(shop.update(1).await.0, 200);
    shop.stop().await;
    assert_eq!(shop.store.dump().await, before);
    assert_eq!(shop.store.text("SELECT CAST(current_schema() AS TEXT)").await, "public");
    assert_eq!(shop.store.text("SELECT CAST(count(*) AS TEXT) FROM alamor_core.slices").await, "1");
}

#[tokio::test]
async fn tables_of_another_shape_end_the_start_and_nothing_is_made() {
    let shop = Shop::new(Shape::Postgres).await;
    shop.store.run("ALTER TABLE servers DROP COLUMN panel_url").await;
    let error = shop.another_core(Role::Serve).await.unwrap_err();
    let StartError::Database(OpenError::UnknownShape { what, .. }) = &error else {
        panic!("{error}")
    };
    assert_eq!(what, "table `servers` has no column `panel_url`");
    assert!(error.to_string().contains("DB_NAME"), "{error}");
    let schemas = "SELECT CAST(count(*) AS TEXT) FROM pg_namespace WHERE nspname = 'alamor'";
    assert_eq!(shop.store.text(schemas).await, "0");
}
