//! One purchase: who it is on the panel, and its own subscription there.
//!
//! ```text
//! remembered id? ─▶ its subscription ─▶ unknown, or with links of others? ─┐
//!      none, or another one in the list at hand ──────────────────────────┴▶ the list
//!
//!                                             the list ─▶ found ─▶ its subscription
//!                                                       │    └▶ nobody: unknown
//!                                                       └ none ─▶ its own id, as the panel's
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::admin::session::NoList;
use super::asking::{Bill, Topic};
use super::given::Given;
use super::lists::{FRESH_LIST_AGE, LIST_AGE};
use super::panel::{Answer, Panel};
use super::wire::subscription::{self, Fetched};
use crate::database::contacts::Contact;
use crate::domain::ids::SubId;
use crate::domain::inventory::Inventory;
use crate::domain::reason::{PanelFailure, Unreachable};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::Headers;
use crate::domain::way::Way;

impl Panel {
    /// One purchase's slice; over at `deadline` at the latest.
    pub(crate) async fn fetch(&self, contact: &Contact, deadline: Instant) -> Answer {
        let mut bill = Bill::default();
        let result = match contact.mapped() {
            Some(mapped) => self.fetch_mapped(contact, mapped, deadline, &mut bill).await,
            None => self.look_up(contact, None, deadline, &mut bill).await,
        };
        bill.answer(result)
    }

    /// The subscription of `client`, or of the purchase's own id: its links as the panel gives
    /// them, whatever a list says. `inventory` is the list that led here.
    pub(crate) async fn fetch_own(
        &self,
        contact: &Contact,
        client: Option<&SubId>,
        inventory: Option<Arc<Inventory>>,
        deadline: Instant,
    ) -> Answer {
        let mut bill = Bill::default();
        let result = match client {
            Some(client) => self.fetch_client(client, inventory, deadline, &mut bill).await,
            None => self.fetch_by_own_id(contact, deadline, &mut bill).await,
        };
        bill.answer(result)
    }

    async fn fetch_mapped(
        &self,
        contact: &Contact,
        mapped: &SubId,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let mut at_hand = self.list_at_hand();
        match at_hand.as_ref().map(|list| find(contact, list)) {
            Some(Some(found)) if found != mapped => {
                return self.look_up(contact, None, deadline, bill).await;
            }
            // The list may be from a moment at which the client was not there.
            Some(None) => at_hand = None,
            Some(Some(_)) | None => {}
        }
        let is_unchecked = at_hand.is_none();
        match self.fetch_client(mapped, at_hand, deadline, bill).await {
            Err(PanelFailure::UnknownSubscription) => {
                self.look_up(contact, Some(mapped), deadline, bill).await
            }
            Ok(given) if is_unchecked && is_strange(contact, &given.links) => {
                self.check(contact, mapped, given, deadline, bill).await
            }
            result => result,
        }
    }

    /// Asks the list whether the remembered id is still the purchase's: none of the links of
    /// `given` has its secrets. Without a list the answer stands.
    async fn check(
        &self,
        contact: &Contact,
        mapped: &SubId,
        given: Given,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let Ok(list) = self.list(LIST_AGE, deadline, bill).await else { return Ok(given) };
        if find(contact, &list) == Some(mapped) && list.off(mapped).is_none() {
            return Ok(Given { inventory: Some(list), ..given });
        }
        self.look_up(contact, None, deadline, bill).await
    }

    /// Finds the purchase in the list; `tried` is an id that the panel does not know.
    async fn look_up(
        &self,
        contact: &Contact,
        tried: Option<&SubId>,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let mut read = self.list(LIST_AGE, deadline, bill).await;
        if contact.is_new && read.as_ref().is_ok_and(|list| find(contact, list).is_none()) {
            read = self.list(FRESH_LIST_AGE, deadline, bill).await;
        }
        let list = match read {
            Ok(list) => list,
            Err(why) => return self.without_list(contact, tried, why, deadline, bill).await,
        };
        let found = find(contact, &list).cloned();
        let Some(found) = found else { return Err(PanelFailure::UnknownSubscription) };
        if tried == Some(&found) && list.off(&found).is_none() {
            return Err(PanelFailure::UnknownSubscription);
        }
        self.fetch_client(&found, Some(list), deadline, bill).await
    }

    /// The panel may know the purchase by its own id, as it did in July.
    pub(super) async fn without_list(
        &self,
        contact: &Contact,
        tried: Option<&SubId>,
        why: NoList,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let cause = match why {
            NoList::Useless(_) => PanelFailure::UnknownSubscription,
            // Asking elsewhere at once does not relieve a panel that asks us to wait.
            NoList::Failed(failure @ PanelFailure::Busy(_)) => return Err(failure),
            NoList::Failed(failure) if self.is_one_place() && self.is_away(failure) => {
                return Err(failure);
            }
            NoList::Failed(failure) => failure,
        };
        if tried == Some(&contact.own) {
            return Err(cause);
        }
        match self.fetch_by_own_id(contact, deadline, bill).await {
            Err(PanelFailure::UnknownSubscription) => Err(cause),
            result => result,
        }
    }

