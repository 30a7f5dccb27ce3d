//! The bot's `purchases`, beside what we know of them.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::contacts::Contact;
use super::panels::{Products, Profile};
use super::shape::Shape;
use super::slices;
use super::values::{digest, parse_local_date};
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::{PanelId, ProfileId, PurchaseId, SubId};
use crate::domain::inventory::ClientOff;
use crate::domain::kept::{self, Kept};
use crate::domain::outcome::Outcome;
use crate::domain::purchase::{Purchase, Standing};
use crate::domain::reason::{Code, Reason};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Slice, Source};

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
    pub slices: Vec<Slice>,
    /// Links that were not written, because most of the others would have been lost.
    pub held: Option<Held>,
    /// What we know of it, if we ever tried.
    pub summary: Option<Summary>,
}

impl Known {
    /// What one of its panels is to be asked; `None` without a subscription id.
    #[must_use]
    pub fn contact(&self, panel: PanelId) -> Option<Contact> {
        let slice = self.slices.iter().find(|slice| slice.source == Source::Panel(panel));
        Some(Contact {
            purchase: self.purchase.id,
            own: self.purchase.sub_id.clone()?,
            keys: self.keys.clone(),
            origin: slice.map(|slice| slice.origin.clone()).unwrap_or_default(),
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
    pub reason: Option<Reason>,
    /// When it was, in Unix milliseconds.
    pub attempted_at: Option<i64>,
    /// How many share links are served.
    pub links: u64,
    /// How many of these are older than the last attempt.
    pub kept: u64,
    /// When the oldest were fetched, in Unix milliseconds; `None` if unknown or none.
    pub oldest_at: Option<i64>,
    /// What each of its panels did at the last attempt.
    pub panels: Vec<Contribution>,
}

/// What one panel did at the last attempt at a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution {
    /// Which panel.
    pub panel: PanelId,
    /// When its links were fetched, in Unix milliseconds; `None` if it has none.
    pub fetched_at: Option<i64>,
    /// What it did.
    pub state: PanelStanding,
    /// When its links were last read from the purchase's own subscription there.
    pub compared_at: Option<i64>,
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
            attempted_at: None,
            links,
            kept: links,
            oldest_at: None,
            panels: Vec::new(),
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
}

/// Tells one state of the bot's row from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// A digest of what decides where the links come from.
    pub row: u64,
    /// How long the stored links are, in characters.
    pub links: Option<i64>,
}

const FROM: &str = "FROM purchases p LEFT JOIN alamor_purchases a ON a.purchase_id = p.id";

fn select(shape: &Shape, json: &str, rest: &str) -> AssertSqlSafe<String> {
    let sub_id = shape.sub_id;
    let profile = if shape.has_profiles { "p.profile_id" } else { "NULL" };
    let (user, users) = if shape.has_users {
        ("u.telegram_id", "LEFT JOIN users u ON u.id = p.user_id")
    } else {
        ("NULL", "")
    };
    AssertSqlSafe(format!(
        "SELECT p.id, CAST(p.user_id AS INTEGER) AS customer, CAST({user} AS INTEGER) AS user, CAST(p.{sub_id} AS TEXT) AS sub_id, \
         CAST({profile} AS INTEGER) AS profile, CAST(nullif(p.server_id, '') AS INTEGER) AS server_id, \
         CAST(p.is_active AS INTEGER) AS active, CAST(p.expire_date AS TEXT) AS expires, \
         {} AS client_uuid, {} AS client_email, \
         CAST({json} AS BLOB) AS json, length(p.single_configs_json) AS json_length, a.* \
         {FROM} {users} {rest}",
        text_of(shape.client_uuid),
        text_of(shape.client_email),
    ))
}

/// A column of the bot's as text, or nothing where the bot's version has none.
pub(super) fn text_of(column: Option<&str>) -> String {
    column.map_or_else(|| "NULL".to_owned(), |column| format!("CAST(p.{column} AS TEXT)"))
}

/// Loads purchases with their slices; one that is gone is left out.
pub(super) async fn load_known(
    connection: &mut SqliteConnection,
    shape: &Shape,
    products: &Products,
    ids: &[PurchaseId],
) -> Result<HashMap<PurchaseId, Known>, sqlx::Error> {
    let list = serde_json::json!(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let mut slices = slices::list(connection, &list).await?;
    let sql =
        select(shape, "p.single_configs_json", "WHERE p.id IN (SELECT value FROM json_each($1))");
    let rows = sqlx::query(sql).bind(&list).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let purchase = read_purchase(row, products)?;
            let json = read_json(row)?;
            let written: Option<String> = row.try_get("written")?;
            let known = Known {
                kept: kept::parse(json.as_deref()),
                kept_is_ours: written.is_some() && written == json.as_deref().map(digest),
                keys: read_keys(row)?,
                slices: slices.remove(&purchase.id).unwrap_or_default(),
                held: read_held(row)?,
                summary: read_summary(row)?,
                purchase,
            };
            Ok((known.purchase.id, known))
        })
        .collect()
}

