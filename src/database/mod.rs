//! What is kept: the bot's tables as they are found, and our own beside them. All SQL, and nothing
//! but SQL.
//!
//! ```text
//!                    ┌─ readers (3) ─▶ purchases  panels  jobs
//! core ─▶ Database ──┤
//!                    └─ writer (1) ──▶ settle: read, judge, write in one transaction
//! ```
//!
//! Start reading at `settle.rs`.
//!
//! Invariants:
//! - Of the bot's tables only `single_configs_json`, and `updated_at` where it exists, are written.
//! - One core for each database: whoever has the [`lock`] writes, nobody else.
//! - An item ends in the transaction that writes its slices.
//!
//! Deliberately absent: decisions (a judge is handed in), HTTP, panels, `CREATE` or `ALTER` on a
//! table of the bot's, except in a file that `alamor init` makes.

pub mod error;
pub mod cipher;
pub mod lock;
pub mod shape;
mod values;
pub mod panels;
mod slices;
pub mod purchases;
pub mod contacts;
mod refused;
mod parts;
pub mod jobs;
mod audit;
pub mod settle;
mod writer;
mod open;
pub mod new;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::{Acquire, Row};

use self::cipher::Cipher;
use self::contacts::Contact;
use self::error::{DbError, OpenError};
use self::jobs::Which;
use self::lock::{Lock, LockError, Owner};
use self::open::{NotOpened, Opened};
use self::panels::{PanelRow, Products};
use self::purchases::{Known, Listed};
use self::settle::{Settle, Settlement};
use crate::domain::ids::{JobId, PanelId, PurchaseId, SubId};
use crate::domain::job::{Item, Job, JobOrder};
use crate::domain::outcome::CountAs;
use crate::domain::reason::Reason;

/// One database, open or away.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    cipher: Option<Cipher>,
    opened: OnceLock<Opened>,
    away: Mutex<Option<DbError>>,
    lock: Mutex<Option<Lock>>,
}

impl Database {
    /// Opens the database at `path` and takes its lock.
    ///
    /// One that is there and cannot be used just now is no error: its methods say so, and
    /// [`Database::try_open`] tries again.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if somebody has to change something first.
    pub async fn open(
        path: &Path,
        cipher: Option<Cipher>,
        owner: &Owner,
    ) -> Result<Self, OpenError> {
        let database = Self {
            path: path.to_owned(),
            cipher,
            opened: OnceLock::new(),
            away: Mutex::new(None),
            lock: Mutex::new(None),
        };
        database.try_open(owner).await?;
        Ok(database)
    }

    /// Tries again to open a database that is away; does nothing to an open one.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if somebody has to change something first.
    pub async fn try_open(&self, owner: &Owner) -> Result<(), OpenError> {
        if self.opened.get().is_some() {
            return Ok(());
        }
        // Looked at first: beside a file that will never do, not even a lock is written.
        let checked = open::check(&self.path).await;
        let result = match checked {
            Err(NotOpened::Never(error)) => Err(NotOpened::Never(error)),
            checked => match (self.take_lock(owner), checked) {
                (Ok(()), Ok(shape)) => open::open(&self.path, shape).await,
                (Err(error), _) | (Ok(()), Err(error)) => Err(error),
            },
        };
        match result {
            Ok(opened) => {
                // Two callers may have raced; the first one's pools are as good as the second's.
                let _ = self.opened.set(opened);
                Ok(())
            }
            Err(NotOpened::Never(error)) => Err(error),
            Err(NotOpened::Away(error)) => {
                *self.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Ok(())
            }
        }
    }

    fn take_lock(&self, owner: &Owner) -> Result<(), NotOpened> {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_some() {
            return Ok(());
        }
        // A lock beside a file that is not there would be litter.
        if !self.path.exists() {
            return Err(NotOpened::Never(OpenError::Missing { path: self.path.clone() }));
        }
        match Lock::take(&self.path, owner) {
            Ok(taken) => {
                *lock = Some(taken);
                Ok(())
            }
            Err(LockError::Taken(owner)) => {
                Err(NotOpened::Never(OpenError::Taken { path: self.path.clone(), owner }))
            }
            Err(LockError::Io(error)) => {
                Err(NotOpened::Away(DbError::new(format!("its lock cannot be taken: {error}"))))
            }
        }
    }

