//! The one writer: takes what is to be written, and commits it in batches.
//!
//! ```text
//! settle() ─┐
//! insert_job() ─┼─▶ queue ─▶ BEGIN … COMMIT ─▶ answers
//! finish_job() ─┘    whatever came while the last batch was written is the next batch
//! ```
//!
//! A batch that fails is rolled back whole and every one of its callers is told: nothing is half
//! written, and who can wait tries again.
//!
//! Invariants:
//! - In PostgreSQL nothing is committed unless the server says that the lock is ours.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::error::DbError;
use super::lock::{Advisory, Unheld};
use super::outbox::{self, Pending};
use super::settle::{self, Settle, Settlement};
use super::shape::Shape;
use super::sides::Sides;
use super::sql::{Begin, Connection, Engine, Pool, Query};
use crate::domain::ids::PurchaseId;

/// Most that is written in one transaction.
///
/// Larger batches gain nothing: at 50 the commit is already a small part of the time.
const BATCH: usize = 256;

/// How many callers may wait before the next one has to.
const QUEUE: usize = 4096;

type Answer<T> = oneshot::Sender<Result<T, DbError>>;
type Promise<'a> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>>;
type Work = Box<dyn for<'a> FnOnce(&'a mut Connection) -> Promise<'a> + Send>;

enum Order {
    Settle(Settle, Answer<Settlement>),
    /// Anything rarer of ours, in a transaction of its own.
    Work(Work, Answer<()>),
    /// What a former core, or a former batch, left undone on the bot's side.
    Repeat(Answer<()>),
    /// How often others changed the bot's SQLite file.
    Version(Answer<Version>),
}

/// A count of others' changes: which connection counted, and how many. Another connection counts
/// anew.
pub(super) type Version = (u64, i64);

/// A handle on the writer's queue; the writer ends with its last handle.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
    notes: Arc<Notes>,
    pools: [Option<Pool>; 2],
}

/// What is known of the last writes.
#[derive(Debug, Default)]
struct Notes {
    /// Why the last write failed; `None` if it did not.
    trouble: Mutex<Option<DbError>>,
    /// Whether something waits to be written on the bot's side.
    has_pending: AtomicBool,
}

