//! What a console is started with, and how it ends.

use std::io;

use super::check::Checker;
use super::look::Look;
use super::settings::Preferences;
use super::state::link::Bandwidth;
use super::state::{Access, Attachment};
use crate::client::Client;

/// What a console is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The core to look at.
    pub client: Client,
    /// Who sits here: `SUDO_USER`, else `USER`. Stands on the jobs that are started here.
    pub by: String,
    /// How the console came to its core.
    pub attachment: Attachment,
    /// What the terminal can show, and in which language is spoken.
    pub look: Look,
    /// What may be done here.
    pub access: Access,
    /// What the operator's files say of keys and colours.
    pub preferences: Preferences,
    /// How much may be written to it. Writes that block make it `Low` for a while.
    pub bandwidth: Bandwidth,
    /// How the ladder is climbed.
    pub checker: Checker,
    /// What it begins with.
    pub begin: Begin,
}

/// What a console begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Begin {
    /// Everything at a glance.
    #[default]
    Overview,
    /// The ladder: there is no core, and the operator asked why.
    Ladder,
}

/// How a console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The operator left.
    Quit,
    /// `TERM` or `INT`.
    Signal,
    /// The terminal is gone.
    HungUp,
}

/// Why a console could not run.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// It needs a terminal, and there is none.
    #[error("the console needs a terminal on standard input and output")]
    NoTerminal(#[source] io::Error),

    /// The terminal does not do what it must.
    #[error("the terminal cannot be used")]
    Terminal(#[source] io::Error),

    /// The task that hears the core has ended, which it never does by itself.
    #[error("the console no longer hears the core: this is a fault of the console")]
    StreamEnded,
}
