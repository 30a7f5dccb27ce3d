//! A panel is surveyed once for a job: what its lists give, and for which inbounds they are right.
//!
//! ```text
//! inventory, allLinks? ─▶ Surveyor ─ next() ─▶ a subscription to read
//!                            ▲ read()                  │      attribution.rs: which link is of which inbound
//!                            └─────────────────────────┘      maker.rs:       is what the lists give the same?
//!                            │ finish()
//!                            ▼
//!                         Survey ─ give() ─▶ a purchase's links, without a request
//! ```
//!
//! Start reading at `surveyor.rs`. An inbound's links come from `allLinks` where one client's own
//! subscription shows the same; else from a pattern that was learned from one client and makes
//! another's; else each client is read (way `per_client`), and it is said why.
//!
//! Invariants:
//! - A link is given to a purchase by the secret of a client with its panel-side id, or not at all.
//! - No more than two requests for each enabled inbound with clients.
//! - If an inbound could not be read, nobody's links are made: anybody may have one of it.
//!
//! Deliberately absent: requests, time, what becomes of a purchase's links.

mod attribution;
mod maker;
mod headers;
mod customers;
mod reading;
mod subject;
mod surveyor;
mod give;
mod one_by_one;
#[cfg(test)]
mod doubt_tests;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

pub(crate) use self::attribution::AllLinks;
use self::maker::Maker;
pub(crate) use self::one_by_one::OneByOne;
pub(crate) use self::surveyor::Surveyor;
use super::given::Given;
use crate::domain::ids::SubId;
use crate::domain::inventory::Inventory;
use crate::domain::slice::Headers;
use crate::domain::way::Way;

/// What a panel's lists give.
pub(crate) struct Survey {
    pub(crate) inventory: Arc<Inventory>,
    all_links: Option<AllLinks>,
    /// How the links of an inbound are made, by its number; inbounds without customers have none.
    makers: HashMap<i64, Maker>,
    /// Inbounds in the order of the panel's subscriptions.
    order: Vec<i64>,
    /// Customers whose subscription held more than the list knows.
    with_more: HashSet<SubId>,
    /// The panel's headers for everybody.
    headers: Headers,
    requests: usize,
    one_by_one: Arc<OneByOne>,
}

/// What a survey has for a purchase.
#[derive(Debug)]
pub(crate) enum Gift {
    /// Its links.
    Links(Given),
    /// This subscription of the panel's has to be read: the lists are not right for it.
    Own(SubId),
    /// The panel knows it, and nothing of it works.
    Off(Given),
    /// Nobody in the list is this purchase.
    Unknown,
}

/// An inbound whose links no list gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fallback {
    pub(crate) inbound: i64,
    pub(crate) remark: String,
    pub(crate) why: Why,
}

/// Why no list gives an inbound's links; displayed for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    OneClient,
    OneSecret,
    NoAnswer,
    NotLearned,
    Differs,
    SharedSecret,
    NoSecret,
    MoreThanListed,
    NotWhole,
    /// As the inventory says it.
    Unread(&'static str),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneClient => "it has one client: nothing to compare with",
            Self::NoAnswer => "the subscriptions to compare with could not be read",
            Self::NotLearned => "its links are of a kind that cannot be made",
            Self::Differs => "the links made for a client are not those of its own subscription",
            Self::SharedSecret => {
                "a client has one secret in several inbounds: their links cannot be told apart"
            }
            Self::NoSecret => "the list does not name the secrets of its clients",
            Self::OneSecret => "the clients compared have one secret: nothing tells them apart",
            Self::NotWhole => {
                "an inbound of the panel could not be read: anybody may have links of it"
            }
            Self::MoreThanListed => "subscriptions hold links that no inbound of the list has",
            Self::Unread(what) => what,
        })
    }
}

impl Survey {
    /// The inbounds whose links no list gives, in the panel's order.
    pub(crate) fn fallbacks(&self) -> Vec<Fallback> {
        let enabled = self.inventory.inbounds.iter().filter(|inbound| inbound.enabled);
        let fallbacks = enabled.filter_map(|inbound| {
            let why = match self.makers.get(&inbound.id) {
                Some(Maker::PerClient(why)) => *why,
                Some(Maker::Links(_) | Maker::Patterns(_)) | None => Why::Unread(inbound.unread?),
            };
            Some(Fallback { inbound: inbound.id, remark: inbound.remark.clone(), why })
        });
        fallbacks.collect()
    }

    /// How most of the inbounds are read that a list gives; per client if there is none.
    pub(crate) fn way(&self) -> Way {
        let count = |is: fn(&Maker) -> bool| self.makers.values().filter(|maker| is(maker)).count();
        let links = count(|maker| matches!(maker, Maker::Links(_)));
        let learned = count(|maker| matches!(maker, Maker::Patterns(_)));
        match (links, learned) {
            (0, 0) => Way::PerClient,
            _ if links > learned => Way::Links,
            _ => Way::Learned,
        }
    }

    /// How many purchases were read one by one because of an inbound, while they are.
    pub(crate) fn one_by_one(&self) -> Arc<OneByOne> {
        Arc::clone(&self.one_by_one)
    }

    /// How many subscriptions were read for it.
    pub(crate) fn requests(&self) -> usize {
        self.requests
    }
}
