//! A panel's list as panels write it, read in one pass over its text.
//!
//! Whatever is unusual ends the pass: an entry that is no inbound, a protocol that stands after the
//! clients it is of, a field that is there twice, more of anything than there may be. Then
//! `forgiving.rs` says what becomes of it.
//!
//! Memory: a client takes its final form before the next one is read.

use std::fmt;
use std::mem;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::answer::{MOST_CLIENTS, RawClient, RawInbound, Stats, StatsList};
use super::entry::{read_client, read_inbound, read_protocol};
use super::listed::{Listed, MOST_INBOUNDS};
use super::{Client, Inbound};

/// # Errors
///
/// If there is anything unusual in it.
pub(super) fn read(text: &str) -> Result<Listed<'_>, serde_json::Error> {
    match serde_json::from_str(text)? {
        Answer { success: None | Some(true), obj: List(listed) } => Ok(listed),
        Answer { .. } => Err(unusual("a refusal")),
    }
}

fn unusual<E: Error>(what: &str) -> E {
    E::custom(what)
}

#[derive(Deserialize)]
struct Answer<'a> {
    success: Option<bool>,
    #[serde(borrow)]
    obj: List<'a>,
}

struct List<'a>(Listed<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor).map(Self)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Listed<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of inbounds")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut listed = Listed::default();
        let (mut clients, mut stats) = (0, 0);
        while let Some(One { inbound, stats: own }) = list.next_element()? {
            clients += inbound.clients.len();
            stats += own.len();
            listed.inbounds.push(inbound);
            listed.stats.push(own);
            if clients.max(stats) > MOST_CLIENTS || listed.inbounds.len() > MOST_INBOUNDS {
                return Err(unusual("too many"));
            }
        }
        // A list of links or of clients has no inbound in it.
        let is_list = listed.inbounds.iter().any(|inbound| !inbound.protocol.is_empty());
        if is_list || listed.inbounds.is_empty() { Ok(listed) } else { Err(unusual("no inbound")) }
    }
}

/// One inbound, and what its clients used.
struct One<'a> {
    inbound: Inbound,
    stats: Vec<Stats<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for One<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneVisitor)
    }
}

struct OneVisitor;

/// See [`RawInbound`].
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Id,
    Remark,
    Port,
    Protocol,
    Enable,
    Settings,
    StreamSettings,
    ClientStats,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for OneVisitor {
    type Value = One<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an inbound")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = RawInbound::default();
        let mut clients = Vec::new();
        let mut stats = StatsList::default();
        let mut seen = [false; Field::Other as usize];
        while let Some(field) = map.next_key()? {
            if seen.get_mut(field as usize).is_some_and(|seen| mem::replace(seen, true)) {
                return Err(unusual("a field twice"));
            }
            match field {
                Field::Id => raw.id = map.next_value()?,
                Field::Remark => raw.remark = map.next_value()?,
                Field::Port => raw.port = map.next_value()?,
                Field::Protocol => raw.protocol = map.next_value()?,
                Field::Enable => raw.enable = map.next_value()?,
                Field::StreamSettings => raw.stream_settings = map.next_value()?,
                Field::ClientStats => stats = map.next_value()?,
                Field::Settings if !seen[Field::Protocol as usize] => {
                    return Err(unusual("settings before the protocol"));
                }
                Field::Settings => {
                    let protocol = read_protocol(&raw);
                    clients = map.next_value_seed(Settings { protocol: &protocol })?;
                }
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let stats = stats.all().ok_or_else(|| unusual("too many"))?;
        Ok(One { inbound: Inbound { clients, ..read_inbound(&raw) }, stats })
    }
}

/// The clients in an inbound's settings: an object, or a text that holds one.
#[derive(Clone, Copy)]
struct Settings<'p> {
    protocol: &'p str,
}

