//! Which link of a customer is of which client and inbound.
//!
//! By scheme and secret. Where a customer has one secret in several inbounds of a scheme, as 3.x
//! makes them, by port among these; and where that does not tell each of them, by nothing.

use std::collections::{HashMap, HashSet};

use crate::domain::ids::SubId;
use crate::domain::inventory::{Client, Inbound, Inventory, is_scheme_of};
use crate::domain::share_link::ShareLink;

/// The links of one client in one inbound; both are switched on.
#[derive(Clone)]
pub(super) struct Lesson {
    pub(super) inbound: i64,
    pub(super) client: Client,
    /// In their order; none if the panel gives none for this inbound.
    pub(super) links: Vec<ShareLink>,
}

/// The links of a customer, by inbound.
#[derive(Default)]
pub(super) struct Attribution {
    pub(super) lessons: Vec<Lesson>,
    /// Inbounds whose links cannot be told apart.
    pub(super) shared: HashSet<i64>,
    /// Inbounds in the order of the links.
    pub(super) order: Vec<i64>,
    /// Whether there are links that no client of the customer in the list has.
    pub(super) has_more: bool,
}

impl Attribution {
    pub(super) fn of(inventory: &Inventory, sub_id: &SubId, links: &[ShareLink]) -> Self {
        let all: Vec<_> =
            inventory.clients_of(sub_id).filter(|(inbound, _)| inbound.enabled).collect();
        let mut attribution = Self::default();
        let mut found: HashMap<i64, Vec<&ShareLink>> = HashMap::new();
        for link in links {
            match inbounds_of(link, &all).as_slice() {
                [] => attribution.has_more = true,
                [one] => {
                    found.entry(*one).or_default().push(link);
                    if !attribution.order.contains(one) {
                        attribution.order.push(*one);
                    }
                }
                several => attribution.shared.extend(several),
            }
        }
        attribution.shared.extend(untold(&all, &found));
        for (inbound, client) in all {
            if client.off.is_none() && !attribution.shared.contains(&inbound.id) {
                let links = found.get(&inbound.id).into_iter().flatten();
                let own = links.filter(|link| link.secret() == client.secret).copied().cloned();
                let (inbound, client) = (inbound.id, client.clone());
                attribution.lessons.push(Lesson { inbound, client, links: own.collect() });
            }
        }
        attribution
    }

    pub(super) fn find(&self, inbound: i64, client: &Client) -> Option<&Lesson> {
        let is =
            |lesson: &&Lesson| lesson.inbound == inbound && lesson.client.secret == client.secret;
        self.lessons.iter().find(is)
    }
}

/// The inbounds that a link may be of: one, if it can be told.
fn inbounds_of(link: &ShareLink, clients: &[(&Inbound, &Client)]) -> Vec<i64> {
    let has_secret = |(inbound, client): &&(&Inbound, &Client)| {
        client.secret == link.secret() && is_scheme_of(link.scheme(), &inbound.protocol)
    };
    let with_secret: Vec<&Inbound> =
        clients.iter().filter(has_secret).map(|(inbound, _)| *inbound).collect();
    let ids = |inbounds: &mut dyn Iterator<Item = &&Inbound>| {
        let mut ids: Vec<i64> = inbounds.map(|inbound| inbound.id).collect();
        ids.dedup();
        ids
    };
    let all = ids(&mut with_secret.iter());
    if all.len() < 2 {
        return all;
    }
    let by_port = ids(&mut with_secret.iter().filter(|inbound| inbound.port == link.port()));
    if by_port.len() == 1 { by_port } else { all }
}

/// Inbounds with one secret where not each of them has links: behind a proxy with another one's
/// port, a link would be told wrong.
fn untold(clients: &[(&Inbound, &Client)], found: &HashMap<i64, Vec<&ShareLink>>) -> HashSet<i64> {
    let mut groups: HashMap<(&str, &str), HashSet<i64>> = HashMap::new();
    for (inbound, client) in clients {
        groups.entry((&inbound.protocol, &client.secret)).or_default().insert(inbound.id);
    }
    let is_untold = |group: &HashSet<i64>| {
        group.len() > 1
            && group.iter().any(|id| found.contains_key(id))
            && !group.iter().all(|id| found.contains_key(id))
    };
    groups.into_values().filter(is_untold).flatten().collect()
}

/// Every link that a panel gave in one answer, by customer.
pub(crate) struct AllLinks(HashMap<SubId, Vec<ShareLink>>);

impl AllLinks {
    /// Links whose secret is nobody's, or more than one customer's, are left out.
    pub(crate) fn new(inventory: &Inventory, texts: &[String]) -> Self {
        let mut by_owner: HashMap<SubId, Vec<ShareLink>> = HashMap::new();
        for link in texts.iter().filter_map(|text| ShareLink::parse(text).ok()) {
            let Some(owner) = inventory.owner(&link) else { continue };
            match by_owner.get_mut(owner) {
                Some(links) => links.push(link),
                None => {
                    by_owner.insert(owner.clone(), vec![link]);
                }
            }
        }
        Self(by_owner)
    }

    pub(super) fn of(&self, inventory: &Inventory, sub_id: &SubId) -> Attribution {
        let links = self.0.get(sub_id).map(Vec::as_slice).unwrap_or_default();
        Attribution::of(inventory, sub_id, links)
    }
}
