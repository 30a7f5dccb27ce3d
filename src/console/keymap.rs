//! Which key does what, on which screen: one table for keys, footer, help, palette and file.
//!
//! ```text
//! BINDINGS ─▶ Keymap, as the operator's file changes it ─┬─▶ find_action(screen, key) ─▶ update
//!                                                        └─▶ on(screen) ─▶ footer, help, palette
//! ```
//!
//! Invariants:
//! - On one screen a key has one action, and an action one row.
//! - `quit` and `back` have a key on every screen.

use ratatui::crossterm::event::KeyCode;

pub(crate) use super::action::{Action, Screen};
pub(crate) use super::key::Key;
use super::lang::Messages;

/// Something to say in whatever language.
pub(crate) type Said = fn(&Messages) -> String;

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    /// What it does.
    pub(crate) action: Action,
    /// The keys that do it unless a file says otherwise.
    keys: &'static [Key],
    /// Where; empty is everywhere.
    screens: &'static [Screen],
    /// For the footer; without one it is not shown there.
    pub(crate) label: Option<Said>,
    /// For the help.
    pub(crate) help: Said,
}

impl Binding {
    /// Whether it counts on `screen`.
    fn is_on(&self, screen: Screen) -> bool {
        self.screens.is_empty() || self.screens.contains(&screen)
    }

    /// Whether it counts on every screen.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.screens.is_empty()
    }
}

