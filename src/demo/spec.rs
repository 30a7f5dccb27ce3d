//! What a simulated panel is when it starts.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::behaviour::Behaviour;
use super::client::Client;
use super::cost::Cost;
use super::inbounds::{INBOUNDS, Inbound};
use super::make::Make;
use super::seed;

/// Under which addresses a panel's two ports are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// 127.0.0.1 for both.
    Same,
    /// 127.0.0.1 for the web interface, 127.0.0.2 for subscriptions.
    Apart,
}

/// What a panel is when it starts.
#[derive(Clone)]
pub struct PanelSpec {
    /// As the bot calls it; its secrets depend on it.
    pub name: String,
    /// Which panel it plays.
    pub make: Make,
    /// Its inbounds, in their order.
    pub inbounds: Vec<Inbound>,
    /// Whom it knows.
    pub clients: Vec<Client>,
    /// What it does at first.
    pub behaviour: Behaviour,
    /// How long every answer takes.
    pub latency: Duration,
    /// What answers cost it, beside that.
    pub cost: Cost,
    /// The user that its web interface knows.
    pub user: String,
    /// That user's password.
    pub password: String,
    /// The token that opens its API, where the make has tokens.
    pub token: String,
    /// Addresses of its two ports.
    pub hosts: Hosts,
    /// The only `Host` that its web interface answers; 403 to all others.
    pub web_domain: Option<String>,
    /// The only `Host` that its subscriptions answer; 403 to all others.
    pub sub_domain: Option<String>,
    /// The path before a subscription id, with its slashes.
    pub prefix: String,
    /// The path of its web pages, without a slash at the end.
    pub base_path: String,
    /// What it thinks the time is, for expiry and the time left in remarks.
    pub now: Timestamp,
}

impl PanelSpec {
    /// A healthy panel without clients that answers at once.
    #[must_use]
    pub fn new(name: &str, make: Make) -> Self {
        Self {
            name: name.to_owned(),
            make,
            inbounds: INBOUNDS.to_vec(),
            clients: Vec::new(),
            behaviour: Behaviour::Healthy,
            latency: Duration::ZERO,
            cost: Cost::none(),
            user: "admin".to_owned(),
            password: "adminpass".to_owned(),
            token: seed::hex(&["token", name], 48),
            hosts: Hosts::Same,
            web_domain: None,
            sub_domain: None,
            prefix: "/s/".to_owned(),
            base_path: "/base".to_owned(),
            now: Timestamp::now(),
        }
    }

    /// The same with one more client.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// The same with one more inbound.
    #[must_use]
    pub fn inbound(mut self, inbound: Inbound) -> Self {
        self.inbounds.push(inbound);
        self
    }

    /// The same with another behaviour.
    #[must_use]
    pub fn behaviour(self, behaviour: Behaviour) -> Self {
        Self { behaviour, ..self }
    }

    /// The same with another latency.
    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// The same whose answers cost so much.
    #[must_use]
    pub fn cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    /// The same whose subscriptions have a host of their own.
    #[must_use]
    pub fn hosts_apart(self) -> Self {
        Self { hosts: Hosts::Apart, ..self }
    }

    /// The same that answers on its web port only who asks for this host.
    #[must_use]
    pub fn web_domain(self, host: &str) -> Self {
        Self { web_domain: Some(host.to_owned()), ..self }
    }

    /// The same that answers on its subscription port only who asks for this host.
    #[must_use]
    pub fn sub_domain(self, host: &str) -> Self {
        Self { sub_domain: Some(host.to_owned()), ..self }
    }
}

impl fmt::Debug for PanelSpec {
    /// Without its password and its clients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PanelSpec({}, {:?}, {} clients)", self.name, self.make, self.clients.len())
    }
}
