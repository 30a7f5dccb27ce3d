//! The simulated panels' web port: who gets in, and what lists say.

use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client;
use alamor::demo::links::without_random_fields;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use alamor::demo::traffic::Kind;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::SET_COOKIE;
use serde_json::Value;

use crate::{browserless, links, panel};

const X_UI: [Make; 5] = [
    Make::ThreeXui267,
    Make::ThreeXui2811,
    Make::ThreeXui302,
    Make::ThreeXui360,
    Make::Alireza1120,
];

/// Logs in with `password`; the cookie, or `None` if it was refused.
pub async fn log_in(panel: &SimulatedPanel, password: &str) -> Option<String> {
    let http = browserless();
    let cookie = |answer: &reqwest::Response| {
        let cookie = answer.headers().get(SET_COOKIE)?.to_str().unwrap();
        cookie.split(';').next().map(str::to_owned)
    };
    let mut login = http.post(format!("{}/login", panel.panel_url()));
    if panel.make().is_third() {
        let answer = http.get(format!("{}/csrf-token", panel.panel_url())).send().await.unwrap();
        login = login.header("Cookie", cookie(&answer).unwrap());
        let token: Value = answer.json().await.unwrap();
        login = login.header("X-CSRF-Token", token["obj"].as_str().unwrap());
    }
    let form = [("username", panel.login().0), ("password", password)];
    let answer = login.form(&form).send().await.unwrap();
    let cookie = cookie(&answer);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["success"], cookie.is_some());
    cookie
}

/// `GET` below the base path, with a cookie.
pub async fn get_page(panel: &SimulatedPanel, path: &str, cookie: &str) -> reqwest::Response {
    let url = format!("{}{path}", panel.panel_url());
    browserless().get(url).header("Cookie", cookie).send().await.unwrap()
}

async fn list(panel: &SimulatedPanel) -> Vec<Value> {
    let cookie = log_in(panel, panel.login().1).await.unwrap();
    let list: Value =
        get_page(panel, panel.make().list_path(), &cookie).await.json().await.unwrap();
    list["obj"].as_array().unwrap().clone()
}

