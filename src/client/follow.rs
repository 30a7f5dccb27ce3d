//! A stream of server-sent events that is opened again after every loss, and tells how it fares.
//!
//! ```text
//!          headers            event, event, …           cut, silence, 401, …
//! (asks) ─────────▶ Connected ───────────────▶ Event … ─────────────────▶ Lost
//!    ▲                                                                      │
//!    └──────────────────────── the pause is over ◀── Retrying{after} ◀──────┘
//! ```
//!
//! Invariants:
//! - The stream is open as long as the [`Following`] lives, and no longer.
//! - Each `Lost` is followed by one `Retrying`; nothing is ever given up.
//! - What was heard is not heard again: each attempt names the last event in `Last-Event-ID`.
//! - A reader that does not read holds the stream up; the core then tells it what it lost.
//!
//! Deliberately absent: what an event says (`stream.rs`, `logs.rs`).

use std::time::Duration;

use eventsource_stream::{Event, Eventsource};
use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::error::{ClientError, NotReached};
use super::requests::{Client, REQUEST_TIMEOUT, describe};

/// How many things may wait for a slow reader before the connection is held up.
const WAITING: usize = 256;

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
    fn after(&self, cause: &ClientError, attempt: u32) -> Duration {
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

/// How the connection fares.
pub(super) enum Fate {
    /// The core answered; events follow.
    Connected,
    /// The connection is gone.
    Lost(ClientError),
    /// The next attempt comes so much later.
    Retrying(Duration),
}

/// What is followed.
pub(super) trait Subject: Send + Sync + 'static {
    /// One thing heard.
    type Heard: Send + 'static;

    /// Asks for the stream.
    fn request(&self, client: &Client) -> RequestBuilder;

    /// Reads one event; `None` is one that says nothing to us.
    ///
    /// # Errors
    ///
    /// What it is that no core of ours would say.
    fn read(&self, event: &Event) -> Result<Option<Self::Heard>, String>;

    /// Tells how the connection fares.
    fn tell(fate: Fate) -> Self::Heard;
}

/// One stream of one core, as long as this value lives.
#[derive(Debug)]
pub struct Following<T> {
    receiver: mpsc::Receiver<T>,
    _task: AbortOnDropHandle<()>,
}

impl<T> Following<T> {
    /// The next thing heard; `None` only if the stream's task was ended from outside.
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub async fn hear(&mut self) -> Option<T> {
        self.receiver.recv().await
    }

    /// Puts what has been heard into `batch`, at most `limit` things, once there is one; 0 as `None`
    /// of [`Following::hear`].
    ///
    /// Cancel safe.
    pub async fn hear_many(&mut self, batch: &mut Vec<T>, limit: usize) -> usize {
        self.receiver.recv_many(batch, limit).await
    }
}

impl Client {
    /// Follows a stream, now and again after every loss. Must be called inside a Tokio runtime.
    pub(super) fn follow<S: Subject>(&self, subject: S, pace: Pace) -> Following<S::Heard> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let client = self.clone();
        let follower = Follower { client, subject, pace, sender, last_id: None, attempt: 0 };
        Following { receiver, _task: AbortOnDropHandle::new(tokio::spawn(follower.run())) }
    }

    /// Opens a stream of server-sent events; `last_id` is the last one that was heard.
    async fn open_stream(
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

struct Follower<S: Subject> {
    client: Client,
    subject: S,
    pace: Pace,
    sender: mpsc::Sender<S::Heard>,
    /// `id:` of the last event, as the core wrote it.
    last_id: Option<String>,
    /// Failed attempts since the last event.
    attempt: u32,
}

impl<S: Subject> Follower<S> {
    async fn run(mut self) {
        while let Err(Ended::Lost(cause)) = self.follow().await {
            self.attempt = self.attempt.saturating_add(1);
            let after = self.pace.after(&cause, self.attempt);
            if self.say(S::tell(Fate::Lost(cause))).await.is_err()
                || self.say(S::tell(Fate::Retrying(after))).await.is_err()
            {
                return;
            }
            sleep(after).await;
        }
    }

    /// One connection, from the request to its loss. Never ends well.
    async fn follow(&mut self) -> Result<(), Ended> {
        let request = self.subject.request(&self.client);
        let answer = self.client.open_stream(request, self.last_id.as_deref()).await;
        let mut events = answer.map_err(Ended::Lost)?.bytes_stream().eventsource();
        self.say(S::tell(Fate::Connected)).await?;
        loop {
            let lost = |cause| Ended::Lost(self.client.lost(cause));
            let event = match timeout(self.pace.silence, events.next()).await {
                Err(_) => return Err(lost(NotReached::Silent)),
                Ok(None | Some(Err(_))) => return Err(lost(NotReached::Cut)),
                Ok(Some(Ok(event))) => event,
            };
            self.attempt = 0;
            let heard = self.subject.read(&event);
            if !event.id.is_empty() {
                self.last_id = Some(event.id);
            }
            let heard = heard.map_err(|what| Ended::Lost(self.client.not_ours(what)))?;
            if let Some(heard) = heard {
                self.say(heard).await?;
            }
        }
    }

    async fn say(&self, heard: S::Heard) -> Result<(), Ended> {
        self.sender.send(heard).await.map_err(|_| Ended::Unheard)
    }
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
}
