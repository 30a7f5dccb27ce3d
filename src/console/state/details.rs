//! The opened purchase, and what is secret of it.

use super::clock::Dated;
use super::paged::moved;
use crate::api::purchases::PurchaseDetails;

/// The opened purchase.
#[derive(Debug)]
pub(crate) struct Details {
    /// Which one.
    pub(crate) id: i64,
    /// What is known of it; `None` until it came.
    pub(crate) found: Option<Dated<PurchaseDetails>>,
    /// Why it did not come.
    pub(crate) refused: Option<String>,
    /// What is secret of it.
    pub(crate) secrets: Secrets,
    /// The first line that is shown.
    pub(crate) top: usize,
}

/// What for something secret is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be read here.
    Show,
    /// For the operator's clipboard.
    Copy,
    /// For a phone.
    Code,
}

/// What is secret of a purchase: its address and its links.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Masked, as everywhere.
    Masked,
    /// The operator asked; the core has not answered yet.
    Asked(Purpose),
    /// In clear, until the screen is left.
    Clear {
        /// What its subscribers fetch.
        address: Option<String>,
    },
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Masked => "Masked",
            Self::Asked(_) => "Asked",
            Self::Clear { .. } => "Clear(…)",
        })
    }
}

impl Details {
    /// Nothing but its id.
    pub(crate) fn new(id: i64) -> Self {
        Self { id, found: None, refused: None, secrets: Secrets::Masked, top: 0 }
    }

    /// Moves the view by `rows`; `most` is how many lines do not fit.
    pub(crate) fn scroll(&mut self, rows: i64, most: usize) {
        self.top = moved(self.top, rows, most + 1);
    }
}
