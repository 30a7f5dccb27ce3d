//! Each shape of the bot's database: what is read from it, and what is written to it.

use alamor::api::jobs::JobState;
use alamor::api::purchases::{Purchase, PurchaseState};
use alamor::client::PurchasesQuery;

use crate::shop::{Shape, Shop, soon};

async fn everything(shop: &Shop) -> Vec<Purchase> {
    let query = PurchasesQuery { limit: Some(500), ..PurchasesQuery::default() };
    soon(shop.api().list_purchases(&query)).await.unwrap().items
}

/// The row whose subscription id the fixture names after what is odd about it.
async fn odd(shop: &Shop, name: &str) -> Purchase {
    let column = shop.shape.sub_id();
    let sql = format!("SELECT CAST(id AS TEXT) FROM purchases WHERE {column} = 'odd{name}'");
    let id = shop.store.text(&sql).await.parse().unwrap();
    shop.purchase(id).await.purchase
}

#[tokio::test]
async fn every_odd_row_is_read_by_the_bots_conventions() {
    for shape in Shape::ALL {
        let shop = Shop::at_work(shape).await;
        let rows = everything(&shop).await;
        assert_eq!(rows.len(), if shape == Shape::July { 22 } else { 23 }, "{shape:?}");
        assert!(rows.iter().all(|row| row.user.is_some_and(|user| (1001..=1004).contains(&user))));
        for name in ["inactive", "unset-active"] {
            let row = odd(&shop, name).await;
            assert_eq!(
                (row.active, row.state),
                (false, PurchaseState::Disabled),
                "{shape:?} {name}"
            );
        }
        let links = [
            ("gone", 2),
            ("null-cache", 0),
            ("empty-cache", 0),
            ("twice", 2),
            ("broken-cache", 0),
            ("numbers", 0),
            ("bare-uuid", 0),
        ];
        for (name, links) in links {
            assert_eq!(odd(&shop, name).await.links, links, "{shape:?} {name}");
        }
        assert_eq!(odd(&shop, "no-expiry").await.expires_at, None);
        let without_id = rows.iter().filter(|row| row.sub_id.is_none()).count();
        assert_eq!(without_id, 2, "{shape:?}: NULL and empty");
        assert_eq!(shop.purchase(1).await.purchase.panels, ["de-1"]);
        if shape != Shape::July {
            let row = shop.purchase(4).await.purchase;
            assert_eq!(
                (row.profile.as_deref(), row.panels),
                (Some("Everywhere"), vec!["de-1".to_owned(), "nl-1".to_owned()])
            );
            assert_eq!(odd(&shop, "nowhere").await.panels, [""; 0]);
            assert_eq!(odd(&shop, "لینک").await.links, 1);
        }
    }
}

#[tokio::test]
async fn a_date_is_the_hosts_in_sqlite_and_a_moment_in_postgresql() {
    for shape in Shape::ALL {
        let shop = Shop::at_work(shape).await;
        let expires = shop.purchase(1).await.purchase.expires_at.unwrap();
        let noon = "2027-03-01T12:00:00".parse::<jiff::civil::DateTime>().unwrap();
        let zone = match shape {
            Shape::July | Shape::Newest => jiff::tz::TimeZone::system(),
            Shape::Postgres => {
                jiff::tz::TimeZone::fixed(jiff::tz::offset(3) + jiff::SignedDuration::from_mins(30))
            }
        };
        assert_eq!(expires, noon.to_zoned(zone).unwrap().timestamp(), "{shape:?}");
    }
}

#[tokio::test]
async fn nothing_of_the_bots_is_changed_but_the_two_columns() {
    for shape in Shape::ALL {
        let mut shop = Shop::new(shape).await;
        let before = shop.store.dump().await;
        shop.begin().await;
        let job = shop.update_all().await;
        assert_eq!(job.state, JobState::Done, "{shape:?}");
        assert!(job.success >= 7, "{shape:?} {job:?}");
        for purchase in [1, 5] {
            assert_eq!(shop.store.kept(purchase).await.len(), 5, "{shape:?}");
        }
        let (status, body) = shop.update(2).await;
        assert_eq!((status, body.as_str()), (200, "Configs updated successfully"), "{shape:?}");
        shop.stop().await;
        assert_eq!(shop.store.dump().await, before, "{shape:?}");
    }
}

