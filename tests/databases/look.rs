//! A look from outside: what is wrong with a real database, and that looking changes nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alamor::database::look::{Fault, Look, Obstacle, look};
use alamor::database::new;
use alamor::database::place::{Bot, Place, Postgres};
use sqlx::Connection as _;

use crate::cluster::{Cluster, PASSWORD};
use crate::shop::{Shape, Shop};
use crate::store::Store;

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn place(store: &Store) -> Place {
    let bot = match store {
        Store::File(path) => Bot::Sqlite(path.clone()),
        Store::Server { cluster, name, user } => Bot::Postgres(Postgres {
            name: name.clone(),
            user: user.clone(),
            password: Some(PASSWORD.into()),
            host: cluster.socket().display().to_string(),
            port: 5432,
        }),
    };
    Place { bot, state: None }
}

async fn look_at(path: &Path) -> Result<Look, Fault> {
    look(&Place::file(path)).await
}

#[tokio::test]
async fn the_bots_databases_are_well_and_stay_as_they_are() {
    for shape in Shape::ALL {
        let shop = Shop::new(shape).await;
        let (before, there) = (shop.store.dump().await, files(shop.folder.path()));
        let looked = look(&place(&shop.store)).await.unwrap();
        assert_eq!(looked.obstacles, [], "{shape:?}");
        let active = "SELECT CAST(count(*) AS TEXT) FROM purchases \
                      WHERE CAST(is_active AS INTEGER) = 1";
        assert_eq!(looked.active.to_string(), shop.store.text(active).await, "{shape:?}");
        assert!(looked.size_bytes > 0 && !looked.version.is_empty(), "{looked:?}");
        assert_eq!(files(shop.folder.path()), there);
        assert_eq!(shop.store.dump().await, before);
    }
}

#[tokio::test]
async fn a_file_of_ours_gets_no_log_by_being_looked_at_and_its_log_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    new::create(&path).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let mut open = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "PRAGMA foreign_keys = OFF; \
               INSERT INTO purchases (user_id, initial_volume_gb, is_active) VALUES (1, 0, 1)";
    sqlx::raw_sql(sql).execute(&mut open).await.unwrap();
    let looked = look_at(&path).await.unwrap();
    assert!(looked.wal_bytes.unwrap() > 0);
    assert_eq!(looked.active, 1, "what stands in the log counts");
    open.close().await.unwrap();

    let there = files(folder.path());
    assert_eq!(there.len(), 1, "the log was closed");
    assert_eq!(look_at(&path).await.unwrap().wal_bytes, None);
    assert_eq!(files(folder.path()), there);
}

#[tokio::test]
async fn a_file_that_is_no_database_of_the_bots_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    assert_eq!(look_at(&path).await, Err(Fault::Missing));
    fs::write(&path, "").unwrap();
    assert_eq!(look_at(&path).await, Err(Fault::NotADatabase));
    fs::write(&path, "SQLite format 3\0 and then something else").unwrap();
    assert_eq!(look_at(&path).await, Err(Fault::NotADatabase));
    assert_eq!(look_at(folder.path()).await, Err(Fault::NotADatabase));

    let shop = Shop::new(Shape::Newest).await;
    let Store::File(path) = &shop.store else { panic!("no file") };
    shop.store.run("DROP TABLE servers").await;
    let fault = Fault::UnknownShape("there is no table `servers`".to_owned());
    assert_eq!(look_at(path).await, Err(fault));
}

#[tokio::test]
async fn a_file_that_another_program_keeps_locked_is_told_and_not_waited_for() {
    let shop = Shop::new(Shape::Newest).await;
    let Store::File(path) = &shop.store else { panic!("no file") };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    assert_eq!(look_at(path).await, Err(Fault::Locked));
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(look_at(path).await.is_ok());
    other.close().await.unwrap();
}

