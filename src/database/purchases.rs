//! The bot's `purchases`, and what we know of them: read one after the other, since they may be in
//! two databases, and joined here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::contacts::Contact;
use super::panels::{Products, Profile};
use super::parts::json;
use super::shape::Shape;
use super::sides::Sides;
use super::slices;
use super::sql::{Connection, Query, Row};
use super::values::{self, digest, parse_local_date, read_keys, text_of};
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::{PanelId, ProfileId, PurchaseId, SubId};
use crate::domain::inventory::ClientOff;
use crate::domain::kept::{self, Kept};
use crate::domain::outcome::Outcome;
use crate::domain::purchase::{PanelLists, Purchase, Standing};
use crate::domain::reason::{Code, Reason};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Slice, Source};
use crate::domain::when::When;

/// One purchase with all that decides what becomes of it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The bot's row.
    pub purchase: Purchase,
    /// What `single_configs_json` holds.
    pub kept: Kept,
    /// Whether that is what we wrote last.
    pub kept_is_ours: bool,
    /// What the bot knows of its clients on panels.
    pub keys: ClientKeys,
    /// Its slices, in no order.
    pub slices: Vec<Arc<Slice>>,
    /// Links that were not written, because most of the others would have been lost.
    pub held: Option<Held>,
    /// What we know of it, if we ever tried.
    pub summary: Option<Summary>,
}

impl Known {
    /// Whether it is still what a panel was asked about: the bot may have made another of it.
    #[must_use]
    pub fn is_still(&self, asked: &Contact) -> bool {
        self.purchase.sub_id.as_ref() == Some(&asked.own) && self.keys == asked.keys
    }

    /// What one of its panels is to be asked; `None` without a subscription id.
    #[must_use]
    pub fn contact(&self, panel: PanelId) -> Option<Contact> {
        let slice = self.slices.iter().find(|slice| slice.source == Source::Panel(panel));
        Some(Contact {
            purchase: self.purchase.id,
            own: self.purchase.sub_id.clone()?,
            keys: self.keys.clone(),
            origin: slice.map(|slice| slice.origin.clone()).unwrap_or_default(),
            is_new: self.summary.is_none(),
        })
    }
}

/// Fewer links than before, waiting to be seen again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// A digest of the links that came.
    pub links: String,
    /// When they first came, in Unix milliseconds.
    pub since: i64,
}

/// What the last attempt left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What the links are worth.
    pub standing: Standing,
    /// How the last attempt ended.
    pub outcome: Option<Outcome>,
    /// Why it did not succeed.
    pub reason: Option<Box<Reason>>,
    /// When it was.
    pub attempted_at: When,
    /// How many share links are served.
    pub links: u64,
    /// How many of these are older than the last attempt.
    pub kept: u64,
    /// When the oldest were fetched; never if unknown or none.
    pub oldest_at: When,
    /// What each of its panels did at the last attempt.
    pub panels: Box<[Contribution]>,
}

/// What one panel did at the last attempt at a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution {
    /// Which panel.
    pub panel: PanelId,
    /// When its links were fetched; never if it has none.
    pub fetched_at: When,
    /// What it did.
    pub state: PanelStanding,
    /// When its links were last read from the purchase's own subscription there.
    pub compared_at: When,
}

/// What one panel did at the last attempt at a purchase, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelStanding {
    /// It gave its links.
    Given,
    /// It failed, so that older links are served instead.
    Missing,
    /// None of the purchase's clients works there; its links stay as they are.
    Off(ClientOff),
}

impl Summary {
    /// Of a purchase that nobody tried to update yet, and that has this many links from before.
    #[must_use]
    pub fn untried(links: u64) -> Self {
        Self {
            standing: Standing::Never,
            outcome: None,
            reason: None,
            attempted_at: When::NEVER,
            links,
            kept: links,
            oldest_at: When::NEVER,
            panels: Box::default(),
        }
    }
}

/// A purchase as a list has it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The bot's row.
    pub purchase: Purchase,
    /// What we know of it; counted from the bot's own column where we never tried.
    pub summary: Summary,
    /// Changes when the bot changes anything that decides what is served.
    pub stamp: Stamp,
    /// When what is known of it was last settled by this core.
    pub settled_at: When,
}

/// Tells one state of the bot's row from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// A digest of what decides where the links come from.
    pub row: u64,
    /// What the bot's column holds.
    pub links: Links,
}

