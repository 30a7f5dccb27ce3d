//! Surveying a panel for a job: its lists, and the subscriptions that they are checked against.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::time::Instant;

use super::admin::session::NoList;
use super::asking::Bill;
use super::panel::{LastSurvey, Panel};
use super::survey::{Survey, Surveyor};
use crate::database::contacts::Contact;
use crate::domain::ids::SubId;
use crate::domain::reason::PanelFailure;
use crate::domain::slice::Headers;
use crate::domain::subscription::Subscription;

/// What a survey came to.
pub(crate) struct Surveyed {
    /// `NotAsked`: the panel has no lists for us, so each purchase is asked for by itself.
    pub(crate) result: Result<Arc<Survey>, PanelFailure>,
    /// Time that the panel needed, all questions together.
    pub(crate) took: Duration,
}

impl Panel {
    /// Reads the lists anew and checks them against subscriptions.
    pub(crate) async fn survey(&self, deadline: Instant) -> Surveyed {
        let (at, began) = (Timestamp::now(), Instant::now());
        let mut bill = Bill::default();
        let result = match self.survey_lists(deadline, &mut bill).await {
            Ok(survey) => {
                let samples = survey.requests();
                tracing::debug!(
                    panel = self.name(),
                    way = survey.way().as_str(),
                    samples,
                    "Surveyed"
                );
                self.learned().survey = Some(LastSurvey {
                    at,
                    took: began.elapsed(),
                    requests: bill.requests,
                    way: survey.way(),
                    fallbacks: survey.fallbacks(),
                });
                Ok(Arc::new(survey))
            }
            Err(NoList::Useless(_)) => Err(PanelFailure::NotAsked),
            Err(NoList::Failed(failure)) => Err(failure),
        };
        Surveyed { result, took: bill.took }
    }

    /// Says how many of a job's purchases each inbound makes costlier that no list gives.
    pub(crate) fn note_fallbacks<'a>(
        &self,
        survey: &Survey,
        contacts: impl Iterator<Item = &'a Contact>,
    ) {
        let fallbacks = survey.count_fallbacks(contacts);
        if let Some(last) = &mut self.learned().survey {
            last.fallbacks = fallbacks;
        }
    }

    async fn survey_lists(&self, deadline: Instant, bill: &mut Bill) -> Result<Survey, NoList> {
        let list = self.list(Duration::ZERO, deadline, bill).await?;
        let all_links = self.all_links(deadline, bill).await;
        let mut surveyor = Surveyor::new(list, all_links.as_deref());
        let mut reading = FuturesUnordered::new();
        loop {
            while reading.len() < self.lanes
                && let Some(id) = surveyor.next()
            {
                reading.push(self.sample(id, deadline));
            }
            let Some((id, answer, cost)) = reading.next().await else { break };
            bill.add(&cost);
            surveyor.read(&id, answer);
        }
        Ok(surveyor.finish())
    }

    async fn sample(
        &self,
        id: SubId,
        deadline: Instant,
    ) -> (SubId, Result<(Subscription, Headers), PanelFailure>, Bill) {
        let mut bill = Bill::default();
        let fetched = self.read(&id, deadline, &mut bill).await;
        (id, fetched.map(|fetched| (fetched.subscription, fetched.headers)), bill)
    }
}
