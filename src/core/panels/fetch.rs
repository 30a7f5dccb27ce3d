//! One purchase: who it is on the panel, and its own subscription there.
//!
//! ```text
//! remembered id? ─▶ its subscription ─▶ unknown? ─┐
//!      none ──────────────────────────────────────┴▶ the list ─▶ found ─▶ its subscription
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
use crate::domain::reason::PanelFailure;
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
        let at_hand = self.list_at_hand();
        match self.fetch_client(mapped, at_hand, deadline, bill).await {
            Err(PanelFailure::UnknownSubscription) => {
                self.look_up(contact, Some(mapped), deadline, bill).await
            }
            result => result,
        }
    }

    /// Finds the purchase in the list; `tried` is an id that the panel does not know.
    async fn look_up(
        &self,
        contact: &Contact,
        tried: Option<&SubId>,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Given, PanelFailure> {
        let find = |list: &Inventory| list.find_client(&contact.keys, &contact.own).cloned();
        let mut read = self.list(LIST_AGE, deadline, bill).await;
        if contact.is_new && read.as_ref().is_ok_and(|list| find(list).is_none()) {
            read = self.list(FRESH_LIST_AGE, deadline, bill).await;
        }
        let list = match read {
            Ok(list) => list,
            Err(why) => return self.without_list(contact, tried, why, deadline, bill).await,
        };
        let Some(found) = find(&list) else { return Err(PanelFailure::UnknownSubscription) };
        if tried == Some(&found) && list.off(&found).is_none() {
            return Err(PanelFailure::UnknownSubscription);
        }
        self.fetch_client(&found, Some(list), deadline, bill).await
    }

    /// The panel may know the purchase by its own id, as it did in July.
    async fn without_list(
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
            NoList::Failed(failure) if !failure.was_reached() && self.is_one_place() => {
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
        let question = || self.read_anywhere(id, &elsewhere);
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

fn parts(fetched: Fetched) -> (Vec<ShareLink>, Headers) {
    (fetched.subscription.links, fetched.headers)
}
