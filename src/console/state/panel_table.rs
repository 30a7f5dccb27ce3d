//! Which panels are listed, and in which order.
//!
//! All of them are here, so nothing is asked of the core.

use std::cmp::Reverse;

use super::filter::{Mistake, terms, words};
use crate::api::panels::{Login, Panel, PanelState};
use crate::console::lang::Messages;
use crate::console::words::verdict;

/// The fields, as they are shown where a filter is written.
pub(crate) const FIELDS: &str = "state, way, login, make";

const STATES: [&str; 5] = ["reachable", "unreachable", "failing", "unusable", "unknown"];
const WAYS: [&str; 4] = ["links", "learned", "per_client", "subscription"];
const LOGINS: [&str; 5] = ["unknown", "password", "token", "refused", "no_api"];

/// Filter and order of the table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PanelTable {
    /// What is listed.
    pub(crate) filter: PanelFilter,
    /// In which order.
    pub(crate) sort: PanelSort,
}

/// A filter as the operator wrote it, and as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PanelFilter {
    /// As written, blanks at the ends cut.
    pub(crate) text: String,
    words: Vec<String>,
    states: Vec<String>,
    ways: Vec<String>,
    logins: Vec<String>,
    make: Option<String>,
}

impl PanelFilter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// [`Mistake`], the first one.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut filter = Self { text: text.trim().to_owned(), ..Self::default() };
        for term in terms(text) {
            let Some((field, value)) = term.split_once(':') else {
                filter.words.push(term.to_lowercase());
                continue;
            };
            match field.to_lowercase().as_str() {
                "state" => filter.states.extend(words("state", value, &STATES)?),
                "way" => filter.ways.extend(words("way", value, &WAYS)?),
                "login" => filter.logins.extend(words("login", value, &LOGINS)?),
                "make" => filter.make = Some(value.to_lowercase()),
                other => return Err(Mistake::Field { name: other.to_owned(), fields: FIELDS }),
            }
        }
        Ok(filter)
    }

    fn lets_pass(&self, panel: &Panel) -> bool {
        let is_any = |known: &[String], word: &str| {
            known.is_empty() || known.iter().any(|known| known == word)
        };
        let make = [panel.make.as_deref(), panel.version.as_deref()];
        let make = make.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase();
        let name = panel.name.to_lowercase();
        is_any(&self.states, state(panel.state))
            && is_any(&self.ways, &panel.way)
            && is_any(&self.logins, login(panel.login))
            && self.make.as_ref().is_none_or(|wanted| make.contains(wanted))
            && self.words.iter().all(|word| name.contains(word) || make.contains(word))
    }
}

fn state(state: PanelState) -> &'static str {
    match state {
        PanelState::Reachable => STATES[0],
        PanelState::Unreachable => STATES[1],
        PanelState::Failing => STATES[2],
        PanelState::Unusable => STATES[3],
        PanelState::Unknown => STATES[4],
    }
}

fn login(login: Login) -> &'static str {
    match login {
        Login::Unknown => LOGINS[0],
        Login::Password => LOGINS[1],
        Login::Token => LOGINS[2],
        Login::Refused => LOGINS[3],
        Login::NoApi => LOGINS[4],
    }
}

/// By what panels are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PanelColumn {
    Name,
    State,
    Latency,
    Clients,
    Sold,
    Way,
}

impl PanelColumn {
    /// Every column, in the order of `s`.
    pub(crate) const ALL: [Self; 6] =
        [Self::Name, Self::State, Self::Latency, Self::Clients, Self::Sold, Self::Way];

    /// As the palette calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state",
            Self::Latency => "latency",
            Self::Clients => "clients",
            Self::Sold => "sold",
            Self::Way => "way",
        }
    }

    /// As it is called on the screen.
    pub(crate) fn said(self, say: &Messages) -> String {
        match self {
            Self::Name => say.sort_name(),
            Self::State => say.sort_state(),
            Self::Latency => say.sort_latency(),
            Self::Clients => say.sort_clients(),
            Self::Sold => say.sort_sold(),
            Self::Way => say.sort_way(),
        }
    }
}

/// The order of the panels; of equal ones the name decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PanelSort {
    /// By which column.
    pub(crate) column: PanelColumn,
    /// Whether the largest comes first.
    pub(crate) down: bool,
}