    /// Whether another core asked for this database.
    #[must_use]
    pub fn is_asked_to_yield(&self) -> bool {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.as_ref().is_some_and(Lock::is_asked_to_yield)
    }

    /// Closes the database and releases its lock.
    pub async fn close(&self) {
        if let Some(opened) = self.opened.get() {
            opened.readers.close().await;
            opened.write_pool.close().await;
        }
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was detected, in words; `None` while it is away.
    #[must_use]
    pub fn shape(&self) -> Option<String> {
        self.opened.get().map(|opened| opened.shape.in_words())
    }

    /// Whether it can be read, and the last write did not fail.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        // A file that was taken away still answers those who have it open.
        if !self.path.exists() {
            return Err(DbError::new(format!("{} is not there any more", self.path.display())));
        }
        // `SELECT 1` would not look into the file.
        sqlx::query("SELECT count(*) FROM sqlite_schema")
            .fetch_one(&mut *self.reader().await?)
            .await?;
        match self.opened()?.writer.trouble() {
            Some(trouble) => Err(trouble),
            None => Ok(()),
        }
    }

    /// Every purchase, oldest first, with what we know of it.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_purchases(&self) -> Result<Vec<Listed>, DbError> {
        let mut reader = self.reader().await?;
        let mut transaction = reader.begin().await?;
        let shape = &self.opened()?.shape;
        let products = panels::load_products(&mut transaction, shape).await?;
        Ok(purchases::list(&mut transaction, shape, &products).await?)
    }

    /// The bot's panels and products.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_panels(&self) -> Result<(Vec<PanelRow>, Products), DbError> {
        let mut reader = self.reader().await?;
        let shape = &self.opened()?.shape;
        let panels = panels::list_panels(&mut reader, shape, self.cipher.as_ref()).await?;
        let products = panels::load_products(&mut reader, shape).await?;
        Ok((panels, products))
    }

    /// One purchase with its slices.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_known(&self, id: PurchaseId) -> Result<Option<Known>, DbError> {
        let mut reader = self.reader().await?;
        let mut transaction = reader.begin().await?;
        let shape = &self.opened()?.shape;
        let products = panels::load_products(&mut transaction, shape).await?;
        let mut known = purchases::load_known(&mut transaction, shape, &products, &[id]).await?;
        Ok(known.remove(&id))
    }

    /// What a panel is to be asked about these purchases; those that cannot be asked about are left
    /// out.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_contacts(
        &self,
        panel: PanelId,
        ids: &[PurchaseId],
    ) -> Result<HashMap<PurchaseId, Contact>, DbError> {
        let mut reader = self.reader().await?;
        Ok(contacts::list(&mut reader, &self.opened()?.shape, panel, ids).await?)
    }

    /// The purchase that a subscriber asks for.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_by_sub_id(&self, sub_id: &SubId) -> Result<Option<PurchaseId>, DbError> {
        let mut reader = self.reader().await?;
        Ok(purchases::find_by_sub_id(&mut reader, &self.opened()?.shape, sub_id).await?)
    }

    /// Reads, judges and writes one purchase; returns once that is on the disk.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written; then nothing was.
    pub async fn settle(&self, settle: Settle) -> Result<Settlement, DbError> {
        self.opened()?.writer.settle(settle).await
    }

    /// Writes a queued job with its open items.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn insert_job(&self, order: JobOrder, now: i64) -> Result<JobId, DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { jobs::insert(c, &order, now).await })).await
    }

    /// Says that a job has begun, or goes on.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn start_job(&self, job: JobId, now: i64) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { jobs::start(c, job, now).await })).await
    }

    /// Writes what changed of a running job.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn save_job(&self, job: Job) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { jobs::save(c, &job).await })).await
    }

    /// Notes that an operator cancelled a job.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn cancel_job(&self, job: JobId, now: i64) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { jobs::cancel(c, job, now).await })).await
    }

    /// Writes a job's last state; forgets what is too old.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn finish_job(&self, job: Job) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { jobs::finish(c, &job).await })).await
    }

    /// The newest jobs before `before`, newest first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_jobs(&self, before: Option<JobId>, limit: u32) -> Result<Vec<Job>, DbError> {
        Ok(jobs::list(&mut *self.reader().await?, before, limit).await?)
    }

    /// One job.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_job(&self, job: JobId) -> Result<Option<Job>, DbError> {
        Ok(jobs::find(&mut *self.reader().await?, job).await?)
    }

    /// Jobs that are not finished.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_unfinished_jobs(&self) -> Result<Vec<Job>, DbError> {
        Ok(jobs::list_unfinished(&mut *self.reader().await?).await?)
    }

    /// Items of a job after the purchase `after`.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_items(
        &self,
        job: JobId,
        which: Which,
        after: PurchaseId,
        limit: u32,
    ) -> Result<Vec<Item>, DbError> {
        Ok(jobs::list_items(&mut *self.reader().await?, job, which, after, limit).await?)
    }

    /// The newest ended items of a job, oldest of them first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn latest_items(&self, job: JobId, limit: u32) -> Result<Vec<Item>, DbError> {
        Ok(jobs::latest_items(&mut *self.reader().await?, job, limit).await?)
    }

    /// The last outcomes of a purchase, newest first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn history(
        &self,
        purchase: PurchaseId,
        limit: u32,
    ) -> Result<Vec<(JobId, Item)>, DbError> {
        Ok(jobs::history(&mut *self.reader().await?, purchase, limit).await?)
    }

    /// Why items of a job did not succeed, most frequent first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn causes(&self, job: JobId) -> Result<Vec<(Reason, CountAs, u64)>, DbError> {
        Ok(jobs::causes(&mut *self.reader().await?, job).await?)
    }

    /// Notes who did what to what.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn audit(
        &self,
        now: i64,
        by: &str,
        action: &'static str,
        subject: String,
    ) -> Result<(), DbError> {
        let by = by.to_owned();
        let writer = &self.opened()?.writer;
        writer
            .work(move |c| {
                Box::pin(async move { audit::insert(c, now, &by, action, &subject).await })
            })
            .await
    }

    /// Forgets audit entries and slices of deleted purchases that are old enough.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written.
    pub async fn prune(&self, now: i64) -> Result<(), DbError> {
        let writer = &self.opened()?.writer;
        writer.work(move |c| Box::pin(async move { audit::prune(c, now).await })).await
    }

    /// How many other connections' changes the readers have seen; differs after any change.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn version(&self, watcher: &mut Watcher) -> Result<i64, DbError> {
        if watcher.0.is_none() {
            watcher.0 = Some(self.reader().await?);
        }
        let Some(connection) = watcher.0.as_mut() else {
            return Err(DbError::new("no connection"));
        };
        let row = sqlx::query("PRAGMA data_version").fetch_one(&mut **connection).await;
        match row {
            Ok(row) => Ok(row.try_get(0)?),
            Err(error) => {
                watcher.0 = None;
                Err(error.into())
            }
        }
    }

    fn opened(&self) -> Result<&Opened, DbError> {
        self.opened.get().ok_or_else(|| {
            let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            away.clone().unwrap_or_else(|| DbError::new("it was never open"))
        })
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, DbError> {
        Ok(self.opened()?.readers.acquire().await?)
    }
}

/// Keeps the connection on which changes are counted: the count is each connection's own.
#[derive(Debug, Default)]
pub struct Watcher(Option<PoolConnection<Sqlite>>);

#[cfg(test)]
mod tests;