/// Every purchase, oldest first.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    shape: &Shape,
    products: &Products,
) -> Result<Vec<Listed>, sqlx::Error> {
    // The links themselves are read only where we have no count of our own.
    let sql = select(
        shape,
        "CASE WHEN a.purchase_id IS NULL THEN p.single_configs_json END",
        "ORDER BY p.id",
    );
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    rows.iter().map(|row| read_listed(row, products)).collect()
}

/// The purchase that a subscriber asks for: the oldest one of those that share the id.
pub(super) async fn find_by_sub_id(
    connection: &mut SqliteConnection,
    shape: &Shape,
    sub_id: &SubId,
) -> Result<Option<PurchaseId>, sqlx::Error> {
    let column = shape.sub_id;
    let sql = format!("SELECT id FROM purchases WHERE {column} = $1 ORDER BY id LIMIT 1");
    let row =
        sqlx::query(AssertSqlSafe(sql)).bind(sub_id.reveal()).fetch_optional(connection).await?;
    row.map(|row| Ok(PurchaseId(row.try_get("id")?))).transpose()
}

fn read_purchase(row: &SqliteRow, products: &Products) -> Result<Purchase, sqlx::Error> {
    let profile = row.try_get::<Option<i64>, _>("profile")?.map(ProfileId);
    let server = row.try_get::<Option<i64>, _>("server_id")?.map(PanelId);
    let panels = match profile {
        Some(profile) => products.profiles.get(&profile).map(Profile::panels),
        None => server.map(|server| vec![server]),
    };
    Ok(Purchase {
        id: PurchaseId(row.try_get("id")?),
        customer: row.try_get("customer")?,
        user: row.try_get("user")?,
        sub_id: SubId::new(row.try_get::<Option<String>, _>("sub_id")?.as_deref()),
        profile,
        panels: panels.unwrap_or_default(),
        active: row.try_get::<Option<i64>, _>("active")?.is_some_and(|active| active != 0),
        expires_at: parse_local_date(row.try_get::<Option<String>, _>("expires")?.as_deref()),
    })
}

pub(super) fn read_keys(row: &SqliteRow) -> Result<ClientKeys, sqlx::Error> {
    let client_uuid: Option<String> = row.try_get("client_uuid")?;
    let client_email: Option<String> = row.try_get("client_email")?;
    Ok(ClientKeys::parse(client_uuid.as_deref(), client_email.as_deref()))
}

