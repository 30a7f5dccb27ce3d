//! The update: fetches a purchase's slices from its panels and decides what to keep.
//!
//! ```text
//!  POST, /sub ─▶ one() ───────────┐                        ┌─▶ catalog, memory
//!                                 ├─▶ panels ─▶ settle() ──┤
//!  a job ─▶ Director ─▶ runner ───┘   ask       judge      └─▶ events
//!           decides     acts                    decides, in the writer's transaction
//! ```
//!
//! Start reading at `judge.rs`.
//!
//! Invariants:
//! - One update of a purchase at a time, however many ask for it.
//! - A job runs alone; it survives the core.
//! - One panel never delays the purchases of another.
//!
//! Deliberately absent: HTTP types, terminal types, SQL.

mod take;
mod waits;
mod rules;
pub(crate) mod judge;
pub(crate) mod director;
mod desk;
mod plan;
mod runner;
mod single;
pub(crate) mod counted;
mod start;
pub(crate) mod audit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::counted::Counted;
use self::desk::{Desk, Question};
use self::director::Limits;
use self::judge::{Attempt, Name, OnLoss, PanelAnswer, Rules, Usage, Writing, judge};
pub(crate) use self::plan::Wanted;
pub(crate) use self::single::One;
pub(crate) use self::start::{NewJob, NotStarted, Running};
use self::waits::Waits;
use crate::api;
use crate::core::catalog::Catalog;
pub(crate) use crate::core::clock::{millis, now};
use crate::core::events::Hub;
use crate::core::flights::Flights;
use crate::core::memory::Memory;
use crate::core::panels::panel::Answer;
use crate::core::panels::{Panel, Panels};
use crate::database::Database;
use crate::database::contacts::Contact;
use crate::database::error::DbError;
use crate::database::settle::{Judge, Settle, Settlement};
use crate::domain::ids::{JobId, PanelId, PurchaseId};
use crate::domain::reason::{Code, PanelFailure, Reason};

/// Longest that one purchase may take, all its panels together.
///
/// The bot gives up after 30 s (fact C4); 5 s are left for its TLS handshake and ours.
pub(crate) const UPDATE_DEADLINE: Duration = Duration::from_secs(25);

/// How purchases are updated. What was begun goes on by the policy with which it began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) name: Name,
    pub(crate) usage: Usage,
    pub(crate) limits: Limits,
}

/// Updates purchases, one or many.
#[derive(Debug)]
pub(crate) struct Updater {
    database: Arc<Database>,
    panels: Arc<Panels>,
    catalog: Arc<Catalog>,
    memory: Arc<Memory>,
    hub: Arc<Hub>,
    policy: RwLock<Policy>,
    counted: Counted,
    flights: Flights<PurchaseId, One>,
    running: Mutex<Option<Running>>,
    /// The job that ended last in this run of the core.
    ended: watch::Sender<Option<api::jobs::Job>>,
    /// Held while a job is about to begin, so that two never do. Whether it was looked for a job
    /// that a former core left.
    starting: tokio::sync::Mutex<bool>,
    waits: Waits,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Updater {
    pub(crate) fn new(
        database: Arc<Database>,
        panels: Arc<Panels>,
        catalog: Arc<Catalog>,
        memory: Arc<Memory>,
        hub: Arc<Hub>,
        policy: Policy,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            database,
            panels,
            catalog,
            memory,
            hub,
            policy: RwLock::new(policy),
            counted: Counted::default(),
            flights: Flights::default(),
            running: Mutex::default(),
            ended: watch::Sender::default(),
            starting: tokio::sync::Mutex::default(),
            waits: Waits::default(),
            shutdown,
            tasks: TaskTracker::new(),
        }
    }

    /// How purchases are updated now.
    fn policy(&self) -> Policy {
        *self.policy.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How purchases are updated from now on.
    pub(crate) fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// The running job, if there is one.
    pub(crate) fn running(&self) -> Option<Running> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Whoever hears that a job is over may start the next one.
        running.filter(|running| !running.latest.borrow().state.is_final())
    }

