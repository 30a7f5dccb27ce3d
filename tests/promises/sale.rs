//! What is sold, and what the bot's row then holds of it.

use alamor::demo::client::Client as Customer;

/// A customer's purchase, before it is sold.
#[derive(Debug, Clone)]
pub struct Sale {
    pub panels: Vec<String>,
    links: usize,
    pub json: Option<String>,
    ids: Ids,
    keys: Keys,
    client: fn(Customer) -> Customer,
}

/// What a purchase is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// By bot and panels alike, as in July.
    Alike,
    /// By the bot as no panel knows it: [`bots_id`] and [`panels_id`].
    Apart,
}

/// What the bot's row holds of a purchase's clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    Nothing,
    /// The list of secrets, of all panels.
    Secrets,
    Email,
    Both,
}

/// The subscription id in the bot's row of purchase `number`, if it was sold as the bot does.
pub fn bots_id(number: usize) -> String {
    format!("{:032x}", 0x00b0_7000_u64 + number as u64)
}

/// What panels call the subscription of purchase `number`, if it was sold as the bot does.
pub fn panels_id(number: usize) -> String {
    format!("pn{number:014}")
}

impl Sale {
    pub fn on(panels: &[&str]) -> Self {
        let panels = panels.iter().map(|&name| name.to_owned()).collect();
        let (ids, keys) = (Ids::Alike, Keys::Nothing);
        Self { panels, links: 5, json: None, ids, keys, client: |client| client }
    }

    /// As the bot's newest version sells: an id of its own that no panel knows, the secrets of all
    /// panels, the e-mail.
    pub fn like_the_bots(self) -> Self {
        Self { ids: Ids::Apart, keys: Keys::Both, ..self }
    }

    /// With so much in the bot's row.
    pub fn keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    /// With another client on its panels: limited, switched off, on other inbounds, …
    pub fn client(self, client: fn(Customer) -> Customer) -> Self {
        Self { client, ..self }
    }

    /// What bot and panels call it, if it is purchase `number`.
    pub fn names(&self, number: usize) -> (String, String) {
        match self.ids {
            Ids::Alike => (format!("sub-{number}"), format!("sub-{number}")),
            Ids::Apart => (bots_id(number), panels_id(number)),
        }
    }

    /// With so many links on each panel.
    pub fn links(self, links: usize) -> Self {
        Self { links, ..self }
    }

    /// With links from before the core's time.
    pub fn kept(self, json: &str) -> Self {
        Self { json: Some(json.to_owned()), ..self }
    }

    /// The customer that its panels call `name`.
    pub fn customer(&self, name: &str) -> Customer {
        (self.client)(Customer::new(name).with_links(self.links))
    }

    /// The bot's `client_uuid` and `client_email`.
    pub fn columns(&self, customer: &Customer) -> (Option<String>, Option<String>) {
        let has = |keys| self.keys == keys || self.keys == Keys::Both;
        let secrets: Vec<String> =
            self.panels.iter().flat_map(|panel| customer.secrets(panel)).collect();
        let list = has(Keys::Secrets).then(|| serde_json::to_string(&secrets).unwrap());
        (list, has(Keys::Email).then(|| customer.email.clone()))
    }
}
