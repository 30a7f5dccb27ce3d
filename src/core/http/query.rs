//! Filters, order and pages of the list of purchases.
//!
//! Pure: rows in, a page out. A cursor is the position in the list under the same filter and order;
//! when the list changes between two pages, a row may come twice or not at all. Who looks at the
//! middle of a list asks by `offset` instead.

use std::cmp::{Ordering, Reverse};

use serde::Deserialize;
use utoipa::IntoParams;

use crate::api;
use crate::core::catalog::{Rows, state};
use crate::core::panels::Panels;
use crate::core::said;
use crate::database::panels::Products;
use crate::database::purchases::Listed;
use crate::domain::ids::PanelId;
use crate::domain::outcome::Outcome;
use crate::domain::when::When;

/// Largest page.
pub(super) const MAX_LIMIT: usize = 500;

/// Page size where none is asked for.
const DEFAULT_LIMIT: usize = 100;

/// What is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wish {
    /// Entries a page, at most 500.
    pub(super) limit: Option<usize>,
    /// Where the last page ended.
    pub(super) cursor: Option<String>,
    /// How many rows to leave out before the page; not together with a cursor.
    offset: Option<usize>,
    /// States, separated by commas.
    state: Option<String>,
    /// Panel names, separated by commas.
    panel: Option<String>,
    /// A profile's name.
    profile: Option<String>,
    /// A Telegram id.
    user: Option<i64>,
    /// How the last update ended, separated by commas; `none` where there was none.
    outcome: Option<String>,
    /// Only links at least this old. What has no age is left out.
    min_age_ms: Option<u64>,
    /// Only links at most this old. What has no age is left out.
    max_age_ms: Option<u64>,
    /// Free text, each word of it: in the id, the Telegram id, a panel's name or the profile's.
    q: Option<String>,
    /// One of [`KEYS`]; with `-` in front the other way round.
    sort: Option<String>,
}

/// What may be wrong with a wish.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadWish {
    #[error("sort: {0:?} is none of {KEYS}")]
    Sort(String),
    #[error("outcome: {0:?} is none of {words}", words = OUTCOMES.join(", "))]
    Outcome(String),
    #[error("offset and cursor both say where the page begins: send one of them")]
    TwoPlaces,
    #[error("cursor: {0:?} is not one that this core gave")]
    Cursor(String),
}

/// How an update may have ended, as it is written.
const OUTCOMES: [&str; 6] = ["updated", "unchanged", "partial", "kept", "failed", "none"];

/// The orders of a list, as they are written.
const KEYS: &str = "id, user, panels, profile, links, state, age, expires, compared, outcome";

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
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

impl Wish {
    /// One page of the rows that are wanted.
    pub(super) fn page(
        &self,
        rows: &Rows,
        panels: &Panels,
        products: &Products,
        now: i64,
    ) -> Result<api::Page<api::purchases::Purchase>, BadWish> {
        let (key, descending) = self.order()?;
        let offset = match (self.offset, self.cursor.as_deref().filter(|text| !text.is_empty())) {
            (Some(_), Some(_)) => return Err(BadWish::TwoPlaces),
            (Some(offset), None) => offset,
            (None, cursor) => offset(cursor)?,
        };
        let limit = limit(self.limit);
        let filter = Filter::new(self, panels, products, now)?;
        let mut wanted: Vec<&Listed> = rows.iter().filter(|row| filter.lets_pass(row)).collect();
        match key {
            Key::Id => {}
            Key::Panels => {
                let name = |row: &&Listed| said::first_panel(row, panels);
                wanted.sort_by_cached_key(|row| (Reverse(name(row).is_some()), name(row)));
            }
            Key::Profile => {
                let name = |row: &&Listed| filter.profile_name(row).map(str::to_lowercase);
                wanted.sort_by_cached_key(|row| (Reverse(name(row).is_some()), name(row)));
            }
            _ => wanted.sort_by(|a, b| compare(key, a, b)),
        }
        if descending {
            wanted.reverse();
        }
        let items: Vec<_> = wanted
            .iter()
            .skip(offset)
            .take(limit)
            .map(|row| said::purchase(row, panels, products, now))
            .collect();
        Ok(page_of(items, offset, wanted.len()))
    }

    fn order(&self) -> Result<(Key, bool), BadWish> {
        let text = self.sort.as_deref().filter(|text| !text.is_empty()).unwrap_or("id");
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let key = match name {
            "id" => Key::Id,
            "user" => Key::User,
            "panels" => Key::Panels,
            "profile" => Key::Profile,
            "links" => Key::Links,
            "state" => Key::State,
            "age" => Key::Age,
            "expires" => Key::Expires,
            "compared" => Key::Compared,
            "outcome" => Key::Outcome,
            _ => return Err(BadWish::Sort(text.to_owned())),
        };
        Ok((key, descending))
    }
}

/// How many entries a page has.
pub(super) fn limit(wanted: Option<usize>) -> usize {
    wanted.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
}

/// The position in a cursor; 0 without one.
pub(super) fn offset(cursor: Option<&str>) -> Result<usize, BadWish> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(0) };
    cursor.parse().map_err(|_| BadWish::Cursor(cursor.to_owned()))
}

