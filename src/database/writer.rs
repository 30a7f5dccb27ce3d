//! The one writer: takes what is to be written, and commits it in batches.
//!
//! ```text
//! settle() ─┐
//! insert_job() ─┼─▶ queue ─▶ BEGIN IMMEDIATE … COMMIT ─▶ answers
//! finish_job() ─┘    whatever came while the last batch was written is the next batch
//! ```
//!
//! A batch that fails is rolled back whole and every one of its callers is told: nothing is half
//! written, and who can wait tries again.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;
use sqlx::{Connection, Sqlite, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::error::DbError;
use super::settle::{self, Settle, Settlement};
use super::shape::Shape;

/// Most that is written in one transaction.
///
/// Larger batches gain nothing: at 50 the commit is already a small part of the time.
const BATCH: usize = 256;

/// How many callers may wait before the next one has to.
const QUEUE: usize = 4096;

type Answer<T> = oneshot::Sender<Result<T, DbError>>;
type Pending<'a> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>>;
type Work = Box<dyn for<'a> FnOnce(&'a mut SqliteConnection) -> Pending<'a> + Send>;

enum Order {
    Settle(Settle, Answer<Settlement>),
    /// Anything rarer, in a transaction of its own.
    Work(Work, Answer<()>),
}

/// A handle on the writer's queue; the writer ends with its last handle.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
    trouble: Trouble,
}

/// Why the last write failed; `None` if it did not.
type Trouble = Arc<Mutex<Option<DbError>>>;

impl Writer {
    /// Starts the writer on a pool of one connection.
    pub(super) fn start(pool: SqlitePool, shape: Arc<Shape>) -> Self {
        let (orders, receiver) = mpsc::channel(QUEUE);
        let trouble = Trouble::default();
        tokio::spawn(run(pool, shape, receiver, Arc::clone(&trouble)));
        Self { orders, trouble }
    }

    /// Why the last write failed; `None` if it did not.
    pub(super) fn trouble(&self) -> Option<DbError> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Settles a purchase; returns once that is on the disk.
    pub(super) async fn settle(&self, settle: Settle) -> Result<Settlement, DbError> {
        let (answer, result) = oneshot::channel();
        self.order(Order::Settle(settle, answer), result).await
    }

    /// Does `work` in a transaction of its own.
    pub(super) async fn work<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(
                &'a mut SqliteConnection,
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
}

fn closed() -> DbError {
    DbError::new("the core is stopping")
}

async fn run(
    pool: SqlitePool,
    shape: Arc<Shape>,
    mut queue: mpsc::Receiver<Order>,
    trouble: Trouble,
) {
    let note = |error: Option<DbError>| {
        *trouble.lock().unwrap_or_else(PoisonError::into_inner) = error;
    };
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let mut settles = Vec::new();
        for order in batch.drain(..) {
            match order {
                Order::Settle(settle, answer) => settles.push((settle, answer)),
                Order::Work(work, answer) => {
                    // What came before it is written before it.
                    write_settles(&pool, &shape, std::mem::take(&mut settles), &note).await;
                    let result = transaction(&pool, work).await;
                    note(result.as_ref().err().cloned());
                    let _ = answer.send(result);
                }
            }
        }
        write_settles(&pool, &shape, settles, &note).await;
    }
}

/// Writes settles together; where that fails, one by one, so that one bad row stops no other.
async fn write_settles(
    pool: &SqlitePool,
    shape: &Shape,
    batch: Vec<(Settle, Answer<Settlement>)>,
    note: &impl Fn(Option<DbError>),
) {
    if batch.is_empty() {
        return;
    }
    let (settles, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    match settle_all(pool, shape, &settles).await {
        Ok(settlements) => {
            note(None);
            for (answer, settlement) in answers.into_iter().zip(settlements) {
                let _ = answer.send(Ok(settlement));
            }
        }
        Err(error) if settles.len() == 1 || error.is_of_the_whole() => {
            note(Some(error.clone()));
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
        }
        Err(_) => {
            for (settle, answer) in settles.into_iter().zip(answers) {
                let alone = vec![(settle, answer)];
                Box::pin(write_settles(pool, shape, alone, note)).await;
            }
        }
    }
}

async fn settle_all(
    pool: &SqlitePool,
    shape: &Shape,
    settles: &[Settle],
) -> Result<Vec<Settlement>, DbError> {
    let mut connection = pool.acquire().await?;
    let settlements = settle_in(&mut connection, shape, settles).await;
    close_after_error(connection, settlements).await
}

async fn settle_in(
    connection: &mut SqliteConnection,
    shape: &Shape,
    settles: &[Settle],
) -> Result<Vec<Settlement>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let settlements = settle::run(&mut transaction, shape, settles).await?;
    transaction.commit().await?;
    Ok(settlements)
}

async fn transaction(pool: &SqlitePool, work: Work) -> Result<(), DbError> {
    let mut connection = pool.acquire().await?;
    let result = work_in(&mut connection, work).await;
    close_after_error(connection, result).await
}

async fn work_in(connection: &mut SqliteConnection, work: Work) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    work(&mut transaction).await?;
    transaction.commit().await
}

/// Closes a connection that failed; the pool makes another one.
///
/// After some errors, such as a full disk, SQLite has rolled back by itself. The driver does not
/// know that: it would take every later transaction for a nested one, and refuse it for ever.
async fn close_after_error<T>(
    connection: PoolConnection<Sqlite>,
    result: Result<T, sqlx::Error>,
) -> Result<T, DbError> {
    if result.is_err() {
        // What is closed because it failed may fail to close.
        let _ = connection.close().await;
    }
    Ok(result?)
}
