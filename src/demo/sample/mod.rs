//! A sample business for `alamor demo`: ten panels, two profiles, and what was sold on them.
//!
//! ```text
//! de-1   3x-ui 3.6.0     healthy: read by its links
//! nl-1   3x-ui 2.8.11    healthy: learned
//! fr-2   3x-ui 2.6.7     refuses; older links of its purchases are there
//! fi-1   3x-ui 3.0.2     its Xray does not run; otherwise healthy
//! tr-1   x-ui (Alireza)  slow: 120 ms more
//! us-1   Marzban         has no API: only subscriptions
//! pl-1   3x-ui 2.6.7     healthy: learned
//! se-1   3x-ui 3.0.2     its password was changed; sold in July, when ids were still the panel's
//! sg-1   3x-ui 2.8.11    answers with a login page
//! gb-1   3x-ui 3.6.0     knows half of its clients
//! ```
//!
//! Rows are plain data in the columns of the bot's tables: whoever calls writes them into a
//! database. Addresses of panels are known only once they run ([`Sample::start_panels`]).
//!
//! Invariants:
//! - The same `now` and size give the same sample.
//! - The panels' clients are the purchases: same secrets, same e-mail, same end. What a purchase is
//!   called on its panels is another subscription id than the bot's, except on us-1 and se-1.
//!
//! Deliberately absent: SQL, encryption (the bot encrypts addresses and passwords of panels).

mod rows;
mod names;

use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::behaviour::Behaviour;
use super::client::Client;
use super::inbounds;
use super::links::{self, link_host};
use super::make::Make;
use super::panel::{PanelSpec, SimulatedPanel};
use super::place::{Place, Usage};
use super::seed::{draw, hex};
use names::NAMES;

pub use rows::{SamplePanel, SampleProfile, SamplePurchase, SampleUser};

/// Rows as the bot would have them; every `id` is the row's.
#[derive(Debug, Clone)]
pub struct Sample {
    /// `servers`, with their inbounds.
    pub panels: Vec<SamplePanel>,
    /// `profiles`.
    pub profiles: Vec<SampleProfile>,
    /// `users`.
    pub users: Vec<SampleUser>,
    /// `purchases`, by id.
    pub purchases: Vec<SamplePurchase>,
    now: Timestamp,
}

/// A panel of the sample, and how many of a hundred purchases are on it.
struct Sold {
    name: &'static str,
    make: Make,
    behaviour: Behaviour,
    latency_ms: u64,
    percent: u64,
}

const fn sold(name: &'static str, make: Make, latency_ms: u64, percent: u64) -> Sold {
    Sold { name, make, behaviour: Behaviour::Healthy, latency_ms, percent }
}

const PANELS: [Sold; 10] = [
    sold("de-1", Make::ThreeXui360, 12, 28),
    sold("nl-1", Make::ThreeXui2811, 15, 25),
    Sold { behaviour: Behaviour::Refuse, ..sold("fr-2", Make::ThreeXui267, 10, 2) },
    Sold { behaviour: Behaviour::XrayStopped, ..sold("fi-1", Make::ThreeXui302, 18, 11) },
    Sold {
        behaviour: Behaviour::Slow(Duration::from_millis(120)),
        ..sold("tr-1", Make::Alireza1120, 0, 7)
    },
    sold("us-1", Make::Marzban, 35, 9),
    sold("pl-1", Make::ThreeXui267, 14, 8),
    Sold { behaviour: Behaviour::WrongPassword, ..sold("se-1", Make::ThreeXui302, 16, 6) },
    Sold { behaviour: Behaviour::LoginPage, ..sold("sg-1", Make::ThreeXui2811, 40, 2) },
    Sold { behaviour: Behaviour::KnowsHalf, ..sold("gb-1", Make::ThreeXui360, 20, 2) },
];

/// Name, price of one GB, days, ids of the panels.
const PROFILES: [(&str, f64, i64, &[i64]); 2] =
    [("Everywhere", 3000.0, 30, &[1, 2, 4]), ("Европа + 🇫🇷", 2500.0, 60, &[1, 3])];

