//! One panel: its addresses, its limit, its breaker, and what was learned from its answers.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;
use secrecy::ExposeSecret;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use super::breaker::Breaker;
use super::given::Given;
use super::request;
use super::retry;
use crate::database::contacts::Contact;
use crate::database::panels::{PanelAddress, PanelRow};
use crate::domain::ids::{PanelId, SubId};
use crate::domain::reason::{PanelFailure, Reason, Unreachable};
use crate::domain::way::Way;

/// How many answers the median time is taken over.
const REMEMBERED: usize = 64;

/// One panel.
#[derive(Debug)]
pub(crate) struct Panel {
    row: PanelRow,
    client: Client,
    limit: Semaphore,
    timeout: Duration,
    learned: Mutex<Learned>,
    way: Way,
    certificate: Certificate,
    /// Rings when the breaker opens: questions on their way are given up.
    opened: Notify,
}

/// What becomes of a panel's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// It must be valid.
    Verified,
    /// The operator takes any.
    Ignored,
}

/// What its answers taught us.
#[derive(Debug)]
struct Learned {
    breaker: Breaker,
    /// How it was not reached when the breaker opened: what its callers are told meanwhile.
    unreached: Unreachable,
    /// Index of the base address that last gave links.
    base: Option<usize>,
    latencies: VecDeque<Duration>,
    mood: Mood,
    since: Timestamp,
}

/// What the last answers say about the panel as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Nobody has asked yet.
    Unknown,
    /// The last answer made sense.
    Reachable,
    /// The last answer did not come.
    Unreachable(Reason),
    /// The last answer made no sense.
    Failing(Reason),
    /// Its row cannot be used.
    Unusable(Reason),
}

/// One answer, or why there is none.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// What it gave.
    pub(crate) result: Result<Given, PanelFailure>,
    /// When the panel was asked, in Unix milliseconds.
    pub(crate) asked_at: i64,
    /// Time that the panel needed, pauses left out.
    pub(crate) took: Duration,
}

impl Panel {
    pub(super) fn new(
        row: PanelRow,
        client: Client,
        certificate: Certificate,
        limit: usize,
        timeout: Duration,
    ) -> Self {
        let mood = match row.address {
            Some(_) => Mood::Unknown,
            None => Mood::Unusable(PanelFailure::Unusable.about(&row.name)),
        };
        Self {
            row,
            client,
            limit: Semaphore::new(limit),
            timeout,
            learned: Mutex::new(Learned {
                breaker: Breaker::Closed(0),
                unreached: Unreachable::Timeout,
                base: None,
                latencies: VecDeque::with_capacity(REMEMBERED),
                mood,
                since: Timestamp::now(),
            }),
            way: Way::Subscription,
            certificate,
            opened: Notify::new(),
        }
    }

    pub(crate) fn id(&self) -> PanelId {
        self.row.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.row.name
    }

    /// Its addresses as they may be shown: scheme, host and port, since a path may be a secret.
    pub(crate) fn origins(&self) -> Vec<String> {
        let Some(address) = &self.row.address else { return Vec::new() };
        let mut origins: Vec<String> = [&address.panel_url, &address.subscription_base_url]
            .into_iter()
            .filter_map(|address| url::Url::parse(address).ok())
            .map(|url| url.origin().ascii_serialization())
            .collect();
        origins.dedup();
        origins
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.certificate == Certificate::Verified
    }

    pub(crate) fn way(&self) -> Way {
        self.way
    }

    /// Whether the bot's row still says the same.
    pub(super) fn is_same_as(&self, row: &PanelRow) -> bool {
        let parts = |address: &PanelAddress| {
            (
                address.panel_url.clone(),
                address.subscription_base_url.clone(),
                address.subscription_path_prefix.clone(),
                address.username.expose_secret().to_owned(),
                address.password.expose_secret().to_owned(),
            )
        };
        self.row.name == row.name
            && self.row.kind == row.kind
            && self.row.address.as_ref().map(parts) == row.address.as_ref().map(parts)
    }

    /// The breaker's position and, for an open one, how long it stays so.
    pub(crate) fn breaker(&self) -> (Breaker, Option<Duration>) {
        let breaker = self.learned().breaker;
        let wait = match breaker {
            Breaker::Open(until) => {
                Some(until.saturating_duration_since(Instant::now().into_std()))
            }
            Breaker::Closed(_) | Breaker::HalfOpen => None,
        };
        (breaker, wait)
    }

    /// Median time of its last answers.
    pub(crate) fn latency(&self) -> Option<Duration> {
        let mut latencies: Vec<Duration> = self.learned().latencies.iter().copied().collect();
        latencies.sort_unstable();
        latencies.get(latencies.len() / 2).copied()
    }

    /// What its last answers say, and since when.
    pub(crate) fn mood(&self) -> (Mood, Timestamp) {
        let learned = self.learned();
        (learned.mood.clone(), learned.since)
    }

