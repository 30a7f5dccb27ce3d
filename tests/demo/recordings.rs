//! Each recorded exchange, asked of the simulated panel of that make: the same status, the same
//! kind of body, JSON of the same shape.
//!
//! Deliberately absent: values. Names, secrets and times are the simulation's own.

use std::collections::{BTreeMap, BTreeSet};

use alamor::demo::client::Client;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Response, redirect};
use serde::Deserialize;
use serde_json::Value;

const RECORDED: [(Make, &str); 5] = [
    (Make::ThreeXui267, include_str!("../fixtures/panels/3x-ui-2.6.7.json")),
    (Make::ThreeXui2811, include_str!("../fixtures/panels/3x-ui-2.8.11.json")),
    (Make::ThreeXui302, include_str!("../fixtures/panels/3x-ui-3.0.2.json")),
    (Make::ThreeXui360, include_str!("../fixtures/panels/3x-ui-3.6.0.json")),
    (Make::Alireza1120, include_str!("../fixtures/panels/x-ui-alireza-1.12.0.json")),
];

/// What is compared, in an order in which it can be asked: what a panel has of it.
const COMPARED: [&str; 29] = [
    "root-without-session",
    "list-without-session",
    "list-without-session-ajax",
    "list-wrong-token",
    "login-plain",
    "csrf-token",
    "login-wrong-password",
    "login",
    "csrf-token-after-login",
    "list",
    "list-by-token",
    "all-links",
    "server-status",
    "3x-list-with-session",
    "sub-outside-path",
    "sub-path-on-panel-port",
    "sub-known",
    "sub-known-head",
    "sub-known-html",
    "sub-known-proxied",
    "sub-by-bots-id",
    "sub-unknown",
    "sub-root",
    "login-wrong-1",
    "login-wrong-2",
    "login-wrong-3",
    "login-wrong-4",
    "login-wrong-5",
    "login-right-after-7-wrong",
];

#[derive(Deserialize)]
struct Recording {
    customers: Vec<Customer>,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
struct Customer {
    panel_sub_id: String,
}

#[derive(Deserialize)]
struct Exchange {
    name: String,
    server: String,
    request: Request,
    response: Answer,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Who asks: with the cookie and the token that it was given.
struct Visitor {
    http: reqwest::Client,
    cookie: Option<String>,
    csrf: String,
}

/// What of a JSON value is compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Null,
    Bool,
    Number,
    Text,
    /// Text that holds JSON.
    Inside(Box<Shape>),
    /// The shapes that its items have.
    List(BTreeSet<Shape>),
    Object(BTreeMap<String, Shape>),
}

impl Shape {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inside @ Value::Object(_)) => Self::Inside(Box::new(Self::of(&inside))),
                _ => Self::Text,
            },
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), Self::of(value)));
                Self::Object(entries.collect())
            }
        }
    }
}

impl Visitor {
    fn new() -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none());
        Self { http: http.build().unwrap(), cookie: None, csrf: String::new() }
    }

    /// Asks `panel` what was asked when this was recorded, as itself.
    async fn ask(&mut self, panel: &SimulatedPanel, request: &Request, server: &str) -> Answer {
        let url = match server {
            "panel" => panel.panel_url(),
            _ => panel.subscription_base_url(),
        };
        let origin = url.strip_suffix("/base").unwrap_or(&url);
        let method: Method = request.method.parse().unwrap();
        let mut asked = self.http.request(method, format!("{origin}{}", request.path));
        for (name, value) in &request.headers {
            let value = match name.as_str() {
                "Cookie" => self.cookie.clone().unwrap(),
                "X-CSRF-Token" => self.csrf.clone(),
                "Authorization" if value != "Bearer wrong" => format!("Bearer {}", panel.token()),
                _ => value.clone(),
            };
            asked = asked.header(name, value);
        }
        let answer = asked.body(request.body.clone()).send().await.unwrap();
        self.remember(answer).await
    }

    async fn remember(&mut self, answer: Response) -> Answer {
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let headers =
            answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = answer.status().as_u16();
        let answer = Answer { status, headers, body: answer.text().await.unwrap() };
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        if let Ok(Value::Object(object)) = serde_json::from_str(&answer.body)
            && let Some(Value::String(token)) = object.get("obj")
        {
            self.csrf.clone_from(token);
        }
        answer
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Status, type, where it leads, and what kind of body it has.
    fn outline(&self) -> (u16, Option<&str>, Option<&str>, String) {
        let kind = if self.body.is_empty() { None } else { self.header("content-type") };
        (self.status, kind, self.header("location"), self.body_outline())
    }

    fn body_outline(&self) -> String {
        if let Ok(json) = serde_json::from_str::<Value>(&self.body) {
            return format!("{:#?}", Shape::of(&json));
        }
        if self.body.to_lowercase().starts_with("<!doctype html>") {
            return "a page".to_owned();
        }
        match self.header("subscription-userinfo") {
            Some(_) => "a subscription".to_owned(),
            None => self.body.clone(),
        }
    }
}

