//! Filters, order and pages of the list of purchases.
//!
//! Pure: rows in, a page out. A cursor is the position in the list under the same filter and order;
//! when the list changes between two pages, a row may come twice or not at all.

use std::cmp::{Ordering, Reverse};

use serde::Deserialize;

use crate::api;
use crate::core::catalog::{Rows, state};
use crate::core::panels::Panels;
use crate::core::said;
use crate::database::panels::Products;
use crate::database::purchases::Listed;
use crate::domain::ids::PanelId;

/// Largest page.
pub(super) const MAX_LIMIT: usize = 500;

/// Page size where none is asked for.
const DEFAULT_LIMIT: usize = 100;

/// What is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wish {
    /// Entries a page, at most 500.
    pub(super) limit: Option<usize>,
    /// Where the last page ended.
    pub(super) cursor: Option<String>,
    /// States, separated by commas.
    state: Option<String>,
    /// Panel names, separated by commas.
    panel: Option<String>,
    /// A profile's name.
    profile: Option<String>,
    /// A Telegram id.
    user: Option<i64>,
    /// Free text: in the id, the Telegram id, a panel's name or the profile's.
    q: Option<String>,
    /// `id`, `user`, `links`, `state`, `age`, `expires`; with `-` in front the other way round.
    sort: Option<String>,
}

/// What may be wrong with a wish.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadWish {
    #[error("sort: {0:?} is none of id, user, links, state, age, expires")]
    Sort(String),
    #[error("cursor: {0:?} is not one that this core gave")]
    Cursor(String),
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Id,
    User,
    Links,
    State,
    Age,
    Expires,
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
        let offset = offset(self.cursor.as_deref())?;
        let limit = limit(self.limit);
        let filter = Filter::new(self, panels, products);
        let mut wanted: Vec<&Listed> = rows.iter().filter(|row| filter.lets_pass(row)).collect();
        if key != Key::Id {
            wanted.sort_by(|a, b| compare(key, a, b));
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
            "links" => Key::Links,
            "state" => Key::State,
            "age" => Key::Age,
            "expires" => Key::Expires,
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
    let next = offset + items.len();
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
        Key::Id => Ordering::Equal,
        Key::User => last(a.purchase.user, b.purchase.user),
        Key::Links => a.summary.links.cmp(&b.summary.links),
        Key::State => state(a).cmp(&state(b)),
        Key::Age => age(a).cmp(&age(b)),
        Key::Expires => last(a.purchase.expires_at, b.purchase.expires_at),
    };
    order.then(a.purchase.id.cmp(&b.purchase.id))
}

/// By how much a purchase's links need a look: those switched off and those without links least,
/// then by age; links of unknown age are older than any.
fn age(row: &Listed) -> (bool, bool, Reverse<Option<i64>>) {
    (row.purchase.active, row.summary.links > 0, Reverse(row.summary.oldest_at))
}

/// A wish with its names looked up.
struct Filter<'a> {
    states: Option<Vec<&'a str>>,
    panels: Option<Vec<PanelId>>,
    profile: Option<&'a str>,
    user: Option<i64>,
    text: Option<String>,
    /// Panels whose name holds the text.
    text_panels: Vec<PanelId>,
    products: &'a Products,
}

impl<'a> Filter<'a> {
    fn new(wish: &'a Wish, panels: &Panels, products: &'a Products) -> Self {
        let known = panels.list();
        let split = |text: &'a str| text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let ids = |is_wanted: &dyn Fn(&str) -> bool| {
            known.iter().filter(|panel| is_wanted(panel.name())).map(|panel| panel.id()).collect()
        };
        let text = wish.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let text = text.map(str::to_lowercase);
        let text_panels = match &text {
            Some(text) => ids(&|name| name.to_lowercase().contains(text)),
            None => Vec::new(),
        };
        let panels = wish.panel.as_deref().map(|names| {
            let names: Vec<&str> = split(names).collect();
            ids(&|name| names.contains(&name))
        });
        Self {
            states: wish.state.as_deref().map(|states| split(states).collect()),
            panels,
            profile: wish.profile.as_deref(),
            user: wish.user,
            text,
            text_panels,
            products,
        }
    }

    fn lets_pass(&self, row: &Listed) -> bool {
        let purchase = &row.purchase;
        let uses_any = |panels: &[PanelId]| purchase.panels.iter().any(|id| panels.contains(id));
        self.states.as_ref().is_none_or(|states| states.contains(&state(row).as_str()))
            && self.panels.as_ref().is_none_or(|panels| uses_any(panels))
            && self.profile.is_none_or(|profile| self.profile_name(row) == Some(profile))
            && self.user.is_none_or(|user| purchase.user == Some(user))
            && self.text.as_ref().is_none_or(|text| self.has_text(row, text))
    }

    fn has_text(&self, row: &Listed, text: &str) -> bool {
        let purchase = &row.purchase;
        purchase.id.to_string().contains(text)
            || purchase.user.is_some_and(|user| user.to_string().contains(text))
            || purchase.panels.iter().any(|panel| self.text_panels.contains(panel))
            || self.profile_name(row).is_some_and(|name| name.to_lowercase().contains(text))
    }

    fn profile_name(&self, row: &Listed) -> Option<&str> {
        let profile = self.products.profiles.get(&row.purchase.profile?)?;
        Some(profile.name.as_str())
    }
}
