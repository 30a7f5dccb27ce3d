//! The event stream of a core: what its events are, read from the wire.
//!
//! How it is opened, lost and opened again: `follow.rs`.

use std::time::Duration;

use eventsource_stream::Event as Wire;
use reqwest::{Method, RequestBuilder};
use serde_json::Error as JsonError;

use super::error::ClientError;
use super::follow::{Fate, Following, Pace, Subject};
use super::requests::{Client, SERVICE};
use crate::api::events::Event;

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

/// The events of one core, as long as this value lives.
pub type Events = Following<Heard>;

impl Client {
    /// Connects to `GET /api/v1/events`, now and again after every loss.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn events(&self, pace: Pace) -> Events {
        self.follow(EventStream, pace)
    }
}

struct EventStream;

impl Subject for EventStream {
    type Heard = Heard;

    fn request(&self, client: &Client) -> RequestBuilder {
        client.request(Method::GET, &["events"])
    }

    fn read(&self, event: &Wire) -> Result<Option<Heard>, String> {
        let read = read_event(&event.event, &event.data)
            .map_err(|_| format!("an event {:?} we cannot read", event.event))?;
        if let Some(read) = &read {
            check_service(read)?;
        }
        Ok(read.map(Heard::Event))
    }

    fn tell(fate: Fate) -> Heard {
        match fate {
            Fate::Connected => Heard::Connected,
            Fate::Lost(cause) => Heard::Lost { cause },
            Fate::Retrying(after) => Heard::Retrying { after },
        }
    }
}

fn check_service(event: &Event) -> Result<(), String> {
    let service = match event {
        Event::Snapshot(snapshot) => &snapshot.health.service,
        Event::Health(health) => &health.service,
        _ => return Ok(()),
    };
    if service == SERVICE { Ok(()) } else { Err(format!("as the service {service:?}")) }
}

/// Reads one event; `None` is a kind that a newer core knows and we do not.
fn read_event(kind: &str, data: &str) -> Result<Option<Event>, JsonError> {
    Ok(Some(match kind {
        "snapshot" => Event::Snapshot(serde_json::from_str(data)?),
        "health" => Event::Health(serde_json::from_str(data)?),
        "job" => Event::Job(serde_json::from_str(data)?),
        "item" => Event::Item(serde_json::from_str(data)?),
        "panel" => Event::Panel(serde_json::from_str(data)?),
        "check" => Event::Check(serde_json::from_str(data)?),
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
    fn an_event_of_a_newer_core_is_passed_over() {
        assert_eq!(read_event("weather", "{}").unwrap(), None);
        assert_eq!(
            read_event("lost", r#"{"events": 3}"#).unwrap(),
            Some(Event::Lost { events: 3 })
        );
        assert!(read_event("health", "<html>").is_err());
    }
}
