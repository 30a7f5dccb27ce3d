//! An inbound under survey: whom it needs, and what becomes of it.

use super::Why;
use super::attribution::{AllLinks, Lesson};
use super::customers::{Seat, Tally};
use super::maker::{Maker, by_links, by_pattern};
use super::reading::{Reading, count, lessons};
use crate::domain::ids::SubId;
use crate::domain::inventory::{Client, Inbound, Inventory};

/// An enabled inbound with customers.
pub(super) struct Subject {
    pub(super) inbound: i64,
    /// Whether one of its clients has a flow; then one of those should teach.
    has_flow: bool,
    /// Whether the panel's list of links may be right for it.
    pub(super) is_listed: bool,
    pub(super) maker: Option<Maker>,
}

impl Subject {
    /// `None` if nobody has a client in it that works.
    pub(super) fn find(inbound: &Inbound, is_listed: bool) -> Option<Self> {
        let works = |client: &&Client| client.sub_id.is_some() && client.off.is_none();
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

    /// Whom it still needs; `None` if nobody, or if there are too few.
    pub(super) fn want(&self, tally: &Tally) -> Option<Want> {
        let needed = if self.is_listed { 1 } else { 2 };
        if self.maker.is_some() || tally.asked >= needed || tally.usable < needed {
            return None;
        }
        let wants_flow = self.has_flow && !self.is_listed && tally.asked_with_flow == 0;
        Some(if wants_flow { Want::Flow } else { Want::Any })
    }

    /// Decides, if enough was read.
    pub(super) fn assess(
        &mut self,
        inventory: &Inventory,
        all_links: Option<&AllLinks>,
        readings: &[Reading],
    ) {
        let is_shared = |reading: &Reading| reading.attribution.shared.contains(&self.inbound);
        if readings.iter().any(is_shared) {
            self.maker = Some(Maker::PerClient(Why::SharedSecret));
            return;
        }
        if self.is_listed {
            self.assess_list(inventory, all_links, readings);
        }
        if !self.is_listed && count(readings, self.inbound) >= 2 {
            let lessons: Vec<&Lesson> =
                lessons(readings, self.inbound).map(|(_, lesson)| lesson).collect();
            self.maker = Some(by_pattern(&lessons));
        }
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

/// Who is of use to an inbound.
#[derive(Debug, Clone, Copy)]
pub(super) enum Want {
    Any,
    /// Best of all someone with a flow.
    Flow,
}

impl Want {
    /// How much an answer of this customer helps.
    pub(super) fn worth(self, seat: Seat) -> usize {
        match self {
            Self::Flow if !seat.has_flow => 1,
            Self::Flow | Self::Any => 2,
        }
    }
}
