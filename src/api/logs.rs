//! The core's own log: records, as a page or as a stream of their own.
//!
//! `GET /api/v1/logs?level=&target=&grep=&after=&limit=&follow=` answers with a page of the newest
//! records, oldest first; with `follow=1` with server-sent events: `log` (a [`Record`], its `id:` is
//! `instance-seq`), `lost` ([`Missed`]) and every 5 s `beat`. They are no part of the event stream:
//! where nobody looks, a record is not even written as JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that the core noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// Counts upward from 1 in each run of a core; a gap is a record that the filter left out.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// Which part of the program: `alamor::core::panels`.
    pub target: String,
    /// One sentence without secrets, cut at 4 kB.
    pub message: String,
    /// What it is about: `panel`, `job`, `error`, …; values cut at 1 kB.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// How much a record matters; what matters most is the least.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A defect, or something that an operator must put right.
    Error,
    /// Something that an operator should know.
    Warn,
    /// What happens anyway.
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    #[default]
    Trace,
}

impl Level {
    /// Every level, what matters most first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// The level of a word, in any case; `None` if it is none.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(word))
    }
}

/// The reader was too slow, or came back too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missed {
    /// How many records it did not get, those that its filter would have left out included.
    pub records: u64,
}

/// How much a core logs: answer to `GET` and `PUT /api/v1/log-level`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLevel {
    /// The filter in use: a level, or `target=level` with commas between.
    pub filter: String,
    /// What `LOG_LEVEL` says: in use again after the next start or reload.
    pub setting: String,
}

/// Body of `PUT /api/v1/log-level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetLogLevel {
    /// This level and what matters more; `null`: what `LOG_LEVEL` says. Below `info` only alamor's
    /// own records.
    pub level: Option<Level>,
}
