//! Starts a job and hears of it until its end.

use std::collections::BTreeMap;

use super::bar::Bar;
use crate::api::events::Event;
use crate::api::jobs::{Item, Job, NewJob};
use crate::client::{Client, ClientError, Heard, ItemsQuery, Pace};
use crate::console::Lang;

/// A job that has ended, with the items that were heard of.
pub(super) struct Followed {
    pub(super) job: Job,
    pub(super) items: Vec<Item>,
}

/// Starts `new`, tells its id, and waits for its end. The job goes on if this process does not.
pub(super) async fn run(
    client: &Client,
    new: &NewJob,
    lang: Lang,
    started: impl FnOnce(i64),
) -> Result<Followed, ClientError> {
    // Fails at once, and says why, where a stream would go on trying.
    client.get_health().await?;
    let mut events = client.events(Pace::default());
    // Listening comes first, or the first items would be missed.
    while let Some(heard) = events.hear().await {
        if matches!(heard, Heard::Connected) {
            break;
        }
    }
    let id = client.start_job(new).await?.id;
    started(id);
    let mut bar = Bar::detect(lang);
    let mut items = BTreeMap::new();
    let mut job = client.get_job(id).await?;
    while !job.state.is_final() {
        match events.hear().await {
            Some(Heard::Event(Event::Job(heard))) if heard.id == id => job = heard,
            Some(Heard::Event(Event::Item(ended))) if ended.job == id => {
                items.insert(ended.item.purchase_id, ended.item);
            }
            // After a gap the core knows better than what was heard.
            Some(Heard::Event(Event::Snapshot(_) | Event::Lost { .. })) => {
                job = client.get_job(id).await?;
            }
            Some(_) => {}
            None => job = client.get_job(id).await?,
        }
        bar.show(&job);
    }
    drop(bar);
    // What ended without success is kept by the core, heard or not.
    items.extend(kept_items(client, id).await?);
    Ok(Followed { job, items: items.into_values().collect() })
}

async fn kept_items(client: &Client, job: i64) -> Result<BTreeMap<i64, Item>, ClientError> {
    let mut items = BTreeMap::new();
    let mut query = ItemsQuery { limit: Some(500), ..ItemsQuery::default() };
    loop {
        let page = client.list_items(job, &query).await?;
        items.extend(page.items.into_iter().map(|item| (item.purchase_id, item)));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(items);
        }
    }
}
