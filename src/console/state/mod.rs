//! What the console knows: heard from the core, chosen by the operator. Nothing here draws.
//!
//! ```text
//! state/purchases.rs ⇠ mirrors ⇢ view/purchases.rs        state/job.rs ⇠ ⇢ view/update.rs
//! ```
//!
//! Start reading at [`State`].
//!
//! Invariants:
//! - Only `update` changes a [`State`].
//! - What was heard stays when the connection is lost, with the time it was heard at.

pub(crate) mod checks;
pub(crate) mod climb;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod details;
pub(crate) mod filter;
pub(crate) mod filtered;
pub(crate) mod history;
pub(crate) mod item_filter;
pub(crate) mod job;
pub(crate) mod listed;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod palette;
pub(crate) mod paged;
pub(crate) mod panel;
pub(crate) mod panel_table;
pub(crate) mod purchases;
pub(crate) mod question;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use tui_input::Input;

use self::checks::Checks;
use self::climb::Climb;
use self::clock::{Clock, Dated};
use self::connection::Connection;
pub(crate) use self::details::{Details, Purpose, Secrets};
use self::history::{Clear, Jobs, OpenedItem, OpenedJob};
use self::job::JobView;
use self::link::Link;
use self::log::{LogView, Pane};
use self::palette::Palette;
use self::panel::PanelView;
use self::panel_table::PanelTable;
use self::purchases::Purchases;
use self::question::Question;
use super::keymap::{Action, Keymap, Screen};
use super::settings::Mouse;

use super::lang::{Lang, Messages};
use crate::api::changes::Changes;
use crate::api::health::Health;
use crate::api::jobs::{Job, JobState};
use crate::api::panels::{BreakerState, Login, Panel};

/// How the console came to its core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment {
    /// The core runs on its own: leaving changes nothing.
    Attached,
    /// The core lives in this process: it ends with the console.
    Embedded,
}

/// What an operator may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Everything.
    #[default]
    Full,
    /// Only look: nothing at the core is changed.
    ReadOnly,
}

/// Who looks at which core.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The core's address as it may be shown.
    pub(crate) core_url: String,
    /// Who sits here, for the jobs.
    pub(crate) by: String,
    /// How the console came to its core.
    pub(crate) attachment: Attachment,
    /// What may be done here.
    pub(crate) access: Access,

    /// In which language is spoken.
    pub(crate) lang: Lang,
}

/// Everything that is shown.
#[derive(Debug)]
pub(crate) struct State {
    /// Who looks at which core.
    pub(crate) session: Session,
    /// The core's time.
    pub(crate) clock: Clock,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    /// How it stands between us and the core.
    pub(crate) connection: Connection,
    /// How wide and how long the lines to the terminal and to the core are.
    pub(crate) link: Link,
    /// What fills the terminal.
    pub(crate) screen: Screen,
    /// What `esc` goes back to, last one first to go.
    pub(crate) back: Vec<Screen>,
    /// A question that waits for its answer.
    pub(crate) question: Option<Question>,
    /// The filter while it is being written.
    pub(crate) input: Option<Input>,
    /// The filter that `esc` goes back to while another is being written.
    pub(crate) filter_before: String,
    /// The palette while it is open.
    pub(crate) palette: Option<Palette>,
    /// What was called from the palette, newest first.
    pub(crate) recent: Vec<String>,
    /// The keys.
    pub(crate) keymap: Keymap,
    /// Who has the mouse.
    pub(crate) mouse: Mouse,
    /// One line that answers the last key.
    pub(crate) note: Option<Note>,
    /// The core's health.
    pub(crate) health: Option<Dated<Health>>,
    /// Whether all that the core has was heard once; what came since then are changes.
    pub(crate) has_snapshot: bool,
    /// What was looked at, as it is shown.
    pub(crate) checks: Checks,
    /// Every panel, by name.
    pub(crate) panels: Vec<Dated<Panel>>,
    /// The selected one of the panels that are listed.
    pub(crate) panel: usize,
    /// Which panels are listed, in which order.
    pub(crate) panel_table: PanelTable,
    /// The table of purchases.
    pub(crate) purchases: Purchases,
    /// The running job, else the last one.
    pub(crate) job: JobView,
    /// The last jobs.
    pub(crate) jobs: Jobs,
    /// The opened job of these.
    pub(crate) opened_job: Option<Box<OpenedJob>>,
    /// The opened item of a job.
    pub(crate) opened_item: Option<Box<OpenedItem>>,
    /// The opened purchase.
    pub(crate) details: Option<Details>,
    /// The opened panel.
    pub(crate) opened: Option<PanelView>,
    /// The first line of the keys that is shown.
    pub(crate) help_top: usize,
    /// Which part of the log is shown.
    pub(crate) log: LogView,
    /// The ladder to what customers reach.
    pub(crate) climb: Climb,
}

