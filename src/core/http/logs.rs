//! `GET /api/v1/logs`: the core's own log, as a page, or as server-sent events of its own.
//!
//! ```text
//! follow=0 ─▶ the newest records that are wanted
//! follow=1 ─▶ the same, or what came after `after` ─▶ what is noted from now on ─▶ ends with the core
//! ```
//!
//! A reader holds its place and nothing else, see [`crate::core::log`].

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response, Sse, sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at};
use utoipa::{IntoParams, ToSchema};

use super::auth::Operator;
use super::openapi::{Guarded, Malformed};
use super::problem::ApiError;
use super::query::MAX_LIMIT;
use super::v1::Shared;
use crate::api::Page;
use crate::api::logs::{Level, Missed, Record};
use crate::core::Core;
use crate::core::log::ring::Batch;
use crate::core::log::wanted::Wanted;
use crate::core::log::{Log, of_process};

/// How many records are given where no limit is asked for.
const DEFAULT_LIMIT: usize = 100;

/// How many records a reader takes at once: about as much as fits into one packet's buffer.
const BATCH: usize = 64;

/// How often a reader hears that the line is there: as on the event stream.
const BEAT: Duration = Duration::from_secs(5);

/// What is asked for, as it stands in the address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wish {
    /// Records of this level and above.
    level: Option<String>,
    /// Part of a target.
    target: Option<String>,
    /// Part of a message, a target, or `name=value`.
    grep: Option<String>,
    /// The last record that is known: its number, or its `instance-number`.
    after: Option<String>,
    /// At most 500.
    limit: Option<usize>,
    /// 1: as a stream.
    follow: Option<u8>,
}

impl Wish {
    fn wanted(&self) -> Result<Wanted, ApiError> {
        let level = self.level.as_deref().filter(|word| !word.is_empty());
        let level = level.map(|word| Level::find(word).ok_or_else(|| unknown_level(word)));
        Ok(Wanted::new(level.transpose()?, self.target.as_deref(), self.grep.as_deref()))
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT)
    }

    /// The number after which to begin; `None` for what is not of this run.
    fn after(&self, core: &Core, headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
        let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok());
        let Some(after) = resumed.or(self.after.as_deref()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (instance, number) = after.rsplit_once('-').unwrap_or((core.hub.instance(), after));
        let number = number.parse().map_err(|_| {
            ApiError::BadRequest(format!("after: {after:?} is no number of a record"))
        })?;
        Ok((instance == core.hub.instance()).then_some(number))
    }
}

fn unknown_level(word: &str) -> ApiError {
    let words = Level::ALL.map(Level::as_str).join(", ");
    ApiError::BadRequest(format!("level: {word:?} is none of {words}"))
}

/// `GET /logs?level&target&grep&after&limit&follow`
#[utoipa::path(
    get,
    path = "/logs",
    tag = "streams",
    security(("key" = [])),
    params(Wish, ("last-event-id" = Option<String>, Header, description = "As `after`")),
    responses(
        (status = 200, description = "A page of records; with `follow=1` server-sent events without end", content((Page<Record> = "application/json"), (Line = "text/event-stream"))),
        Guarded,
        Malformed,
    ),
)]
pub(super) async fn logs(
    _: Operator,
    State(core): Shared,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Query(wish) = wish.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let (log, wanted) = (of_process(), wish.wanted()?);
    // Before the ring is read, or what comes in between would be told late.
    let news = log.news();
    let first = match wish.after(&core, &headers)? {
        Some(after) => log.after(after, &wanted, wish.limit()),
        None => log.newest(&wanted, wish.limit()),
    };
    if wish.follow == Some(1) {
        return Ok(follow(core, log, wanted, &first, news).into_response());
    }
    Ok(Json(page(&first)).into_response())
}

/// `next_cursor` is what to give as `after` the next time.
fn page(batch: &Batch) -> Page<Record> {
    Page {
        items: batch.records.iter().map(|record| Record::clone(record)).collect(),
        next_cursor: Some(batch.read_to.to_string()),
        total: None,
    }
}

fn follow(
    core: Arc<Core>,
    log: &'static Log,
    wanted: Wanted,
    first: &Batch,
    news: watch::Receiver<u64>,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>> + use<>> {
    let beat = interval_at(Instant::now() + BEAT, BEAT);
    let mut reader = Reader { core, log, wanted, place: 0, ready: VecDeque::new(), news, beat };
    reader.take(first);
    Sse::new(unfold(reader, Reader::next))
}

/// An event of the stream, as it is described.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document alone reads it")]
struct Line {
    /// `log`, `lost` or `beat`.
    event: String,
    /// JSON: one of a page's items; how many `records` are gone; or nothing.
    data: String,
    /// Of a record: what to name as `Last-Event-ID`.
    id: Option<String>,
}

/// One reader's place in the log.
struct Reader {
    core: Arc<Core>,
    log: &'static Log,
    wanted: Wanted,
    /// The number of the last record that was looked at.
    place: u64,
    ready: VecDeque<sse::Event>,
    news: watch::Receiver<u64>,
    beat: Interval,
}

impl Reader {
    async fn next(mut self) -> Option<(Result<sse::Event, Infallible>, Self)> {
        let shutdown = self.core.shutdown.clone();
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some((Ok(event), self));
            }
            let batch = self.log.after(self.place, &self.wanted, BATCH);
            self.take(&batch);
            if !self.ready.is_empty() {
                continue;
            }
            tokio::select! {
                () = shutdown.cancelled() => return None,
                changed = self.news.changed() => if changed.is_err() { return None },
                _ = self.beat.tick() => return Some((Ok(sse::Event::default().event("beat").data("{}")), self)),
            }
        }
    }

    fn take(&mut self, batch: &Batch) {
        self.place = batch.read_to;
        if batch.lost > 0 {
            self.ready.extend(event("lost", &Missed { records: batch.lost }));
        }
        for record in &batch.records {
            let said = event("log", record.as_ref());
            self.ready.extend(said.map(|event| event.id(self.core.hub.id(record.seq))));
        }
    }
}

/// `None` for what cannot be written as JSON, which no record is: and nothing here may log.
fn event(kind: &str, data: &impl Serialize) -> Option<sse::Event> {
    sse::Event::default().event(kind).json_data(data).ok()
}
