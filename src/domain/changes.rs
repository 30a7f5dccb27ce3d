//! What becomes of a purchase's links: which come, which go, which stay under which name.
//!
//! ```text
//! before, after ─▶ the same link            ─▶ kept, or renamed
//!                  the same place or secret ─▶ replaced
//!                  what is left             ─▶ removed, added
//! ```
//!
//! Invariants:
//! - Every link of either side is in exactly one change.
//! - The same link as in [`ShareLink::identity`]: random fields and usage text change nothing.
//! - No link is in a `Debug`.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;

use super::outcome::words;
use super::remark::without_usage;
use super::share_link::ShareLink;

/// Links that are kept of one item. A customer has about five; nobody reads more than a screenful.
const MOST: usize = 24;

/// What becomes of one link, what needs a look first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It goes.
    Removed,
    /// Another one takes its place: another address, secret or transport.
    Replaced,
    /// Customers see another name.
    Renamed,
    /// It comes.
    Added,
    /// It stays as it is.
    Kept,
}

words!(Change: Removed = "removed", Replaced = "replaced", Renamed = "renamed", Added = "added", Kept = "kept");

impl Change {
    /// Every change, in its order.
    pub const ALL: [Self; 5] =
        [Self::Removed, Self::Replaced, Self::Renamed, Self::Added, Self::Kept];
}

/// One link before and after.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkChange {
    /// What becomes of it.
    pub change: Change,
    /// The link that customers have now.
    pub before: Option<String>,
    /// The one that they would have.
    pub after: Option<String>,
}

/// `Debug` shows no link: a link is a customer's access.
impl fmt::Debug for LinkChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkChange({})", self.change)
    }
}

/// What becomes of the links of one purchase.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// How many links of each change, in the order of [`Change::ALL`].
    pub counts: [u64; 5],
    /// The links, as many as are kept; none where nothing changes.
    pub links: Vec<LinkChange>,
}

impl Changes {
    /// What differs between the links of one purchase before and after.
    #[must_use]
    pub fn between(before: &[&ShareLink], after: &[&ShareLink]) -> Self {
        let mut open = Open { before: before.to_vec(), after: after.to_vec(), found: Vec::new() };
        open.pair(ShareLink::identity, |before, after| {
            let is_same = without_usage(before.remark()) == without_usage(after.remark());
            if is_same { Change::Kept } else { Change::Renamed }
        });
        let replaced = |_: &ShareLink, _: &ShareLink| Change::Replaced;
        open.pair(ShareLink::endpoint, replaced);
        open.pair(|link| (link.scheme().to_owned(), link.secret().to_owned()), replaced);
        open.pair(
            |link| (link.scheme().to_owned(), link.host().to_lowercase(), link.port()),
            replaced,
        );
        let Open { before, after, found: mut links } = open;
        links.extend(before.into_iter().map(|link| change(Change::Removed, Some(link), None)));
        links.extend(after.into_iter().map(|link| change(Change::Added, None, Some(link))));
        let count = |which| links.iter().filter(|link| link.change == which).count() as u64;
        let counts = Change::ALL.map(count);
        // Stable: within a change the order of the customer's list.
        links.sort_by_key(|link| link.change);
        links.truncate(MOST);
        let changes = Self { counts, links };
        if changes.is_none() { Self { links: Vec::new(), ..changes } } else { changes }
    }

    /// How many links a change has.
    #[must_use]
    pub fn count(&self, change: Change) -> u64 {
        self.counts[change as usize]
    }

    /// Whether every link stays as it is.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.counts.iter().sum::<u64>() == self.count(Change::Kept)
    }
}

fn change(change: Change, before: Option<&ShareLink>, after: Option<&ShareLink>) -> LinkChange {
    let text = |link: &ShareLink| link.as_str().to_owned();
    LinkChange { change, before: before.map(text), after: after.map(text) }
}

