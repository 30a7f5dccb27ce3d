//! What one entry of a panel's list means: an inbound, a client.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::{RawClient, RawInbound, Scalar, nested};
use super::{Client, ClientOff, Inbound, Reality};
use crate::domain::ids::SubId;

/// Largest stream settings of an inbound: its certificates may stand in them.
const MOST_STREAM_SETTINGS: usize = 1024 * 1024;

/// Most names, and most ids, that an inbound may draw from.
const MOST_CHOICES: usize = 256;

/// An inbound without its clients.
pub(super) fn read_inbound(raw: &RawInbound<'_>) -> Inbound {
    Inbound {
        id: raw.id.number(),
        remark: raw.remark.text().into_owned(),
        port: u16::try_from(raw.port.number()).unwrap_or_default(),
        protocol: read_protocol(raw),
        enabled: raw.enable.is_on(),
        reality: read_reality(raw.stream_settings),
        clients: Vec::new(),
        unread: None,
    }
}

pub(super) fn read_protocol(raw: &RawInbound<'_>) -> String {
    raw.protocol.text().to_lowercase()
}

/// A client by what its inbound's settings say of it: what it used is listed elsewhere.
pub(super) fn read_client(raw: RawClient<'_>, protocol: &str) -> Client {
    Client {
        secret: secret_of(&raw, protocol),
        sub_id: SubId::new(Some(&raw.sub_id.text())),
        off: (!raw.enable.is_on()).then_some(ClientOff::Disabled),
        used_bytes: (0, 0),
        total_bytes: raw.total.bytes(),
        expires_at: raw.expiry_time.number(),
        email: raw.email.into_text().into_owned(),
        flow: raw.flow.into_text().into_owned(),
        security: raw.security.into_text().into_owned(),
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
