//! One purchase now: the bot's POST, and a subscriber whose links are old.

use std::sync::{Arc, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all};
use tokio::time::Instant;

use super::judge::{Attempt, OnLoss, Writing};
use super::{UPDATE_DEADLINE, Updater, millis, now};
use crate::api::events::Event;
use crate::core::said;
use crate::database::error::DbError;
use crate::database::settle::Verdict;
use crate::domain::ids::PurchaseId;
use crate::domain::job::ItemEnd;
use crate::domain::reason::Reason;

/// What became of one purchase.
#[derive(Debug, Clone)]
pub(crate) enum One {
    /// Its panels were asked.
    Ended(ItemEnd),
    /// It cannot be updated; nobody was asked.
    Obstacle(Reason),
    /// There is none.
    NotFound,
}

/// An update on its way that others may join.
pub(super) type Flight = Shared<BoxFuture<'static, Result<One, DbError>>>;

impl Updater {
    /// Updates one purchase, or joins whoever does so already.
    ///
    /// The update goes on when its caller does not.
    pub(crate) async fn one(self: &Arc<Self>, id: PurchaseId) -> Result<One, DbError> {
        let flight = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            match flights.get(&id) {
                Some(flight) => flight.clone(),
                None => {
                    let flight = self.take_off(id);
                    flights.insert(id, flight.clone());
                    flight
                }
            }
        };
        flight.await
    }

    fn take_off(self: &Arc<Self>, id: PurchaseId) -> Flight {
        let updater = Arc::clone(self);
        let task = self.tasks.spawn(async move {
            let result = updater.update(id).await;
            updater.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            result
        });
        let flight = async move {
            match task.await {
                Ok(result) => result,
                Err(error) => Err(DbError { cause: format!("the update broke off: {error}") }),
            }
        };
        flight.boxed().shared()
    }

    async fn update(&self, id: PurchaseId) -> Result<One, DbError> {
        let Some(known) = self.database.find_known(id).await? else {
            return Ok(One::NotFound);
        };
        let purchase = known.purchase;
        let sub_id = match (purchase.obstacle(), purchase.sub_id) {
            (Some(reason), _) => return Ok(One::Obstacle(reason)),
            (None, Some(sub_id)) => sub_id,
            (None, None) => return Ok(One::NotFound),
        };
        let deadline = Instant::now() + UPDATE_DEADLINE;
        let asked = purchase.panels.iter().map(|&panel| self.ask(panel, &sub_id, deadline));
        let (answers, times): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().unzip();
        let attempt = Attempt {
            answers,
            rules: self.rules(OnLoss::KeepUntilSeenAgain, Writing::Real),
            now: now(),
            took_ms: times.into_iter().max().map_or(0, millis),
        };
        let settlement = self.settle(id, None, attempt).await?;
        if let Some(purchase) = said::find_purchase(&self.catalog, &self.panels, id, now()) {
            self.hub.publish(&Event::Purchase(purchase));
        }
        let (Verdict::Ended(end) | Verdict::Held(end)) = settlement.verdict;
        Ok(One::Ended(end))
    }
}
