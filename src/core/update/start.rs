//! A job begins, is joined, is cancelled, or goes on after a restart.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::plan::{Meeting, Wanted, choose, meet};
use super::runner::JobRun;
use super::{Updater, now};
use crate::api;
use crate::database::error::DbError;
use crate::database::item_filter::Which;
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::{Item, Job, JobOrder, Scope};

/// Items that are read from the database at once.
const PAGE: u32 = 500;

/// What somebody wants.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) wanted: Wanted,
    pub(crate) dry_run: bool,
    pub(crate) force: bool,
    pub(crate) retry_of: Option<JobId>,
    pub(crate) by: String,
}

/// A job that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) id: JobId,
    /// Whether it was running already.
    pub(crate) joined: bool,
    /// Who started it.
    pub(crate) by: String,
}

/// Why a job was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotStarted {
    /// Another one runs.
    #[error("job {0} is running and does something else: wait for it or cancel it")]
    JobRunning(JobId),
    /// There is no purchase to update.
    #[error("there is nothing to update: {0}")]
    Nothing(&'static str),
    /// The job to repeat is not there.
    #[error("there is no job to repeat")]
    NoSuchJob,
    /// It cannot be written down, so it would not survive the core.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// A job at work.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) id: JobId,
    pub(crate) order: Arc<JobOrder>,
    pub(crate) cancel: CancellationToken,
    /// What it looks like now.
    pub(crate) latest: watch::Receiver<api::jobs::Job>,
}

impl Updater {
    /// Starts a job, or joins an equal one.
    ///
    /// It begins also if its caller goes away in between: a job that was written down and does not
    /// run would begin by surprise at the next start.
    pub(crate) async fn start(self: &Arc<Self>, new: NewJob) -> Result<Accepted, NotStarted> {
        let updater = Arc::clone(self);
        let begun = self.tasks.spawn(async move { updater.begin(new).await });
        begun.await.map_err(|error| DbError { cause: format!("the job did not begin: {error}") })?
    }

    async fn begin(self: &Arc<Self>, new: NewJob) -> Result<Accepted, NotStarted> {
        let mut has_resumed = self.starting.lock().await;
        // A job that comes before ours was looked for must not take its place.
        self.resume_once(&mut has_resumed).await?;
        let order = self.order(new).await?;
        if let Some(running) = self.running() {
            return match meet(&running.order, &order) {
                Meeting::Join => {
                    Ok(Accepted { id: running.id, joined: true, by: running.order.by.clone() })
                }
                Meeting::Refuse => Err(NotStarted::JobRunning(running.id)),
            };
        }
        let id = self.database.insert_job(order.clone(), now()).await?;
        let by = order.by.clone();
        tracing::info!(job = %id, purchases = order.purchases.len(), by = %by, "A job begins");
        self.launch(Job::queued(id, &order), order, &[]);
        Ok(Accepted { id, joined: false, by })
    }

    async fn order(&self, new: NewJob) -> Result<JobOrder, NotStarted> {
        let scope = match (&new.wanted, new.retry_of) {
            (Wanted::All, None) => Scope::All,
            (Wanted::All | Wanted::These(_), _) => Scope::Chosen,
        };
        let (purchases, retry_of) = match new.retry_of {
            None => (choose(&new.wanted, &self.catalog), None),
            Some(job) => {
                let job = match job {
                    JobId(0) => self.database.list_jobs(None, 1).await?.pop().map(|job| job.id),
                    job => self.database.find_job(job).await?.map(|job| job.id),
                };
                let job = job.ok_or(NotStarted::NoSuchJob)?;
                let items = self.items(job, Which::ToRetry).await?;
                (items.into_iter().map(|item| item.purchase).collect(), Some(job))
            }
        };
        if purchases.is_empty() {
            let why = if retry_of.is_some() {
                "everything in it succeeded"
            } else {
                "no active purchases"
            };
            return Err(NotStarted::Nothing(why));
        }
        let NewJob { dry_run, force, by, .. } = new;
        Ok(JobOrder { by, dry_run, force, retry_of, purchases, scope })
    }

    /// Goes on with what a former core left, if that was not done yet.
    pub(crate) async fn resume(self: &Arc<Self>) -> Result<(), DbError> {
        let mut has_resumed = self.starting.lock().await;
        self.resume_once(&mut has_resumed).await
    }

    async fn resume_once(self: &Arc<Self>, has_resumed: &mut bool) -> Result<(), DbError> {
        if *has_resumed {
            return Ok(());
        }
        if !self.catalog.is_loaded() {
            // Without purchases every item would end as if it had no panel.
            return Err(DbError { cause: "the purchases were not read yet".to_owned() });
        }
        // One at a time: should there be more than one, the next start takes the next.
        if let Some(job) = self.database.list_unfinished_jobs().await?.into_iter().next() {
            self.go_on(job).await?;
        }
        *has_resumed = true;
        Ok(())
    }

    async fn go_on(self: &Arc<Self>, job: Job) -> Result<(), DbError> {
        let mut items = self.items(job.id, Which::All).await?;
        items.reverse();
        let order = JobOrder {
            by: job.by.clone(),
            dry_run: job.dry_run,
            force: job.force,
            retry_of: job.retry_of,
            purchases: items.iter().map(|item| item.purchase).collect(),
            scope: job.scope,
        };
        items.retain(|item| item.end.is_some());
        tracing::info!(job = %job.id, ended = items.len(), of = order.purchases.len(), "A job goes on");
        let is_cancelled = job.is_cancelled;
        let running = self.launch(job, order, &items);
        if is_cancelled {
            running.cancel.cancel();
        }
        Ok(())
    }

    async fn items(&self, job: JobId, which: Which) -> Result<Vec<Item>, DbError> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            let after = items.last().map_or(PurchaseId(0), |item| item.purchase);
            let page = self.database.list_items(job, which, after, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            items.extend(page);
            if is_last {
                return Ok(items);
            }
        }
    }

    fn launch(self: &Arc<Self>, job: Job, order: JobOrder, ended: &[Item]) -> Running {
        let cancel = CancellationToken::new();
        let order = Arc::new(order);
        let id = job.id;
        let (run, latest) = JobRun::new(Arc::clone(self), job, &order, ended, cancel.clone());
        let running = Running { id, order, cancel, latest };
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running.clone());
        let updater = Arc::clone(self);
        let task = async move {
            if AssertUnwindSafe(run.run()).catch_unwind().await.is_err() {
                tracing::error!(job = %id, "A defect ended the job's run: it goes on at the next start");
            }
            // The next one may have begun already: this one is over since it said so.
            let mut running = updater.running.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(ended) = running.take_if(|running| running.id == id) {
                updater.ended.send_replace(Some(ended.latest.borrow().clone()));
            }
        };
        self.tasks.spawn(task.in_current_span());
        running
    }

    /// Cancels a running job; `false` if it does not run.
    ///
    /// Written down as well, so that a core that is killed before the job's end does not go on.
    pub(crate) async fn cancel(&self, job: JobId) -> bool {
        let Some(running) = self.running().filter(|running| running.id == job) else {
            return false;
        };
        running.cancel.cancel();
        if let Err(error) = self.database.cancel_job(job, now()).await {
            tracing::warn!(%error, %job, "The cancelling is not written down");
        }
        true
    }
}
