//! The job's decisions: whom to ask next, when an item is complete, when to stop.
//!
//! ```text
//!     Surveyed, Answered, Settled, Late, Cancel
//! runner ──────────────────────────────▶ step() ──▶ Survey, Ask, Settle, StopAsking, Finish ──▶ runner
//! ```
//!
//! Pure: no IO, no clock. What is on its way is counted here, so the end is known for certain.
//!
//! Invariants:
//! - Each panel has its own queue: a slow one delays nobody's purchases but its own. Lists alone are
//!   waited for, and only until `Late`.
//! - Every item is settled once and, if that holds it, once more at the end.
//! - `Finish` is the last effect, when nothing is on its way any more.

mod share;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::share::Share;
use super::judge::{OnLoss, PanelAnswer};
use crate::database::settle::Verdict;
use crate::domain::guard::{self, ENOUGH_ITEMS, Guard};
use crate::domain::ids::{PanelId, PurchaseId};
use crate::domain::job::{ItemEnd, JobState};
use crate::domain::outcome::Tally;
use crate::domain::reason::{Code, PanelFailure, Reason};

/// How many items may wait to be written. Lists answer at once: without a bound, all links of a
/// panel would be in memory before the first of them is on the disk.
const MOST_SETTLING: usize = 1024;

/// Something happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// A panel's lists were read, or could not be, after this long. With a failure, nothing else is
    /// asked of this panel.
    Surveyed { panel: PanelId, name: String, failure: Option<PanelFailure>, took: Duration },
    /// A panel answered, or failed to, after this long.
    Answered { item: PurchaseId, answer: PanelAnswer, took: Duration },
    /// An item was settled, and that is on the disk.
    Settled { item: PurchaseId, verdict: Verdict },
    /// Lists that are still to come are waited for no longer.
    Late,
    /// An operator cancelled the job.
    Cancel,
}

/// Something is to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Read this panel's lists, before it is asked for any purchase.
    Survey { panel: PanelId },
    /// Ask this panel for this purchase.
    Ask { item: PurchaseId, panel: PanelId },
    /// Judge these answers and write what comes of it.
    Settle { item: PurchaseId, answers: Arc<Vec<PanelAnswer>>, on_loss: OnLoss, took: Duration },
    /// Give up every question that is on its way; none of them will be answered.
    StopAsking,
    /// It is over.
    Finish { state: JobState, reason: Option<Reason> },
}

/// How much may be on its way at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Questions to all panels together.
    pub(crate) total: usize,
    /// Questions to one panel.
    pub(crate) per_panel: usize,
}

/// Where the job is between its first question and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Panels are asked.
    Asking,
    /// No more panels are asked; what they answered is still written.
    Ending(JobState, Option<Reason>),
    /// Held items are ended.
    Resolving(JobState, Option<Reason>),
    /// Nothing comes after this.
    Over,
}

/// An item between its first question and its end.
#[derive(Debug, Default)]
struct Open {
    panels: Vec<PanelId>,
    /// Shared once it is complete.
    answers: Arc<Vec<PanelAnswer>>,
    took: Duration,
    is_settling: bool,
}

/// The state of one job.
#[derive(Debug)]
pub(crate) struct Director {
    limits: Limits,
    force: bool,
    phase: Phase,
    open: HashMap<PurchaseId, Open>,
    held: Vec<PurchaseId>,
    shares: BTreeMap<PanelId, Share>,
    names: HashMap<PanelId, String>,
    guard: Guard,
    tally: Tally,
    settling: usize,
    /// Whether panels that give everything at once wait for the lists of the others, so that all
    /// begin at the same place in the bot's table.
    gathers: bool,
}

