//! What the writer is told to do, in the order in which it is done.
//!
//! Purchases that come one after the other make a batch, each once: the second judge of a purchase
//! has to see the first's work. Of more than a batch holds, neighbours are taken: what a job settles
//! comes from several threads in no order, and then each page of the bot's table would be written
//! in three batches instead of one.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::ahead::Judging;
use super::error::DbError;
use super::settle::{Settle, Settlement};
use super::sql::{Connection, MOST_ROWS, Version};
use crate::domain::ids::PurchaseId;

/// Most that is written in one transaction: a batch's rows of each table are one statement.
///
/// Larger batches gain nothing: at 50 the commit is already a small part of the time.
pub(super) const BATCH: usize = MOST_ROWS;

/// How many orders are looked at for neighbours: as many as a job has on their way.
const VIEW: usize = 4 * BATCH;

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
    /// Reading these purchases, which are settled soon; whether there is room for more.
    Early(Vec<PurchaseId>, Answer<bool>),
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

    /// The purchases that are next, but for those among `others`: the one that waits longest, and of
    /// those that nothing else stands before its nearest neighbours.
    pub(super) fn take_settles(&mut self, others: &HashSet<PurchaseId>) -> Batch {
        let chosen = self.choose(others);
        let mut settles = Vec::with_capacity(chosen.len());
        let mut left = VecDeque::with_capacity(self.waiting.len());
        for (at, order) in self.waiting.drain(..).enumerate() {
            match order {
                Order::Settle(settle, answer) if chosen.contains(&at) => {
                    settles.push((settle, answer));
                }
                order => left.push_back(order),
            }
        }
        self.waiting = left;
        Batch::of(settles)
    }

    /// Their places among the orders.
    fn choose(&self, others: &HashSet<PurchaseId>) -> HashSet<usize> {
        let settles = self.waiting.iter().map_while(|order| match order {
            Order::Settle(settle, _) => Some(settle.purchase),
            _ => None,
        });
        let mut there = HashSet::new();
        let mut free: Vec<(usize, PurchaseId)> = settles
            .enumerate()
            .filter(|(_, purchase)| !others.contains(purchase) && there.insert(*purchase))
            .collect();
        if free.len() > BATCH {
            let first = free[0].1.0;
            free.select_nth_unstable_by_key(BATCH, |(_, purchase)| purchase.0.abs_diff(first));
            free.truncate(BATCH);
        }
        free.into_iter().map(|(at, _)| at).collect()
    }

    /// Whoever was taken is first again.
    pub(super) fn put_back(&mut self, batch: Batch) {
        for (settle, answer) in batch.settles.into_iter().rev() {
            self.waiting.push_front(Order::Settle(settle, answer));
        }
    }

    /// Takes over what came meanwhile, as much as is looked at.
    fn receive(&mut self) {
        while self.waiting.len() < VIEW {
            let Ok(order) = self.queue.try_recv() else { return };
            self.waiting.push_back(order);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::reason::{Code, Reason};

    fn settle(purchase: i64) -> Order {
        let reason = Reason::new(Code::NotFound, "a test");
        let judge = Arc::new(move |_: Option<&_>, _: &_| Settlement::refused(reason.clone(), 0));
        let settle = Settle { purchase: PurchaseId(purchase), job: None, judge };
        Order::Settle(settle, oneshot::channel().0)
    }

    fn orders(purchases: impl IntoIterator<Item = i64>) -> Orders {
        let mut orders = Orders::new(mpsc::channel(1).1);
        orders.waiting.extend(purchases.into_iter().map(settle));
        orders
    }

    fn take(orders: &mut Orders, others: &[i64]) -> Vec<i64> {
        let others = others.iter().copied().map(PurchaseId).collect();
        let settles = orders.take_settles(&others).settles;
        settles.iter().map(|(settle, _)| settle.purchase.0).collect()
    }

    #[test]
    fn who_waits_longest_is_taken_with_the_nearest_neighbours() {
        let size = i64::try_from(BATCH).unwrap();
        let mut waiting =
            orders([7].into_iter().chain((0..size).map(|n| 10_000 - n)).chain([8, 6]));
        let first = take(&mut waiting, &[]);
        assert_eq!((first.len(), &first[..1]), (BATCH, &[7][..]));
        assert!(first.contains(&8) && first.contains(&6) && !first.contains(&10_000));
        assert_eq!(take(&mut waiting, &[]), [10_000, 9_999, 9_998]);
    }

    #[test]
    fn a_purchase_is_in_a_batch_once_and_its_second_order_is_not_lost() {
        let mut waiting = orders([1, 2, 1, 3]);
        assert_eq!(take(&mut waiting, &[]), [1, 2, 3]);
        assert_eq!(take(&mut waiting, &[]), [1]);
    }

    #[test]
    fn who_is_being_written_waits() {
        let mut waiting = orders([1, 2]);
        assert_eq!(take(&mut waiting, &[1]), [2]);
        assert_eq!(take(&mut waiting, &[]), [1]);
    }

    #[test]
    fn nobody_overtakes_what_is_no_purchase() {
        let mut waiting = orders([1]);
        waiting.waiting.push_back(Order::Repeat(oneshot::channel().0));
        waiting.waiting.push_back(settle(2));
        assert_eq!(take(&mut waiting, &[]), [1]);
        assert_eq!(take(&mut waiting, &[]), [] as [i64; 0]);
    }
}