/// Links that have no partner yet.
struct Open<'a> {
    before: Vec<&'a ShareLink>,
    after: Vec<&'a ShareLink>,
    found: Vec<LinkChange>,
}

impl Open<'_> {
    /// Pairs links that are alike in `key`, in their order.
    fn pair<K: Eq + Hash>(
        &mut self,
        key: impl Fn(&ShareLink) -> K,
        what: impl Fn(&ShareLink, &ShareLink) -> Change,
    ) {
        let mut partners: HashMap<K, VecDeque<usize>> = HashMap::new();
        for (index, link) in self.after.iter().enumerate() {
            partners.entry(key(link)).or_default().push_back(index);
        }
        let (mut taken, mut alone) = (Vec::new(), Vec::new());
        for old in std::mem::take(&mut self.before) {
            let partner = partners.get_mut(&key(old)).and_then(VecDeque::pop_front);
            let Some(index) = partner else {
                alone.push(old);
                continue;
            };
            let new = self.after[index];
            taken.push(index);
            self.found.push(change(what(old, new), Some(old), Some(new)));
        }
        self.before = alone;
        let mut index = 0;
        self.after.retain(|_| {
            index += 1;
            !taken.contains(&(index - 1))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "7b3f0c52-1d0e-4f5a-9d7e-00112233449c";

    fn links(texts: &[&str]) -> Vec<ShareLink> {
        texts
            .iter()
            .map(|text| {
                let (place, name) = text.split_once(' ').unwrap_or((text, "Ali"));
                let (place, secret) = place.split_once('!').unwrap_or((place, SECRET));
                ShareLink::parse(&format!("vless://{secret}@{place}?type=tcp#{name}")).unwrap()
            })
            .collect()
    }

    fn between(before: &[ShareLink], after: &[ShareLink]) -> Changes {
        let (before, after): (Vec<_>, Vec<_>) = (before.iter().collect(), after.iter().collect());
        Changes::between(&before, &after)
    }

    fn check(before: &[&str], after: &[&str], expected: [u64; 5]) {
        assert_eq!(between(&links(before), &links(after)).counts, expected);
    }

    #[test]
    fn every_link_is_in_one_change() {
        //                                                       removed replaced renamed added kept
        check(&["a:1", "b:1"], &["b:1", "a:1"], [0, 0, 0, 0, 2]);
        check(&["a:1 Ali"], &["a:1 Sara"], [0, 0, 1, 0, 0]);
        check(&["a:1", "b:1"], &["a:1", "c:1!x"], [1, 0, 0, 1, 1]);
        check(&["a:1"], &["a:2"], [0, 1, 0, 0, 0]);
        check(&["a:1"], &["a:1!another"], [0, 1, 0, 0, 0]);
        check(&[], &["a:1", "b:1"], [0, 0, 0, 2, 0]);
        check(&["a:1", "b:1!x", "c:1!y"], &["c:1!y Sara"], [2, 0, 1, 0, 0]);
    }

    #[test]
    fn usage_text_is_no_name() {
        check(&["a:1 Ali-50.00GB📊-11D⏳"], &["a:1 Ali"], [0, 0, 0, 0, 1]);
    }

    #[test]
    fn what_needs_a_look_comes_first_and_the_rest_is_a_count() {
        let texts: Vec<String> = (0..40).map(|n| format!("h{n}:1!s{n}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let changes = between(&links(&texts), &links(&texts[1..]));
        assert_eq!((changes.counts, changes.links.len()), ([1, 0, 0, 0, 39], MOST));
        assert_eq!(changes.links[0].change, Change::Removed);
        assert!(!format!("{changes:?}").contains("vless"), "{changes:?}");
    }

    #[test]
    fn where_nothing_changes_no_link_is_kept() {
        let same = links(&["a:1", "b:1"]);
        let changes = between(&same, &same);
        assert!(changes.is_none() && changes.links.is_empty());
    }
}
