//! Each way of reading a panel, with purchases as the bot sells them: what it costs, and that
//! customers get the links of the panel's own subscription.

use alamor::api::jobs::{Job, JobState, NewJob};
use alamor::api::panels::Login;
use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client as Customer;
use alamor::demo::inbounds::{HYSTERIA2, SHADOWSOCKS, WIREGUARD};
use alamor::demo::links::without_random_fields;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use alamor::demo::traffic::Kind;
use alamor::domain::remark::without_usage;
use alamor::domain::share_link::ShareLink;

use crate::sale::{bots_id, panels_id};
use crate::world::{Sale, World, all};

const MAKES: [(Make, &str); 5] = [
    (Make::ThreeXui267, "learned"),
    (Make::ThreeXui2811, "learned"),
    (Make::ThreeXui302, "learned"),
    (Make::ThreeXui360, "links"),
    (Make::Alireza1120, "learned"),
];

/// What customers connect with, and its name without usage text.
pub fn essence(link: &str) -> (String, String) {
    let parsed = ShareLink::parse(link).unwrap();
    let bare = ShareLink::parse(&without_random_fields(link)).unwrap();
    (bare.with_remark("").as_str().to_owned(), without_usage(parsed.remark()).to_owned())
}

pub fn essences<'a>(links: impl IntoIterator<Item = &'a String>) -> Vec<(String, String)> {
    links.into_iter().map(|link| essence(link)).collect()
}

/// Asserts that purchase `number` gets what its panel gives it.
async fn expect_own(world: &World, panel: &SimulatedPanel, number: usize, what: &str) {
    let served = world.subscription(&bots_id(number)).await.links();
    let own = panel.expected_links(&panels_id(number));
    assert_eq!(essences(&served), essences(&own), "{what}, purchase {number}");
}

fn on(make: Make) -> crate::world::Plan {
    World::with().panel_like(PanelSpec::new("de-1", make)).logins()
}

async fn update_all(world: &World) -> Job {
    let job = world.job(all()).await;
    assert_eq!((job.state, job.success), (JobState::Done, job.total), "{job:?}");
    job
}

#[tokio::test]
async fn an_update_of_all_costs_a_login_a_list_and_two_requests_for_each_inbound() {
    for (make, way) in MAKES {
        let world = on(make).bots_purchases(40, &["de-1"]).start().await;
        let job = update_all(&world).await;
        assert_eq!(job.panels[0].way, way, "{make:?}");
        let panel = world.panel("de-1");
        let counts = panel.counts();
        assert_eq!(counts.of(Kind::Login), 1, "{make:?}");
        // Where 3x-ui has no such call, that is found out once.
        let tries = u64::from(make != Make::Alireza1120);
        assert_eq!(counts.of(Kind::AllLinks), tries, "{make:?}");
        // The list of the other line is asked for only where the bot's row does not tell which.
        assert_eq!(counts.of(Kind::List), 1, "{make:?}");
        assert!(counts.of(Kind::Subscription) <= 2 * 5, "{make:?}: {counts:?}");
        for number in 1..=40 {
            expect_own(&world, panel, number, &format!("{make:?}")).await;
        }
        panel.reset_counts();
        update_all(&world).await;
        assert_eq!((panel.counts().of(Kind::Login), panel.counts().of(Kind::List)), (0, 1));
    }
}

#[tokio::test]
async fn newer_and_older_protocols_are_read_from_lists_too() {
    for (make, _) in MAKES {
        let mut spec = PanelSpec::new("de-1", make).inbound(SHADOWSOCKS);
        if !matches!(make, Make::ThreeXui267 | Make::Alireza1120) {
            spec = spec.inbound(HYSTERIA2);
        }
        if make == Make::ThreeXui360 {
            spec = spec.inbound(WIREGUARD);
        }
        let sale = Sale::on(&["de-1"])
            .like_the_bots()
            .client(|client| client.on(&[1, 2, 3, 4, 5, 6, 7, 8]));
        let mut plan = World::with().panel_like(spec).logins();
        for _ in 0..6 {
            plan = plan.sale(sale.clone());
        }
        let world = plan.start().await;
        update_all(&world).await;
        for number in 1..=6 {
            expect_own(&world, world.panel("de-1"), number, &format!("{make:?}")).await;
        }
        for number in 1..=6 {
            let item = world.update_as_item(number).await;
            assert_eq!(item.outcome.unwrap().as_str(), "unchanged", "{make:?}: {item:?}");
        }
    }
}

