//! A client of a simulated panel: one customer with one subscription id.
//!
//! Its secrets are derived from the panel's name and the subscription id, so whoever knows these
//! two knows its links.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::inbounds::INBOUNDS;
use super::seed;

/// A customer as a panel knows it: the same limits on each of its inbounds.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// What its subscription is asked by.
    pub sub_id: String,
    /// Without the `in1.` that a panel puts before it on each inbound.
    pub email: String,
    /// On how many of the panel's inbounds it is, from the first on; as many links.
    pub links: usize,
    /// Traffic that it may use on each inbound, in bytes; 0 is no limit.
    pub limit_bytes: u64,
    /// Traffic that it has used on each inbound, in bytes.
    pub used_bytes: u64,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Whether the panel's admin left it switched on.
    pub enabled: bool,
    /// Added to the port of its first link: a client with another revision has other links.
    pub revision: u16,
}

impl Client {
    /// A client on every inbound, without limits.
    #[must_use]
    pub fn new(sub_id: &str) -> Self {
        Self {
            sub_id: sub_id.to_owned(),
            email: format!("u1001.{}", seed::hex(&["email", sub_id], 6)),
            links: INBOUNDS.len(),
            limit_bytes: 0,
            used_bytes: 0,
            expires_at: None,
            enabled: true,
            revision: 0,
        }
    }

    /// The same on the first `count` inbounds only.
    #[must_use]
    pub fn with_links(self, count: usize) -> Self {
        Self { links: count.clamp(1, INBOUNDS.len()), ..self }
    }

    /// The same with a traffic limit on each inbound and an end.
    #[must_use]
    pub fn limited(self, limit_bytes: u64, expires_at: Timestamp) -> Self {
        Self { limit_bytes, expires_at: Some(expires_at), ..self }
    }

    /// Gives it other links from now on: its first one moves to the next port.
    pub fn rotate(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// Whether the panel lets it connect at `now`.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        let depleted = self.limit_bytes > 0 && self.used_bytes >= self.limit_bytes;
        self.enabled && !depleted && self.expires_at.is_none_or(|end| end > now)
    }

    /// Its secret on each of its inbounds, as the bot stores them: UUIDs, for Trojan and
    /// Shadowsocks passwords.
    #[must_use]
    pub fn secrets(&self, panel: &str) -> Vec<String> {
        INBOUNDS.iter().take(self.links).map(|inbound| self.secret(panel, inbound.id)).collect()
    }

    /// Its secret on the inbound `id`.
    pub(super) fn secret(&self, panel: &str, id: u8) -> String {
        let inbound = id.to_string();
        let labels = [panel, &self.sub_id, &inbound];
        match id {
            // The recorded passwords have these three characters too: escaping them differs.
            4 => format!("{}/+=", seed::hex(&labels, 10)),
            5 => STANDARD.encode(seed::digest(&labels)),
            _ => seed::uuid(&labels),
        }
    }
}

impl fmt::Debug for Client {
    /// Its number of links only: its subscription id is a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({} links)", self.links)
    }
}
