//! Which subscriptions are read for a survey, and what follows from them.
//!
//! ```text
//!                 allLinks            without
//! needed          one customer        two customers   of each inbound
//! they agree      Links               Patterns
//! they differ     two customers ─▶    PerClient
//! ```
//!
//! Greedy: the customer that is of use to the most inbounds is asked first. Where one is enough, a
//! second one, who may be asked beside it, tells which headers are for everybody.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::attribution::{AllLinks, Attribution};
use super::customers::{Customer, CustomerState, Seat, Tally};
use super::maker::Maker;
use super::reading::{Reading, order};
use super::subject::{Subject, Want};
use super::{OneByOne, Survey, Why, headers};
use crate::domain::ids::SubId;
use crate::domain::inventory::Inventory;
use crate::domain::reason::PanelFailure;
use crate::domain::slice::Headers;
use crate::domain::subscription::Subscription;

/// Requests for each enabled inbound with clients.
const MOST_FOR_INBOUND: usize = 2;

/// Requests that may fail to reach the panel; then nobody else is asked.
const MOST_UNREACHED: usize = 2;

/// Decides for one panel and job; the runner asks.
pub(crate) struct Surveyor {
    inventory: Arc<Inventory>,
    all_links: Option<AllLinks>,
    /// In the panel's order.
    subjects: Vec<Subject>,
    customers: Vec<Customer>,
    readings: Vec<Reading>,
    requests: usize,
    unreached: usize,
}

impl Surveyor {
    /// `has_all_links`: the panel seems to have a list of links; that is heard before any answer.
    pub(crate) fn new(inventory: Arc<Inventory>, has_all_links: bool) -> Self {
        let customers = Customer::list(&inventory);
        let enabled = inventory.inbounds.iter().filter(|inbound| inbound.enabled);
        let subjects = enabled.filter_map(|inbound| Subject::find(inbound, has_all_links));
        let mut subjects: Vec<Subject> = subjects.collect();
        if !inventory.is_whole() {
            for subject in &mut subjects {
                subject.maker = Some(Maker::PerClient(Why::NotWhole));
            }
        }
        let readings = Vec::new();
        let (all_links, requests, unreached) = (None, 0, 0);
        Self { inventory, all_links, subjects, customers, readings, requests, unreached }
    }

    /// Takes the panel's list of links; `None` if there is none after all.
    pub(crate) fn hear_links(&mut self, all_links: Option<AllLinks>) {
        for subject in &mut self.subjects {
            subject.is_listed &= all_links.is_some();
        }
        self.all_links = all_links;
    }

    /// A subscription to read next. `None` if nothing is to be asked just now.
    ///
    /// May be called again before the answers are there: those are counted on.
    pub(crate) fn next(&mut self) -> Option<SubId> {
        let at = self.choose()?;
        let customer = self.customers.get_mut(at)?;
        customer.state = CustomerState::Asked;
        self.requests += 1;
        Some(customer.sub_id.clone())
    }

    /// Whether all answers are there, and nothing is left to ask.
    #[cfg(test)]
    pub(crate) fn is_done(&self) -> bool {
        let is_open = |customer: &Customer| customer.state == CustomerState::Asked;
        !self.customers.iter().any(is_open) && self.choose().is_none()
    }

    /// Takes the answer to a question. An answer that nobody asked for is dropped.
    pub(crate) fn read(
        &mut self,
        id: &SubId,
        answer: Result<(Subscription, Headers), PanelFailure>,
    ) {
        let is_asked = |one: &&mut Customer| one.state == CustomerState::Asked && one.sub_id == *id;
        let Some(customer) = self.customers.iter_mut().find(is_asked) else { return };
        match answer {
            Ok((subscription, headers)) => {
                customer.state = CustomerState::Read;
                let attribution = Attribution::of(&self.inventory, id, &subscription.links);
                self.readings.push(Reading { sub_id: id.clone(), attribution, headers });
                self.assess();
            }
            Err(failure) => {
                customer.state = CustomerState::Failed;
                self.unreached += usize::from(!failure.is_refusal() || failure.may_pass());
            }
        }
    }