#[tokio::test]
async fn an_inbound_with_one_client_is_read_by_itself_and_said_so() {
    let on_four = Sale::on(&["de-1"]).like_the_bots().links(4);
    let mut plan = on(Make::ThreeXui2811).bots_purchases(1, &["de-1"]);
    for _ in 0..5 {
        plan = plan.sale(on_four.clone());
    }
    let world = plan.start().await;
    update_all(&world).await;
    for number in 1..=6 {
        expect_own(&world, world.panel("de-1"), number, "one client").await;
    }
    let panel = world.client().get_panel("de-1").await.unwrap();
    let [fallback] = panel.fallbacks.as_slice() else { panic!("{:?}", panel.fallbacks) };
    assert_eq!((fallback.inbound, fallback.remark.as_str()), (5, "SS 2022"));
    assert!(fallback.why.contains("one client"), "{fallback:?}");
    assert_eq!(fallback.purchases, 1, "{fallback:?}");
    assert!(panel.survey.is_some_and(|survey| survey.requests > 0));
}

#[tokio::test]
async fn links_name_the_host_that_subscriptions_are_asked_for() {
    for (make, way) in MAKES {
        let spec = PanelSpec::new("de-1", make)
            .hosts_apart()
            .web_domain("127.0.0.1")
            .sub_domain("127.0.0.2");
        let plan = World::with().panel_like(spec).logins().bots_purchases(6, &["de-1"]);
        let world = plan.start().await;
        let job = update_all(&world).await;
        // A web interface that takes its own host only gives no links with another one.
        let way = if way == "links" { "learned" } else { way };
        assert_eq!(job.panels[0].way, way, "{make:?}");
        for number in 1..=6 {
            expect_own(&world, world.panel("de-1"), number, &format!("{make:?}")).await;
            let served = world.subscription(&bots_id(number)).await.links();
            assert!(served[1].contains("@127.0.0.2:"), "{make:?}: {}", served[1]);
        }
    }
}

#[tokio::test]
async fn usage_text_is_read_client_by_client_where_it_is_wanted() {
    let limited = |customer: Customer| Customer { limit_bytes: 50 << 30, ..customer };
    let sale = Sale::on(&["de-1"]).like_the_bots().client(limited);
    let mut plan = on(Make::ThreeXui2811).setting("REMARK_USAGE=keep");
    for _ in 0..6 {
        plan = plan.sale(sale.clone());
    }
    let world = plan.start().await;
    update_all(&world).await;
    let panel = world.panel("de-1");
    for number in 1..=6 {
        assert_eq!(panel.requests_for(&panels_id(number)), 1);
        let served = world.subscription(&bots_id(number)).await.links();
        assert!(ShareLink::parse(&served[0]).unwrap().remark().contains('📊'), "{}", served[0]);
    }
}

#[tokio::test]
async fn a_token_opens_the_api_and_no_password_is_sent() {
    let spec = PanelSpec::new("de-1", Make::ThreeXui360);
    let token = format!("PANEL_TOKENS=de-1:{}", spec.token);
    let plan = World::with().panel_like(spec).logins().setting(&token);
    let world = plan.bots_purchases(6, &["de-1"]).start().await;
    let job = update_all(&world).await;
    assert_eq!(job.panels[0].way, "links");
    assert_eq!(world.panel("de-1").counts().of(Kind::Login), 0);
    assert_eq!(world.client().get_panel("de-1").await.unwrap().login, Login::Token);
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_whoever_asks() {
    let mut world = on(Make::ThreeXui360).bots_purchases(8, &["de-1"]).start().await;
    world.panel("de-1").set(Behaviour::WrongPassword).await.unwrap();
    let logins = |world: &World| world.panel("de-1").counts().of(Kind::Login);
    for _ in 0..2 {
        for _ in 0..2 {
            let job = world.job(NewJob { force: true, ..all() }).await;
            assert_eq!((job.failed, job.causes[0].reason.code.as_str()), (8, "wrong_password"));
            tokio::join!(world.update(1), world.update(2), world.update(3));
        }
        assert_eq!(logins(&world), 1);
        world.restart().await;
    }
    world.panel("de-1").set(Behaviour::Healthy).await.unwrap();
    assert_eq!(world.update_as_item(1).await.reason.unwrap().code, "wrong_password");
    assert_eq!(logins(&world), 1);
    world.client().retry_login("de-1").await.unwrap();
    world.update(1).await.expect("updated");
    assert_eq!(logins(&world), 2);
}

#[tokio::test]
async fn july_rows_need_no_login() {
    for (make, _) in MAKES {
        let spec = PanelSpec::new("de-1", make);
        let world = World::with().panel_like(spec).purchases(6, &["de-1"]).start().await;
        let job = update_all(&world).await;
        assert_eq!(job.panels[0].way, "subscription", "{make:?}");
        let counts = world.panel("de-1").counts();
        assert_eq!((counts.of(Kind::Login), counts.of(Kind::Subscription)), (0, 6), "{make:?}");
    }
}
