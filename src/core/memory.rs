//! What subscribers are answered with, without asking the database or a panel.
//!
//! Filled at the first question for a purchase, replaced by every settlement, dropped when the bot
//! changes the purchase. Packed: a hundred thousand purchases with five links each are 110 MB as
//! text.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use crate::core::links::{Parsed, Served};
use crate::core::packed::{Packed, Samples};
use crate::domain::ids::PurchaseId;
use crate::domain::slice::{Slice, Source, USAGE_HEADER, usage_number};
use crate::domain::when::When;

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    remembered: RwLock<HashMap<PurchaseId, Remembered>>,
    /// What purchases with the same sources serve is alike.
    samples: Mutex<Samples<Vec<Source>>>,
}

/// What one purchase serves.
#[derive(Clone)]
pub(crate) struct Remembered {
    /// Headers, a blank line, links.
    packed: Packed,
    /// When the oldest slice was fetched, if that is known.
    oldest_at: When,
    /// When the purchase was last tried, as of these links.
    as_of: When,
    /// Tells these links and headers from others, the same in every run of the core.
    digest: [u8; 8],
}

/// `Debug` shows no link: a link is a customer's access.
impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("oldest_at", &self.oldest_at).finish_non_exhaustive()
    }
}

impl Memory {
    /// A copy: a counted one for each purchase would take up more than it saves.
    pub(crate) fn find(&self, id: PurchaseId) -> Option<Arc<Remembered>> {
        let map = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        map.get(&id).cloned().map(Arc::new)
    }

    /// Remembers what a purchase serves since it was tried at `as_of`; of two, the newer is kept.
    pub(crate) fn remember(
        &self,
        id: PurchaseId,
        slices: &[Arc<Slice>],
        as_of: Option<i64>,
    ) -> Arc<Remembered> {
        let remembered = self.pack(slices, as_of.into());
        let mut map = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        match map.get(&id) {
            Some(newer) if newer.as_of > remembered.as_of => Arc::new(newer.clone()),
            _ => {
                map.insert(id, remembered.clone());
                Arc::new(remembered)
            }
        }
    }

    /// Replaces what is remembered; what nobody asked for is not remembered.
    pub(crate) fn refresh(&self, id: PurchaseId, slices: &[Arc<Slice>], as_of: Option<i64>) {
        let map = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        let is_asked_for = map.contains_key(&id);
        drop(map);
        if is_asked_for {
            self.remember(id, slices, as_of);
        }
    }

    pub(crate) fn forget(&self, ids: &[PurchaseId]) {
        let mut map = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            map.remove(id);
        }
    }

    fn pack(&self, slices: &[Arc<Slice>], as_of: When) -> Remembered {
        let parsed: Vec<Parsed> = slices.iter().cloned().map(Parsed::of).collect();
        let served = Served::of(&parsed);
        let mut text = String::new();
        for (name, value) in merge_headers(slices) {
            // A header's value has no line end.
            text.extend([&name, ": ", &value, "\n"]);
        }
        for line in served.lines() {
            text.extend(["\n", line]);
        }
        let sources = slices.iter().map(|slice| slice.source).collect();
        let packed =
            self.samples.lock().unwrap_or_else(PoisonError::into_inner).pack(sources, &text);
        let mut digest = [0; 8];
        digest.iter_mut().zip(Sha256::digest(&text)).for_each(|(to, from)| *to = from);
        Remembered { packed, oldest_at: served.oldest_at().into(), as_of, digest }
    }
}

/// What one purchase serves, unpacked.
pub(crate) struct Unpacked(String);

impl Remembered {
    /// When the oldest slice was fetched, in Unix milliseconds; `None` if unknown.
    pub(crate) fn oldest_at(&self) -> Option<i64> {
        self.oldest_at.get()
    }

    /// When the purchase was last tried, as of what is remembered; in Unix milliseconds.
    pub(crate) fn as_of(&self) -> Option<i64> {
        self.as_of.get()
    }

    /// The version of what is served, as HTTP writes it. Weak: the same links may be packed.
    pub(crate) fn tag(&self) -> String {
        format!("W/\"{:016x}\"", u64::from_be_bytes(self.digest))
    }

    pub(crate) fn unpack(&self) -> Unpacked {
        Unpacked(self.packed.unpack())
    }
}

impl Unpacked {
    /// Client headers, each once.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.0.lines().take_while(|line| !line.is_empty());
        lines.filter_map(|line| line.split_once(": "))
    }

    /// The share links.
    pub(crate) fn links(&self) -> impl Iterator<Item = &str> {
        self.0.lines().skip_while(|line| !line.is_empty()).skip(1)
    }
}

/// The first panel's word on everything, and the sum of their usage.
fn merge_headers(slices: &[Arc<Slice>]) -> Vec<(String, String)> {
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in slices.iter().flat_map(|slice| &slice.headers) {
        match merged.iter_mut().find(|(known, _)| known == name) {
            None => merged.push((name.clone(), value.clone())),
            Some((_, known)) if name == USAGE_HEADER => *known = add_usage(known, value),
            Some(_) => {}
        }
    }
    merged
}

/// Adds two `upload=…; download=…; total=…; expire=…`.
///
/// A total of 0 is "unlimited", and so is the sum then; the earliest end counts, 0 being "never".
///
/// # Source
///
/// Fact C14.
fn add_usage(a: &str, b: &str) -> String {
    let number = |text, field| usage_number(text, field).unwrap_or(0);
    let both = |field| (number(a, field), number(b, field));
    let sum = |field| both(field).0.saturating_add(both(field).1);
    let total = match both("total") {
        (0, _) | (_, 0) => 0,
        (a, b) => a.saturating_add(b),
    };
    let expire = match both("expire") {
        (0, end) | (end, 0) => end,
        (a, b) => a.min(b),
    };
    format!(
        "upload={}; download={}; total={total}; expire={expire}",
        sum("upload"),
        sum("download")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_links_are_remembered_as_they_are() {
        let memory = Memory::default();
        let headers = vec![("announce".to_owned(), "a: b".to_owned())];
        let links = "vless://u@h:1#c".to_owned();
        let source = Source::Panel(crate::domain::ids::PanelId(1));
        let origin = crate::domain::slice::Origin::default();
        let slice = Slice { source, links, fetched_at: Some(5), headers, origin };
        let with = memory.remember(PurchaseId(1), &[Arc::new(slice.clone())], None).unpack();
        assert_eq!(with.headers().collect::<Vec<_>>(), [("announce", "a: b")]);
        assert_eq!(with.links().collect::<Vec<_>>(), ["vless://u@h:1#c"]);
        let slice = Slice { headers: Vec::new(), ..slice };
        let without = memory.remember(PurchaseId(2), &[Arc::new(slice)], None).unpack();
        assert_eq!((without.headers().count(), without.links().count()), (0, 1));
        let nothing = memory.remember(PurchaseId(3), &[], None).unpack();
        assert_eq!((nothing.headers().count(), nothing.links().count()), (0, 0));
    }

    #[test]
    fn usage_is_summed_and_unlimited_stays_unlimited() {
        let a = "upload=1; download=2; total=10; expire=200";
        assert_eq!(
            add_usage(a, "upload=3; download=4; total=5; expire=100"),
            "upload=4; download=6; total=15; expire=100"
        );
        assert_eq!(
            add_usage(a, "upload=0; download=0; total=0; expire=0"),
            "upload=1; download=2; total=0; expire=200"
        );
        assert_eq!(add_usage(a, "nonsense"), "upload=1; download=2; total=0; expire=200");
    }
}
