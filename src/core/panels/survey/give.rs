//! A purchase's links from what was surveyed.

use std::sync::Arc;

use super::attribution::Told;
use super::maker::{self, Maker};
use super::{Gift, Given, Survey};
use crate::database::contacts::Contact;
use crate::domain::ids::SubId;
use crate::domain::inventory::{Client, ClientOff, Inbound};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Headers, USAGE_HEADER};
use crate::domain::way::Way;

impl Survey {
    /// What there is for a purchase, without a request.
    ///
    /// Links of inbounds that are switched off are left out, as subscriptions leave them out. So
    /// are those of single clients that are off; what a purchase has of them from before is for
    /// the judge, who sees their reason in the inventory.
    pub(crate) fn give(&self, contact: &Contact) -> Gift {
        let found = self.inventory.find_client(&contact.keys, &contact.own);
        if !self.inventory.is_whole() {
            return Gift::Own(self.of_no_whole_list(contact, found));
        }
        let Some(sub_id) = found else { return Gift::Unknown };
        if let Some(off) = self.inventory.off(sub_id) {
            return Gift::Off(self.given(sub_id, Vec::new(), self.way(), Some(off)));
        }
        if contact.origin.per_client || self.with_more.contains(sub_id) {
            return Gift::Own(sub_id.clone());
        }
        match self.links_of(sub_id) {
            Some((links, way)) => Gift::Links(self.given(sub_id, links, way, None)),
            None => {
                self.count_per_client(sub_id);
                Gift::Own(sub_id.clone())
            }
        }
    }

    /// Whom to ask for where anybody may be in an inbound that could not be read.
    fn of_no_whole_list(&self, contact: &Contact, found: Option<&SubId>) -> SubId {
        for inbound in self.inventory.inbounds.iter().filter(|inbound| inbound.unread.is_some()) {
            self.one_by_one.add(inbound.id);
        }
        if let Some(sub_id) = found {
            self.count_per_client(sub_id);
        }
        found.or(contact.mapped()).unwrap_or(&contact.own).clone()
    }

    /// Counts the purchase for each inbound of its that no list gives.
    fn count_per_client(&self, sub_id: &SubId) {
        let clients = self.clients_in_order(sub_id).into_iter();
        let mut inbounds: Vec<i64> = clients.map(|(inbound, _)| inbound.id).collect();
        inbounds.retain(|id| matches!(self.makers.get(id), Some(Maker::PerClient(_))));
        inbounds.dedup();
        for inbound in inbounds {
            self.one_by_one.add(inbound);
        }
    }

    /// `None` where its own subscription has to tell.
    fn links_of(&self, sub_id: &SubId) -> Option<(Vec<ShareLink>, Way)> {
        let listed = self.all_links.as_ref().map(|all| all.of(&self.inventory, sub_id));
        let mut links = Vec::new();
        let mut way = Way::Links;
        for (inbound, client) in self.clients_in_order(sub_id) {
            match self.makers.get(&inbound.id)? {
                Maker::Links(count) => {
                    links.extend(find_listed(*count, listed.as_ref(), inbound, client)?);
                }
                Maker::Patterns(patterns) => {
                    way = Way::Learned;
                    let made = maker::make(patterns, client)?;
                    // A secret that another customer has as well gives its links to neither.
                    let is_own = |link: &ShareLink| self.inventory.owner(link) == Some(sub_id);
                    links.extend(made.iter().all(is_own).then_some(made)?);
                }
                Maker::PerClient(_) => return None,
            }
        }
        (!links.is_empty()).then_some((links, way))
    }

    /// The clients that work, in the order of subscriptions.
    fn clients_in_order(&self, sub_id: &SubId) -> Vec<(&Inbound, &Client)> {
        let works =
            |(inbound, client): &(&Inbound, &Client)| inbound.enabled && client.off.is_none();
        let mut clients: Vec<_> = self.inventory.clients_of(sub_id).filter(works).collect();
        clients.sort_by_key(|(inbound, _)| {
            self.order.iter().position(|id| *id == inbound.id).unwrap_or(usize::MAX)
        });
        clients
    }

    fn given(
        &self,
        sub_id: &SubId,
        links: Vec<ShareLink>,
        way: Way,
        off: Option<ClientOff>,
    ) -> Given {
        let client = Some(sub_id.clone());
        let inventory = Some(Arc::clone(&self.inventory));
        let choices = inventory.clone();
        Given { links, headers: self.headers_of(sub_id), way, client, inventory, choices, off }
    }

    fn headers_of(&self, sub_id: &SubId) -> Headers {
        let usage = self.inventory.usage(sub_id).map(|value| (USAGE_HEADER.to_owned(), value));
        self.headers.iter().cloned().chain(usage).collect()
    }
}

/// A client's links in the panel's list, if there are as many as others have.
fn find_listed(
    count: usize,
    listed: Option<&Told<'_>>,
    inbound: &Inbound,
    client: &Client,
) -> Option<Vec<ShareLink>> {
    let links: Vec<ShareLink> = listed?.links_of(inbound.id, client)?.cloned().collect();
    (links.len() == count).then_some(links)
}