impl Notes {
    fn note(&self, error: Option<DbError>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

impl Writer {
    /// Starts the writer on pools of one connection each.
    pub(super) fn start(
        bot: Pool,
        own: Option<Pool>,
        shape: Arc<Shape>,
        advisory: Option<Arc<Advisory>>,
    ) -> Self {
        let (orders, receiver) = mpsc::channel(QUEUE);
        let notes = Arc::new(Notes::default());
        // Whether a former core left something is known only by looking.
        notes.has_pending.store(own.is_some(), Ordering::Relaxed);
        let pools = [Some(bot.clone()), own.clone()];
        let pen = Pen { bot, own, shape, advisory, notes: Arc::clone(&notes) };
        tokio::spawn(run(pen, receiver));
        Self { orders, notes, pools }
    }

    /// Why the last write failed; `None` if it did not.
    pub(super) fn trouble(&self) -> Option<DbError> {
        self.notes.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server answers again: that it did not is no news any more.
    pub(super) fn is_reached_again(&self) {
        let mut trouble = self.notes.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.take_if(|trouble| trouble.is_unreachable());
    }

    /// Settles a purchase; returns once that is on the disk.
    pub(super) async fn settle(&self, settle: Settle) -> Result<Settlement, DbError> {
        let (answer, result) = oneshot::channel();
        self.order(Order::Settle(settle, answer), result).await
    }

    /// Writes on the bot's side what was left undone.
    pub(super) async fn repeat(&self) -> Result<(), DbError> {
        if !self.notes.has_pending.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (answer, result) = oneshot::channel();
        self.order(Order::Repeat(answer), result).await
    }

    /// How often others changed the bot's SQLite file.
    pub(super) async fn version(&self) -> Result<Version, DbError> {
        let (answer, result) = oneshot::channel();
        self.order(Order::Version(answer), result).await
    }

    /// Does `work` on ours, in a transaction of its own.
    pub(super) async fn work<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(
                &'a mut Connection,
            )
                -> Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'a>>
            + Send
            + 'static,
    {
        let (value_sender, value) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            Box::pin(async move {
                // The caller may be gone; its work is done all the same.
                let _ = value_sender.send(work(connection).await?);
                Ok(())
            })
        });
        let (answer, result) = oneshot::channel();
        self.order(Order::Work(work, answer), result).await?;
        value.await.map_err(|_| closed())
    }

    async fn order<T>(
        &self,
        order: Order,
        result: oneshot::Receiver<Result<T, DbError>>,
    ) -> Result<T, DbError> {
        self.orders.send(order).await.map_err(|_| closed())?;
        result.await.map_err(|_| closed())?
    }

    /// Waits for what is being written, and closes its connections.
    pub(super) async fn close(&self) {
        for pool in self.pools.iter().flatten() {
            pool.close().await;
        }
    }
}

fn closed() -> DbError {
    DbError::new("the core is stopping")
}

async fn run(pen: Pen, mut queue: mpsc::Receiver<Order>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let mut settles = Vec::new();
        for order in batch.drain(..) {
            let is_in_turn = match &order {
                Order::Settle(settle, _) => !is_among(&settles, settle.purchase),
                Order::Work(..) | Order::Repeat(_) | Order::Version(_) => false,
            };
            if !is_in_turn {
                // What came before it is written before it.
                pen.write_settles(std::mem::take(&mut settles)).await;
            }
            match order {
                Order::Settle(settle, answer) => settles.push((settle, answer)),
                other => pen.follow(other).await,
            }
        }
        pen.write_settles(settles).await;
    }
}

/// Whether a purchase is to be settled already: the second judge has to see the first's work.
fn is_among(settles: &[(Settle, Answer<Settlement>)], purchase: PurchaseId) -> bool {
    settles.iter().any(|(settle, _)| settle.purchase == purchase)
}

/// What the writer writes with.
struct Pen {
    bot: Pool,
    own: Option<Pool>,
    shape: Arc<Shape>,
    advisory: Option<Arc<Advisory>>,
    notes: Arc<Notes>,
}

impl Pen {
    async fn follow(&self, order: Order) {
        match order {
            Order::Settle(settle, answer) => self.write_settles(vec![(settle, answer)]).await,
            Order::Work(work, answer) => {
                let result = self.work(work).await;
                self.notes.note(result.as_ref().err().cloned());
                let _ = answer.send(result);
            }
            Order::Repeat(answer) => {
                let result = self.repeat().await;
                self.notes.note(result.as_ref().err().cloned());
                let _ = answer.send(result);
            }
            Order::Version(answer) => {
                let _ = answer.send(self.version().await);
            }
        }
    }

