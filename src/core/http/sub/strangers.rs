//! Ids that are not in memory: the bot may have sold them a second ago, or somebody guesses.
//!
//! Invariants:
//! - The database is asked at a limited rate, and once for one id however many ask.
//! - Who guesses is slowed down by its address; customers behind the same one are not.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::super::peer::Asker;
use super::super::tally::Tally;
use super::NoSubscription;
use crate::core::flights::Flights;
use crate::core::memory::Remembered;
use crate::core::update::judge::served_now;
use crate::core::{Core, catalog};
use crate::database::error::DbError;
use crate::domain::ids::{PurchaseId, SubId};

/// How often a second the database is asked for ids that nobody knows.
const STRANGERS_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");

/// How many unknown ids an address may ask for in a minute. Many customers share one, and some of
/// them have apps that go on asking for what was theirs.
const UNKNOWN_PER_MINUTE: u32 = 60;

/// How often a minute one subscription is served. A family has ten devices, and an app asks a few
/// times when it is opened.
const SERVED_PER_MINUTE: u32 = 120;

/// A purchase that no database has: looked for where none was found, so that finding takes as long.
const NOBODYS: PurchaseId = PurchaseId(-1);

/// What is asked for, and how often.
#[derive(Debug)]
pub(crate) struct Strangers {
    limit: DefaultDirectRateLimiter,
    unknown: Tally<IpAddr>,
    served: Tally<PurchaseId>,
    asked: Flights<SubId, Option<PurchaseId>>,
    recalled: Flights<PurchaseId, Option<Arc<Remembered>>>,
}

impl Default for Strangers {
    fn default() -> Self {
        Self {
            limit: RateLimiter::direct(Quota::per_second(STRANGERS_PER_SECOND)),
            unknown: Tally::new(UNKNOWN_PER_MINUTE),
            served: Tally::new(SERVED_PER_MINUTE),
            asked: Flights::default(),
            recalled: Flights::default(),
        }
    }
}

/// Counts one more answer with a subscription. What this machine asks for is not counted: an nginx
/// that does not say for whom it asks is told from no benchmark.
pub(super) fn count(core: &Core, asker: Asker, id: PurchaseId) -> Result<(), NoSubscription> {
    if asker == Asker::Here {
        return Ok(());
    }
    let counted = core.strangers.served.count(id).or_tell(|| {
        tracing::warn!(purchase = %id, "Its subscription is asked for more than {SERVED_PER_MINUTE} times a minute");
    });
    counted.map_err(|wait_s| NoSubscription::TooMany { wait_s })
}

/// Asks the database for an id that the catalog does not have.
pub(super) async fn find(
    core: &Arc<Core>,
    asker: Asker,
    sub_id: SubId,
) -> Result<PurchaseId, NoSubscription> {
    if let Some(network) = asker.network() {
        let counted = core.strangers.unknown.count(network).or_tell(|| {
            tracing::warn!(from = %network, "More than {UNKNOWN_PER_MINUTE} unknown subscription ids in a minute");
        });
        counted.map_err(|wait_s| NoSubscription::TooMany { wait_s })?;
    }
    core.strangers.limit.check().map_err(|_| NoSubscription::TooMany { wait_s: 1 })?;
    let asking = (Arc::clone(core), sub_id.clone());
    let ask = move || async move { ask_database(&asking.0, &asking.1).await };
    let found = core.strangers.asked.join(sub_id, core.updater.tasks(), ask).await?;
    found.ok_or(NoSubscription::Unknown)
}

async fn ask_database(core: &Core, sub_id: &SubId) -> Result<Option<PurchaseId>, DbError> {
    let id = core.database.find_by_sub_id(sub_id).await?.unwrap_or(NOBODYS);
    let Some(known) = core.database.find_known(id).await? else { return Ok(None) };
    if !known.purchase.active {
        return Ok(None);
    }
    let links = known.kept.lines().len() as u64;
    core.catalog.upsert(catalog::row(known.purchase, known.summary, links));
    Ok(Some(id))
}

/// Reads from the database what a purchase serves, and remembers it.
pub(super) async fn recall(
    core: &Arc<Core>,
    id: PurchaseId,
) -> Result<Arc<Remembered>, NoSubscription> {
    let recalling = Arc::clone(core);
    let read = move || async move {
        let remembered = read_once(&recalling, id).await?;
        let settled_at = recalling.catalog.attempted_at(id);
        // Settled while it was read, when it was not in memory yet to be refreshed there.
        if remembered.as_ref().is_some_and(|remembered| remembered.as_of() < settled_at) {
            return read_once(&recalling, id).await;
        }
        Ok(remembered)
    };
    let recalled = core.strangers.recalled.join(id, core.updater.tasks(), read).await?;
    recalled.ok_or(NoSubscription::Unknown)
}

async fn read_once(core: &Core, id: PurchaseId) -> Result<Option<Arc<Remembered>>, DbError> {
    let Some(known) = core.database.find_known(id).await? else { return Ok(None) };
    let as_of = known.summary.as_ref().and_then(|summary| summary.attempted_at.get());
    Ok(Some(core.memory.remember(id, &served_now(&known), as_of)))
}
