//! What becomes of a purchase, once its panels have answered or failed to.
//!
//! ```text
//! known ─┬─▶ before ─▶ what is served now ───┐
//!        └─▶ each panel's answer ─▶ slices ─▶ after ─▶ loses too much? held : written
//! ```
//!
//! Invariants:
//! - A slice is replaced only by a newer slice of the same panel that contains share links.
//! - What the bot had kept stays until every panel of the purchase has given a slice.
//! - A purchase that would lose more than half of its links is not written, unless it is forced.
//!
//! `case.rs` turns the decision into what is written.
//!
//! Deliberately absent: IO, the clock (`now` is an argument), other purchases.

mod case;
mod part;

use std::sync::Arc;

use self::case::Case;
use self::part::Part;
pub(crate) use super::rules::{Name, OnLoss, Rules, Usage, Writing};
use crate::core::links::{Names, Parsed, Served};
use crate::core::panels::given::Given;
use crate::database::contacts::Contact;
use crate::database::panels::Products;
use crate::database::purchases::Known;
use crate::database::settle::Settlement;
use crate::domain::ids::PanelId;
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::purchase::Purchase;
use crate::domain::reason::{Code, PanelFailure, Reason};
use crate::domain::slice::{Headers, Origin, Slice, Source};

/// How long fewer links wait before they are believed when they come again, in milliseconds.
pub(crate) const SECOND_LOOK_MS: i64 = 10 * 60 * 1000;

/// What the panels said about one purchase.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// One entry for each panel that was asked.
    pub(crate) answers: Arc<Vec<PanelAnswer>>,
    /// How to go about it.
    pub(crate) rules: Rules,
    /// Unix milliseconds.
    pub(crate) now: i64,
    /// How long the slowest of its panels needed, in milliseconds.
    pub(crate) took_ms: u64,
}

/// One panel's answer.
#[derive(Debug, Clone)]
pub(crate) struct PanelAnswer {
    pub(crate) panel: PanelId,
    pub(crate) name: String,
    /// What it gave.
    pub(crate) result: Result<Given, PanelFailure>,
    /// When it was asked, in Unix milliseconds.
    pub(crate) asked_at: i64,
    /// What it was asked about, which the purchase may not be any more; `None` if it was not asked.
    pub(crate) asked: Option<Arc<Contact>>,
}

/// Decides.
pub(crate) fn judge(known: Option<&Known>, products: &Products, attempt: &Attempt) -> Settlement {
    let Some(known) = known else {
        return Settlement::refused(
            Reason::new(Code::NotFound, "the bot's database has no such purchase"),
            attempt.now,
        );
    };
    if let Some(reason) = known.purchase.obstacle() {
        return Settlement::refused(reason, attempt.now);
    }
    let before: Vec<Parsed> = slices_before(known).into_iter().map(Parsed::of).collect();
    let served_before = Served::of(in_order(&known.purchase, &before));
    let names = Names::of(&served_before);
    let parts: Vec<Part> = known
        .purchase
        .panels
        .iter()
        .map(|&panel| {
            Part::of(
                panel,
                &part::Context { known, before: &before, products, names: &names, attempt },
            )
        })
        .collect();
    let plan = Plan::of(&known.purchase, &before, parts);
    let served_after = Served::of(in_order(&known.purchase, plan.after()));
    let case = Case { known, attempt, before: &before, plan: &plan, served_before, served_after };
    let held = if case.loses_too_much() { case.hold() } else { None };
    held.unwrap_or_else(|| case.write())
}

/// What would be written.
struct Plan {
    parts: Vec<Part>,
    /// Slices of nobody's part that stay.
    others: Vec<Parsed>,
    dropped: Vec<Source>,
}

