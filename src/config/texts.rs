//! What each setting says, as a digest: enough to see that it changed, and nothing to read.
//!
//! Deliberately absent: what a change means (that is `core/live.rs`).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::config::keys::{KEYS, Key};
use crate::config::source::Source;

/// The digest of each setting's text, in the order of [`KEYS`].
#[derive(Clone, PartialEq, Eq)]
pub struct Texts(Vec<[u8; 32]>);

impl Texts {
    /// What stands there now, or the default.
    pub(super) fn of(source: &Source) -> Self {
        let text = |key: &Key| source.find(key).map_or(key.default, |(text, _)| text.trim());
        Self(KEYS.iter().map(|key| Sha256::digest(text(key)).into()).collect())
    }

    /// The settings that say something else in `other`.
    pub fn changed(&self, other: &Self) -> impl Iterator<Item = &'static Key> {
        let pairs = self.0.iter().zip(&other.0);
        KEYS.iter().zip(pairs).filter(|(_, (one, two))| one != two).map(|(key, _)| key)
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Environment;

    fn texts(text: &str) -> Texts {
        Texts::of(&Source::of_text(Path::new("/srv/.env"), text, Environment::default()))
    }

    #[test]
    fn what_says_something_else_is_named_and_what_says_the_default_is_no_change() {
        let changed = |one: &str, other: &str| {
            texts(one).changed(&texts(other)).map(|key| key.name).collect::<Vec<_>>()
        };
        assert_eq!(changed("REMARK=panel\nDB_NAME=a", "DB_NAME=b"), ["DB_NAME", "REMARK"]);
        assert_eq!(changed("REMARK=keep\n", " # nothing\n"), [""; 0]);
        assert_eq!(changed("ADMIN_API_KEY=", "ADMIN_API_KEY=x"), ["ADMIN_API_KEY"]);
    }

    #[test]
    fn nothing_of_a_text_is_shown() {
        assert_eq!(format!("{:?}", texts("ADMIN_API_KEY=hunter2")), "Texts(…)");
    }
}
