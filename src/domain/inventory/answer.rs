//! The shapes of the panels' JSON, read forgivingly.
//!
//! `settings` and `streamSettings` are JSON inside a text up to 3.0, and objects since; numbers are
//! texts in places. A value of another type than expected counts as missing; unknown fields are
//! skipped, missing ones have defaults.
//!
//! Deliberately absent: what the values mean.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::at_most::AtMost;

/// Most clients that a panel may have, all inbounds together: the largest known have a tenth.
pub(super) const MOST_CLIENTS: usize = 500_000;

/// What every call of a panel's API is wrapped in.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    pub(super) success: Option<bool>,
    #[serde(borrow)]
    pub(super) obj: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawInbound<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    pub(super) remark: Scalar<'a>,
    pub(super) port: Scalar<'a>,
    pub(super) protocol: Scalar<'a>,
    pub(super) enable: Scalar<'a>,
    pub(super) settings: Option<&'a RawValue>,
    pub(super) stream_settings: Option<&'a RawValue>,
    pub(super) client_stats: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct RawSettings<'a> {
    #[serde(borrow)]
    pub(super) clients: Option<AtMost<Option<RawClient<'a>>, MOST_CLIENTS>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawClient<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    pub(super) password: Scalar<'a>,
    pub(super) auth: Scalar<'a>,
    pub(super) private_key: Scalar<'a>,
    pub(super) secret: Scalar<'a>,
    pub(super) email: Scalar<'a>,
    pub(super) sub_id: Scalar<'a>,
    pub(super) flow: Scalar<'a>,
    pub(super) security: Scalar<'a>,
    pub(super) enable: Scalar<'a>,
    /// In bytes, whatever it is called.
    #[serde(rename = "totalGB")]
    pub(super) total: Scalar<'a>,
    pub(super) expiry_time: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RawStats<'a> {
    #[serde(borrow)]
    email: Scalar<'a>,
    enable: Scalar<'a>,
    up: Scalar<'a>,
    down: Scalar<'a>,
    total: Scalar<'a>,
    expiry_time: Scalar<'a>,
}

/// What clients of one inbound used.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub(super) struct StatsList<'a>(#[serde(borrow)] Option<AtMost<Option<Stats<'a>>, MOST_CLIENTS>>);

impl<'a> StatsList<'a> {
    /// Without those that are `null`, and without the room that these took; `None` if there are
    /// too many.
    pub(super) fn all(self) -> Option<Vec<Stats<'a>>> {
        let list = self.0.map_or(Some(Vec::new()), AtMost::all)?;
        let mut all: Vec<Stats<'_>> = list.into_iter().flatten().collect();
        all.shrink_to_fit();
        Some(all)
    }
}

/// What one client used, and may use.
#[derive(Deserialize)]
#[serde(from = "RawStats<'a>", bound(deserialize = "'de: 'a"))]
pub(super) struct Stats<'a> {
    pub(super) email: Cow<'a, str>,
    pub(super) enabled: bool,
    /// Sent and received.
    pub(super) used_bytes: (u64, u64),
    pub(super) total_bytes: u64,
    pub(super) expires_at: i64,
}

impl<'a> From<RawStats<'a>> for Stats<'a> {
    fn from(raw: RawStats<'a>) -> Self {
        Self {
            enabled: raw.enable.is_on(),
            used_bytes: (raw.up.bytes(), raw.down.bytes()),
            total_bytes: raw.total.bytes(),
            expires_at: raw.expiry_time.number(),
            email: raw.email.into_text(),
        }
    }
}

/// One value that should be a text, a number or a switch.
#[derive(Default, Clone)]
pub(super) enum Scalar<'a> {
    /// Missing, `null`, a list or an object.
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Number(i64),
    Switch(bool),
}

impl<'a> Scalar<'a> {
    /// Empty if it is none.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Switch(_) | Self::Nothing => Cow::Borrowed(""),
        }
    }

    /// The same of one that stays.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.as_ref()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Switch(_) | Self::Nothing => Cow::Borrowed(""),
        }
    }

    /// 0 if it is none.
    pub(super) fn number(&self) -> i64 {
        match self {
            Self::Text(text) => text.trim().parse().unwrap_or_default(),
            Self::Number(number) => *number,
            Self::Switch(_) | Self::Nothing => 0,
        }
    }

    /// 0 if it is none, or below.
    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.number()).unwrap_or_default()
    }

    /// On if it is none.
    pub(super) fn is_on(&self) -> bool {
        match self {
            Self::Text(text) => !matches!(text.as_ref(), "false" | "0"),
            Self::Number(number) => *number != 0,
            Self::Switch(on) => *on,
            Self::Nothing => true,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// Takes whatever comes.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number as i64))
    }

    fn visit_bool<E>(self, on: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Switch(on))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}

/// The JSON that a value is, or that it holds as a text; `None` if there is none.
///
/// # Errors
///
/// If a text cannot be read.
pub(super) fn nested(value: Option<&RawValue>) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    let Some(json) = value.map(RawValue::get) else { return Ok(None) };
    let json = if json.starts_with('"') {
        Cow::Owned(serde_json::from_str::<String>(json)?)
    } else {
        Cow::Borrowed(json)
    };
    Ok(Some(json).filter(|json| !json.trim().is_empty()))
}
