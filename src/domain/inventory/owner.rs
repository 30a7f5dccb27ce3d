//! Whose a link is, and whether the list explains that one is gone.
//!
//! A link is somebody's by its scheme and secret alone. Port, host and remark say nothing: two
//! customers' are alike in all of them.

use super::{Client, Inbound, Inventory};
use crate::domain::ids::SubId;
use crate::domain::share_link::ShareLink;

impl Inventory {
    /// The one subscription id whose client has this link's scheme and secret.
    ///
    /// `None` if no client has, or clients of more than one customer have: then it is nobody's. A
    /// client without a subscription id is a customer of its own.
    #[must_use]
    pub fn owner(&self, link: &ShareLink) -> Option<&SubId> {
        let mut owners = self.with_secret_of(link).map(|(_, client)| client.sub_id.as_ref());
        let first = owners.next()??;
        owners.all(|other| other == Some(first)).then_some(first)
    }

    /// Whether the list explains that an older link of a purchase is no longer there, `made` being
    /// its links now.
    ///
    /// It does where it knows the link's secret, or where the link leads to a place that the list
    /// knows: that of one of the links made, or an inbound at the host of one of them. What it does
    /// not explain may come from elsewhere, such as a client's external links, and stays.
    #[must_use]
    pub fn explains(&self, link: &ShareLink, made: &[ShareLink]) -> bool {
        if self.with_secret_of(link).next().is_some() {
            return true;
        }
        let is_inbound = self.inbounds.iter().any(|inbound| inbound.could_give(link));
        let is_place = |other: &ShareLink| {
            other.host().eq_ignore_ascii_case(link.host())
                && (is_inbound || (other.scheme(), other.port()) == (link.scheme(), link.port()))
        };
        made.iter().any(is_place)
    }

    /// The clients with a link's secret, in inbounds of its scheme, in the panel's order.
    pub fn with_secret_of<'a>(
        &'a self,
        link: &ShareLink,
    ) -> impl Iterator<Item = (&'a Inbound, &'a Client)> {
        let found = self.index.with_secret(&self.inbounds, link.secret());
        found.filter(|(inbound, _)| is_scheme_of(link.scheme(), &inbound.protocol))
    }
}

impl Inbound {
    /// As far as scheme and port say it; every panel may have such an inbound.
    fn could_give(&self, link: &ShareLink) -> bool {
        self.unread.is_none()
            && self.port == link.port()
            && is_scheme_of(link.scheme(), &self.protocol)
    }
}

/// Whether links of inbounds with this protocol have this scheme.
///
/// # Source
///
/// Facts C15 and C20 of src/ARCHITECTURE.md.
#[must_use]
pub fn is_scheme_of(scheme: &str, protocol: &str) -> bool {
    match protocol {
        "shadowsocks" => scheme == "ss",
        "hysteria" | "hysteria2" => matches!(scheme, "hysteria" | "hysteria2"),
        "wireguard" => matches!(scheme, "wireguard" | "wg"),
        "mtproto" => scheme == "tg",
        _ => scheme == protocol,
    }
}
