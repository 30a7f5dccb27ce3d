//! Which key does what, on which screen: one table for the keys, the footer and the help.
//!
//! ```text
//! a key ─▶ find_action(screen, key) ─▶ Action ─▶ update
//! footer, help ◀── bindings(screen)
//! ```
//!
//! Invariant: on one screen a key has one action.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::lang::{Lang, Messages};

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
    /// The console's own log.
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
    pub(crate) fn title(self, lang: Lang) -> String {
        let say = lang.say();
        match self {
            Self::Overview => say.screen_overview(),
            Self::Purchases => say.screen_purchases(),
            Self::Update => say.screen_update(),
            Self::Panels => say.screen_panels(),
            Self::Logs => say.screen_logs(),
            Self::Details => say.screen_purchase(),
            Self::Panel => say.screen_panel(),
            Self::Help => say.screen_keys(),
        }
    }
}

/// Something to say in whatever language.
pub(crate) type Said = fn(&Messages) -> String;

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
    /// For the footer; without one it is not shown there.
    pub(crate) label: Option<Said>,
    /// For the help.
    pub(crate) help: Said,
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

const LISTS: &[Screen] =
    &[Screen::Purchases, Screen::Update, Screen::Panels, Screen::Details, Screen::Panel];
const PAGES: &[Screen] = &[
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
    label: Option<Said>,
    help: Said,
) -> Binding {
    Binding { action, keys, screens, label, help }
}

use Action as A;
use Key::{Char, Code, Ctrl};
use KeyCode::{Down, End, Enter, Esc, Home, PageDown, PageUp, Up};
use Messages as M;
use Screen as S;

/// Every action with its keys, in the order of footer and help.
#[rustfmt::skip]
pub(crate) const BINDINGS: &[Binding] = &[
    bind(A::UpdateAll, &[Char('u')], &[S::Overview, S::Update, S::Panels], Some(M::key_update_all),
        M::help_update_all),
    bind(A::UpdateOne, &[Char('u')], &[S::Purchases, S::Details], Some(M::key_update_it),
        M::help_update_it),
    bind(A::UpdateAll, &[Char('U')], &[S::Purchases, S::Details], None,
        M::help_update_all),
    bind(A::Cancel, &[Char('x')], &[S::Update, S::Overview], Some(M::key_cancel),
        M::help_cancel),
    bind(A::Retry, &[Char('r')], &[S::Update, S::Overview], Some(M::key_retry),
        M::help_retry),
    bind(A::Force, &[Char('F')], &[S::Update], Some(M::key_force),
        M::help_force),
    bind(A::FailedOnly, &[Char('f')], &[S::Update], Some(M::key_failed_only),
        M::help_failed_only),
    bind(A::Open, &[Code(Enter)], &[S::Purchases, S::Update], Some(M::key_details),
        M::help_open_purchase),
    bind(A::Open, &[Code(Enter)], &[S::Panels], Some(M::key_details),
        M::help_open_panel),
    bind(A::Probe, &[Char('t')], &[S::Panels, S::Panel], Some(M::key_probe),
        M::help_probe),
    bind(A::RetryLogin, &[Char('r')], &[S::Panels, S::Panel], Some(M::key_retry_login),
        M::help_retry_login),
    bind(A::Filter, &[Char('/')], &[S::Overview, S::Purchases], Some(M::key_filter),
        M::help_filter),
    bind(A::Sort, &[Char('s')], &[S::Purchases], Some(M::key_sort), M::help_sort),
    bind(A::Rows(1), &[Char('j'), Code(Down)], LISTS, None, M::help_next_row),
    bind(A::Rows(-1), &[Char('k'), Code(Up)], LISTS, None, M::help_row_before),
    bind(A::Pages(1), &[Code(PageDown), Ctrl('f'), Char(' ')], PAGES, None, M::help_next_page),
    bind(A::Pages(-1), &[Code(PageUp), Ctrl('b')], PAGES, None, M::help_page_before),
    bind(A::First, &[Char('g'), Code(Home)], LISTS, None, M::help_first_row),
    bind(A::Last, &[Char('G'), Code(End)], PAGES, None, M::help_last_row),
    bind(A::Show(S::Overview), &[Char('1')], &[], None, M::screen_overview),
    bind(A::Show(S::Purchases), &[Char('2')], &[], None, M::screen_purchases),
    bind(A::Show(S::Update), &[Char('3')], &[], None, M::screen_update),
    bind(A::Show(S::Panels), &[Char('4')], &[], None, M::screen_panels),
    bind(A::Show(S::Logs), &[Char('5')], &[], None, M::screen_logs),
    bind(A::Show(S::Help), &[Char('?')], &[], Some(M::key_help), M::help_these_keys),
    bind(A::Back, &[Code(Esc)], &[], Some(M::key_back), M::help_back),
    bind(A::Redraw, &[Ctrl('l')], &[], None, M::help_redraw),
    bind(A::Suspend, &[Ctrl('z')], &[], None, M::help_suspend),
    bind(A::Quit, &[Char('q'), Ctrl('c')], &[], Some(M::key_quit), M::help_quit),
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
            assert!(
                !binding.keys.is_empty() && !(binding.help)(Lang::En.say()).is_empty(),
                "{binding:?}"
            );
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