impl Director {
    /// A job over `items`, each with its panels; `ended` are those that a former core has ended.
    pub(crate) fn new(
        limits: Limits,
        force: bool,
        items: impl IntoIterator<Item = (PurchaseId, Vec<PanelId>)>,
        ended: &[ItemEnd],
    ) -> Self {
        let mut director = Self {
            limits,
            force,
            phase: Phase::Asking,
            open: HashMap::new(),
            held: Vec::new(),
            shares: BTreeMap::new(),
            names: HashMap::new(),
            guard: Guard::default(),
            tally: Tally::default(),
            settling: 0,
            gathers: true,
        };
        for (item, panels) in items {
            for &panel in &panels {
                let share = director.shares.entry(panel).or_default();
                share.queue.push_back(item);
                share.total += 1;
            }
            director.open.insert(item, Open { panels, ..Open::default() });
        }
        for end in ended {
            director.recall(end);
        }
        let total = director.open.len() + ended.len();
        let uses = director.shares.iter().map(|(panel, share)| (*panel, share.total));
        director.guard = Guard::new(total as u64, uses);
        for end in ended {
            // The guard remembers what it decided: `begin` does it again.
            let _ = director.count(end);
        }
        for share in director.shares.values_mut() {
            share.plan_survey();
        }
        director
    }

    /// Counts an item that ended before this core started.
    fn recall(&mut self, end: &ItemEnd) {
        self.tally.add(end.count_as);
        for part in &end.panels {
            self.names.entry(part.panel).or_insert_with(|| part.name.clone());
            let share = self.shares.entry(part.panel).or_default();
            share.total += 1;
            share.done += 1;
        }
    }

    /// What to do first.
    pub(crate) fn begin(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let left_out: Vec<PanelId> =
            self.shares.keys().copied().filter(|panel| self.guard.has_left_out(*panel)).collect();
        for panel in left_out {
            self.leave_out(panel, &mut effects);
        }
        let without_panels: Vec<PurchaseId> = self
            .open
            .iter()
            .filter(|(_, open)| open.panels.is_empty())
            .map(|(id, _)| *id)
            .collect();
        for item in without_panels {
            self.settle(item, self.on_loss_of(item), &mut effects);
        }
        self.ask_more(&mut effects);
        self.end_if_idle(&mut effects);
        effects
    }

    /// Takes in what happened; returns what to do.
    pub(crate) fn step(&mut self, inputs: impl IntoIterator<Item = Input>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for input in inputs {
            match input {
                Input::Answered { item, answer, took } => {
                    self.answered(item, answer, took, &mut effects);
                }
                Input::Surveyed { panel, name, failure, took } => {
                    self.names.insert(panel, name);
                    self.surveyed(panel, failure, took, &mut effects);
                }
                Input::Settled { item, verdict } => self.settled(item, &verdict, &mut effects),
                Input::Late => self.gathers = false,
                Input::Cancel => {
                    let reason = Reason::new(Code::Cancelled, "an operator cancelled it");
                    self.stop_asking(JobState::Cancelled, Some(reason), &mut effects);
                }
            }
        }
        self.ask_more(&mut effects);
        self.end_if_idle(&mut effects);
        effects
    }

    /// What the lists cannot tell is asked for each purchase; a panel that is away is away for all.
    fn surveyed(
        &mut self,
        panel: PanelId,
        failure: Option<PanelFailure>,
        took: Duration,
        effects: &mut Vec<Effect>,
    ) {
        let Some(share) = self.shares.get_mut(&panel) else { return };
        share.surveyed(failure.is_none_or(PanelFailure::was_reached).then_some(took));
        if let Some(failure) = failure {
            self.end_queue(panel, failure, effects);
        }
    }

    /// Answers whatever waits for a panel, without asking it.
    fn end_queue(&mut self, panel: PanelId, failure: PanelFailure, effects: &mut Vec<Effect>) {
        let name = self.name(panel);
        let Some(share) = self.shares.get_mut(&panel) else { return };
        let waiting: Vec<PurchaseId> = share.queue.drain(..).collect();
        for item in waiting {
            let (name, result) = (name.clone(), Err(failure));
            let answer = PanelAnswer { panel, name, result, asked_at: 0, asked: None };
            self.take_answer(item, answer, Duration::ZERO, effects);
        }
    }