#[tokio::test]
async fn the_shape_and_the_place_of_our_tables_are_said_in_words() {
    let says = [
        (Shape::July, "July's shape, without updated_at, alamor's own in "),
        (Shape::Newest, "newest shape, without updated_at, alamor's own in "),
        (Shape::Postgres, "newest shape, without updated_at, alamor's own in the schema alamor"),
    ];
    for (shape, words) in says {
        let shop = Shop::at_work(shape).await;
        let database = soon(shop.api().get_health()).await.unwrap().database;
        assert!(database.shape.contains(words), "{}", database.shape);
        let is_server = shape == Shape::Postgres;
        assert_eq!(database.engine, if is_server { "postgresql" } else { "sqlite" });
        assert!(database.shape.starts_with(if is_server { "PostgreSQL 1" } else { "SQLite 3." }));
        if !is_server {
            assert!(database.shape.ends_with("bot.db.alamor.db"), "{}", database.shape);
        }
    }
}

#[tokio::test]
async fn a_server_row_that_cannot_be_decrypted_is_named_and_spoils_no_other() {
    for shape in Shape::ALL {
        let mut shop = Shop::new(shape).await;
        shop.store.run("UPDATE servers SET password = 'damaged' WHERE name = 'nl-1'").await;
        shop.begin().await;
        assert_eq!(shop.update(1).await.0, 200, "{shape:?}");
        assert_eq!(shop.update(5).await.0, 500, "{shape:?}");
        let reason = shop.purchase(5).await.reason.unwrap();
        assert_eq!(reason.code, "panel_unusable");
        assert!(reason.text.contains("nl-1"), "{}", reason.text);
    }
}

#[tokio::test]
async fn a_date_of_change_is_written_as_its_column_takes_it() {
    let now = jiff::Timestamp::now();
    for kind in ["timestamptz", "timestamp", "text", "date", "varchar(40)", "integer"] {
        let mut shop = Shop::new(Shape::Postgres).await;
        shop.store.run(&format!("ALTER TABLE purchases ADD COLUMN updated_at {kind}")).await;
        shop.begin().await;
        assert_eq!(shop.update(1).await.0, 200, "{kind}");
        let written =
            shop.store.text("SELECT CAST(updated_at AS TEXT) FROM purchases WHERE id = 1").await;
        let day = now.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string();
        match kind {
            "integer" => assert_eq!(written, "", "no date fits there"),
            "timestamptz" => {
                let at: jiff::Timestamp = written.parse().unwrap();
                assert!((at - now).get_seconds().abs() < 60, "{written}");
            }
            _ => assert!(written.starts_with(&day), "{kind} {written}"),
        }
    }
}

/// The shapes between July's and the newest that operators may still have.
#[tokio::test]
async fn shapes_between_the_known_ones_are_read_as_well() {
    let august_4 = "ALTER TABLE purchases RENAME COLUMN client_uuid TO xui_client_uuid;
        ALTER TABLE purchases RENAME COLUMN client_email TO xui_client_email;
        ALTER TABLE purchases RENAME COLUMN sub_id TO subscription_id;
        ALTER TABLE purchases DROP COLUMN profile_id;
        DROP TABLE profile_inbounds; DROP TABLE profiles; DROP TABLE synced_configs";
    let august_5 = "DELETE FROM purchases WHERE server_id IS NULL;
        ALTER TABLE purchases ALTER COLUMN server_id SET NOT NULL;
        DROP TABLE synced_configs; ALTER TABLE servers DROP COLUMN panel_type;
        ALTER TABLE profile_inbounds DROP COLUMN config_params, DROP COLUMN raw_template";
    let hours = "ALTER TABLE profiles DROP COLUMN per_gb_price, ADD COLUMN price real, \
                 ADD COLUMN total_gb real";
    for change in [august_4, august_5, hours] {
        let mut shop = Shop::new(Shape::Postgres).await;
        shop.store.run(change).await;
        let before = shop.store.dump().await;
        shop.begin().await;
        assert_eq!(shop.update(1).await.0, 200, "{change}");
        assert_eq!(shop.update(5).await.0, 200, "{change}");
        assert_eq!(shop.store.dump().await, before, "{change}");
    }
}
