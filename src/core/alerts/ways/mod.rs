//! The ways on which a message goes: side by side, and none makes another wait or fail.
//!
//! | way | tried again | a failure says |
//! |---|---|---|
//! | `ALERT_URL` | unreachable, silent, 429, 5xx | the status, or what the network did |
//! | `ALERT_COMMAND` | never: it may have done half of it | its exit code and its last words |
//! | `ALERT_TELEGRAM` | as `ALERT_URL`, each admin for himself; 429 when Telegram says | Telegram's own description |

mod command;
mod telegram;
mod webhook;

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::{self, StreamExt as _};
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

/// The longest that a receiver may ask us to wait: what comes much later is no alert.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// How many admins are told at once: Telegram takes 30 messages a second from a bot.
const ADMINS_AT_ONCE: usize = 16;

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
    /// How long the receiver asks to wait before that.
    wait: Option<Duration>,
}

impl Failure {
    fn for_good(why: impl Into<String>) -> Self {
        Self { why: quote(&why.into()), may_pass: false, wait: None }
    }

    fn for_now(why: impl Into<String>) -> Self {
        Self { may_pass: true, ..Self::for_good(why) }
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
pub(super) struct Ways(Vec<Way>);

impl Ways {
    /// # Errors
    ///
    /// In words, if the system's certificates cannot be read.
    pub(super) fn new(settings: &AlertSettings) -> Result<Self, String> {
        Self::with(settings, telegram::BASE, Limits::default())
    }

    pub(super) fn with(
        settings: &AlertSettings,
        telegram: &str,
        limits: Limits,
    ) -> Result<Self, String> {
        let AlertSettings { webhook, command, telegram: bot, .. } = settings.clone();
        let webhook = webhook.map(|webhook| Webhook::new(webhook, limits.answer)).transpose()?;
        let command = command.map(|command| Command::new(command, limits.command));
        let bot = bot.map(|bot| Telegram::new(bot, telegram, limits.answer)).transpose()?;
        let receivers = [
            webhook.map(Receiver::Webhook),
            command.map(Receiver::Command),
            bot.map(Receiver::Telegram),
        ];
        let ways = receivers.into_iter().flatten().map(|receiver| Way { receiver, limits });
        Ok(Self(ways.collect()))
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Way> {
        self.0.iter()
    }

    /// Sends a message on every way; waits until each has it or has given up.
    pub(super) async fn deliver(&self, message: &Message, sender: &Sender) -> Vec<Delivered> {
        join_all(self.iter().map(|way| way.deliver(message, sender))).await
    }
}

/// One way, and how patient we are on it.
#[derive(Debug)]
pub(super) struct Way {
    receiver: Receiver,
    limits: Limits,
}

#[derive(Debug)]
enum Receiver {
    Webhook(Webhook),
    Command(Command),
    Telegram(Telegram),
}

impl Way {
    pub(super) fn name(&self) -> &'static str {
        match self.receiver {
            Receiver::Webhook(_) => webhook::NAME,
            Receiver::Command(_) => command::NAME,
            Receiver::Telegram(_) => telegram::NAME,
        }
    }

    /// Sends a message; waits until its receiver has it, or it was given up.
    pub(super) fn deliver<'a>(
        &'a self,
        message: &'a Message,
        sender: &'a Sender,
    ) -> BoxFuture<'a, Delivered> {
        let (json, text) = (message.json(sender), message.text(sender));
        let told: BoxFuture<'a, Result<String, String>> = match &self.receiver {
            Receiver::Webhook(webhook) => self.tell_webhook(webhook, json).boxed(),
            Receiver::Command(command) => run(command, json, message.environment(sender)).boxed(),
            Receiver::Telegram(telegram) => self.tell_admins(telegram, text).boxed(),
        };
        let way = self.name();
        told.map(move |result| Delivered { way, result }).boxed()
    }

    async fn tell_webhook(&self, webhook: &Webhook, json: String) -> Result<String, String> {
        self.repeat(&|| webhook.send(&json).boxed()).await
    }

    /// One admin who blocked the bot keeps nobody else from hearing, or waiting.
    async fn tell_admins(&self, telegram: &Telegram, text: String) -> Result<String, String> {
        let admins = telegram.admins();
        let telling: Vec<_> =
            admins.iter().map(|admin| self.tell_admin(telegram, *admin, &text)).collect();
        let told: Vec<_> = stream::iter(telling).buffered(ADMINS_AT_ONCE).collect().await;
        let failed: Vec<String> = told.into_iter().filter_map(Result::err).collect();
        let all = admins.len();
        match failed.first() {
            None => Ok(format!("{all} of {all} admins were told")),
            Some(why) => Err(format!("{} of {all} admins were not told: {why}", failed.len())),
        }
    }

    fn tell_admin<'a>(
        &'a self,
        telegram: &'a Telegram,
        admin: i64,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, String>> {
        async move { self.repeat(&|| telegram.send(admin, text).boxed()).await }.boxed()
    }

    /// Tries until it works, cannot work, or was tried often enough.
    async fn repeat<'a>(
        &self,
        send: &(dyn Fn() -> BoxFuture<'a, Result<String, Failure>> + Sync),
    ) -> Result<String, String> {
        let mut pauses = self.limits.pauses.iter();
        loop {
            let Failure { why, may_pass, wait } = match send().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = wait.unwrap_or_default();
            match pauses.next().filter(|_| may_pass && wait <= LONGEST_WAIT) {
                Some(pause) => sleep(wait.max(*pause)).await,
                None => return Err(why),
            }
        }
    }
}

async fn run(
    command: &Command,
    json: String,
    environment: Vec<(&'static str, String)>,
) -> Result<String, String> {
    command.run(&json, &environment).await.map_err(|failure| failure.why)
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
