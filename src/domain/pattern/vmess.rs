//! Patterns of `vmess://`: the JSON keeps its form, only three values change.
//!
//! ```text
//! {"add": "de.example.net", "id": "daca29f9-…", …, "ps": "NL-VMess-in3.u42", "scy": "auto", …}
//! ```

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::forms::{Forms, JsonText};
use super::holds_secret;
use super::name::Name;
use super::template::{self, Signs, Template, Text};
use crate::domain::base64_text::{self, Kind};
use crate::domain::inventory::Client;
use crate::domain::share_link::ShareLink;

#[derive(Clone)]
pub(super) struct VmessPattern {
    scheme: String,
    /// The JSON around the values, in order: one piece more than there are `holes`.
    pieces: Vec<String>,
    holes: Vec<Hole>,
    id: Forms<JsonText>,
    name: Name<JsonText>,
    security: Security,
    base64: Forms<Kind>,
}

/// A value that differs from client to client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Id,
    Name,
    Security,
}

/// What is known of `scy`.
#[derive(Clone)]
enum Security {
    /// The client's own.
    Own(Forms<JsonText>),
    /// The link says something else than the client, or nothing: right for clients with this one.
    Only(String),
    /// The client has one, and the link says nothing.
    Left,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    ps: &'a RawValue,
    scy: Option<&'a RawValue>,
}

impl VmessPattern {
    pub(super) fn learn(link: &ShareLink, client: &Client) -> Option<Self> {
        let (scheme, payload) = link.as_str().split_at(link.as_str().find("://")? + 3);
        let json = base64_text::decode(payload)?;
        let fields: Fields = serde_json::from_str(&json).ok()?;
        let security = Security::learn(fields.scy, client)?;
        let mut values = vec![(Hole::Id, fields.id), (Hole::Name, fields.ps)];
        if let (Security::Own(_), Some(value)) = (&security, fields.scy) {
            values.push((Hole::Security, value));
        }
        let (holes, pieces) = cut(&json, values)?;
        let name = Name::learn(&JsonText::ALL, link.remark(), fields.ps.get(), client)?;
        let mut kept = pieces.iter().map(String::as_str).chain(name.pieces());
        let is_clean = !kept.any(|piece| holds_secret(piece, client));
        drop(kept);
        let learned = Self {
            scheme: scheme.to_owned(),
            id: Forms::learn(&JsonText::ALL, &client.secret, fields.id.get())?,
            base64: Forms::learn(&Kind::ALL, &json, payload)?,
            pieces,
            holes,
            name,
            security,
        };
        is_clean.then_some(learned)
    }

    /// The text of a client's link, and its remark.
    pub(super) fn make(&self, client: &Client) -> Option<(String, String)> {
        let (name, remark) = self.name.make(client)?;
        let security = self.security.make(client)?;
        let mut json = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            json.push_str(piece);
            match self.holes.get(at) {
                Some(Hole::Id) => json.push_str(&self.id.write(&client.secret)?),
                Some(Hole::Name) => json.push_str(&name),
                Some(Hole::Security) => json.push_str(&security),
                None => {}
            }
        }
        let payload = self.kinds().write(&json)?;
        Some((format!("{}{payload}", self.scheme), remark))
    }

    /// Each app reads padded Base64: where nothing shows the kind, it is that one.
    fn kinds(&self) -> Forms<Kind> {
        self.base64.preferring(Kind::Standard)
    }

    /// What `make` writes for those who have this client's `scy`. `None` if it is not sure.
    pub(super) fn template(&self, client: &Client) -> Option<Text> {
        let security = self.security.make(client)?;
        let mut template = Template::default();
        for (at, piece) in self.pieces.iter().enumerate() {
            template.push(piece);
            match self.holes.get(at) {
                Some(Hole::Id) => {
                    template.push("\"");
                    template.push_hole(template::Hole::Secret(Signs::of(&self.id)));
                    template.push("\"");
                }
                Some(Hole::Name) => {
                    template.push("\"");
                    self.name.push_to(&mut template)?;
                    template.push("\"");
                }
                Some(Hole::Security) => template.push(&security),
                None => {}
            }
        }
        Some(Text::Base64(self.scheme.clone(), template, self.kinds()))
    }

    /// The remark of the client with this e-mail, in pieces.
    pub(super) fn remark<'a>(&'a self, email: &'a str) -> [&'a str; 3] {
        self.name.remark(email)
    }

    pub(super) fn narrowed(&self, other: &Self) -> Option<Self> {
        Some(Self {
            id: self.id.both(&other.id)?,
            name: self.name.narrowed(&other.name)?,
            base64: self.base64.both(&other.base64)?,
            ..self.clone()
        })
    }
}

/// The holes in their order, and the JSON around them. `None` if a value is no text.
fn cut(json: &str, values: Vec<(Hole, &RawValue)>) -> Option<(Vec<Hole>, Vec<String>)> {
    let mut places: Vec<(Hole, Range<usize>)> = Vec::new();
    for (hole, value) in values {
        if !value.get().starts_with('"') {
            return None;
        }
        // A raw value is a part of the text that it was read from.
        let start = (value.get().as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
        places.push((hole, start..start + value.get().len()));
    }
    places.sort_by_key(|(_, place)| place.start);
    let mut pieces = Vec::new();
    let mut from = 0;
    for (_, place) in &places {
        pieces.push(json.get(from..place.start)?.to_owned());
        from = place.end;
    }
    pieces.push(json.get(from..)?.to_owned());
    Some((places.into_iter().map(|(hole, _)| hole).collect(), pieces))
}

impl Security {
    fn learn(written: Option<&RawValue>, client: &Client) -> Option<Self> {
        let Some(written) = written.map(RawValue::get) else {
            return Some(if client.security.is_empty() {
                Self::Only(String::new())
            } else {
                Self::Left
            });
        };
        let value: String = serde_json::from_str(written).ok()?;
        if value.is_empty() || value != client.security {
            return Some(Self::Only(client.security.clone()));
        }
        Some(Self::Own(Forms::learn(&JsonText::ALL, &value, written)?))
    }

    fn make(&self, client: &Client) -> Option<String> {
        match self {
            Self::Own(_) if client.security.is_empty() => None,
            Self::Own(forms) => forms.write(&client.security),
            Self::Only(security) => (*security == client.security).then(String::new),
            Self::Left => Some(String::new()),
        }
    }
}
