//! What probes find: one measurement of health, and the ladder that several of them make.
//!
//! A ladder is a [`super::Page`] of checks, in the order in which they were tried. The first one
//! that is `crit` ends it: what stands below is `not_tried`.
//!
//! `name` is what was looked at and, where there are several of the kind, which: `tls` and then the
//! domain, `panel` and then its name. `facts` are what was measured, for screens and scripts:
//!
//! | check     | facts                                                                                |
//! |-----------|--------------------------------------------------------------------------------------|
//! | `settings`| `file`, `mode` (octal), `changed` (RFC 3339)                                         |
//! | `process` | `pid`, `memory_bytes`, `cpu_percent`, `threads`, `open_files`, `open_files_limit`    |
//! | `unit`    | `unit`, `active`, `enabled`, `restarts`                                              |
//! | `port`    | `listen` (addresses, with commas between), `owner` (`pid 812 alamor`)                |
//! | `disk`    | `path`, `free_bytes`, `total_bytes`, `free_inodes` (of the fullest)                 |
//! | `firewall`| `tool` (`ufw`, `firewalld`, `rules`), `public`, `core` (`open`, `closed`, `unclear`) |
//! | `clock`   | `ahead_ms` (below 0: behind), `source` (`chrony`, `timesyncd`, `timedatectl`, a host)               |
//! | `certbot` | `timer`, `last` (RFC 3339), `authenticator`                                          |
//! | `nginx`   | `site` (file and line), `to` (where it passes on)                                    |
//! | `dns`     | `addresses` (with commas between)                                                    |
//! | `tls`     | `not_before`, `not_after` (RFC 3339), `issuer`, `protocol`, `disk`, `local`, `public` (serial numbers in hexadecimal, or `none`; `unknown` where only root may look) |
//! | `endpoint`| `status`, `latency_ms`, `via` (what answered: `nginx`, `alamor`, …)                  |
//! | `database`| `latency_ms`, `engine`, `version`, `size_bytes`, `wal_bytes`, `free_bytes`, `active` (purchases), `written` (RFC 3339) |
//! | `key`     | `file`, `bot_file` (where there are two), `pid` (of the core that refuses)           |
//! | `payments`| `to` (the old server), `lost` (callbacks since the last that came through)        |
//! | `schedule`| `next_at` (RFC 3339)                                                               |
//! | `links`   | `active`, `fresh`, `kept`, `failed`, `never`, `oldest_ms`                            |

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The rungs of the ladder that `alamor check` climbs, from the top: a fault of one is the cause of
/// faults below it.
///
/// `alamor check --json` prints one [`Check`] a line for each, as soon as it is known, with the rung
/// as its `name`; a rung that looks at several things tells of the worst.
pub const RUNGS: [&str; 12] = [
    "settings", "database", "unit", "process", "port", "firewall", "dns", "tcp", "tls", "key",
    "endpoint", "panels",
];

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Nothing to do.
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Crit,
    /// Not measured, or not visible from where the probe ran.
    #[default]
    Unknown,
    /// In a ladder: something above is `crit`, so this was not looked at.
    NotTried,
}

impl CheckState {
    /// As it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Crit => "crit",
            Self::Unknown => "unknown",
            Self::NotTried => "not_tried",
        }
    }

    /// Which of two is worse: more is. "Nobody looked" is no fault, and not as good as well.
    #[must_use]
    pub fn severity(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unknown | Self::NotTried => 1,
            Self::Warn => 2,
            Self::Crit => 3,
        }
    }
}

/// One measurement of health with its reason and its cure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// What was looked at: `key`, `database`, …
    pub name: String,
    /// What was found.
    pub state: CheckState,
    /// Why, in one sentence; `null` when all is well.
    pub reason: Option<String>,
    /// What to do, as one command or one sentence.
    pub fix: Option<String>,
    /// What was seen, in one sentence.
    #[serde(default)]
    pub evidence: Option<String>,
    /// How long looking took.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// Since when it is in this state, as far as the one who looked knows.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// When it was looked at last.
    #[serde(default)]
    pub checked_at: Option<Timestamp>,
    /// Who looked: `core`, or `alamor check as root`.
    #[serde(default)]
    pub by: Option<String>,
    /// What was asked and what was answered, line by line; empty where only the sentence is wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What was measured, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// The last 24 h, a letter for each half hour, oldest first: its worst state as `o`, `w`, `c` or
    /// `u`, and `-` where nobody looked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub history: String,
}

impl Check {
    /// What was looked at, without which of them: `tls`, `panel`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// Which of them, where there are several: the domain, the panel.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.name.split_once(' ').map(|(_, subject)| subject)
    }
}

/// Something that became different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// When it was noticed.
    pub at: Timestamp,
    /// `check`, `core`, `job`, `certificate`.
    pub what: String,
    /// One sentence.
    pub text: String,
}
