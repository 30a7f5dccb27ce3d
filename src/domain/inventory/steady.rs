//! REALITY's random fields stay as they were from one update to the next.
//!
//! A panel draws `sni`, `sid` and, before 3.5, `spx` anew for each answer (fact C15 of
//! src/ARCHITECTURE.md). Apps take a link with other ones for another server, so what a subscriber
//! has is kept while the panel could still have drawn it.

use super::{Inventory, Reality};
use crate::domain::share_link::ShareLink;

impl Inventory {
    /// `new` with the random fields of `kept`, if these are still among the inbound's choices.
    ///
    /// `None` if they are not, or either is no REALITY link of this panel, or they are not the same
    /// link. All else stays as `new` has it, byte for byte.
    #[must_use]
    pub fn steady(&self, new: &ShareLink, kept: &ShareLink) -> Option<ShareLink> {
        if new.identity() != kept.identity() {
            return None;
        }
        let public_key = new.find_query("pbk").filter(|_| is_reality(new))?;
        let mut sources = self.drawn_by(&public_key);
        // Inbounds with one key may have other choices each; behind a proxy the port says nothing.
        if sources.iter().any(|(port, _)| *port == new.port()) {
            sources.retain(|(port, _)| *port == new.port());
        }
        sources.iter().find(|(_, reality)| reality.could_draw(kept))?;
        new.with_query_of(kept, &["sni", "sid", "spx"])
    }

    /// The inbounds with this key: their ports, and what they draw from.
    fn drawn_by(&self, public_key: &str) -> Vec<(u16, &Reality)> {
        let all = self.inbounds.iter();
        let all = all.filter_map(|inbound| Some((inbound.port, inbound.reality.as_ref()?)));
        all.filter(|(_, reality)| reality.public_key == public_key).collect()
    }
}

impl Reality {
    fn could_draw(&self, link: &ShareLink) -> bool {
        let is_among = |choices: &[String], key: &str| {
            let value = link.find_query(key).unwrap_or_default();
            choices.contains(&value)
        };
        is_among(&self.server_names, "sni") && is_among(&self.short_ids, "sid")
    }
}

fn is_reality(link: &ShareLink) -> bool {
    link.find_query("security").as_deref() == Some("reality")
}
