//! The answer of a panel's list of inbounds becomes an inventory.
//!
//! ```text
//! {"success": true, "obj": [{"id": 1, "settings": "{\"clients\": […]}", "clientStats": […], …}, …]}
//! ```
//!
//! Memory: what is kept are the fields of [`Client`], nothing of the JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::{
    Envelope, MOST_CLIENTS, RawClient, RawInbound, RawSettings, RawStats, Scalar, nested,
};
use super::{Client, ClientOff, Inbound, Inventory, Reality};
use crate::domain::at_most::AtMost;
use crate::domain::ids::SubId;
use crate::domain::subscription::BodyKind;

/// A body is no list of inbounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAList {
    /// The panel said no in its own words: `{"success": false, …}`.
    #[error("the panel refused to list its inbounds")]
    Refused,
    /// It is something else; a login page, mostly.
    #[error("{0}, not a list of inbounds")]
    Body(BodyKind),
    /// No panel has so many inbounds, or clients.
    #[error("more than 10 000 inbounds or 500 000 clients")]
    TooMany,
}

/// Most inbounds that a panel may have: each needs a port of its own, or a file.
const MOST_INBOUNDS: usize = 10_000;

/// Largest stream settings of an inbound: its certificates may stand in them.
const MOST_STREAM_SETTINGS: usize = 1024 * 1024;

/// Most names, and most ids, that an inbound may draw from.
const MOST_CHOICES: usize = 256;

impl Inventory {
    /// Reads the answer to a panel's list of inbounds. `now_ms` decides which clients are expired.
    ///
    /// An inbound whose clients cannot be read stays, without clients, and says so. One of which
    /// nothing can be read is left out; then the inventory is not whole.
    ///
    /// # Errors
    ///
    /// [`NotAList`], with what the body is instead. An empty list is a list.
    ///
    /// # Source
    ///
    /// Fact C20 of src/ARCHITECTURE.md, and the recorded answers of five panels.
    pub fn parse(json: &[u8], now_ms: i64) -> Result<Self, NotAList> {
        let text = String::from_utf8_lossy(json);
        let text = text.trim_start_matches('\u{FEFF}').trim();
        let (raw, dropped) = raw_inbounds(text)?;
        let mut left = MOST_CLIENTS;
        let mut stats: Vec<Vec<RawStats>> = Vec::with_capacity(raw.len());
        for inbound in &raw {
            let own = raw_stats(inbound)?;
            left = left.checked_sub(own.len()).ok_or(NotAList::TooMany)?;
            stats.push(own);
        }
        let everywhere = by_email(stats.iter().flatten());
        let mut left = MOST_CLIENTS;
        let mut inbounds = Vec::with_capacity(raw.len());
        for (inbound, own) in raw.iter().zip(&stats) {
            let of_inbound = Stats { own: by_email(own), everywhere: &everywhere };
            let inbound = read_inbound(inbound, &of_inbound, now_ms)?;
            left = left.checked_sub(inbound.clients.len()).ok_or(NotAList::TooMany)?;
            inbounds.push(inbound);
        }
        Ok(Self { dropped, ..Self::new(inbounds) })
    }
}

/// The inbounds, and how many entries are none.
fn raw_inbounds(text: &str) -> Result<(Vec<RawInbound<'_>>, usize), NotAList> {
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| NotAList::Body(kind(text)))?;
    if envelope.success == Some(false) {
        return Err(NotAList::Refused);
    }
    let no_list = NotAList::Body(BodyKind::Json);
    let list = envelope.obj.ok_or(no_list)?;
    let list: AtMost<&RawValue, MOST_INBOUNDS> =
        serde_json::from_str(list.get()).map_err(|_| no_list)?;
    let list = list.all().ok_or(NotAList::TooMany)?;
    let raw: Vec<RawInbound> =
        list.iter().filter_map(|one| serde_json::from_str(one.get()).ok()).collect();
    // A list of links or of clients has no inbound in it.
    let is_list = raw.iter().any(|inbound| !inbound.protocol.text().is_empty());
    let dropped = list.len() - raw.len();
    if is_list || list.is_empty() { Ok((raw, dropped)) } else { Err(no_list) }
}

fn kind(text: &str) -> BodyKind {
    match text.chars().next() {
        None => BodyKind::Empty,
        Some('<') => BodyKind::Html,
        Some(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => BodyKind::Json,
        Some(_) => BodyKind::Text,
    }
}

fn raw_stats<'a>(inbound: &RawInbound<'a>) -> Result<Vec<RawStats<'a>>, NotAList> {
    let list = inbound.client_stats.map(|list| serde_json::from_str(list.get()));
    let list: Option<AtMost<Option<RawStats>, MOST_CLIENTS>> = list.and_then(Result::ok);
    let list = list.map_or(Some(Vec::new()), AtMost::all).ok_or(NotAList::TooMany)?;
    Ok(list.into_iter().flatten().collect())
}

/// What clients used, by e-mail.
struct Stats<'a> {
    /// Of one inbound.
    own: HashMap<Cow<'a, str>, &'a RawStats<'a>>,
    /// Of the whole panel: 3.x counts a client of several inbounds once.
    everywhere: &'a HashMap<Cow<'a, str>, &'a RawStats<'a>>,
}

fn by_email<'a>(
    stats: impl IntoIterator<Item = &'a RawStats<'a>>,
) -> HashMap<Cow<'a, str>, &'a RawStats<'a>> {
    let named = stats.into_iter().map(|one| (one.email.text(), one));
    named.filter(|(email, _)| !email.is_empty()).collect()
}

