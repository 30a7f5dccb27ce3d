//! What makes two share links the same one: digests of what a link says.
//!
//! A digest is 16 bytes of SHA-256, so that a hundred thousand of them are small, they can be
//! compared and kept without holding anyone's secret, and they mean the same after a restart.
//!
//! Whose a link is goes in last, so that the rest, which is the same for every client of an inbound,
//! is digested once for all of them (`mould.rs`).
//!
//! Deliberately absent: what goes into a digest. Each form of link decides that for itself.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Equal for two links that lead to the same place in the same way, whatever they are called.
///
/// Left out are the remark, and the fields that panels pick at random for REALITY.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity([u8; 16]);

/// Equal for two links with the same scheme, secret, host and port.
///
/// Weaker than [`Identity`]: it survives a change of transport settings on the panel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint([u8; 16]);

/// All that a link says but whose it is: equal for the links of two clients of one inbound.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rest([u8; 16]);

/// An [`Identity`] that is digested up to where the links of two clients of one inbound differ.
#[derive(Clone)]
pub(super) struct Begun(Sha256);

impl Rest {
    pub(super) fn of<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self(digest(fields))
    }
}

impl Identity {
    /// `credentials` is everything that the link says of its client.
    pub(super) fn of(credentials: &str, rest: Rest) -> Self {
        Begun::of(rest, "").ended(credentials)
    }

    /// One identity for several links, whatever their order.
    #[must_use]
    pub fn of_all(links: impl IntoIterator<Item = Self>) -> Self {
        let mut links: Vec<String> = links.into_iter().map(|link| link.to_string()).collect();
        links.sort_unstable();
        Self(digest(links.iter().map(String::as_str)))
    }
}

impl Begun {
    /// `prefix` is what the credentials of each client begin with.
    pub(super) fn of(rest: Rest, prefix: &str) -> Self {
        Self(Sha256::new().chain_update(rest.0).chain_update(prefix))
    }

    /// The identity of the link whose credentials end with `secret`.
    pub(super) fn ended(&self, secret: &str) -> Identity {
        Identity(half(self.0.clone().chain_update(secret)))
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Endpoint {
    pub(super) fn of<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self(digest(fields))
    }
}

/// Each field goes in with its length, so that `ab, c` and `a, bc` differ.
fn digest<'a>(fields: impl IntoIterator<Item = &'a str>) -> [u8; 16] {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    half(hash)
}

fn half(hash: Sha256) -> [u8; 16] {
    let mut first = [0; 16];
    first.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    first
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({:032x})", u128::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_field_ends_matters() {
        let of = |credentials, rest: &[&'static str]| {
            Identity::of(credentials, Rest::of(rest.iter().copied()))
        };
        assert_ne!(of("u", &["ab", "c"]), of("u", &["a", "bc"]));
        assert_ne!(of("u", &["a", ""]), of("u", &["a"]));
        assert_ne!(of("u", &["a"]), of("v", &["a"]));
        assert_eq!(of("u", &["a", "b"]), of("u", &["a", "b"]));
        let begun = Begun::of(Rest::of(["a", "b"]), "aes:");
        assert_eq!(begun.ended("u"), of("aes:u", &["a", "b"]));
    }

    #[test]
    fn the_order_of_links_does_not_matter_and_their_number_does() {
        let [a, b] = ["a", "b"].map(|field| Identity::of(field, Rest::of([])));
        assert_eq!(Identity::of_all([a, b]), Identity::of_all([b, a]));
        assert_ne!(Identity::of_all([a]), Identity::of_all([a, a]));
        assert_ne!(Identity::of_all([]), Identity::of_all([a]));
    }
}
