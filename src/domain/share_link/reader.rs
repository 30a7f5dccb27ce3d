//! Many links of one panel, read one after the other.
//!
//! The links of an inbound differ in whose they are and in their name. Where they lead to is read of
//! the first one, and shared by the others: most of what a link says, it says behind its `@`.
//!
//! Invariant: what is read is what [`ShareLink::parse`] would read.

use std::collections::HashMap;
use std::sync::Arc;

use super::identity::Identity;
use super::parts::{Destination, RANDOM_FIELDS, percent_decoded};
use super::url_form::{UrlForm, is_place, whose};
use super::{LONGEST, NotALink, ShareLink, has_control, shadowsocks, value_of};

/// Most places that are remembered. A panel has some for each inbound.
const MOST_PLACES: usize = 4096;

/// See the head of this file.
#[derive(Default)]
pub struct LinkReader {
    /// Where links lead to, by what they say of that.
    known: HashMap<String, Arc<Destination>>,
}

impl LinkReader {
    /// Reads one line.
    ///
    /// # Errors
    ///
    /// As [`ShareLink::parse`].
    pub fn read(&mut self, text: &str) -> Result<ShareLink, NotALink> {
        let text = text.trim();
        let Some(cut) = Cut::of(text) else { return ShareLink::parse(text) };
        let key = cut.key();
        if let Some(destination) = self.known.get(&key)
            && let Some((credentials, secret)) = cut.whose()
        {
            let identity = Identity::of(&credentials, destination.rest);
            let remark = percent_decoded(cut.fragment);
            return Ok(ShareLink::new(text, &secret, &remark, Arc::clone(destination), identity));
        }
        let link = ShareLink::parse(text)?;
        if self.known.len() < MOST_PLACES && cut.is_told_by_key() {
            self.known.insert(key, Arc::clone(&link.0.destination));
        }
        Ok(link)
    }
}

/// A link cut at its last `@` and its `#`.
struct Cut<'a> {
    scheme: &'a str,
    userinfo: &'a str,
    /// Address, path and query.
    place: &'a str,
    fragment: &'a str,
}

impl<'a> Cut<'a> {
    /// `None` for the kinds of links that say in other ways where they lead to.
    fn of(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_known = matches!(scheme, "vless" | "trojan" | "ss");
        if !is_known || text.len() > LONGEST || has_control(text) {
            return None;
        }
        let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let before = before.trim_end();
        let at = before.split('?').next()?.rfind('@')?;
        Some(Self { scheme, userinfo: &before[..at], place: &before[at + 1..], fragment })
    }

    /// What tells where the link leads to: all of the place but what panels pick at random.
    fn key(&self) -> String {
        let Self { scheme, place, .. } = self;
        let mut key = String::with_capacity(scheme.len() + place.len() + 2);
        key.extend([scheme, "@"]);
        match place.split_once('?').filter(|(_, query)| names_reality(query)) {
            None => key.push_str(place),
            Some((address, query)) => {
                key.extend([address, "?"]);
                let is_random =
                    |pair: &&str| RANDOM_FIELDS.iter().any(|key| value_of(pair, key).is_some());
                for pair in query.split('&').filter(|pair| !is_random(pair)) {
                    key.extend(["&", pair]);
                }
            }
        }
        key
    }

    /// Whether every link with this one's key leads to where this one does.
    fn is_told_by_key(&self) -> bool {
        let url = UrlForm::split(self.place);
        let is_short = self.place.split_once('?').is_some_and(|(_, query)| names_reality(query));
        // Else another `@` counts than the last one, or something else than the first `security`.
        is_place(url.body) && (!is_short || url.find("security") == Some("reality"))
    }

    /// All that the link says of its client, and the secret of that.
    fn whose(&self) -> Option<(String, String)> {
        let found = match self.scheme {
            "ss" => shadowsocks::whose(self.userinfo),
            _ => whose(self.userinfo).map(|whole| (whole.clone(), whole)),
        };
        found.filter(|(_, secret)| !secret.is_empty())
    }
}

fn names_reality(query: &str) -> bool {
    query.split('&').any(|pair| pair == "security=reality")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// What links are put together from: usual pieces, and such as mislead who cuts too early.
    fn link() -> impl Strategy<Value = String> {
        let scheme = select(vec!["vless", "trojan", "ss", "VLESS", "tuic", "hysteria2", "vmess"]);
        let userinfo = select(vec![
            "a",
            "b",
            "",
            "p@ss",
            "a%40b",
            "9f/+=",
            "a b",
            "x@h:1",
            "YWVzOmE=",
            "aes:b",
            "%00",
            "2022-x:s:c",
        ]);
        let place = select(vec!["h:1", "h:2", "H:1", "h", "h:1/p", "h:1/p&x", "[::1]:1", "h:1/@x"]);
        let pair = select(vec![
            "security=reality",
            "security=none",
            "secur%69ty=none",
            "sni=a",
            "sni=b",
            "sid=1",
            "s%69d=2",
            "spx=%2F",
            "type=ws",
            "x",
            "",
        ]);
        let query = proptest::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"));
        let mark = select(vec!["", "?"]);
        let fragment = select(vec!["", "#n", "#m%20", " #n", "#a#b"]);
        (scheme, userinfo, place, (mark, query), fragment).prop_map(
            |(scheme, userinfo, place, (mark, query), fragment)| {
                format!("{scheme}://{userinfo}@{place}{mark}{query}{fragment}")
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_read_after_others_is_what_would_be_read_alone(
            links in proptest::collection::vec(link(), 1..12)
        ) {
            let mut reader = LinkReader::default();
            for text in links.iter().chain(&links) {
                prop_assert_eq!(reader.read(text), ShareLink::parse(text), "{}", text);
            }
        }
    }

    #[test]
    fn links_of_one_inbound_share_where_they_lead_to() {
        let mut reader = LinkReader::default();
        let mut read = |text: &str| reader.read(text).unwrap().0.destination.clone();
        let first = read("vless://a@h:1?security=reality&sid=1&spx=%2Fa#n");
        let second = read("vless://b@h:1?security=reality&sid=2&spx=%2Fb#m");
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &read("vless://b@h:1?sid=1&spx=%2Fa#m")));
    }

    #[test]
    fn no_more_places_are_remembered_than_a_panel_has() {
        let mut reader = LinkReader::default();
        for port in 1..=MOST_PLACES + 10 {
            reader.read(&format!("vless://a@h:{port}")).unwrap();
        }
        assert_eq!(reader.known.len(), MOST_PLACES);
    }
}
