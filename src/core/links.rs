//! From several slices, the links that a purchase serves.
//!
//! ```text
//! slices ─▶ Parsed ─▶ each link once, the freshest first ─▶ Served
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use crate::domain::remark::without_usage;
use crate::domain::share_link::{Endpoint, Identity, ShareLink};
use crate::domain::slice::{Slice, Source};

/// A slice with its links read: each line is read once.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub(crate) slice: Arc<Slice>,
    /// A kept line that is no share link counts and serves as nothing.
    pub(crate) links: Vec<ShareLink>,
}

impl Parsed {
    pub(crate) fn of(slice: Arc<Slice>) -> Self {
        let links = slice.lines().filter_map(|line| ShareLink::parse(line).ok()).collect();
        Self { slice, links }
    }
}

/// Links that are served, each once, with the slice that each came from.
#[derive(Debug, Clone)]
pub(crate) struct Served<'a> {
    pub(crate) links: Vec<(&'a ShareLink, &'a Slice)>,
}

impl<'a> Served<'a> {
    /// Takes the links of `slices`, in their order; of a link that comes twice, the first.
    pub(crate) fn of(slices: impl IntoIterator<Item = &'a Parsed>) -> Self {
        let mut seen = HashSet::new();
        let mut links = Vec::new();
        for Parsed { slice, links: own } in slices {
            let new = own.iter().filter(|link| seen.insert(link.identity()));
            links.extend(new.map(|link| (link, slice.as_ref())));
        }
        Self { links }
    }

    /// How many distinct share links there are.
    pub(crate) fn count(&self) -> usize {
        self.links.len()
    }

    /// Tells this set of links from another, whatever their order.
    pub(crate) fn identity(&self) -> Identity {
        Identity::of_all(self.links.iter().map(|(link, _)| link.identity()))
    }

    /// How many of them came from `source`.
    pub(crate) fn count_from(&self, source: Source) -> u64 {
        self.links.iter().filter(|(_, slice)| slice.source == source).count() as u64
    }

    /// The links without where they came from.
    pub(crate) fn share_links(&self) -> Vec<&'a ShareLink> {
        self.links.iter().map(|(link, _)| *link).collect()
    }

    /// The lines, as they are served.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.links.iter().map(|(link, _)| link.as_str())
    }

    /// What decides whether two sets are the same: not the order, not the fields that panels pick
    /// at random.
    pub(crate) fn content(&self) -> HashSet<(Identity, &'a str)> {
        let content =
            self.links.iter().map(|(link, _)| (link.identity(), without_usage(link.remark())));
        content.collect()
    }

    /// When the oldest of them were fetched; `None` if unknown or none.
    pub(crate) fn oldest_at(&self) -> Option<i64> {
        let times: Option<Vec<i64>> =
            self.links.iter().map(|(_, slice)| slice.fetched_at).collect();
        times?.into_iter().min()
    }
}

/// The links that customers have now, with the names that they see.
#[derive(Debug, Default)]
pub(crate) struct Names {
    served: Vec<ShareLink>,
    exact: HashMap<Identity, ShareLink>,
    /// Of two with the same endpoint the first. Seldom needed: most links are the very same.
    near: OnceLock<HashMap<Endpoint, ShareLink>>,
}

impl Names {
    pub(crate) fn of(served: &Served<'_>) -> Self {
        let served: Vec<ShareLink> = served.links.iter().map(|(link, _)| (*link).clone()).collect();
        let exact = served.iter().map(|link| (link.identity(), link.clone())).collect();
        Self { served, exact, near: OnceLock::new() }
    }

    /// The name of the same link: the very same, else one with the same secret, host and port.
    pub(crate) fn find(&self, link: &ShareLink) -> Option<&str> {
        if self.served.is_empty() {
            return None;
        }
        let found = self.find_same(link).or_else(|| self.near().get(&link.endpoint()));
        found.map(ShareLink::remark)
    }

    fn near(&self) -> &HashMap<Endpoint, ShareLink> {
        self.near.get_or_init(|| {
            let backwards = self.served.iter().rev();
            backwards.map(|link| (link.endpoint(), link.clone())).collect()
        })
    }

    /// The very same link, as it is served now.
    pub(crate) fn find_same(&self, link: &ShareLink) -> Option<&ShareLink> {
        self.exact.get(&link.identity())
    }
}
