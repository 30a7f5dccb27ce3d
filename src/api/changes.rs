//! What would become of a purchase's links.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What becomes of one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LinkFate)]
pub enum Change {
    /// It goes.
    Removed,
    /// Another one takes its place: another address, secret or transport.
    Replaced,
    /// Customers see another name.
    Renamed,
    /// It comes.
    Added,
    /// It stays as it is.
    Kept,
}

/// What a dry run found for one purchase.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// How many links would go.
    pub removed: u64,
    /// How many another would take the place of.
    pub replaced: u64,
    /// How many would get another name.
    pub renamed: u64,
    /// How many would come.
    pub added: u64,
    /// How many would stay as they are.
    pub kept: u64,
    /// The links, what needs a look first. Empty where nothing changes.
    pub links: Vec<LinkChange>,
    /// How many of them are not among `links`: there are too many, or a newer dry run made the core
    /// forget them.
    pub left_out: u64,
}

impl Changes {
    /// How many links would not stay as they are.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.removed + self.replaced + self.renamed + self.added
    }
}

/// One link before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkChange {
    /// What becomes of it.
    pub change: Change,
    /// The link that customers have now.
    pub before: Option<Link>,
    /// The one that they would have.
    pub after: Option<Link>,
}

/// A share link without its secret, unless that was asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// `vless`, `trojan`, …
    pub scheme: String,
    /// Where it leads.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The name that apps show.
    pub remark: String,
    /// The whole link: only where it was asked for, and audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// `Debug` shows no secret.
impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({} {}:{})", self.scheme, self.host, self.port)
    }
}
