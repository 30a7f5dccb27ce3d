//! What reaches the console, and what it asks for: the two closed enums of its loop.
//!
//! ```text
//! Message ─▶ update(&mut State, Message) ─▶ Vec<Effect> ─▶ runner ─▶ Message (an Answer) …
//! ```

use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;

use super::state::link::Bandwidth;
use crate::api::Page;
use crate::api::checks::Check;
use crate::api::compare::Comparison;
use crate::api::health::Health;
use crate::api::jobs::{Item, Job, JobAccepted, NewJob};
use crate::api::panels::Panel;
use crate::api::purchases::{Purchase, PurchaseDetails};
use crate::client::{ClientError, Heard, ItemsQuery, LogHeard, PurchasesQuery};
use crate::console::keymap::Action;
use crate::console::picture::PictureFormat;
use crate::console::settings::Mouse;
use crate::console::state::climb::{self, Told};
use crate::console::state::listed::Listed;
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
    /// The mouse did something.
    Pointer(Pointer),
    /// The terminal has this size now, in columns and rows.
    Resize(u16, u16),
    /// The line to the terminal is as wide as this now.
    Bandwidth(Bandwidth),
    /// The event stream has something.
    Heard(Heard),
    /// The stream of the core's log has something.
    Log {
        /// As in [`Effect::Log`].
        generation: u64,
        /// What.
        heard: LogHeard,
    },
    /// The child that climbs the ladder has told something.
    Climb {
        /// As in [`Effect::Climb`].
        generation: u64,
        /// What.
        told: Told,
    },
    /// A request that an effect asked for has ended.
    Answer(Answer),
}

/// What a mouse does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pointer {
    /// The left button went down, in this column and row.
    Click(u16, u16),
    /// The wheel turned by so many steps, down if they are positive.
    Wheel(i64),
}

/// How a request ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// [`Effect::CheckHealth`].
    Health(Result<Health, ClientError>),
    /// [`Effect::MeasureRoundTrip`].
    RoundTrip(Duration),
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
    /// [`Effect::Reveal`].
    Revealed {
        /// As in the effect.
        id: i64,
        /// The purchase, with its address in clear.
        details: Result<PurchaseDetails, ClientError>,
    },
    /// [`Effect::Export`].
    Exported(Result<Exported, String>),
    /// [`Effect::ListFailed`].
    Failed {
        /// As in the effect.
        job: i64,
        /// The items.
        page: Result<Page<Item>, ClientError>,
    },
    /// [`Effect::ListJobs`].
    Jobs(Result<Page<Job>, ClientError>),
    /// [`Effect::OpenJob`].
    Job {
        /// As in the effect.
        id: i64,
        /// The job.
        job: Result<Job, ClientError>,
    },
    /// [`Effect::ListItems`].
    Items {
        /// As in the effect.
        job: i64,
        /// As in the effect.
        generation: u64,
        /// The page.
        page: Result<Page<Item>, ClientError>,
    },
    /// [`Effect::OpenItem`].
    Item {
        /// As in the effect.
        job: i64,
        /// As in the effect.
        purchase: i64,
        /// As in the effect.
        reveal: bool,
        /// The item.
        item: Result<Item, ClientError>,
    },
    /// [`Effect::CompareJob`].
    Compared {
        /// As in the effect.
        job: i64,
        /// Both jobs, and what differs.
        comparison: Result<Comparison, ClientError>,
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
    /// [`Effect::Save`] and [`Effect::Report`]: the file's name, or why there is none.
    Saved(Result<String, String>),
}

/// What was written into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exported {
    /// The file.
    pub(crate) path: String,
    /// How many purchases.
    pub(crate) rows: u64,
}

/// How purchases are written into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table.
    Csv,
    /// An array of objects.
    Json,
}

/// One thing that the runner must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Ask for the core's health.
    CheckHealth,
    /// Measure how long an answer of the core takes.
    MeasureRoundTrip,
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
    /// Ask for the last jobs.
    ListJobs,
    /// Ask for one job.
    OpenJob(i64),
    /// Ask for a page of a job's items.
    ListItems {
        /// Of which job.
        job: i64,
        /// Comes back with the answer: an older one is of a list that is no longer wanted.
        generation: u64,
        /// Which page of which list.
        query: ItemsQuery,
    },
    /// Ask for one item.
    OpenItem {
        /// Of which job.
        job: i64,
        /// Of which purchase.
        purchase: i64,
        /// With its links whole: the core notes that.
        reveal: bool,
    },
    /// Ask what is different from the last job of the same kind.
    CompareJob(i64),
    /// Climb the ladder to a panel.
    ProbePanel(String),
    /// Let a panel's refused login be tried again.
    RetryLogin(String),
    /// Start a job.
    StartJob(NewJob),
    /// Read a list, and start a job with its ids.
    StartListed {
        /// Which purchases.
        listed: Listed,
        /// The job, without them.
        job: NewJob,
    },
    /// Cancel a job.
    CancelJob(i64),
    /// Open or close the stream of the core's log.
    Log(Wish),
    /// Start or end the child that climbs the ladder.
    Climb(climb::Wish),
    /// Write this text, which the ladder found, into a new file.
    Report(String),
    /// Save the screen into a new file.
    Save(PictureFormat),
    /// Ask for one purchase with what is secret of it.
    Reveal(i64),
    /// Read a list, and write it into a new file.
    Export {
        /// Which purchases.
        listed: Listed,
        /// How.
        format: Format,
    },
    /// Put a text into the operator's clipboard.
    Copy(String),
    /// Take the mouse, or give it to the terminal.
    SetMouse(Mouse),
    /// Draw in another theme, by its name or file.
    SetTheme(String),
    /// Draw everything again.
    Redraw,
    /// Give the terminal back and stop until somebody continues us.
    Suspend,
    /// Leave.
    Quit,
}

impl Effect {
    /// Whether it changes something at the core. None of these leaves a read-only console.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::RetryLogin(_)
            | Self::StartJob(_)
            | Self::StartListed { .. }
            | Self::CancelJob(_) => true,
            Self::CheckHealth
            | Self::MeasureRoundTrip
            | Self::ListPurchases { .. }
            | Self::OpenPurchase(_)
            | Self::ListFailed(_)
            | Self::ListJobs
            | Self::OpenJob(_)
            | Self::ListItems { .. }
            | Self::OpenItem { .. }
            | Self::CompareJob(_)
            | Self::ProbePanel(_)
            | Self::Reveal(_)
            | Self::Export { .. }
            | Self::Copy(_)
            | Self::SetMouse(_)
            | Self::SetTheme(_)
            | Self::Log(_)
            | Self::Climb(_)
            | Self::Report(_)
            | Self::Save(_)
            | Self::Redraw
            | Self::Suspend
            | Self::Quit => false,
        }
    }
}