const LISTS: &[Screen] = &[
    Screen::Overview,
    Screen::Purchases,
    Screen::Update,
    Screen::Panels,
    Screen::Details,
    Screen::Panel,
    Screen::Logs,
    Screen::Troubleshoot,
    Screen::Evidence,
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
use KeyCode::{BackTab, Down, End, Enter, Esc, Home, PageDown, PageUp, Tab, Up};
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
    bind(A::Open, &[Code(Enter)], &[S::Logs], Some(M::key_whole), M::help_whole),
    bind(A::LogLevel, &[Char('l')], &[S::Logs], Some(M::key_level), M::help_level),
    bind(A::Wrap, &[Char('w')], &[S::Logs], Some(M::key_wrap), M::help_wrap),
    bind(A::LogPane, &[Char('o')], &[S::Logs], Some(M::key_other_log), M::help_other_log),
    bind(A::Probe, &[Char('t')], &[S::Panels, S::Panel], Some(M::key_probe),
        M::help_probe),
    bind(A::Why, &[Char('t'), Code(Enter)], &[S::Overview], Some(M::key_why), M::help_why),
    bind(A::Why, &[Char('t')], &[S::Purchases], Some(M::key_why_purchase), M::help_why_purchase),
    bind(A::Why, &[Char('t')], &[S::Update, S::Logs, S::Details], None, M::help_why),
    bind(A::ClimbAgain, &[Char('r')], &[S::Troubleshoot, S::Evidence], Some(M::key_again), M::help_again),
    bind(A::Open, &[Code(Enter)], &[S::Troubleshoot], Some(M::key_evidence), M::help_evidence),
    bind(A::Copy, &[Char('y')], &[S::Troubleshoot, S::Evidence], Some(M::key_copy), M::help_copy_fix),
    bind(A::Report, &[Char('w')], &[S::Troubleshoot, S::Evidence], Some(M::key_report), M::help_report),
    bind(A::RetryLogin, &[Char('r')], &[S::Panels, S::Panel], Some(M::key_retry_login),
        M::help_retry_login),
    bind(A::Filter, &[Char('/')], &[S::Overview, S::Purchases], Some(M::key_filter),
        M::help_filter),
    bind(A::Filter, &[Char('/')], &[S::Logs], Some(M::key_filter), M::help_filter_logs),
    bind(A::Mark, &[Char(' ')], &[S::Purchases], Some(M::key_mark), M::help_mark),
    bind(A::MarkAll, &[Char('*')], &[S::Purchases], None, M::help_mark_all),
    bind(A::Sort, &[Char('s')], &[S::Purchases], Some(M::key_sort), M::help_sort),
    bind(A::Reverse, &[Char('S')], &[S::Purchases], None, M::help_reverse),
    bind(A::Copy, &[Char('y')], &[S::Purchases], None, M::help_copy),
    bind(A::Export, &[Char('e')], &[S::Purchases], None, M::help_export),
    bind(A::Copy, &[Char('y')], &[S::Details, S::Code], Some(M::key_copy), M::help_copy_address),
    bind(A::CopyCommand, &[Char('c')], &[S::Details], None, M::help_copy_command),
    bind(A::Show(S::Code), &[Char('o')], &[S::Details], Some(M::key_code), M::help_code),
    bind(A::Reveal, &[Char('v')], &[S::Details], Some(M::key_reveal), M::help_reveal),
    bind(A::Rows(1), &[Char('j'), Code(Down)], LISTS, None, M::help_next_row),
    bind(A::Rows(-1), &[Char('k'), Code(Up)], LISTS, None, M::help_row_before),
    bind(A::Pages(1), &[Code(PageDown), Ctrl('f')], &[S::Purchases], None, M::help_next_page),
    bind(A::Pages(1), &[Code(PageDown), Ctrl('f'), Char(' ')],
        &[S::Overview, S::Update, S::Panels, S::Details, S::Panel, S::Logs, S::Troubleshoot,
            S::Evidence], None, M::help_next_page),
    bind(A::Pages(-1), &[Code(PageUp), Ctrl('b')], LISTS, None, M::help_page_before),
    bind(A::First, &[Char('g'), Code(Home)], LISTS, None, M::help_first_row),
    bind(A::Last, &[Char('G'), Code(End)], LISTS, None, M::help_last_row),
    bind(A::Show(S::Overview), &[Char('1')], &[], None, M::screen_overview),
    bind(A::Show(S::Purchases), &[Char('2')], &[], None, M::screen_purchases),
    bind(A::Show(S::Update), &[Char('3')], &[], None, M::screen_update),
    bind(A::Show(S::Panels), &[Char('4')], &[], None, M::screen_panels),
    bind(A::Show(S::Logs), &[Char('5')], &[], None, M::screen_logs),
    bind(A::Show(S::Troubleshoot), &[Char('6')], &[], None, M::screen_troubleshoot),
    bind(A::Tabs(1), &[Code(Tab)], &[], None, M::help_next_tab),
    bind(A::Tabs(-1), &[Code(BackTab)], &[], None, M::help_tab_before),
    bind(A::Palette, &[Char(':')], &[], None, M::help_palette),
    bind(A::ToggleMouse, &[Char('m')], &[], None, M::help_mouse),
    bind(A::Show(S::Help), &[Char('?')], &[], Some(M::key_help), M::help_these_keys),
    bind(A::Back, &[Code(Esc)], &[], Some(M::key_back), M::help_back),
    bind(A::Save, &[Char('W')], &[], None, M::help_save),
    bind(A::Redraw, &[Ctrl('l')], &[], None, M::help_redraw),
    bind(A::Suspend, &[Ctrl('z')], &[], None, M::help_suspend),
    bind(A::Quit, &[Char('q'), Ctrl('c')], &[], Some(M::key_quit), M::help_quit),
];

/// A row of the table on one screen, with the keys that it has there.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Where it comes from.
    pub(crate) binding: &'static Binding,
    /// On which screen.
    pub(crate) screen: Screen,
    /// The keys that do it; the first one is shown.
    pub(crate) keys: Vec<Key>,
}

/// The keys as they are now.
#[derive(Debug, Clone)]
pub(crate) struct Keymap(Vec<Row>);

impl Default for Keymap {
    fn default() -> Self {
        let rows = Screen::ALL.into_iter().flat_map(|screen| {
            let on = BINDINGS.iter().filter(move |binding| binding.is_on(screen));
            on.map(move |binding| Row { binding, screen, keys: binding.keys.to_vec() })
        });
        Self(rows.collect())
    }
}

