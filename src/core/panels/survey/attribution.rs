//! Which link of a customer is of which client and inbound.
//!
//! By scheme and secret. Where a customer has one secret in several inbounds of a scheme, as 3.x
//! makes them, by port among these; and where that does not tell each of them, by nothing.

use std::collections::HashMap;

use crate::domain::ids::SubId;
use crate::domain::inventory::{Client, Inbound, Inventory};
use crate::domain::share_link::{LinkReader, ShareLink};

/// Which link of a customer is of which inbound.
#[derive(Default)]
pub(super) struct Told<'a> {
    /// By the inbound's number; those of one inbound in their order.
    links: Vec<(i64, &'a ShareLink)>,
    /// Inbounds whose links cannot be told apart.
    shared: Vec<i64>,
    /// Inbounds in the order of the links.
    order: Vec<i64>,
    /// Whether there are links that no client of the customer in the list has.
    has_more: bool,
}

impl<'a> Told<'a> {
    fn of(inventory: &Inventory, sub_id: &SubId, links: &'a [ShareLink]) -> Self {
        let mut told = Self::default();
        for link in links {
            match inbound_of(link, inventory, sub_id) {
                Ok(one) => {
                    told.links.push((one, link));
                    if !told.order.contains(&one) {
                        told.order.push(one);
                    }
                }
                Err(none) if none.is_empty() => told.has_more = true,
                Err(several) => told.shared.extend(several),
            }
        }
        told.links.sort_by_key(|(inbound, _)| *inbound);
        told.shared.extend(told.untold(inventory, sub_id));
        told
    }

    /// The links of a client of this customer in an inbound; `None` if they cannot be told apart.
    pub(super) fn links_of(
        &self,
        inbound: i64,
        client: &Client,
    ) -> Option<impl Iterator<Item = &'a ShareLink>> {
        let start = self.links.partition_point(|(id, _)| *id < inbound);
        let links = self.links[start..].iter().take_while(move |(id, _)| *id == inbound);
        let is_own = |link: &&ShareLink| link.secret() == client.secret;
        (!self.shared.contains(&inbound)).then(|| links.map(|(_, link)| *link).filter(is_own))
    }

    /// Inbounds with one secret where not each of them has links: behind a proxy with another one's
    /// port, a link would be told wrong.
    fn untold(&self, inventory: &Inventory, sub_id: &SubId) -> Vec<i64> {
        let seats = on(inventory.clients_of(sub_id));
        let mut seats: Vec<(&str, &str, i64)> = seats
            .map(|(inbound, client)| (&*inbound.protocol, &*client.secret, inbound.id))
            .collect();
        seats.sort_unstable();
        seats.dedup();
        let has_links = |id: i64| self.links.binary_search_by_key(&id, |(of, _)| *of).is_ok();
        let mut untold = Vec::new();
        for group in seats.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let ids = || group.iter().map(|(_, _, id)| *id);
            if group.len() > 1 && ids().any(has_links) && !ids().all(has_links) {
                untold.extend(ids());
            }
        }
        untold
    }
}

/// Those in inbounds that are switched on.
fn on<'a>(
    clients: impl Iterator<Item = (&'a Inbound, &'a Client)>,
) -> impl Iterator<Item = (&'a Inbound, &'a Client)> {
    clients.filter(|(inbound, _)| inbound.enabled)
}

/// The inbound that a link of this customer is of. If that cannot be told, those that it may be of;
/// none if no client of the customer has its secret.
fn inbound_of(link: &ShareLink, inventory: &Inventory, sub_id: &SubId) -> Result<i64, Vec<i64>> {
    let inbounds = || {
        let clients = on(inventory.with_secret_of(link));
        let own = clients.filter(|(_, client)| client.sub_id.as_ref() == Some(sub_id));
        own.map(|(inbound, _)| inbound)
    };
    only(inbounds().map(|inbound| inbound.id))
        .or_else(|| {
            let with_port = inbounds().filter(|inbound| inbound.port == link.port());
            only(with_port.map(|inbound| inbound.id))
        })
        .ok_or_else(|| inbounds().map(|inbound| inbound.id).collect())
}

/// The one that all of them are, if there are any.
fn only(mut ids: impl Iterator<Item = i64>) -> Option<i64> {
    let first = ids.next()?;
    ids.all(|other| other == first).then_some(first)
}

/// The links of one client in one inbound; both are switched on.
#[derive(Clone)]
pub(super) struct Lesson {
    pub(super) inbound: i64,
    pub(super) client: Client,
    /// In their order; none if the panel gives none for this inbound.
    pub(super) links: Vec<ShareLink>,
}

/// The links of a customer's subscription, by inbound.
pub(super) struct Attribution {
    pub(super) lessons: Vec<Lesson>,
    /// Inbounds whose links cannot be told apart.
    pub(super) shared: Vec<i64>,
    /// Inbounds in the order of the links.
    pub(super) order: Vec<i64>,
    /// Whether there are links that no client of the customer in the list has.
    pub(super) has_more: bool,
}

impl Attribution {
    pub(super) fn of(inventory: &Inventory, sub_id: &SubId, links: &[ShareLink]) -> Self {
        let told = Told::of(inventory, sub_id, links);
        let clients = on(inventory.clients_of(sub_id)).filter(|(_, client)| client.off.is_none());
        let lesson = |(inbound, client): (&Inbound, &Client)| {
            let links = told.links_of(inbound.id, client)?.cloned().collect();
            Some(Lesson { inbound: inbound.id, client: client.clone(), links })
        };
        let lessons = clients.filter_map(lesson).collect();
        let Told { shared, order, has_more, .. } = told;
        Self { lessons, shared, order, has_more }
    }
}

/// Every link that a panel gave in one answer, by customer.
pub(crate) struct AllLinks(HashMap<SubId, Vec<ShareLink>>);

impl AllLinks {
    /// Links whose secret is nobody's, or more than one customer's, are left out.
    pub(crate) fn new(inventory: &Inventory, texts: &[String]) -> Self {
        let mut by_owner: HashMap<SubId, Vec<ShareLink>> = HashMap::new();
        let mut reader = LinkReader::default();
        for link in texts.iter().filter_map(|text| reader.read(text).ok()) {
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

    /// Those of one customer, which are no other's.
    pub(super) fn of(&self, inventory: &Inventory, sub_id: &SubId) -> Told<'_> {
        let links = self.0.get(sub_id).map(Vec::as_slice).unwrap_or_default();
        Told::of(inventory, sub_id, links)
    }
}