    fn answered(
        &mut self,
        item: PurchaseId,
        mut answer: PanelAnswer,
        took: Duration,
        effects: &mut Vec<Effect>,
    ) {
        let share = self.shares.entry(answer.panel).or_default();
        let is_answer = answer.result.as_ref().err().is_none_or(|failure| failure.was_reached());
        share.answered(is_answer.then_some(took));
        if share.left_out.is_some() {
            answer.result = Err(PanelFailure::LeftOut);
        }
        self.names.entry(answer.panel).or_insert_with(|| answer.name.clone());
        self.take_answer(item, answer, took, effects);
    }

    fn take_answer(
        &mut self,
        item: PurchaseId,
        answer: PanelAnswer,
        took: Duration,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(share) = self.shares.get_mut(&answer.panel) {
            share.done += 1;
        }
        let Some(open) = self.open.get_mut(&item) else { return };
        Arc::make_mut(&mut open.answers).push(answer);
        open.took = open.took.max(took);
        if open.answers.len() == open.panels.len() {
            self.settle(item, self.on_loss_of(item), effects);
        }
    }

    fn settle(&mut self, item: PurchaseId, on_loss: OnLoss, effects: &mut Vec<Effect>) {
        let Some(open) = self.open.get_mut(&item) else { return };
        if open.is_settling {
            return;
        }
        open.is_settling = true;
        self.settling += 1;
        let answers = Arc::clone(&open.answers);
        effects.push(Effect::Settle { item, answers, on_loss, took: open.took });
    }

    fn on_loss_of(&self, item: PurchaseId) -> OnLoss {
        if self.force {
            return OnLoss::Write;
        }
        let enough =
            |panel| self.shares.get(panel).is_some_and(|share| share.total >= ENOUGH_ITEMS);
        match self.open.get(&item) {
            Some(open) if open.panels.iter().all(enough) => OnLoss::Hold,
            _ => OnLoss::KeepUntilSeenAgain,
        }
    }

    fn settled(&mut self, item: PurchaseId, verdict: &Verdict, effects: &mut Vec<Effect>) {
        self.settling = self.settling.saturating_sub(1);
        let (Verdict::Ended(end) | Verdict::Held(end)) = verdict;
        let guard = match self.phase {
            // These were counted when they were held.
            Phase::Resolving(..) => guard::Verdict::GoOn,
            Phase::Asking | Phase::Ending(..) | Phase::Over => self.count(end),
        };
        match verdict {
            Verdict::Ended(end) => {
                self.tally.add(end.count_as);
                self.open.remove(&item);
                self.held.retain(|&held| held != item);
            }
            Verdict::Held(_) => {
                self.held.push(item);
                if let Some(open) = self.open.get_mut(&item) {
                    open.is_settling = false;
                }
            }
        }
        match guard {
            guard::Verdict::GoOn => {}
            guard::Verdict::LeaveOut(panel) => self.leave_out(panel, effects),
            guard::Verdict::Stop => {
                let reason = self.why_stopped();
                self.stop_asking(JobState::Stopped, Some(reason), effects);
            }
        }
    }

    /// Tells the guard about one judged item.
    fn count(&mut self, end: &ItemEnd) -> guard::Verdict {
        let is_losing = |reason: &Reason| reason.code == Code::WouldLoseLinks;
        let losing: Vec<PanelId> = end
            .panels
            .iter()
            .filter(|part| part.reason.as_ref().is_some_and(is_losing))
            .map(|part| part.panel)
            .collect();
        let mut judged: Vec<PanelId> =
            end.panels.iter().filter(|part| part.reason.is_none()).map(|part| part.panel).collect();
        judged.extend(&losing);
        if judged.is_empty() || self.force {
            return guard::Verdict::GoOn;
        }
        self.guard.judged(&judged, &losing)
    }

    fn leave_out(&mut self, panel: PanelId, effects: &mut Vec<Effect>) {
        let name = self.name(panel);
        let losing = self.guard.losing(panel);
        let text = format!(
            "{name} was left out: {losing} purchases would have lost more than half of their links. \
             Look at the panel; --force writes them all the same"
        );
        let Some(share) = self.shares.get_mut(&panel) else { return };
        share.left_out = Some(Reason::new(Code::Guard, text));
        self.end_queue(panel, PanelFailure::LeftOut, effects);
    }

