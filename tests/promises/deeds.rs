//! The audit: who saw or did what, and from where.

use alamor::api::audit::Entry;
use alamor::client::PageQuery;
use reqwest::Method;

use crate::world::{KEY, World};

/// Origin, action and subject of a page; and where the next one begins.
async fn page(
    world: &World,
    limit: u32,
    cursor: Option<String>,
) -> (Vec<[String; 3]>, Option<String>) {
    let query = PageQuery { limit: Some(limit), cursor };
    let page = world.client().list_audit(&query).await.unwrap();
    let told = |entry: Entry| [entry.origin.unwrap_or_default(), entry.action, entry.subject];
    (page.items.into_iter().map(told).collect(), page.next_cursor)
}

#[tokio::test]
async fn the_bots_button_is_noted_with_its_first_purchase_and_once_for_all_others() {
    let world = World::small(3).start().await;
    for purchase in 1..=3 {
        let (path, key) = (format!("/admin/update_configs/{purchase}"), format!("Bearer {KEY}"));
        let from = [("x-forwarded-for", "203.0.113.7")];
        world.ask_with(Method::POST, &path, Some(&key), &from).await.expect("updated");
    }
    world.update(2).await.expect("unchanged");
    let (newest, next) = page(&world, 2, None).await;
    let others = "other purchases, one by one";
    assert_eq!(newest, [["here", "update", "purchase 2"], ["203.0.113.7", "update", others]]);
    let (oldest, next) = page(&world, 2, next).await;
    assert_eq!(
        (oldest.as_slice(), next),
        (&[["203.0.113.7", "update", "purchase 1"].map(str::to_owned)][..], None)
    );
}

#[tokio::test]
async fn what_changes_nothing_is_not_noted() {
    let world = World::small(1).start().await;
    for path in ["/admin/update_configs/99", "/admin/update_configs/x"] {
        assert_ne!(world.ask(Method::POST, path, Some(&format!("Bearer {KEY}"))).await.status, 200);
    }
    assert_eq!(page(&world, 500, None).await, (Vec::new(), None));
}
