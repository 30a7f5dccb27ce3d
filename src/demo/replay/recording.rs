//! A recording, and which of its exchanges answers a request.
//!
//! ```text
//! same port, method, path and query ─▶ body and headers fit ─▶ the one that asks for most
//!                              none ─▶ what this panel says to strangers
//! ```
//!
//! Several exchanges were recorded in another state of the panel (an inbound switched off, a host
//! insisted on): these answer only where a test says so.
//!
//! Deliberately absent: IO, counting.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde::Deserialize;

/// The two ports of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Port {
    /// Its web pages and API.
    Panel,
    /// Its subscriptions.
    Subscription,
}

/// A file of `tests/fixtures/panels/`.
#[derive(Debug, Clone, Deserialize)]
pub struct Recording {
    /// `3x-ui`, or another make.
    pub panel: String,
    /// Its version.
    pub version: String,
    /// The path of its web pages, such as `/base`.
    pub base_path: String,
    /// The path of its subscriptions, such as `/s/`.
    pub subscription_path: String,
    /// What the bot would know of its customers.
    pub customers: Vec<Customer>,
    /// Everything that was asked and answered.
    pub exchanges: Vec<Exchange>,
}

/// One customer of a recording.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    /// The bot's own id.
    pub sub_id: String,
    /// The panel's id.
    pub panel_sub_id: String,
    /// Secrets of the customer's clients.
    pub client_uuid: Vec<String>,
    /// What the clients' e-mails end in.
    pub client_email: String,
    /// How many links the customer has.
    pub links: usize,
}

/// One request with its response.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// The same in every recording.
    pub name: String,
    /// Where it was sent.
    pub server: Port,
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub response: Response,
}

/// What was asked.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// `GET`, `HEAD` or `POST`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Those that were not the client's own.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// As text.
    #[serde(default)]
    pub body: String,
}

/// What was answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// With repetitions.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// As text.
    #[serde(default)]
    pub body: String,
}

/// A request that asks for an answer.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub port: Port,
    pub method: &'a str,
    pub target: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a str,
}

/// Recorded in another state of the panel than the others.
const OTHER_STATES: &[&str] = &[
    "sub-wrong-host",
    "panel-wrong-host",
    "sub-right-host",
    "sub-known-not-encoded",
    "sub-one-inbound-disabled",
    "sub-known-clash-agent",
    "login-right-after-7-wrong",
];

