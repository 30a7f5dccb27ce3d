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
//! Deliberately absent: IO, the clock (`now` is an argument), other purchases.

pub(crate) use super::rules::{Name, OnLoss, Rules, Usage, Writing};
use super::take::{dress, narrow};
use crate::core::links::{Names, Served};
use crate::database::panels::Products;
use crate::database::purchases::{Contribution, Held, Known, Summary};
use crate::database::settle::{Change, Settlement, Verdict};
use crate::domain::ids::PanelId;
use crate::domain::job::{ItemEnd, PanelPart};
use crate::domain::kept;
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::purchase::{Purchase, Standing};
use crate::domain::reason::{Code, PanelFailure, Reason};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Headers, Slice, Source};

/// How long fewer links wait before they are believed when they come again, in milliseconds.
pub(crate) const SECOND_LOOK_MS: i64 = 10 * 60 * 1000;

/// What the panels said about one purchase.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// One entry for each panel that was asked.
    pub(crate) answers: Vec<PanelAnswer>,
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
    /// Its links and the headers that are passed on.
    pub(crate) result: Result<(Vec<ShareLink>, Headers), PanelFailure>,
    /// When it was asked, in Unix milliseconds.
    pub(crate) asked_at: i64,
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
    let before = slices_before(known);
    let served_before = Served::of(in_order(&known.purchase, &before));
    let names = Names::of(&served_before);
    let parts: Vec<Part> = known
        .purchase
        .panels
        .iter()
        .map(|&panel| Part::of(panel, &before, &known.purchase, products, &names, attempt))
        .collect();
    let plan = Plan::of(&known.purchase, &before, parts);
    let served_after = Served::of(in_order(&known.purchase, &plan.after));
    if loses_too_much(&served_before, &served_after)
        && let Some(settlement) =
            hold(known, &before, &served_before, &served_after, &plan, attempt)
    {
        return settlement;
    }
    write(known, &before, &served_before, &served_after, &plan, attempt)
}

/// One panel's part in the decision.
struct Part {
    panel: PanelId,
    name: String,
    /// The slice that it contributes from now on.
    slice: Option<Slice>,
    failure: Option<PanelFailure>,
    renamed: usize,
}

impl Part {
    fn of(
        panel: PanelId,
        before: &[Slice],
        purchase: &Purchase,
        products: &Products,
        names: &Names,
        attempt: &Attempt,
    ) -> Self {
        let old = before.iter().find(|slice| slice.source == Source::Panel(panel));
        let answer = attempt.answers.iter().find(|answer| answer.panel == panel);
        let name = answer.map_or_else(|| format!("#{panel}"), |answer| answer.name.clone());
        match answer.map(|answer| (&answer.result, answer.asked_at)) {
            Some((Ok((links, headers)), asked_at)) => {
                // Somebody asked later than we did, and was settled first.
                if let Some(newer) = old.filter(|old| old.fetched_at > Some(asked_at)) {
                    return Self {
                        panel,
                        name,
                        slice: Some(newer.clone()),
                        failure: None,
                        renamed: 0,
                    };
                }
                let links = narrow(links, panel, purchase, products);
                let (links, renamed) = dress(links, names, attempt.rules);
                let headers = headers.clone();
                let source = Source::Panel(panel);
                let slice = Slice { source, links, fetched_at: Some(asked_at), headers };
                Self { panel, name, slice: Some(slice), failure: None, renamed }
            }
            Some((Err(failure), _)) => {
                Self { panel, name, slice: old.cloned(), failure: Some(*failure), renamed: 0 }
            }
            // The bot gave the purchase another panel while its old ones were asked.
            None => Self {
                panel,
                name,
                slice: old.cloned(),
                failure: Some(PanelFailure::NotAsked),
                renamed: 0,
            },
        }
    }
}

/// What would be written.
struct Plan {
    parts: Vec<Part>,
    after: Vec<Slice>,
    dropped: Vec<Source>,
}

