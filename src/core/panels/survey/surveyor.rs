//! Which subscriptions are read for a survey, and what follows from them.
//!
//! ```text
//!                 allLinks            without
//! needed          one customer        two customers   of each inbound
//! they agree      Links               Patterns
//! they differ     two customers ─▶    PerClient
//! ```
//!
//! Greedy: the customer that is of use to the most inbounds is asked first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::attribution::{AllLinks, Attribution, Lesson};
use super::customers::{Customer, CustomerState, Seat};
use super::maker::{Maker, by_links, by_pattern};
use super::{Survey, Why, headers};
use crate::domain::ids::SubId;
use crate::domain::inventory::{Inbound, Inventory};
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

/// An enabled inbound with customers.
struct Subject {
    inbound: i64,
    /// Whether one of its clients has a flow; then one of those should teach.
    has_flow: bool,
    /// Whether the panel's list of links may be right for it.
    is_listed: bool,
    maker: Option<Maker>,
}

/// A subscription that was read.
struct Reading {
    sub_id: SubId,
    attribution: Attribution,
    headers: Headers,
}

impl Surveyor {
    /// `all_links` is the panel's list of links, where it has one, as texts.
    pub(crate) fn new(inventory: Arc<Inventory>, all_links: Option<&[String]>) -> Self {
        let all_links = all_links.map(|texts| AllLinks::new(&inventory, texts));
        let customers = Customer::list(&inventory);
        let enabled = inventory.inbounds.iter().filter(|inbound| inbound.enabled);
        let subjects = enabled.filter_map(|inbound| Subject::find(inbound, all_links.is_some()));
        let subjects = subjects.collect();
        let readings = Vec::new();
        Self { inventory, all_links, subjects, customers, readings, requests: 0, unreached: 0 }
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
                let mut attribution = Attribution::of(&self.inventory, id, &subscription.links);
                attribution.has_more |= !subscription.other.is_empty();
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
    pub(crate) fn finish(self) -> Survey {
        let makers = self.subjects.iter().map(|subject| subject.inbound);
        let left: Vec<(i64, Why)> =
            makers.map(|inbound| (inbound, self.why_left(inbound))).collect();
        let read: Vec<(&SubId, &Headers)> =
            self.readings.iter().map(|one| (&one.sub_id, &one.headers)).collect();
        let headers = headers::for_everybody(&read);
        let order = self.order();
        let with_more = self.readings.iter().filter(|one| one.attribution.has_more);
        let with_more: HashSet<SubId> = with_more.map(|one| one.sub_id.clone()).collect();
        let mut makers: HashMap<i64, Maker> = HashMap::new();
        for (subject, (inbound, why)) in self.subjects.into_iter().zip(left) {
            makers.insert(inbound, subject.maker.unwrap_or(Maker::PerClient(why)));
        }
        Survey {
            inventory: self.inventory,
            all_links: self.all_links,
            makers,
            order,
            with_more,
            headers,
            requests: self.requests,
        }
    }

    fn why_left(&self, inbound: i64) -> Why {
        let customers = self.customers.iter().filter(|customer| customer.sits_at(inbound));
        if customers.count() == 1 { Why::OneClient } else { Why::NoAnswer }
    }

    /// The inbounds as subscriptions order them: those of the fullest one, the others where their
    /// own subscription has them.
    fn order(&self) -> Vec<i64> {
        let mut seen: Vec<&Vec<i64>> =
            self.readings.iter().map(|reading| &reading.attribution.order).collect();
        seen.sort_by_key(|order| std::cmp::Reverse(order.len()));
        let mut merged: Vec<i64> = Vec::new();
        for order in seen {
            let mut after = 0;
            for inbound in order {
                let known = merged.iter().position(|known| known == inbound);
                let at = known.unwrap_or_else(|| {
                    merged.insert(after, *inbound);
                    after
                });
                after = at + 1;
            }
        }
        merged
    }

    /// The customer that is of the most use.
    fn choose(&self) -> Option<usize> {
        let budget = self.subjects.len() * MOST_FOR_INBOUND;
        if self.requests >= budget || self.unreached >= MOST_UNREACHED {
            return None;
        }
        let wanted: HashMap<i64, Want> =
            self.subjects.iter().filter_map(|one| Some((one.inbound, self.want(one)?))).collect();
        if wanted.is_empty() {
            return None;
        }
        let unasked = |(_, one): &(usize, &Customer)| one.state == CustomerState::Unasked;
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

    /// Whom an inbound still needs; `None` if nobody, or if there are too few.
    fn want(&self, subject: &Subject) -> Option<Want> {
        if subject.maker.is_some() {
            return None;
        }
        let needed = if subject.is_listed { 1 } else { 2 };
        let at_it = || self.customers.iter().filter(|customer| customer.sits_at(subject.inbound));
        let asked: Vec<&Customer> = at_it().filter(|customer| customer.is_asked()).collect();
        let usable = at_it().filter(|customer| customer.state != CustomerState::Failed).count();
        if asked.len() >= needed || usable < needed {
            return None;
        }
        let has_flow = |seat: &Seat| seat.inbound == subject.inbound && seat.has_flow;
        let teaches = asked.iter().any(|customer| customer.seats.iter().any(has_flow));
        let wants_flow = subject.has_flow && !subject.is_listed && !teaches;
        Some(if wants_flow { Want::Flow } else { Want::Any })
    }

    /// Decides what can be decided.
    fn assess(&mut self) {
        for subject in self.subjects.iter_mut().filter(|subject| subject.maker.is_none()) {
            let is_shared =
                |reading: &Reading| reading.attribution.shared.contains(&subject.inbound);
            if self.readings.iter().any(is_shared) {
                subject.maker = Some(Maker::PerClient(Why::SharedSecret));
                continue;
            }
            if subject.is_listed {
                subject.assess_list(&self.inventory, self.all_links.as_ref(), &self.readings);
            }
            if !subject.is_listed && count(&self.readings, subject.inbound) >= 2 {
                let lessons: Vec<&Lesson> =
                    lessons(&self.readings, subject.inbound).map(|(_, lesson)| lesson).collect();
                subject.maker = Some(by_pattern(&lessons));
            }
        }
    }
}

/// Who is of use to an inbound.
#[derive(Debug, Clone, Copy)]
enum Want {
    Any,
    /// Best of all someone with a flow.
    Flow,
}

impl Want {
    fn worth(self, seat: Seat) -> usize {
        match self {
            Self::Flow if !seat.has_flow => 1,
            Self::Flow | Self::Any => 2,
        }
    }
}

impl Subject {
    /// `None` if nobody has a client in it that works.
    fn find(inbound: &Inbound, is_listed: bool) -> Option<Self> {
        let works = |client: &&_| is_customer(client);
        let mut clients = inbound.clients.iter().filter(works).peekable();
        clients.peek()?;
        let (mut has_flow, mut has_secrets) = (false, true);
        for client in clients {
            has_flow |= !client.flow.is_empty();
            has_secrets &= !client.secret.is_empty();
        }
        let maker = (!has_secrets).then_some(Maker::PerClient(Why::NoSecret));
        Some(Self { inbound: inbound.id, has_flow, is_listed, maker })
    }

    fn assess_list(
        &mut self,
        inventory: &Inventory,
        all_links: Option<&AllLinks>,
        readings: &[Reading],
    ) {
        let (of, lessons): (Vec<&SubId>, Vec<&Lesson>) = lessons(readings, self.inbound).unzip();
        if lessons.is_empty() {
            return;
        }
        let listed = of.iter().map(|id| all_links.map(|all| all.of(inventory, id)));
        self.maker = by_links(&lessons, &listed.collect::<Vec<_>>());
        self.is_listed = self.maker.is_some();
    }
}

fn is_customer(client: &crate::domain::inventory::Client) -> bool {
    client.sub_id.is_some() && client.off.is_none()
}

/// What was read of an inbound, and whose it is.
fn lessons(readings: &[Reading], inbound: i64) -> impl Iterator<Item = (&SubId, &Lesson)> {
    readings.iter().flat_map(move |reading| {
        let of_inbound =
            reading.attribution.lessons.iter().filter(move |lesson| lesson.inbound == inbound);
        of_inbound.map(|lesson| (&reading.sub_id, lesson))
    })
}

/// Of how many customers an inbound was read.
fn count(readings: &[Reading], inbound: i64) -> usize {
    let has =
        |reading: &&Reading| reading.attribution.lessons.iter().any(|one| one.inbound == inbound);
    readings.iter().filter(has).count()
}
