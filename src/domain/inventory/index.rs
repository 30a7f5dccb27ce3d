//! Where the clients of an inventory are found by secret, e-mail and subscription id.
//!
//! Each index is a list of places, sorted by a hash of what stands there, and a table of where
//! hashes with the same first bits start: 13 bytes at most for each client, and no second copy of
//! any text. A look-up goes to its few places at once, and after the text of those with its hash
//! only. Whoever makes hashes alike gains nothing: such places are sorted by text.

use std::hash::BuildHasher as _;

use foldhash::quality::FixedState;

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
    secrets: Sorted,
    emails: Sorted,
    sub_ids: Sorted,
}

impl Index {
    pub(super) fn new(inbounds: &[Inbound]) -> Self {
        Self {
            secrets: Sorted::new(inbounds, secret),
            emails: Sorted::new(inbounds, email),
            sub_ids: Sorted::new(inbounds, sub_id),
        }
    }

    pub(super) fn with_secret<'a>(
        &'a self,
        inbounds: &'a [Inbound],
        key: &str,
    ) -> impl Iterator<Item = Found<'a>> + use<'a> {
        self.secrets.find(inbounds, secret, key)
    }

    pub(super) fn with_email<'a>(
        &'a self,
        inbounds: &'a [Inbound],
        key: &str,
    ) -> impl Iterator<Item = Found<'a>> + use<'a> {
        self.emails.find(inbounds, email, key)
    }

    pub(super) fn with_sub_id<'a>(
        &'a self,
        inbounds: &'a [Inbound],
        key: &str,
    ) -> impl Iterator<Item = Found<'a>> + use<'a> {
        self.sub_ids.find(inbounds, sub_id, key)
    }

    /// How many different subscription ids there are.
    pub(super) fn count_sub_ids(&self, inbounds: &[Inbound]) -> usize {
        let places = self.sub_ids.places.iter();
        let mut ids: Vec<&str> = places.map(|&at| key_at(inbounds, at, sub_id)).collect();
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
    let [a, b, c, d, ..] = FixedState::default().hash_one(text).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The places of clients that have a key at all.
#[derive(Clone, Default)]
struct Sorted {
    /// By hash, then by text; those with the same text in the panel's order.
    places: Vec<Place>,
    /// Where the places start whose hashes start with these bits; after the last, where they end.
    starts: Vec<u32>,
    /// How many bits of a hash are not looked at for that.
    shift: u32,
}

/// About so many places share an entry of the table: four, or up to eight, lie in one or two lines
/// of the processor's cache.
const PLACES_AN_ENTRY: usize = 4;

impl Sorted {
    fn new(inbounds: &[Inbound], key: Key) -> Self {
        let listed = listed(inbounds, key);
        let bits = (listed.len() / PLACES_AN_ENTRY).max(1).ilog2();
        let shift = u32::BITS - bits;
        let starts = starts(&listed, shift);
        let mut places = listed.clone();
        let mut next = starts.clone();
        for place in listed {
            let next = &mut next[first_bits(place.hash, shift)];
            places[*next as usize] = place;
            *next += 1;
        }
        let by_text = |a, b| key_at(inbounds, a, key).cmp(key_at(inbounds, b, key));
        for range in starts.windows(2) {
            let near = &mut places[range[0] as usize..range[1] as usize];
            near.sort_by(|&a, &b| a.hash.cmp(&b.hash).then_with(|| by_text(a, b)));
        }
        Self { places, starts, shift }
    }

    fn find<'a>(
        &'a self,
        inbounds: &'a [Inbound],
        key: Key,
        is: &str,
    ) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let hash = hash(is);
        let near = self.near(hash);
        let is_before = |place: &Place| {
            place.hash < hash || (place.hash == hash && key_at(inbounds, *place, key) < is)
        };
        let near = near.split_at(near.partition_point(is_before)).1;
        let is_it = |place: &&Place| place.hash == hash && key_at(inbounds, **place, key) == is;
        let count = near.iter().take_while(is_it).count();
        near.iter().take(count).filter_map(|&place| at(inbounds, place))
    }

    /// The places whose hashes start as this one does.
    fn near(&self, hash: u32) -> &[Place] {
        let entry = first_bits(hash, self.shift);
        let range = match self.starts.get(entry..) {
            Some(&[from, to, ..]) => from as usize..to as usize,
            _ => 0..0,
        };
        self.places.get(range).unwrap_or_default()
    }
}

/// In the panel's order.
fn listed(inbounds: &[Inbound], key: Key) -> Vec<Place> {
    let mut places = Vec::with_capacity(inbounds.iter().map(|one| one.clients.len()).sum());
    for (inbound, one) in (0..).zip(inbounds) {
        let named = (0..).zip(&one.clients).filter(|(_, client)| !key(client).is_empty());
        places.extend(named.map(|(client, it)| Place { hash: hash(key(it)), inbound, client }));
    }
    places
}

/// See [`Sorted::starts`].
fn starts(places: &[Place], shift: u32) -> Vec<u32> {
    let mut starts = vec![0; first_bits(u32::MAX, shift) + 2];
    for place in places {
        starts[first_bits(place.hash, shift) + 1] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    starts
}

/// None of 32 bits is 0.
fn first_bits(hash: u32, shift: u32) -> usize {
    hash.checked_shr(shift).unwrap_or_default() as usize
}

fn at(inbounds: &[Inbound], place: Place) -> Option<Found<'_>> {
    let inbound = inbounds.get(place.inbound as usize)?;
    Some((inbound, inbound.clients.get(place.client as usize)?))
}

fn key_at(inbounds: &[Inbound], place: Place, key: Key) -> &str {
    at(inbounds, place).map_or("", |(_, client)| key(client))
}