impl Plan {
    fn of(purchase: &Purchase, before: &[Slice], parts: Vec<Part>) -> Self {
        let mut after: Vec<Slice> = parts.iter().filter_map(|part| part.slice.clone()).collect();
        let others = before.iter().filter(|slice| match slice.source {
            Source::Before => true,
            Source::Panel(panel) => !purchase.panels.contains(&panel),
        });
        // They stay until every panel of the purchase has given a slice.
        let every_panel_has_one = parts.iter().all(|part| part.slice.is_some());
        let every_panel_answered = parts.iter().all(|part| part.failure.is_none());
        let mut dropped = Vec::new();
        for other in others {
            if every_panel_has_one && every_panel_answered {
                dropped.push(other.source);
            } else {
                after.push(other.clone());
            }
        }
        Self { parts, after, dropped }
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
        let refused = self.failures().find(|(_, failure)| failure.was_reached());
        let about = |(part, failure): (&Part, PanelFailure)| failure.about(&part.name);
        match (self.answered(), unreached, refused) {
            (_, None, None) if changed => (Outcome::Updated, CountAs::Success, None),
            (_, None, None) => (Outcome::Unchanged, CountAs::Success, None),
            (0, _, Some(refused)) => (Outcome::Failed, CountAs::Failed, Some(about(refused))),
            (0, Some(unreached), None) => {
                (Outcome::Kept, CountAs::ConnectionError, Some(about(unreached)))
            }
            (_, Some(unreached), _) => {
                (Outcome::Partial, CountAs::ConnectionError, Some(about(unreached)))
            }
            (_, None, Some(refused)) => (Outcome::Partial, CountAs::Failed, Some(about(refused))),
        }
    }
}

/// The slices that there are, with what the bot wrote since we last did as one of them.
fn slices_before(known: &Known) -> Vec<Slice> {
    let mut slices = known.slices.clone();
    let lines = known.kept.lines();
    if !known.kept_is_ours && !lines.is_empty() {
        slices.retain(|slice| slice.source != Source::Before);
        slices.push(Slice {
            source: Source::Before,
            links: lines.to_vec(),
            fetched_at: None,
            headers: Headers::new(),
        });
    }
    slices
}

/// The purchase's panels first, in its order; then what is from elsewhere; then what was before.
pub(crate) fn in_order<'a>(purchase: &Purchase, slices: &'a [Slice]) -> Vec<&'a Slice> {
    let rank = |slice: &&Slice| match slice.source {
        Source::Panel(panel) => {
            purchase.panels.iter().position(|&own| own == panel).unwrap_or(usize::MAX - 1)
        }
        Source::Before => usize::MAX,
    };
    let mut slices: Vec<&Slice> = slices.iter().collect();
    slices.sort_by_key(rank);
    slices
}

/// What a purchase serves as things stand, from the database alone.
pub(crate) fn served_now(known: &Known) -> Vec<Slice> {
    let slices = slices_before(known);
    in_order(&known.purchase, &slices).into_iter().cloned().collect()
}

fn loses_too_much(before: &Served<'_>, after: &Served<'_>) -> bool {
    after.count() * 2 < before.count()
}

/// Keeps a purchase that would lose too much; `None` if it is to be written all the same.
fn hold(
    known: &Known,
    before: &[Slice],
    served_before: &Served<'_>,
    served_after: &Served<'_>,
    plan: &Plan,
    attempt: &Attempt,
) -> Option<Settlement> {
    let links = served_after.identity().to_string();
    let seen = known.held.as_ref().filter(|held| held.links == links);
    match attempt.rules.on_loss {
        OnLoss::Write => return None,
        OnLoss::KeepUntilSeenAgain
            if seen.is_some_and(|held| attempt.now - held.since >= SECOND_LOOK_MS) =>
        {
            return None;
        }
        OnLoss::Hold | OnLoss::Keep | OnLoss::KeepUntilSeenAgain => {}
    }
    let (had, would) = (served_before.count(), served_after.count());
    let text = format!("only {would} of {had} links came: nothing was written");
    let reason = Reason::new(Code::WouldLoseLinks, text);
    let losing = losing_panels(plan, before);
    let parts = plan.parts.iter().map(|part| PanelPart {
        panel: part.panel,
        name: part.name.clone(),
        outcome: Outcome::Kept,
        links: served_before.count_from(Source::Panel(part.panel)),
        fetched_at: fetched_at(before, part.panel),
        reason: match part.failure {
            Some(failure) => Some(failure.about(&part.name)),
            None => losing.contains(&part.panel).then(|| reason.clone()),
        },
    });
    let parts = parts.collect();
    let end = ItemEnd {
        outcome: Outcome::Kept,
        count_as: CountAs::Failed,
        links: served_before.count() as u64,
        reason: Some(reason),
        panels: parts,
        notes: Vec::new(),
        took_ms: Some(attempt.took_ms),
        finished_at: attempt.now,
    };
    let held = Held { links, since: seen.map_or(attempt.now, |held| held.since) };
    let change = Change {
        upsert: Vec::new(),
        delete: Vec::new(),
        json: None,
        summary: sum_up(served_before, &end, Standing::Kept, attempt.now, &[]),
        held: Some(held),
    };
    let served = in_order(&known.purchase, before).into_iter().cloned().collect();
    let verdict = match attempt.rules.on_loss {
        OnLoss::Hold => Verdict::Held(end),
        _ => Verdict::Ended(end),
    };
    Some(Settlement { verdict, change: real(change, attempt), served })
}

