//! The JSON columns of jobs and items: what each panel gave.
//!
//! The shapes here are the database's own: a change on the wire does not change what is stored.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::domain::ids::PanelId;
use crate::domain::job::{PanelPart, PanelShare};
use crate::domain::outcome::Outcome;
use crate::domain::reason::{Code, Reason};
use crate::domain::way::Way;

#[derive(Serialize, Deserialize)]
struct StoredReason<'a> {
    code: Cow<'a, str>,
    text: Cow<'a, str>,
}

impl<'a> StoredReason<'a> {
    fn write(reason: &'a Reason) -> Self {
        Self { code: reason.code.as_str().into(), text: reason.text.as_str().into() }
    }

    fn read(self) -> Reason {
        Reason::new(Code::parse(&self.code), self.text)
    }
}

#[derive(Serialize, Deserialize)]
struct StoredPart<'a> {
    panel: i64,
    name: Cow<'a, str>,
    outcome: Cow<'a, str>,
    links: u64,
    fetched_at: Option<i64>,
    reason: Option<StoredReason<'a>>,
    #[serde(default)]
    way: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct StoredShare<'a> {
    name: Cow<'a, str>,
    way: Cow<'a, str>,
    total: u64,
    done: u64,
    latency_ms: Option<u64>,
    left_out: Option<StoredReason<'a>>,
}

/// A list as a column has it.
pub(super) fn json(list: &impl Serialize) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

pub(super) fn write(parts: &[PanelPart]) -> String {
    let stored: Vec<StoredPart<'_>> = parts
        .iter()
        .map(|part| StoredPart {
            panel: part.panel.0,
            name: part.name.as_str().into(),
            outcome: part.outcome.as_str().into(),
            links: part.links,
            fetched_at: part.fetched_at,
            reason: part.reason.as_ref().map(StoredReason::write),
            way: part.way.map(|way| way.as_str().into()),
        })
        .collect();
    json(&stored)
}

pub(super) fn parse(json: &str) -> Vec<PanelPart> {
    let stored: Vec<StoredPart<'_>> = serde_json::from_str(json).unwrap_or_default();
    stored
        .into_iter()
        .map(|part| PanelPart {
            panel: PanelId(part.panel),
            name: part.name.into_owned(),
            outcome: Outcome::parse(&part.outcome).unwrap_or(Outcome::Failed),
            links: part.links,
            fetched_at: part.fetched_at,
            reason: part.reason.map(StoredReason::read),
            way: part.way.as_deref().and_then(Way::parse),
        })
        .collect()
}

pub(super) fn write_shares(shares: &[PanelShare]) -> String {
    let stored: Vec<StoredShare<'_>> = shares
        .iter()
        .map(|share| StoredShare {
            name: share.name.as_str().into(),
            way: share.way.as_str().into(),
            total: share.total,
            done: share.done,
            latency_ms: share.latency_ms,
            left_out: share.left_out.as_ref().map(StoredReason::write),
        })
        .collect();
    json(&stored)
}

pub(super) fn parse_shares(json: &str) -> Vec<PanelShare> {
    let stored: Vec<StoredShare<'_>> = serde_json::from_str(json).unwrap_or_default();
    stored
        .into_iter()
        .map(|share| PanelShare {
            name: share.name.into_owned(),
            way: share.way.into_owned(),
            total: share.total,
            done: share.done,
            latency_ms: share.latency_ms,
            left_out: share.left_out.map(StoredReason::read),
        })
        .collect()
}
