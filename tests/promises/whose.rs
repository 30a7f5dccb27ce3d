//! Whose a link is, and what becomes of it: nobody gets another's, and what a list cannot explain
//! stays.

use std::time::Duration;

use alamor::api::events::Event;
use alamor::api::jobs::{Count, NewJob, Outcome};
use alamor::api::purchases::{PurchaseDetails, PurchaseState};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client as Customer;
use alamor::demo::inbounds::Shape;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;
use alamor::demo::traffic::Kind;

use crate::sale::{Keys, bots_id, panels_id};
use crate::ways::essences;
use crate::world::{Plan, Sale, World, all, hear, later, soon};

/// Longer than a list answers for single purchases.
const LIST_AGE: Duration = Duration::from_secs(61);

fn on(make: Make) -> Plan {
    World::with().panel_like(PanelSpec::new("de-1", make)).logins()
}

async fn details(world: &World, purchase: i64) -> PurchaseDetails {
    let answer = world.api(&format!("/purchases/{purchase}")).await;
    serde_json::from_str(&answer.body).unwrap()
}

async fn served(world: &World, number: usize) -> Vec<String> {
    world.subscription(&bots_id(number)).await.links()
}

/// Asserts that purchase `number` gets what `de-1` gives to `panels_id`.
async fn expect_own(world: &World, number: usize, panels_id: &str) {
    let own = world.panel("de-1").expected_links(panels_id);
    assert_eq!(essences(&served(world, number).await), essences(&own), "purchase {number}");
}