    fn why_stopped(&self) -> Reason {
        let worst = self.shares.keys().max_by_key(|panel| self.guard.losing(**panel));
        let worst = worst.map_or_else(String::new, |&panel| {
            format!(", {} of them on {}", self.guard.losing(panel), self.name(panel))
        });
        let losing = self.guard.losing_in_job();
        let text = format!(
            "{losing} purchases would have lost more than half of their links{worst}: nothing of \
             them was written. Look at the panel; --force writes them all the same"
        );
        Reason::new(Code::Guard, text)
    }

    fn stop_asking(&mut self, state: JobState, reason: Option<Reason>, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Asking {
            return;
        }
        self.phase = Phase::Ending(state, reason);
        for share in self.shares.values_mut() {
            share.stop();
        }
        effects.push(Effect::StopAsking);
    }

    fn ask_more(&mut self, effects: &mut Vec<Effect>) {
        self.gathers &= self.shares.values().any(Share::has_lists_to_come);
        let waits = |share: &Share| self.gathers && share.gives_at_once();
        let mut in_flight: usize = self.shares.values().map(|share| share.in_flight).sum();
        while in_flight < self.limits.total && self.settling < MOST_SETTLING {
            let next = self
                .shares
                .iter_mut()
                .filter(|(_, share)| share.can_be_asked(self.limits.per_panel) && !waits(share))
                .min_by_key(|(_, share)| share.turn());
            let Some((&panel, share)) = next else { return };
            let Some(effect) = share.next(panel) else { return };
            in_flight += 1;
            effects.push(effect);
        }
    }

    /// Goes on to the next phase once nothing is on its way.
    fn end_if_idle(&mut self, effects: &mut Vec<Effect>) {
        let is_asking =
            self.shares.values().any(|share| share.in_flight > 0 || !share.queue.is_empty());
        if self.settling > 0 || is_asking {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Asking => self.resolve_held(JobState::Done, None, effects),
            Phase::Ending(state, reason) => self.resolve_held(state, reason, effects),
            Phase::Resolving(state, reason) => effects.push(Effect::Finish { state, reason }),
            Phase::Over => {}
        }
    }

    /// Ends every held item: written if its panels have proven themselves, else kept.
    fn resolve_held(&mut self, state: JobState, reason: Option<Reason>, effects: &mut Vec<Effect>) {
        let held = std::mem::take(&mut self.held);
        for &item in &held {
            let answered: Vec<PanelId> = self.open.get(&item).map_or_else(Vec::new, |open| {
                open.answers
                    .iter()
                    .filter(|answer| answer.result.is_ok())
                    .map(|answer| answer.panel)
                    .collect()
            });
            let is_meant = state == JobState::Done && self.guard.vouches_for(&answered);
            let on_loss = if is_meant { OnLoss::Write } else { OnLoss::Keep };
            self.settle(item, on_loss, effects);
        }
        self.phase = Phase::Resolving(state, reason);
        if held.is_empty() {
            self.end_if_idle(effects);
        }
    }

    fn name(&self, panel: PanelId) -> String {
        self.names.get(&panel).cloned().unwrap_or_else(|| format!("#{panel}"))
    }

    /// How the items that ended have ended.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// How many items are held at the moment.
    pub(crate) fn held(&self) -> u64 {
        self.held.len() as u64
    }

    /// Each panel's share, by its id.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (PanelId, &Share)> {
        self.shares.iter().map(|(panel, share)| (*panel, share))
    }

    /// What the slowest panel alone needs: its own answers, one after the other within its limit.
    pub(crate) fn floor(&self) -> Option<Duration> {
        let lanes = self.limits.per_panel.min(self.limits.total);
        self.shares.values().filter_map(|share| share.floor(lanes)).max()
    }
}

#[cfg(test)]
mod tests;