    /// Whether a list that failed so says that subscriptions at the same place fail as well. A
    /// large list may come late, or break off, where a subscription does not; a panel that did
    /// not even let us in has no such excuse.
    fn is_away(&self, failure: PanelFailure) -> bool {
        let PanelFailure::Unreachable(how) = failure else { return false };
        match how {
            Unreachable::Refused
            | Unreachable::Dns
            | Unreachable::Tls(_)
            | Unreachable::NoRoute => true,
            Unreachable::Timeout | Unreachable::Cut | Unreachable::Gateway(_) => {
                !self.access().is_inside()
            }
        }
    }

    async fn fetch_client(
        &self,
        client: &SubId,
        inventory: Option<Arc<Inventory>>,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let off = inventory.as_ref().and_then(|list| list.off(client));
        // Something may work in an inbound that the list could not tell.
        let read = match &inventory {
            Some(list) if off.is_some() && list.is_whole() => {
                Err(PanelFailure::UnknownSubscription)
            }
            _ => self.read(client, deadline, bill).await.map(parts),
        };
        let ((links, headers), off) = match read {
            Err(PanelFailure::UnknownSubscription) if off.is_some() => (Default::default(), off),
            read => (read?, None),
        };
        let choices = self.learned().choices.clone();
        let client = Some(client.clone());
        Ok(Given { links, headers, way: Way::PerClient, client, inventory, choices, off })
    }

    async fn fetch_by_own_id(
        &self,
        contact: &Contact,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let (links, headers) = self.read(&contact.own, deadline, bill).await.map(parts)?;
        let choices = self.learned().choices.clone();
        let way = Way::Subscription;
        Ok(Given { links, headers, way, client: None, inventory: None, choices, off: None })
    }

    /// Reads a subscription.
    pub(super) async fn read(
        &self,
        id: &SubId,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Fetched, PanelFailure> {
        let elsewhere = AtomicU64::new(0);
        let question = |_| self.read_anywhere(id, &elsewhere);
        let result = self.ask(Topic::Subscription, deadline, bill, question).await;
        bill.requests += elsewhere.into_inner();
        result
    }

    /// `subscription_base_url` first, then `panel_url`; afterwards the one that gave links.
    /// `elsewhere` counts how often the second one was asked.
    async fn read_anywhere(
        &self,
        id: &SubId,
        elsewhere: &AtomicU64,
    ) -> Result<Fetched, PanelFailure> {
        let address = self.address()?;
        let bases = [&address.subscription_base_url, &address.panel_url];
        let proven = self.learned().base;
        let order: &[usize] = match proven {
            Some(1) => &[1, 0],
            _ => &[0, 1],
        };
        let mut first_failure = None;
        for &index in order {
            let base = bases[index];
            let is_repeated = index == 1 && bases[0] == bases[1];
            if base.is_empty() || is_repeated {
                continue;
            }
            if first_failure.is_some() {
                elsewhere.fetch_add(1, Ordering::Relaxed);
            }
            let prefix = &address.subscription_path_prefix;
            let url = subscription::address(base, prefix, id.reveal());
            match subscription::read(&self.clients.subscriptions, &url).await {
                Ok(fetched) => {
                    self.learned().base = Some(index);
                    return Ok(fetched);
                }
                // Where links came from before, "unknown" is the truth about this customer.
                Err(failure @ PanelFailure::UnknownSubscription) if proven == Some(index) => {
                    return Err(failure);
                }
                // Asking elsewhere at once does not relieve a panel that asks us to wait.
                Err(failure @ PanelFailure::Busy(_)) => return Err(failure),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        Err(first_failure.unwrap_or(PanelFailure::Unusable))
    }
}

/// Who the purchase is in a list.
fn find<'a>(contact: &Contact, list: &'a Inventory) -> Option<&'a SubId> {
    list.find_client(&contact.keys, &contact.own)
}

/// Whether none of these links is the purchase's, as far as its secrets say.
fn is_strange(contact: &Contact, links: &[ShareLink]) -> bool {
    let is_own = |link: &ShareLink| contact.keys.secrets.iter().any(|own| own == link.secret());
    !contact.keys.secrets.is_empty() && !links.iter().any(is_own)
}

fn parts(fetched: Fetched) -> (Vec<ShareLink>, Headers) {
    (fetched.subscription.links, fetched.headers)
}
