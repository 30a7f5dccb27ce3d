//! What there is to do on which screen, under names that stay: for keymap files and the palette.
//!
//! Invariant: a name means one action for ever; files of operators hold it.
//!
//! Deliberately absent: keys (`keymap`), and what an action does (`update`).

use super::lang::Lang;

/// What fills the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Screen {
    /// Everything at a glance.
    Overview,
    /// The table of purchases.
    Purchases,
    /// The job that runs, else the last one.
    Update,
    /// The table of panels.
    Panels,
    /// The core's log, and the console's own.
    Logs,
    /// The ladder to what customers reach.
    Troubleshoot,
    /// What was asked at one rung, and answered.
    Evidence,
    /// One purchase.
    Details,
    /// The address of a purchase as a QR code.
    Code,
    /// One panel.
    Panel,
    /// The keys.
    Help,
}

impl Screen {
    /// The screens that have a number, in its order.
    pub(crate) const TABS: [Self; 6] = [
        Self::Overview,
        Self::Purchases,
        Self::Update,
        Self::Panels,
        Self::Logs,
        Self::Troubleshoot,
    ];

    /// Every screen.
    pub(crate) const ALL: [Self; 11] = [
        Self::Overview,
        Self::Purchases,
        Self::Update,
        Self::Panels,
        Self::Logs,
        Self::Troubleshoot,
        Self::Evidence,
        Self::Details,
        Self::Code,
        Self::Panel,
        Self::Help,
    ];

    /// As it is called on the terminal.
    pub(crate) fn title(self, lang: Lang) -> String {
        let say = lang.say();
        match self {
            Self::Overview => say.screen_overview(),
            Self::Purchases => say.screen_purchases(),
            Self::Update => say.screen_update(),
            Self::Panels => say.screen_panels(),
            Self::Logs => say.screen_logs(),
            Self::Troubleshoot => say.screen_troubleshoot(),
            Self::Evidence => say.screen_evidence(),
            Self::Details => say.screen_purchase(),
            Self::Code => say.screen_code(),
            Self::Panel => say.screen_panel(),
            Self::Help => say.screen_keys(),
        }
    }

    /// As it is called in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Purchases => "purchases",
            Self::Update => "update",
            Self::Panels => "panels",
            Self::Logs => "logs",
            Self::Troubleshoot => "troubleshoot",
            Self::Evidence => "evidence",
            Self::Details => "purchase",
            Self::Code => "code",
            Self::Panel => "panel",
            Self::Help => "help",
        }
    }

    /// The one with this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.name() == name)
    }
}

/// What an operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Go to a screen.
    Show(Screen),
    /// Go to the screen with the number after, or before, this one's.
    Tabs(i8),
    /// Update every active purchase.
    UpdateAll,
    /// Update the opened purchase, the marked ones, or the selected one.
    UpdateOne,
    /// Cancel the running job.
    Cancel,
    /// Update again what did not succeed.
    Retry,
    /// Update again, and write also what would lose most of its links.
    Force,
    /// List only the items that did not succeed.
    FailedOnly,
    /// Climb the ladder to the selected, or the opened, panel.
    Probe,
    /// Let a refused login be tried again.
    RetryLogin,
    /// Look for the cause of what is selected, step by step.
    Why,
    /// Climb the ladder again from the selected rung.
    ClimbAgain,
    /// Write what the ladder found into a file.
    Report,
    /// Write a filter.
    Filter,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    /// Mark the selected row, or not, and go on to the next.
    Mark,
    /// Mark every listed row, or none.
    MarkAll,
    /// Copy the ids of what is marked, else of what is selected; of an opened purchase its address;
    /// of a rung its cure.
    Copy,
    /// Copy the command that updates this purchase by hand.
    CopyCommand,
    /// Write what is marked, else what is listed, into a file.
    Export,
    /// Show what is secret on this screen.
    Reveal,
    /// Show the other log: the core's, or the console's own.
    LogPane,
    /// Show what matters more, or less, of the log.
    LogLevel,
    /// Break long records, or cut them.
    Wrap,
    /// Save the screen as a picture.
    Save,
    /// Open the selected row.
    Open,
    /// Move the selection by rows.
    Rows(i64),
    /// Move the selection by screenfuls.
    Pages(i64),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Open the palette.
    Palette,
    /// Give the mouse to the terminal, or take it.
    ToggleMouse,
    /// Back to where one came from.
    Back,
    /// Draw everything again.
    Redraw,
    /// Stop, and go on with `fg`.
    Suspend,
    /// Leave.
    Quit,
}

impl Action {
    /// As it is called in files and in the palette.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Show(screen) => match screen {
                Screen::Overview => "show-overview",
                Screen::Purchases => "show-purchases",
                Screen::Update => "show-update",
                Screen::Panels => "show-panels",
                Screen::Logs => "show-logs",
                Screen::Troubleshoot => "show-troubleshoot",
                Screen::Evidence => "show-evidence",
                Screen::Details => "show-purchase",
                Screen::Code => "show-code",
                Screen::Panel => "show-panel",
                Screen::Help => "show-help",
            },
            Self::Tabs(by) if by < 0 => "previous-tab",
            Self::Tabs(_) => "next-tab",
            Self::UpdateAll => "update-all",
            Self::UpdateOne => "update-these",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Force => "force",
            Self::FailedOnly => "failed-only",
            Self::Probe => "probe",
            Self::RetryLogin => "retry-login",
            Self::Why => "why",
            Self::ClimbAgain => "again-from-here",
            Self::Report => "report",
            Self::Filter => "filter",
            Self::Sort => "sort",
            Self::Reverse => "reverse",
            Self::Mark => "mark",
            Self::MarkAll => "mark-all",
            Self::Copy => "copy",
            Self::CopyCommand => "copy-command",
            Self::Export => "export",
            Self::Reveal => "reveal",
            Self::LogPane => "other-log",
            Self::LogLevel => "log-level",
            Self::Wrap => "wrap",
            Self::Save => "save",
            Self::Open => "open",
            Self::Rows(by) if by < 0 => "previous-row",
            Self::Rows(_) => "next-row",
            Self::Pages(by) if by < 0 => "previous-page",
            Self::Pages(_) => "next-page",
            Self::First => "first",
            Self::Last => "last",
            Self::Palette => "palette",
            Self::ToggleMouse => "toggle-mouse",
            Self::Back => "back",
            Self::Redraw => "redraw",
            Self::Suspend => "suspend",
            Self::Quit => "quit",
        }
    }

    /// Whether it may change something at the core. A read-only console has none of these.
    pub(crate) fn changes(self) -> bool {
        matches!(
            self,
            Self::UpdateAll
                | Self::UpdateOne
                | Self::Cancel
                | Self::Retry
                | Self::Force
                | Self::RetryLogin
        )
    }
}
