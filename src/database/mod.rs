//! What is kept: the bot's tables as they are found, and our own beside them. All SQL, and nothing
//! but SQL.
//!
//! ```text
//!                    ┌─ readers (3) ─▶ purchases  panels  jobs
//! core ─▶ Database ──┤
//!                    └─ writer (1) ──▶ settle: read, judge, write in one transaction
//!                                        │
//!                       the bot's side ◀─┴─▶ ours:  one database (`own.rs`), or two (`outbox.rs`)
//!                    SQLite or PostgreSQL         each with one SQL text for both (`sql/`)
//! ```
//!
//! Start reading at `settle.rs`; at `open.rs` for how it begins.
//!
//! Invariants:
//! - Of the bot's tables only `single_configs_json`, and `updated_at` where it exists, are written.
//! - One core for each database: whoever has the [`lock`] writes, nobody else.
//! - An item ends in the transaction that writes its slices.
//!
//! Deliberately absent: decisions (a judge is handed in), HTTP, panels, `CREATE` or `ALTER` on a
//! table of the bot's, except in a file that `alamor init` makes.

pub mod place;
pub mod error;
pub mod cipher;
mod sql;
mod files;
pub mod lock;
pub mod shape;
mod values;
mod sides;
mod own;
mod before;
pub mod panels;
mod slices;
pub mod purchases;
pub mod contacts;
pub mod domains;
pub mod gateways;
mod glance;
mod head;
mod refused;
mod parts;
pub mod jobs;
pub mod item_filter;
mod previews;
pub mod items;
pub mod audit;
mod bots_column;
mod outbox;
pub mod settle;
mod draft;
mod judging;
mod ahead;
mod early;
mod checkpoint;
mod orders;
mod trouble;
mod pen;
mod writer;
mod open;
mod stand_in;
pub mod look;
pub mod archive;
pub mod changes;
pub mod new;
pub mod copy;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::sync;

use self::changes::{Changes, Watcher};
use self::cipher::Cipher;
use self::contacts::Contact;
use self::error::{DbError, NotOpened, OpenError};
use self::lock::{Locks, Owner};
use self::open::{Opened, Reading};
use self::panels::{PanelRow, Products};
use self::place::{Bot, Place};
use self::purchases::{Known, Listed};
use self::settle::{Settle, Settlement};
use self::sides::Sides;
use self::sql::{Begin, Connection, Query};
use crate::domain::ids::{JobId, PanelId, PurchaseId, SubId};
use crate::domain::job::{Job, JobOrder};

/// One database, open or away.
#[derive(Debug)]
pub struct Database {
    place: Place,
    cipher: Option<Cipher>,
    opened: OnceLock<Opened>,
    /// What is read as long as that is not possible.
    stand_in: OnceLock<Reading>,
    away: Mutex<Option<DbError>>,
    locks: Mutex<Locks>,
    /// Only one opens it at a time.
    opening: sync::Mutex<()>,
}

impl Database {
    /// Opens the database at `place` and takes its lock.
    ///
    /// One that is there and cannot be used just now is no error: its methods say so, and
    /// [`Database::try_open`] tries again.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if somebody has to change something first.
    pub async fn open(
        place: Place,
        cipher: Option<Cipher>,
        owner: &Owner,
    ) -> Result<Self, OpenError> {
        let database = Self {
            place,
            cipher,
            opened: OnceLock::new(),
            stand_in: OnceLock::new(),
            away: Mutex::new(None),
            locks: Mutex::default(),
            opening: sync::Mutex::default(),
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
        let _turn = self.opening.lock().await;
        if self.opened.get().is_some() {
            return Ok(());
        }
        match open::open(&self.place, owner, &self.locks).await {
            Ok(opened) => {
                let opened = self.opened.get_or_init(|| opened);
                if let Some(stand_in) = self.stand_in.get() {
                    stand_in.readers.close().await;
                }
                // What a former core left undone. If it stays so, the writer's trouble says why.
                let _ = opened.writer.repeat().await;
                Ok(())
            }
            Err(NotOpened::Never(error)) => Err(error),
            Err(NotOpened::Away(error)) => {
                let error = self.stand_in(owner, error).await;
                *self.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Ok(())
            }
        }
    }

    /// Reads what can be read of a file on a disk that is full; returns why it is not open.
    async fn stand_in(&self, owner: &Owner, error: DbError) -> DbError {
        let Bot::Sqlite(path) = &self.place.bot else { return error };
        if !stand_in::is_disk_full(path) {
            return error;
        }
        if self.stand_in.get().is_none()
            && let Some(reading) = stand_in::open(&self.place, owner, &self.locks).await
        {
            self.stand_in.get_or_init(|| reading);
        }
        DbError::disk_full()
    }

    /// Whether another core asked for this database.
    #[must_use]
    pub fn is_asked_to_yield(&self) -> bool {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner).is_asked_to_yield()
    }

