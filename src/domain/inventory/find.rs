//! Who a purchase is on the panel.
//!
//! By its secrets, else by its e-mail, else by its own subscription id. Where these lead to more
//! than one customer, nobody is found: a guess gives one customer another's access.

use std::collections::HashMap;

use super::index::Found;
use super::{Client, Inbound, Inventory};
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::SubId;

impl Inventory {
    /// The panel's own subscription id of a purchase; `own` is the id that the bot gave it.
    ///
    /// Several secrets may lead to several ids, since passwords can be alike: the id with the most
    /// secrets counts, and of several such ids the one that has the purchase's e-mail.
    #[must_use]
    pub fn find_client(&self, keys: &ClientKeys, own: &SubId) -> Option<&SubId> {
        if let Some(one) = self.only_hit(&keys.secrets) {
            return Some(one);
        }
        let by_secret = self.most_hits(&keys.secrets);
        if let [one] = by_secret.as_slice() {
            return Some(one);
        }
        let by_email = keys.email.as_deref().map(|email| self.with_email(email));
        let by_email = by_email.unwrap_or_default();
        match (by_secret.as_slice(), by_email.as_slice()) {
            ([], []) => self.find_sub_id(own),
            ([], several) => only(several.iter().copied()),
            (several, _) => only(several.iter().copied().filter(|id| by_email.contains(id))),
        }
    }

    /// The clients that are part of a subscription, in the panel's order.
    pub fn clients_of(
        &self,
        sub_id: &SubId,
    ) -> impl Iterator<Item = (&Inbound, &Client)> + use<'_> {
        self.index.with_sub_id(&self.inbounds, sub_id.reveal())
    }

    /// How many customers there are: different subscription ids.
    #[must_use]
    pub fn client_count(&self) -> usize {
        self.index.count_sub_ids(&self.inbounds)
    }

    fn find_sub_id(&self, id: &SubId) -> Option<&SubId> {
        self.index.with_sub_id(&self.inbounds, id.reveal()).next()?.1.sub_id.as_ref()
    }

    /// The subscription id that all of these secrets lead to that lead anywhere: the usual case.
    fn only_hit(&self, secrets: &[String]) -> Option<&SubId> {
        let found = secrets.iter().flat_map(|it| self.index.with_secret(&self.inbounds, it));
        let mut ids = found.filter_map(|(_, client)| client.sub_id.as_ref());
        let first = ids.next()?;
        ids.all(|other| other == first).then_some(first)
    }

    /// The subscription ids that the most of these secrets lead to.
    fn most_hits(&self, secrets: &[String]) -> Vec<&SubId> {
        let mut hits: HashMap<&SubId, usize> = HashMap::new();
        for secret in secrets {
            for id in distinct(self.index.with_secret(&self.inbounds, secret)) {
                *hits.entry(id).or_default() += 1;
            }
        }
        let most = hits.values().copied().max().unwrap_or_default();
        hits.into_iter().filter(|&(_, count)| count == most).map(|(id, _)| id).collect()
    }

    /// The subscription ids of clients that are called so: `in<inbound>.` and the e-mail, or the
    /// e-mail alone.
    fn with_email(&self, email: &str) -> Vec<&SubId> {
        let mut found: Vec<Found<'_>> = self.index.with_email(&self.inbounds, email).collect();
        for inbound in &self.inbounds {
            let name = format!("in{}.{email}", inbound.id);
            let named = self.index.with_email(&self.inbounds, &name);
            found.extend(named.filter(|(of, _)| of.id == inbound.id));
        }
        distinct(found)
    }
}

fn distinct<'a>(found: impl IntoIterator<Item = Found<'a>>) -> Vec<&'a SubId> {
    let mut ids: Vec<&SubId> =
        found.into_iter().filter_map(|(_, client)| client.sub_id.as_ref()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn only<'a>(mut ids: impl Iterator<Item = &'a SubId>) -> Option<&'a SubId> {
    let first = ids.next()?;
    ids.next().is_none().then_some(first)
}