    /// One purchase's slice, by the panel's way; over at `deadline` at the latest.
    pub(crate) async fn fetch(&self, contact: &Contact, deadline: Instant) -> Answer {
        let mut answer = Answer {
            result: Err(PanelFailure::Unreachable(Unreachable::Timeout)),
            asked_at: Timestamp::now().as_millisecond(),
            took: Duration::ZERO,
        };
        let Ok(Ok(_permit)) = timeout_at(deadline, self.limit.acquire()).await else {
            return answer;
        };
        answer.asked_at = Timestamp::now().as_millisecond();
        let until = deadline.min(Instant::now() + self.timeout);
        for attempt in 1.. {
            let mut opened = pin!(self.opened.notified());
            // From here on a ring is heard, even before the first poll.
            opened.as_mut().enable();
            let asking = match Asking::begin(self) {
                Ok(asking) => asking,
                // Nobody asks now, so asking again at once would be no use either.
                Err(unreached) => {
                    answer.result = Err(PanelFailure::Unreachable(unreached));
                    break;
                }
            };
            let began = Instant::now();
            answer.result = self.attempt(asking, opened, &contact.own, until).await;
            answer.took += began.elapsed();
            let Err(failure) = answer.result else { break };
            let left = until.saturating_duration_since(Instant::now());
            let Some(pause) = retry::pause(failure, attempt, left, rand::random()) else { break };
            sleep(pause).await;
        }
        answer
    }

    /// Asks once; gives up if the breaker opens meanwhile.
    ///
    /// Questions begin whenever others end, so some begin between the first failure and the one
    /// that opens the breaker. Were they waited for, a panel that hangs would cost two timeouts.
    async fn attempt(
        &self,
        mut asking: Asking<'_>,
        opened: Pin<&mut Notified<'_>>,
        sub_id: &SubId,
        until: Instant,
    ) -> Result<Given, PanelFailure> {
        let began = Instant::now();
        let result = tokio::select! {
            biased;
            result = timeout_at(until, self.ask(sub_id)) => match result {
                Ok(result) => result,
                Err(_) => Err(PanelFailure::Unreachable(Unreachable::Timeout)),
            },
            () = opened => return Err(PanelFailure::Unreachable(self.learned().unreached)),
        };
        asking.end(&result, began.elapsed());
        result
    }

    /// The one place where ways differ.
    async fn ask(&self, sub_id: &SubId) -> Result<Given, PanelFailure> {
        match self.way() {
            Way::Links | Way::Learned | Way::PerClient | Way::Subscription => {
                self.ask_subscription(sub_id).await
            }
        }
    }

    /// `subscription_base_url` first, then `panel_url`; afterwards the one that gave links.
    async fn ask_subscription(&self, sub_id: &SubId) -> Result<Given, PanelFailure> {
        let address = self.row.address.as_ref().ok_or(PanelFailure::Unusable)?;
        let bases = [&address.subscription_base_url, &address.panel_url];
        let proven = self.learned().base;
        let order: &[usize] = match proven {
            Some(1) => &[1, 0],
            _ => &[0, 1],
        };
        let mut first_failure = None;
        for &index in order {
            let base = bases[index];
            let is_repeated = index == 1 && bases[0] == bases[1];
            if base.is_empty() || is_repeated {
                continue;
            }
            let url = request::address(base, &address.subscription_path_prefix, sub_id.reveal());
            match request::subscription(&self.client, &url).await {
                Ok(fetched) => {
                    self.learned().base = Some(index);
                    return Ok(Given {
                        links: fetched.subscription.links,
                        headers: fetched.headers,
                        way: Way::Subscription,
                        client: None,
                        inventory: None,
                        off: None,
                    });
                }
                // Where links came from before, "unknown" is the truth about this customer.
                Err(failure @ PanelFailure::UnknownSubscription) if proven == Some(index) => {
                    return Err(failure);
                }
                // Asking elsewhere at once does not relieve a panel that asks us to wait.
                Err(failure @ PanelFailure::Busy(_)) => return Err(failure),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        Err(first_failure.unwrap_or(PanelFailure::Unusable))
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question on its way: the breaker learns how it ended, also if its caller gives up.
struct Asking<'a> {
    panel: &'a Panel,
    ended: bool,
}

impl<'a> Asking<'a> {
    /// Asks the breaker; `Err` is how the panel was not reached when it opened.
    fn begin(panel: &'a Panel) -> Result<Self, Unreachable> {
        let mut learned = panel.learned();
        let (may, breaker) = learned.breaker.ask(Instant::now().into_std());
        learned.breaker = breaker;
        if may { Ok(Self { panel, ended: false }) } else { Err(learned.unreached) }
    }

    fn end(&mut self, result: &Result<Given, PanelFailure>, took: Duration) {
        self.ended = true;
        let mut learned = self.panel.learned();
        let was_reached = result.as_ref().err().is_none_or(|failure| failure.was_reached());
        if let Err(PanelFailure::Unreachable(how)) = result {
            learned.unreached = *how;
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
        if was_reached {
            if learned.latencies.len() == REMEMBERED {
                learned.latencies.pop_front();
            }
            learned.latencies.push_back(took);
        }
        let mood = mood_after(result, &self.panel.row.name);
        if std::mem::discriminant(&learned.mood) != std::mem::discriminant(&mood) {
            learned.since = Timestamp::now();
        }
        learned.mood = mood;
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

fn mood_after(result: &Result<Given, PanelFailure>, name: &str) -> Mood {
    match result {
        // That it does not know one customer says nothing about the panel.
        Ok(_) | Err(PanelFailure::UnknownSubscription) => Mood::Reachable,
        Err(failure @ PanelFailure::Unreachable(_)) => Mood::Unreachable(failure.about(name)),
        Err(
            failure @ (PanelFailure::Unusable
            | PanelFailure::LeftOut
            | PanelFailure::NotAsked
            | PanelFailure::Internal),
        ) => Mood::Unusable(failure.about(name)),
        Err(
            failure @ (PanelFailure::Busy(_)
            | PanelFailure::Status(_)
            | PanelFailure::NotASubscription(_)
            | PanelFailure::WrongPassword
            | PanelFailure::LockedOut
            | PanelFailure::TooLarge),
        ) => Mood::Failing(failure.about(name)),
    }
}
