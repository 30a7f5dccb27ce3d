//! What is asked of the list of purchases: filter and order.
//!
//! ```text
//! "fr state:kept,failed age:>3h" ─▶ Filter ─▶ ?q=fr&state=kept,failed&min_age_ms=10800000
//!                                └▶ Mistake: what is wrong, and what there is instead
//! ```

use crate::api::jobs::Outcome;
use crate::api::purchases::PurchaseState;
use crate::client::PurchasesQuery;
use crate::console::lang::{Lang, Messages};

/// Characters of a filter; what is longer is cut. Nobody types more, and an address takes it.
pub(crate) const MAX_FILTER: usize = 200;

/// The fields, as they are shown where a filter is written.
const FIELDS: &str = "state, panel, profile, outcome, age, user";

/// A filter as the operator wrote it, and as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    /// As written, blanks at the ends cut.
    pub(crate) text: String,
    words: Vec<String>,
    states: Vec<String>,
    panels: Vec<String>,
    outcomes: Vec<String>,
    profile: Option<String>,
    user: Option<String>,
    min_age_ms: Option<u64>,
    max_age_ms: Option<u64>,
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// No field is called so; these there are.
    Field { name: String, fields: &'static str },
    /// This field has none of these words.
    Word { field: &'static str, word: String, words: String },
    /// This is no age.
    Age(String),
    /// This is no Telegram id.
    User(String),
}

impl Mistake {
    /// In one sentence.
    pub(crate) fn said(&self, lang: Lang) -> String {
        let say = lang.say();
        match self {
            Self::Field { name, fields } => say.mistake_field(name, *fields),
            Self::Word { field, word, words } => say.mistake_word(format!("{field}:{word}"), words),
            Self::Age(text) => say.mistake_age(format!("age:{text}")),
            Self::User(text) => say.mistake_user(format!("user:{text}")),
        }
    }
}

const STATES: [PurchaseState; 7] = [
    PurchaseState::Fresh,
    PurchaseState::Partial,
    PurchaseState::Kept,
    PurchaseState::Failed,
    PurchaseState::Never,
    PurchaseState::Disabled,
    PurchaseState::OffThere,
];

const OUTCOMES: [Outcome; 5] =
    [Outcome::Updated, Outcome::Unchanged, Outcome::Partial, Outcome::Kept, Outcome::Failed];

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// [`Mistake`], the first one.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut filter = Self { text: text.trim().to_owned(), ..Self::default() };
        for term in terms(text) {
            match term.split_once(':') {
                Some((field, value)) => filter.put(&field.to_lowercase(), value)?,
                None => filter.words.push(term),
            }
        }
        Ok(filter)
    }

    /// A field without a value is not written to its end yet: it lets everything pass.
    fn put(&mut self, field: &str, value: &str) -> Result<(), Mistake> {
        let is_open = value.is_empty();
        match field {
            "state" => {
                let known = STATES.map(PurchaseState::as_str);
                self.states.extend(words("state", value, &known)?);
            }
            "outcome" => {
                let mut known = OUTCOMES.map(Outcome::as_str).to_vec();
                known.push("none");
                self.outcomes.extend(words("outcome", value, &known)?);
            }
            "panel" | "profile" | "age" | "user" if is_open => {}
            "panel" => self.panels.push(value.to_owned()),
            "profile" => self.profile = Some(value.to_owned()),
            "user" if value.parse::<i64>().is_ok() => self.user = Some(value.to_owned()),
            "user" => return Err(Mistake::User(value.to_owned())),
            "age" => {
                let wrong = || Mistake::Age(value.to_owned());
                let (bound, age) = match value.split_at_checked(1) {
                    Some((">", age)) => (&mut self.min_age_ms, age),
                    Some(("<", age)) => (&mut self.max_age_ms, age),
                    _ => return Err(wrong()),
                };
                if !age.is_empty() {
                    *bound = Some(age_ms(age).ok_or_else(wrong)?);
                }
            }
            other => return Err(Mistake::Field { name: other.to_owned(), fields: FIELDS }),
        }
        Ok(())
    }

    /// The query for the list.
    pub(crate) fn query(&self, sort: Sort) -> PurchasesQuery {
        let join = |terms: &[String], with| (!terms.is_empty()).then(|| terms.join(with));
        PurchasesQuery {
            q: join(&self.words, " "),
            state: join(&self.states, ","),
            panel: join(&self.panels, ","),
            outcome: join(&self.outcomes, ","),
            profile: self.profile.clone(),
            user: self.user.clone(),
            min_age_ms: self.min_age_ms,
            max_age_ms: self.max_age_ms,
            sort: Some(sort.parameter()),
            ..PurchasesQuery::default()
        }
    }
}

/// Terms with blanks between them; quotes keep blanks together: `profile:"gold plan"`.
pub(super) fn terms(text: &str) -> Vec<String> {
    let (mut terms, mut term, mut quoted) = (Vec::new(), String::new(), false);
    for char in text.chars() {
        match char {
            '"' => quoted = !quoted,
            char if char.is_whitespace() && !quoted => terms.push(std::mem::take(&mut term)),
            char => term.push(char),
        }
    }
    terms.push(term);
    terms.retain(|term| !term.is_empty());
    terms
}

