//! How a panel is read: the cheapest way that is right for it.

use crate::domain::outcome::words;

/// The four ways, the cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// One call gives every link of the panel.
    Links,
    /// One call gives every client; each inbound's pattern makes their links.
    Learned,
    /// The list of clients tells the panel's own subscription id, then that subscription is read.
    PerClient,
    /// The purchase's own subscription id is asked for. Needs no login.
    Subscription,
}

words!(Way: Links = "links", Learned = "learned", PerClient = "per_client", Subscription = "subscription");

impl Way {
    /// Whether the links came from a list, not from the purchase's own subscription.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::Links | Self::Learned)
    }
}