    /// Closes the database and releases its lock.
    pub async fn close(&self) {
        if let Some(opened) = self.opened.get() {
            opened.reading.readers.close().await;
            opened.writer.close().await;
        }
        if let Some(stand_in) = self.stand_in.get() {
            stand_in.readers.close().await;
        }
        let locks = std::mem::take(&mut *self.locks.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(advisory) = locks.advisory() {
            advisory.release().await;
        }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What was detected, and where our own tables are, in words; `None` while it is away.
    #[must_use]
    pub fn shape(&self) -> Option<String> {
        self.opened.get().map(|opened| opened.words.clone())
    }

    /// Whether it can be read, the lock is ours, and the last write did not fail.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        // A file that was taken away still answers those who have it open.
        if let Bot::Sqlite(path) = &self.place.bot
            && !path.exists()
        {
            return Err(DbError::new(format!("{} is not there any more", path.display())));
        }
        let opened = self.opened()?;
        // `SELECT 1` would not look into the file.
        let sql = "SELECT id FROM purchases WHERE id IS NULL";
        let mut sides = self.sides().await?;
        sides.bot().execute(Query::new(sql)).await?;
        let advisory = self.locks.lock().unwrap_or_else(PoisonError::into_inner).advisory();
        if let Some(advisory) = advisory {
            advisory.standing().map_err(DbError::new)?;
        }
        opened.writer.is_reached_again();
        opened.writer.trouble().map_or(Ok(()), Err)
    }

    /// Why the last write failed, if nobody has tried again for a while: whether it does by now is
    /// known only by writing something.
    #[must_use]
    pub fn untried_trouble(&self) -> Option<DbError> {
        self.opened.get()?.writer.untried_trouble()
    }

    /// What the bot changed since `watcher` last looked, everything at first; `None` if nothing.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away; then `watcher` has not looked.
    pub async fn changes(&self, watcher: &mut Watcher) -> Result<Option<Changes>, DbError> {
        let opened = match (self.opened(), self.stand_in.get()) {
            (Err(_), Some(reading)) => {
                return changes::look_at_stand_in(reading, self.cipher.as_ref(), watcher).await;
            }
            (opened, _) => opened?,
        };
        // If it stays undone, the writer's trouble says why.
        let _ = opened.writer.repeat().await;
        changes::look(opened, self.cipher.as_ref(), watcher).await
    }

    /// Every purchase, oldest first, with what we know of it.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_purchases(&self) -> Result<Vec<Listed>, DbError> {
        let mut sides = self.sides().await?;
        let shape = &self.reading()?.shape;
        sides.begin(Begin::Read).await?;
        let products = panels::load_products(sides.bot(), shape).await?;
        let listed = purchases::list(&mut sides, shape, &products, None).await?;
        sides.commit().await?;
        Ok(listed)
    }

