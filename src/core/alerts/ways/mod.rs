//! The ways on which a message goes: side by side, and none makes another wait or fail.
//!
//! | way | tried again | a failure says |
//! |---|---|---|
//! | `ALERT_URL` | unreachable, silent, 429, 5xx | the status, or what the network did |
//! | `ALERT_COMMAND` | never: it may have done half of it | its exit code and its last words |
//! | `ALERT_TELEGRAM` | as `ALERT_URL`, admin by admin | Telegram's own description |

mod command;
mod telegram;
mod webhook;

use std::time::Duration;

use reqwest::redirect::Policy;
use tokio::time::sleep;

use self::command::Command;
use self::telegram::Telegram;
use self::webhook::Webhook;
use super::message::{Message, Sender};
use crate::config::alerts::AlertSettings;
use crate::core::probes::machine::quote::quote;

/// How often a message is sent before that is given up.
const TRIES: usize = 3;

/// How long each way may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For one answer of a receiver, connecting included.
    answer: Duration,
    /// For a command, until it is killed.
    command: Duration,
    /// Before the second and the third try.
    pauses: [Duration; TRIES - 1],
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(10),
            command: Duration::from_secs(30),
            pauses: [Duration::from_secs(2), Duration::from_secs(10)],
        }
    }
}

/// What became of a message on one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The setting that names the way.
    pub way: &'static str,
    /// What its receiver answered; or why it has not got it. Neither holds a secret.
    pub result: Result<String, String>,
}

/// Why one try failed.
#[derive(Debug)]
struct Failure {
    why: String,
    /// Whether another try may help.
    may_pass: bool,
}

impl Failure {
    fn for_good(why: impl Into<String>) -> Self {
        Self { why: quote(&why.into()), may_pass: false }
    }

    fn for_now(why: impl Into<String>) -> Self {
        Self { why: quote(&why.into()), may_pass: true }
    }

    /// An error of the network, without the address: it may be a secret.
    fn of_network(error: &reqwest::Error) -> Self {
        Self::for_now(if error.is_timeout() {
            "it did not answer in time"
        } else if error.is_connect() {
            "it cannot be reached"
        } else {
            "the connection broke off"
        })
    }

    /// A status that is no success.
    fn of_status(status: u16, words: &str) -> Self {
        let why = match words {
            "" => format!("it answered {status}"),
            words => format!("it answered {status}: {words}"),
        };
        let may_pass = status == 429 || status >= 500;
        Self { may_pass, ..Self::for_good(why) }
    }
}

/// The names of the ways that the settings have.
pub(super) fn names(settings: &AlertSettings) -> Vec<&'static str> {
    let AlertSettings { webhook, command, telegram, .. } = settings;
    let ways = [
        webhook.as_ref().map(|_| webhook::NAME),
        command.as_ref().map(|_| command::NAME),
        telegram.as_ref().map(|_| telegram::NAME),
    ];
    ways.into_iter().flatten().collect()
}

/// The ways on which a message goes.
#[derive(Debug)]
pub(super) struct Ways {
    webhook: Option<Webhook>,
    command: Option<Command>,
    telegram: Option<Telegram>,
    limits: Limits,
}

impl Ways {
    /// # Errors
    ///
    /// In words, if the system's certificates cannot be read.
    pub(super) fn new(settings: &AlertSettings) -> Result<Self, String> {
        Self::with(settings, telegram::BASE, Limits::default())
    }

    fn with(settings: &AlertSettings, telegram: &str, limits: Limits) -> Result<Self, String> {
        let AlertSettings { webhook, command, telegram: bot, .. } = settings.clone();
        Ok(Self {
            webhook: webhook.map(|webhook| Webhook::new(webhook, limits.answer)).transpose()?,
            command: command.map(|command| Command::new(command, limits.command)),
            telegram: bot.map(|bot| Telegram::new(bot, telegram, limits.answer)).transpose()?,
            limits,
        })
    }

    /// Sends a message on every way; waits until each has it or has given up.
    pub(super) async fn deliver(&self, message: &Message, sender: &Sender) -> Vec<Delivered> {
        let json = message.json(sender);
        let text = message.text(sender);
        let webhook = async {
            let way = self.webhook.as_ref()?;
            Some((webhook::NAME, self.repeat(|| way.send(&json)).await))
        };
        let command = async {
            let way = self.command.as_ref()?;
            let result = way.run(&json, &message.environment(sender)).await;
            Some((command::NAME, result.map_err(|failure| failure.why)))
        };
        let telegram = async {
            let way = self.telegram.as_ref()?;
            Some((telegram::NAME, self.tell_admins(way, &text).await))
        };
        let (webhook, command, telegram) = tokio::join!(webhook, command, telegram);
        let all = [webhook, command, telegram].into_iter().flatten();
        all.map(|(way, result)| Delivered { way, result }).collect()
    }

    /// One admin who blocked the bot keeps nobody else from hearing.
    async fn tell_admins(&self, way: &Telegram, text: &str) -> Result<String, String> {
        let mut failed = Vec::new();
        for admin in way.admins() {
            if let Err(why) = self.repeat(|| way.send(*admin, text)).await {
                failed.push(why);
            }
        }
        let all = way.admins().len();
        match failed.first() {
            None => Ok(format!("{all} of {all} admins were told")),
            Some(why) => Err(format!("{} of {all} admins were not told: {why}", failed.len())),
        }
    }

    /// Tries until it works, cannot work, or was tried often enough.
    async fn repeat<F>(&self, send: impl Fn() -> F) -> Result<String, String>
    where
        F: Future<Output = Result<String, Failure>>,
    {
        let mut pauses = self.limits.pauses.iter();
        loop {
            match send().await {
                Ok(answer) => return Ok(answer),
                Err(Failure { why, may_pass }) => match pauses.next().filter(|_| may_pass) {
                    Some(pause) => sleep(*pause).await,
                    None => return Err(why),
                },
            }
        }
    }
}

/// A client that sends nothing to wherever an answer points. Plain HTTP uses no proxy.
fn client(is_plain: bool, answer: Duration) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(answer)
        .user_agent(concat!("alamor/", env!("CARGO_PKG_VERSION")));
    let builder = if is_plain { builder.no_proxy() } else { builder };
    builder.build().map_err(|_| {
        "the system's certificates cannot be read: install the package ca-certificates".to_owned()
    })
}

#[cfg(test)]
mod tests;