#[tokio::test]
async fn nobody_gets_the_links_of_a_customer_whose_name_is_alike() {
    for make in [Make::ThreeXui2811, Make::ThreeXui360] {
        // Each e-mail is the beginning of the next one, with an inbound's prefix in the middle.
        let emails: [fn(Customer) -> Customer; 6] = [
            |client| Customer { email: "u1".to_owned(), ..client },
            |client| Customer { email: "u1.a".to_owned(), ..client },
            |client| Customer { email: "u1.a-31443".to_owned(), ..client },
            |client| Customer { email: "in1.u1".to_owned(), ..client },
            |client| Customer { email: "u1|u1.a".to_owned(), ..client },
            |client| Customer { email: "Direct Reality-in1.u1".to_owned(), ..client },
        ];
        for keys in [Keys::Secrets, Keys::Both] {
            let mut plan = on(make);
            for email in emails {
                plan = plan.sale(Sale::on(&["de-1"]).like_the_bots().keys(keys).client(email));
            }
            let world = plan.start().await;
            let job = world.job(all()).await;
            assert_eq!(job.success, 6, "{job:?}");
            for number in 1..=6 {
                expect_own(&world, number, &panels_id(number)).await;
                let item = world.update_as_item(i64::try_from(number).unwrap()).await;
                assert_eq!(item.outcome, Some(Outcome::Unchanged), "{item:?}");
                expect_own(&world, number, &panels_id(number)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_secret_that_two_customers_have_gives_neither_the_others_links() {
    for make in [Make::ThreeXui2811, Make::ThreeXui360] {
        let world = on(make).bots_purchases(6, &["de-1"]).without_core().await;
        // Another customer was made of the first one's secrets, and the bot never sold it.
        let twin =
            Customer { seed: panels_id(1), email: "twin".to_owned(), ..Customer::new("twin") };
        world.panel("de-1").add(twin.with_links(3));
        let mut world = world;
        world.begin().await;
        let job = world.job(all()).await;
        assert_eq!(job.success, 6, "{job:?}");
        for number in 1..=6 {
            expect_own(&world, number, &panels_id(number)).await;
        }
        world.update(1).await.expect("unchanged");
        expect_own(&world, 1, &panels_id(1)).await;
    }
}

#[tokio::test]
async fn a_fresh_sale_is_found_by_the_bots_button() {
    let world = on(Make::ThreeXui2811).bots_purchases(6, &["de-1"]).start().await;
    world.job(all()).await;
    let sale = Sale::on(&["de-1"]).like_the_bots();
    let customer = sale.customer(&panels_id(7));
    let (secrets, email) = sale.columns(&customer);
    world.panel("de-1").add(customer);
    world
        .rows
        .run(&format!(
            "CREATE TEMP TABLE sold AS SELECT * FROM purchases WHERE id = 6; UPDATE sold SET \
             id = 7, sub_id = '{}', client_uuid = '{}', client_email = '{}'; \
             INSERT INTO purchases SELECT * FROM sold",
            bots_id(7),
            secrets.unwrap(),
            email.unwrap()
        ))
        .await;
    // Until then the list at hand is the panel's.
    later(LIST_AGE).await;
    world.update(7).await.expect("updated");
    expect_own(&world, 7, &panels_id(7)).await;
}

#[tokio::test]
async fn the_first_press_for_each_of_hundreds_reads_one_list_and_the_second_none() {
    let world = on(Make::ThreeXui2811).bots_purchases(300, &["de-1"]).start().await;
    let panel = world.panel("de-1");
    for (outcome, lists) in [("updated", 1), ("unchanged", 0)] {
        panel.reset_counts();
        for purchase in 1..=300 {
            world.update(purchase).await.expect(outcome);
        }
        let counts = panel.counts();
        assert_eq!(counts.of(Kind::List), lists, "{counts:?}");
        assert_eq!(counts.of(Kind::Subscription), 300);
        assert!(counts.of(Kind::Login) <= 1);
    }
}

#[tokio::test]
async fn a_purchase_whose_client_the_bot_changed_is_looked_up_anew() {
    let world = on(Make::ThreeXui2811).bots_purchases(6, &["de-1"]).start().await;
    world.job(all()).await;
    let sale = Sale::on(&["de-1"]).like_the_bots();
    let other = sale.customer("another");
    let (secrets, email) = sale.columns(&other);
    world.panel("de-1").add(other);
    let (secrets, email) = (secrets.unwrap(), email.unwrap());
    let sql = "UPDATE purchases SET client_uuid = ";
    world.rows.run(&format!("{sql}'{secrets}', client_email = '{email}' WHERE id = 3")).await;
    // A list that is a minute old is not asked about a client that is younger.
    later(LIST_AGE).await;
    world.update(3).await.expect("updated");
    expect_own(&world, 3, "another").await;
}

#[tokio::test]
async fn a_secret_that_was_reset_leaves_no_old_link() {
    for make in [Make::ThreeXui2811, Make::ThreeXui360] {
        let world = on(make).bots_purchases(6, &["de-1"]).start().await;
        world.job(all()).await;
        let panel = world.panel("de-1");
        assert!(panel.change(&panels_id(2), Customer::reset_secrets));
        assert!(panel.change_inbound(2, |inbound| inbound.port = 32080));
        assert!(panel.remove_inbound(3));
        let job = world.job(all()).await;
        assert_eq!(job.success, 6, "{job:?}");
        let on_first = |link: &&String| link.contains(":31443?");
        assert_eq!(served(&world, 2).await.iter().filter(on_first).count(), 1);
        // What the list cannot explain stays until the purchase's own subscription was read.
        for number in 1..=6 {
            world.update(i64::try_from(number).unwrap()).await.expect("updated");
            expect_own(&world, number, &panels_id(number)).await;
            assert_eq!(served(&world, number).await.len(), 4);
        }
    }
}

#[tokio::test]
async fn a_client_that_is_off_there_keeps_its_links_and_says_so() {
    for make in [Make::ThreeXui2811, Make::ThreeXui360] {
        let world = on(make).bots_purchases(6, &["de-1"]).start().await;
        world.job(all()).await;
        let panel = world.panel("de-1");
        let before = served(&world, 1).await;
        assert!(panel.change(&panels_id(1), |client| client.enabled = false));
        assert!(panel.change(&panels_id(2), |client| {
            (client.limit_bytes, client.used_bytes) = (1, 2);
        }));
        let job = world.job(all()).await;
        assert_eq!(job.success, 6, "{job:?}");
        for (purchase, why) in [(1, "switched off"), (2, "used up")] {
            let item = world.update_as_item(purchase).await;
            let ended = (item.outcome, item.count_as, item.links);
            let expected = (Some(Outcome::Unchanged), Some(Count::Success), 5);
            assert_eq!(ended, expected, "{make:?}: {item:?}");
            assert!(item.notes.iter().any(|note| note.contains(why)), "{make:?}: {item:?}");
            let details = details(&world, purchase).await;
            assert_eq!(details.purchase.state, PurchaseState::OffThere, "{make:?}: {details:?}");
        }
        assert_eq!(served(&world, 1).await, before);
        assert!(panel.change(&panels_id(1), |client| client.enabled = true));
        world.job(all()).await;
        assert_eq!(details(&world, 1).await.purchase.state, PurchaseState::Fresh);
        assert_eq!(served(&world, 1).await, before);
    }
}

#[tokio::test]
async fn random_fields_stay_until_the_panel_no_longer_draws_them() {
    for make in [Make::ThreeXui2811, Make::ThreeXui360] {
        let world = on(make).bots_purchases(6, &["de-1"]).start().await;
        world.job(all()).await;
        let before = served(&world, 1).await;
        for _ in 0..3 {
            world.job(all()).await;
            world.update(1).await.expect("unchanged");
            assert_eq!(served(&world, 1).await, before, "{make:?}");
        }
        assert!(world.panel("de-1").change_inbound(1, |inbound| {
            inbound.shape = Shape::Reality { names: &["new.example.org"], ids: &["ab"] };
        }));
        world.job(all()).await;
        let after = served(&world, 1).await;
        assert!(
            after[0].contains("sni=new.example.org") && after[0].contains("sid=ab"),
            "{after:?}"
        );
        assert_eq!(after[1..], before[1..], "{make:?}");
    }
}

const EXTERNAL: &str =
    "vless://99999999-9999-4999-8999-999999999999@foreign.example:8443?type=ws#x";

#[tokio::test]
async fn a_foreign_link_is_found_by_the_audit_and_no_list_removes_it() {
    let sale = Sale::on(&["de-1"]).like_the_bots().client(|client| client.external(EXTERNAL));
    let world = on(Make::ThreeXui360).bots_purchases(6, &["de-1"]).sale(sale).start().await;
    let mut events = world.events();
    world.job(all()).await;
    let compared = hear(&mut events, |event| match event {
        Event::Purchase(purchase) if purchase.id == 7 => purchase.compared_at,
        _ => None,
    });
    let compared_at = soon(compared).await;
    assert!(served(&world, 7).await.iter().any(|link| link.starts_with("vless://99999999")));
    for _ in 0..2 {
        world.job(NewJob { force: true, ..all() }).await;
        expect_own(&world, 7, &panels_id(7)).await;
    }
    assert!(details(&world, 7).await.purchase.compared_at >= Some(compared_at));
}

#[tokio::test]
async fn a_profile_over_three_makes_keeps_the_links_of_the_one_that_is_dead() {
    let names = ["de-1", "fr-2", "nl-3"];
    let makes = [Make::ThreeXui2811, Make::ThreeXui360, Make::Alireza1120];
    let mut plan = World::with().logins().bots_purchases(6, &names);
    for (name, make) in names.into_iter().zip(makes) {
        plan = plan.panel_like(PanelSpec::new(name, make));
    }
    let world = plan.start().await;
    let job = world.job(all()).await;
    assert_eq!(job.success, 6, "{job:?}");
    let own = || names.iter().flat_map(|name| world.panel(name).expected_links(&panels_id(2)));
    let before = served(&world, 2).await;
    assert_eq!(essences(&before), essences(&own().collect::<Vec<_>>()));
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    assert!(world.panel("nl-3").change_inbound(1, |inbound| inbound.port = 32443));
    let job = world.job(all()).await;
    assert_eq!((job.connection_error, job.causes[0].reason.code.as_str()), (6, "refused"));
    let item = world.update_as_item(2).await;
    assert_eq!(item.outcome, Some(Outcome::Partial), "{item:?}");
    let after = served(&world, 2).await;
    assert_eq!(after[..10], before[..10]);
    assert!(after.len() == 15 && after[10].contains(":32443?"), "{after:?}");
}