    /// The bot's panels and products.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_panels(&self) -> Result<(Vec<PanelRow>, Products), DbError> {
        let mut sides = self.sides().await?;
        let shape = &self.reading()?.shape;
        let panels = panels::list_panels(sides.bot(), shape, self.cipher.as_ref()).await?;
        let products = panels::load_products(sides.bot(), shape).await?;
        Ok((panels, products))
    }

    /// The names under which customers reach us, as the bot knows them, the active one first.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_domains(&self) -> Result<Vec<String>, DbError> {
        Ok(domains::list(self.sides().await?.bot()).await?)
    }

    /// One purchase with its slices.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_known(&self, id: PurchaseId) -> Result<Option<Known>, DbError> {
        Ok(self.list_known(&[id]).await?.remove(&id))
    }

    /// These purchases with their slices, by id; those that are gone are left out.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_known(
        &self,
        ids: &[PurchaseId],
    ) -> Result<HashMap<PurchaseId, Known>, DbError> {
        let mut sides = self.sides().await?;
        let shape = &self.reading()?.shape;
        sides.begin(Begin::Read).await?;
        let products = panels::load_products(sides.bot(), shape).await?;
        let loaded = purchases::load_known(&mut sides, shape, &products, ids).await?;
        sides.commit().await?;
        Ok(loaded.into_iter().map(|(id, loaded)| (id, loaded.known)).collect())
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
        let mut sides = self.sides().await?;
        Ok(contacts::list(&mut sides, &self.reading()?.shape, panel, ids).await?)
    }

    /// The purchase that a subscriber asks for.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_by_sub_id(&self, sub_id: &SubId) -> Result<Option<PurchaseId>, DbError> {
        let mut sides = self.sides().await?;
        Ok(purchases::find_by_sub_id(sides.bot(), &self.reading()?.shape, sub_id).await?)
    }

    /// Reads, judges and writes one purchase; returns once that is on the disk.
    ///
    /// # Errors
    ///
    /// [`DbError`] if it could not be written; then nothing was.
    pub async fn settle(&self, settle: Settle) -> Result<Settlement, DbError> {
        self.opened()?.writer.settle(settle).await
    }

    /// Reads purchases that are settled soon, in this order: as many as there is room for, where that
    /// can be done before; whether there is room for more. It may be left at any time.
    ///
    /// # Errors
    ///
    /// [`DbError`] if they could not be read; then they are read when they are settled.
    pub async fn read_early(&self, purchases: &[PurchaseId]) -> Result<bool, DbError> {
        self.opened()?.writer.read_early(purchases).await
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
        Ok(jobs::list(&mut self.own().await?, before, limit).await?)
    }

    /// When somebody's newest job began, in Unix milliseconds.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_last_start(&self, by: &str) -> Result<Option<i64>, DbError> {
        Ok(jobs::find_last_start(&mut self.own().await?, by).await?)
    }

    /// The newest job that updates everything, and is no dry run.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_newest_of_all(&self) -> Result<Option<Job>, DbError> {
        Ok(jobs::find_newest_of_all(&mut self.own().await?).await?)
    }

    /// One job.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_job(&self, job: JobId) -> Result<Option<Job>, DbError> {
        Ok(jobs::find(&mut self.own().await?, job).await?)
    }

    /// The newest finished job before `job` that was asked for as it was.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_job_before(&self, job: &Job) -> Result<Option<Job>, DbError> {
        Ok(jobs::find_before(&mut self.own().await?, job).await?)
    }

    /// Jobs that are not finished.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn list_unfinished_jobs(&self) -> Result<Vec<Job>, DbError> {
        Ok(jobs::list_unfinished(&mut self.own().await?).await?)
    }

    fn opened(&self) -> Result<&Opened, DbError> {
        self.opened.get().ok_or_else(|| {
            let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            away.clone().unwrap_or_else(|| DbError::new("it was never open"))
        })
    }

    /// The open database, else what stands in for it.
    fn reading(&self) -> Result<&Reading, DbError> {
        let opened = self.opened().map(|opened| &opened.reading);
        opened.or_else(|error| self.stand_in.get().ok_or(error))
    }

    async fn sides(&self) -> Result<Sides, DbError> {
        Ok(self.reading()?.readers.acquire().await?)
    }

    async fn own(&self) -> Result<Connection, DbError> {
        Ok(self.reading()?.readers.own().await?)
    }
}

#[cfg(test)]
mod tests;
