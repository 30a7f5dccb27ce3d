//! Reads settings one by one and remembers every violation on the way.
//!
//! Invariants:
//! - The only way to a setting is its [`Key`].
//! - A value that is [`Told`] stands in the report; nothing else does.
//!
//! Deliberately absent: the settings themselves (that is `mod.rs`).

use crate::config::keys::Key;
use crate::config::load::values::{Parsed, Wrong};
use crate::config::source::Source;
use crate::config::violation::{Place, Violation};

/// There is no value; the report says why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told;

pub(super) struct Reader<'a> {
    source: &'a Source,
    pub(super) violations: Vec<Violation>,
    #[cfg(test)]
    pub(super) asked: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            source,
            violations: Vec::new(),
            #[cfg(test)]
            asked: Vec::new(),
        }
    }

    /// The text as it stands there, or the default, and where it stands.
    pub(super) fn find(&mut self, key: &Key) -> Option<(&'a str, Place)> {
        #[cfg(test)]
        self.asked.push(key.name);
        let default = || (!key.default.is_empty()).then_some((key.default, Place::Unset));
        self.source.find(key).or_else(default)
    }

    /// A setting that may be unset.
    pub(super) fn optional<T>(
        &mut self,
        key: &Key,
        parse: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<Option<T>, Told> {
        let Some((text, place)) = self.find(key) else { return Ok(None) };
        match parse(text.trim()) {
            Ok(value) => Ok(Some(value)),
            Err(Wrong { what, example }) => Err(self.tell(key, place, &what, &example)),
        }
    }

    /// A setting that has a default, or must not be unset.
    pub(super) fn required<T>(
        &mut self,
        key: &Key,
        parse: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<T, Told> {
        let value = self.optional(key, parse)?;
        value.ok_or_else(|| self.tell(key, Place::Unset, "is missing", "…"))
    }

    /// Puts a violation into the report.
    pub(super) fn tell(&mut self, key: &Key, place: Place, what: &str, example: &str) -> Told {
        let (what, fix) = match &place {
            Place::Flag(option) => {
                (format!("{option} {what}"), format!("write {option} {example}"))
            }
            Place::Line { .. } | Place::File(_) | Place::Environment | Place::Unset => {
                (format!("{} {what}", key.name), format!("write {}={example}", key.name))
            }
        };
        self.violations.push(Violation { place, what, fix });
        Told
    }
}
