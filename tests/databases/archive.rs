//! Our own tables as one file: taken along to another machine, another engine, and refused where
//! they would do harm.

use alamor::core::{Role, StartError};
use alamor::database::archive::{ArchiveError, export, import};
use alamor::database::error::OpenError;
use alamor::database::lock::Owner;
use alamor::demo::behaviour::Behaviour;

use crate::shop::{Shape, Shop};
use crate::store::Store;

async fn exported(shop: &Shop) -> String {
    let mut out = Vec::new();
    export(&shop.place(), &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn imported(shop: &Shop, text: &str) -> Result<u64, ArchiveError> {
    let owner = Owner { pid: 1, role: "import".to_owned(), url: "alamor import".to_owned() };
    import(&shop.place(), &owner, text.as_bytes()).await
}

/// Every line but the head, which has a time, in an order of its own.
fn rows(text: &str) -> Vec<&str> {
    let mut rows: Vec<&str> = text.lines().skip(1).collect();
    rows.sort_unstable();
    rows
}

async fn count(shop: &Shop, table: &str) -> String {
    let (store, name) = match &shop.store {
        Store::File(path) => {
            let beside = format!("{}.alamor.db", path.display());
            (Store::File(beside.into()), format!("alamor_{table}"))
        }
        server @ Store::Server { .. } => (server.clone(), format!("alamor.{table}")),
    };
    store.text(&format!("SELECT CAST(count(*) AS TEXT) FROM {name}")).await
}

#[tokio::test]
async fn what_a_working_core_kept_is_served_elsewhere_on_either_engine() {
    let both = [Shape::Newest, Shape::Postgres];
    for (from, to) in both.into_iter().flat_map(|from| both.map(|to| (from, to))) {
        let mut old = Shop::at_work(from).await;
        old.update_all().await;
        let column = from.sub_id();
        let sql = format!("SELECT {column} FROM purchases WHERE id = 1");
        let sub_id = old.store.text(&sql).await;
        let links = old.body(&sub_id).await;
        let text = exported(&old).await;
        let states = old.purchase(1).await.slices;
        old.stop().await;
        let mut new = Shop::new(to).await;
        let read = imported(&new, &text).await.unwrap();
        assert_eq!(read, text.lines().count() as u64 - 2, "{from:?} {to:?}");
        assert_eq!(rows(&exported(&new).await), rows(&text), "{from:?} {to:?}");
        for panel in ["de-1", "nl-1"] {
            new.panel(panel).set(Behaviour::Refuse).await.unwrap();
        }
        new.begin().await;
        assert_eq!(new.body(&sub_id).await, links, "{from:?} {to:?}");
        let fetched = |slices: &[alamor::api::purchases::Slice]| {
            slices.iter().map(|slice| slice.fetched_at).collect::<Vec<_>>()
        };
        assert_eq!(fetched(&new.purchase(1).await.slices), fetched(&states));
        // Job numbers go on, and never come again.
        assert_eq!(new.update_all().await.id, 2, "{from:?} {to:?}");
        new.stop().await;
    }
}

#[tokio::test]
async fn an_import_replaces_nothing() {
    for shape in [Shape::Newest, Shape::Postgres] {
        let mut shop = Shop::at_work(shape).await;
        shop.update_all().await;
        let text = exported(&shop).await;
        let beside_a_core = imported(&shop, &text).await.unwrap_err();
        assert!(
            matches!(beside_a_core, ArchiveError::Open(OpenError::Taken { .. })),
            "{beside_a_core}"
        );
        shop.stop().await;
        let before = exported(&shop).await;
        let error = imported(&shop, &text).await.unwrap_err();
        assert!(matches!(error, ArchiveError::NotEmpty { .. }), "{error}");
        assert_eq!(rows(&exported(&shop).await), rows(&before));
    }
}

#[tokio::test]
async fn what_is_cut_short_changed_or_newer_is_refused_and_nothing_is_written() {
    let mut old = Shop::at_work(Shape::Newest).await;
    old.update_all().await;
    let text = exported(&old).await;
    old.stop().await;
    let lines: Vec<&str> = text.lines().collect();
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.join("\n")
    };
    let broken = [
        (String::new(), "its end is missing"),
        (without(lines.len() - 1), "its end is missing"),
        (text[..text.len() / 2].to_owned(), "no JSON"),
        (without(2), "rows are missing"),
        (without(0), "was not written by `alamor export`"),
        (text.replacen("\"format\":2", "\"format\":3", 1), "Update alamor first"),
        (text.replacen("\"table\":\"slices\"", "\"table\":\"servers\"", 1), "no table of ours"),
        (text.replacen("\"row\":[", "\"row\":[[],", 1), "does not fit"),
        (text.replacen("\"row\":[1,", "\"row\":[\"; DROP TABLE\",", 1), "does not fit"),
    ];
    for shape in [Shape::Newest, Shape::Postgres] {
        let new = Shop::new(shape).await;
        for (text, says) in &broken {
            let error = imported(&new, text).await.unwrap_err().to_string();
            assert!(error.contains(says), "{says}: {error}");
            for table in ["slices", "purchases", "jobs", "items", "audit"] {
                assert_eq!(count(&new, table).await, "0", "{says} {table}");
            }
        }
        imported(&new, &text).await.unwrap();
    }
}

#[tokio::test]
async fn there_is_nothing_to_export_where_no_core_has_worked() {
    for shape in Shape::ALL {
        let shop = Shop::new(shape).await;
        let error = export(&shop.place(), &mut Vec::new()).await.unwrap_err();
        assert!(matches!(error, ArchiveError::Nothing { .. }), "{shape:?} {error}");
    }
}

#[tokio::test]
async fn tables_of_a_newer_alamor_are_refused_and_left_alone() {
    for shape in [Shape::Newest, Shape::Postgres] {
        let mut shop = Shop::at_work(shape).await;
        shop.update_all().await;
        shop.stop().await;
        let columns = "(version, description, success, checksum, execution_time)";
        match &shop.store {
            Store::File(path) => {
                let own = Store::File(format!("{}.alamor.db", path.display()).into());
                let sql = format!(
                    "INSERT INTO alamor_migrations {columns} VALUES (99, 'later', true, x'00', 0)"
                );
                own.run(&sql).await;
            }
            server @ Store::Server { .. } => {
                let sql = format!(
                    "INSERT INTO alamor.migrations {columns} VALUES (99, 'later', true, '0', 0)"
                );
                server.run(&sql).await;
            }
        }
        let before = count(&shop, "slices").await;
        let error = shop.another_core(Role::Serve).await.unwrap_err();
        let StartError::Database(OpenError::Newer { found: 99, .. }) = &error else {
            panic!("{shape:?} {error}")
        };
        assert!(error.to_string().contains("Update alamor"), "{error}");
        let error = export(&shop.place(), &mut Vec::new()).await.unwrap_err();
        assert!(matches!(error, ArchiveError::Open(OpenError::Newer { .. })), "{error}");
        assert_eq!(count(&shop, "slices").await, before);
    }
}