    /// The job that ended last, from now on.
    pub(crate) fn ended(&self) -> watch::Receiver<Option<api::jobs::Job>> {
        self.ended.subscribe()
    }

    /// What ended since the core began.
    pub(crate) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Where what must not be broken off runs.
    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Waits until what was begun is written; a running job is left for the next start.
    pub(crate) async fn stopped(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Asks one panel for one purchase, by `fetch`; a defect of ours is an answer too.
    async fn ask<F>(
        &self,
        panel: PanelId,
        asked: Option<Arc<Contact>>,
        fetch: impl FnOnce(Arc<Panel>) -> F,
    ) -> (PanelAnswer, Duration)
    where
        F: Future<Output = Answer>,
    {
        let Some(found) = self.find_panel(panel).await else {
            let unusable = Answer::without_asking(Err(PanelFailure::Unusable), now());
            return heard(panel, format!("#{panel}"), asked, Ok(unusable));
        };
        let name = found.name().to_owned();
        let answer = AssertUnwindSafe(fetch(found)).catch_unwind().await;
        heard(panel, name, asked, answer)
    }

    /// The panel with this id; the bot may have added it a second ago.
    async fn find_panel(&self, panel: PanelId) -> Option<Arc<Panel>> {
        if let Some(found) = self.panels.find(panel) {
            return Some(found);
        }
        self.panels.load_refusals().await.ok()?;
        let (rows, products) = self.database.list_panels().await.ok()?;
        self.panels.replace(rows, products);
        self.panels.find(panel)
    }

    /// Judges and writes; afterwards everybody serves and shows what was decided.
    async fn settle(
        &self,
        purchase: PurchaseId,
        job: Option<JobId>,
        attempt: Attempt,
    ) -> Result<Settlement, DbError> {
        let settle = Settle { purchase, job, judge: judge_of(attempt) };
        let settlement = self.database.settle(settle).await?;
        if let Some(change) = &settlement.change {
            self.catalog.settled(purchase, change);
            self.memory.refresh(purchase, &settlement.served, change.summary.attempted_at.get());
        }
        Ok(settlement)
    }

    fn rules(&self, on_loss: OnLoss, write: Writing) -> Rules {
        let Policy { name, usage, .. } = self.policy();
        Rules { on_loss, write, name, usage }
    }
}

/// What a desk has for a purchase, or what the panel is to be asked.
fn look_up(
    desk: &Desk,
    panel: &Arc<Panel>,
    purchase: PurchaseId,
) -> Result<(PanelAnswer, Duration), Question> {
    let asked = desk.contact(purchase);
    let answer = match catch_unwind(AssertUnwindSafe(|| desk.find(panel, asked.as_ref()))) {
        Ok(found) => Ok(found?),
        Err(defect) => Err(defect),
    };
    Ok(heard(panel.id(), panel.name().to_owned(), asked, answer))
}

/// An answer as the judge sees it; a defect of ours is one too.
fn heard(
    panel: PanelId,
    name: String,
    asked: Option<Arc<Contact>>,
    answer: thread::Result<Answer>,
) -> (PanelAnswer, Duration) {
    let failed = || Answer::without_asking(Err(PanelFailure::Internal), now());
    let Answer { result, asked_at, took } = answer.unwrap_or_else(|_| failed());
    (PanelAnswer { panel, name, result, asked_at, asked }, took)
}

/// The judge for one attempt. It runs inside the writer, which a defect of ours must not end.
fn judge_of(attempt: Attempt) -> Judge {
    Arc::new(move |known, products| {
        let verdict = catch_unwind(AssertUnwindSafe(|| judge(known, products, &attempt)));
        verdict.unwrap_or_else(|_| {
            let text = "the core failed while it judged: its log says more";
            Settlement::refused(Reason::new(Code::Internal, text), attempt.now)
        })
    })
}