/// What `single_configs_json` holds, as far as it has to be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Links {
    /// NULL.
    #[default]
    Nothing,
    /// What we wrote last, or what is still to be written.
    Ours,
    /// What somebody else wrote: a digest of it.
    Theirs(u64),
}

/// A row of the bot's.
struct BotRow {
    purchase: Purchase,
    keys: ClientKeys,
    json: Option<String>,
}

/// A row of ours.
#[derive(Default)]
struct OwnRow {
    summary: Option<Summary>,
    held: Option<Held>,
    /// The digest of the last `single_configs_json` that was ours.
    written: Option<String>,
    /// What the bot's column shall hold, and the digest of what it held when that was decided.
    pending: Option<(String, String)>,
    /// Whose it is.
    whose: Option<String>,
}

impl OwnRow {
    fn is_of(&self, purchase: &Purchase) -> bool {
        let sub_id = purchase.sub_id.as_ref().map(SubId::reveal);
        self.whose.as_ref().is_none_or(|whose| *whose == values::whose(sub_id))
    }
}

/// One purchase, and the digest of what the bot's column holds at this moment.
pub(super) struct Loaded {
    pub(super) known: Known,
    pub(super) base: String,
    /// Whether what is ours under this number is of another purchase.
    pub(super) is_another: bool,
}

/// What is read of a purchase, from the bot's table called `p`.
pub(super) fn select(shape: &Shape, rest: &str) -> String {
    let sub_id = shape.sub_id;
    let profile = if shape.has_profiles { "p.profile_id" } else { "NULL" };
    let (user, users) = if shape.has_users {
        ("u.telegram_id", "LEFT JOIN users u ON u.id = p.user_id")
    } else {
        ("NULL", "")
    };
    format!(
        "SELECT CAST(p.id AS BIGINT) AS id, CAST(p.user_id AS BIGINT) AS customer, \
         CAST({user} AS BIGINT) AS telegram_id, CAST(p.{sub_id} AS TEXT) AS sub_id, \
         CAST({profile} AS BIGINT) AS profile, \
         CAST(nullif(CAST(p.server_id AS TEXT), '') AS BIGINT) AS server_id, \
         CAST(CAST(p.is_active AS INTEGER) AS BIGINT) AS active, \
         CAST(p.expire_date AS TEXT) AS expires, \
         {} AS client_uuid, {} AS client_email, \
         CAST(p.single_configs_json AS TEXT) AS json FROM purchases p {users} {rest}",
        text_of(shape.client_uuid),
        text_of(shape.client_email),
    )
}

/// Loads purchases with their slices; one that is gone is left out.
///
/// The bot's rows are read first: what of ours is found there was noted by us before that.
pub(super) async fn load_known(
    sides: &mut Sides,
    shape: &Shape,
    products: &Products,
    ids: &[PurchaseId],
) -> Result<HashMap<PurchaseId, Loaded>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let query = Query::new(select(shape, "WHERE p.id IN list($1)")).bind(ids.clone());
    let rows = sides.bot().fetch_all(query).await?;
    let mut own = load_own(sides.own(), ids.clone()).await?;
    let mut slices = slices::list(sides.own(), ids).await?;
    rows.iter()
        .map(|row| {
            let row = read_bot_row(row, products)?;
            let id = row.purchase.id;
            let slices = slices.remove(&id).unwrap_or_default();
            Ok((id, join(row, own.remove(&id).unwrap_or_default(), slices)))
        })
        .collect()
}

fn join(row: BotRow, own: OwnRow, slices: Vec<Arc<Slice>>) -> Loaded {
    let is_another = !own.is_of(&row.purchase);
    let (own, slices) = if is_another { (OwnRow::default(), Vec::new()) } else { (own, slices) };
    let base = digest_of(row.json.as_deref());
    // What is still to be written counts as written, as long as the bot did not write meanwhile.
    let json = match own.pending {
        Some((pending, expected)) if expected == base => Some(pending),
        _ => row.json,
    };
    let known = Known {
        kept: kept::parse(json.as_deref()),
        kept_is_ours: own.written.is_some() && own.written == json.as_deref().map(digest),
        keys: row.keys,
        slices,
        held: own.held,
        summary: own.summary,
        purchase: row.purchase,
    };
    Loaded { known, base, is_another }
}