/// How many of a hundred purchases are on a profile.
const ON_PROFILE_PERCENT: u64 = 10;
/// One purchase in so many is switched off, beyond those that were asked for.
const INACTIVE_EVERY: usize = 40;

impl Sample {
    /// A business with `size` active purchases, and a few that are switched off.
    #[must_use]
    pub fn new(now: Timestamp, size: usize) -> Self {
        let mut sample = Self {
            panels: panels(),
            profiles: profiles(),
            users: Vec::new(),
            purchases: Vec::new(),
            now,
        };
        for index in 0..size + size / INACTIVE_EVERY {
            sample.sell(index, index < size);
        }
        sample
    }

    /// Starts the panels, each with the clients that bought there, in the order of `panels`.
    ///
    /// # Errors
    ///
    /// What the system says when it has no port to give.
    pub async fn start_panels(&self) -> io::Result<Vec<SimulatedPanel>> {
        let mut running = Vec::with_capacity(self.panels.len());
        for panel in &self.panels {
            let spec = PanelSpec {
                clients: panel.clients.clone(),
                behaviour: panel.behaviour,
                latency: panel.latency,
                now: self.now,
                ..PanelSpec::new(&panel.name, panel.make)
            };
            running.push(SimulatedPanel::start(spec).await?);
        }
        Ok(running)
    }

    /// Adds purchase number `index` with its user, and its client on each of its panels.
    fn sell(&mut self, index: usize, is_active: bool) {
        let id = row_id(index);
        let (server_id, profile_id) = choose_place(index);
        let user_id = self.user_of(index);
        let telegram_id = self.user(user_id).map_or(0, |user| user.telegram_id);
        let client = client(index, telegram_id, self.now);
        let places = self.places(server_id, profile_id);
        let is_of_july = places.iter().all(|&place| self.panels[place].knows_the_bots_ids());
        let sold_at = self.now - days(3 + draw("sold", index, 80));
        self.purchases.push(SamplePurchase {
            id,
            user_id,
            server_id,
            profile_id,
            purchase_date: text(sold_at),
            expire_date: client.expires_at.map(text),
            initial_volume_gb: gigabytes(client.limit_bytes),
            client_uuid: json_array(&self.secrets(&client, &places)),
            client_email: client.email.clone(),
            sub_id: if is_of_july { client.sub_id.clone() } else { bots_id(index) },
            panel_sub_id: client.sub_id.clone(),
            is_active,
            single_configs_json: self.links_from_before(index, &client, telegram_id, &places),
        });
        for place in places {
            self.panels[place].clients.push(client.clone());
        }
    }

    /// The buyer of purchase number `index`: every twelfth bought before, the others are new.
    fn user_of(&mut self, index: usize) -> i64 {
        if index % 12 == 11 {
            return row_id(
                usize::try_from(draw("again", index, 50)).unwrap_or(0) % self.users.len(),
            );
        }
        let id = row_id(self.users.len());
        let (first, last) = NAMES[self.users.len() % NAMES.len()];
        let spread = i64::try_from(draw("telegram", index, 5_000_000)).unwrap_or(0);
        self.users.push(SampleUser {
            id,
            telegram_id: 70_000_000 + (id - 1) * 5_000_011 + spread,
            first_name: first.to_owned(),
            last_name: last.map(str::to_owned),
            username: (index.is_multiple_of(3))
                .then(|| format!("user_{}", hex(&["name", &id.to_string()], 6))),
        });
        id
    }

    fn user(&self, id: i64) -> Option<&SampleUser> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Indices of the panels of a purchase.
    fn places(&self, server_id: Option<i64>, profile_id: Option<i64>) -> Vec<usize> {
        let profile = self.profiles.iter().find(|profile| Some(profile.id) == profile_id);
        let ids = profile
            .map_or_else(|| server_id.into_iter().collect(), |profile| profile.panels.clone());
        let index = |id: &i64| self.panels.iter().position(|panel| panel.id == *id);
        ids.iter().filter_map(index).collect()
    }

    fn secrets(&self, client: &Client, places: &[usize]) -> Vec<String> {
        places.iter().flat_map(|&place| client.secrets(&self.panels[place].name)).collect()
    }

