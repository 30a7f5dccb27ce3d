//! The log of a core, as a page and as a stream with reconnection.
//!
//! ```text
//! Connected ─▶ Record … Missed … ─▶ Lost ─▶ Retrying ─▶ Connected …
//! ```
//!
//! Invariants:
//! - The stream is open as long as the value lives, and no longer.
//! - What was heard is not heard again: each attempt names the last record in `Last-Event-ID`.
//! - A reader that does not read holds the stream up; the core then tells it what it lost.

use std::time::Duration;

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use reqwest::Method;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::error::{ClientError, NotReached};
use super::requests::Client;
use super::stream::Pace;
use crate::api::Page;
use crate::api::logs::{Missed, Record};

/// How many records may wait for a slow reader before the connection is held up.
const WAITING: usize = 256;

/// The query of [`Client::list_logs`] and [`Client::logs`]; what is empty is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LogsQuery {
    /// This level and what matters more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    /// Text in the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Text in message, target or `name=value` of a field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grep: Option<String>,
    /// The last record that is known, as [`LogHeard::Record::id`] or as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most this many to begin with, 500 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One thing heard on the stream of the log.
#[derive(Debug, Clone, PartialEq)]
pub enum LogHeard {
    /// The core answered; records follow.
    Connected,
    /// The core noted something.
    Record {
        /// As the core numbers it across its restarts; give it as [`LogsQuery::after`].
        id: String,
        /// What.
        record: Record,
    },
    /// This many records were gone before we came.
    Missed(u64),
    /// The connection is gone.
    Lost {
        /// Why.
        cause: ClientError,
    },
    /// The next attempt comes later.
    Retrying {
        /// How much later.
        after: Duration,
    },
}

/// The log of one core, as long as this value lives.
#[derive(Debug)]
pub struct Logs {
    receiver: mpsc::Receiver<LogHeard>,
    _task: AbortOnDropHandle<()>,
}

impl Logs {
    /// Puts what was heard into `batch`, at most `limit`; 0 only if the stream's task was ended from
    /// outside.
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub async fn hear_many(&mut self, batch: &mut Vec<LogHeard>, limit: usize) -> usize {
        self.receiver.recv_many(batch, limit).await
    }

    /// The next thing heard; `None` only if the stream's task was ended from outside.
    ///
    /// Cancel safe.
    pub async fn hear(&mut self) -> Option<LogHeard> {
        self.receiver.recv().await
    }
}

impl Client {
    /// `GET /api/v1/logs`: the newest records, oldest first.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn list_logs(&self, query: &LogsQuery) -> Result<Page<Record>, ClientError> {
        self.ask(self.request(Method::GET, &["logs"]).query(query)).await
    }

    /// Connects to `GET /api/v1/logs?follow=1`, now and again after every loss.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn logs(&self, query: LogsQuery, pace: Pace) -> Logs {
        let (sender, receiver) = mpsc::channel(WAITING);
        let reader =
            Reader { client: self.clone(), query, pace, sender, last_id: None, attempt: 0 };
        Logs { receiver, _task: AbortOnDropHandle::new(tokio::spawn(reader.run())) }
    }
}

/// Why an attempt ended.
enum Ended {
    /// Nobody listens to us any more.
    Unheard,
    /// The connection was lost, or never made.
    Lost(ClientError),
}

struct Reader {
    client: Client,
    query: LogsQuery,
    pace: Pace,
    sender: mpsc::Sender<LogHeard>,
    /// `id:` of the last record, as the core wrote it.
    last_id: Option<String>,
    /// Failed attempts since something was heard.
    attempt: u32,
}

impl Reader {
    async fn run(mut self) {
        while let Err(Ended::Lost(cause)) = self.follow().await {
            self.attempt = self.attempt.saturating_add(1);
            let after = self.pace.after(&cause, self.attempt);
            if self.say(LogHeard::Lost { cause }).await.is_err()
                || self.say(LogHeard::Retrying { after }).await.is_err()
            {
                return;
            }
            sleep(after).await;
        }
    }

    /// One connection, from the request to its loss. Never ends well.
    async fn follow(&mut self) -> Result<(), Ended> {
        let request = self.client.request(Method::GET, &["logs"]).query(&self.query);
        let request = request.query(&[("follow", "1")]);
        let answer = self.client.open_stream(request, self.last_id.as_deref()).await;
        let mut events = answer.map_err(Ended::Lost)?.bytes_stream().eventsource();
        self.say(LogHeard::Connected).await?;
        loop {
            let lost = |cause| Ended::Lost(self.client.lost(cause));
            let event = match timeout(self.pace.silence, events.next()).await {
                Err(_) => return Err(lost(NotReached::Silent)),
                Ok(None | Some(Err(_))) => return Err(lost(NotReached::Cut)),
                Ok(Some(Ok(event))) => event,
            };
            self.attempt = 0;
            let heard = read(&event.event, &event.data, &event.id).map_err(|_| {
                let what = format!("a record {:?} we cannot read", event.event);
                Ended::Lost(self.client.not_ours(what))
            })?;
            if let LogHeard::Record { id, .. } = &heard {
                self.last_id = Some(id.clone());
            }
            if heard != LogHeard::Connected {
                self.say(heard).await?;
            }
        }
    }

    async fn say(&self, heard: LogHeard) -> Result<(), Ended> {
        self.sender.send(heard).await.map_err(|_| Ended::Unheard)
    }
}

/// Reads one event; what says nothing but that the line is there is `Connected`.
fn read(kind: &str, data: &str, id: &str) -> Result<LogHeard, serde_json::Error> {
    Ok(match kind {
        "log" => LogHeard::Record { id: id.to_owned(), record: serde_json::from_str(data)? },
        "lost" => LogHeard::Missed(serde_json::from_str::<Missed>(data)?.records),
        _ => LogHeard::Connected,
    })
}
