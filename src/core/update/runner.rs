//! Runs a job: does what the [`Director`] wants, and tells everybody how it goes.
//!
//! Invariants:
//! - An item is published only once its end is on the disk.
//! - With the database away the job waits and goes on; it loses nothing and gives up nothing.
//! - A core that is stopped leaves the job as it is in the database.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet, yield_now};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::counted::How;
use super::desk::{Desk, Opened};
use super::director::{Director, Effect, Input};
use super::judge::{Attempt, OnLoss, PanelAnswer, Writing};
use super::{Updater, look_up, millis, now};
use crate::api;
use crate::api::events::{Event, ItemEnded};
use crate::core::panels::Panel;
use crate::core::said;
use crate::database::settle::Verdict;
use crate::domain::ids::{PanelId, PurchaseId};
use crate::domain::job::{Item, ItemEnd, Job, JobOrder, JobState, PanelShare};
use crate::domain::outcome::{CountAs, Tally};
use crate::domain::reason::Reason;

/// How often listeners hear how far it is: ten times a second reads as "live".
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How often the counters are written, so that a killed core loses no more of the elapsed time.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// How long lists are waited for once the first ones have come, as a part of the time that those
/// took. What is neighbours in the bot's table is then written together: a panel that begins before
/// the others goes ahead of them, and each page of the table is written twice.
const GATHERING: u32 = 4;

/// Longest that they are waited for.
const LONGEST_GATHERING: Duration = Duration::from_millis(250);

/// What came of a question.
enum Came {
    Input(Input),
    Desk(PanelId, Opened),
}

/// One job at work.
pub(super) struct JobRun {
    updater: Arc<Updater>,
    job: Job,
    director: Director,
    causes: HashMap<(Reason, CountAs), u64>,
    began: Instant,
    /// Milliseconds that former cores worked on it.
    former_ms: u64,
    cancel: CancellationToken,
    latest: watch::Sender<api::jobs::Job>,
    /// All items, in the order in which panels are asked for them.
    order: Vec<PurchaseId>,
    /// The items of each panel.
    items: HashMap<PanelId, Vec<PurchaseId>>,
    /// The panels whose lists were read.
    desks: HashMap<PanelId, Arc<Desk>>,
    asking: JoinSet<Came>,
    /// Answers for which no panel had to be asked.
    at_hand: Vec<Input>,
    settling: FuturesUnordered<BoxFuture<'static, (PurchaseId, Verdict)>>,
    is_told: bool,
}

impl JobRun {
    pub(super) fn new(
        updater: Arc<Updater>,
        job: Job,
        order: &JobOrder,
        ended: &[Item],
        cancel: CancellationToken,
    ) -> (Self, watch::Receiver<api::jobs::Job>) {
        let is_over: HashSet<PurchaseId> = ended.iter().map(|item| item.purchase).collect();
        let ended: Vec<ItemEnd> = ended.iter().filter_map(|item| item.end.clone()).collect();
        let open = order.purchases.iter().filter(|id| !is_over.contains(id));
        let uses: Vec<(PurchaseId, Vec<PanelId>)> =
            open.map(|&id| (id, updater.catalog.panels_to_ask(id))).collect();
        let mut items: HashMap<PanelId, Vec<PurchaseId>> = HashMap::new();
        for (item, panels) in &uses {
            for panel in panels {
                items.entry(*panel).or_default().push(*item);
            }
        }
        let in_order = uses.iter().map(|(item, _)| *item).collect();
        let director = Director::new(updater.policy().limits, order.force, uses, &ended);
        let (latest, receiver) = watch::channel(said::job(&job, &[], 0));
        let mut run = Self {
            former_ms: job.elapsed_ms,
            updater,
            job,
            director,
            causes: HashMap::new(),
            began: Instant::now(),
            cancel,
            latest,
            order: in_order,
            items,
            desks: HashMap::new(),
            asking: JoinSet::new(),
            at_hand: Vec::new(),
            settling: FuturesUnordered::new(),
            is_told: false,
        };
        for end in &ended {
            run.count_cause(end);
        }
        run.tell();
        (run, receiver)
    }

    /// Works until every item has ended, or the core stops.
    pub(super) async fn run(mut self) {
        let shutdown = self.updater.shutdown.clone();
        tokio::select! {
            () = self.work() => {}
            () = shutdown.cancelled() => {
                self.refresh();
                // The items are on the disk; only the elapsed time would be lost.
                let _ = self.updater.database.save_job(self.job).await;
            }
        }
    }

