//! A JSON list of which no more is kept than there may be.
//!
//! Invariant: what is left out needs no memory, however much it is.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// A list whose first `MOST` items are kept.
pub(crate) struct AtMost<T, const MOST: usize> {
    items: Vec<T>,
    is_cut: bool,
}

impl<T, const MOST: usize> AtMost<T, MOST> {
    /// The items; `None` if there were more.
    pub(crate) fn all(self) -> Option<Vec<T>> {
        (!self.is_cut).then_some(self.items)
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for AtMost<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

struct Items<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
    type Value = AtMost<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < MOST {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(AtMost { items, is_cut: false }),
            }
        }
        let mut is_cut = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            is_cut = true;
        }
        Ok(AtMost { items, is_cut })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_too_long_is_told() {
        let read = |json| serde_json::from_str::<AtMost<u8, 2>>(json).ok().and_then(AtMost::all);
        assert_eq!(read("[]"), Some(vec![]));
        assert_eq!(read("[1,2]"), Some(vec![1, 2]));
        assert_eq!(read("[1,2,3]"), None);
    }
}