/// Words of a field, separated by commas, as long as it has all of them.
pub(super) fn words(
    field: &'static str,
    value: &str,
    known: &[&str],
) -> Result<Vec<String>, Mistake> {
    let words = value.split(',').filter(|word| !word.is_empty()).map(str::to_lowercase);
    words
        .map(|word| {
            if known.contains(&word.as_str()) {
                return Ok(word);
            }
            Err(Mistake::Word { field, word, words: known.join(", ") })
        })
        .collect()
}

/// `90s`, `5m`, `3h`, `2d`, `1w`; a bare number is seconds, as in the settings.
pub(crate) fn age_ms(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let unit: u64 = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)?.checked_mul(1_000)
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    User,
    Panels,
    Profile,
    Links,
    State,
    Age,
    Expires,
    Compared,
    Outcome,
}

impl Column {
    /// Every column, in the order of the table.
    pub(crate) const ALL: [Self; 10] = [
        Self::Id,
        Self::User,
        Self::Panels,
        Self::Profile,
        Self::Links,
        Self::State,
        Self::Age,
        Self::Expires,
        Self::Compared,
        Self::Outcome,
    ];

    /// As the core and the palette call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::User => "user",
            Self::Panels => "panels",
            Self::Profile => "profile",
            Self::Links => "links",
            Self::State => "state",
            Self::Age => "age",
            Self::Expires => "expires",
            Self::Compared => "compared",
            Self::Outcome => "outcome",
        }
    }

    /// As it is called on the screen.
    pub(crate) fn said(self, say: &Messages) -> String {
        match self {
            Self::Id => say.sort_id(),
            Self::User => say.sort_user(),
            Self::Panels => say.sort_panels(),
            Self::Profile => say.sort_profile(),
            Self::Links => say.sort_links(),
            Self::State => say.sort_state(),
            Self::Age => say.sort_age(),
            Self::Expires => say.sort_expires(),
            Self::Compared => say.sort_compared(),
            Self::Outcome => say.sort_outcome(),
        }
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    /// By which column.
    pub(crate) column: Column,
    /// Whether the largest comes first.
    pub(crate) down: bool,
}

impl Default for Sort {
    /// Who waits longest comes first.
    fn default() -> Self {
        Self::by(Column::Age)
    }
}

impl Sort {
    /// By a column, with what is worth a look first: old links, new purchases.
    pub(crate) fn by(column: Column) -> Self {
        Self { column, down: matches!(column, Column::Age | Column::Id) }
    }

    /// By the next column, in a circle.
    pub(crate) fn next(self) -> Self {
        let place = Column::ALL.iter().position(|column| *column == self.column).unwrap_or(0);
        Self::by(Column::ALL[(place + 1) % Column::ALL.len()])
    }

    /// The other way round.
    pub(crate) fn reversed(self) -> Self {
        Self { down: !self.down, ..self }
    }

    fn parameter(self) -> String {
        format!("{}{}", if self.down { "-" } else { "" }, self.column.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> PurchasesQuery {
        Filter::parse(text).unwrap().query(Sort::default())
    }

    #[test]
    fn fields_become_parameters_and_the_rest_free_text() {
        let found = query("  fr  state:Kept State:failed,never panel:fr-2 user:77 gold user: ");
        assert_eq!(found.q.as_deref(), Some("fr gold"));
        assert_eq!(found.state.as_deref(), Some("kept,failed,never"));
        assert_eq!(found.panel.as_deref(), Some("fr-2"));
        assert_eq!(found.user.as_deref(), Some("77"));
        assert_eq!(found.sort.as_deref(), Some("-age"));
        assert_eq!(query(" ").q, None);
        assert_eq!(query("profile:\"gold plan\" x").profile.as_deref(), Some("gold plan"));
        assert_eq!(query("outcome:kept,none").outcome.as_deref(), Some("kept,none"));
    }

    #[test]
    fn ages_have_units_and_bounds() {
        let hours = 3_600_000;
        let found = query("age:>3h age:<2d");
        assert_eq!((found.min_age_ms, found.max_age_ms), (Some(3 * hours), Some(48 * hours)));
        assert_eq!(query("age:>90").min_age_ms, Some(90_000));
        assert_eq!(query("age:>").min_age_ms, None, "not written to its end yet");
        for wrong in ["age:3h", "age:>3x", "age:>h", "age:>99999999999999999w", "age:é"] {
            assert!(matches!(Filter::parse(wrong), Err(Mistake::Age(_))), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_says_what_there_is() {
        let told = |text| Filter::parse(text).unwrap_err().said(Lang::En);
        assert!(told("colour:red").contains("state, panel, profile, outcome, age, user"));
        assert!(told("state:ke").contains("fresh, partial, kept"));
        assert!(told("outcome:lost").contains("unchanged"));
        assert!(told("user:ali").contains("digits"));
    }

    #[test]
    fn sorting_goes_round_all_columns() {
        let mut sort = Sort::default();
        for _ in 0..Column::ALL.len() {
            sort = sort.next();
        }
        assert_eq!(sort, Sort::default());
        assert_eq!(sort.reversed().parameter(), "age");
    }
}