/// One line that answers the last key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// One sentence.
    pub(crate) text: String,
    /// When it goes.
    pub(crate) until: Timestamp,
}

/// Long enough to read a line twice.
const NOTE_STAYS: Duration = Duration::from_secs(10);

impl State {
    /// The first state: nothing known, nothing chosen.
    pub(crate) fn new(session: Session, clock: Clock, size: (u16, u16)) -> Self {
        Self {
            session,
            clock,
            size,
            connection: Connection::Connecting,
            link: Link::default(),
            screen: Screen::Overview,
            back: Vec::new(),
            question: None,
            input: None,
            filter_before: String::new(),
            palette: None,
            recent: Vec::new(),
            keymap: Keymap::default(),
            mouse: Mouse::default(),
            note: None,
            health: None,
            has_snapshot: false,
            checks: Checks::default(),
            panels: Vec::new(),
            panel: 0,
            panel_table: PanelTable::default(),
            purchases: Purchases::default(),
            job: JobView::default(),
            jobs: Jobs::default(),
            opened_job: None,
            opened_item: None,
            details: None,
            opened: None,
            help_top: 0,
            log: LogView::default(),
            climb: Climb::default(),
        }
    }

    /// Rows that a list has at most on this terminal.
    pub(crate) fn page(&self) -> usize {
        usize::from(self.size.1).saturating_sub(7).max(1)
    }

    /// Opens a screen on top of the one that is shown.
    pub(crate) fn open(&mut self, screen: Screen) {
        if self.screen != screen {
            self.back.push(self.screen);
            self.screen = screen;
        }
    }

    /// Goes one step back; from a screen that was not opened from another, to Overview.
    pub(crate) fn go_back(&mut self) {
        if self.has_marks() {
            self.purchases.marks = listed::Which::default();
        } else {
            // Who looked at the code did not ask for the links beside it.
            if self.screen == Screen::Code
                && let Some(open) = &mut self.details
            {
                open.secrets = Secrets::Masked;
            }
            self.screen = self.back.pop().unwrap_or(Screen::Overview);
        }
    }

    /// Goes to a screen that has a number; there is nothing to go back to.
    pub(crate) fn go_to(&mut self, screen: Screen) {
        self.back.clear();
        self.screen = screen;
    }

    /// The core's time zone as an offset, where its time of day is not the operator's.
    pub(crate) fn core_zone(&self) -> Option<TimeZone> {
        let minutes = self.health.as_ref()?.value.utc_offset_minutes?;
        let core = Offset::from_seconds(minutes.checked_mul(60)?).ok()?;
        let here = self.clock.zone.to_offset(self.clock.now());
        (core != here).then(|| core.to_time_zone())
    }