    async fn work(&mut self) {
        self.job.started_at = self.job.started_at.or(Some(now()));
        self.job.state = JobState::Running;
        // Panels are asked meanwhile.
        let effects = self.director.begin();
        let mut end = self.act(effects);
        let (updater, id, at) = (Arc::clone(&self.updater), self.job.id, now());
        updater.waits.persist(|| updater.database.start_job(id, at)).await;
        // Until lists come: then the database has better things to do.
        let (updater, order) = (Arc::clone(&self.updater), std::mem::take(&mut self.order));
        let reading = async move { updater.database.read_early(&order).await };
        let mut reading = Some(AbortOnDropHandle::new(tokio::spawn(reading)));
        self.tell();
        let mut tick = interval(TELL_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut saved = Instant::now();
        let mut is_cancelled = false;
        loop {
            if let Some((state, reason)) = end {
                return self.finish(state, reason).await;
            }
            let inputs = tokio::select! {
                Some(answer) = self.asking.join_next() => {
                    let mut inputs: Vec<Input> = self.take(answer).into_iter().collect();
                    while let Some(answer) = self.asking.try_join_next() {
                        inputs.extend(self.take(answer));
                    }
                    inputs
                }
                // Everything else has its turn in between.
                () = yield_now(), if !self.at_hand.is_empty() => std::mem::take(&mut self.at_hand),
                Some(settled) = self.settling.next() => {
                    let mut inputs = vec![self.note(settled)];
                    while let Some(Some(another)) = self.settling.next().now_or_never() {
                        inputs.push(self.note(another));
                    }
                    inputs
                }
                () = self.cancel.cancelled(), if !is_cancelled => {
                    is_cancelled = true;
                    vec![Input::Cancel]
                }
                _ = tick.tick() => {
                    if !self.is_told {
                        self.tell();
                    }
                    if saved.elapsed() >= SAVE_EVERY {
                        saved = Instant::now();
                        let (updater, job) = (Arc::clone(&self.updater), self.job.clone());
                        self.updater.tasks.spawn(async move { updater.database.save_job(job).await });
                    }
                    continue;
                }
            };
            // The last item of a panel moves the counters, though nothing follows from it.
            self.is_told = false;
            let effects = self.director.step(inputs);
            end = self.act(effects);
            reading.take_if(|_| !self.desks.is_empty());
        }
    }

    /// Does what the director wants; returns how it ended, if it did.
    fn act(&mut self, effects: Vec<Effect>) -> Option<(JobState, Option<Reason>)> {
        for effect in effects {
            match effect {
                Effect::Survey { panel } => self.survey(panel),
                Effect::Ask { item, panel } => self.ask(item, panel),
                Effect::Settle { item, answers, on_loss, took } => {
                    self.settle(item, answers, on_loss, took);
                }
                Effect::StopAsking => {
                    self.at_hand.clear();
                    self.asking.abort_all();
                }
                Effect::Finish { state, reason } => return Some((state, reason)),
            }
        }
        None
    }

    fn survey(&mut self, panel: PanelId) {
        let updater = Arc::clone(&self.updater);
        let items = self.items.remove(&panel).unwrap_or_default();
        self.asking.spawn(async move {
            let contacts = updater.contacts(panel, &items);
            let opened = match updater.find_panel(panel).await {
                Some(found) => {
                    let opening = Desk::open(&found, contacts, updater.policy().usage);
                    Box::pin(AssertUnwindSafe(opening).catch_unwind()).await
                }
                None => Ok(Opened::nothing(contacts.await)),
            };
            // The director waits for it, whatever becomes of it.
            let opened = opened.unwrap_or_else(|_| Opened::broken());
            Came::Desk(panel, opened)
        });
    }

    fn ask(&mut self, item: PurchaseId, panel: PanelId) {
        let updater = Arc::clone(&self.updater);
        let desk = self.desks.get(&panel).cloned();
        let question = match (&desk, updater.panels.find(panel)) {
            (Some(desk), Some(found)) => match look_up(desk, &found, item) {
                Ok((answer, took)) => {
                    return self.at_hand.push(Input::Answered { item, answer, took });
                }
                Err(question) => Some(question),
            },
            _ => None,
        };
        self.asking.spawn(async move {
            let desk = match desk {
                Some(desk) => desk,
                None => Arc::new(Desk::plain(updater.contacts(panel, &[item]).await)),
            };
            let asked = desk.contact(item);
            let contact = asked.clone();
            let fetch = async move |found: Arc<Panel>| {
                let looked = question.map_or_else(|| desk.find(&found, contact.as_ref()), Err);
                match looked {
                    Ok(answer) => answer,
                    Err(question) => question.ask(&found).await,
                }
            };
            let (answer, took) = updater.ask(panel, asked, fetch).await;
            Came::Input(Input::Answered { item, answer, took })
        });
    }

    /// What the director hears of a question; what a panel's lists said is kept here. An aborted
    /// question has no answer, and nobody waits for it.
    fn take(&mut self, answer: Result<Came, JoinError>) -> Option<Input> {
        Some(match answer.ok()? {
            Came::Input(input) => input,
            Came::Desk(panel, Opened { desk, took }) => {
                let failure = desk.as_ref().err().copied();
                let is_first = !self.desks.values().any(|desk| desk.has_lists());
                if is_first && desk.as_ref().is_ok_and(Desk::has_lists) {
                    let late = Instant::now() + (took / GATHERING).min(LONGEST_GATHERING);
                    self.asking.spawn(sleep_until(late).map(|()| Came::Input(Input::Late)));
                }
                self.desks.extend(desk.ok().map(|desk| (panel, Arc::new(desk))));
                let name = self.updater.panels.name(panel);
                Input::Surveyed { panel, name, failure, took }
            }
        })
    }

    fn settle(
        &mut self,
        item: PurchaseId,
        answers: Arc<Vec<PanelAnswer>>,
        on_loss: OnLoss,
        took: Duration,
    ) {
        let updater = Arc::clone(&self.updater);
        let write = if self.job.dry_run { Writing::DryRun } else { Writing::Real };
        let rules = self.updater.rules(on_loss, write);
        let job = self.job.id;
        let settling = async move {
            let attempt = Attempt { answers, rules, now: now(), took_ms: millis(took) };
            let settle = || updater.settle(item, Some(job), attempt.clone());
            let settlement = updater.waits.persist(settle).await;
            (item, settlement.verdict)
        };
        self.settling.push(settling.boxed());
    }

    /// What the director hears of an item that was judged; if it has ended, listeners hear it too.
    fn note(&mut self, (item, verdict): (PurchaseId, Verdict)) -> Input {
        if let Verdict::Ended(end) = &verdict {
            self.count_cause(end);
            if !self.job.dry_run {
                self.updater.counted.ended(How::InAJob, end.outcome);
            }
            let user = self.updater.catalog.rows().find(item).and_then(|row| row.purchase.user);
            let ended = Item { purchase: item, user, end: Some(end.clone()) };
            let said = said::news(&ended, end.finished_at);
            self.updater.hub.publish(Event::Item(ItemEnded { job: self.job.id.0, item: said }));
        }
        Input::Settled { item, verdict }
    }

    fn count_cause(&mut self, end: &ItemEnd) {
        if let Some(reason) = &end.reason {
            *self.causes.entry((reason.clone(), end.count_as)).or_default() += 1;
        }
    }

    /// Brings the job's row up to date.
    fn refresh(&mut self) {
        self.job.tally = self.director.tally();
        self.job.elapsed_ms = self.former_ms + millis(self.began.elapsed());
        self.job.floor_ms = self.director.floor().map(millis);
        let panels = &self.updater.panels;
        self.job.panels = self
            .director
            .shares()
            .map(|(id, share)| {
                let panel = panels.find(id);
                PanelShare {
                    name: panels.name(id),
                    way: panel.as_ref().map_or("", |panel| panel.way().as_str()).to_owned(),
                    total: share.total,
                    done: share.done,
                    latency_ms: panel.and_then(|panel| panel.latency()).map(millis),
                    left_out: share.left_out.clone(),
                }
            })
            .collect();
        self.job.panels.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Tells listeners how far it is.
    fn tell(&mut self) {
        self.refresh();
        self.is_told = true;
        let mut causes: Vec<(Reason, CountAs, u64)> = self
            .causes
            .iter()
            .map(|((reason, count_as), items)| (reason.clone(), *count_as, *items))
            .collect();
        causes.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.text.cmp(&b.0.text)));
        let mut said = said::job(&self.job, &causes, self.director.held());
        said::add_breakers(&mut said, &self.updater.panels);
        self.latest.send_replace(said.clone());
        self.updater.hub.publish(Event::Job(said));
    }

    async fn finish(&mut self, state: JobState, reason: Option<Reason>) {
        self.job.state = state;
        self.job.reason = reason;
        self.job.finished_at = Some(now());
        self.refresh();
        let (updater, job) = (Arc::clone(&self.updater), self.job.clone());
        updater.waits.persist(|| updater.database.finish_job(job.clone())).await;
        self.tell();
        self.updater.counted.job(state);
        let Tally { success, failed, connection_error } = self.job.tally;
        tracing::info!(job = %self.job.id, %state, success, failed, connection_error, "A job ended");
    }
}
