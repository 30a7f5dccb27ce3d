//! What one call says of a panel: its inbounds, and the clients of each.
//!
//! Deliberately absent: how the call is made, and what becomes of it.

use std::fmt;

use crate::domain::ids::SubId;
use crate::domain::outcome::words;

/// Every inbound of a panel with its clients, as the panel listed them.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// In the panel's order.
    pub inbounds: Vec<Inbound>,
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
    /// UUID, password or key.
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

use crate::domain::share_link::ShareLink;
impl Inventory {
    /// Stub.
    pub fn clients_of(&self, sub_id: &SubId) -> impl Iterator<Item = (&Inbound, &Client)> {
        self.inbounds.iter().flat_map(move |inbound| {
            inbound
                .clients
                .iter()
                .filter(move |client| client.sub_id.as_ref() == Some(sub_id))
                .map(move |client| (inbound, client))
        })
    }
    /// Stub.
    pub fn explains(&self, _link: &ShareLink, _made: &[ShareLink]) -> bool {
        false
    }
    /// Stub.
    pub fn owner(&self, _link: &ShareLink) -> Option<&SubId> {
        None
    }
    /// Stub.
    pub fn steady(&self, _new: &ShareLink, _kept: &ShareLink) -> Option<ShareLink> {
        None
    }
}
