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
                    customer.seats.push(Seat { inbound: inbound.id, has_flow });
                }
            }
        }
        all
    }

    pub(super) fn sits_at(&self, inbound: i64) -> bool {
        self.seats.iter().any(|seat| seat.inbound == inbound)
    }

    /// Whether an answer is there, or on its way.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self.state, CustomerState::Asked | CustomerState::Read)
    }
}
