//! What one call says of a panel: its inbounds, and the clients of each.
//!
//! ```text
//! JSON ─▶ parse.rs ─▶ inbounds ─▶ index.rs ─┬─ find.rs    who is this purchase here?
//!           │                               ├─ owner.rs   whose is this link, and why did that one go?
//!           │                               ├─ usage.rs   how much is used, and what is off
//!           └─ by one_pass.rs               └─ steady.rs  random fields stay as they were
//!              or forgiving.rs
//! ```
//!
//! Invariants:
//! - A secret leads to a subscription id, or to none where it leads to two: nothing here guesses.
//! - What one inbound or client has wrong does not lose the others.
//!
//! Deliberately absent: how the call is made, and what becomes of it.

mod index;
mod answer;
mod entry;
mod listed;
mod one_pass;
mod forgiving;
mod parse;
mod find;
mod owner;
mod usage;
mod steady;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::fmt;

use self::index::Index;
pub use self::listed::NotAList;
pub use self::owner::is_scheme_of;
use crate::domain::ids::SubId;
use crate::domain::outcome::words;

/// Every inbound of a panel with its clients, as the panel listed them.
#[derive(Clone, Default)]
pub struct Inventory {
    /// In the panel's order.
    pub inbounds: Vec<Inbound>,
    index: Index,
    /// Entries of the panel's list that are no inbound we can read.
    dropped: usize,
}

impl Inventory {
    /// An inventory of these inbounds.
    #[must_use]
    pub fn new(inbounds: Vec<Inbound>) -> Self {
        let index = Index::new(&inbounds);
        Self { inbounds, index, dropped: 0 }
    }

    /// Whether every inbound that may give links could be read. If not, nobody's links are known
    /// from this list, since anybody may have some of the others.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let is_read = |inbound: &Inbound| !inbound.enabled || inbound.unread.is_none();
        self.dropped == 0 && self.inbounds.iter().all(is_read)
    }
}

/// `Debug` shows how much there is: a list of thousands helps nobody.
impl fmt::Debug for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inventory({} inbounds, {} customers)", self.inbounds.len(), self.client_count())
    }
}

/// One inbound.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The panel's number of it.
    pub id: i64,
    /// The operator's name for it.
    pub remark: String,
    /// Where it listens; an external proxy may stand elsewhere.
    pub port: u16,
    /// `vless`, `vmess`, `trojan`, `shadowsocks`, `hysteria`, `wireguard`, …
    pub protocol: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What the panel draws from at random for REALITY links.
    pub reality: Option<Reality>,
    /// Its clients, in the panel's order.
    pub clients: Vec<Client>,
    /// What of it could not be read, for people; then it has no clients here, whatever it has.
    pub unread: Option<&'static str>,
}

/// What the panel draws from at random for REALITY links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reality {
    /// The public key, which stands in each link.
    pub public_key: String,
    /// Names, one of which stands in a link as `sni`.
    pub server_names: Vec<String>,
    /// Ids, one of which stands in a link as `sid`.
    pub short_ids: Vec<String>,
}

/// One customer's access to one inbound.
#[derive(Clone)]
pub struct Client {
    /// UUID, password or key; empty if the panel named none.
    pub secret: String,
    /// The panel's name for the client.
    pub email: String,
    /// The subscription that it is part of; `None` if it is part of none.
    pub sub_id: Option<SubId>,
    /// VLESS's `flow`; empty if it has none.
    pub flow: String,
    /// VMess's `scy`; empty if it has none.
    pub security: String,
    /// Why it does not work, if it does not.
    pub off: Option<ClientOff>,
    /// Bytes sent and received.
    pub used_bytes: (u64, u64),
    /// Most that it may use; 0 is no limit.
    pub total_bytes: u64,
    /// Unix milliseconds; 0 is never, below 0 is that long after the first use.
    pub expires_at: i64,
}

/// `Debug` shows no secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("off", &self.off).finish_non_exhaustive()
    }
}

words!(ClientOff: Disabled = "disabled", Expired = "expired", Depleted = "depleted");

impl ClientOff {
    /// The subject and what is the matter with it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Disabled => "the client is switched off",
            Self::Expired => "the client's time is over",
            Self::Depleted => "the client's traffic is used up",
        }
    }
}

/// Why a client does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientOff {
    /// An operator, or the panel, switched it off.
    Disabled,
    /// Its time is over.
    Expired,
    /// It used all that it may use.
    Depleted,
}
