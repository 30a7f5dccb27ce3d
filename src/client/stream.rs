//! The event stream of a core, with reconnection: a connection that tells how it fares.
//!
//! ```text
//!          headers            event, event, …           cut, silence, 401, …
//! (asks) ─────────▶ Connected ───────────────▶ Event … ─────────────────▶ Lost
//!    ▲                                                                      │
//!    └──────────────────────── the pause is over ◀── Retrying{after} ◀──────┘
//! ```
//!
//! Invariants:
//! - Each `Lost` is followed by one `Retrying`; nothing is ever given up.
//! - What was heard is not heard again: each attempt names the last event in `Last-Event-ID`.
//! - A reader that does not read holds the stream up; the core then tells it what it lost.

use std::time::Duration;

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Error as JsonError;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::error::{ClientError, NotReached};
use super::requests::{Client, REQUEST_TIMEOUT, SERVICE, describe};
use crate::api::events::Event;

/// How many events may wait for a slow reader before the connection is held up.
const WAITING: usize = 256;

/// One thing heard on the stream.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "short-lived: heard, applied and dropped")]
pub enum Heard {
    /// The core answered; events follow.
    Connected,
    /// An event of the core.
    Event(Event),
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

/// How patient a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Without any event for this long the connection counts as lost.
    pub silence: Duration,
    /// The longest pause before the second attempt.
    pub first_pause: Duration,
    /// The longest pause ever.
    pub longest_pause: Duration,
    /// The pause after an answer that only an operator can change: a wrong key, another service.
    pub refused_pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // The core's heartbeat comes every 5 s; 3 s are left for a slow line.
            silence: Duration::from_secs(8),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(5),
            refused_pause: Duration::from_secs(10),
        }
    }
}

impl Pace {
    /// The pause after `attempt` failed attempts, the last of them for `cause`.
    pub(super) fn after(&self, cause: &ClientError, attempt: u32) -> Duration {
        if cause.may_pass() { self.pause(attempt, rand::random()) } else { self.refused_pause }
    }

    /// The pause after `attempt` failed attempts, counted from 1.
    ///
    /// `roll` is a uniform draw from `0.0..=1.0`. Half of the pause is always kept, so that a core
    /// that restarts is not met by all consoles at once, and none of them spins.
    ///
    /// # Source
    ///
    /// "Equal jitter" in *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015.
    fn pause(&self, attempt: u32, roll: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let ceiling = self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause);
        ceiling.mul_f64(f64::midpoint(1.0, roll.clamp(0.0, 1.0)))
    }
}

/// The events of one core, as long as this value lives.
#[derive(Debug)]
pub struct Events {
    receiver: mpsc::Receiver<Heard>,
    _task: AbortOnDropHandle<()>,
}

impl Events {
    /// The next thing heard; `None` only if the stream's task was ended from outside.
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub async fn hear(&mut self) -> Option<Heard> {
        self.receiver.recv().await
    }

    /// Puts what has been heard into `batch`, at most `limit` things, once there is one; 0 as `None`
    /// of [`Events::hear`].
    ///
    /// Cancel safe.
    pub async fn hear_many(&mut self, batch: &mut Vec<Heard>, limit: usize) -> usize {
        self.receiver.recv_many(batch, limit).await
    }
}

impl Client {
    /// Connects to `GET /api/v1/events`, now and again after every loss.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn events(&self, pace: Pace) -> Events {
        let (sender, receiver) = mpsc::channel(WAITING);
        let listener = Listener { client: self.clone(), pace, sender, last_id: None, attempt: 0 };
        Events { receiver, _task: AbortOnDropHandle::new(tokio::spawn(listener.run())) }
    }
}

impl Client {
    /// Opens a stream of server-sent events; `last_id` is the last one that was heard.
    pub(super) async fn open_stream(
        &self,
        request: RequestBuilder,
        last_id: Option<&str>,
    ) -> Result<Response, ClientError> {
        let request = request.header(ACCEPT, "text/event-stream");
        let request = match last_id {
            Some(id) => request.header("Last-Event-ID", id),
            None => request,
        };
        let answer = timeout(REQUEST_TIMEOUT, request.send())
            .await
            .map_err(|_| self.lost(NotReached::TimedOut))?
            .map_err(|error| self.not_reached(&error))?;
        if !answer.status().is_success() {
            return Err(self.read_refusal(answer).await);
        }
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Ok(answer);
        }
        Err(self.not_ours(describe(&answer)))
    }
}

