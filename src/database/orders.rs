//! What the writer is told to do, in the order in which it is done.
//!
//! Purchases that come one after the other make a batch, each once: the second judge of a purchase
//! has to see the first's work.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::ahead::{Judging, Version};
use super::error::DbError;
use super::settle::{Settle, Settlement};
use super::sql::Connection;
use crate::domain::ids::PurchaseId;

/// Most that is written in one transaction.
///
/// Larger batches gain nothing: at 50 the commit is already a small part of the time.
const BATCH: usize = 256;

/// Where the caller hears what came of it.
pub(super) type Answer<T> = oneshot::Sender<Result<T, DbError>>;

type Promise<'a> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>>;

/// Something that is done on a connection.
pub(super) type Work = Box<dyn for<'a> FnOnce(&'a mut Connection) -> Promise<'a> + Send>;

/// One thing to do.
pub(super) enum Order {
    Settle(Settle, Answer<Settlement>),
    /// Anything rarer of ours, in a transaction of its own.
    Work(Work, Answer<()>),
    /// What a former core, or a former batch, left undone on the bot's side.
    Repeat(Answer<()>),
    /// How often others changed the bot's SQLite file.
    Version(Answer<Version>),
}

/// What is done next.
pub(super) enum Turn {
    Settle(Batch),
    /// Anything but a purchase.
    Other(Order),
}

/// Purchases that are settled in one transaction.
#[derive(Default)]
pub(super) struct Batch {
    settles: Vec<(Settle, Answer<Settlement>)>,
    judging: Option<Judging>,
}

impl Batch {
    pub(super) fn of(settles: Vec<(Settle, Answer<Settlement>)>) -> Self {
        Self { settles, judging: None }
    }

    /// The batch, which is being judged.
    pub(super) fn with(self, judging: Judging) -> Self {
        Self { judging: Some(judging), ..self }
    }

    pub(super) fn len(&self) -> usize {
        self.settles.len()
    }

    pub(super) fn settles(&self) -> Vec<Settle> {
        self.settles.iter().map(|(settle, _)| settle.clone()).collect()
    }

    pub(super) fn purchases(&self) -> HashSet<PurchaseId> {
        self.settles.iter().map(|(settle, _)| settle.purchase).collect()
    }

    /// The purchases, who wants to hear of them, and what was begun to be judged.
    pub(super) fn into_parts(self) -> (Vec<Settle>, Vec<Answer<Settlement>>, Option<Judging>) {
        let (settles, answers) = self.settles.into_iter().unzip();
        (settles, answers, self.judging)
    }
}

/// The orders that nobody has begun with.
pub(super) struct Orders {
    queue: mpsc::Receiver<Order>,
    waiting: VecDeque<Order>,
}

impl Orders {
    pub(super) fn new(queue: mpsc::Receiver<Order>) -> Self {
        Self { queue, waiting: VecDeque::new() }
    }

    /// What is to be done next, once there is anything; `None` when nothing can come any more.
    pub(super) async fn next(&mut self) -> Option<Turn> {
        self.receive();
        if self.waiting.is_empty() {
            let order = self.queue.recv().await?;
            self.waiting.push_back(order);
            self.receive();
        }
        let batch = self.take_settles(&HashSet::new());
        if batch.len() > 0 {
            return Some(Turn::Settle(batch));
        }
        self.waiting.pop_front().map(Turn::Other)
    }

    /// Waits until so many orders wait. It may be left at any time: no order is lost.
    pub(super) async fn wait_for(&mut self, count: usize) {
        while self.waiting.len() < count {
            let Some(order) = self.queue.recv().await else { return };
            self.waiting.push_back(order);
        }
        self.receive();
    }

    /// The purchases that are next, up to one that is there already, or among `others`.
    pub(super) fn take_settles(&mut self, others: &HashSet<PurchaseId>) -> Batch {
        let mut there = HashSet::new();
        let mut settles = Vec::new();
        while settles.len() < BATCH {
            match self.waiting.pop_front() {
                Some(Order::Settle(settle, answer))
                    if !others.contains(&settle.purchase) && there.insert(settle.purchase) =>
                {
                    settles.push((settle, answer));
                }
                Some(order) => {
                    self.waiting.push_front(order);
                    break;
                }
                None => break,
            }
        }
        Batch::of(settles)
    }

    /// Whoever was taken is first again.
    pub(super) fn put_back(&mut self, batch: Batch) {
        for (settle, answer) in batch.settles.into_iter().rev() {
            self.waiting.push_front(Order::Settle(settle, answer));
        }
    }

    /// Takes over what came meanwhile, as much as one batch may need.
    fn receive(&mut self) {
        while self.waiting.len() < BATCH {
            let Ok(order) = self.queue.try_recv() else { return };
            self.waiting.push_back(order);
        }
    }
}