    /// What the bot kept when it sold the purchase: nothing, or each link under the brand's name.
    fn links_from_before(
        &self,
        index: usize,
        client: &Client,
        telegram_id: i64,
        places: &[usize],
    ) -> Option<String> {
        let is_on_refusing =
            places.iter().any(|&place| self.panels[place].behaviour == Behaviour::Refuse);
        match draw("before", index, 100) {
            0..8 => return None,
            8..10 => return Some("null".to_owned()),
            10..12 => return Some("[]".to_owned()),
            12..40 if !is_on_refusing => return None,
            _ => {}
        }
        // A few were sold before their panel moved an inbound to another port.
        let mut sold = client.clone();
        sold.revision = u16::from(index.is_multiple_of(6));
        let links = places.iter().flat_map(|&place| {
            let panel = &self.panels[place];
            let host = link_host(panel.make, "127.0.0.1");
            let (make, panel, now) = (panel.make, panel.name.as_str(), self.now);
            let place = Place { make, panel, host: &host, now, pick: 0, usage: Usage::Left };
            let remark = format!("Alamor-{telegram_id}");
            let inbounds = sold.inbounds.iter().filter_map(|&id| inbounds::find(id));
            inbounds
                .filter_map(|inbound| links::renamed(inbound, &sold, &place, &remark))
                .collect::<Vec<_>>()
        });
        Some(json_array(&links.collect::<Vec<_>>()))
    }
}

fn panels() -> Vec<SamplePanel> {
    let row = |(index, sold): (usize, &Sold)| SamplePanel {
        id: row_id(index),
        name: sold.name.to_owned(),
        make: sold.make,
        behaviour: sold.behaviour,
        latency: Duration::from_millis(sold.latency_ms),
        clients: Vec::new(),
    };
    PANELS.iter().enumerate().map(row).collect()
}

fn profiles() -> Vec<SampleProfile> {
    let row = |(index, &(name, per_gb_price, duration_days, panels)): (
        usize,
        &(&str, f64, i64, &[i64]),
    )| {
        SampleProfile {
            id: row_id(index),
            name: name.to_owned(),
            per_gb_price,
            duration_days,
            panels: panels.to_vec(),
        }
    };
    PROFILES.iter().enumerate().map(row).collect()
}

/// `(server_id, profile_id)` of purchase number `index`: exactly one of them.
fn choose_place(index: usize) -> (Option<i64>, Option<i64>) {
    if draw("on profile", index, 100) < ON_PROFILE_PERCENT {
        return (None, Some(row_id(usize::from(draw("which profile", index, 3) == 0))));
    }
    let mut left = draw("panel", index, PANELS.iter().map(|panel| panel.percent).sum());
    let chosen = PANELS.iter().position(|panel| {
        let is_here = left < panel.percent;
        left = left.saturating_sub(panel.percent);
        is_here
    });
    (chosen.map(row_id), None)
}

/// Limits, end and number of links of purchase number `index`.
fn client(index: usize, telegram_id: i64, now: Timestamp) -> Client {
    const GIB: u64 = 1 << 30;
    let number = index.to_string();
    let volume = [0, 10, 20, 30, 50, 50, 100][index % 7] * GIB;
    let links = usize::try_from(5 - draw("links", index, 5) / 3).unwrap_or(5);
    let expires_at = match draw("ends", index, 50) {
        0 => Some(now - days(1 + draw("ended", index, 10))),
        1 | 2 => None,
        _ => Some(now + days(1 + draw("days left", index, 90)) + SignedDuration::from_mins(90)),
    };
    Client {
        email: format!("u{telegram_id}.{}", hex(&["mail", &number], 6)),
        limit_bytes: volume,
        used_bytes: draw("used", index, 90) * (volume / 100),
        expires_at,
        ..Client::new(&hex(&["subscription", &number], 16)).with_links(links)
    }
}

/// The subscription id that the bot gave purchase number `index`, and told no panel.
fn bots_id(index: usize) -> String {
    hex(&["bot", &index.to_string()], 32)
}