/// Why an attempt ended.
enum Ended {
    /// Nobody listens to us any more.
    Unheard,
    /// The connection was lost, or never made.
    Lost(ClientError),
}

struct Listener {
    client: Client,
    pace: Pace,
    sender: mpsc::Sender<Heard>,
    /// `id:` of the last event, as the core wrote it.
    last_id: Option<String>,
    /// Failed attempts since the last event.
    attempt: u32,
}

impl Listener {
    async fn run(mut self) {
        while let Err(Ended::Lost(cause)) = self.follow().await {
            self.attempt = self.attempt.saturating_add(1);
            let after = self.pace.after(&cause, self.attempt);
            if self.say(Heard::Lost { cause }).await.is_err()
                || self.say(Heard::Retrying { after }).await.is_err()
            {
                return;
            }
            sleep(after).await;
        }
    }

    /// One connection, from the request to its loss. Never ends well.
    async fn follow(&mut self) -> Result<(), Ended> {
        let request = self.client.request(Method::GET, &["events"]);
        let answer = self.client.open_stream(request, self.last_id.as_deref()).await;
        let answer = answer.map_err(Ended::Lost)?;
        self.say(Heard::Connected).await?;
        let mut events = answer.bytes_stream().eventsource();
        loop {
            let next = timeout(self.pace.silence, events.next()).await;
            let event = match next {
                Err(_) => return Err(Ended::Lost(self.client.lost(NotReached::Silent))),
                Ok(None | Some(Err(_))) => {
                    return Err(Ended::Lost(self.client.lost(NotReached::Cut)));
                }
                Ok(Some(Ok(event))) => event,
            };
            self.attempt = 0;
            if !event.id.is_empty() {
                self.last_id = Some(event.id);
            }
            let read = read_event(&event.event, &event.data).map_err(|_| {
                Ended::Lost(
                    self.client.not_ours(format!("an event {:?} we cannot read", event.event)),
                )
            })?;
            if let Some(read) = read {
                self.check_service(&read)?;
                self.say(Heard::Event(read)).await?;
            }
        }
    }

    fn check_service(&self, event: &Event) -> Result<(), Ended> {
        let service = match event {
            Event::Snapshot(snapshot) => &snapshot.health.service,
            Event::Health(health) => &health.service,
            _ => return Ok(()),
        };
        if service == SERVICE {
            return Ok(());
        }
        Err(Ended::Lost(self.client.not_ours(format!("as the service {service:?}"))))
    }

    async fn say(&self, heard: Heard) -> Result<(), Ended> {
        self.sender.send(heard).await.map_err(|_| Ended::Unheard)
    }
}

/// Reads one event; `None` is a kind that a newer core knows and we do not.
fn read_event(kind: &str, data: &str) -> Result<Option<Event>, JsonError> {
    Ok(Some(match kind {
        "snapshot" => Event::Snapshot(serde_json::from_str(data)?),
        "health" => Event::Health(serde_json::from_str(data)?),
        "job" => Event::Job(serde_json::from_str(data)?),
        "item" => Event::Item(serde_json::from_str(data)?),
        "panel" => Event::Panel(serde_json::from_str(data)?),
        "purchase" => Event::Purchase(serde_json::from_str(data)?),
        "changed" => Event::Changed {},
        "lost" => {
            let lost: Lost = serde_json::from_str(data)?;
            Event::Lost { events: lost.events }
        }
        _ => return Ok(None),
    }))
}

/// The data of a `lost` event.
#[derive(serde::Deserialize)]
struct Lost {
    events: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_ceiling_and_never_vanish() {
        let pace = Pace::default();
        let ms = |attempt, roll| pace.pause(attempt, roll).as_millis();
        assert_eq!([ms(1, 1.0), ms(2, 1.0), ms(3, 1.0)], [250, 500, 1_000]);
        assert_eq!([ms(6, 1.0), ms(60, 1.0), ms(u32::MAX, 1.0)], [5_000, 5_000, 5_000]);
        assert_eq!([ms(1, 0.0), ms(60, 0.0)], [125, 2_500]);
    }

    #[test]
    fn an_event_of_a_newer_core_is_passed_over() {
        assert_eq!(read_event("weather", "{}").unwrap(), None);
        assert_eq!(
            read_event("lost", r#"{"events": 3}"#).unwrap(),
            Some(Event::Lost { events: 3 })
        );
        assert!(read_event("health", "<html>").is_err());
    }
}
