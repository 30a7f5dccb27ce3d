//! One purchase before and after, and what is written of the difference.

use std::sync::Arc;

use super::{Attempt, Part, Plan, SECOND_LOOK_MS, in_order};
use crate::core::links::{Parsed, Served};
use crate::core::update::rules::{OnLoss, Writing};
use crate::database::purchases::{Contribution, Held, Known, PanelStanding, Summary};
use crate::database::settle::{Change, Settlement, Verdict};
use crate::domain::changes::Changes;
use crate::domain::ids::PanelId;
use crate::domain::job::{ItemEnd, PanelPart};
use crate::domain::kept;
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::purchase::Standing;
use crate::domain::reason::{Code, Reason};
use crate::domain::slice::Source;

/// All that decides about one purchase.
pub(super) struct Case<'a> {
    pub(super) known: &'a Known,
    pub(super) attempt: &'a Attempt,
    pub(super) before: &'a [Parsed],
    pub(super) plan: &'a Plan,
    pub(super) served_before: Served<'a>,
    pub(super) served_after: Served<'a>,
}

impl Case<'_> {
    /// Whether more than half of the links would go.
    pub(super) fn loses_too_much(&self) -> bool {
        self.served_after.count() * 2 < self.served_before.count()
    }

    /// Keeps a purchase that would lose too much; `None` if it is to be written all the same.
    pub(super) fn hold(&self) -> Option<Settlement> {
        let (attempt, links) = (self.attempt, self.served_after.identity().to_string());
        let seen = self.known.held.as_ref().filter(|held| held.links == links);
        let is_believed = seen.is_some_and(|held| attempt.now - held.since >= SECOND_LOOK_MS);
        match attempt.rules.on_loss {
            OnLoss::Write => return None,
            OnLoss::KeepUntilSeenAgain if is_believed => return None,
            OnLoss::Hold | OnLoss::Keep | OnLoss::KeepUntilSeenAgain => {}
        }
        let held = Held { links, since: seen.map_or(attempt.now, |held| held.since) };
        let end = self.held_end();
        let change = Change {
            upsert: Vec::new(),
            delete: Vec::new(),
            json: None,
            summary: sum_up(&self.served_before, &end, Standing::Kept, &self.plan.parts, &[]),
            held: Some(held),
        };
        let verdict = match attempt.rules.on_loss {
            OnLoss::Hold => Verdict::Held(end),
            OnLoss::Keep | OnLoss::KeepUntilSeenAgain | OnLoss::Write => Verdict::Ended(end),
        };
        Some(self.settlement(verdict, change, self.before))
    }

    /// How a held item ends if it is not written.
    fn held_end(&self) -> ItemEnd {
        let (had, would) = (self.served_before.count(), self.served_after.count());
        let text = format!("only {would} of {had} links came: nothing was written");
        let reason = Reason::new(Code::WouldLoseLinks, text);
        let losing = self.losing_panels();
        let parts = self.plan.parts.iter().map(|part| PanelPart {
            panel: part.panel,
            name: part.name.clone(),
            outcome: Outcome::Kept,
            links: self.served_before.count_from(Source::Panel(part.panel)),
            fetched_at: self.find_before(part.panel).and_then(|old| old.slice.fetched_at),
            reason: match part.failure {
                Some(failure) => Some(failure.about(&part.name)),
                None => losing.contains(&part.panel).then(|| reason.clone()),
            },
            way: part.slice.as_ref().and_then(|new| new.slice.origin.way),
        });
        ItemEnd {
            outcome: Outcome::Kept,
            count_as: CountAs::Failed,
            links: self.served_before.count() as u64,
            panels: parts.collect(),
            reason: Some(reason),
            notes: Vec::new(),
            changes: self.changes(),
            took_ms: Some(self.attempt.took_ms),
            finished_at: self.attempt.now,
        }
    }

    /// The panels that gave less than half of what they gave before; where nobody can tell, all
    /// that answered.
    fn losing_panels(&self) -> Vec<PanelId> {
        let answered = self.plan.parts.iter().filter(|part| part.failure.is_none());
        let shrank = answered.clone().filter(|part| {
            self.find_before(part.panel).is_none_or(|old| {
                Served::of(part.slice.as_ref()).count() * 2 < Served::of([old]).count()
            })
        });
        let shrank: Vec<PanelId> = shrank.map(|part| part.panel).collect();
        if shrank.is_empty() { answered.map(|part| part.panel).collect() } else { shrank }
    }

    /// Writes what came, and says how the item ends.
    pub(super) fn write(&self) -> Settlement {
        let plan = self.plan;
        let end = self.written_end();
        let standing = match end.outcome {
            Outcome::Updated | Outcome::Unchanged => Standing::Fresh,
            Outcome::Partial => Standing::Partial,
            Outcome::Kept => Standing::Kept,
            Outcome::Failed => Standing::Failed,
        };
        let lines: Vec<&str> = self.served_after.lines().collect();
        let is_there_already = self.known.kept_is_ours && self.known.kept.lines() == lines;
        let nothing_came = plan.answered() == 0;
        let json = !is_there_already && !nothing_came;
        let after = plan.after().map(|after| &after.slice);
        let new = after.filter(|slice| !self.known.slices.contains(slice));
        // As long as a panel is silent, nothing says that what waits to be seen again will not be.
        let is_whole = plan.failures().next().is_none();
        let change = Change {
            upsert: if nothing_came { Vec::new() } else { new.cloned().collect() },
            delete: plan.dropped.clone(),
            json: json.then(|| kept::write(lines.iter().copied())),
            summary: sum_up(&self.served_after, &end, standing, &plan.parts, &plan.fresh()),
            held: if is_whole { None } else { self.known.held.clone() },
        };
        self.settlement(Verdict::Ended(end), change, plan.after())
    }

    fn written_end(&self) -> ItemEnd {
        let changed = self.served_before.content() != self.served_after.content();
        let (outcome, count_as, reason) = self.plan.end(changed);
        ItemEnd {
            outcome,
            count_as,
            links: self.served_after.count() as u64,
            reason,
            panels: self.plan.parts.iter().map(|part| self.part_end(part)).collect(),
            notes: notes(self.plan),
            changes: self.changes(),
            took_ms: Some(self.attempt.took_ms),
            finished_at: self.attempt.now,
        }
    }

    /// What would become of its links, where nothing is written.
    fn changes(&self) -> Option<Box<Changes>> {
        if self.attempt.rules.write == Writing::Real {
            return None;
        }
        let (before, after) = (self.served_before.share_links(), self.served_after.share_links());
        Some(Box::new(Changes::between(&before, &after)))
    }

    fn part_end(&self, part: &Part) -> PanelPart {
        let old = self.find_before(part.panel);
        let new = part.slice.as_ref();
        let outcome = match part.failure {
            Some(failure) if failure.is_refusal() => Outcome::Failed,
            Some(_) => Outcome::Kept,
            None if Served::of(old).content() == Served::of(new).content() => Outcome::Unchanged,
            None => Outcome::Updated,
        };
        PanelPart {
            panel: part.panel,
            name: part.name.clone(),
            outcome,
            links: self.served_after.count_from(Source::Panel(part.panel)),
            fetched_at: new.and_then(|new| new.slice.fetched_at),
            reason: part.failure.map(|failure| failure.about(&part.name)),
            way: new.and_then(|new| new.slice.origin.way),
        }
    }

    fn find_before(&self, panel: PanelId) -> Option<&Parsed> {
        self.before.iter().find(|old| old.slice.source == Source::Panel(panel))
    }

    /// A dry run says the same and writes nothing.
    fn settlement<'s>(
        &self,
        verdict: Verdict,
        change: Change,
        serves: impl IntoIterator<Item = &'s Parsed>,
    ) -> Settlement {
        let is_real = self.attempt.rules.write == Writing::Real;
        let served = in_order(&self.known.purchase, serves);
        let served = served.into_iter().map(|parsed| Arc::clone(&parsed.slice)).collect();
        Settlement { verdict, change: is_real.then_some(change), served }
    }
}

fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    for part in &plan.parts {
        if let Some(off) = part.off {
            notes.push(format!("{} on {}: its links stay as they are", off.in_words(), part.name));
        }
        match part.unexplained {
            0 => {}
            1 => notes.push(format!("1 link stays that the list of {} does not hold", part.name)),
            many => notes
                .push(format!("{many} links stay that the list of {} does not hold", part.name)),
        }
    }
    match plan.parts.iter().map(|part| part.renamed).sum() {
        0 => {}
        1 => notes.push("1 link gets another name".to_owned()),
        many => notes.push(format!("{many} links get other names")),
    }
    notes
}

/// `fresh` are the panels that gave their links at this attempt; all other links are kept ones.
fn sum_up(
    served: &Served<'_>,
    end: &ItemEnd,
    standing: Standing,
    parts: &[Part],
    fresh: &[Source],
) -> Summary {
    let kept = served.links.iter().filter(|(_, slice)| !fresh.contains(&slice.source));
    Summary {
        standing,
        outcome: Some(end.outcome),
        reason: end.reason.clone().map(Box::new),
        attempted_at: Some(end.finished_at).into(),
        links: served.count() as u64,
        kept: kept.count() as u64,
        oldest_at: served.oldest_at().into(),
        panels: end.panels.iter().map(|part| contribution(part, parts)).collect(),
    }
}

fn contribution(end: &PanelPart, parts: &[Part]) -> Contribution {
    let part = parts.iter().find(|part| part.panel == end.panel);
    let slice = part.and_then(|part| Some(&part.slice.as_ref()?.slice));
    Contribution {
        panel: end.panel,
        fetched_at: end.fetched_at.into(),
        state: match (&end.reason, part.and_then(|part| part.off)) {
            (Some(_), _) => PanelStanding::Missing,
            (None, Some(off)) => PanelStanding::Off(off),
            (None, None) => PanelStanding::Given,
        },
        compared_at: slice.and_then(|slice| slice.origin.compared_at).into(),
    }
}
