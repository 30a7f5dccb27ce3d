//! What probes find: one measurement of health, and the ladder that several of them make.
//!
//! A ladder is a [`super::Page`] of checks, in the order in which they were tried. The first one
//! that is `crit` ends it: what stands below is `not_tried`.

use serde::{Deserialize, Serialize};

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
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

/// One measurement of health with its reason and its cure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
}
