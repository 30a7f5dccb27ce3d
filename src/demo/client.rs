//! A client of a simulated panel: one customer with one subscription id.
//!
//! Its secrets are derived from the panel's name and its seed, so whoever knows these two knows its
//! links. The subscription id is the panel's: what the bot calls the purchase may be another one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::inbounds::{self, INBOUNDS, Inbound, Shape};
use super::seed;

/// A customer as a panel knows it: the same limits on each of its inbounds.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// What its subscription is asked by.
    pub sub_id: String,
    /// What its secrets are derived from: its first subscription id.
    pub seed: String,
    /// Without the `in1.` that stands before it on each inbound.
    pub email: String,
    /// Ids of its inbounds.
    pub inbounds: Vec<u8>,
    /// Whether it is one client or several.
    pub identity: Identity,
    /// How often its secrets were replaced.
    pub resets: u16,
    /// VLESS's `flow` where its inbound has one.
    pub flow: &'static str,
    /// VMess's `scy`.
    pub security: &'static str,
    /// Traffic limit on each inbound in bytes; 0 is no limit.
    pub limit_bytes: u64,
    /// Traffic used on each inbound in bytes.
    pub used_bytes: u64,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Whether the panel's admin left it switched on.
    pub enabled: bool,
    /// Added to the port of its first link: a client with another revision has other links.
    ///
    /// No real panel does so: it breaks what is learned of the inbound.
    pub revision: u16,
    /// Foreign links that only its own subscription holds (3x-ui 3.4 and later).
    pub external: Vec<String>,
}

/// Whether a customer is one client of a panel, or one on each inbound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// A secret on each inbound, and `in1.`, `in2.`, … before the e-mail: as the bot makes them.
    OnEach,
    /// The same UUID, password and e-mail on all of its inbounds (3x-ui 3.x).
    Shared,
}

impl Client {
    /// A client on every first inbound, without limits.
    #[must_use]
    pub fn new(sub_id: &str) -> Self {
        Self {
            sub_id: sub_id.to_owned(),
            seed: sub_id.to_owned(),
            email: format!("u1001.{}", seed::hex(&["email", sub_id], 6)),
            inbounds: INBOUNDS.iter().map(|inbound| inbound.id).collect(),
            identity: Identity::OnEach,
            resets: 0,
            flow: "xtls-rprx-vision",
            security: "auto",
            limit_bytes: 0,
            used_bytes: 0,
            expires_at: None,
            enabled: true,
            revision: 0,
            external: Vec::new(),
        }
    }

    /// The same on the first `count` inbounds only.
    #[must_use]
    pub fn with_links(self, count: usize) -> Self {
        let count = count.clamp(1, INBOUNDS.len());
        Self { inbounds: INBOUNDS[..count].iter().map(|inbound| inbound.id).collect(), ..self }
    }

    /// The same on these inbounds.
    #[must_use]
    pub fn on(self, inbounds: &[u8]) -> Self {
        Self { inbounds: inbounds.to_vec(), ..self }
    }

    /// The same as one client with one secret.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { identity: Identity::Shared, ..self }
    }

    /// The same with a foreign link of its own.
    #[must_use]
    pub fn external(mut self, link: &str) -> Self {
        self.external.push(link.to_owned());
        self
    }

    /// The same with a traffic limit on each inbound and an end.
    #[must_use]
    pub fn limited(self, limit_bytes: u64, expires_at: Timestamp) -> Self {
        Self { limit_bytes, expires_at: Some(expires_at), ..self }
    }

    /// The same, having used so much on each inbound.
    #[must_use]
    pub fn used(self, used_bytes: u64) -> Self {
        Self { used_bytes, ..self }
    }

    /// Gives it other links from now on: its first one moves to the next port.
    pub fn rotate(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// Gives it other secrets from now on.
    pub fn reset_secrets(&mut self) {
        self.resets = self.resets.wrapping_add(1);
    }

    /// Whether the panel lets it connect at `now`.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        let depleted = self.limit_bytes > 0 && self.used_bytes >= self.limit_bytes;
        self.enabled && !depleted && self.expires_at.is_none_or(|end| end > now)
    }

    /// Its secret on each of its inbounds, as the bot stores them: UUIDs, for Trojan and
    /// Shadowsocks passwords. Those of inbounds that `demo::inbounds` does not know are left out.
    #[must_use]
    pub fn secrets(&self, panel: &str) -> Vec<String> {
        let inbounds = self.inbounds.iter().filter_map(|&id| inbounds::find(id));
        inbounds.map(|inbound| self.secret(panel, inbound)).collect()
    }

    /// Its e-mail on `inbound`, unique on the panel.
    #[must_use]
    pub fn email_on(&self, inbound: u8) -> String {
        match self.identity {
            Identity::OnEach => format!("in{inbound}.{}", self.email),
            Identity::Shared => self.email.clone(),
        }
    }

    /// Its secret on `inbound`: what stands in its link there.
    #[must_use]
    pub fn secret(&self, panel: &str, inbound: &Inbound) -> String {
        let place = match self.identity {
            Identity::OnEach => inbound.id.to_string(),
            Identity::Shared => "all".to_owned(),
        };
        let resets = self.resets.to_string();
        let labels = [panel, &self.seed, &place, &resets];
        match inbound.shape {
            // The recorded passwords have these three characters too: escaping them differs.
            Shape::Trojan | Shape::Shadowsocks => format!("{}/+=", seed::hex(&labels, 10)),
            Shape::Shadowsocks2022 | Shape::WireGuard => STANDARD.encode(seed::digest(&labels)),
            Shape::Hysteria2 => seed::hex(&labels, 16),
            Shape::Reality { .. } | Shape::WebSocket | Shape::VMess => seed::uuid(&labels),
        }
    }

    /// The address inside the tunnel that WireGuard gives it.
    pub(super) fn tunnel_address(&self) -> String {
        let [.., third, fourth] = seed::digest(&["address", &self.seed]);
        format!("10.7.{third}.{}/32", fourth.max(2))
    }
}

impl fmt::Debug for Client {
    /// Its number of inbounds only: its subscription id is a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({} links)", self.inbounds.len())
    }
}
