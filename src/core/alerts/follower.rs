//! Follows the board: brings the desk what turns, and puts what it decides into a queue for each way.
//!
//! Invariants:
//! - The desk waits for no receiver, and no way for another.
//! - A queue is bounded: what finds it full is given up, logged, and shown by the check `alerts`.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval};

use super::Alerts;
use super::desk::{Desk, Moment};
use super::message::{Message, Sender};
use super::ways::{Delivered, Way, Ways};
use crate::api::Check;
use crate::config::alerts::Quiet;
use crate::core::probes::board::standing::Turn;

/// How many messages wait for one way. A try takes a minute at the worst, and what is older than a
/// quarter of an hour is no news.
const WAITING: usize = 16;

/// How time goes by; tests are in a hurry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How often the desk is asked.
    pub(super) tick: Duration,
    /// How often every check is read again: certificates come closer without turning, and a panel
    /// that is gone turns no more.
    pub(super) read: Duration,
    /// How long what comes together is gathered into one message.
    pub(super) gather: Duration,
    /// How long after the start: the first looks of all probes are one message.
    pub(super) start: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(1),
            read: Duration::from_mins(10),
            gather: Duration::from_secs(10),
            start: Duration::from_secs(30),
        }
    }
}

/// Follows the board and tells.
pub(super) struct Follower<'a> {
    pub(super) ways: Ways,
    pub(super) sender: Sender,
    pub(super) quiet: Option<Quiet>,
    pub(super) zone: TimeZone,
    pub(super) alerts: &'a Alerts,
    pub(super) pace: Pace,
}

/// What waits for one way.
struct Queue {
    way: &'static str,
    messages: mpsc::Sender<Arc<Message>>,
}

impl Follower<'_> {
    /// Ends with the board, once everything was told.
    pub(super) async fn follow(
        &self,
        turns: broadcast::Receiver<Turn>,
        checks: &(dyn Fn() -> Vec<Check> + Sync),
    ) {
        let (mut queues, mut ways) = (Vec::new(), Vec::new());
        for way in self.ways.iter() {
            let (messages, waiting) = mpsc::channel(WAITING);
            queues.push(Queue { way: way.name(), messages });
            ways.push(self.tell(way, waiting).boxed());
        }
        tokio::join!(self.decide(turns, checks, queues), join_all(ways));
    }

    /// Tells on one way what waits for it.
    async fn tell(&self, way: &Way, mut waiting: mpsc::Receiver<Arc<Message>>) {
        while let Some(message) = waiting.recv().await {
            let delivered = way.deliver(&message, &self.sender).await;
            self.alerts.note(message.at, delivered);
        }
    }

    async fn decide(
        &self,
        mut turns: broadcast::Receiver<Turn>,
        checks: &(dyn Fn() -> Vec<Check> + Sync),
        queues: Vec<Queue>,
    ) {
        let mut desk = Desk::new(Moment::now().steady, self.pace.gather, self.pace.start);
        let mut tick = interval(self.pace.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut read = interval(self.pace.read);
        read.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                turn = turns.recv() => match turn {
                    Ok(turn) => desk.turned(&turn.check, Moment::now()),
                    Err(RecvError::Lagged(_)) => desk.read(&checks(), Moment::now()),
                    Err(RecvError::Closed) => return,
                },
                _ = read.tick() => desk.read(&checks(), Moment::now()),
                _ = tick.tick() => {
                    let now = Moment::now();
                    let is_quiet = is_quiet(self.quiet, now.at, &self.zone);
                    if desk.is_due(now, is_quiet) {
                        // A reason may be another by now without a turn.
                        desk.read(&checks(), now);
                    }
                    if let Some(message) = desk.take(now, is_quiet) {
                        self.hand_over(message, &queues);
                    }
                }
            }
        }
    }

    /// Puts a message into every queue that has room.
    fn hand_over(&self, message: Message, queues: &[Queue]) {
        let message = Arc::new(message);
        for Queue { way, messages } in queues {
            if messages.try_send(Arc::clone(&message)).is_err() {
                let why = format!("{WAITING} messages are waiting for it already");
                self.alerts.note(message.at, Delivered { way, result: Err(why) });
            }
        }
    }
}

/// Whether nobody is to be woken now.
pub(super) fn is_quiet(quiet: Option<Quiet>, now: Timestamp, zone: &TimeZone) -> bool {
    let time = zone.to_datetime(now).time();
    let minute = u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute()));
    quiet.zip(minute.ok()).is_some_and(|(quiet, minute)| quiet.holds(minute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CheckState;
    use crate::config::alerts::{AlertCommand, AlertSettings};

    #[test]
    fn what_finds_a_queue_full_is_given_up_and_shown() {
        let command = AlertCommand { program: "/bin/true".to_owned(), arguments: Vec::new() };
        let settings = AlertSettings { command: Some(command), ..AlertSettings::default() };
        let alerts = Alerts::default();
        let follower = Follower {
            ways: Ways::new(&settings).unwrap(),
            sender: Sender { domain: None, instance: "1f".to_owned() },
            quiet: None,
            zone: TimeZone::UTC,
            alerts: &alerts,
            pace: Pace::default(),
        };
        let (messages, _waiting) = mpsc::channel(WAITING);
        let queues = [Queue { way: "ALERT_COMMAND", messages }];
        let state = || alerts.found(&settings).unwrap().state;
        for _ in 0..WAITING {
            follower.hand_over(Message::test(Timestamp::UNIX_EPOCH), &queues);
            assert_eq!(state(), CheckState::Ok);
        }
        follower.hand_over(Message::test(Timestamp::UNIX_EPOCH), &queues);
        assert_eq!(state(), CheckState::Warn);
        let reason = alerts.found(&settings).unwrap().reason.unwrap();
        assert!(reason.ends_with("16 messages are waiting for it already"), "{reason}");
    }
}
