//! Whom a panel can be asked about, and who tells the most with one answer.

use std::collections::HashMap;

use crate::domain::ids::SubId;
use crate::domain::inventory::Inventory;

/// Someone whose subscription can be read.
pub(super) struct Customer {
    pub(super) sub_id: SubId,
    pub(super) seats: Vec<Seat>,
    pub(super) state: CustomerState,
}

/// A client of a customer in an enabled inbound; it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) inbound: i64,
    pub(super) has_flow: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CustomerState {
    Unasked,
    Asked,
    Read,
    Failed,
}

impl Customer {
    /// Everybody with a client that works, in the panel's order.
    pub(super) fn list(inventory: &Inventory) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut places: HashMap<&SubId, usize> = HashMap::new();
        for inbound in inventory.inbounds.iter().filter(|inbound| inbound.enabled) {
            for client in inbound.clients.iter().filter(|client| client.off.is_none()) {
                let Some(sub_id) = &client.sub_id else { continue };
                let at = *places.entry(sub_id).or_insert_with(|| {
                    let (sub_id, seats) = (sub_id.clone(), Vec::new());
                    all.push(Self { sub_id, seats, state: CustomerState::Unasked });
                    all.len() - 1
                });
                let has_flow = !client.flow.is_empty();
                if let Some(customer) = all.get_mut(at) {
                    customer.sit(Seat { inbound: inbound.id, has_flow });
                }
            }
        }
        all
    }

    /// Several clients of one inbound are one seat.
    fn sit(&mut self, seat: Seat) {
        match self.seats.last_mut().filter(|last| last.inbound == seat.inbound) {
            Some(last) => last.has_flow |= seat.has_flow,
            None => self.seats.push(seat),
        }
    }

    /// Whether it has a client in this inbound.
    pub(super) fn sits_at(&self, inbound: i64) -> bool {
        self.seats.iter().any(|seat| seat.inbound == inbound)
    }
}

/// The customers of one inbound, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Whose answer is there, or on its way.
    pub(super) asked: usize,
    /// Those and the ones that may still be asked.
    pub(super) usable: usize,
    /// Of those asked, the ones with a flow.
    pub(super) asked_with_flow: usize,
}

impl Tally {
    /// By inbound.
    pub(super) fn of(customers: &[Customer]) -> HashMap<i64, Self> {
        let mut tallies: HashMap<i64, Self> = HashMap::new();
        for customer in customers.iter().filter(|one| one.state != CustomerState::Failed) {
            let asked = usize::from(customer.state != CustomerState::Unasked);
            for seat in &customer.seats {
                let tally = tallies.entry(seat.inbound).or_default();
                tally.usable += 1;
                tally.asked += asked;
                tally.asked_with_flow += asked * usize::from(seat.has_flow);
            }
        }
        tallies
    }
}