impl Default for PanelSort {
    fn default() -> Self {
        Self::by(PanelColumn::Name)
    }
}

impl PanelSort {
    /// By a column, with what is worth a look first: broken ones, slow ones, large ones.
    pub(crate) fn by(column: PanelColumn) -> Self {
        Self { column, down: !matches!(column, PanelColumn::Name | PanelColumn::Way) }
    }

    /// By the next column, in a circle.
    pub(crate) fn next(self) -> Self {
        let all = PanelColumn::ALL;
        let place = all.iter().position(|column| *column == self.column).unwrap_or(0);
        Self::by(all[(place + 1) % all.len()])
    }

    /// The other way round.
    pub(crate) fn reversed(self) -> Self {
        Self { down: !self.down, ..self }
    }

    /// By a column; the other way round if that is the order already.
    pub(crate) fn chosen(self, column: PanelColumn) -> Self {
        if self.column == column { self.reversed() } else { Self::by(column) }
    }
}

impl PanelTable {
    /// The panels that are listed, in their order. `all` are in the order of their names.
    pub(crate) fn list<'a, T>(&self, all: &'a [T], of: impl Fn(&T) -> &Panel) -> Vec<&'a T> {
        let mut listed: Vec<&T> = all.iter().filter(|one| self.filter.lets_pass(of(one))).collect();
        let number = |panel: &Panel| match self.sort.column {
            PanelColumn::Name | PanelColumn::Way => 0,
            PanelColumn::State => verdict(panel).severity().into(),
            PanelColumn::Latency => panel.latency_ms.unwrap_or(0),
            PanelColumn::Clients => panel.clients.unwrap_or(0),
            PanelColumn::Sold => panel.purchases,
        };
        let text = |panel: &Panel| match self.sort.column {
            PanelColumn::Way => panel.way.clone(),
            PanelColumn::Name => panel.name.clone(),
            _ => String::new(),
        };
        let key = |one: &T| (number(of(one)), text(of(one)));
        if self.sort.down {
            listed.sort_by_key(|one| Reverse(key(one)));
        } else {
            listed.sort_by_key(|one| key(one));
        }
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{dead_panel, panel, troubled_panel};
    use crate::console::lang::Lang;

    fn listed(filter: &str, sort: PanelSort) -> Vec<String> {
        let panels = [panel("de-1", 41, 402), dead_panel(), troubled_panel()];
        let table = PanelTable { filter: PanelFilter::parse(filter).unwrap(), sort };
        table.list(&panels, |panel| panel).iter().map(|panel| panel.name.clone()).collect()
    }

    #[test]
    fn panels_are_filtered_by_fields_and_words() {
        let sort = PanelSort::default();
        assert_eq!(listed("", sort), ["de-1", "fr-2", "nl-1"]);
        assert_eq!(listed("state:unreachable", sort), ["fr-2"]);
        assert_eq!(listed("way:learned,links", sort), ["nl-1"]);
        assert_eq!(listed("make:2.8.11", sort), ["nl-1"]);
        assert_eq!(listed("1 3X-UI", sort), ["de-1", "nl-1"]);
        assert_eq!(listed("login:refused", sort), [""; 0]);
    }

    #[test]
    fn panels_are_ordered_with_what_is_worth_a_look_first() {
        assert_eq!(listed("", PanelSort::by(PanelColumn::Latency)), ["nl-1", "de-1", "fr-2"]);
        assert_eq!(listed("", PanelSort::by(PanelColumn::State)), ["fr-2", "nl-1", "de-1"]);
        assert_eq!(
            listed("", PanelSort::by(PanelColumn::Sold).reversed()),
            ["fr-2", "nl-1", "de-1"]
        );
        let mut sort = PanelSort::default();
        for _ in 0..PanelColumn::ALL.len() {
            sort = sort.next();
        }
        assert_eq!(sort, PanelSort::default());
    }

    #[test]
    fn what_is_wrong_says_what_there_is() {
        let told = |text| PanelFilter::parse(text).unwrap_err().said(Lang::En);
        assert!(told("colour:red").contains(FIELDS));
        assert!(told("state:fine").contains("unreachable"));
    }
}
