//! What a simulated panel is when it starts.

use std::time::Duration;

use jiff::Timestamp;

use super::behaviour::Behaviour;
use super::client::Client;
use super::make::Make;

/// What a panel is when it starts.
#[derive(Debug, Clone)]
pub struct PanelSpec {
    /// As the bot calls it; its secrets depend on it.
    pub name: String,
    /// Which panel it plays.
    pub make: Make,
    /// Whom it knows.
    pub clients: Vec<Client>,
    /// What it does at first.
    pub behaviour: Behaviour,
    /// How long every answer takes.
    pub latency: Duration,
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
            clients: Vec::new(),
            behaviour: Behaviour::Healthy,
            latency: Duration::ZERO,
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
}