fn read_listed(row: &SqliteRow, products: &Products) -> Result<Listed, sqlx::Error> {
    use std::hash::{DefaultHasher, Hash, Hasher};

    let purchase = read_purchase(row, products)?;
    let summary = match read_summary(row)? {
        Some(summary) => summary,
        None => {
            let json = read_json(row)?;
            Summary::untried(count_links(json.as_deref()))
        }
    };
    let mut stamp = DefaultHasher::new();
    purchase.sub_id.as_ref().map(SubId::reveal).hash(&mut stamp);
    read_keys(row)?.digest().hash(&mut stamp);
    (purchase.profile, &purchase.panels, purchase.active, purchase.expires_at).hash(&mut stamp);
    let stamp = Stamp { row: stamp.finish(), links: row.try_get("json_length")? };
    Ok(Listed { purchase, summary, stamp })
}

/// The bot's column as text. What is no UTF-8 reads as text that nobody can read.
fn read_json(row: &SqliteRow) -> Result<Option<String>, sqlx::Error> {
    let bytes: Option<Vec<u8>> = row.try_get("json")?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// How many share links the bot's column holds.
fn count_links(json: Option<&str>) -> u64 {
    let kept = kept::parse(json);
    kept.lines().iter().filter(|line| ShareLink::parse(line).is_ok()).count() as u64
}

fn read_summary(row: &SqliteRow) -> Result<Option<Summary>, sqlx::Error> {
    let Some(standing) = row.try_get::<Option<String>, _>("standing")? else {
        return Ok(None);
    };
    Ok(Some(Summary {
        standing: Standing::parse(&standing).unwrap_or(Standing::Never),
        outcome: row
            .try_get::<Option<String>, _>("outcome")?
            .and_then(|outcome| Outcome::parse(&outcome)),
        reason: read_reason(row)?,
        attempted_at: row.try_get("attempted_at")?,
        links: row.try_get::<i64, _>("links")?.unsigned_abs(),
        kept: row.try_get::<i64, _>("kept")?.unsigned_abs(),
        oldest_at: row.try_get("oldest_at")?,
        panels: read_contributions(&row.try_get::<String, _>("panels")?),
    }))
}

/// One panel in the column `panels`: id, when its links were fetched, what it did, when they were
/// compared.
type StoredContribution = (i64, Option<i64>, String, Option<i64>);

/// What a panel did, in the column.
const GIVEN: &str = "given";
const MISSING: &str = "missing";

fn read_contributions(json: &str) -> Vec<Contribution> {
    let stored: Vec<StoredContribution> = serde_json::from_str(json).unwrap_or_default();
    stored
        .into_iter()
        .map(|(panel, fetched_at, state, compared_at)| Contribution {
            panel: PanelId(panel),
            fetched_at,
            state: match (state.as_str(), ClientOff::parse(&state)) {
                (MISSING, _) => PanelStanding::Missing,
                (_, Some(off)) => PanelStanding::Off(off),
                _ => PanelStanding::Given,
            },
            compared_at,
        })
        .collect()
}

pub(super) fn write_contributions(panels: &[Contribution]) -> String {
    let stored: Vec<StoredContribution> = panels
        .iter()
        .map(|one| {
            let state = match one.state {
                PanelStanding::Given => GIVEN,
                PanelStanding::Missing => MISSING,
                PanelStanding::Off(off) => off.as_str(),
            };
            (one.panel.0, one.fetched_at, state.to_owned(), one.compared_at)
        })
        .collect();
    serde_json::json!(stored).to_string()
}

pub(super) fn read_reason(row: &SqliteRow) -> Result<Option<Reason>, sqlx::Error> {
    let code: Option<String> = row.try_get("reason_code")?;
    let text: Option<String> = row.try_get("reason_text")?;
    Ok(code.map(|code| Reason::new(Code::parse(&code), text.unwrap_or_default())))
}

fn read_held(row: &SqliteRow) -> Result<Option<Held>, sqlx::Error> {
    let links: Option<String> = row.try_get("held_links")?;
    let since: Option<i64> = row.try_get("held_since")?;
    Ok(links.zip(since).map(|(links, since)| Held { links, since }))
}
