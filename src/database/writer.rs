//! The one writer: takes what is to be written, and commits it in batches.
//!
//! ```text
//! settle() ─┐
//! insert_job() ─┼─▶ queue ─▶ BEGIN … COMMIT ─▶ answers
//! finish_job() ─┘    whatever came while the last batch was written is the next batch
//! ```
//!
//! The queue is `orders.rs`, what is done with an order `pen.rs`. While a batch of purchases is
//! written, the next one is judged already (`ahead.rs`); what a job settles is read before that
//! (`early.rs`).
//!
//! A SQLite file is written by a thread of its own. Each statement goes to the driver's thread and
//! back; among the runtime's tasks every way back would wait until one of its threads, all busy with
//! a job, has time.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::ahead::{Ahead, ENOUGH, Judging};
use super::checkpoint::Checkpoint;
use super::early::Early;
use super::error::DbError;
use super::lock::Advisory;
use super::orders::{BATCH, Batch, Order, Orders, Turn, Work};
use super::pen::{Notes, Pen};
use super::settle::{Settle, Settlement};
use super::shape::Shape;
use super::sql::{Connection, Engine, Pool, Version};
use crate::domain::ids::PurchaseId;

/// How many callers may wait before the next one has to.
const QUEUE: usize = 4096;

/// How long after the last failure nobody seems to try any more: twice the longest pause of a job
/// that waits.
const UNTRIED: Duration = Duration::from_secs(4);

/// A handle on the writer's queue; the writer ends with its last handle.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
    notes: Arc<Notes>,
    pools: [Option<Pool>; 3],
    ahead: Option<Ahead>,
}

impl Writer {
    /// Starts the writer on pools of one connection each.
    ///
    /// # Errors
    ///
    /// The system starts no thread any more.
    pub(super) fn start(
        bot: Pool,
        own: Option<Pool>,
        shape: Arc<Shape>,
        advisory: Option<Arc<Advisory>>,
        ahead: Option<Ahead>,
        checkpoint: Option<Checkpoint>,
    ) -> io::Result<Self> {
        let (orders, receiver) = mpsc::channel(QUEUE);
        let notes = Arc::new(Notes::default());
        // Whether a former core left something is known only by looking.
        notes.has_pending.store(own.is_some(), Ordering::Relaxed);
        let beside = checkpoint.as_ref().map(|checkpoint| checkpoint.pool().clone());
        let pools = [beside, Some(bot.clone()), own.clone()];
        let engine = shape.engine;
        let pen = Pen { bot, own, shape, advisory, notes: Arc::clone(&notes), checkpoint };
        let running = run(pen, ahead.clone().map(Early::new), Orders::new(receiver));
        match engine {
            Engine::Sqlite => {
                let runtime = Handle::current();
                thread::Builder::new()
                    .name("alamor-writer".to_owned())
                    .spawn(move || runtime.block_on(running))?;
            }
            Engine::Postgres => drop(tokio::spawn(running)),
        }
        Ok(Self { orders, notes, pools, ahead })
    }

    /// Why the last write failed; `None` if it did not.
    pub(super) fn trouble(&self) -> Option<DbError> {
        self.notes.trouble.find().or_else(|| self.notes.undelivered.find())
    }

    /// Why the last write failed, if nobody has tried again for a while: it may do by now.
    pub(super) fn untried_trouble(&self) -> Option<DbError> {
        self.notes.trouble.find_untried(UNTRIED)
    }

    /// The server answers again: that it did not is no news any more.
    pub(super) fn is_reached_again(&self) {
        self.notes.trouble.is_reached_again();
        self.notes.undelivered.is_reached_again();
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

    /// Reads purchases that are settled soon, as many as there is room for; whether there is more.
    pub(super) async fn read_early(&self, ids: &[PurchaseId]) -> Result<bool, DbError> {
        // Fewer are judged inside the transaction.
        if ids.len() < ENOUGH {
            return Ok(false);
        }
        // Whatever else is ordered has its turn in between.
        for some in ids.chunks(BATCH) {
            let (answer, result) = oneshot::channel();
            if !self.order(Order::Early(some.to_vec(), answer), result).await? {
                return Ok(false);
            }
        }
        Ok(true)
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
        if let Some(ahead) = &self.ahead {
            ahead.readers.close().await;
        }
        for pool in self.pools.iter().flatten() {
            pool.close().await;
        }
    }
}

fn closed() -> DbError {
    DbError::new("the core is stopping")
}

async fn run(pen: Pen, mut early: Option<Early>, mut orders: Orders) {
    let mut judged = None;
    loop {
        let turn = match judged.take() {
            Some(batch) => Some(Turn::Settle(batch)),
            None => orders.next().await,
        };
        match turn {
            Some(Turn::Settle(batch)) => {
                judged = write_and_judge(&pen, early.as_mut(), &mut orders, batch).await;
            }
            Some(Turn::Other(order)) => {
                pen.follow(order, early.as_mut()).await;
                if let Some(early) = &mut early {
                    early.forget_older(pen.others());
                }
            }
            None => return,
        }
    }
}

/// Writes a batch; returns the next one, if it was begun to be judged meanwhile.
async fn write_and_judge(
    pen: &Pen,
    mut early: Option<&mut Early>,
    orders: &mut Orders,
    batch: Batch,
) -> Option<Batch> {
    let under_way = batch.purchases();
    if let Some(early) = &mut early {
        early.forget(&under_way);
    }
    let (began, has_begun) = oneshot::channel();
    let writing = pen.write(batch, began);
    let judging = async {
        let (early, seen) = (early?, has_begun.await.ok()?);
        orders.wait_for(ENOUGH).await;
        let next = orders.take_settles(&under_way);
        if next.len() < ENOUGH {
            orders.put_back(next);
            return None;
        }
        let found = early.take(seen, &next.purchases());
        let judging = Judging::begin(early.ahead().clone(), next.settles(), seen, found);
        Some(next.with(judging))
    };
    tokio::pin!(writing, judging);
    tokio::select! {
        biased;
        () = &mut writing => None,
        next = &mut judging => {
            writing.await;
            next
        }
    }
}
