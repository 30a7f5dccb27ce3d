//! The world itself: what is sold as the bot does is known to panels by another id.

use crate::sale::{Keys, Sale, bots_id, panels_id};
use crate::world::World;

#[tokio::test]
async fn what_the_bot_sells_is_known_to_panels_by_secret_and_e_mail_alone() {
    let sale = Sale::on(&["de-1", "fr-2"]).like_the_bots();
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .logins()
        .sale(sale.clone())
        .bots_purchases(1, &["de-1"])
        .sale(Sale::on(&["de-1"]).keys(Keys::Nothing).client(|client| client.with_links(1)))
        .sale(sale.clone().keys(Keys::Secrets))
        .sale(sale.keys(Keys::Email))
        .without_core()
        .await;
    let panel = world.panel("de-1");
    assert!(panel.knows(&panels_id(1)) && !panel.knows(&bots_id(1)) && panel.knows("sub-3"));
    assert_eq!(panel.expected_links("sub-3").len(), 1);
    let ids = world.rows.list("SELECT sub_id FROM purchases ORDER BY id").await;
    assert_eq!(ids, [bots_id(1), bots_id(2), "sub-3".to_owned(), bots_id(4), bots_id(5)]);
    let known =
        "SELECT (client_uuid IS NOT NULL) || (client_email IS NOT NULL) FROM purchases ORDER BY id";
    assert_eq!(world.rows.list(known).await, ["11", "11", "00", "10", "01"]);
    let secrets = world.rows.list("SELECT client_uuid FROM purchases WHERE id <= 2").await;
    let count = |list: &str| serde_json::from_str::<Vec<String>>(list).unwrap().len();
    assert_eq!([count(&secrets[0]), count(&secrets[1])], [10, 5]);
}
