//! A panel's lists: of its inbounds with every client, and of every link.
//!
//! Invariants:
//! - One reader at a time; who waits for it gets what it read.
//! - A session that is over is noticed by its list, renewed once, and the list asked for again.
//! - The list of every link is on its way while the list of inbounds is read.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::admin::session::{Entry, NoList, Pass, Who};
use super::admin::words::{self, Api, Useless};
use super::asking::{Bill, Topic};
use super::entering::Call;
use super::panel::{Held, Panel};
use super::wire::exchange::Heard;
use crate::domain::inventory::{Inbound, Inventory, NotAList};
use crate::domain::reason::{PanelFailure, Unreachable};

/// How long a list answers for single purchases: the bot's "update all" is one request for each,
/// and must not read a list of 5 MB each time.
pub(super) const LIST_AGE: Duration = Duration::from_mins(1);

/// The same for a purchase that nobody has tried yet, and that the list does not have: it was sold
/// after the list was read, or it is not there.
pub(super) const FRESH_LIST_AGE: Duration = Duration::from_secs(2);

/// How long it is believed that a list cannot be had: as long as a breaker stays open.
const AWAY_FOR: Duration = super::breaker::OPEN_FOR;

/// Hears with which pass a list came, before that list is read.
type Came = oneshot::Sender<Entry>;

