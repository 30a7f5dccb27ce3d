//! What a job knows of one panel: its lists, and whom to ask for.
//!
//! ```text
//! open() ─▶ the panel's lists, read and checked ─┐
//!           the purchases' contacts ─────────────┴─▶ find() ─▶ links from the lists, or a Question
//! ```
//!
//! Invariants:
//! - The lists of a panel are read once a job, and checked before they count.
//! - A panel that is away costs a job one timeout, whether its lists or its subscriptions are away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until};

use super::judge::Usage;
use super::{UPDATE_DEADLINE, Updater, now};
use crate::core::panels::Panel;
use crate::core::panels::panel::Answer;
use crate::core::panels::survey::{Gift, Survey};
use crate::core::panels::surveying::Surveyed;
use crate::database::contacts::Contact;
use crate::domain::ids::{PanelId, PurchaseId, SubId};
use crate::domain::inventory::Inventory;
use crate::domain::reason::PanelFailure;

/// Longest that reading the lists of one panel may take: a list of 20 000 customers, and twice as
/// many subscriptions as a panel has inbounds.
const SURVEY_DEADLINE: Duration = Duration::from_mins(2);

/// How long the lists are waited for before a subscription is asked for beside them, as a part of
/// the time that one answer may take: so a panel that hangs at every port costs one timeout.
const PATIENCE: u32 = 10;

/// Whom to ask for, for each purchase that can be asked about.
type Contacts = HashMap<PurchaseId, Arc<Contact>>;

/// See the head of this file.
pub(super) struct Desk {
    /// Whose lists they are; the bot may give the panel another address meanwhile.
    panel: Option<Arc<Panel>>,
    contacts: Arc<Contacts>,
    lists: Lists,
}

/// What came of the lists.
enum Lists {
    /// Read and checked, at this time in Unix milliseconds.
    Read(Arc<Survey>, i64),
    /// The panel has none for us: each purchase is asked for as if it stood alone.
    None,
    /// They are away, and subscriptions are not.
    Away,
}

/// What a panel is to be asked about a purchase, of which its lists give nothing.
pub(super) struct Question {
    contact: Arc<Contact>,
    whom: Whom,
}

/// Whom to ask for.
enum Whom {
    /// Whoever the purchase is there.
    Unknown,
    /// Whoever it was there.
    Remembered,
    /// This client of the list.
    Listed(SubId, Arc<Inventory>),
}

/// A desk, and what opening it cost.
pub(super) struct Opened {
    /// What is known; a failure is the whole panel's.
    pub(super) desk: Result<Desk, PanelFailure>,
    /// How long the panel needed.
    pub(super) took: Duration,
}

impl Desk {
    /// Without lists: few purchases, or lists that are not wanted.
    pub(super) fn plain(contacts: Contacts) -> Self {
        Self { panel: None, contacts: Arc::new(contacts), lists: Lists::None }
    }

    /// Reads a panel's lists, while the database tells the contacts.
    pub(super) async fn open(
        panel: &Arc<Panel>,
        contacts: impl Future<Output = Contacts>,
        usage: Usage,
    ) -> Opened {
        // Only a purchase's own subscription has its usage text.
        if usage == Usage::Shown {
            return Opened { desk: Ok(Self::plain(contacts.await)), took: Duration::ZERO };
        }
        let (began, read_at) = (Instant::now(), now());
        let surveying = panel.survey(began + SURVEY_DEADLINE);
        let contacts = contacts.map(Arc::new).shared();
        let one = contacts.clone().map(|contacts| contacts.values().next().cloned());
        let reading = side_by_side(surveying, panel, one);
        let ((mut surveyed, beside), contacts) = tokio::join!(reading, contacts);
        if matches!(beside, Some(Ok(()))) && is_away(&surveyed) {
            // It is there after all: its lists are worth another question.
            surveyed = panel.survey(began + SURVEY_DEADLINE).await;
        }
        let lists = match (surveyed.result, beside) {
            (Ok(survey), _) => Lists::Read(survey, read_at),
            (Err(failure), _) if failure.was_reached() => Lists::None,
            (Err(_), Some(Err(failure))) if !failure.was_reached() => {
                return Opened { desk: Err(failure), took: surveyed.took };
            }
            (Err(_), _) => Lists::Away,
        };
        let panel = Some(Arc::clone(panel));
        Opened { desk: Ok(Self { panel, contacts, lists }), took: surveyed.took }
    }

    /// Whether it was opened with lists.
    pub(super) fn has_lists(&self) -> bool {
        matches!(self.lists, Lists::Read(..))
    }