/// The digest of what a column holds; empty for NULL.
pub(super) fn digest_of(json: Option<&str>) -> String {
    json.map(digest).unwrap_or_default()
}

/// These purchases, or every one, oldest first.
pub(super) async fn list(
    sides: &mut Sides,
    shape: &Shape,
    products: &Products,
    ids: Option<Vec<i64>>,
) -> Result<Vec<Listed>, sqlx::Error> {
    let mut ids = match ids {
        None => list_ids(sides.bot()).await?,
        Some(ids) => ids,
    };
    ids.sort_unstable();
    let mut lists = PanelLists::default();
    let mut listed = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let mut own = load_own(sides.own(), some.to_vec()).await?;
        let query = select(shape, "WHERE p.id IN list($1) ORDER BY p.id");
        let take = |row: Row| {
            let mut row = read_bot_row(&row, products)?;
            row.purchase.panels = lists.share(row.purchase.panels);
            let own = own.remove(&row.purchase.id).unwrap_or_default();
            listed.push(list_one(row, own));
            Ok(())
        };
        sides.bot().fetch_each(Query::new(query).bind(some.to_vec()), take).await?;
    }
    Ok(listed)
}

/// How many purchases are read at once, so that what is read and not kept takes little memory.
const AT_ONCE: usize = 2_000;

fn list_one(row: BotRow, own: OwnRow) -> Listed {
    let own = if own.is_of(&row.purchase) { own } else { OwnRow::default() };
    let links = links_of(row.json.as_deref(), &own);
    let stamp = Stamp { row: hash(&row), links };
    // The links themselves are counted only where we have no count of our own.
    let json = row.json.as_deref();
    let summary = own.summary.unwrap_or_else(|| Summary::untried(count_links(json)));
    Listed { purchase: row.purchase, summary, stamp, settled_at: When::NEVER }
}

fn links_of(json: Option<&str>, own: &OwnRow) -> Links {
    let held = digest_of(json);
    let is_pending = own.pending.as_ref().is_some_and(|(_, expected)| *expected == held);
    if is_pending || (json.is_some() && own.written.as_ref() == Some(&held)) {
        return Links::Ours;
    }
    // Half of the digest tells two texts apart well enough.
    let half = held.get(..16).and_then(|half| u64::from_str_radix(half, 16).ok());
    half.map_or(Links::Nothing, Links::Theirs)
}

fn hash(row: &BotRow) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};

    let purchase = &row.purchase;
    let mut stamp = DefaultHasher::new();
    purchase.sub_id.as_ref().map(SubId::reveal).hash(&mut stamp);
    row.keys.digest().hash(&mut stamp);
    (purchase.profile, &purchase.panels, purchase.active, purchase.expires_at).hash(&mut stamp);
    stamp.finish()
}

/// The purchase that a subscriber asks for: the oldest one of those that share the id.
pub(super) async fn find_by_sub_id(
    bot: &mut Connection,
    shape: &Shape,
    sub_id: &SubId,
) -> Result<Option<PurchaseId>, sqlx::Error> {
    let column = shape.sub_id;
    let sql = format!(
        "SELECT CAST(id AS BIGINT) AS id FROM purchases WHERE {column} = $1 ORDER BY id LIMIT 1"
    );
    let row = bot.find(Query::new(sql).bind(sub_id.reveal())).await?;
    row.map(|row| Ok(PurchaseId(row.id("id")?))).transpose()
}

/// The ids of all purchases that the bot has.
pub(super) async fn list_ids(bot: &mut Connection) -> Result<Vec<i64>, sqlx::Error> {
    let mut ids = Vec::new();
    let take = |row: Row| {
        ids.push(row.id("id")?);
        Ok(())
    };
    bot.fetch_each(Query::new("SELECT CAST(id AS BIGINT) AS id FROM purchases"), take).await?;
    Ok(ids)
}

/// What we know of these purchases.
async fn load_own(
    own: &mut Connection,
    ids: Vec<i64>,
) -> Result<HashMap<PurchaseId, OwnRow>, sqlx::Error> {
    let query = Query::new("SELECT * FROM alamor.purchases WHERE purchase_id IN list($1)");
    let query = query.bind(ids);
    let mut rows = HashMap::new();
    let take = |row: Row| {
        let id = PurchaseId(row.id("purchase_id")?);
        let own = OwnRow {
            summary: read_summary(&row)?,
            held: read_held(&row)?,
            written: row.text("written")?,
            pending: row.text("pending")?.zip(row.text("pending_base")?),
            whose: row.text("whose")?,
        };
        rows.insert(id, own);
        Ok(())
    };
    own.fetch_each(query, take).await?;
    Ok(rows)
}