fn page_of<T>(items: Vec<T>, offset: usize, total: usize) -> api::Page<T> {
    let next = offset.saturating_add(items.len());
    api::Page {
        next_cursor: (next < total).then(|| next.to_string()),
        total: Some(total as u64),
        items,
    }
}

/// Smallest first; what has no value comes last.
fn compare(key: Key, a: &Listed, b: &Listed) -> Ordering {
    let last = |a: Option<i64>, b: Option<i64>| match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => a.cmp(&b),
    };
    let order = match key {
        // Names are looked up before they are compared.
        Key::Id | Key::Panels | Key::Profile => Ordering::Equal,
        Key::User => last(a.purchase.user, b.purchase.user),
        Key::Links => a.summary.links.cmp(&b.summary.links),
        Key::State => state(a).cmp(&state(b)),
        Key::Age => age(a).cmp(&age(b)),
        Key::Expires => last(a.purchase.expires_at, b.purchase.expires_at),
        Key::Compared => said::compared_at(a).cmp(&said::compared_at(b)),
        Key::Outcome => outcome_word(a).cmp(outcome_word(b)),
    };
    order.then(a.purchase.id.cmp(&b.purchase.id))
}

/// How the last update ended, as it is written; `none` where there was none.
fn outcome_word(row: &Listed) -> &'static str {
    row.summary.outcome.map_or("none", Outcome::as_str)
}

/// By how much a purchase's links need a look: those switched off and those without links least,
/// then by age; links of unknown age are older than any.
fn age(row: &Listed) -> (bool, bool, Reverse<When>) {
    (row.purchase.active, row.summary.links > 0, Reverse(row.summary.oldest_at))
}

/// A wish with its names looked up.
struct Filter<'a> {
    states: Option<Vec<&'a str>>,
    panels: Option<Vec<PanelId>>,
    profile: Option<&'a str>,
    user: Option<i64>,
    outcomes: Option<Vec<&'a str>>,
    min_age_ms: Option<u64>,
    max_age_ms: Option<u64>,
    now: i64,
    /// Words that must all be there, each with the panels whose name holds it.
    text: Vec<(String, Vec<PanelId>)>,
    products: &'a Products,
}

impl<'a> Filter<'a> {
    fn new(
        wish: &'a Wish,
        panels: &Panels,
        products: &'a Products,
        now: i64,
    ) -> Result<Self, BadWish> {
        let known = panels.list();
        let split = |text: &'a str| text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let ids = |is_wanted: &dyn Fn(&str) -> bool| {
            known.iter().filter(|panel| is_wanted(panel.name())).map(|panel| panel.id()).collect()
        };
        let words = wish.q.as_deref().unwrap_or_default().split_whitespace().map(str::to_lowercase);
        let text = words.map(|word| {
            let panels = ids(&|name| name.to_lowercase().contains(&word));
            (word, panels)
        });
        let text = text.collect();
        let panels = wish.panel.as_deref().map(|names| {
            let names: Vec<&str> = split(names).collect();
            ids(&|name| names.contains(&name))
        });
        let outcomes: Option<Vec<&str>> = wish.outcome.as_deref().map(|text| split(text).collect());
        let unknown = outcomes.iter().flatten().find(|word| !OUTCOMES.contains(word));
        if let Some(unknown) = unknown {
            return Err(BadWish::Outcome((*unknown).to_owned()));
        }
        Ok(Self {
            states: wish.state.as_deref().map(|states| split(states).collect()),
            panels,
            profile: wish.profile.as_deref(),
            user: wish.user,
            outcomes,
            min_age_ms: wish.min_age_ms,
            max_age_ms: wish.max_age_ms,
            now,
            text,
            products,
        })
    }

    fn lets_pass(&self, row: &Listed) -> bool {
        let purchase = &row.purchase;
        let uses_any = |panels: &[PanelId]| purchase.panels.iter().any(|id| panels.contains(id));
        self.states.as_ref().is_none_or(|states| states.contains(&state(row).as_str()))
            && self.panels.as_ref().is_none_or(|panels| uses_any(panels))
            && self.profile.is_none_or(|profile| self.profile_name(row) == Some(profile))
            && self.user.is_none_or(|user| purchase.user == Some(user))
            && self.outcomes.as_ref().is_none_or(|list| list.contains(&outcome_word(row)))
            && self.has_age(row)
            && self.text.iter().all(|(word, panels)| self.has_text(row, word, panels))
    }

    fn has_age(&self, row: &Listed) -> bool {
        if self.min_age_ms.is_none() && self.max_age_ms.is_none() {
            return true;
        }
        let age = row.summary.oldest_at.get().map(|then| said::age(then, self.now));
        age.is_some_and(|age| {
            self.min_age_ms.is_none_or(|least| age >= least)
                && self.max_age_ms.is_none_or(|most| age <= most)
        })
    }

    fn has_text(&self, row: &Listed, text: &str, panels: &[PanelId]) -> bool {
        let purchase = &row.purchase;
        purchase.id.to_string().contains(text)
            || purchase.user.is_some_and(|user| user.to_string().contains(text))
            || purchase.panels.iter().any(|panel| panels.contains(panel))
            || self.profile_name(row).is_some_and(|name| name.to_lowercase().contains(text))
    }

    fn profile_name(&self, row: &Listed) -> Option<&str> {
        let profile = self.products.profiles.get(&row.purchase.profile?)?;
        Some(profile.name.as_str())
    }
}
