//! The log of a core, as a page and as a stream: its records, read from the wire.
//!
//! How the stream is opened, lost and opened again: `follow.rs`.

use std::time::Duration;

use eventsource_stream::Event;
use reqwest::{Method, RequestBuilder};
use serde::Serialize;

use super::error::ClientError;
use super::follow::{Fate, Following, Pace, Subject};
use super::requests::Client;
use crate::api::Page;
use crate::api::logs::{Missed, Record};

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
pub type Logs = Following<LogHeard>;

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
        self.follow(LogStream(query), pace)
    }
}

struct LogStream(LogsQuery);

impl Subject for LogStream {
    type Heard = LogHeard;

    fn request(&self, client: &Client) -> RequestBuilder {
        let request = client.request(Method::GET, &["logs"]).query(&self.0);
        request.query(&[("follow", "1")])
    }

    fn read(&self, event: &Event) -> Result<Option<LogHeard>, String> {
        read(event).map_err(|_| format!("a record {:?} we cannot read", event.event))
    }

    fn tell(fate: Fate) -> LogHeard {
        match fate {
            Fate::Connected => LogHeard::Connected,
            Fate::Lost(cause) => LogHeard::Lost { cause },
            Fate::Retrying(after) => LogHeard::Retrying { after },
        }
    }
}

/// Reads one event; `None` is one that says only that the line is there.
fn read(event: &Event) -> Result<Option<LogHeard>, serde_json::Error> {
    Ok(Some(match event.event.as_str() {
        "log" => {
            LogHeard::Record { id: event.id.clone(), record: serde_json::from_str(&event.data)? }
        }
        "lost" => LogHeard::Missed(serde_json::from_str::<Missed>(&event.data)?.records),
        _ => return Ok(None),
    }))
}