fn read_inbound(raw: &RawInbound<'_>, stats: &Stats<'_>, now_ms: i64) -> Result<Inbound, NotAList> {
    let protocol = raw.protocol.text().to_lowercase();
    let (clients, unread) = match read_clients(raw, &protocol, stats, now_ms) {
        Ok(clients) => (clients.ok_or(NotAList::TooMany)?, None),
        Err(_) => (Vec::new(), Some("its clients cannot be read: the settings are no JSON")),
    };
    Ok(Inbound {
        id: raw.id.number(),
        remark: raw.remark.text().into_owned(),
        port: u16::try_from(raw.port.number()).unwrap_or_default(),
        protocol,
        enabled: raw.enable.is_on(),
        reality: read_reality(raw.stream_settings),
        clients,
        unread,
    })
}

/// `None` if there are too many.
fn read_clients(
    raw: &RawInbound<'_>,
    protocol: &str,
    stats: &Stats<'_>,
    now_ms: i64,
) -> Result<Option<Vec<Client>>, serde_json::Error> {
    let Some(json) = nested(raw.settings)? else { return Ok(Some(Vec::new())) };
    let settings: RawSettings = serde_json::from_str(&json)?;
    let Some(clients) = settings.clients.map_or(Some(Vec::new()), AtMost::all) else {
        return Ok(None);
    };
    let read = |client: RawClient<'_>| read_client(&client, protocol, stats, now_ms);
    Ok(Some(clients.into_iter().flatten().map(read).collect()))
}

fn read_client(raw: &RawClient<'_>, protocol: &str, stats: &Stats<'_>, now_ms: i64) -> Client {
    let email = raw.email.text();
    let stat = stats.own.get(&email).or_else(|| stats.everywhere.get(&email));
    let bytes = |number: i64| u64::try_from(number).unwrap_or_default();
    let mut client = Client {
        secret: secret_of(raw, protocol),
        sub_id: SubId::new(Some(&raw.sub_id.text())),
        flow: raw.flow.text().into_owned(),
        security: raw.security.text().into_owned(),
        off: None,
        used_bytes: stat.map_or((0, 0), |one| (bytes(one.up.number()), bytes(one.down.number()))),
        total_bytes: bytes(stat.map_or(&raw.total, |one| &one.total).number()),
        expires_at: stat.map_or(&raw.expiry_time, |one| &one.expiry_time).number(),
        email: email.into_owned(),
    };
    let enabled = raw.enable.is_on() && stat.is_none_or(|one| one.enable.is_on());
    client.off = off(&client, enabled, now_ms);
    client
}

/// A panel switches off what is expired or used up; the cause says more than the switch.
fn off(client: &Client, enabled: bool, now_ms: i64) -> Option<ClientOff> {
    let used = client.used_bytes.0.saturating_add(client.used_bytes.1);
    if client.expires_at > 0 && client.expires_at <= now_ms {
        Some(ClientOff::Expired)
    } else if client.total_bytes > 0 && used >= client.total_bytes {
        Some(ClientOff::Depleted)
    } else {
        (!enabled).then_some(ClientOff::Disabled)
    }
}

/// # Source
///
/// Fact C20 of src/ARCHITECTURE.md.
fn secret_of(raw: &RawClient<'_>, protocol: &str) -> String {
    let fields: &[&Scalar<'_>] = match protocol {
        "vless" | "vmess" => &[&raw.id],
        "trojan" | "shadowsocks" => &[&raw.password],
        "hysteria" | "hysteria2" => &[&raw.auth, &raw.password],
        "wireguard" => &[&raw.private_key],
        "mtproto" => &[&raw.secret],
        _ => &[&raw.id, &raw.password, &raw.auth, &raw.secret],
    };
    let mut texts = fields.iter().map(|field| field.text());
    texts.find(|text| !text.is_empty()).unwrap_or_default().into_owned()
}

fn read_reality(stream_settings: Option<&RawValue>) -> Option<Reality> {
    let stream_settings = stream_settings.filter(|one| one.get().len() <= MOST_STREAM_SETTINGS);
    let json: Cow<'_, str> = nested(stream_settings).ok()??;
    let settings: Value = serde_json::from_str(&json).ok()?;
    let reality = settings.get("realitySettings").filter(|_| settings["security"] == "reality")?;
    let public_key = reality["settings"]["publicKey"].as_str()?.to_owned();
    let names = |key: &str| {
        let mut names = texts(&reality[key]);
        names.truncate(MOST_CHOICES);
        names
    };
    Some(Reality { public_key, server_names: names("serverNames"), short_ids: names("shortIds") })
}

/// A list of texts, or, as old forms wrote it, one text with commas.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => text.split(',').map(|one| one.trim().to_owned()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_inbounds_or_clients_than_there_can_be_are_no_list() {
        let parse = |inbounds: &str| {
            let json = format!(r#"{{"success":true,"obj":[{inbounds}]}}"#);
            Inventory::parse(json.as_bytes(), 0).err()
        };
        let inbounds = |count| vec![r#"{"protocol":"vless"}"#; count].join(",");
        assert_eq!(parse(&inbounds(MOST_INBOUNDS)), None);
        assert_eq!(parse(&inbounds(MOST_INBOUNDS + 1)), Some(NotAList::TooMany));
        let many = vec!["null"; MOST_CLIENTS + 1].join(",");
        let clients = format!(r#"{{"protocol":"vless","settings":{{"clients":[{many}]}}}}"#);
        assert_eq!(parse(&clients), Some(NotAList::TooMany));
        let stats = format!(r#"{{"protocol":"vless","clientStats":[{many}]}}"#);
        assert_eq!(parse(&stats), Some(NotAList::TooMany));
    }
}
