//! What reaches the console, and what it asks for: the two closed enums of its loop.
//!
//! ```text
//! Message ─▶ update(&mut State, Message) ─▶ Vec<Effect> ─▶ runner ─▶ Message (an Answer) …
//! ```

use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;

use crate::api::Page;
use crate::api::checks::Check;
use crate::api::health::Health;
use crate::api::jobs::{Item, JobAccepted, NewJob};
use crate::api::panels::Panel;
use crate::api::purchases::{Purchase, PurchaseDetails};
use crate::client::{ClientError, Heard, LogHeard, PurchasesQuery};
use crate::console::keymap::Action;
use crate::console::picture::Format;
use crate::console::state::log::Wish;

/// One thing that happened to the console.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "short-lived: made, applied and dropped")]
pub(crate) enum Message {
    /// How long the console has been running. Comes before every batch of others.
    Now(Duration),
    /// A key was pressed.
    Key(KeyEvent),
    /// An action was named, not pressed.
    Do(Action),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now, in columns and rows.
    Resize(u16, u16),
    /// The event stream has something.
    Heard(Heard),
    /// The stream of the core's log has something.
    Log {
        /// As in [`Effect::Log`].
        generation: u64,
        /// What.
        heard: LogHeard,
    },
    /// A request that an effect asked for has ended.
    Answer(Answer),
}

/// How a request ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// [`Effect::CheckHealth`].
    Health(Result<Health, ClientError>),
    /// [`Effect::ListPurchases`].
    Purchases {
        /// As in the effect.
        generation: u64,
        /// The page.
        page: Result<Page<Purchase>, ClientError>,
    },
    /// [`Effect::OpenPurchase`].
    Purchase {
        /// As in the effect.
        id: i64,
        /// The purchase.
        details: Result<PurchaseDetails, ClientError>,
    },
    /// [`Effect::ListFailed`].
    Failed {
        /// As in the effect.
        job: i64,
        /// The items.
        page: Result<Page<Item>, ClientError>,
    },
    /// [`Effect::ProbePanel`].
    Probed {
        /// As in the effect.
        panel: String,
        /// The ladder.
        rungs: Result<Vec<Check>, ClientError>,
    },
    /// [`Effect::RetryLogin`].
    LoginRetried(Result<Panel, ClientError>),
    /// [`Effect::StartJob`].
    Started(Result<JobAccepted, ClientError>),
    /// [`Effect::CancelJob`].
    Cancelled(Result<(), ClientError>),
    /// [`Effect::Save`]: the file's name, or why there is none.
    Saved(Result<String, String>),
}

/// One thing that the runner must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Ask for the core's health.
    CheckHealth,
    /// Ask for a page of purchases.
    ListPurchases {
        /// Comes back with the answer: an older one is of a list that is no longer wanted.
        generation: u64,
        /// Which page of which list.
        query: PurchasesQuery,
    },
    /// Ask for one purchase.
    OpenPurchase(i64),
    /// Ask for the items of a job that did not succeed.
    ListFailed(i64),
    /// Climb the ladder to a panel.
    ProbePanel(String),
    /// Let a panel's refused login be tried again.
    RetryLogin(String),
    /// Start a job.
    StartJob(NewJob),
    /// Cancel a job.
    CancelJob(i64),
    /// Open or close the stream of the core's log.
    Log(Wish),
    /// Save the screen into a new file.
    Save(Format),
    /// Draw everything again.
    Redraw,
    /// Give the terminal back and stop until somebody continues us.
    Suspend,
    /// Leave.
    Quit,
}