impl Plan {
    fn of(purchase: &Purchase, before: &[Parsed], parts: Vec<Part>) -> Self {
        let others = before.iter().filter(|old| match old.slice.source {
            Source::Before => true,
            Source::Panel(panel) => !purchase.panels.contains(&panel),
        });
        // They stay until every panel of the purchase has given a slice.
        let every_panel_has_one = parts.iter().all(|part| part.slice.is_some());
        let every_panel_answered = parts.iter().all(|part| part.failure.is_none());
        if every_panel_has_one && every_panel_answered {
            let dropped = others.map(|other| other.slice.source).collect();
            return Self { parts, others: Vec::new(), dropped };
        }
        let others = others.cloned().collect();
        Self { parts, others, dropped: Vec::new() }
    }

    /// The slices that there are afterwards.
    fn after(&self) -> impl Iterator<Item = &Parsed> {
        self.parts.iter().filter_map(|part| part.slice.as_ref()).chain(&self.others)
    }

    /// The panels that gave their links at this attempt.
    fn fresh(&self) -> Vec<Source> {
        let answered = self.parts.iter().filter(|part| part.failure.is_none());
        answered.map(|part| Source::Panel(part.panel)).collect()
    }

    fn answered(&self) -> usize {
        self.parts.iter().filter(|part| part.failure.is_none()).count()
    }

    fn failures(&self) -> impl Iterator<Item = (&Part, PanelFailure)> {
        self.parts.iter().filter_map(|part| Some((part, part.failure?)))
    }

    /// How the item ends when it is written, and why it did not succeed.
    fn end(&self, changed: bool) -> (Outcome, CountAs, Option<Reason>) {
        let unreached = self.failures().find(|(_, failure)| !failure.was_reached());
        let refused = self.failures().find(|(_, failure)| failure.is_refusal());
        let other = self.failures().find(|(_, failure)| failure.was_reached());
        let about = |(part, failure): (&Part, PanelFailure)| failure.about(&part.name);
        match (self.answered(), unreached, refused.or(other)) {
            (_, None, None) if changed => (Outcome::Updated, CountAs::Success, None),
            (_, None, None) => (Outcome::Unchanged, CountAs::Success, None),
            (0, _, Some(why)) if why.1.is_refusal() => {
                (Outcome::Failed, CountAs::Failed, Some(about(why)))
            }
            // Nobody asked: the guard left its panel out, say. What it has, it keeps.
            (0, None, Some(why)) => (Outcome::Kept, CountAs::Failed, Some(about(why))),
            (0, Some(unreached), _) => {
                (Outcome::Kept, CountAs::ConnectionError, Some(about(unreached)))
            }
            (_, Some(unreached), _) => {
                (Outcome::Partial, CountAs::ConnectionError, Some(about(unreached)))
            }
            (_, None, Some(why)) => (Outcome::Partial, CountAs::Failed, Some(about(why))),
        }
    }
}

/// The slices that there are, with what the bot wrote since we last did as one of them.
fn slices_before(known: &Known) -> Vec<Arc<Slice>> {
    let mut slices = known.slices.clone();
    let lines = known.kept.lines();
    if !known.kept_is_ours && !lines.is_empty() {
        slices.retain(|slice| slice.source != Source::Before);
        slices.push(Arc::new(Slice {
            source: Source::Before,
            links: lines.join("\n"),
            fetched_at: None,
            headers: Headers::new(),
            origin: Origin::default(),
        }));
    }
    slices
}

/// The purchase's panels first, in its order; then what is from elsewhere; then what was before.
fn in_order<'a>(
    purchase: &Purchase,
    slices: impl IntoIterator<Item = &'a Parsed>,
) -> Vec<&'a Parsed> {
    let mut slices: Vec<&Parsed> = slices.into_iter().collect();
    slices.sort_by_key(|parsed| rank(purchase, &parsed.slice));
    slices
}

fn rank(purchase: &Purchase, slice: &Slice) -> usize {
    match slice.source {
        Source::Panel(panel) => {
            purchase.panels.iter().position(|&own| own == panel).unwrap_or(usize::MAX - 1)
        }
        Source::Before => usize::MAX,
    }
}

/// What a purchase serves as things stand, from the database alone.
pub(crate) fn served_now(known: &Known) -> Vec<Arc<Slice>> {
    let mut slices = slices_before(known);
    slices.sort_by_key(|slice| rank(&known.purchase, slice));
    slices
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod list_tests;
