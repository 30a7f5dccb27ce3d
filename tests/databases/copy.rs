//! A copy for a rehearsal: the same business, and nothing is left where it was read.

use alamor::database::Database;
use alamor::database::copy::copy;
use alamor::database::lock::Owner;
use alamor::database::place::Place;

use crate::shop::{Shape, Shop};

async fn open(path: &std::path::Path) -> Database {
    let url = "http://127.0.0.1:1".to_owned();
    let owner = Owner { pid: 1, role: "rehearsal".to_owned(), url };
    Database::open(Place::file(path), None, &owner).await.unwrap()
}

fn files(shop: &Shop) -> Vec<std::ffi::OsString> {
    let folder = std::fs::read_dir(shop.folder.path()).unwrap();
    let mut names: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_copy_of_every_shape_is_the_same_business_and_its_source_stays_as_it_is() {
    for shape in Shape::ALL {
        let shop = Shop::new(shape).await;
        let columns = "SELECT coalesce(CAST(single_configs_json AS TEXT), '-') FROM purchases \
                       ORDER BY id";
        let (before, there) = (shop.store.dump().await, files(&shop));
        let kept = shop.store.list(columns).await;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        let copied = copy(&shop.place(), &path).await.unwrap();
        assert_eq!(shop.store.dump().await, before, "{shape:?}");
        assert_eq!(shop.store.list(columns).await, kept, "{shape:?}");
        assert_eq!(files(&shop), there, "{shape:?}");
        assert_eq!(copied.shape.sub_id, shape.sub_id());
        let json = copied.purchases.iter().map(|sold| sold.json.clone().unwrap_or("-".into()));
        assert_eq!(json.collect::<Vec<_>>(), kept, "{shape:?}");

        let (copy, original) = (open(&path).await, shop.open().await);
        let purchases = |listed: Vec<alamor::database::purchases::Listed>| {
            listed.into_iter().map(|one| (one.purchase, one.summary)).collect::<Vec<_>>()
        };
        assert_eq!(
            purchases(copy.list_purchases().await.unwrap()),
            purchases(original.list_purchases().await.unwrap()),
            "{shape:?}"
        );
        let (panels, products) = copy.list_panels().await.unwrap();
        let (expected, all) = original.list_panels().await.unwrap();
        let names = |panels: &[alamor::database::panels::PanelRow]| {
            panels
                .iter()
                .map(|row| (row.id, row.name.clone(), row.kind.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&panels), names(&expected), "{shape:?}");
        assert_eq!(products, all, "{shape:?}");
        copy.close().await;
        original.close().await;
    }
}
