//! A slice: the share links that one panel contributed to one purchase.

use crate::domain::ids::{PanelId, SubId};
use crate::domain::way::Way;

/// Where a slice came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// What the bot had stored before we first wrote, or wrote itself since.
    Before,
    /// One panel's answer.
    Panel(PanelId),
}

/// The share links that one panel contributed to one purchase, with the time they were fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct Slice {
    /// Where they came from.
    pub source: Source,
    /// One share link a line, as it is served.
    pub links: String,
    /// When the panel was asked, in Unix milliseconds; `None` if unknown.
    pub fetched_at: Option<i64>,
    /// The panel's client headers that are passed on to subscribers.
    pub headers: Headers,
    /// How the panel was read, and whose they are there.
    pub origin: Origin,
}

impl Slice {
    /// Its lines. Those of others may be no share links.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.links.lines()
    }
}

/// How a slice was read, and what is remembered for the next time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// `None` for what was there before we first wrote.
    pub way: Option<Way>,
    /// Who the purchase is on that panel, where its list said so.
    pub client: Option<Mapping>,
    /// When its links were last read from its own subscription, in Unix milliseconds.
    pub compared_at: Option<i64>,
    /// Whether that subscription holds links that the panel's lists do not.
    pub per_client: bool,
}

/// Who a purchase is on a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The panel's own subscription id.
    pub sub_id: SubId,
    /// Digest of the bot's keys that it was found by: with other keys it is looked up again.
    pub keys: String,
}

/// `Debug` shows no link: a link is a customer's access.
impl std::fmt::Debug for Slice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slice")
            .field("source", &self.source)
            .field("links", &self.lines().count())
            .field("fetched_at", &self.fetched_at)
            .finish_non_exhaustive()
    }
}

/// Header names in lower case with their values, in the order of the panel's answer.
pub type Headers = Vec<(String, String)>;

/// The name of the header that tells how much is used, and until when: it is each customer's own,
/// and its numbers are summed up over panels.
pub const USAGE_HEADER: &str = "subscription-userinfo";

/// A number of `upload=…; download=…; total=…; expire=…`.
///
/// # Source
///
/// Fact C14.
#[must_use]
pub fn usage_number(text: &str, name: &str) -> Option<u64> {
    let fields = text.split(';').filter_map(|part| part.trim().split_once('='));
    fields.filter(|(field, _)| *field == name).find_map(|(_, value)| value.trim().parse().ok())
}
