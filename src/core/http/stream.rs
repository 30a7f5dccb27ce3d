//! `GET /api/v1/events`: the event stream, as server-sent events.
//!
//! ```text
//! Last-Event-ID known ─▶ what was missed ─┐
//!                 else ─▶ a snapshot ─────┴─▶ what happens from now on ─▶ ends with the core
//! ```

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::auth::Operator;
use super::openapi::Guarded;
use crate::api::events::{Event, Snapshot};
use crate::core::Core;
use crate::core::events::{Numbered, Said};
use crate::core::said;
use crate::core::update::now;
use crate::domain::ids::JobId;

/// How many of the newest items a snapshot holds.
const ITEMS: u32 = 200;

/// Answers with the stream; it ends when the core stops.
#[utoipa::path(
    get,
    path = "/events",
    tag = "streams",
    security(("key" = [])),
    params(("last-event-id" = Option<String>, Header, description = "The last event that the reader has")),
    responses(
        (status = 200, description = "Server-sent events without end: `event:` and `data:` of each are `event` and `data` here", body = Event, content_type = "text/event-stream"),
        Guarded,
    ),
)]
pub(super) async fn events(
    _: Operator,
    State(core): State<Arc<Core>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let after = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let joined = core.hub.join(after);
    let ready = match joined.missed {
        Some(missed) => missed.iter().map(|event| said_event(&core, event)).collect(),
        None => {
            let snapshot = Event::Snapshot(core.snapshot().await);
            // Numbered as the last event before it: what comes next is newer than the snapshot.
            VecDeque::from([said_event(&core, &Numbered::new(joined.last, snapshot))])
        }
    };
    let listener = Listener { core, ready, receiver: joined.receiver };
    Sse::new(unfold(listener, Listener::next))
}

/// One listener's place in the stream.
struct Listener {
    core: Arc<Core>,
    ready: VecDeque<sse::Event>,
    receiver: Receiver<Arc<Numbered>>,
}

impl Listener {
    async fn next(mut self) -> Option<(Result<sse::Event, Infallible>, Self)> {
        if let Some(event) = self.ready.pop_front() {
            return Some((Ok(event), self));
        }
        let shutdown = self.core.shutdown.clone();
        let received = tokio::select! {
            () = shutdown.cancelled() => return None,
            received = self.receiver.recv() => received,
        };
        let event = match received {
            Ok(event) => said_event(&self.core, &event),
            Err(RecvError::Lagged(events)) => lost(events),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(event), self))
    }
}

fn said_event(core: &Core, event: &Numbered) -> sse::Event {
    // One that cannot be written is lost, and a gap is always announced.
    let Some(Said { kind, data }) = event.said() else { return lost(1) };
    sse::Event::default().event(kind).id(core.hub.id(event.number)).data(data)
}

/// Without a number of its own: it belongs to this listener only.
fn lost(events: u64) -> sse::Event {
    let said = Said::of(&Event::Lost { events });
    said.map_or_else(sse::Event::default, |said| {
        sse::Event::default().event(said.kind).data(said.data)
    })
}

impl Core {
    async fn snapshot(&self) -> Snapshot {
        // With the database away there is no job to show: health says why.
        let job = self.find_job(0).await.unwrap_or_default();
        let items = match &job {
            Some(job) => self.database.latest_items(JobId(job.id), ITEMS).await.unwrap_or_default(),
            None => Vec::new(),
        };
        Snapshot {
            health: self.health().await,
            panels: said::panels(&self.panels, &self.catalog, now()),
            items: self.with_users(items).iter().map(|item| said::news(item, now())).collect(),
            job,
        }
    }
}
