//! Which key does what, on which screen: one table for the keys, the footer and the help.
//!
//! ```text
//! a key ─▶ find_action(screen, key) ─▶ Action ─▶ update
//! footer, help ◀── bindings(screen)
//! ```
//!
//! Invariant: on one screen a key has one action.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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
    /// One purchase.
    Details,
    /// One panel.
    Panel,
    /// The keys.
    Help,
}

impl Screen {
    /// The screens that have a number, in its order.
    pub(crate) const TABS: [Self; 5] =
        [Self::Overview, Self::Purchases, Self::Update, Self::Panels, Self::Logs];

    /// As it is called on the terminal.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Purchases => "Purchases",
            Self::Update => "Update",
            Self::Panels => "Panels",
            Self::Logs => "Logs",
            Self::Details => "Purchase",
            Self::Panel => "Panel",
            Self::Help => "Keys",
        }
    }
}

/// What an operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Go to a screen.
    Show(Screen),
    /// Update every active purchase.
    UpdateAll,
    /// Update the selected, or the opened, purchase.
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
    /// Write a filter.
    Filter,
    /// Sort by the next column.
    Sort,
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
    /// Back to where one came from.
    Back,
    /// Draw everything again.
    Redraw,
    /// Stop, and go on with `fg`.
    Suspend,
    /// Leave.
    Quit,
}

/// A key, as far as the table tells keys apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A character, with shift already in it.
    Char(char),
    /// Control and a character.
    Ctrl(char),
    /// Any key without a character.
    Code(KeyCode),
}

impl Key {
    /// The key of an event; `None` for combinations that mean nothing here.
    pub(crate) fn read(event: &KeyEvent) -> Option<Self> {
        let alt = event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER);
        match event.code {
            _ if alt => None,
            KeyCode::Char(char) if event.modifiers.contains(KeyModifiers::CONTROL) => {
                Some(Self::Ctrl(char.to_ascii_lowercase()))
            }
            KeyCode::Char(char) => Some(Self::Char(char)),
            code => Some(Self::Code(code)),
        }
    }

    /// As it is called on the terminal.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Char(char) => char.to_string(),
            Self::Ctrl(char) => format!("^{}", char.to_ascii_uppercase()),
            Self::Code(KeyCode::Enter) => "enter".to_owned(),
            Self::Code(KeyCode::Esc) => "esc".to_owned(),
            Self::Code(KeyCode::PageUp) => "pgup".to_owned(),
            Self::Code(KeyCode::PageDown) => "pgdn".to_owned(),
            Self::Code(code) => format!("{code:?}").to_lowercase(),
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    /// What it does.
    pub(crate) action: Action,
    /// The keys that do it; the first one is shown.
    pub(crate) keys: &'static [Key],
    /// Where; empty is everywhere.
    screens: &'static [Screen],
    /// For the footer; empty is not shown there.
    pub(crate) label: &'static str,
    /// For the help.
    pub(crate) help: &'static str,
}

impl Binding {
    /// Whether it counts on `screen`.
    pub(crate) fn is_on(&self, screen: Screen) -> bool {
        self.screens.is_empty() || self.screens.contains(&screen)
    }

    /// Whether it counts on every screen.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.screens.is_empty()
    }
}

const LISTS: &[Screen] = &[
    Screen::Purchases,
    Screen::Update,
    Screen::Panels,
    Screen::Details,
    Screen::Panel,
    Screen::Logs,
];

const fn bind(
    action: Action,
    keys: &'static [Key],
    screens: &'static [Screen],
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { action, keys, screens, label, help }
}

use Action as A;
use Key::{Char, Code, Ctrl};
use KeyCode::{Down, End, Enter, Esc, Home, PageDown, PageUp, Tab, Up};
use Screen as S;

