//! How a panel is asked, whatever is asked: its limit, its breaker, again where that can help.
//!
//! ```text
//! ask ─▶ limit ─▶ breaker ─▶ question ─▶ retry? ─▶ answer, and what it cost
//! ```
//!
//! Invariants:
//! - Every request to a panel passes here, and one question passes once: who holds a place within
//!   the limit waits for nobody.
//! - What will not pass is asked once.

use std::pin::{Pin, pin};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, sleep, timeout_at};

use super::breaker::Breaker;
use super::given::Given;
use super::panel::{Answer, Mood, Panel, REMEMBERED};
use super::retry::{self, ATTEMPTS};
use crate::domain::reason::{PanelFailure, Unreachable};

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// A subscription: what comes of it says how the panel is.
    Subscription,
    /// Something small about the panel itself: says whether it is there.
    Panel,
    /// A list: as above, and its time is not the panel's usual one.
    List,
    /// What comes before a login: as `Panel`, and not repeated. A subscription is asked for next:
    /// with both, one purchase would open the breaker.
    Door,
    /// A login: as above, and never repeated, since each try may count as a wrong one (fact C17).
    Login,
}

/// What questions cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Bill {
    /// When the last question was asked.
    pub(super) asked_at: Option<i64>,
    /// Time that the panel needed, pauses left out.
    pub(super) took: Duration,
    /// How often it was asked, logins left out.
    pub(super) requests: u64,
}

impl Bill {
    /// Adds what was asked beside it.
    pub(super) fn add(&mut self, other: &Self) {
        self.asked_at = self.asked_at.max(other.asked_at);
        self.took += other.took;
        self.requests += other.requests;
    }

    pub(super) fn answer(&self, result: Result<Given, PanelFailure>) -> Answer {
        let asked_at = self.asked_at.unwrap_or_else(|| Timestamp::now().as_millisecond());
        Answer { result, asked_at, took: self.took }
    }
}

impl Panel {
    /// Asks, over at `deadline` at the latest; one answer takes no longer than the panel may.
    /// `question` is told when the head of an answer has to be there.
    pub(super) async fn ask<T, F>(
        &self,
        topic: Topic,
        deadline: Instant,
        bill: &mut Bill,
        mut question: impl FnMut(Instant) -> F,
    ) -> Result<T, PanelFailure>
    where
        F: Future<Output = Result<T, PanelFailure>>,
    {
        let late = PanelFailure::Unreachable(Unreachable::Timeout);
        let permit = timeout_at(deadline, self.limit.acquire()).await;
        let Ok(Ok(_permit)) = permit else { return Err(late) };
        bill.asked_at = Some(Timestamp::now().as_millisecond());
        let head_by = deadline.min(Instant::now() + self.timeout);
        let body_by = deadline.min(Instant::now() + self.longest(topic));
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut opened = pin!(self.opened.notified());
            // From here on a ring is heard, even before the first poll.
            opened.as_mut().enable();
            // Nobody asks an open breaker, so asking again at once would be no use either.
            let asking = Asking::begin(self, topic)?;
            // The one question of a breaker that is half open keeps everybody else waiting.
            let is_trial = self.learned().breaker == Breaker::HalfOpen;
            let until = if is_trial { head_by } else { body_by };
            let began = Instant::now();
            let result = self.attempt(asking, opened, question(head_by), until).await;
            bill.took += began.elapsed();
            bill.requests += u64::from(!matches!(topic, Topic::Door | Topic::Login));
            let Err(failure) = result else { return result };
            // What comes late is not asked for twice: only the time for a head is divided.
            let left = head_by.saturating_duration_since(Instant::now());
            let most = if matches!(topic, Topic::Door | Topic::Login) { 1 } else { ATTEMPTS };
            let pause = retry::pause(failure, attempt, left, rand::random());
            let Some(pause) = pause.filter(|_| attempt < most) else { return Err(failure) };
            sleep(pause).await;
        }
    }

    /// Who waited for a question of somebody else's that failed would have failed as well: to the
    /// breaker it is the same, so a panel that hangs costs all of them one timeout.
    pub(super) fn shared(&self, failure: PanelFailure) {
        if !failure.was_reached()
            && let Ok(mut asking) = Asking::begin(self, Topic::List)
        {
            asking.end(Some(failure), Duration::ZERO);
        }
    }

    /// Longest that an answer may take, its retries included; the head of each has the panel's
    /// usual time.
    fn longest(&self, topic: Topic) -> Duration {
        /// A list of 20 000 clients is 50 MB, a tenth of that when packed.
        const LIST: Duration = Duration::from_secs(30);
        if topic == Topic::List { self.timeout.max(LIST) } else { self.timeout }
    }

    /// Asks once; gives up if the breaker opens meanwhile.
    ///
    /// Questions begin whenever others end, so some begin between the first failure and the one
    /// that opens the breaker. Were they waited for, a panel that hangs would cost two timeouts.
    async fn attempt<T>(
        &self,
        mut asking: Asking<'_>,
        opened: Pin<&mut Notified<'_>>,
        question: impl Future<Output = Result<T, PanelFailure>>,
        until: Instant,
    ) -> Result<T, PanelFailure> {
        let began = Instant::now();
        let result = tokio::select! {
            biased;
            result = timeout_at(until, question) => match result {
                Ok(result) => result,
                Err(_) => Err(PanelFailure::Unreachable(Unreachable::Timeout)),
            },
            () = opened => {
                return Err(PanelFailure::Unreachable(self.learned().unreached));
            }
        };
        asking.end(result.as_ref().err().copied(), began.elapsed());
        result
    }
}