/// Looks as somebody who is not root, in a thread of its own: only there the user is another.
fn look_as_nobody(path: &Path) -> Result<Look, Fault> {
    let path = path.to_owned();
    std::thread::spawn(move || {
        if rustix::process::geteuid().is_root() {
            let nobody = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(look_at(&path))
    })
    .join()
    .unwrap()
}

#[tokio::test]
async fn what_this_user_may_not_write_is_told_file_by_file() {
    let shop = Shop::new(Shape::Newest).await;
    let Store::File(path) = shop.store.clone() else { panic!("no file") };
    let folder = shop.folder.path().to_owned();
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    allow(&folder, 0o555);
    allow(&path, 0o444);
    let not_ours = |path: &PathBuf| Obstacle::NotOurs(path.clone());
    let looked = look_as_nobody(&path).unwrap();
    assert_eq!(looked.obstacles, [not_ours(&path), not_ours(&folder)]);
    allow(&path, 0o000);
    assert_eq!(look_as_nobody(&path), Err(Fault::Unreadable));
    allow(&folder, 0o777);
    allow(&path, 0o666);
    assert_eq!(look_as_nobody(&path).unwrap().obstacles, []);
}

#[tokio::test]
async fn a_server_that_is_down_or_refuses_says_which() {
    let cluster = Arc::new(Cluster::start());
    let store = Shop::server(Arc::clone(&cluster), "shop").await;
    let looked = look(&place(&store)).await;
    assert_eq!(looked, Err(Fault::UnknownShape("there is no table `purchases`".to_owned())));
    let server = |change: fn(&mut Postgres)| {
        let mut place = place(&store);
        if let Bot::Postgres(server) = &mut place.bot {
            change(server);
        }
        place
    };
    let gone = server(|server| server.name = "gone".to_owned());
    assert_eq!(look(&gone).await, Err(Fault::NoDatabase));
    cluster.administer("postgres", &["CREATE DATABASE locked"]).await;
    let wrong = server(|server| {
        server.name = "locked".to_owned();
        server.password = Some("hunter2".into());
    });
    assert_eq!(look(&wrong).await, Err(Fault::Credentials));
    cluster.crash();
    let Err(Fault::Down(cause)) = look(&place(&store)).await else { panic!("it is up") };
    assert!(!cause.is_empty());
}

#[tokio::test]
async fn a_server_that_follows_another_one_takes_no_writes() {
    let cluster = Arc::new(Cluster::start());
    let shop = Shop::on_server(Arc::clone(&cluster)).await;
    cluster.crash();
    cluster.follow();
    let looked = look(&place(&shop.store)).await.unwrap();
    assert_eq!(looked.obstacles.first(), Some(&Obstacle::Recovery));
}

#[tokio::test]
async fn a_user_without_rights_is_told_the_sql_that_gives_them() {
    let shop = Shop::new(Shape::Postgres).await;
    let Store::Server { cluster, name, .. } = &shop.store else { panic!("no server") };
    let guest = cluster.name("guest");
    let make = format!("CREATE ROLE \"{guest}\" LOGIN PASSWORD '{PASSWORD}'");
    cluster
        .administer(name, &[&make, &format!("REVOKE CREATE ON DATABASE {name} FROM PUBLIC")])
        .await;
    let mut place = place(&shop.store);
    if let Bot::Postgres(server) = &mut place.bot {
        server.user.clone_from(&guest);
    }
    let Err(Fault::MayNotRead { sql }) = look(&place).await else { panic!("it may read") };
    cluster.administer(name, &[&sql]).await;

    let obstacles = look(&place).await.unwrap().obstacles;
    let rights: Vec<(&str, &str)> = obstacles
        .iter()
        .map(|obstacle| match obstacle {
            Obstacle::Right { what, sql, .. } => (what.as_str(), sql.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    let whats: Vec<&str> = rights.iter().map(|right| right.0).collect();
    assert_eq!(
        whats,
        [
            "update single_configs_json of purchases",
            "use the schema alamor, where alamor's own tables are"
        ]
    );
    for (_, sql) in &rights {
        cluster.administer(name, &[sql]).await;
    }
    assert_eq!(look(&place).await.unwrap().obstacles, []);

    let read_only = format!("ALTER ROLE \"{guest}\" SET default_transaction_read_only = on");
    cluster.administer(name, &[&read_only]).await;
    assert_eq!(look(&place).await.unwrap().obstacles, [Obstacle::ReadOnlyByDefault]);
}