    /// Writes settles together; where that fails, one by one, so that one bad row stops no other.
    async fn write_settles(&self, batch: Vec<(Settle, Answer<Settlement>)>) {
        if batch.is_empty() {
            return;
        }
        let (settles, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        match self.settle_all(&settles).await {
            Ok(settlements) => {
                for (answer, settlement) in answers.into_iter().zip(settlements) {
                    let _ = answer.send(Ok(settlement));
                }
            }
            Err(error) if settles.len() == 1 || error.is_of_the_whole() => {
                self.notes.note(Some(error.clone()));
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
            Err(_) => {
                for (settle, answer) in settles.into_iter().zip(answers) {
                    Box::pin(self.write_settles(vec![(settle, answer)])).await;
                }
            }
        }
    }

    async fn settle_all(&self, settles: &[Settle]) -> Result<Vec<Settlement>, DbError> {
        let own = match &self.own {
            Some(own) => Some(own.acquire().await?),
            None => None,
        };
        let mut sides = Sides::new(self.bot.acquire().await?, own);
        sides.begin(Begin::Write).await?;
        self.check_lock(sides.bot()).await?;
        let settlements = settle::run(&mut sides, &self.shape, settles).await?;
        if !sides.are_apart() {
            sides.commit().await?;
            self.notes.note(None);
            return Ok(settlements);
        }
        // From here on it is settled, whatever becomes of the bot's side now.
        sides.own().commit().await?;
        self.notes.has_pending.store(true, Ordering::Relaxed);
        if self.deliver(sides, settles).await.is_err() {
            self.notes.note(self.repeat().await.err());
        } else if !self.notes.has_pending.load(Ordering::Relaxed) {
            self.notes.note(None);
        }
        Ok(settlements)
    }

    /// Writes what was just noted, while the bot's rows are still locked.
    async fn deliver(&self, mut sides: Sides, settles: &[Settle]) -> Result<(), DbError> {
        let ids: Vec<i64> = settles.iter().map(|settle| settle.purchase.0).collect();
        let pending = outbox::list(sides.own()).await?;
        let (now, later): (Vec<Pending>, Vec<Pending>) =
            pending.into_iter().partition(|pending| ids.contains(&pending.purchase.0));
        for pending in &now {
            outbox::write(sides.bot(), &self.shape, pending).await?;
        }
        sides.bot().commit().await?;
        outbox::clear(sides.own(), now.iter().map(|pending| pending.purchase.0).collect()).await?;
        self.notes.has_pending.store(!later.is_empty(), Ordering::Relaxed);
        Ok(())
    }

    /// Writes what was noted before, one by one, so that one bad row stops no other.
    async fn repeat(&self) -> Result<(), DbError> {
        let Some(own) = &self.own else { return Ok(()) };
        let pending = outbox::list(&mut own.acquire().await?).await?;
        let mut result = Ok(());
        for pending in &pending {
            match self.repeat_one(own, pending).await {
                Ok(()) => {}
                Err(error) if error.is_of_the_whole() => return Err(error),
                Err(error) => result = Err(error),
            }
        }
        self.notes.has_pending.store(result.is_err(), Ordering::Relaxed);
        result
    }

    async fn repeat_one(&self, own: &Pool, pending: &Pending) -> Result<(), DbError> {
        let mut bot = self.bot.acquire().await?;
        bot.begin(Begin::Write).await?;
        self.check_lock(&mut bot).await?;
        outbox::write(&mut bot, &self.shape, pending).await?;
        bot.commit().await?;
        outbox::clear(&mut own.acquire().await?, vec![pending.purchase.0]).await?;
        Ok(())
    }

    async fn work(&self, work: Work) -> Result<(), DbError> {
        let mut own = self.own.as_ref().unwrap_or(&self.bot).acquire().await?;
        own.begin(Begin::Write).await?;
        match (&self.advisory, own.engine()) {
            (Some(_), Engine::Postgres) => self.check_lock(&mut own).await?,
            (Some(advisory), Engine::Sqlite) => advisory.standing().map_err(DbError::new)?,
            (None, _) => {}
        }
        work(&mut own).await?;
        Ok(own.commit().await?)
    }

    async fn check_lock(&self, bot: &mut Connection) -> Result<(), DbError> {
        let Some(advisory) = &self.advisory else { return Ok(()) };
        advisory.check(bot).await.map_err(|error| match error {
            Unheld::Lost(words) => DbError::new(words),
            Unheld::Server(error) => error.into(),
        })
    }

    /// Counted on the connection that writes: so what we write ourselves does not count.
    async fn version(&self) -> Result<Version, DbError> {
        let mut bot = self.bot.acquire().await?;
        let row = bot.get(Query::new("PRAGMA data_version")).await?;
        Ok((bot.serial(), row.id("data_version")?))
    }
}
