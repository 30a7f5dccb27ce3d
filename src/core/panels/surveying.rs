//! Surveying a panel for a job: its lists, and the subscriptions that they are checked against.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::time::Instant;

use super::admin::session::NoList;
use super::admin::words;
use super::asking::Bill;
use super::lists::beside;
use super::panel::{LastSurvey, Panel};
use super::survey::{AllLinks, Survey, Surveyor};
use crate::domain::ids::SubId;
use crate::domain::reason::PanelFailure;
use crate::domain::slice::Headers;
use crate::domain::subscription::Subscription;

/// A defect of ours.
const BROKEN: NoList = NoList::Failed(PanelFailure::Internal);

/// What a survey came to.
pub(crate) struct Surveyed {
    /// `NotAsked`: the panel has no lists for us, so each purchase is asked for by itself.
    pub(crate) result: Result<Arc<Survey>, PanelFailure>,
    /// Time that the panel needed at least: its lists one after the other, subscriptions side by
    /// side; nothing if it was not there.
    pub(crate) took: Duration,
}

impl Panel {
    /// Reads the lists anew and checks them against subscriptions.
    pub(crate) async fn survey(&self, deadline: Instant) -> Surveyed {
        let (at, began) = (Timestamp::now(), Instant::now());
        let (mut bill, mut samples) = (Bill::default(), Samples::default());
        let result = match self.survey_lists(deadline, &mut bill, &mut samples).await {
            Ok(survey) => {
                tracing::debug!(
                    panel = self.name(),
                    way = survey.way().as_str(),
                    samples = survey.requests(),
                    "Surveyed"
                );
                self.learned().survey = Some(LastSurvey {
                    at,
                    took: began.elapsed(),
                    requests: bill.requests + samples.bill.requests,
                    way: survey.way(),
                    fallbacks: survey.fallbacks(),
                    one_by_one: survey.one_by_one(),
                });
                Ok(Arc::new(survey))
            }
            Err(NoList::Useless(_)) => Err(PanelFailure::NotAsked),
            Err(NoList::Failed(failure)) => Err(failure),
        };
        let was_reached = result.as_ref().err().is_none_or(|failure| failure.was_reached());
        let took = if was_reached { bill.took + samples.took(self.lanes) } else { Duration::ZERO };
        Surveyed { result, took }
    }

    async fn survey_lists(
        &self,
        deadline: Instant,
        bill: &mut Bill,
        samples: &mut Samples,
    ) -> Result<Survey, NoList> {
        let (list, all_links) = self.both_lists(deadline, bill).await?;
        let mut surveyor = Surveyor::new(Arc::clone(&list), all_links.is_some());
        let mut reading = FuturesUnordered::new();
        let ask = |surveyor: &mut Surveyor, reading: &FuturesUnordered<_>| {
            while reading.len() < self.lanes
                && let Some(id) = surveyor.next()
            {
                reading.push(self.sample(id, deadline));
            }
        };
        ask(&mut surveyor, &reading);
        // Many links take as long to be read as an answer takes to come.
        let links = async {
            let Some(heard) = all_links else { return Ok(None) };
            let read = move || Some(AllLinks::new(&list, &words::lines(&heard)?));
            beside(read).await.ok_or(BROKEN)
        };
        let (links, mut next) = tokio::join!(links, reading.next());
        surveyor.hear_links(links?);
        while let Some((id, answer, cost)) = next {
            samples.add(&cost, answer.as_ref().err().copied());
            surveyor.read(&id, answer);
            ask(&mut surveyor, &reading);
            next = reading.next().await;
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

/// What the subscriptions of a survey cost. They are read side by side.
#[derive(Default)]
struct Samples {
    bill: Bill,
    /// Those that the panel answered, in whatever way.
    answered: usize,
    /// Time that it needed for these, one after the other.
    busy: Duration,
}

impl Samples {
    fn add(&mut self, cost: &Bill, failure: Option<PanelFailure>) {
        self.bill.add(cost);
        if failure.is_none_or(PanelFailure::was_reached) {
            self.answered += 1;
            self.busy += cost.took;
        }
    }

    /// Time that they need at least, `lanes` at once.
    fn took(&self, lanes: usize) -> Duration {
        let lanes = u32::try_from(lanes.min(self.answered).max(1)).unwrap_or(u32::MAX);
        self.busy / lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reason::Unreachable;

    #[test]
    fn samples_are_read_side_by_side_and_waiting_for_none_is_no_cost() {
        let mut samples = Samples::default();
        assert_eq!(samples.took(8), Duration::ZERO);
        let cost = Bill { took: Duration::from_millis(60), requests: 1, ..Bill::default() };
        for failure in [None, Some(PanelFailure::UnknownSubscription), None] {
            samples.add(&cost, failure);
        }
        samples.add(&cost, Some(PanelFailure::Unreachable(Unreachable::Timeout)));
        assert_eq!(samples.bill.requests, 4);
        let expected = [(1, 180), (2, 90), (8, 60)];
        for (lanes, took) in expected {
            assert_eq!(samples.took(lanes), Duration::from_millis(took), "{lanes} at once");
        }
    }
}