/// A question on its way: the breaker learns how it ended, also if its caller gives up.
struct Asking<'a> {
    panel: &'a Panel,
    topic: Topic,
    ended: bool,
}

impl<'a> Asking<'a> {
    /// Asks the breaker; fails as the panel did when it opened.
    fn begin(panel: &'a Panel, topic: Topic) -> Result<Self, PanelFailure> {
        let mut learned = panel.learned();
        let (may, breaker) = learned.breaker.ask(Instant::now().into_std());
        learned.breaker = breaker;
        let unreached = PanelFailure::Unreachable(learned.unreached);
        if may { Ok(Self { panel, topic, ended: false }) } else { Err(unreached) }
    }

    fn end(&mut self, failure: Option<PanelFailure>, took: Duration) {
        self.ended = true;
        let mut learned = self.panel.learned();
        let was_reached = failure.is_none_or(PanelFailure::was_reached);
        if let Some(PanelFailure::Unreachable(how)) = failure {
            learned.unreached = how;
        }
        learned.breaker = if was_reached {
            Breaker::after_success()
        } else {
            let next = learned.breaker.after_failure(Instant::now().into_std());
            if matches!(next, Breaker::Open(_)) && next != learned.breaker {
                self.panel.opened.notify_waiters();
            }
            next
        };
        if was_reached && self.topic != Topic::List {
            if learned.latencies.len() == REMEMBERED {
                learned.latencies.pop_front();
            }
            learned.latencies.push_back(took);
        }
        if let Some(mood) = mood_after(self.topic, failure, &learned.mood, self.panel.name()) {
            learned.feel(mood);
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let mut learned = self.panel.learned();
            learned.breaker = learned.breaker.after_nothing(Instant::now().into_std());
        }
    }
}

/// How the panel is after an answer; `None` if that does not say it.
fn mood_after(
    topic: Topic,
    failure: Option<PanelFailure>,
    before: &Mood,
    name: &str,
) -> Option<Mood> {
    match failure {
        Some(failure @ PanelFailure::Unreachable(_)) => {
            Some(Mood::Unreachable(failure.about(name)))
        }
        // What its API refuses says nothing about the subscriptions that customers use.
        _ if topic != Topic::Subscription => {
            matches!(before, Mood::Unknown | Mood::Unreachable(_)).then_some(Mood::Reachable)
        }
        // That it does not know one customer says nothing about the panel.
        None | Some(PanelFailure::UnknownSubscription) => Some(Mood::Reachable),
        Some(
            failure @ (PanelFailure::Unusable
            | PanelFailure::LeftOut
            | PanelFailure::NotAsked
            | PanelFailure::Internal),
        ) => Some(Mood::Unusable(failure.about(name))),
        Some(
            failure @ (PanelFailure::Busy(_)
            | PanelFailure::Status(_)
            | PanelFailure::NotASubscription(_)
            | PanelFailure::ListRefused
            | PanelFailure::WrongPassword
            | PanelFailure::WrongToken
            | PanelFailure::LockedOut
            | PanelFailure::TooLarge),
        ) => Some(Mood::Failing(failure.about(name))),
    }
}
