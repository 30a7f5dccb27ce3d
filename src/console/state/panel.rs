//! The opened panel: which one, what its ladder said, and how far one has scrolled.
//!
//! What is known of the panel itself stands in [`super::State::panels`] and follows the core.

use jiff::Timestamp;

use super::clock::Dated;
use super::paged::moved;
use crate::api::checks::Check;

/// The opened panel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PanelView {
    /// Which one.
    pub(crate) name: String,
    /// The first line that is shown.
    pub(crate) top: usize,
    /// The ladder to it.
    pub(crate) ladder: Ladder,
}

/// How far it is with a ladder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ladder {
    /// Nobody has asked.
    NotAsked,
    /// The core climbs it since then.
    Climbing(Timestamp),
    /// What it found.
    Climbed(Dated<Vec<Check>>),
    /// The core did not climb it.
    Refused(String),
}

impl PanelView {
    /// Nothing but its name.
    pub(crate) fn new(name: String) -> Self {
        Self { name, top: 0, ladder: Ladder::NotAsked }
    }

    /// Since when the core climbs, if it does.
    pub(crate) fn climbing_since(&self) -> Option<Timestamp> {
        match self.ladder {
            Ladder::Climbing(since) => Some(since),
            Ladder::NotAsked | Ladder::Climbed(_) | Ladder::Refused(_) => None,
        }
    }

    /// Moves the view by `rows`; `most` is how many lines do not fit.
    pub(crate) fn scroll(&mut self, rows: i64, most: usize) {
        self.top = moved(self.top, rows, most + 1);
    }
}
