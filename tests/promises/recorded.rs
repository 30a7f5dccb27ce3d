//! Cores on recordings of real panels: whichever way they are read, customers get the links that the
//! panel itself gave them.

use alamor::api::jobs::{Job, JobState, Outcome};
use alamor::demo::replay::{Recording, Replay};
use alamor::domain::remark::without_usage;
use alamor::domain::share_link::ShareLink;
use alamor::domain::subscription::Subscription;

use crate::world::{Sale, World, all};

const RECORDINGS: [(&str, &str); 5] = [
    ("learned", include_str!("../fixtures/panels/3x-ui-2.6.7.json")),
    ("learned", include_str!("../fixtures/panels/3x-ui-2.8.11.json")),
    ("learned", include_str!("../fixtures/panels/3x-ui-3.0.2.json")),
    ("links", include_str!("../fixtures/panels/3x-ui-3.6.0.json")),
    ("learned", include_str!("../fixtures/panels/x-ui-alireza-1.12.0.json")),
];

/// A core with the recording's customers as the bot has them: the panel knows none of their ids.
async fn world_on(replay: &Replay) -> World {
    let (panel, base) = (replay.panel_url(), replay.subscription_base_url());
    let mut plan = World::with().panel_at("de-1", &panel, &base, "/s/");
    for (index, customer) in replay.recording().customers.iter().enumerate() {
        let uuids = serde_json::json!(customer.client_uuid);
        plan = plan.sale(Sale::on(&["de-1"])).sql(&format!(
            "UPDATE purchases SET sub_id = '{}', client_uuid = '{uuids}', client_email = '{}' \
             WHERE id = {}",
            customer.sub_id,
            customer.client_email,
            index + 1
        ));
    }
    plan.start().await
}

/// The customers whose subscription was recorded: number from 1, exchange.
fn recorded(recording: &Recording) -> Vec<(usize, Vec<ShareLink>)> {
    let of_customer = |panel_sub_id: &str| {
        let is_it = |path: &str| path.strip_prefix("/s/") == Some(panel_sub_id);
        let mut exchanges = recording.exchanges.iter();
        let found = exchanges.find(|one| {
            one.name.starts_with("sub-") && is_it(&one.request.path) && one.response.status == 200
        })?;
        Some(Subscription::parse(&found.response.body, false).unwrap().links)
    };
    let customers = recording.customers.iter().enumerate();
    customers
        .filter_map(|(index, customer)| Some((index + 1, of_customer(&customer.panel_sub_id)?)))
        .collect()
}

/// What a link is, random fields and usage text aside.
fn essence(link: &ShareLink) -> (String, String) {
    (link.identity().to_string(), without_usage(link.remark()).to_owned())
}

async fn expect_recorded(world: &World, recording: &Recording, what: &str) {
    for (number, expected) in recorded(recording) {
        let sub_id = &recording.customers[number - 1].sub_id;
        let served = world.subscription(sub_id).await.links();
        let served: Vec<_> =
            served.iter().map(|link| essence(&ShareLink::parse(link).unwrap())).collect();
        let expected: Vec<_> = expected.iter().map(essence).collect();
        assert_eq!(served, expected, "{what}, customer {number}");
    }
}

fn way(job: &Job) -> &str {
    &job.panels[0].way
}

#[tokio::test]
async fn an_update_of_all_gives_what_the_panels_gave_from_their_lists() {
    for (expected_way, text) in RECORDINGS {
        let replay = Replay::start(text).await.unwrap();
        let recording = replay.recording().clone();
        let what = format!("{} {}", recording.panel, recording.version);
        let world = world_on(&replay).await;
        let job = world.job(all()).await;
        assert_eq!(job.state, JobState::Done, "{what}");
        assert_eq!(way(&job), expected_way, "{what}");
        expect_recorded(&world, &recording, &what).await;
    }
}

#[tokio::test]
async fn one_purchase_at_a_time_gives_what_the_panels_gave() {
    for (_, text) in RECORDINGS {
        let replay = Replay::start(text).await.unwrap();
        let recording = replay.recording().clone();
        let what = format!("{} {}", recording.panel, recording.version);
        let world = world_on(&replay).await;
        for (number, links) in recorded(&recording) {
            let item = world.update_as_item(i64::try_from(number).unwrap()).await;
            assert_eq!(item.outcome, Some(Outcome::Updated), "{what}: {item:?}");
            assert_eq!(item.links, links.len() as u64, "{what}");
        }
        expect_recorded(&world, &recording, &what).await;
        assert_eq!(replay.answered("list"), 1, "{what}: one list for all of them");
    }
}

#[tokio::test]
async fn without_a_login_the_panel_is_asked_with_the_bots_own_id() {
    let (_, text) = RECORDINGS[1];
    let replay = Replay::start(text).await.unwrap();
    let recording = replay.recording().clone();
    let own = &recording.customers[0].panel_sub_id;
    let world = World::with()
        .panel_at("de-1", "http://127.0.0.1:9", &replay.subscription_base_url(), "/s/")
        .sale(Sale::on(&["de-1"]))
        .sql(&format!("UPDATE purchases SET sub_id = '{own}'"))
        .start()
        .await;
    world.update(1).await.expect("updated");
    assert_eq!(world.subscription(own).await.links().len(), recording.customers[0].links);
}