/// Every action with its keys, in the order of footer and help.
#[rustfmt::skip]
pub(crate) const BINDINGS: &[Binding] = &[
    bind(A::UpdateAll, &[Char('u')], &[S::Overview, S::Update, S::Panels], "update all",
        "update the links of every active purchase; asks first"),
    bind(A::UpdateOne, &[Char('u')], &[S::Purchases, S::Details], "update it",
        "update the links of this purchase; asks first"),
    bind(A::UpdateAll, &[Char('U')], &[S::Purchases, S::Details], "",
        "update the links of every active purchase; asks first"),
    bind(A::Cancel, &[Char('x')], &[S::Update, S::Overview], "cancel",
        "cancel the running job; what has ended stays"),
    bind(A::Retry, &[Char('r')], &[S::Update, S::Overview], "retry failed",
        "update again what did not succeed in this job"),
    bind(A::Force, &[Char('F')], &[S::Update], "force",
        "update all, and write also what would lose most of its links"),
    bind(A::FailedOnly, &[Char('f')], &[S::Update], "failed only",
        "list only the items that did not succeed, or all again"),
    bind(A::Open, &[Code(Enter)], &[S::Purchases, S::Update], "details",
        "open the selected purchase"),
    bind(A::Open, &[Code(Enter)], &[S::Panels], "details",
        "open the selected panel"),
    bind(A::Open, &[Code(Enter)], &[S::Logs], "whole", "show this record with nothing left out"),
    bind(A::LogLevel, &[Char('l')], &[S::Logs], "level", "errors only, warnings as well, …, everything"),
    bind(A::Wrap, &[Char('w')], &[S::Logs], "wrap", "break long records, or cut them"),
    bind(A::LogPane, &[Code(Tab)], &[S::Logs], "other log", "the core's log, or this console's own"),
    bind(A::Probe, &[Char('t')], &[S::Panels, S::Panel], "probe",
        "look at this panel step by step, now"),
    bind(A::RetryLogin, &[Char('r')], &[S::Panels, S::Panel], "retry login",
        "let its refused login be tried again; asks first"),
    bind(A::Filter, &[Char('/')], &[S::Overview, S::Purchases], "filter",
        "filter: words, state:kept panel:fr-2 user:77 profile:x"),
    bind(A::Filter, &[Char('/')], &[S::Logs], "filter", "only records with this text; target:core::panels"),
    bind(A::Sort, &[Char('s')], &[S::Purchases], "sort", "sort by the next column"),
    bind(A::Rows(1), &[Char('j'), Code(Down)], LISTS, "", "next row"),
    bind(A::Rows(-1), &[Char('k'), Code(Up)], LISTS, "", "row before"),
    bind(A::Pages(1), &[Code(PageDown), Ctrl('f'), Char(' ')], LISTS, "", "next screenful"),
    bind(A::Pages(-1), &[Code(PageUp), Ctrl('b')], LISTS, "", "screenful before"),
    bind(A::First, &[Char('g'), Code(Home)], LISTS, "", "first row"),
    bind(A::Last, &[Char('G'), Code(End)], LISTS, "", "last row"),
    bind(A::Show(S::Overview), &[Char('1')], &[], "", "Overview"),
    bind(A::Show(S::Purchases), &[Char('2')], &[], "", "Purchases"),
    bind(A::Show(S::Update), &[Char('3')], &[], "", "Update"),
    bind(A::Show(S::Panels), &[Char('4')], &[], "", "Panels"),
    bind(A::Show(S::Logs), &[Char('5')], &[], "", "Logs"),
    bind(A::Show(S::Help), &[Char('?')], &[], "help", "these keys"),
    bind(A::Back, &[Code(Esc)], &[], "back", "back to the screen before; a job goes on"),
    bind(A::Save, &[Char('W')], &[], "", "save this screen as text, with colours, or as SVG"),
    bind(A::Redraw, &[Ctrl('l')], &[], "", "draw anew"),
    bind(A::Suspend, &[Ctrl('z')], &[], "", "stop; fg brings it back"),
    bind(A::Quit, &[Char('q'), Ctrl('c')], &[], "quit", "leave the console; a running core goes on"),
];

/// What `key` does on `screen`.
pub(crate) fn find_action(screen: Screen, key: Key) -> Option<Action> {
    bindings(screen).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// The rows that count on `screen`.
pub(crate) fn bindings(screen: Screen) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.is_on(screen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const ALL: [Screen; 8] =
        [S::Overview, S::Purchases, S::Update, S::Panels, S::Logs, S::Details, S::Panel, S::Help];

    #[test]
    fn on_one_screen_a_key_has_one_action() {
        for screen in ALL {
            let mut seen = HashSet::new();
            for key in bindings(screen).flat_map(|binding| binding.keys) {
                assert!(seen.insert(*key), "{key:?} has two actions on {screen:?}");
            }
        }
    }

    #[test]
    fn every_row_has_a_key_and_a_help_line() {
        for binding in BINDINGS {
            assert!(!binding.keys.is_empty() && !binding.help.is_empty(), "{binding:?}");
        }
    }

    #[test]
    fn keys_are_read_with_their_modifiers() {
        let key = |code, modifiers| Key::read(&KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Ctrl('c')));
        assert_eq!(key(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Char('G')));
        assert_eq!(key(KeyCode::Char('u'), KeyModifiers::ALT), None);
        assert_eq!(find_action(S::Purchases, Char('u')), Some(A::UpdateOne));
        assert_eq!(find_action(S::Overview, Char('u')), Some(A::UpdateAll));
        assert_eq!(find_action(S::Help, Char('x')), None);
    }
}
