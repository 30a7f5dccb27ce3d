//! What is asked of the list of a job's items.
//!
//! ```text
//! "1041 outcome:failed,kept panel:fr-2" ─▶ ItemFilter ─▶ ?q=1041&outcome=failed,kept&panel=fr-2
//! ```

use super::filter::{Mistake, terms, words};
use crate::client::ItemsQuery;

/// The fields, as they are shown where a filter is written.
pub(crate) const FIELDS: &str = "outcome, panel, reason, user";

/// How an item may stand, as it is written.
const OUTCOMES: [&str; 6] = ["updated", "unchanged", "partial", "kept", "failed", "open"];

/// A filter as the operator wrote it, and as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ItemFilter {
    /// As written, blanks at the ends cut.
    pub(crate) text: String,
    words: Vec<String>,
    outcomes: Vec<String>,
    panels: Vec<String>,
    reasons: Vec<String>,
    user: Option<String>,
}

impl ItemFilter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// [`Mistake`], the first one.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut filter = Self { text: text.trim().to_owned(), ..Self::default() };
        for term in terms(text) {
            let Some((field, value)) = term.split_once(':') else {
                filter.words.push(term);
                continue;
            };
            match field.to_lowercase().as_str() {
                "outcome" => filter.outcomes.extend(words("outcome", value, &OUTCOMES)?),
                // Not written to its end yet.
                "panel" | "reason" | "user" if value.is_empty() => {}
                "panel" => filter.panels.push(value.to_owned()),
                "reason" => filter.reasons.push(value.to_lowercase()),
                "user" if value.parse::<i64>().is_ok() => filter.user = Some(value.to_owned()),
                "user" => return Err(Mistake::User(value.to_owned())),
                other => return Err(Mistake::Field { name: other.to_owned(), fields: FIELDS }),
            }
        }
        Ok(filter)
    }

    /// The query for the list.
    pub(crate) fn query(&self) -> ItemsQuery {
        let join = |terms: &[String], with| (!terms.is_empty()).then(|| terms.join(with));
        ItemsQuery {
            q: join(&self.words, " "),
            outcome: join(&self.outcomes, ","),
            panel: join(&self.panels, ","),
            reason: join(&self.reasons, ","),
            user: self.user.clone(),
            ..ItemsQuery::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::lang::Lang;

    #[test]
    fn fields_become_parameters_and_the_rest_free_text() {
        let query = |text| ItemFilter::parse(text).unwrap().query();
        let found = query(" 10 outcome:Failed,open panel:fr-2 reason:refused user:77 panel: x ");
        assert_eq!(found.q.as_deref(), Some("10 x"));
        assert_eq!(found.outcome.as_deref(), Some("failed,open"));
        assert_eq!(
            (found.panel.as_deref(), found.reason.as_deref()),
            (Some("fr-2"), Some("refused"))
        );
        assert_eq!(found.user.as_deref(), Some("77"));
        assert_eq!(query(" "), ItemsQuery::default());
    }

    #[test]
    fn what_is_wrong_says_what_there_is() {
        let told = |text| ItemFilter::parse(text).unwrap_err().said(Lang::En);
        assert!(told("colour:red").contains(FIELDS));
        assert!(told("outcome:lost").contains("open"));
        assert!(told("user:ali").contains("digits"));
    }
}
