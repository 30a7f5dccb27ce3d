//! `/api/v1/jobs/{id}/items`: one purchase in a job each.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::Operator;
use super::openapi::{Guarded, Malformed, Missing};
use super::problem::ApiError;
use super::query;
use super::v1::{Answer, Id, Reveal, Shared, path_id};
use crate::api::Page;
use crate::api::jobs as said_jobs;
use crate::core::deeds::Who;
use crate::core::said::Secret;
use crate::core::update::now;
use crate::core::{Core, said};
use crate::database::item_filter::{ItemFilter, Place, Which, Word};
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::job::Item;
use crate::domain::outcome::Outcome;

/// What is asked for, as it stands in the address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wish {
    /// Entries a page, at most 500.
    limit: Option<usize>,
    /// The purchase after which the page begins.
    cursor: Option<i64>,
    /// How many to leave out before the page; not together with a cursor.
    offset: Option<u64>,
    /// 1: only what ended and did not succeed.
    failed: Option<u8>,
    /// How it ended, separated by commas; `open` for what has not.
    outcome: Option<String>,
    /// Codes of reasons, separated by commas.
    reason: Option<String>,
    /// Panel names, separated by commas.
    panel: Option<String>,
    /// A Telegram id.
    user: Option<i64>,
    /// Each word in the id, the Telegram id, or the reason.
    q: Option<String>,
}

/// The word for an item that has not ended.
const OPEN: &str = "open";

impl Wish {
    fn filter(&self, core: &Core) -> Result<ItemFilter, ApiError> {
        let outcomes: Result<Vec<_>, ApiError> = words(self.outcome.as_deref())
            .map(|word| match (word, Outcome::parse(word)) {
                (OPEN, _) => Ok(None),
                (_, Some(outcome)) => Ok(Some(outcome)),
                (word, None) => Err(ApiError::BadRequest(format!(
                    "outcome: {word:?} is none of updated, unchanged, partial, kept, failed, {OPEN}"
                ))),
            })
            .collect();
        let rows = core.catalog.rows();
        let of_users = |is: &dyn Fn(i64) -> bool| {
            let rows = rows.iter().filter(|row| row.purchase.user.is_some_and(is));
            rows.map(|row| row.purchase.id.0).collect::<Vec<_>>()
        };
        let q = self.q.as_deref().unwrap_or_default();
        let words_of_q = q.split_whitespace().map(|word| Word {
            text: word.to_lowercase(),
            purchases: of_users(&|user| user.to_string().contains(word)),
        });
        Ok(ItemFilter {
            which: if self.failed == Some(1) { Which::NotSucceeded } else { Which::All },
            outcomes: outcomes?,
            reasons: words(self.reason.as_deref()).map(str::to_owned).collect(),
            panels: words(self.panel.as_deref()).map(str::to_owned).collect(),
            purchases: self.user.map(|wanted| of_users(&|user| user == wanted)),
            words: words_of_q.collect(),
        })
    }
}

/// Words with commas between them.
fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(',').filter(|word| !word.is_empty())
}

/// `GET /jobs/{id}/items?limit&cursor&offset&failed=1&outcome&reason&panel&user&q`: by purchase id.
///
/// | parameter                    | lets pass                                               |
/// |------------------------------|---------------------------------------------------------|
/// | `failed=1`                   | what ended and did not succeed                          |
/// | `outcome`, `reason`, `panel` | one of these, separated by commas; `outcome=open`       |
/// | `user`                       | exactly this customer                                   |
/// | `q`                          | each word in the id, the Telegram id, or the reason     |
#[utoipa::path(
    get,
    path = "/jobs/{id}/items",
    tag = "jobs",
    security(("key" = [])),
    params(("id" = i64, Path, description = "The job; 0 is the last one"), Wish),
    responses(
        (status = 200, description = "One page, by purchase", body = Page<said_jobs::Item>),
        Guarded,
        Malformed,
        Missing,
    ),
)]
pub(super) async fn list_items(
    _: Operator,
    State(core): Shared,
    id: Id,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Answer<Page<said_jobs::Item>> {
    let job = core.find_job(path_id(id, "job")?).await?.ok_or(ApiError::NotFound("job"))?;
    let Query(wish) = wish.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let place = match (wish.offset, wish.cursor) {
        (Some(_), Some(_)) => {
            let what = "offset and cursor both say where the page begins: send one of them";
            return Err(ApiError::BadRequest(what.to_owned()));
        }
        (Some(offset), None) => Place::Skip(offset),
        (None, cursor) => Place::After(PurchaseId(cursor.unwrap_or_default())),
    };
    let (job, filter, limit) = (JobId(job.id), wish.filter(&core)?, query::limit(wish.limit));
    let rows = u32::try_from(limit).unwrap_or(u32::MAX);
    let items = core.database.list_items(job, filter.clone(), place, rows).await?;
    let total = core.database.count_items(job, &filter).await?;
    let next_cursor =
        items.last().filter(|_| items.len() == limit).map(|item| item.purchase.to_string());
    let items = core.with_users(items).iter().map(|item| said::item(item, now())).collect();
    Ok(Json(Page { items, next_cursor, total: Some(total) }))
}

/// `GET /jobs/{id}/items/{purchase_id}?reveal=1`: one item; revealing its links is audited.
#[utoipa::path(
    get,
    path = "/jobs/{id}/items/{purchase_id}",
    tag = "jobs",
    security(("key" = [])),
    params(("id" = i64, Path, description = "The job; 0 is the last one"), ("purchase_id" = i64, Path, description = "The bot's id"), Reveal, ("x-alamor-by" = Option<String>, Header, description = "Who asks, for the audit")),
    responses(
        (status = 200, description = "As it is now", body = said_jobs::Item),
        Guarded,
        Malformed,
        Missing,
    ),
)]
pub(super) async fn get_item(
    _: Operator,
    State(core): Shared,
    path: Result<Path<(i64, i64)>, PathRejection>,
    reveal: Result<Query<Reveal>, QueryRejection>,
    who: Who,
) -> Answer<said_jobs::Item> {
    let Path((job, purchase)) = path.map_err(|_| ApiError::NotFound("item"))?;
    let is_revealed = Reveal::is_wanted(reveal)?;
    let job = core.find_job(job).await?.ok_or(ApiError::NotFound("job"))?.id;
    let items = core.database.find_items(JobId(job), vec![purchase]).await?;
    let item = core.with_users(items).pop().ok_or(ApiError::NotFound("item"))?;
    let mut said = said::item(&item, now());
    if is_revealed {
        // First noted, then shown.
        let subject = format!("purchase {purchase} in job {job}");
        core.note(who, "reveal", subject).await?;
        let changes = item.end.as_ref().and_then(|end| end.changes.as_deref());
        said.changes = changes.map(|changes| said::changes(changes, Secret::Told));
    }
    Ok(Json(said))
}

impl Core {
    /// Items with the customers that they belong to.
    pub(super) fn with_users(&self, mut items: Vec<Item>) -> Vec<Item> {
        let rows = self.catalog.rows();
        for item in &mut items {
            item.user = rows.find(item.purchase).and_then(|row| row.purchase.user);
        }
        items
    }
}