impl<'de> DeserializeSeed<'de> for Settings<'_> {
    type Value = Vec<Client>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Settings<'_> {
    type Value = Vec<Client>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let clients = json.deserialize_map(self).map_err(E::custom)?;
        json.end().map_err(E::custom)?;
        Ok(clients)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut clients = None;
        while let Some(field) = map.next_key()? {
            match field {
                SettingsField::Clients if clients.is_some() => {
                    return Err(unusual("clients twice"));
                }
                SettingsField::Clients => {
                    clients = Some(map.next_value_seed(Clients { protocol: self.protocol })?);
                }
                SettingsField::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(clients.unwrap_or_default())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum SettingsField {
    Clients,
    #[serde(other)]
    Other,
}

/// The list of them.
struct Clients<'p> {
    protocol: &'p str,
}

impl<'de> DeserializeSeed<'de> for Clients<'_> {
    type Value = Vec<Client>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Clients<'_> {
    type Value = Vec<Client>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of clients")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut clients = Vec::new();
        let mut left = MOST_CLIENTS;
        while let Some(raw) = list.next_element::<Option<RawClient<'de>>>()? {
            left = left.checked_sub(1).ok_or_else(|| unusual("too many"))?;
            clients.extend(raw.map(|raw| read_client(raw, self.protocol)));
        }
        clients.shrink_to_fit();
        Ok(clients)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::fixture::{RECORDED_AT, Recording};
    use super::super::{Inventory, forgiving};
    use super::*;
    use crate::domain::ids::SubId;

    /// Everything of a list, secrets too.
    fn shown(listed: Listed<'_>) -> String {
        let Inventory { inbounds, dropped, .. } = listed.into_inventory(RECORDED_AT);
        let client = |it: &Client| {
            let id = it.sub_id.as_ref().map(SubId::reveal);
            let texts = (&it.secret, &it.email, id, &it.flow, &it.security);
            format!("{:?}", (texts, it.off, it.used_bytes, it.total_bytes, it.expires_at))
        };
        let inbound = |it: &Inbound| {
            let clients: Vec<String> = it.clients.iter().map(client).collect();
            format!("{:?} {clients:?}", Inbound { clients: Vec::new(), ..it.clone() })
        };
        format!("{:?} {dropped}", inbounds.iter().map(inbound).collect::<Vec<_>>())
    }

    /// Whether one pass is enough. If it is, the other reading reads the same.
    fn is_usual(text: &str) -> bool {
        let Ok(listed) = read(text) else { return false };
        let forgiven = forgiving::read(text).map(shown);
        assert_eq!(Ok(shown(listed)), forgiven, "{text}");
        true
    }

    #[test]
    fn every_recorded_list_is_usual() {
        for recording in Recording::all() {
            assert!(is_usual(recording.list()), "{}", recording.name);
        }
    }

    #[test]
    fn settings_may_be_an_object_or_a_text_and_the_order_of_statistics_is_free() {
        let settings = json!({"clients": [
            {"id": "u", "password": 5, "email": "a\n", "subId": 7, "enable": "false", "totalGB": "9"},
            null,
            {"id": {}, "password": "p", "auth": [], "email": 5, "flow": null, "expiryTime": 1.5e300},
            {"id": "\u{1F600}\"\\", "email": "b", "tgId": [{}], "new": 1e5},
        ]});
        let stats = json!([
            null,
            {"email": "b", "up": 1, "down": -2, "total": 3, "expiryTime": -4},
            {"email": "b", "up": "8", "enable": 0},
            {"email": 5, "total": u64::MAX},
            {"up": 9},
        ]);
        let text = json!(format!(" {settings:#} "));
        for settings in [settings, text, json!(" \n"), json!(""), json!("{}"), json!(null)] {
            for protocol in ["VLESS", "trojan", "hysteria", "wireguard", "mtproto", "new"] {
                let first =
                    json!({"protocol": protocol, "settings": settings, "clientStats": stats});
                let second = json!({
                    "clientStats": null, "protocol": protocol, "streamSettings": 7, "id": "3",
                    "port": -1, "enable": [], "settings": settings,
                });
                let answer = json!({"obj": [second, first], "success": null, "new": [[]]});
                assert!(is_usual(&answer.to_string()), "{answer}");
                let answer = json!({"success": true, "obj": [first, second]});
                assert!(is_usual(&format!("{answer:#}")), "{answer:#}");
            }
        }
        assert!(is_usual(r#"{"success":true,"obj":[]}"#));
    }

    #[test]
    fn what_is_unusual_is_left_to_the_forgiving() {
        let around = |inbounds: &str| format!(r#"{{"success":true,"obj":[{inbounds}]}}"#);
        let with = |settings: &str| {
            around(&format!(r#"{{"id":1,"protocol":"vless","settings":{settings}}}"#))
        };
        let usual = r#"{"clients":[{"id":"u"}]}"#;
        assert!(is_usual(&with(usual)));
        for settings in [
            "7",
            "true",
            "[]",
            r#"[[{"id":"u"}]]"#,
            r#""null""#,
            r#""{\"clients\":[""#,
            r#""{} {}""#,
            r#""\"{}\"""#,
            r#""\ud800""#,
            r#"{"clients":7}"#,
            r#"{"clients":{}}"#,
            r#"{"clients":[7]}"#,
            r#"{"clients":[],"clients":[]}"#,
            r#"{"clients":[{"id":1,"id":2}]}"#,
            r#"{"clients":[{"id":1e999}]}"#,
            r#"{"clients":[{"id":"\ud800"}]}"#,
            r#"{"\ud800":1}"#,
        ] {
            assert!(!is_usual(&with(settings)), "{settings}");
            let text = with(settings);
            assert!(forgiving::read(&text).is_ok_and(|it| it.inbounds.len() == 1), "{settings}");
        }
        for inbounds in [
            "7",
            "null",
            r#"[1,"a",443,"vless"]"#,
            r#"{"email":"a"}"#,
            r#"{"protocol":"vless","protocol":"vless"}"#,
            r#"{"settings":{},"protocol":"vless"}"#,
            r#"{"protocol":"vless","id":1e999}"#,
            r#"{"protocol":"vless","clientStats":7}"#,
            r#"{"protocol":"vless","clientStats":[7]}"#,
            r#"{"protocol":"vless","clientStats":[{"up":1,"up":2}]}"#,
        ] {
            assert!(!is_usual(&around(inbounds)), "{inbounds}");
        }
        let whole = around(r#"{"protocol":"vless"}"#);
        let cut = &whole[..whole.len() - 1];
        let twice = format!(r#"{cut},"obj":[]}}"#);
        let more = format!("{whole} 7");
        let refused = whole.replace("true", "false");
        for text in ["", "[]", "{}", cut, &twice, &more, &refused] {
            assert!(!is_usual(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_readings_of_a_damaged_list_agree(
            which in 0usize..5, at in 0usize..15_000, to in "[\\[\\]{}:,\"\\\\0-9a-zA-Z ]{0,3}",
        ) {
            let mut text = Recording::all()[which].list().to_owned();
            let at = at % text.len();
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.replace_range(at..=at, &to);
            }
            is_usual(&text);
        }

        #[test]
        fn both_readings_of_odd_values_agree(
            fields in proptest::collection::vec((0usize..13, 0usize..14), 0..12),
        ) {
            const NAMES: [&str; 13] = [
                "id", "remark", "port", "protocol", "enable", "settings", "streamSettings",
                "clientStats", "email", "subId", "up", "clients", "new",
            ];
            let values: [Value; 14] = [
                json!(null), json!(7), json!("vless"), json!(""), json!(true), json!([]),
                json!({}), json!([{"email": "a", "up": 5}]), json!({"clients": null}),
                json!({"clients": [{"id": "u", "email": "a", "subId": "s"}, null]}),
                json!("{\"clients\": [{\"id\": 5}]}"), json!("{\"clients\": [7]}"), json!(-1.5),
                json!({"security": "reality", "realitySettings": {"settings": {"publicKey": "k"}}}),
            ];
            let field = |&(name, value): &(usize, usize)| {
                format!("{}: {}", Value::from(NAMES[name]), values[value])
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            let inbound = format!("{{{}}}", fields.join(", "));
            is_usual(&format!(r#"{{"obj": [{{"protocol": "vmess"}}, {inbound}]}}"#));
        }
    }
}
