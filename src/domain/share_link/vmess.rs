//! `vmess://` + Base64 of a JSON object.
//!
//! ```text
//! {"add": "de.example.net", "id": "daca29f9-…", "net": "tcp", "port": 25000, "ps": "the remark", …}
//! ```
//!
//! The bot appended `#remark` to such links too (fact C15 of src/ARCHITECTURE.md). That is read,
//! and never written.

use serde_json::{Map, Value};

use crate::domain::base64_text;

use super::identity::{Identity, Rest};
use super::parts::{Address, Destination, Parts, RANDOM_FIELDS, lower_case, percent_decoded};

/// The field that holds the remark.
const REMARK: &str = "ps";

/// The field that holds the secret.
const ID: &str = "id";

pub(super) fn parse(rest: &str) -> Option<Parts> {
    let (payload, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (_, fields) = fields_of(payload)?;
    let text = |key: &str| fields.get(key).and_then(scalar);
    let host = text("add")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let bracketed = if bare.contains(':') { format!("[{bare}]") } else { bare.to_owned() };
    let address = Address::parse(&format!("{bracketed}:{}", text("port")?), None)?;
    let secret = text(ID).filter(|id| !id.is_empty())?;
    let remark = match fragment {
        "" => text(REMARK).unwrap_or_default(),
        fragment => percent_decoded(fragment),
    };
    let rest = rest_of(&fields, &address);
    let (host, port) = (address.host, address.port);
    Some(Parts {
        destination: Destination { scheme: "vmess".to_owned(), host, port, rest },
        identity: Identity::of(&secret, rest),
        secret,
        remark,
    })
}

/// The part after `vmess://`, with another remark; keys in their order, indented if it was.
///
/// `None` if this is not the JSON form.
pub(super) fn with_remark(rest: &str, remark: &str) -> Option<String> {
    let payload = rest.split('#').next()?;
    let (json, mut fields) = fields_of(payload)?;
    fields.insert(REMARK.to_owned(), Value::from(remark));
    let written = if json.contains('\n') {
        serde_json::to_string_pretty(&fields)
    } else {
        serde_json::to_string(&fields)
    };
    Some(base64_text::encode(&written.ok()?))
}

fn fields_of(payload: &str) -> Option<(String, Map<String, Value>)> {
    let json = base64_text::decode(payload)?;
    let fields = serde_json::from_str(&json).ok()?;
    Some((json, fields))
}

/// Makers disagree on which values are numbers and which are text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn rest_of(fields: &Map<String, Value>, address: &Address) -> Rest {
    let reality =
        ["tls", "security"].iter().any(|key| fields.get(*key).is_some_and(|is| is == "reality"));
    let left_out = |key: &str| {
        matches!(key, REMARK | ID | "add" | "port") || (reality && RANDOM_FIELDS.contains(&key))
    };
    let mut kept: Vec<(&str, String)> = fields
        .iter()
        .filter(|(key, _)| !left_out(key))
        .map(|(key, value)| (key.as_str(), scalar(value).unwrap_or_else(|| value.to_string())))
        .collect();
    kept.sort();
    let host = lower_case(&address.host);
    let pairs = kept.iter().flat_map(|(key, value)| [*key, value.as_str()]);
    Rest::of(["vmess", &host, &address.ports].into_iter().chain(pairs))
}
