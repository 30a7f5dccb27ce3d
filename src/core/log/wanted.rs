//! Which records a reader wants. Pure.

use crate::api::logs::{Level, Record};

/// A filter; what is empty lets everything pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    level: Level,
    /// In lower case.
    target: String,
    /// In lower case.
    text: String,
}

impl Wanted {
    /// Records of `level` and above whose target contains `target`, and which have `text` in their
    /// message, their target, or a field as `name=value`. Case does not count.
    pub(crate) fn new(level: Option<Level>, target: Option<&str>, text: Option<&str>) -> Self {
        let lower = |text: Option<&str>| text.unwrap_or_default().trim().to_lowercase();
        Self { level: level.unwrap_or_default(), target: lower(target), text: lower(text) }
    }

    /// Whether a record is wanted.
    pub(crate) fn lets_pass(&self, record: &Record) -> bool {
        record.level <= self.level
            && (self.target.is_empty() || record.target.to_lowercase().contains(&self.target))
            && (self.text.is_empty() || self.has_text(record))
    }

    fn has_text(&self, record: &Record) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        has(&record.message)
            || has(&record.target)
            || record.fields.iter().any(|(name, value)| has(&format!("{name}={value}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn check(level: Option<Level>, target: &str, text: &str, expected: bool) {
        let record = Record {
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            level: Level::Warn,
            target: "alamor::core::panels".into(),
            message: "Fr-2 refused the connection".into(),
            fields: [("panel".to_owned(), "fr-2".to_owned())].into(),
        };
        let wanted = Wanted::new(level, Some(target), Some(text));
        assert_eq!(wanted.lets_pass(&record), expected, "{wanted:?}");
    }

    #[test]
    fn level_target_and_text_must_all_agree() {
        check(None, "", "", true);
        check(Some(Level::Warn), "", "", true);
        check(Some(Level::Error), "", "", false);
        check(Some(Level::Debug), "Core::Panels", "REFUSED", true);
        check(None, "core::update", "", false);
        check(None, "", "panel=fr-2", true);
        check(None, "", "panel=de-1", false);
    }
}
