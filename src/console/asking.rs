//! What the console asks of the core: an effect becomes a request, and its end an answer.

use std::path::Path;
use std::time::Instant;

use super::export;
use super::message::{Answer, Effect};
use super::state::listed::Listed;
use crate::api::jobs::{JobAccepted, NewJob, Scope};
use crate::client::{Client, ClientError, ItemsQuery, PageQuery};

/// Jobs that are listed: the core keeps fifty, and the one that runs.
const JOBS: u32 = 100;

/// The most items that are listed when only the failed ones are wanted.
const FAILED: u32 = 500;

/// Asks the core for what an effect wants; `None` for effects that are not the core's.
pub(super) async fn answer(client: &Client, effect: Effect) -> Option<Answer> {
    Some(match effect {
        Effect::CheckHealth => Answer::Health(client.get_health().await),
        Effect::MeasureRoundTrip => {
            let began = Instant::now();
            client.get_health().await.ok()?;
            Answer::RoundTrip(began.elapsed())
        }
        Effect::ListPurchases { generation, query } => {
            Answer::Purchases { generation, page: client.list_purchases(&query).await }
        }
        Effect::OpenPurchase(id) => {
            Answer::Purchase { id, details: client.get_purchase(id, false).await }
        }
        Effect::Reveal(id) => Answer::Revealed { id, details: client.get_purchase(id, true).await },
        Effect::Export { listed, format } => {
            Answer::Exported(export::run(client, &listed, format, Path::new(".")).await)
        }
        Effect::StartListed { listed, job } => Answer::Started(start(client, &listed, job).await),
        Effect::ListFailed(job) => {
            let query =
                ItemsQuery { limit: Some(FAILED), failed: Some(1), ..ItemsQuery::default() };
            Answer::Failed { job, page: client.list_items(job, &query).await }
        }
        Effect::ListJobs => {
            let query = PageQuery { limit: Some(JOBS), ..PageQuery::default() };
            Answer::Jobs(client.list_jobs(&query).await)
        }
        Effect::OpenJob(id) => Answer::Job { id, job: client.get_job(id).await },
        Effect::ListItems { job, generation, query } => {
            let page = client.list_items(job, &query).await;
            Answer::Items { job, generation, page }
        }
        Effect::OpenItem { job, purchase, reveal } => {
            let item = client.get_item(job, purchase, reveal).await;
            Answer::Item { job, purchase, reveal, item }
        }
        Effect::CompareJob(job) => {
            Answer::Compared { job, comparison: client.compare_job(job, 0).await }
        }
        Effect::ProbePanel(panel) => {
            let rungs = client.probe_panel(&panel).await;
            Answer::Probed { panel, rungs }
        }
        Effect::RetryLogin(panel) => Answer::LoginRetried(client.retry_login(&panel).await),
        Effect::StartJob(job) => Answer::Started(client.start_job(&job).await),
        Effect::CancelJob(job) => Answer::Cancelled(client.cancel_job(job).await),
        Effect::Copy(_)
        | Effect::SetMouse(_)
        | Effect::SetTheme(_)
        | Effect::Log(_)
        | Effect::Climb(_)
        | Effect::Report(_)
        | Effect::Save(_)
        | Effect::Redraw
        | Effect::Suspend
        | Effect::Quit => return None,
    })
}

/// Starts a job with the ids that a list has now.
async fn start(client: &Client, listed: &Listed, job: NewJob) -> Result<JobAccepted, ClientError> {
    let ids = export::read_ids(client, listed).await?;
    client.start_job(&NewJob { purchases: Some(Scope::Ids(ids)), ..job }).await
}