    /// What follows from the answers that came.
    pub(crate) fn finish(mut self) -> Survey {
        let read: Vec<(&SubId, &Headers)> =
            self.readings.iter().map(|one| (&one.sub_id, &one.headers)).collect();
        let headers = headers::for_everybody(&read);
        let with_more = self.readings.iter().filter(|one| one.attribution.has_more);
        let with_more: HashSet<SubId> = with_more.map(|one| one.sub_id.clone()).collect();
        // What two customers have beside the list, everybody may have.
        let more = (with_more.len() >= 2 && with_more.len() == self.readings.len())
            .then_some(Why::MoreThanListed);
        let mut makers: HashMap<i64, Maker> = HashMap::new();
        for subject in std::mem::take(&mut self.subjects) {
            let left = || Maker::PerClient(self.why_left(subject.inbound));
            let more = more.or_else(|| self.why_more(subject.inbound));
            let maker = more.map_or_else(|| subject.maker.unwrap_or_else(left), Maker::PerClient);
            makers.insert(subject.inbound, maker);
        }
        Survey {
            order: order(&self.readings),
            one_by_one: Arc::new(OneByOne::new(&self.inventory)),
            inventory: self.inventory,
            all_links: self.all_links,
            makers,
            with_more,
            headers,
            requests: self.requests,
        }
    }

    /// That a client has no link here is not sure where its subscription has one that nobody knows.
    fn why_more(&self, inbound: i64) -> Option<Why> {
        let mut with_more = self.readings.iter().filter(|one| one.attribution.has_more);
        let has_none = |one: &Reading| {
            let mut lessons = one.attribution.lessons.iter();
            lessons.any(|lesson| lesson.inbound == inbound && lesson.links.is_empty())
        };
        with_more.any(has_none).then_some(Why::MoreThanListed)
    }

    fn why_left(&self, inbound: i64) -> Why {
        let customers = self.customers.iter().filter(|customer| customer.sits_at(inbound));
        if customers.count() == 1 { Why::OneClient } else { Why::NoAnswer }
    }

    /// The customer that is of the most use.
    fn choose(&self) -> Option<usize> {
        let budget = self.subjects.len() * MOST_FOR_INBOUND;
        if self.requests >= budget || self.unreached >= MOST_UNREACHED {
            return None;
        }
        let tallies = Tally::of(&self.customers);
        let want = |one: &Subject| Some((one.inbound, one.want(tallies.get(&one.inbound)?)?));
        let wanted: HashMap<i64, Want> = self.subjects.iter().filter_map(want).collect();
        let unasked = |(_, one): &(usize, &Customer)| one.state == CustomerState::Unasked;
        if wanted.is_empty() {
            let mut others = self.customers.iter().enumerate().filter(unasked);
            return others.next().filter(|_| self.wants_headers()).map(|(at, _)| at);
        }
        let mut best = None;
        for (at, customer) in self.customers.iter().enumerate().filter(unasked) {
            let use_of =
                |seat: &Seat| wanted.get(&seat.inbound).map_or(0, |want| want.worth(*seat));
            let worth: usize = customer.seats.iter().map(use_of).sum();
            if worth > best.map_or(0, |(_, most)| most) {
                best = Some((at, worth));
            }
        }
        best.map(|(at, _)| at)
    }

    /// Whether one answer more tells what of the only one is for everybody. While that is on its
    /// way, it is likely.
    fn wants_headers(&self) -> bool {
        let is_open = |customer: &&Customer| customer.state == CustomerState::Asked;
        let open = self.customers.iter().filter(is_open).count();
        match (self.readings.as_slice(), open) {
            ([], 1) => true,
            ([one], 0) => headers::may_be_ones_own(&one.sub_id, &one.headers),
            _ => false,
        }
    }

    /// Decides what can be decided.
    fn assess(&mut self) {
        for subject in self.subjects.iter_mut().filter(|subject| subject.maker.is_none()) {
            subject.assess(&self.inventory, self.all_links.as_ref(), &self.readings);
        }
    }
}
