//! The simulated panels over real sockets: each behaviour does what it says, and the answers have
//! the form of the recorded ones.
//!
//! Deliberately absent: how a core reads a panel.
#![expect(clippy::unwrap_used, reason = "the functions here are parts of tests")]

mod recordings;
mod admin;
mod inbounds;
mod faults;

use std::time::{Duration, Instant};

use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client;
use alamor::demo::links::without_random_fields;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use alamor::demo::sample::Sample;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::{Method, Response};
use tokio::task::JoinSet;

fn browserless() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn panel(make: Make) -> SimulatedPanel {
    let spec = PanelSpec::new("de-1", make).client(Client::new("alice"));
    SimulatedPanel::start(spec.client(Client::new("bob").with_links(1))).await.unwrap()
}

async fn get(panel: &SimulatedPanel, sub_id: &str) -> Response {
    browserless().get(panel.subscription_url(sub_id)).send().await.unwrap()
}

/// The lines of a Base64 answer, random fields left out.
async fn links(panel: &SimulatedPanel, sub_id: &str) -> Vec<String> {
    let body = get(panel, sub_id).await.text().await.unwrap();
    let text = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
    assert!(text.ends_with('\n'), "every link is followed by a line feed");
    text.lines().map(without_random_fields).collect()
}

fn header_names(response: &Response) -> Vec<&str> {
    let names = response.headers().keys().map(reqwest::header::HeaderName::as_str);
    let mut names: Vec<&str> =
        names.filter(|name| !["date", "content-length"].contains(name)).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_known_customer_gets_the_recorded_headers() {
    let common = ["content-type", "profile-title", "profile-update-interval"];
    let table: [(Make, &[&str]); 6] = [
        (Make::ThreeXui267, &[]),
        (Make::ThreeXui2811, &["profile-web-page-url", "routing-enable"]),
        (Make::ThreeXui302, &["profile-web-page-url", "routing-enable"]),
        (Make::ThreeXui360, &["profile-web-page-url"]),
        (Make::Alireza1120, &[]),
        (Make::Marzban, &[]),
    ];
    for (make, more) in table {
        let response = get(&panel(make).await, "alice").await;
        assert_eq!(response.status(), 200);
        assert_eq!(header_names(&response), [&common, more, &["subscription-userinfo"]].concat());
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        let usage = &response.headers()["subscription-userinfo"];
        assert_eq!(usage, "upload=0; download=0; total=0; expire=0");
        let title = response.headers()["profile-title"].to_str().unwrap();
        assert_eq!(title.starts_with("base64:"), make != Make::Alireza1120);
        assert_eq!(title == "alice", make == Make::Alireza1120);
    }
}

#[tokio::test]
async fn limits_are_summed_over_the_inbounds() {
    let panel = panel(Make::ThreeXui267).await;
    let end = Timestamp::now() + jiff::SignedDuration::from_hours(48);
    panel.add(Client::new("carol").limited(50 << 30, end));
    let response = get(&panel, "carol").await;
    let expected = format!("upload=0; download=0; total=268435456000; expire={}", end.as_second());
    assert_eq!(response.headers()["subscription-userinfo"], expected.as_str());
}

#[tokio::test]
async fn an_unknown_id_is_answered_as_recorded() {
    for make in Make::ALL {
        let response = get(&panel(make).await, "nobody").await;
        let expected = match make {
            Make::ThreeXui360 => (404, ""),
            Make::Marzban => (404, r#"{"detail":"Not Found"}"#),
            _ => (400, "Error!"),
        };
        let status = response.status().as_u16();
        assert_eq!(status, make.unknown_status());
        assert_eq!((status, response.text().await.unwrap().as_str()), expected, "{make:?}");
    }
}

#[tokio::test]
async fn paths_beside_the_subscription_are_answered_as_recorded() {
    for make in Make::ALL {
        let panel = panel(make).await;
        let ask = async |url: String| {
            let response = browserless().get(url).send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        let not_found = (404, "404 page not found".to_owned());
        assert_eq!(ask(panel.subscription_url("")).await, not_found);
        assert_eq!(ask(format!("{}/alice", panel.subscription_base_url())).await, not_found);
        let on_panel = ask(format!("{}/s/alice", panel.panel_url())).await;
        let expected = match make {
            Make::ThreeXui267 => (200, ""),
            Make::Marzban => (404, r#"{"detail":"Not Found"}"#),
            _ => (404, ""),
        };
        assert_eq!((on_panel.0, on_panel.1.as_str()), expected, "{make:?}");
        let (status, body) = ask(format!("{}/", panel.panel_url())).await;
        assert_eq!((status, body.starts_with("<!DOCTYPE html>")), (200, true));
    }
}

#[tokio::test]
async fn browsers_and_head_are_answered_as_recorded() {
    for make in Make::ALL {
        let panel = panel(make).await;
        let url = panel.subscription_url("alice");
        let accept = "text/html,application/xhtml+xml";
        let page = browserless().get(&url).header("Accept", accept).send().await.unwrap();
        let is_html = page.text().await.unwrap().starts_with("<!DOCTYPE html>");
        assert_eq!(is_html, make.shows_page(), "{make:?}");
        let head = browserless().request(Method::HEAD, &url).send().await.unwrap();
        let is_new = matches!(make, Make::ThreeXui360 | Make::Marzban);
        let expected = if is_new { 200 } else { 404 };
        assert_eq!(head.status(), expected, "{make:?}");
    }
}

#[tokio::test]
async fn the_links_are_those_that_were_promised() {
    for make in Make::ALL {
        let panel = panel(make).await;
        let served = links(&panel, "alice").await;
        assert_eq!(served, panel.expected_links("alice"));
        let schemes: Vec<_> = served.iter().filter_map(|link| link.split("://").next()).collect();
        assert_eq!(schemes, ["vless", "vless", "vmess", "trojan", "ss"]);
        assert_eq!(links(&panel, "bob").await.len(), 1);
    }
}

#[tokio::test]
async fn the_host_of_the_request_is_the_host_of_the_links() {
    for make in Make::ALL {
        let panel = panel(make).await;
        let request = browserless().get(panel.subscription_url("alice"));
        let body = request.header("Host", "sub.example.net:2096").send().await.unwrap();
        let text = STANDARD.decode(body.text().await.unwrap()).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("@sub.example.net:31443?"));
    }
}

#[tokio::test]
async fn a_panel_that_refuses_comes_back_on_the_same_port() {
    let panel = panel(Make::ThreeXui360).await;
    let client = browserless();
    let url = panel.subscription_url("alice");
    for _ in 0..3 {
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        panel.set(Behaviour::Refuse).await.unwrap();
        assert!(client.get(&url).send().await.unwrap_err().is_connect());
        panel.set(Behaviour::Healthy).await.unwrap();
    }
    assert_eq!(panel.counts().requests, 3);
}

#[tokio::test]
async fn a_panel_can_start_refusing() {
    let spec = PanelSpec::new("fr-2", Make::ThreeXui267).client(Client::new("alice"));
    let panel = SimulatedPanel::start(spec.behaviour(Behaviour::Refuse)).await.unwrap();
    let url = panel.subscription_url("alice");
    assert!(browserless().get(&url).send().await.unwrap_err().is_connect());
    panel.set(Behaviour::Healthy).await.unwrap();
    assert_eq!(get(&panel, "alice").await.status(), 200);
}

#[tokio::test]
async fn a_request_that_hangs_ends_when_the_panel_refuses() {
    let panel = panel(Make::ThreeXui2811).await;
    panel.set(Behaviour::Hang).await.unwrap();
    let mut asked = JoinSet::new();
    for _ in 0..5 {
        asked.spawn(browserless().get(panel.subscription_url("alice")).send());
    }
    panel.wait_for_requests(5).await;
    let counts = panel.counts();
    assert_eq!((counts.requests, counts.in_flight, counts.max_in_flight), (5, 5, 5));
    panel.set(Behaviour::Refuse).await.unwrap();
    assert_eq!(panel.counts().in_flight, 0);
    assert!(asked.join_all().await.iter().all(Result::is_err));
}

#[tokio::test]
async fn the_last_handle_that_is_dropped_ends_the_server() {
    let panel = panel(Make::ThreeXui2811).await;
    panel.set(Behaviour::Hang).await.unwrap();
    let asked = tokio::spawn(browserless().get(panel.subscription_url("alice")).send());
    panel.wait_for_requests(1).await;
    drop(panel.clone());
    assert_eq!(panel.counts().in_flight, 1);
    drop(panel);
    assert!(asked.await.unwrap().is_err());
}

#[tokio::test]
async fn a_slow_panel_answers_later() {
    let spec = PanelSpec::new("tr-1", Make::Alireza1120).client(Client::new("alice"));
    let spec = spec.latency(Duration::from_millis(20));
    let panel = SimulatedPanel::start(spec).await.unwrap();
    panel.set(Behaviour::Slow(Duration::from_millis(30))).await.unwrap();
    let begun = Instant::now();
    assert_eq!(links(&panel, "alice").await.len(), 5);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn answers_that_are_no_subscription_are_as_they_say() {
    let panel = panel(Make::ThreeXui360).await;
    let ask = async |behaviour| {
        panel.set(behaviour).await.unwrap();
        let response = get(&panel, "alice").await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, body) = ask(Behaviour::LoginPage).await;
    assert_eq!((status, body.starts_with("<!DOCTYPE html>")), (200, true));
    let (status, body) = ask(Behaviour::JsonError).await;
    assert_eq!((status, body.starts_with(r#"{"success":false"#)), (200, true));
    assert_eq!(ask(Behaviour::Empty).await, (200, String::new()));
    let (status, body) = ask(Behaviour::Garbage).await;
    assert_eq!((status, body.contains("://")), (200, false));
    assert_eq!(ask(Behaviour::Unknown).await, (404, String::new()));
    assert_eq!(ask(Behaviour::status(502)).await, (502, String::new()));
    let (status, body) = ask(Behaviour::Huge).await;
    assert_eq!((status, body.len() > 3_000_000), (200, true));
    let (status, body) = ask(Behaviour::Plain).await;
    assert_eq!((status, body.lines().count()), (200, 5));
}

#[tokio::test]
async fn a_busy_panel_says_when_to_come_back() {
    let panel = panel(Make::ThreeXui302).await;
    panel.set(Behaviour::busy(7)).await.unwrap();
    let response = get(&panel, "alice").await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_short_begins_well() {
    let panel = panel(Make::ThreeXui267).await;
    panel.set(Behaviour::CutShort).await.unwrap();
    let mut response = get(&panel, "alice").await;
    assert_eq!(response.status(), 200);
    let mut received = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            end => break end,
        }
    };
    assert!(end.is_err());
    assert!(received > 100, "{received}");
}

#[tokio::test]
async fn a_flaky_panel_fails_first_for_each_subscription() {
    let panel = panel(Make::ThreeXui302).await;
    panel.set(Behaviour::Flaky { failures: 2 }).await.unwrap();
    for sub_id in ["alice", "bob"] {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(get(&panel, sub_id).await.status().as_u16());
        }
        assert_eq!(statuses, [500, 500, 200]);
        assert_eq!(panel.requests_for(sub_id), 3);
    }
    panel.reset_counts();
    assert_eq!(panel.counts().requests, 0);
}

#[tokio::test]
async fn every_second_client_is_known_to_a_panel_that_knows_half() {
    let panel = panel(Make::ThreeXui360).await;
    panel.set(Behaviour::KnowsHalf).await.unwrap();
    assert_eq!(get(&panel, "alice").await.status(), 200);
    assert_eq!(get(&panel, "bob").await.status(), 404);
    assert_eq!((panel.knows("alice"), panel.knows("bob")), (true, false));
}

#[tokio::test]
async fn customers_can_be_changed_while_the_panel_runs() {
    let panel = panel(Make::ThreeXui2811).await;
    let before = links(&panel, "alice").await;
    panel.set(Behaviour::Fewer(2)).await.unwrap();
    assert_eq!(links(&panel, "alice").await, before[..2]);
    panel.set(Behaviour::Healthy).await.unwrap();
    panel.rotate();
    let after = links(&panel, "alice").await;
    assert_ne!(after[0], before[0]);
    assert_eq!(after[1..], before[1..]);
    assert!(panel.change("alice", |client| client.enabled = false));
    assert_eq!(get(&panel, "alice").await.status(), 400);
    assert!(panel.remove("bob"));
    assert_eq!(get(&panel, "bob").await.status(), 400);
    assert_eq!(panel.clients(), 1);
}

#[tokio::test]
async fn the_panels_of_the_sample_know_its_purchases() {
    let sample = Sample::new(Timestamp::now(), 200);
    let panels = sample.start_panels().await.unwrap();
    assert_eq!(panels.len(), sample.panels.len());
    for (row, panel) in sample.panels.iter().zip(&panels) {
        assert_eq!((panel.name(), panel.clients()), (row.name.as_str(), row.clients.len()));
    }
    let on_first = sample.purchases.iter().find(|row| row.server_id == Some(1)).unwrap();
    assert!(!links(&panels[0], &on_first.panel_sub_id).await.is_empty());
    assert_eq!(get(&panels[0], &on_first.sub_id).await.status(), 404, "the bot's id");
}
