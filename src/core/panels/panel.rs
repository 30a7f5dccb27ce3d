//! One panel: its addresses, its limit, its breaker, and what was learned from its answers.
//!
//! Deliberately absent: how it is asked (`asking.rs`), how we get in (`entering.rs`), its lists
//! (`lists.rs`), one purchase (`fetch.rs`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use url::{Origin, Url};

use super::admin::refusals::{Refusals, digest};
use super::admin::session::{Access, Means, NoList};
use super::admin::words::{Api, Status};
use super::breaker::Breaker;
use super::given::Given;
use super::survey::{Fallback, OneByOne};
use super::wire::Clients;
use crate::database::panels::{PanelAddress, PanelRow};
use crate::domain::ids::PanelId;
use crate::domain::inventory::Inventory;
use crate::domain::reason::{PanelFailure, Reason, Unreachable};
use crate::domain::way::Way;

/// How many answers the median time is taken over.
pub(super) const REMEMBERED: usize = 64;

/// One panel.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(super) row: PanelRow,
    pub(super) clients: Clients,
    pub(super) limit: Semaphore,
    /// As many as the limit lets through.
    pub(super) lanes: usize,
    pub(super) timeout: Duration,
    certificate: Certificate,
    pub(super) token: Option<SecretString>,
    pub(super) refusals: Arc<Refusals>,
    learned: Mutex<Learned>,
    access: Mutex<Access>,
    /// Held by whoever logs in: one at a time.
    pub(super) entering: tokio::sync::Mutex<()>,
    /// The last list, and its lock: one reader at a time, the others get what it read.
    pub(super) held: tokio::sync::Mutex<Option<Held>>,
    /// Rings when the breaker opens: questions on their way are given up.
    pub(super) opened: Notify,
}

/// What a panel is made with, beside its row.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) clients: Clients,
    pub(super) certificate: Certificate,
    pub(super) token: Option<SecretString>,
    pub(super) refusals: Arc<Refusals>,
    /// Requests at once.
    pub(super) limit: usize,
    /// Longest that one answer may take.
    pub(super) timeout: Duration,
}

/// What becomes of a panel's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// It must be valid.
    Verified,
    /// The operator takes any.
    Ignored,
}

/// A list that was read, or why it was not.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) list: Result<Arc<Inventory>, NoList>,
    pub(super) at: Instant,
}

/// What its answers taught us.
#[derive(Debug)]
pub(super) struct Learned {
    pub(super) breaker: Breaker,
    /// How it was not reached when the breaker opened: what its callers are told meanwhile.
    pub(super) unreached: Unreachable,
    /// Index of the base address that last gave links.
    pub(super) base: Option<usize>,
    pub(super) latencies: VecDeque<Duration>,
    pub(super) mood: Mood,
    pub(super) since: Timestamp,
    /// The API that gave a list.
    pub(super) api: Option<Api>,
    /// The pass with which it was seen that there is no list of links.
    pub(super) without_all_links: Option<u64>,
    /// Index of the address that gave a status.
    pub(super) status_path: Option<usize>,
    /// The pass with which it was seen that there is no status.
    pub(super) without_status: Option<u64>,
    pub(super) status: Option<Status>,
    /// Customers in the last list.
    pub(super) customers: Option<u64>,
    /// The inbounds of the last list, without clients: what the panel draws from at random.
    pub(super) choices: Option<Arc<Inventory>>,
    pub(super) survey: Option<LastSurvey>,
    pub(super) no_list: Option<NoList>,
}

/// What reading the lists for the last job came to.
#[derive(Debug, Clone)]
pub(crate) struct LastSurvey {
    /// When it began.
    pub(crate) at: Timestamp,
    /// How long it took.
    pub(crate) took: Duration,
    /// How many requests it needed, the login left out.
    pub(crate) requests: u64,
    /// How most inbounds are read.
    pub(crate) way: Way,
    /// The inbounds that no list gives.
    pub(crate) fallbacks: Vec<Fallback>,
    /// How many purchases were read one by one because of these, so far.
    pub(crate) one_by_one: Arc<OneByOne>,
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

impl Answer {
    /// What needed no question: it was read at `asked_at`, in Unix milliseconds.
    pub(crate) fn without_asking(result: Result<Given, PanelFailure>, asked_at: i64) -> Self {
        Self { result, asked_at, took: Duration::ZERO }
    }
}

impl Panel {
    pub(super) fn new(row: PanelRow, setup: Setup) -> Self {
        let mood = match row.address {
            Some(_) => Mood::Unknown,
            None => Mood::Unusable(PanelFailure::Unusable.about(&row.name)),
        };
        let means = if setup.token.is_some() { Means::Token } else { Means::Password };
        let mut panel = Self {
            row,
            clients: setup.clients,
            limit: Semaphore::new(setup.limit),
            lanes: setup.limit,
            timeout: setup.timeout,
            certificate: setup.certificate,
            token: setup.token,
            refusals: setup.refusals,
            learned: Mutex::new(Learned::new(mood)),
            access: Mutex::new(Access::new(means, false)),
            entering: tokio::sync::Mutex::default(),
            held: tokio::sync::Mutex::default(),
            opened: Notify::new(),
        };
        if panel.digest().is_some_and(|digest| panel.refusals.has(panel.row.id, &digest)) {
            panel.access = Mutex::new(Access::new(means, true));
        }
        panel
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

    /// Longest that one answer may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
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

    /// Where it is.
    pub(super) fn address(&self) -> Result<&PanelAddress, PanelFailure> {
        self.row.address.as_ref().ok_or(PanelFailure::Unusable)
    }

    /// Whether its pages and its subscriptions come from one place: if one is away, both are.
    pub(super) fn is_one_place(&self) -> bool {
        let Ok(address) = self.address() else { return true };
        let bases = [&address.panel_url, &address.subscription_base_url];
        let origins = bases.into_iter().filter(|base| !base.is_empty());
        let mut origins = origins.map(|base| base.parse::<Url>().map(|url| url.origin()).ok());
        let first: Option<Option<Origin>> = origins.next();
        origins.all(|other| Some(other) == first)
    }

    /// What a refusal of this panel would be remembered as.
    pub(super) fn digest(&self) -> Option<String> {
        let token = self.token.as_ref().map(ExposeSecret::expose_secret);
        Some(digest(self.row.address.as_ref()?, token))
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

    pub(super) fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn access(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Learned {
    fn new(mood: Mood) -> Self {
        Self {
            breaker: Breaker::Closed(0),
            unreached: Unreachable::Timeout,
            base: None,
            latencies: VecDeque::with_capacity(REMEMBERED),
            mood,
            since: Timestamp::now(),
            api: None,
            without_all_links: None,
            status_path: None,
            without_status: None,
            status: None,
            customers: None,
            choices: None,
            survey: None,
            no_list: None,
        }
    }

    /// Notes how it is now.
    pub(super) fn feel(&mut self, mood: Mood) {
        if std::mem::discriminant(&self.mood) != std::mem::discriminant(&mood) {
            self.since = Timestamp::now();
        }
        self.mood = mood;
    }
}