/// The panels that gave less than half of what they gave before; where nobody can tell, all that
/// answered.
fn losing_panels(plan: &Plan, before: &[Slice]) -> Vec<PanelId> {
    let answered = plan.parts.iter().filter(|part| part.failure.is_none());
    let shrank = answered.clone().filter(|part| {
        let old = before.iter().find(|slice| slice.source == Source::Panel(part.panel));
        old.is_none_or(|old| {
            Served::of(part.slice.as_ref()).count() * 2 < Served::of([old]).count()
        })
    });
    let shrank: Vec<PanelId> = shrank.map(|part| part.panel).collect();
    if shrank.is_empty() { answered.map(|part| part.panel).collect() } else { shrank }
}

fn write(
    known: &Known,
    before: &[Slice],
    served_before: &Served<'_>,
    served_after: &Served<'_>,
    plan: &Plan,
    attempt: &Attempt,
) -> Settlement {
    let changed = served_before.content() != served_after.content();
    let (outcome, count_as, reason) = plan.end(changed);
    let end = ItemEnd {
        outcome,
        count_as,
        links: served_after.count() as u64,
        reason,
        panels: plan.parts.iter().map(|part| part_end(part, before, served_after)).collect(),
        notes: notes(plan),
        took_ms: Some(attempt.took_ms),
        finished_at: attempt.now,
    };
    let standing = match outcome {
        Outcome::Updated | Outcome::Unchanged => Standing::Fresh,
        Outcome::Partial => Standing::Partial,
        Outcome::Kept => Standing::Kept,
        Outcome::Failed => Standing::Failed,
    };
    let lines: Vec<&str> = served_after.lines().collect();
    let is_there_already = known.kept_is_ours && known.kept.lines() == lines;
    let nothing_came = plan.answered() == 0;
    let json = (!is_there_already && !nothing_came).then(|| kept::write(lines.iter().copied()));
    let new = plan.after.iter().filter(|slice| !known.slices.contains(slice));
    let change = Change {
        upsert: if nothing_came { Vec::new() } else { new.cloned().collect() },
        delete: plan.dropped.clone(),
        json,
        summary: sum_up(served_after, &end, standing, attempt.now, &plan.fresh()),
        // As long as a panel is silent, nothing says that what waits to be seen again will not be.
        held: if plan.failures().next().is_some() { known.held.clone() } else { None },
    };
    let served = in_order(&known.purchase, &plan.after).into_iter().cloned().collect();
    Settlement { verdict: Verdict::Ended(end), change: real(change, attempt), served }
}

fn part_end(part: &Part, before: &[Slice], after: &Served<'_>) -> PanelPart {
    let source = Source::Panel(part.panel);
    let old = before.iter().find(|slice| slice.source == source);
    let outcome = match (part.failure, &part.slice) {
        (Some(failure), _) if failure.was_reached() => Outcome::Failed,
        (Some(_), _) => Outcome::Kept,
        (None, new) if Served::of(old).content() == Served::of(new).content() => Outcome::Unchanged,
        (None, _) => Outcome::Updated,
    };
    PanelPart {
        panel: part.panel,
        name: part.name.clone(),
        outcome,
        links: after.count_from(source),
        fetched_at: part.slice.as_ref().and_then(|slice| slice.fetched_at),
        reason: part.failure.map(|failure| failure.about(&part.name)),
    }
}

fn notes(plan: &Plan) -> Vec<String> {
    let renamed: usize = plan.parts.iter().map(|part| part.renamed).sum();
    match renamed {
        0 => Vec::new(),
        1 => vec!["1 link gets another name".to_owned()],
        many => vec![format!("{many} links get other names")],
    }
}

fn sum_up(
    served: &Served<'_>,
    end: &ItemEnd,
    standing: Standing,
    now: i64,
    fresh: &[Source],
) -> Summary {
    let is_old = |slice: &Slice| !fresh.contains(&slice.source);
    Summary {
        standing,
        outcome: Some(end.outcome),
        reason: end.reason.clone(),
        attempted_at: Some(now),
        links: served.count() as u64,
        kept: served.links.iter().filter(|(_, slice)| is_old(slice)).count() as u64,
        oldest_at: served.oldest_at(),
        panels: end.panels.iter().map(contribution).collect(),
    }
}

fn contribution(part: &PanelPart) -> Contribution {
    Contribution {
        panel: part.panel,
        fetched_at: part.fetched_at,
        is_missing: part.reason.is_some(),
    }
}

fn fetched_at(slices: &[Slice], panel: PanelId) -> Option<i64> {
    slices.iter().find(|slice| slice.source == Source::Panel(panel))?.fetched_at
}

fn real(change: Change, attempt: &Attempt) -> Option<Change> {
    (attempt.rules.write == Writing::Real).then_some(change)
}

#[cfg(test)]
mod tests;
