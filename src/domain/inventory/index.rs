//! Where the clients of an inventory are found by secret, e-mail and subscription id.
//!
//! Each index is a list of places, sorted by a hash of what stands there: 12 bytes for each client,
//! and no second copy of any text. A look-up takes as many comparisons as the number of clients has
//! bits, nearly all of them within the list: going after a text for each would take four times as
//! long.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Client, Inbound};

/// Which client of which inbound.
#[derive(Clone, Copy)]
struct Place {
    /// Of the text that stands there.
    hash: u32,
    inbound: u32,
    client: u32,
}

/// See the head of this file.
#[derive(Clone, Default)]
pub(super) struct Index {
    secrets: Vec<Place>,
    emails: Vec<Place>,
    sub_ids: Vec<Place>,
}

impl Index {
    pub(super) fn new(inbounds: &[Inbound]) -> Self {
        Self {
            secrets: sorted(inbounds, secret),
            emails: sorted(inbounds, email),
            sub_ids: sorted(inbounds, sub_id),
        }
    }

    pub(super) fn with_secret<'a>(&self, inbounds: &'a [Inbound], key: &str) -> Vec<Found<'a>> {
        find(inbounds, &self.secrets, secret, key)
    }

    pub(super) fn with_email<'a>(&self, inbounds: &'a [Inbound], key: &str) -> Vec<Found<'a>> {
        find(inbounds, &self.emails, email, key)
    }

    pub(super) fn with_sub_id<'a>(&self, inbounds: &'a [Inbound], key: &str) -> Vec<Found<'a>> {
        find(inbounds, &self.sub_ids, sub_id, key)
    }

    /// How many different subscription ids there are.
    pub(super) fn count_sub_ids(&self, inbounds: &[Inbound]) -> usize {
        let mut ids: Vec<&str> =
            self.sub_ids.iter().map(|&at| key_at(inbounds, at, sub_id)).collect();
        ids.dedup();
        ids.len()
    }
}

/// A client, and the inbound that it is of.
pub(super) type Found<'a> = (&'a Inbound, &'a Client);

type Key = fn(&Client) -> &str;

fn secret(client: &Client) -> &str {
    &client.secret
}

fn email(client: &Client) -> &str {
    &client.email
}

fn sub_id(client: &Client) -> &str {
    client.sub_id.as_ref().map_or("", |id| id.reveal())
}

/// The same for the same text. Two texts may share one: so the text is compared as well.
fn hash(text: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Clients that have the key at all; those with the same one in the panel's order.
fn sorted(inbounds: &[Inbound], key: Key) -> Vec<Place> {
    let mut places = Vec::new();
    for (inbound, one) in (0..).zip(inbounds) {
        for (client, it) in (0..).zip(&one.clients).filter(|(_, client)| !key(client).is_empty()) {
            places.push(Place { hash: hash(key(it)), inbound, client });
        }
    }
    places.sort_by(|&a, &b| {
        let by_text = || key_at(inbounds, a, key).cmp(key_at(inbounds, b, key));
        a.hash.cmp(&b.hash).then_with(by_text)
    });
    places.shrink_to_fit();
    places
}

fn at(inbounds: &[Inbound], place: Place) -> Option<Found<'_>> {
    let inbound = inbounds.get(place.inbound as usize)?;
    Some((inbound, inbound.clients.get(place.client as usize)?))
}

fn key_at(inbounds: &[Inbound], place: Place, key: Key) -> &str {
    at(inbounds, place).map_or("", |(_, client)| key(client))
}

fn find<'a>(inbounds: &'a [Inbound], sorted: &[Place], key: Key, is: &str) -> Vec<Found<'a>> {
    if is.is_empty() {
        return Vec::new();
    }
    let hash = hash(is);
    let is_before = |place: &Place| {
        place.hash < hash || (place.hash == hash && key_at(inbounds, *place, key) < is)
    };
    let first = sorted.partition_point(is_before);
    let same = sorted[first..].iter().take_while(|place| place.hash == hash);
    let found = same.filter_map(|&place| at(inbounds, place));
    found.take_while(|(_, client)| key(client) == is).collect()
}
