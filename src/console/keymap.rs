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

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    /// What it does.
    pub(crate) action: Action,
    /// The keys that do it unless a file says otherwise.
    keys: &'static [Key],
    /// Where; empty is everywhere.
    screens: &'static [Screen],
    /// For the footer; empty is not shown there.
    pub(crate) label: &'static str,
    /// For the help.
    pub(crate) help: &'static str,
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
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { action, keys, screens, label, help }
}

use Action as A;
use Key::{Char, Code, Ctrl};
use KeyCode::{BackTab, Down, End, Enter, Esc, Home, PageDown, PageUp, Tab, Up};
use Screen as S;

/// Every action with its keys, in the order of footer and help.
#[rustfmt::skip]
pub(crate) const BINDINGS: &[Binding] = &[
    bind(A::UpdateAll, &[Char('u')], &[S::Overview, S::Update, S::Panels], "update all",
        "update the links of every active purchase; asks first"),
    bind(A::UpdateOne, &[Char('u')], &[S::Purchases, S::Details], "update it",
        "update the links of this purchase, or of the marked ones; asks first"),
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
    bind(A::Probe, &[Char('t')], &[S::Panels, S::Panel], "probe",
        "look at this panel step by step, now"),
    bind(A::RetryLogin, &[Char('r')], &[S::Panels, S::Panel], "retry login",
        "let its refused login be tried again; asks first"),
    bind(A::Filter, &[Char('/')], &[S::Overview, S::Purchases], "filter",
        "filter: words, state:kept panel:fr-2 outcome:failed age:>3h user:77"),
    bind(A::Mark, &[Char(' ')], &[S::Purchases], "mark", "mark this row, or not, and go on"),
    bind(A::MarkAll, &[Char('*')], &[S::Purchases], "", "mark all that is listed, or nothing"),
    bind(A::Sort, &[Char('s')], &[S::Purchases], "sort", "sort by the next column"),
    bind(A::Reverse, &[Char('S')], &[S::Purchases], "", "sort the other way round"),
    bind(A::Copy, &[Char('y')], &[S::Purchases], "",
        "copy the ids of what is marked, else of this row"),
    bind(A::Export, &[Char('e')], &[S::Purchases], "",
        "write what is marked, else all that is listed, as CSV or JSON"),
    bind(A::Reveal, &[Char('v')], &[S::Details], "reveal",
        "show address and links in full until the screen is left; the core notes it"),
    bind(A::Rows(1), &[Char('j'), Code(Down)], LISTS, "", "next row"),
    bind(A::Rows(-1), &[Char('k'), Code(Up)], LISTS, "", "row before"),
    bind(A::Pages(1), &[Code(PageDown), Ctrl('f')], &[S::Purchases], "", "next screenful"),
    bind(A::Pages(1), &[Code(PageDown), Ctrl('f'), Char(' ')],
        &[S::Update, S::Panels, S::Details, S::Panel, S::Logs], "", "next screenful"),
    bind(A::Pages(-1), &[Code(PageUp), Ctrl('b')], PAGES, "", "screenful before"),
    bind(A::First, &[Char('g'), Code(Home)], LISTS, "", "first row"),
    bind(A::Last, &[Char('G'), Code(End)], PAGES, "", "last row"),
    bind(A::Show(S::Overview), &[Char('1')], &[], "", "Overview"),
    bind(A::Show(S::Purchases), &[Char('2')], &[], "", "Purchases"),
    bind(A::Show(S::Update), &[Char('3')], &[], "", "Update"),
    bind(A::Show(S::Panels), &[Char('4')], &[], "", "Panels"),
    bind(A::Show(S::Logs), &[Char('5')], &[], "", "Logs"),
    bind(A::Tabs(1), &[Code(Tab)], &[], "", "next screen"),
    bind(A::Tabs(-1), &[Code(BackTab)], &[], "", "screen before"),
    bind(A::Palette, &[Char(':')], &[], "", "palette: everything by its name, sort age, theme light"),
    bind(A::ToggleMouse, &[Char('m')], &[], "", "give the mouse to the terminal, to select text"),
    bind(A::Show(S::Help), &[Char('?')], &[], "help", "these keys"),
    bind(A::Back, &[Code(Esc)], &[], "back", "one step back; a job goes on"),
    bind(A::Redraw, &[Ctrl('l')], &[], "", "draw anew"),
    bind(A::Suspend, &[Ctrl('z')], &[], "", "stop; fg brings it back"),
    bind(A::Quit, &[Char('q'), Ctrl('c')], &[], "quit", "leave the console; a running core goes on"),
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
            assert!(!binding.keys.is_empty() && !binding.help.is_empty(), "{binding:?}");
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