    /// What can be said in the operator's language.
    pub(crate) fn words(&self) -> &'static Messages {
        self.session.lang.say()
    }

    /// Says something in the note line.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        let now = self.clock.now();
        let until = now.checked_add(NOTE_STAYS).unwrap_or(now);
        self.note = Some(Note { text: text.into(), until });
    }

    /// Whether an action means something now: what does not is neither offered nor done.
    pub(crate) fn allows(&self, action: Action) -> bool {
        if action.changes() && self.session.access == Access::ReadOnly {
            return false;
        }
        match action {
            Action::Cancel => self.job.find_running().is_some(),
            Action::Retry => self.find_ended_job().is_some_and(|job| job::unsuccessful(job) > 0),
            Action::Force => self.job.find_final().is_some_and(|job| {
                job.held > 0
                    || job.state == JobState::Stopped
                    || job.panels.iter().any(|panel| panel.left_out.is_some())
            }),
            Action::FailedOnly if self.screen == Screen::Job => self.opened_job.is_some(),
            Action::FailedOnly => self.job.job.is_some(),
            Action::Show(Screen::Compare) => self.find_ended_job().is_some(),
            Action::UpdateOne | Action::DryRunOne => match self.screen {
                Screen::Details => self.details.is_some(),
                _ => self.purchases.rows.find_selected().is_some() || self.purchases.marked() > 0,
            },
            Action::Copy if self.is_on_ladder() => self.climb.find_fix().is_some(),
            Action::Open if self.is_on_ladder() => self.climb.find_selected().is_some(),
            Action::Report => self.climb.has_found(),
            Action::Copy | Action::CopyCommand | Action::Show(Screen::Code)
                if matches!(self.screen, Screen::Details | Screen::Code) =>
            {
                self.details.as_ref().is_some_and(|open| open.found.is_some())
            }
            Action::Mark | Action::Copy => self.purchases.rows.find_selected().is_some(),
            Action::MarkAll | Action::Export => self.purchases.rows.len() > 0,
            Action::Reveal if self.screen == Screen::Item => {
                self.find_changes().is_some_and(|changes| !changes.links.is_empty())
            }
            Action::Reveal => self.details.as_ref().is_some_and(|open| open.found.is_some()),
            Action::Open => match self.screen {
                Screen::Update => self.job.find_selected().is_some(),
                Screen::Panels => self.find_panel().is_some(),
                Screen::Jobs => self.jobs.find_selected().is_some(),
                Screen::Job => self
                    .opened_job
                    .as_ref()
                    .is_some_and(|open| open.items.find_selected().is_some()),
                Screen::Compare => self
                    .opened_job
                    .as_ref()
                    .is_some_and(|open| open.beside.find_selected().is_some()),
                Screen::Item => self.opened_item.is_some(),
                Screen::Logs => self.log.pane == Pane::Core && !self.log.records.is_empty(),
                _ => self.purchases.rows.find_selected().is_some(),
            },
            Action::Probe => self.find_panel().is_some() || self.health.is_none(),
            Action::RetryLogin => {
                self.find_panel().is_some_and(|panel| panel.value.login == Login::Refused)
            }
            Action::LogLevel | Action::Wrap => self.log.pane == Pane::Core,
            Action::Filter => self.screen != Screen::Logs || self.log.pane == Pane::Core,
            Action::Back => self.screen != Screen::Overview || self.has_marks(),
            _ => true,
        }
    }

    /// Whether the ladder, or one rung of it, is on the screen.
    pub(crate) fn is_on_ladder(&self) -> bool {
        matches!(self.screen, Screen::Troubleshoot | Screen::Evidence)
    }

    /// Whether the ladder is on the screen, or what `esc` leads back to.
    pub(crate) fn keeps_ladder(&self) -> bool {
        self.is_on_ladder() || self.back.contains(&Screen::Troubleshoot)
    }

    /// Whether marks are what `esc` takes away first.
    pub(crate) fn has_marks(&self) -> bool {
        self.screen == Screen::Purchases && self.purchases.marked() > 0
    }

    /// The panel that keys are about: the opened one on its screen, else the selected one.
    pub(crate) fn find_panel(&self) -> Option<&Dated<Panel>> {
        match &self.opened {
            Some(open) if self.screen == Screen::Panel => {
                self.panels.iter().find(|panel| panel.value.name == open.name)
            }
            _ => self.shown_panels().get(self.panel).copied(),
        }
    }

    /// The panels that are listed, in the order of the screen.
    pub(crate) fn shown_panels(&self) -> Vec<&Dated<Panel>> {
        self.panel_table.list(&self.panels, |panel| &panel.value)
    }

    /// Changes panels or their table; the selection stays on its panel, if that is still listed.
    pub(crate) fn follow_panel(&mut self, change: impl FnOnce(&mut Self)) {
        let name = |state: &Self| {
            state.shown_panels().get(state.panel).map(|panel| panel.value.name.clone())
        };
        let before = name(self);
        change(self);
        let shown = self.shown_panels();
        let place = shown.iter().position(|panel| Some(&panel.value.name) == before.as_ref());
        self.panel = place.unwrap_or(self.panel.min(shown.len().saturating_sub(1)));
    }

    /// The job that keys are about once it has ended: the opened one, else the last one.
    pub(crate) fn find_ended_job(&self) -> Option<&Job> {
        match (self.screen, &self.opened_job) {
            (Screen::Job | Screen::Compare, Some(open)) => {
                open.job.as_ref().map(|job| &job.value).filter(|job| job.state.is_final())
            }
            _ => self.job.find_final(),
        }
    }

    /// What would become of the opened item's links: whole, if they were asked for.
    pub(crate) fn find_changes(&self) -> Option<&Changes> {
        let open = self.opened_item.as_ref()?;
        let item = match &open.clear {
            Clear::Shown(item) => item.as_ref(),
            Clear::No | Clear::Asked => &open.item.as_ref()?.value,
        };
        item.changes.as_ref()
    }

    /// Whether an action stands in the footer: what would only have to wait, for another update or
    /// for the core, does not.
    pub(crate) fn offers(&self, action: Action) -> bool {
        let starts = matches!(
            action,
            Action::UpdateAll | Action::UpdateOne | Action::DryRunAll | Action::DryRunOne
        );
        let needs_core = action.changes() || matches!(action, Action::Probe | Action::Reveal);
        self.allows(action)
            && !(starts && self.job.find_running().is_some())
            && (!needs_core || self.connection.is_live())
    }

    /// Until the screen changes by itself. What idles is drawn once a minute.
    pub(crate) fn next_change(&self) -> Duration {
        let mut next = self.clock.until_next_minute();
        if let Some(at) = self.connection.next_attempt() {
            next = next.min(self.clock.until_next_second(at));
        }
        if let Some(note) = &self.note {
            let left = note.until.duration_since(self.clock.now());
            next = next.min(Duration::try_from(left).unwrap_or(Duration::ZERO));
        }
        if let Some(since) = self.connection.loss().and_then(|loss| loss.since) {
            next = next.min(link::until_next_age(since, self.clock.now()));
        }
        if self.shows_own_log() {
            next = next.min(Duration::from_secs(1));
        }
        if self.connection.is_live() && self.shows_running_time() {
            next = next.min(self.clock.until_next_second(self.running_since()));
        }
        if let Some(since) = self.opened.as_ref().and_then(PanelView::climbing_since) {
            next = next.min(self.clock.until_next_second(since));
        }
        if let Some(since) = self.climb.climbing_since().filter(|_| self.is_on_ladder()) {
            next = next.min(self.clock.until_next_second(since));
        }
        // A timer that fires a hair early would find the old second and be armed for nothing.
        next.max(Duration::from_millis(20))
    }

    /// Whether the console's own log is on the screen: it fills without a message.
    pub(crate) fn shows_own_log(&self) -> bool {
        self.screen == Screen::Logs && self.log.pane == Pane::Own
    }

    /// Whether one record of the core's log is on the screen.
    pub(crate) fn shows_record(&self) -> bool {
        self.screen == Screen::Logs && self.log.pane == Pane::Core && self.log.opened.is_some()
    }

    /// When the running time of the job, as it is shown, was zero.
    fn running_since(&self) -> Timestamp {
        let Some(job) = &self.job.job else { return self.clock.now() };
        let elapsed = Duration::from_millis(job.value.elapsed_ms);
        job.at.checked_sub(elapsed).unwrap_or(job.at)
    }

    fn shows_running_time(&self) -> bool {
        let countdown =
            self.panels.iter().any(|panel| panel.value.breaker.state == BreakerState::Open);
        match self.screen {
            Screen::Overview | Screen::Update => self.job.find_running().is_some(),
            Screen::Panels => countdown,
            Screen::Purchases
            | Screen::Logs
            | Screen::Troubleshoot
            | Screen::Evidence
            | Screen::Details
            | Screen::Code
            | Screen::Panel
            | Screen::Jobs
            | Screen::Compare
            | Screen::Item
            | Screen::Help => false,
            Screen::Job => self
                .opened_job
                .as_ref()
                .and_then(|open| open.job.as_ref())
                .is_some_and(|job| !job.value.state.is_final()),
        }
    }
}