/// The clients in the settings of an inbound, be these text or an object.
fn clients(inbound: &Value) -> Vec<Value> {
    let settings = match &inbound["settings"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        object => object.clone(),
    };
    settings["clients"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_list_holds_each_client_with_the_secret_of_its_link() {
    for make in X_UI {
        let panel = panel(make).await;
        let inbounds = list(&panel).await;
        let counts: Vec<usize> = inbounds.iter().map(|inbound| clients(inbound).len()).collect();
        assert_eq!(counts, [2, 1, 1, 1, 1], "{make:?}");
        let alice = Client::new("alice");
        for (inbound, secret) in inbounds.iter().zip(alice.secrets("de-1")) {
            let listed = &clients(inbound)[0];
            let key = if listed["id"].as_str().is_some_and(|id| !id.is_empty()) {
                "id"
            } else {
                "password"
            };
            assert_eq!(listed[key], secret, "{make:?}");
            assert_eq!(listed["subId"], "alice");
            assert_eq!(listed["email"], format!("in{}.{}", inbound["id"], alice.email));
        }
    }
}

#[tokio::test]
async fn all_links_are_those_of_the_subscriptions_without_usage_text() {
    let end = Timestamp::now() + SignedDuration::from_hours(50);
    let spec = PanelSpec::new("de-1", Make::ThreeXui360)
        .client(Client::new("alice"))
        .client(Client::new("bob").limited(50 << 30, end))
        .client(Client { enabled: false, ..Client::new("carol") });
    let panel = SimulatedPanel::start(spec).await.unwrap();
    let cookie = log_in(&panel, "adminpass").await.unwrap();
    let all = get_page(&panel, "/panel/api/inbounds/allLinks", &cookie).await;
    let all: Value = all.json().await.unwrap();
    let all: Vec<String> = serde_json::from_value(all["obj"].clone()).unwrap();
    assert_eq!(all.len(), 15);
    assert!(!all.iter().any(|link| link.contains("%F0%9F%93%8A")));
    let all: Vec<String> = all.iter().map(|link| without_random_fields(link)).collect();
    for own in links(&panel, "alice").await {
        assert!(all.contains(&own), "{own}");
    }
}

#[tokio::test]
async fn the_host_header_names_the_host_in_all_links() {
    let panel = panel(Make::ThreeXui360).await;
    let url = format!("{}/panel/api/inbounds/allLinks", panel.panel_url());
    let ask = browserless().get(url).bearer_auth(panel.token()).header("Host", "sub.example.net");
    let body = ask.send().await.unwrap().text().await.unwrap();
    assert!(body.contains("@sub.example.net:31443?"), "{body}");
}

#[tokio::test]
async fn hosts_that_are_apart_give_different_links() {
    let spec = PanelSpec::new("de-1", Make::ThreeXui360).client(Client::new("alice"));
    let panel = SimulatedPanel::start(spec.hosts_apart()).await.unwrap();
    assert!(links(&panel, "alice").await[0].contains("@127.0.0.2:31443?"));
    let cookie = log_in(&panel, "adminpass").await.unwrap();
    let all = get_page(&panel, "/panel/api/inbounds/allLinks", &cookie).await.text().await.unwrap();
    assert!(all.contains("@localhost:31443?") && !all.contains("@127.0.0.2"));
}

#[tokio::test]
async fn a_session_can_end_and_be_renewed() {
    for make in X_UI {
        let panel = panel(make).await;
        let cookie = log_in(&panel, "adminpass").await.unwrap();
        assert_eq!(get_page(&panel, make.list_path(), &cookie).await.status(), 200);
        panel.expire_sessions();
        let after = get_page(&panel, make.list_path(), &cookie).await;
        let is_list = after.text().await.unwrap().contains("clientStats");
        assert!(!is_list, "{make:?}");
        let again = log_in(&panel, "adminpass").await.unwrap();
        assert_eq!(get_page(&panel, make.list_path(), &again).await.status(), 200);
    }
}

#[tokio::test]
async fn a_panel_of_the_third_line_locks_out_and_no_other_does() {
    for make in X_UI {
        let panel = panel(make).await;
        for _ in 0..5 {
            assert_eq!(log_in(&panel, "wrong").await, None);
        }
        assert_eq!(log_in(&panel, "adminpass").await.is_none(), make.is_third(), "{make:?}");
        panel.unlock();
        assert!(log_in(&panel, "adminpass").await.is_some());
        panel.lock_out();
        assert_eq!(log_in(&panel, "adminpass").await.is_none(), make.is_third());
    }
}

#[tokio::test]
async fn a_token_opens_lists_without_a_login() {
    for (make, expected) in [(Make::ThreeXui302, 200), (Make::ThreeXui2811, 404)] {
        let panel = panel(make).await;
        let url = format!("{}{}", panel.panel_url(), make.list_path());
        let answer = browserless().get(url).bearer_auth(panel.token()).send().await.unwrap();
        assert_eq!(answer.status(), expected);
    }
}

#[tokio::test]
async fn requests_are_counted_by_kind() {
    let panel = panel(Make::ThreeXui360).await;
    let cookie = log_in(&panel, "adminpass").await.unwrap();
    for path in
        ["/panel/api/inbounds/list", "/panel/api/inbounds/allLinks", "/panel/api/server/status"]
    {
        assert_eq!(get_page(&panel, path, &cookie).await.status(), 200);
    }
    links(&panel, "alice").await;
    let counts = panel.counts();
    for kind in
        [Kind::Csrf, Kind::Login, Kind::List, Kind::AllLinks, Kind::Status, Kind::Subscription]
    {
        assert_eq!(counts.of(kind), 1, "{kind:?}");
    }
    assert_eq!((counts.of(Kind::Other), counts.requests), (0, 6));
}

#[tokio::test]
async fn a_panel_tells_whether_its_xray_runs() {
    let panel = panel(Make::ThreeXui2811).await;
    let cookie = log_in(&panel, "adminpass").await.unwrap();
    let state = async || {
        let status = get_page(&panel, "/panel/api/server/status", &cookie).await;
        status.json::<Value>().await.unwrap()["obj"]["xray"]["state"].clone()
    };
    assert_eq!(state().await, "running");
    panel.set(Behaviour::XrayStopped).await.unwrap();
    assert_eq!(state().await, "error");
    assert_eq!(links(&panel, "alice").await.len(), 5);
}

#[tokio::test]
async fn marzban_has_only_subscriptions() {
    let panel = panel(Make::Marzban).await;
    for path in ["/login", "/csrf-token", "/panel/api/inbounds/list", "/xui/API/inbounds/"] {
        assert_eq!(get_page(&panel, path, "").await.status(), 404, "{path}");
    }
    assert_eq!(links(&panel, "alice").await.len(), 5);
}
