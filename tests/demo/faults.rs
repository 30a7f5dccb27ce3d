//! Faults of simulated panels beyond those of the subscription port, and what answers cost.

use std::time::{Duration, Instant};

use alamor::demo::behaviour::{BadList, Behaviour};
use alamor::demo::client::Client;
use alamor::demo::cost::Cost;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use reqwest::Response;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::admin::{get_page, log_in};
use crate::{browserless, get, links, panel};

async fn bad_list(bad: BadList) -> Response {
    let panel = panel(Make::ThreeXui302).await;
    let cookie = log_in(&panel, "adminpass").await.unwrap();
    panel.set(Behaviour::List(bad)).await.unwrap();
    assert_eq!(links(&panel, "alice").await.len(), 5, "only lists are bad");
    get_page(&panel, "/panel/api/inbounds/list", &cookie).await
}

/// How much of an answer arrives before `most` bytes or its end.
async fn read_up_to(mut answer: Response, most: usize) -> usize {
    let mut read = 0;
    while read < most {
        match answer.chunk().await.unwrap() {
            Some(chunk) => read += chunk.len(),
            None => break,
        }
    }
    read
}

#[tokio::test]
async fn lists_can_be_bad_in_every_way() {
    let text = async |bad| {
        let answer = bad_list(bad).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(text(BadList::Empty).await, (200, String::new()));
    assert_eq!(text(BadList::Missing).await, (404, String::new()));
    let (status, garbage) = text(BadList::Garbage).await;
    assert_eq!((status, garbage.contains('{')), (200, false));
    let (_, refused) = text(BadList::NoSuccess).await;
    assert_eq!(serde_json::from_str::<Value>(&refused).unwrap()["success"], false);
    let (_, half) = text(BadList::Truncated).await;
    assert!(half.starts_with(r#"{"success":true"#));
    assert!(serde_json::from_str::<Value>(&half).unwrap_err().is_eof());
    assert!(read_up_to(bad_list(BadList::Huge).await, 80_000_000).await > 64 << 20);
}

#[tokio::test]
async fn a_bomb_is_small_on_the_wire_and_never_ends() {
    let panel = panel(Make::ThreeXui302).await;
    panel.set(Behaviour::List(BadList::GzipBomb)).await.unwrap();
    let ask = async |http: reqwest::ClientBuilder| {
        let url = format!("{}/panel/api/inbounds/list", panel.panel_url());
        let http = http.no_proxy().build().unwrap();
        http.get(url).bearer_auth(panel.token()).send().await.unwrap()
    };
    let packed = ask(reqwest::Client::builder().no_gzip()).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let unpacked = ask(reqwest::Client::builder()).await;
    assert!(read_up_to(unpacked, 8 << 20).await >= 8 << 20);
}

#[tokio::test]
async fn a_body_can_hang_in_its_middle() {
    let panel = panel(Make::ThreeXui2811).await;
    panel.set(Behaviour::HangInBody).await.unwrap();
    let mut answer = get(&panel, "alice").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.chunk().await.unwrap().unwrap().len() > 100);
    let more = tokio::time::timeout(Duration::from_millis(50), answer.chunk()).await;
    assert!(more.is_err(), "nothing more comes");
}

#[tokio::test]
async fn a_changed_password_is_refused_and_subscriptions_go_on() {
    let panel = panel(Make::ThreeXui302).await;
    panel.set(Behaviour::WrongPassword).await.unwrap();
    assert_eq!(log_in(&panel, "adminpass").await, None);
    let url = format!("{}/panel/api/inbounds/list", panel.panel_url());
    let by_token = browserless().get(url).bearer_auth(panel.token()).send().await.unwrap();
    assert_eq!(by_token.status(), 404);
    assert_eq!(links(&panel, "alice").await.len(), 5);
}

#[tokio::test]
async fn a_web_interface_can_move() {
    let panel = panel(Make::ThreeXui2811).await;
    panel.set(Behaviour::BaseMoved).await.unwrap();
    assert_eq!(get_page(&panel, "/", "").await.status(), 404);
    assert_eq!(links(&panel, "alice").await.len(), 5);
}

#[tokio::test]
async fn clients_that_are_gone_are_gone_from_the_list_too() {
    let panel = panel(Make::ThreeXui360).await;
    let cookie = log_in(&panel, "adminpass").await.unwrap();
    for (behaviour, expected) in
        [(Behaviour::Healthy, 2), (Behaviour::KnowsHalf, 1), (Behaviour::Unknown, 0)]
    {
        panel.set(behaviour).await.unwrap();
        let list = get_page(&panel, "/panel/api/inbounds/list", &cookie).await;
        let list: Value = list.json().await.unwrap();
        let stats = list["obj"][0]["clientStats"].as_array().unwrap().len();
        assert_eq!((list["obj"].as_array().unwrap().len(), stats), (5, expected));
    }
}

#[tokio::test]
async fn answers_cost_time_of_one_core() {
    let cost = Cost::like_2_8(400);
    assert_eq!(cost.subscription, Duration::from_micros(26_200));
    let spec = PanelSpec::new("de-1", Make::ThreeXui2811).client(Client::new("alice"));
    let panel = SimulatedPanel::start(spec.cost(cost)).await.unwrap();
    let begun = Instant::now();
    let mut asked = JoinSet::new();
    for _ in 0..4 {
        asked.spawn(browserless().get(panel.subscription_url("alice")).send());
    }
    assert!(asked.join_all().await.iter().all(Result::is_ok));
    assert!(begun.elapsed() >= Duration::from_millis(4 * 26), "one after the other");
}