fn is_other_state(name: &str) -> bool {
    let is_repeated = name.starts_with("login-wrong-") && name != "login-wrong-password";
    is_repeated || OTHER_STATES.contains(&name)
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// If `text` is none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let mut recording: Self = serde_json::from_str(text)?;
        let nothing = |name: &str, port, status, body: &str| Exchange {
            name: name.to_owned(),
            server: port,
            request: Request {
                method: String::new(),
                path: String::new(),
                headers: BTreeMap::new(),
                body: String::new(),
            },
            response: Response { status, headers: Vec::new(), body: body.to_owned() },
        };
        // What each recording needs; where one has it, that comes first.
        for (name, port) in [
            ("sub-outside-path", Port::Panel),
            ("sub-path-on-panel-port", Port::Panel),
            ("sub-unknown", Port::Subscription),
            ("sub-root", Port::Subscription),
        ] {
            recording.exchanges.push(nothing(name, port, 404, ""));
        }
        recording.exchanges.push(nothing("panel-wrong-host", Port::Panel, 403, ""));
        recording.exchanges.push(nothing("sub-wrong-host", Port::Subscription, 403, ""));
        Ok(recording)
    }

    /// The exchange called `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Exchange> {
        self.exchanges.iter().find(|exchange| exchange.name == name)
    }

    /// The API token, where the panel had one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        let header = self.named("list-by-token")?.request.headers.get("Authorization")?;
        header.strip_prefix("Bearer ")
    }

    /// The cookie that the login gave, as `name=value`.
    #[must_use]
    pub fn session_cookie(&self) -> Option<&str> {
        let headers = &self.named("login")?.response.headers;
        let (_, value) = headers.iter().find(|(name, _)| name == "Set-Cookie")?;
        value.split(';').next()
    }

    /// Whether this answer logs its client in.
    pub(super) fn begins_session(&self, exchange: &Exchange) -> bool {
        exchange.request.path == format!("{}/login", self.base_path)
            && exchange.response.body.contains("\"success\":true")
    }

    /// What a port answers to a host that it does not take.
    pub(super) fn wrong_host(&self, port: Port) -> &Exchange {
        let name = match port {
            Port::Panel => "panel-wrong-host",
            Port::Subscription => "sub-wrong-host",
        };
        self.named(name).unwrap_or(&self.exchanges[0])
    }

    /// The exchange that answers; of several that fit equally the one that `answered` least.
    pub(super) fn find(
        &self,
        asked: &Asked<'_>,
        has_session: bool,
        answered: impl Fn(&str) -> u64,
    ) -> &Exchange {
        let is_open = self.is_open(asked, has_session);
        let fitting = self.exchanges.iter().filter_map(|exchange| {
            let fit = self.fit(exchange, asked, is_open)?;
            Some((std::cmp::Reverse(fit), answered(&exchange.name), exchange))
        });
        match fitting.min_by_key(|(fit, answered, _)| (*fit, *answered)) {
            Some((_, _, exchange)) => exchange,
            None => self.stranger(asked, is_open),
        }
    }

    /// Whether the request carries what opens the API.
    fn is_open(&self, asked: &Asked<'_>, has_session: bool) -> bool {
        let by_token = self
            .token()
            .is_some_and(|token| asked.header("authorization") == Some(&format!("Bearer {token}")));
        let by_cookie = self
            .session_cookie()
            .is_some_and(|cookie| asked.header("cookie").is_some_and(|all| all.contains(cookie)));
        by_token || (by_cookie && has_session)
    }

    /// How much of what a request says this exchange asks for; `None` if it does not fit.
    fn fit(&self, exchange: &Exchange, asked: &Asked<'_>, is_open: bool) -> Option<usize> {
        let request = &exchange.request;
        let is_meant = exchange.server == asked.port
            && request.method == asked.method
            && request.path == asked.target
            && !is_other_state(&exchange.name)
            // Where it lets somebody in, it is the login that all recordings have.
            && (exchange.name != "login-plain" || exchange.response.status != 200)
            && !(is_open && exchange.name.starts_with("list-without-session"));
        if !is_meant {
            return None;
        }
        // A wrong password stands for every other one; without CSRF none is looked at.
        let takes_any_body =
            exchange.name == "login-wrong-password" || exchange.response.status == 403;
        let mut fit = match request.body == asked.body {
            true => 2,
            false if takes_any_body => 1,
            false => return None,
        };
        for (name, value) in &request.headers {
            let name = name.to_ascii_lowercase();
            let fits = match name.as_str() {
                "content-type" => continue,
                "cookie" | "authorization" if self.is_credential(&name, value) => is_open,
                _ => asked.header(&name) == Some(value),
            };
            if !fits {
                return None;
            }
            // Cookie and token open the same; the one that was recorded with is the better fit.
            fit += 1 + usize::from(asked.header(&name).is_some());
        }
        Some(fit)
    }

    /// Whether a recorded header is the session or the token, which open the same.
    fn is_credential(&self, name: &str, value: &str) -> bool {
        match name {
            "cookie" => {
                value.ends_with('…') || self.session_cookie().is_some_and(|own| value.contains(own))
            }
            _ => self.token().is_some_and(|token| value.ends_with(token)),
        }
    }

    /// What this panel answers to what was not recorded.
    fn stranger(&self, asked: &Asked<'_>, is_open: bool) -> &Exchange {
        let inside = asked.target.strip_prefix(&self.base_path);
        let is_api = inside.is_some_and(|rest| {
            ["/panel/", "/xui/", "/server/"].iter().any(|api| rest.starts_with(api))
        });
        let name = match asked.port {
            Port::Subscription if asked.target.starts_with(&self.subscription_path) => {
                "sub-unknown"
            }
            Port::Subscription => "sub-root",
            Port::Panel if is_api && !is_open && self.guards(asked.target) => {
                "list-without-session"
            }
            Port::Panel if inside.is_some() => "sub-path-on-panel-port",
            Port::Panel => "sub-outside-path",
        };
        self.named(name).unwrap_or(&self.exchanges[0])
    }

    /// Whether the panel has an API there at all: Alireza's is at `/xui`, the others' elsewhere.
    fn guards(&self, target: &str) -> bool {
        let is_alireza = self.named("list").is_some_and(|list| list.request.path.contains("/xui/"));
        target.contains("/xui/") == is_alireza
    }
}

impl<'a> Asked<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The host that was asked, without its port.
    pub(super) fn host(&self) -> &'a str {
        let host = self.header("host").unwrap_or_default();
        host.rsplit_once(':').map_or(host, |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 5] = [
        include_str!("../../../tests/fixtures/panels/3x-ui-2.6.7.json"),
        include_str!("../../../tests/fixtures/panels/3x-ui-2.8.11.json"),
        include_str!("../../../tests/fixtures/panels/3x-ui-3.0.2.json"),
        include_str!("../../../tests/fixtures/panels/3x-ui-3.6.0.json"),
        include_str!("../../../tests/fixtures/panels/x-ui-alireza-1.12.0.json"),
    ];

    /// What a recorded request asks for, asked again.
    fn find<'a>(recording: &'a Recording, exchange: &Exchange) -> &'a Exchange {
        let request = &exchange.request;
        let headers = request.headers.iter().map(|(name, value)| {
            let value = if name == "Cookie" && value.ends_with('…') {
                recording.session_cookie().unwrap()
            } else {
                value
            };
            (name.parse().unwrap(), value.parse().unwrap())
        });
        let asked = Asked {
            port: exchange.server,
            method: &request.method,
            target: &request.path,
            headers: &headers.collect(),
            body: &request.body,
        };
        recording.find(&asked, true, |_| 0)
    }

    #[test]
    fn every_recorded_request_is_answered_as_it_was() {
        for text in ALL {
            let recording = Recording::parse(text).unwrap();
            let usual = recording.exchanges.iter().filter(|exchange| {
                !is_other_state(&exchange.name)
                    && exchange.name != "sub-known-again"
                    && !exchange.request.method.is_empty()
            });
            for exchange in usual {
                let found = find(&recording, exchange);
                let same = (found.response.status, &found.response.body);
                let expected = (exchange.response.status, &exchange.response.body);
                assert_eq!(same, expected, "{} {}", recording.version, exchange.name);
            }
        }
    }
}