impl Panel {
    /// The panel's list, at most `max_age` old.
    pub(super) async fn list(
        &self,
        max_age: Duration,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Arc<Inventory>, NoList> {
        self.list_and_tell(max_age, deadline, bill, None).await
    }

    /// The panel's list, read now, and what it answered when it was asked for every link, where it
    /// has a call for that: it is asked while the list is read.
    pub(super) async fn both_lists(
        &self,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<(Arc<Inventory>, Option<Heard>), NoList> {
        let (came, has_come) = oneshot::channel();
        let mut beside = Bill::default();
        let early = async {
            let entry = has_come.await.ok()?;
            Some(self.ask_all_links_with(&entry, deadline, &mut beside).await)
        };
        let list = self.list_and_tell(Duration::ZERO, deadline, bill, Some(came));
        let (list, early) = tokio::join!(list, early);
        bill.add(&beside);
        let list = list?;
        let all_links = match early {
            Some(all_links) => all_links,
            // Another one read the list, or it did not look like one.
            None => self.ask_all_links(deadline, bill).await,
        };
        Ok((list, all_links))
    }

    async fn list_and_tell(
        &self,
        max_age: Duration,
        deadline: Instant,
        bill: &mut Bill,
        came: Option<Came>,
    ) -> Result<Arc<Inventory>, NoList> {
        let late = NoList::Failed(PanelFailure::Unreachable(Unreachable::Timeout));
        let asked_at = Instant::now();
        let mut held = timeout_at(deadline, self.held.lock()).await.map_err(|_| late)?;
        if let Some(held) = held.as_ref()
            && (held.at >= asked_at || self.is_of_use(held, max_age))
        {
            if let Err(NoList::Failed(failure)) = held.list
                && self.is_one_place()
            {
                self.shared(failure);
            }
            return held.list.clone();
        }
        let list = self.read_list(deadline, bill, came).await;
        self.note_list(&list);
        let is_costly = matches!(list, Err(NoList::Failed(failure)) if is_costly(failure));
        *held =
            (list.is_ok() || is_costly).then(|| Held { list: list.clone(), at: Instant::now() });
        list
    }

    /// That a panel is away is believed only where subscriptions come from elsewhere: where they
    /// do not, asking for the list costs no more than asking for a subscription.
    fn is_of_use(&self, held: &Held, max_age: Duration) -> bool {
        let age = held.at.elapsed();
        match held.list {
            Ok(_) => age < max_age,
            Err(why) => {
                let is_away = matches!(why, NoList::Failed(failure) if !failure.was_reached());
                age < AWAY_FOR.min(max_age) && !(is_away && self.is_one_place())
            }
        }
    }

    /// The list that is held, if there is one and nobody is reading another.
    pub(super) fn list_at_hand(&self) -> Option<Arc<Inventory>> {
        let held = self.held.try_lock().ok()?;
        let held = held.as_ref().filter(|held| self.is_of_use(held, LIST_AGE))?;
        held.list.as_ref().ok().cloned()
    }

    /// Forgets a list that nobody may use any more.
    pub(super) fn forget_old_list(&self) {
        if let Ok(mut held) = self.held.try_lock()
            && held.as_ref().is_some_and(|held| !self.is_of_use(held, LIST_AGE))
        {
            *held = None;
        }
    }

    fn note_list(&self, list: &Result<Arc<Inventory>, NoList>) {
        let mut learned = self.learned();
        // A panel that is away is read as before once it is back.
        match list {
            Err(NoList::Failed(failure)) if !failure.was_reached() => {}
            _ => learned.no_list = list.as_ref().err().copied(),
        }
        if let Ok(list) = list {
            learned.customers = Some(list.client_count() as u64);
            learned.choices = Some(Arc::new(choices(list)));
            learned.feel(super::panel::Mood::Reachable);
        }
    }

    async fn read_list(
        &self,
        deadline: Instant,
        bill: &mut Bill,
        mut came: Option<Came>,
    ) -> Result<Arc<Inventory>, NoList> {
        let entered = self.enter(Who::Somebody, deadline, bill).await?;
        match self.try_lists(&entered.entry, deadline, bill, &mut came).await? {
            Tried::Read(list) => return Ok(list),
            Tried::Nothing(closed) if entered.is_new => {
                return Err(self.nothing(&entered.entry, closed).await);
            }
            Tried::Nothing(_) => self.access().over(entered.entry.number),
        }
        let entered = self.enter(Who::Somebody, deadline, bill).await?;
        match self.try_lists(&entered.entry, deadline, bill, &mut came).await? {
            Tried::Read(list) => Ok(list),
            Tried::Nothing(closed) => Err(self.nothing(&entered.entry, closed).await),
        }
    }

    /// Asks for the list that was there before, else for each that is known.
    async fn try_lists(
        &self,
        entry: &Entry,
        deadline: Instant,
        bill: &mut Bill,
        came: &mut Option<Came>,
    ) -> Result<Tried, NoList> {
        let known = self.learned().api;
        let apis = known.map_or_else(|| Api::likely(&self.row.kind).to_vec(), |api| vec![api]);
        let mut closed = false;
        for api in apis {
            let path = api.list_path();
            let call = Call { method: &Method::GET, path, topic: Topic::List, host: None };
            let heard = self.call(entry, call, deadline, bill).await?;
            closed |= heard.status == StatusCode::UNAUTHORIZED;
            let is_answer = heard.status.is_success();
            if api == Api::ThreeXui
                && words::is_likely_list(&heard)
                && let Some(came) = came.take()
            {
                let _ = came.send(entry.clone());
            }
            match parse(heard).await {
                Some(Ok(list)) => {
                    self.learned().api = Some(api);
                    self.access().proven();
                    return Ok(Tried::Read(Arc::new(list)));
                }
                // It let us in, and its database did not answer: no reason to log in again.
                Some(Err(NotAList::Refused)) if is_answer => {
                    return Err(NoList::Failed(PanelFailure::ListRefused));
                }
                Some(Err(NotAList::TooMany)) => {
                    return Err(NoList::Failed(PanelFailure::TooLarge));
                }
                Some(Err(_)) => {}
                None => return Err(NoList::Failed(PanelFailure::Internal)),
            }
        }
        Ok(Tried::Nothing(closed))
    }

    /// What it means that a pass opens no list.
    async fn nothing(&self, entry: &Entry, closed: bool) -> NoList {
        match entry.pass {
            Pass::Token(_) if closed => self.is_refused().await,
            Pass::Token(_) => self.is_useless(Useless::TokenOpensNothing),
            Pass::Cookie(_) => {
                // Another make may stand there by now.
                self.learned().api = None;
                self.is_useless(Useless::NoList)
            }
        }
    }

    /// Every link of the panel, where it has a call for that.
    pub(super) async fn all_links(
        &self,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Option<Vec<String>> {
        let heard = self.ask_all_links(deadline, bill).await?;
        beside(move || words::lines(&heard)).await?
    }

    /// What the panel answers when it is asked for every link, if that looks like an answer.
    async fn ask_all_links(&self, deadline: Instant, bill: &mut Bill) -> Option<Heard> {
        let entered = self.enter(Who::Somebody, deadline, bill).await.ok()?;
        if self.learned().api != Some(Api::ThreeXui) {
            return None;
        }
        self.ask_all_links_with(&entered.entry, deadline, bill).await
    }

    /// The same of a 3x-ui, with this pass.
    async fn ask_all_links_with(
        &self,
        entry: &Entry,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Option<Heard> {
        if self.learned().without_all_links == Some(entry.number) {
            return None;
        }
        // The address in the links is the host that is asked for (fact C19).
        let host = self.subscription_host();
        let mut call = Call {
            method: &Method::GET,
            path: words::ALL_LINKS_PATH,
            topic: Topic::List,
            host: host.as_deref(),
        };
        let mut heard = self.call(entry, call, deadline, bill).await.ok()?;
        if heard.status == StatusCode::FORBIDDEN && host.is_some() {
            call.host = None;
            heard = self.call(entry, call, deadline, bill).await.ok()?;
        }
        if is_absent(&heard) {
            self.learned().without_all_links = Some(entry.number);
        }
        words::is_likely_list(&heard).then_some(heard)
    }

    /// The host, and the port where it is not the scheme's own, that subscriptions are asked for.
    fn subscription_host(&self) -> Option<String> {
        let base: Url = self.row.address.as_ref()?.subscription_base_url.parse().ok()?;
        let host = base.host_str()?;
        Some(base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }
}

/// What came of asking for lists.
enum Tried {
    Read(Arc<Inventory>),
    /// Whether an answer was "I do not know you" (401). Redirects, 403 and 404 may as well come
    /// of a base path that was moved, or of what stands before the panel.
    Nothing(bool),
}

/// How panels answer where there is no such call (fact C19).
fn is_absent(heard: &Heard) -> bool {
    heard.status == StatusCode::NOT_FOUND || (heard.status.is_success() && heard.body.is_empty())
}

/// Whether asking for the list again would cost time for nothing. What refuses a password knows
/// itself how long it does; and who is not there says so at once.
fn is_costly(failure: PanelFailure) -> bool {
    match failure {
        PanelFailure::WrongPassword | PanelFailure::WrongToken | PanelFailure::LockedOut => false,
        PanelFailure::Unreachable(how) => how == Unreachable::Timeout,
        _ => true,
    }
}

/// Reads a list; `None` if that was not done.
async fn parse(heard: Heard) -> Option<Result<Inventory, NotAList>> {
    let now = Timestamp::now().as_millisecond();
    beside(move || Inventory::parse(&heard.body, now)).await
}

/// Reads what may be large beside the core's own work, and at most two of it at once: each may
/// need several times the room of its body.
pub(super) async fn beside<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    static AT_ONCE: Semaphore = Semaphore::const_new(2);
    let permit = AT_ONCE.acquire().await.ok()?;
    let read = move || {
        // Held until it is read, also if nobody waits for it any more.
        let _permit = permit;
        read()
    };
    tokio::task::spawn_blocking(read).await.ok()
}

/// The inbounds without their clients.
fn choices(list: &Inventory) -> Inventory {
    let without = |inbound: &Inbound| Inbound { clients: Vec::new(), ..inbound.clone() };
    Inventory::new(list.inbounds.iter().map(without).collect())
}
