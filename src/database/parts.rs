//! The JSON columns of jobs and items: what each panel gave.
//!
//! The shapes here are the database's own: a change on the wire does not change what is stored.

use serde::{Deserialize, Serialize};

use crate::domain::ids::PanelId;
use crate::domain::job::{PanelPart, PanelShare};
use crate::domain::outcome::Outcome;
use crate::domain::reason::{Code, Reason};
use crate::domain::way::Way;

#[derive(Serialize, Deserialize)]
struct StoredReason {
    code: String,
    text: String,
}

impl StoredReason {
    fn write(reason: &Reason) -> Self {
        Self { code: reason.code.as_str().to_owned(), text: reason.text.clone() }
    }

    fn read(self) -> Reason {
        Reason::new(Code::parse(&self.code), self.text)
    }
}

#[derive(Serialize, Deserialize)]
struct StoredPart {
    panel: i64,
    name: String,
    outcome: String,
    links: u64,
    fetched_at: Option<i64>,
    reason: Option<StoredReason>,
    #[serde(default)]
    way: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredShare {
    name: String,
    way: String,
    total: u64,
    done: u64,
    latency_ms: Option<u64>,
    left_out: Option<StoredReason>,
}

pub(super) fn write(parts: &[PanelPart]) -> String {
    let stored: Vec<StoredPart> = parts
        .iter()
        .map(|part| StoredPart {
            panel: part.panel.0,
            name: part.name.clone(),
            outcome: part.outcome.as_str().to_owned(),
            links: part.links,
            fetched_at: part.fetched_at,
            reason: part.reason.as_ref().map(StoredReason::write),
            way: part.way.map(|way| way.as_str().to_owned()),
        })
        .collect();
    serde_json::to_string(&stored).unwrap_or_else(|_| "[]".to_owned())
}

pub(super) fn parse(json: &str) -> Vec<PanelPart> {
    let stored: Vec<StoredPart> = serde_json::from_str(json).unwrap_or_default();
    stored
        .into_iter()
        .map(|part| PanelPart {
            panel: PanelId(part.panel),
            name: part.name,
            outcome: Outcome::parse(&part.outcome).unwrap_or(Outcome::Failed),
            links: part.links,
            fetched_at: part.fetched_at,
            reason: part.reason.map(StoredReason::read),
            way: part.way.as_deref().and_then(Way::parse),
        })
        .collect()
}

pub(super) fn write_shares(shares: &[PanelShare]) -> String {
    let stored: Vec<StoredShare> = shares
        .iter()
        .map(|share| StoredShare {
            name: share.name.clone(),
            way: share.way.clone(),
            total: share.total,
            done: share.done,
            latency_ms: share.latency_ms,
            left_out: share.left_out.as_ref().map(StoredReason::write),
        })
        .collect();
    serde_json::to_string(&stored).unwrap_or_else(|_| "[]".to_owned())
}

pub(super) fn parse_shares(json: &str) -> Vec<PanelShare> {
    let stored: Vec<StoredShare> = serde_json::from_str(json).unwrap_or_default();
    stored
        .into_iter()
        .map(|share| PanelShare {
            name: share.name,
            way: share.way,
            total: share.total,
            done: share.done,
            latency_ms: share.latency_ms,
            left_out: share.left_out.map(StoredReason::read),
        })
        .collect()
}
