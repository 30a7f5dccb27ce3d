//! One purchase now: the bot's POST, and a subscriber whose links are old.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::counted::How;
use super::judge::{Attempt, OnLoss, Writing};
use super::{UPDATE_DEADLINE, Updater, millis, now};
use crate::api::events::Event;
use crate::core::panels::Panel;
use crate::core::said;
use crate::database::contacts::Contact;
use crate::database::error::DbError;
use crate::database::settle::Verdict;
use crate::domain::ids::{PanelId, PurchaseId};
use crate::domain::job::ItemEnd;
use crate::domain::reason::Reason;

/// What of the time for one purchase is left for judging and writing.
const SETTLE_RESERVE: Duration = Duration::from_secs(2);

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

impl Updater {
    /// Updates one purchase, or joins whoever does so already.
    ///
    /// The update goes on when its caller does not.
    pub(crate) async fn one(self: &Arc<Self>, id: PurchaseId) -> Result<One, DbError> {
        let updater = Arc::clone(self);
        let update = move || async move { updater.update(id).await };
        self.flights.join(id, &self.tasks, update).await
    }

    async fn update(&self, id: PurchaseId) -> Result<One, DbError> {
        let deadline = Instant::now() + UPDATE_DEADLINE - SETTLE_RESERVE;
        self.catalog.tried(id, now());
        let Some(known) = self.database.find_known(id).await? else {
            return Ok(One::NotFound);
        };
        if let Some(reason) = known.purchase.obstacle() {
            return Ok(One::Obstacle(reason));
        }
        let panels = known.purchase.panels.iter();
        let contacts: Vec<(PanelId, Arc<Contact>)> =
            panels.filter_map(|&panel| Some((panel, Arc::new(known.contact(panel)?)))).collect();
        let asked = contacts.into_iter().map(|(panel, contact)| {
            self.ask(panel, Some(Arc::clone(&contact)), async move |found: Arc<Panel>| {
                found.fetch(&contact, deadline).await
            })
        });
        let (answers, times): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().unzip();
        let attempt = Attempt {
            answers: Arc::new(answers),
            rules: self.rules(OnLoss::KeepUntilSeenAgain, Writing::Real),
            now: now(),
            took_ms: times.into_iter().max().map_or(0, millis),
        };
        let settlement = self.settle(id, None, attempt).await?;
        if let Some(purchase) = said::find_purchase(&self.catalog, &self.panels, id, now()) {
            self.hub.publish(Event::Purchase(purchase));
        }
        let (Verdict::Ended(end) | Verdict::Held(end)) = settlement.verdict;
        self.counted.ended(How::Alone, end.outcome);
        Ok(One::Ended(end))
    }
}
