//! What a panel gave for one purchase, whichever way it was read.

use std::sync::Arc;

use crate::domain::ids::SubId;
use crate::domain::inventory::{ClientOff, Inventory};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::Headers;
use crate::domain::way::Way;

#[cfg(test)]
impl Given {
    /// Links from a purchase's own subscription.
    pub(crate) fn links(links: Vec<ShareLink>) -> Self {
        let headers = Headers::new();
        Self {
            links,
            headers,
            way: Way::Subscription,
            client: None,
            inventory: None,
            choices: None,
            off: None,
        }
    }
}

/// See the head of this file.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// In the panel's order, usage text and all; none if `off`.
    pub(crate) links: Vec<ShareLink>,
    /// The headers that are passed on to subscribers.
    pub(crate) headers: Headers,
    /// How they were read.
    pub(crate) way: Way,
    /// Who the purchase is on the panel, where a list said so.
    pub(crate) client: Option<SubId>,
    /// The panel's list, where one was at hand.
    pub(crate) inventory: Option<Arc<Inventory>>,
    /// Where no list is at hand: an older one, for what the panel draws from at random.
    pub(crate) choices: Option<Arc<Inventory>>,
    /// Why none of the purchase's clients works, if none does.
    pub(crate) off: Option<ClientOff>,
}
