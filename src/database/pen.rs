//! What the writer does with an order: transactions on the bot's side and on ours.
//!
//! A batch that fails is rolled back whole, and then settled one by one: nothing is half written, and
//! who can wait tries again.
//!
//! Invariants:
//! - In PostgreSQL nothing is committed unless the server says that the lock is ours.
//! - What was judged ahead is written only if nobody wrote since it was read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::oneshot;

use super::ahead::Seen;
use super::checkpoint::Checkpoint;
use super::draft::Draft;
use super::early::Early;
use super::error::DbError;
use super::judging;
use super::lock::{Advisory, Unheld};
use super::orders::{Answer, Batch, Order, Work};
use super::outbox::{self, Pending};
use super::settle::{Settle, Settlement};
use super::shape::Shape;
use super::sides::Sides;
use super::sql::{Begin, Connection, Engine, Pool, Version};
use super::trouble::Trouble;
use crate::domain::ids::PurchaseId;

/// What is known of the last writes.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Of the last write of purchases, or on our side.
    pub(super) trouble: Trouble,
    /// Of what waits to be written on the bot's side: nothing else that is written says that it is.
    pub(super) undelivered: Trouble,
    /// Whether something waits to be written on the bot's side.
    pub(super) has_pending: AtomicBool,
    /// How many writes there were outside of batches of purchases.
    pub(super) others: AtomicU64,
}

/// See the head of this file.
pub(super) struct Pen {
    pub(super) bot: Pool,
    pub(super) own: Option<Pool>,
    pub(super) shape: Arc<Shape>,
    pub(super) advisory: Option<Arc<Advisory>>,
    pub(super) notes: Arc<Notes>,
    /// Where ours is a SQLite file.
    pub(super) checkpoint: Option<Checkpoint>,
}

impl Pen {
    pub(super) async fn follow(&self, order: Order, early: Option<&mut Early>) {
        match order {
            Order::Settle(settle, answer) => self.write_one(settle, answer).await,
            Order::Work(work, answer) => {
                let result = self.work(work).await;
                self.notes.trouble.note(result.as_ref().err().cloned());
                let _ = answer.send(result);
            }
            Order::Repeat(answer) => {
                let result = self.repeat().await;
                self.notes.undelivered.note(result.as_ref().err().cloned());
                let _ = answer.send(result);
            }
            Order::Version(answer) => {
                let _ = answer.send(self.version().await);
            }
            Order::Early(ids, answer) => {
                let _ = answer.send(match early {
                    Some(early) => self.read_early(early, &ids).await,
                    None => Ok(false),
                });
            }
        }
    }

    /// Settles a batch; where that fails, one by one, so that one bad row stops no other. Says when
    /// its transaction has begun, and who had written before, where that is counted.
    pub(super) async fn write(&self, batch: Batch, began: oneshot::Sender<Seen>) {
        let (settles, answers, judging) = batch.into_parts();
        let judged = match judging {
            Some(judging) => judging.end().await,
            None => None,
        };
        match self.settle_all(&settles, judged, Some(began)).await {
            Ok(settlements) => {
                for (answer, settlement) in answers.into_iter().zip(settlements) {
                    let _ = answer.send(Ok(settlement));
                }
                if let Some(checkpoint) = &self.checkpoint {
                    checkpoint.after(settles.len(), self.ours()).await;
                }
            }
            Err(error) if settles.len() == 1 || error.is_of_the_whole() => {
                self.notes.trouble.note(Some(error.clone()));
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
            Err(_) => {
                for (settle, answer) in settles.into_iter().zip(answers) {
                    self.write_one(settle, answer).await;
                }
            }
        }
    }

    async fn write_one(&self, settle: Settle, answer: Answer<Settlement>) {
        let settled = self.settle_all(std::slice::from_ref(&settle), None, None).await;
        let settled = settled.and_then(|mut settlements| {
            settlements.pop().ok_or_else(|| DbError::new("nothing was decided"))
        });
        if let Err(error) = &settled {
            self.notes.trouble.note(Some(error.clone()));
        }
        let _ = answer.send(settled);
    }

    async fn settle_all(
        &self,
        settles: &[Settle],
        judged: Option<(Seen, Draft)>,
        began: Option<oneshot::Sender<Seen>>,
    ) -> Result<Vec<Settlement>, DbError> {
        let own = match &self.own {
            Some(own) => Some(own.acquire().await?),
            None => None,
        };
        let mut sides = Sides::new(self.bot.acquire().await?, own);
        let version = sides.begin_counted().await?;
        self.check_lock(sides.bot()).await?;
        let seen = version.map(|version| Seen { version, own: self.others() });
        if let (Some(began), Some(seen)) = (began, seen) {
            // Whoever judges ahead may have nothing to do.
            let _ = began.send(seen);
        }
        let settlements = match judged {
            Some((before, draft)) if Some(before) == seen => draft.commit(&mut sides).await?,
            Some(_) | None => judging::run(&mut sides, &self.shape, settles).await?,
        };
        // From here on it is settled, whatever becomes of the bot's side now.
        self.notes.trouble.note(None);
        if !sides.ours().is_apart {
            return Ok(settlements);
        }
        self.notes.has_pending.store(true, Ordering::Relaxed);
        if self.deliver(sides, settles).await.is_err() {
            self.notes.undelivered.note(self.repeat().await.err());
        } else if !self.notes.has_pending.load(Ordering::Relaxed) {
            self.notes.undelivered.note(None);
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
        self.notes.others.fetch_add(1, Ordering::Relaxed);
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
        self.notes.others.fetch_add(1, Ordering::Relaxed);
        let mut own = self.ours().acquire().await?;
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

    async fn read_early(&self, early: &mut Early, ids: &[PurchaseId]) -> Result<bool, DbError> {
        let version = self.version().await?;
        early.read(Seen { version, own: self.others() }, ids).await
    }

    async fn version(&self) -> Result<Version, DbError> {
        Ok(self.bot.acquire().await?.version().await?)
    }

    /// How many writes there were outside of batches of purchases.
    pub(super) fn others(&self) -> u64 {
        self.notes.others.load(Ordering::Relaxed)
    }

    /// Where ours is written.
    fn ours(&self) -> &Pool {
        self.own.as_ref().unwrap_or(&self.bot)
    }
}