impl PartialEq for Keymap {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Row, &Row)| {
            (a.binding.action, a.screen, &a.keys) == (b.binding.action, b.screen, &b.keys)
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

impl Keymap {
    /// What `key` does on `screen`.
    pub(crate) fn find_action(&self, screen: Screen, key: Key) -> Option<Action> {
        self.on(screen).find(|row| row.keys.contains(&key)).map(|row| row.binding.action)
    }

    /// The rows that count on `screen`.
    pub(crate) fn on(&self, screen: Screen) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(move |row| row.screen == screen)
    }

    /// All rows, screen by screen.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The key of an action as it is shown, else its name for the palette.
    pub(crate) fn shown(&self, screen: Screen, action: Action) -> String {
        let row = self.on(screen).find(|row| row.binding.action == action);
        let key = row.and_then(|row| row.keys.first());
        key.map_or_else(|| format!(":{}", action.name()), |key| key.shown())
    }

    /// Gives the action called `name` other keys, on one screen or wherever it is. Says how often.
    pub(crate) fn rebind(&mut self, name: &str, screen: Option<Screen>, keys: &[Key]) -> usize {
        let wanted = |row: &&mut Row| {
            row.binding.action.name() == name && screen.is_none_or(|screen| screen == row.screen)
        };
        self.0.iter_mut().filter(wanted).map(|row| keys.clone_into(&mut row.keys)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn on_one_screen_a_key_has_one_action_and_an_action_one_row() {
        let keymap = Keymap::default();
        for screen in Screen::ALL {
            let (mut keys, mut names) = (HashSet::new(), HashSet::new());
            for row in keymap.on(screen) {
                let action = row.binding.action;
                assert!(names.insert(action.name()), "{action:?} twice on {screen:?}");
                for key in &row.keys {
                    assert!(keys.insert(*key), "{key:?} has two actions on {screen:?}");
                }
            }
        }
    }

    #[test]
    fn every_row_has_a_key_and_a_help_line() {
        for binding in BINDINGS {
            assert!(
                !binding.keys.is_empty()
                    && !(binding.help)(crate::console::lang::Lang::En.say()).is_empty(),
                "{binding:?}"
            );
        }
    }

    #[test]
    fn a_name_means_one_action() {
        let mut known = std::collections::HashMap::new();
        for binding in BINDINGS {
            let action = *known.entry(binding.action.name()).or_insert(binding.action);
            assert_eq!(action, binding.action);
            let name = binding.action.name();
            assert_eq!(Screen::find(name), None, "{name} would be two things in a file");
        }
    }

    #[test]
    fn what_a_key_does_depends_on_the_screen() {
        let keymap = Keymap::default();
        assert_eq!(keymap.find_action(S::Purchases, Char('u')), Some(A::UpdateOne));
        assert_eq!(keymap.find_action(S::Overview, Char('u')), Some(A::UpdateAll));
        assert_eq!(keymap.find_action(S::Help, Char('x')), None);
    }

    #[test]
    fn keys_are_given_anew_on_one_screen_or_on_all() {
        let mut keymap = Keymap::default();
        assert_eq!(keymap.rebind("update-all", Some(S::Purchases), &[Char('A')]), 1);
        assert_eq!(keymap.find_action(S::Purchases, Char('A')), Some(A::UpdateAll));
        assert_eq!(keymap.find_action(S::Overview, Char('u')), Some(A::UpdateAll));
        assert_eq!(keymap.rebind("quit", None, &[Ctrl('q')]), Screen::ALL.len());
        assert_eq!(keymap.find_action(S::Logs, Char('q')), None);
        assert_eq!(keymap.shown(S::Logs, A::Quit), "^Q");
        assert_eq!(keymap.rebind("quit", Some(S::Logs), &[]), 1);
        assert_eq!(keymap.shown(S::Logs, A::Quit), ":quit");
        assert_eq!(keymap.rebind("nothing", None, &[]), 0);
    }
}
