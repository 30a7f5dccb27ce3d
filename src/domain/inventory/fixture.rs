//! What tests of panels' lists are made of: the recorded panels, and small made-up ones.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Client, Inbound, Inventory};
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::SubId;
use crate::domain::slice::Headers;
use crate::domain::subscription::Subscription;

/// When the panels were recorded, in Unix milliseconds.
pub(crate) const RECORDED_AT: i64 = 1_795_509_800_000;

/// Answers to one customer each.
const SUBSCRIPTIONS: [&str; 4] =
    ["sub-known", "sub-second-customer", "sub-one-inbound", "sub-limited-customer"];

/// What a real panel answered.
pub(crate) struct Recording {
    pub(crate) name: String,
    json: Value,
}

/// One of its customers, as the bot knows it.
pub(crate) struct Recorded {
    pub(crate) own: SubId,
    pub(crate) sub_id: SubId,
    pub(crate) keys: ClientKeys,
}

impl Recording {
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/panels");
        let mut all: Vec<Self> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| Self {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                json: serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
            })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(all.len(), 5);
        all
    }

    pub(crate) fn list(&self) -> &str {
        self.exchange("list").unwrap()["response"]["body"].as_str().unwrap()
    }

    pub(crate) fn inventory(&self) -> Inventory {
        Inventory::parse(self.list().as_bytes(), RECORDED_AT).unwrap()
    }

    pub(crate) fn all_links(&self) -> Option<Vec<String>> {
        let body = self.exchange("all-links")?["response"]["body"].as_str()?;
        let answer: Value = serde_json::from_str(body).ok()?;
        let links = answer["obj"].as_array()?.iter();
        Some(links.map(|link| link.as_str().unwrap().to_owned()).collect())
    }

    pub(crate) fn customers(&self) -> Vec<Recorded> {
        let id = |value: &Value| SubId::new(value.as_str()).unwrap();
        let customers = self.json["customers"].as_array().unwrap().iter();
        let read = |one: &Value| Recorded {
            own: id(&one["sub_id"]),
            sub_id: id(&one["panel_sub_id"]),
            keys: ClientKeys::parse(
                Some(&one["client_uuid"].to_string()),
                one["client_email"].as_str(),
            ),
        };
        customers.map(read).collect()
    }

    /// `None` if nobody recorded it.
    pub(crate) fn subscription(&self, id: &SubId) -> Option<(Subscription, Headers)> {
        let is_its = |exchange: &&Value| {
            exchange["request"]["path"].as_str().unwrap().ends_with(id.reveal())
        };
        let exchange = SUBSCRIPTIONS.iter().filter_map(|name| self.exchange(name)).find(is_its)?;
        let body = exchange["response"]["body"].as_str().unwrap();
        let headers = exchange["response"]["headers"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers =
            headers.map(|header| (text(&header[0]).to_lowercase(), text(&header[1]))).collect();
        Some((Subscription::parse(body, false).unwrap(), headers))
    }

    fn exchange(&self, name: &str) -> Option<&Value> {
        self.json["exchanges"].as_array()?.iter().find(|exchange| exchange["name"] == name)
    }
}

pub(crate) fn id(text: &str) -> SubId {
    SubId::new(Some(text)).unwrap()
}

/// A client without limits; of no subscription if `sub_id` is empty.
pub(crate) fn client(secret: &str, email: &str, sub_id: &str) -> Client {
    Client {
        secret: secret.to_owned(),
        email: email.to_owned(),
        sub_id: SubId::new(Some(sub_id)),
        flow: String::new(),
        security: String::new(),
        off: None,
        used_bytes: (0, 0),
        total_bytes: 0,
        expires_at: 0,
    }
}

/// An inbound that is switched on.
pub(crate) fn inbound(id: i64, protocol: &str, port: u16, clients: Vec<Client>) -> Inbound {
    Inbound {
        id,
        remark: format!("I{id}"),
        port,
        protocol: protocol.to_owned(),
        enabled: true,
        reality: None,
        clients,
        unread: None,
    }
}