/// A row's id from its place, counted from 0.
fn row_id(index: usize) -> i64 {
    i64::try_from(index).map_or(i64::MAX, |index| index + 1)
}

fn days(days: u64) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(0))
}

fn text(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[expect(clippy::cast_precision_loss, reason = "whole gibibytes, far below 2^53")]
fn gigabytes(bytes: u64) -> f64 {
    (bytes >> 30) as f64
}

/// As the bot's `json.dumps` writes an array of ASCII strings (fact C5 of src/ARCHITECTURE.md).
fn json_array(texts: &[String]) -> String {
    let quoted: Vec<String> =
        texts.iter().map(|text| serde_json::Value::from(text.as_str()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn sample() -> Sample {
        Sample::new("2026-11-24T10:00:00Z".parse().unwrap(), 1200)
    }

    #[test]
    fn there_are_as_many_active_purchases_as_were_asked_for() {
        let sample = sample();
        let active = sample.purchases.iter().filter(|purchase| purchase.is_active).count();
        assert_eq!((active, sample.purchases.len()), (1200, 1230));
        assert_eq!((sample.panels.len(), sample.profiles.len()), (10, 2));
    }

    #[test]
    fn what_must_be_unique_is_unique() {
        let sample = sample();
        let ids: HashSet<_> = sample.purchases.iter().map(|purchase| &purchase.sub_id).collect();
        assert_eq!(ids.len(), sample.purchases.len());
        let users: HashSet<_> = sample.users.iter().map(|user| user.telegram_id).collect();
        assert_eq!(users.len(), sample.users.len());
        assert!(sample.purchases.iter().all(|purchase| sample.user(purchase.user_id).is_some()));
    }

    #[test]
    fn every_purchase_is_a_client_of_its_panels_with_the_same_secrets() {
        let sample = sample();
        for purchase in &sample.purchases {
            assert_ne!(purchase.server_id.is_some(), purchase.profile_id.is_some());
            let mut secrets = Vec::new();
            for place in sample.places(purchase.server_id, purchase.profile_id) {
                let panel = &sample.panels[place];
                let client =
                    panel.clients.iter().find(|client| client.sub_id == purchase.panel_sub_id);
                secrets.extend(client.unwrap().secrets(&panel.name));
            }
            assert_eq!(
                serde_json::from_str::<Vec<String>>(&purchase.client_uuid).unwrap(),
                secrets
            );
        }
    }

    #[test]
    fn the_sample_has_what_a_demo_must_show() {
        let sample = sample();
        let count =
            |what: &dyn Fn(&&SamplePurchase) -> bool| sample.purchases.iter().filter(what).count();
        let on_profile = count(&|purchase| purchase.profile_id.is_some());
        assert!((90..160).contains(&on_profile), "{on_profile}");
        assert!(count(&|purchase| purchase.expire_date.is_none()) > 20);
        let now = text(sample.now);
        let expired =
            count(&|purchase| purchase.expire_date.as_ref().is_some_and(|end| *end < now));
        assert!((10..50).contains(&expired), "{expired}");
        let refusing = |purchase: &SamplePurchase| purchase.server_id == Some(3);
        let kept = |purchase: &SamplePurchase| {
            purchase.single_configs_json.as_ref().is_some_and(|json| json.contains("://"))
        };
        assert!(count(&|purchase| refusing(purchase) && kept(purchase)) > 10);
        assert!(count(&|purchase| refusing(purchase) && !kept(purchase)) > 0);
        assert!(sample.panels.iter().all(|panel| panel.clients.len() > 10));
    }

    #[test]
    fn the_bots_ids_are_known_to_no_panel_but_those_that_have_no_others() {
        let sample = sample();
        for purchase in &sample.purchases {
            let is_of_july = matches!(purchase.server_id, Some(6 | 8));
            assert_eq!(purchase.sub_id == purchase.panel_sub_id, is_of_july, "{purchase:?}");
            assert_eq!(purchase.panel_sub_id.len(), 16);
        }
    }

    #[test]
    fn the_same_arguments_give_the_same_sample() {
        assert_eq!(sample().purchases, sample().purchases);
        assert_eq!(sample().users, sample().users);
    }
}