    /// As whom the panel is asked about a purchase; `None` if it is gone, or without an id.
    pub(super) fn contact(&self, purchase: PurchaseId) -> Option<Arc<Contact>> {
        self.contacts.get(&purchase).cloned()
    }

    /// What the panel gives for a purchase of this contact, or what it is to be asked.
    pub(super) fn find(
        &self,
        panel: &Arc<Panel>,
        contact: Option<&Arc<Contact>>,
    ) -> Result<Answer, Question> {
        let Some(contact) = contact else {
            // The judge says so, whatever this answer is.
            return Ok(Answer::without_asking(Err(PanelFailure::NotAsked), now()));
        };
        let lists = match &self.panel {
            Some(own) if Arc::ptr_eq(own, panel) => &self.lists,
            // Of another address, or none.
            Some(_) | None => &Lists::None,
        };
        let whom = match lists {
            Lists::None => Whom::Unknown,
            Lists::Away => Whom::Remembered,
            Lists::Read(survey, read_at) => {
                let result = match survey.give(contact) {
                    Gift::Links(given) | Gift::Off(given) => Ok(given),
                    Gift::Unknown => Err(PanelFailure::UnknownSubscription),
                    Gift::Own(client) => {
                        let whom = Whom::Listed(client, Arc::clone(&survey.inventory));
                        return Err(Question { contact: Arc::clone(contact), whom });
                    }
                };
                return Ok(Answer::without_asking(result, *read_at));
            }
        };
        Err(Question { contact: Arc::clone(contact), whom })
    }
}

impl Question {
    /// The panel's answer.
    pub(super) async fn ask(self, panel: &Panel) -> Answer {
        let deadline = Instant::now() + UPDATE_DEADLINE;
        let Self { contact, whom } = self;
        match whom {
            Whom::Unknown => panel.fetch(&contact, deadline).await,
            Whom::Remembered => panel.fetch_own(&contact, contact.mapped(), None, deadline).await,
            Whom::Listed(client, inventory) => {
                panel.fetch_own(&contact, Some(&client), Some(inventory), deadline).await
            }
        }
    }
}

impl Opened {
    /// A defect of ours: the log says more.
    pub(super) fn broken() -> Self {
        Self { desk: Err(PanelFailure::Internal), took: Duration::ZERO }
    }

    /// There is no such panel: its purchases are told so one by one.
    pub(super) fn nothing(contacts: Contacts) -> Self {
        Self { desk: Ok(Desk::plain(contacts)), took: Duration::ZERO }
    }
}

fn is_away(surveyed: &Surveyed) -> bool {
    surveyed.result.as_ref().is_err_and(|failure| !failure.was_reached())
}

/// Reads the lists; if that takes long, or fails, one subscription as well.
async fn side_by_side(
    surveying: impl Future<Output = Surveyed>,
    panel: &Panel,
    contact: impl Future<Output = Option<Arc<Contact>>>,
) -> (Surveyed, Option<Result<(), PanelFailure>>) {
    let began = Instant::now();
    let ask = async {
        let contact = contact.await?;
        let hung = began + panel.timeout();
        let deadline = if Instant::now() < hung { hung } else { Instant::now() + panel.timeout() };
        let answer = panel.fetch_own(&contact, contact.mapped(), None, deadline).await;
        Some(answer.result.map(|_| ()))
    };
    tokio::pin!(surveying, ask);
    let surveyed = tokio::select! {
        biased;
        surveyed = &mut surveying => surveyed,
        () = sleep_until(began + panel.timeout() / PATIENCE) => tokio::select! {
            biased;
            surveyed = &mut surveying => surveyed,
            asked = &mut ask => return match asked {
                // It gives nobody anything: its lists may hang for longer, and are no use.
                Some(Err(failure)) if !failure.was_reached() => {
                    (Surveyed { result: Err(failure), took: began.elapsed() }, asked)
                }
                _ => (surveying.await, asked),
            },
        },
    };
    let beside = if is_away(&surveyed) { ask.await } else { None };
    (surveyed, beside)
}

impl Updater {
    /// The contacts of a job's purchases on one panel, once the database tells.
    pub(super) async fn contacts(&self, panel: PanelId, purchases: &[PurchaseId]) -> Contacts {
        let contacts = self.waits.persist(|| self.database.list_contacts(panel, purchases)).await;
        contacts.into_iter().map(|(purchase, contact)| (purchase, Arc::new(contact))).collect()
    }
}
