//! The requests about jobs: one method a route of `/api/v1/jobs`.

use reqwest::Method;
use serde::Serialize;

use super::error::ClientError;
use super::requests::{Client, PageQuery, REQUEST_TIMEOUT};
use crate::api::Page;
use crate::api::compare::Comparison;
use crate::api::jobs::{Item, Job, JobAccepted, NewJob};

/// The query of [`Client::list_items`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ItemsQuery {
    /// At most this many entries, 500 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// [`Page::next_cursor`] of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many rows to leave out before the page; not together with a cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// `1`: only what did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<u8>,
    /// How it ended, with commas between; `open` where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Codes of reasons, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Panel names, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// A customer's Telegram id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Free text over id, user and reason; each word must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

impl Client {
    /// `GET /api/v1/jobs`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_jobs(&self, query: &PageQuery) -> Result<Page<Job>, ClientError> {
        self.ask(self.request(Method::GET, &["jobs"]).query(query)).await
    }

    /// `GET /api/v1/jobs/{id}`; 0 is the last one.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn get_job(&self, id: i64) -> Result<Job, ClientError> {
        self.ask(self.request(Method::GET, &["jobs", &id.to_string()])).await
    }

    /// `GET /api/v1/jobs/{id}/items`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_items(
        &self,
        job: i64,
        query: &ItemsQuery,
    ) -> Result<Page<Item>, ClientError> {
        let path = ["jobs", &job.to_string(), "items"];
        self.ask(self.request(Method::GET, &path).query(query)).await
    }

    /// `GET /api/v1/jobs/{id}/items/{purchase}`; `reveal` shows links whole, and is audited.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn get_item(
        &self,
        job: i64,
        purchase: i64,
        reveal: bool,
    ) -> Result<Item, ClientError> {
        let path = ["jobs", &job.to_string(), "items", &purchase.to_string()];
        let request = self.request(Method::GET, &path);
        self.ask(if reveal { request.query(&[("reveal", "1")]) } else { request }).await
    }

    /// `GET /api/v1/jobs/{id}/compare`: beside the last one of its kind, from row `offset` on.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn compare_job(&self, job: i64, offset: u64) -> Result<Comparison, ClientError> {
        let request = self.request(Method::GET, &["jobs", &job.to_string(), "compare"]);
        self.ask(request.query(&[("limit", 500), ("offset", offset)])).await
    }

    /// `POST /api/v1/jobs`.
    ///
    /// # Errors
    ///
    /// [`ClientError::JobRunning`] if another job is in the way; else see [`ClientError`].
    pub async fn start_job(&self, job: &NewJob) -> Result<JobAccepted, ClientError> {
        self.ask(self.request(Method::POST, &["jobs"]).json(job)).await
    }

    /// `POST /api/v1/jobs/{id}/cancel`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn cancel_job(&self, id: i64) -> Result<(), ClientError> {
        let path = ["jobs", &id.to_string(), "cancel"];
        let request = self.request(Method::POST, &path).timeout(REQUEST_TIMEOUT);
        let answer = request.send().await.map_err(|error| self.not_reached(&error))?;
        if answer.status().is_success() { Ok(()) } else { Err(self.read_refusal(answer).await) }
    }
}
