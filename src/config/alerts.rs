//! Who is told when something breaks, and when nobody is to be woken.
//!
//! Invariants:
//! - `Debug` shows no address, token or secret: an address of a webhook often is one.
//!
//! Deliberately absent: telling (that is `core/alerts/`).

use std::fmt;

use secrecy::SecretString;
use url::Url;

/// The ways on which alerts go, none by default.
#[derive(Debug, Clone, Default)]
pub struct AlertSettings {
    /// Where they are POSTed.
    pub webhook: Option<Webhook>,
    /// A program that is run for each.
    pub command: Option<AlertCommand>,
    /// The bot's admins.
    pub telegram: Option<Telegram>,
    /// When nothing is sent.
    pub quiet: Option<Quiet>,
}

/// An address that takes alerts.
#[derive(Clone)]
pub struct Webhook {
    /// With `https://`, or on this machine.
    pub url: Url,
    /// What signs the body.
    pub secret: Option<SecretString>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(…)")
    }
}

/// A program and its arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct AlertCommand {
    /// A path, or a name that is looked for in `PATH`.
    pub program: String,
    /// As they are handed over.
    pub arguments: Vec<String>,
}

/// An argument may be a secret.
impl fmt::Debug for AlertCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlertCommand({}, …)", self.program)
    }
}

/// The bot and its admins.
#[derive(Debug, Clone)]
pub struct Telegram {
    /// The bot's token.
    pub token: SecretString,
    /// Their ids, each once.
    pub admins: Vec<i64>,
}

/// A part of each day, by the machine's clock; it may reach over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// The minute of the day with which it begins.
    pub from: u16,
    /// The minute of the day with which it ends. Never the same.
    pub to: u16,
}

impl Quiet {
    /// Whether it is quiet in that minute of the day.
    #[must_use]
    pub fn holds(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}