/// The recorded customers: all inbounds, all with an end, one inbound, limited.
async fn panel_like(make: Make, recording: &Recording) -> SimulatedPanel {
    let end = Timestamp::now() + SignedDuration::from_hours(24 * 1133);
    let client = |index: usize| Client::new(&recording.customers[index].panel_sub_id);
    let spec = PanelSpec::new("de-1", make)
        .client(client(0))
        .client(client(1).limited(0, end))
        .client(client(2).with_links(1))
        .client(client(3).limited(50 << 30, end));
    SimulatedPanel::start(spec).await.unwrap()
}

#[tokio::test]
async fn every_make_answers_as_it_was_recorded() {
    for (make, text) in RECORDED {
        let recording: Recording = serde_json::from_str(text).unwrap();
        let panel = panel_like(make, &recording).await;
        let mut visitor = Visitor::new();
        let mut compared = 0;
        for name in COMPARED {
            let found = recording.exchanges.iter().find(|exchange| exchange.name == name);
            let Some(recorded) = found else { continue };
            let answer = visitor.ask(&panel, &recorded.request, &recorded.server).await;
            assert_eq!(answer.outline(), recorded.response.outline(), "{make:?} {name}");
            compared += 1;
        }
        assert!(compared >= 15, "{make:?}: {compared}");
    }
}

#[tokio::test]
async fn a_session_comes_with_a_cookie_of_the_recorded_name() {
    for (make, text) in RECORDED {
        let recording: Recording = serde_json::from_str(text).unwrap();
        let panel = panel_like(make, &recording).await;
        let mut visitor = Visitor::new();
        for name in ["csrf-token", "login"] {
            let found = recording.exchanges.iter().find(|exchange| exchange.name == name);
            let Some(recorded) = found else { continue };
            let answer = visitor.ask(&panel, &recorded.request, &recorded.server).await;
            let name = |answer: &Answer| {
                answer.header("set-cookie").and_then(|c| c.split('=').next().map(str::to_owned))
            };
            assert_eq!(name(&answer), name(&recorded.response), "{make:?}");
        }
        assert!(visitor.cookie.is_some());
    }
}

#[tokio::test]
async fn another_host_is_refused_as_recorded() {
    for (make, text) in RECORDED {
        let recording: Recording = serde_json::from_str(text).unwrap();
        let spec = PanelSpec::new("de-1", make)
            .client(Client::new(&recording.customers[0].panel_sub_id))
            .web_domain("panel.example.com")
            .sub_domain("sub.example.com");
        let panel = SimulatedPanel::start(spec).await.unwrap();
        for name in ["panel-wrong-host", "sub-wrong-host", "sub-right-host"] {
            let found = recording.exchanges.iter().find(|exchange| exchange.name == name);
            let Some(recorded) = found else { continue };
            let mut visitor = Visitor::new();
            let answer = visitor.ask(&panel, &recorded.request, &recorded.server).await;
            assert_eq!(answer.outline(), recorded.response.outline(), "{make:?} {name}");
        }
    }
}