fn read_bot_row(row: &Row, products: &Products) -> Result<BotRow, sqlx::Error> {
    Ok(BotRow {
        purchase: read_purchase(row, products)?,
        keys: read_keys(row)?,
        json: row.text("json")?,
    })
}

fn read_purchase(row: &Row, products: &Products) -> Result<Purchase, sqlx::Error> {
    let profile = row.int("profile")?.map(ProfileId);
    let server = row.int("server_id")?.map(PanelId);
    let panels = match profile {
        Some(profile) => products.profiles.get(&profile).map(Profile::panels),
        None => server.map(|server| vec![server]),
    };
    Ok(Purchase {
        id: PurchaseId(row.id("id")?),
        customer: row.int("customer")?,
        user: row.int("telegram_id")?,
        sub_id: SubId::new(row.text("sub_id")?.as_deref()),
        profile,
        panels: panels.unwrap_or_default().into(),
        active: row.int("active")?.is_some_and(|active| active != 0),
        expires_at: parse_local_date(row.text("expires")?.as_deref()),
    })
}

/// How many share links the bot's column holds.
fn count_links(json: Option<&str>) -> u64 {
    let kept = kept::parse(json);
    kept.lines().iter().filter(|line| ShareLink::parse(line).is_ok()).count() as u64
}

fn read_summary(row: &Row) -> Result<Option<Summary>, sqlx::Error> {
    let Some(standing) = row.text("standing")? else {
        return Ok(None);
    };
    Ok(Some(Summary {
        standing: Standing::parse(&standing).unwrap_or(Standing::Never),
        outcome: row.text("outcome")?.and_then(|outcome| Outcome::parse(&outcome)),
        reason: read_reason(row)?.map(Box::new),
        attempted_at: row.int("attempted_at")?.into(),
        links: row.id("links")?.unsigned_abs(),
        kept: row.id("kept")?.unsigned_abs(),
        oldest_at: row.int("oldest_at")?.into(),
        panels: read_contributions(&row.text("panels")?.unwrap_or_default()),
    }))
}

/// One panel in the column `panels`: id, when its links were fetched, what it did, when they were
/// compared.
type StoredContribution<'a> = (i64, Option<i64>, Cow<'a, str>, Option<i64>);

/// What a panel did, in the column.
const GIVEN: &str = "given";
const MISSING: &str = "missing";

fn read_contributions(json: &str) -> Box<[Contribution]> {
    let stored: Vec<StoredContribution<'_>> = serde_json::from_str(json).unwrap_or_default();
    // By reference: what is made in the place of what was read keeps its larger memory.
    stored
        .iter()
        .map(|(panel, fetched_at, state, compared_at)| Contribution {
            panel: PanelId(*panel),
            fetched_at: (*fetched_at).into(),
            state: match (state.as_ref(), ClientOff::parse(state)) {
                (MISSING, _) => PanelStanding::Missing,
                (_, Some(off)) => PanelStanding::Off(off),
                _ => PanelStanding::Given,
            },
            compared_at: (*compared_at).into(),
        })
        .collect()
}

pub(super) fn write_contributions(panels: &[Contribution]) -> String {
    let stored: Vec<StoredContribution<'_>> = panels
        .iter()
        .map(|one| {
            let state = match one.state {
                PanelStanding::Given => GIVEN,
                PanelStanding::Missing => MISSING,
                PanelStanding::Off(off) => off.as_str(),
            };
            (one.panel.0, one.fetched_at.get(), state.into(), one.compared_at.get())
        })
        .collect();
    json(&stored)
}

pub(super) fn read_reason(row: &Row) -> Result<Option<Reason>, sqlx::Error> {
    let code = row.text("reason_code")?;
    let text = row.text("reason_text")?;
    Ok(code.map(|code| Reason::new(Code::parse(&code), text.unwrap_or_default())))
}

fn read_held(row: &Row) -> Result<Option<Held>, sqlx::Error> {
    let links = row.text("held_links")?;
    let since = row.int("held_since")?;
    Ok(links.zip(since).map(|(links, since)| Held { links, since }))
}
