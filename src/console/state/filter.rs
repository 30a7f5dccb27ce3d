//! What is asked of the list of purchases: filter and order.
//!
//! ```text
//! "fr state:kept,failed panel:fr-2 user:77" ─▶ Filter ─▶ ?q=fr&state=kept,failed&panel=fr-2&user=77
//! ```

use crate::client::PurchasesQuery;
use crate::console::lang::Lang;

/// A filter as the operator wrote it, and as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    /// As written, blanks at the ends cut.
    pub(crate) text: String,
    words: Vec<String>,
    states: Vec<String>,
    panels: Vec<String>,
    profile: Option<String>,
    user: Option<String>,
}

impl Filter {
    /// Reads a filter. Everything is one: a term with an unknown name is free text.
    pub(crate) fn parse(text: &str) -> Self {
        let mut filter = Self { text: text.trim().to_owned(), ..Self::default() };
        for term in text.split_whitespace() {
            match term.split_once(':').filter(|(_, value)| !value.is_empty()) {
                Some(("state", value)) => filter.states.push(value.to_lowercase()),
                Some(("panel", value)) => filter.panels.push(value.to_owned()),
                Some(("profile", value)) => filter.profile = Some(value.to_owned()),
                Some(("user", value)) => filter.user = Some(value.to_owned()),
                _ => filter.words.push(term.to_owned()),
            }
        }
        filter
    }

    /// The query for the first page.
    pub(crate) fn query(&self, sort: Sort) -> PurchasesQuery {
        let join = |terms: &[String], with| (!terms.is_empty()).then(|| terms.join(with));
        PurchasesQuery {
            q: join(&self.words, " "),
            state: join(&self.states, ","),
            panel: join(&self.panels, ","),
            profile: self.profile.clone(),
            user: self.user.clone(),
            sort: Some(sort.parameter().to_owned()),
            ..PurchasesQuery::default()
        }
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    /// The oldest links first: who waits longest.
    #[default]
    Age,
    /// The newest purchases first.
    Newest,
    /// By customer.
    User,
    /// What ends next first.
    Expires,
    /// By state.
    State,
    /// The fewest links first.
    Links,
}

impl Sort {
    /// The one after this, in a circle.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Age => Self::Newest,
            Self::Newest => Self::User,
            Self::User => Self::Expires,
            Self::Expires => Self::State,
            Self::State => Self::Links,
            Self::Links => Self::Age,
        }
    }

    /// Its column, and whether it goes down.
    pub(crate) fn column(self, lang: Lang) -> (String, bool) {
        let say = lang.say();
        match self {
            Self::Age => (say.sort_age(), true),
            Self::Newest => (say.sort_id(), true),
            Self::User => (say.sort_user(), false),
            Self::Expires => (say.sort_expires(), false),
            Self::State => (say.sort_state(), false),
            Self::Links => (say.sort_links(), false),
        }
    }

    fn parameter(self) -> &'static str {
        match self {
            Self::Age => "-age",
            Self::Newest => "-id",
            Self::User => "user",
            Self::Expires => "expires",
            Self::State => "state",
            Self::Links => "links",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_with_a_known_name_become_parameters_and_the_rest_free_text() {
        let filter =
            Filter::parse("  fr  state:Kept state:failed panel:fr-2 user:77 time:3 user: ");
        let query = filter.query(Sort::Age);
        assert_eq!(query.q.as_deref(), Some("fr time:3 user:"));
        assert_eq!(query.state.as_deref(), Some("kept,failed"));
        assert_eq!(query.panel.as_deref(), Some("fr-2"));
        assert_eq!(query.user.as_deref(), Some("77"));
        assert_eq!(query.sort.as_deref(), Some("-age"));
        assert_eq!(Filter::parse(" ").query(Sort::User).q, None);
    }

    #[test]
    fn sorting_goes_round() {
        let mut sort = Sort::default();
        for _ in 0..6 {
            sort = sort.next();
        }
        assert_eq!(sort, Sort::Age);
    }
}
