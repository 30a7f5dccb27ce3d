//! The palette: everything that can be done here, by its name.
//!
//! ```text
//! ""          what was called last, then the table of actions
//! "updl"      what resembles it, best first: update-all, …
//! "sort ag"   what this one takes: sort age
//! "filter fr state:kept", "theme light", "theme ./my.toml"
//! ```
//!
//! Deliberately absent: what an entry does (`update/palette.rs`).

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use super::State;
use super::filter::Column;
use super::filtered::Filtered;
use super::panel_table::PanelColumn;
use crate::console::keymap::{Action, Said, Screen};
use crate::console::lang::Messages;
use crate::console::picture::PictureFormat;
use crate::console::theme::Theme;

/// Entries that are remembered as called last.
const RECENT: usize = 10;

/// Characters of what is written; what is longer is cut.
pub(crate) const MAX_TEXT: usize = 210;

/// The palette while it is open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Palette {
    /// What is written.
    pub(crate) input: Input,
    /// The chosen entry.
    pub(crate) selected: usize,
}

/// Something that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// As it is written.
    pub(crate) name: String,
    /// What it does.
    pub(crate) help: String,
    /// The key that does the same, if one does.
    pub(crate) key: String,
    /// What happens.
    pub(crate) deed: Deed,
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The same as a key.
    Act(Action),
    /// Begins to write this, which takes more.
    Write(&'static str),
    /// Filters the purchases.
    Filter(String),
    /// Sorts the purchases.
    Sort(Column),
    /// Sorts the panels.
    SortPanels(PanelColumn),
    /// Saves the screen as a picture.
    Save(PictureFormat),
    /// Changes the colours.
    Theme(String),
}

/// What takes more than its name.
const VERBS: [(&str, &str, Said); 4] = [
    ("filter ", "filter …", Messages::palette_filter),
    ("sort ", "sort …", Messages::palette_sort),
    ("theme ", "theme …", Messages::palette_theme),
    ("save ", "save …", Messages::palette_save),
];

/// The entries for what is written, best first.
pub(crate) fn entries(state: &State) -> Vec<Entry> {
    let Some(palette) = &state.palette else { return Vec::new() };
    let text = palette.input.value().trim_start();
    if let Some((verb, rest)) = text.split_once(' ') {
        match verb {
            "filter" => return vec![filter(state, rest.trim())],
            "sort" => return best(&state.recent, sorts(state), rest),
            "save" => return best(&state.recent, saves(state.words()), rest),
            "theme" => return themes(state, rest.trim()),
            _ => {}
        }
    }
    let rows = state.keymap.on(state.screen).filter(|row| {
        let action = row.binding.action;
        state.allows(action) && action != Action::Palette
    });
    let verbs = VERBS.into_iter().map(|(verb, name, help)| Entry {
        name: name.to_owned(),
        help: help(state.words()),
        key: String::new(),
        deed: Deed::Write(verb),
    });
    let actions = rows.map(|row| Entry {
        name: row.binding.action.name().to_owned(),
        help: (row.binding.help)(state.words()),
        key: row.keys.first().map(|key| key.shown()).unwrap_or_default(),
        deed: Deed::Act(row.binding.action),
    });
    best(&state.recent, actions.chain(verbs).collect(), text)
}

/// Remembers that an entry was called.
pub(crate) fn remember(recent: &mut Vec<String>, name: &str) {
    recent.retain(|known| known != name);
    recent.insert(0, name.to_owned());
    recent.truncate(RECENT);
}

fn filter(state: &State, text: &str) -> Entry {
    let list = Filtered::on(state.screen).unwrap_or(Filtered::Purchases);
    let help = match list.check(text) {
        Ok(()) => state.words().palette_list_these(),
        Err(mistake) => mistake.said(state.session.lang),
    };
    let deed = Deed::Filter(text.to_owned());
    Entry { name: format!("filter {text}"), help, key: String::new(), deed }
}

/// The orders of the panels on their screen; elsewhere those of the purchases.
fn sorts(state: &State) -> Vec<Entry> {
    let say = state.words();
    let entry = |name: &str, said: String, deed| Entry {
        name: format!("sort {name}"),
        help: say.palette_sort_by(said),
        key: String::new(),
        deed,
    };
    if state.screen == Screen::Panels {
        return PanelColumn::ALL
            .map(|column| entry(column.name(), column.said(say), Deed::SortPanels(column)))
            .to_vec();
    }
    Column::ALL.map(|column| entry(column.name(), column.said(say), Deed::Sort(column))).to_vec()
}

fn saves(say: &Messages) -> Vec<Entry> {
    let formats = [
        ("txt", say.answer_as_text(), PictureFormat::Text),
        ("ansi", say.answer_as_ansi(), PictureFormat::Ansi),
        ("svg", say.answer_as_svg(), PictureFormat::Svg),
    ];
    let entries = formats.map(|(name, help, format)| Entry {
        name: format!("save {name}"),
        help,
        key: String::new(),
        deed: Deed::Save(format),
    });
    entries.to_vec()
}

fn themes(state: &State, text: &str) -> Vec<Entry> {
    let theme = |name: &str, help: &str| Entry {
        name: format!("theme {name}"),
        help: help.to_owned(),
        key: String::new(),
        deed: Deed::Theme(name.to_owned()),
    };
    let known = Theme::NAMES.map(|name| theme(name, "other colours")).to_vec();
    let mut found = best(&state.recent, known, text);
    if text.contains(['/', '.']) {
        found.insert(0, theme(text, "the colours of this file"));
    }
    found
}

/// The entries that resemble `text`, best first; of equal ones what was called last.
fn best(recent: &[String], entries: Vec<Entry>, text: &str) -> Vec<Entry> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let (case, marks) = (CaseMatching::Ignore, Normalization::Smart);
    let pattern = Pattern::new(text, case, marks, AtomKind::Fuzzy);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, usize, Entry)> = Vec::new();
    for entry in entries {
        // A name counts for more than what is said of it.
        let by_name = pattern.score(Utf32Str::new(bare(&entry.name), &mut buffer), &mut matcher);
        let by_help = || pattern.score(Utf32Str::new(&entry.help, &mut buffer), &mut matcher);
        let score = by_name.map(|score| score + 1_000).or_else(by_help);
        let last = recent.iter().position(|known| *known == entry.name).unwrap_or(usize::MAX);
        if let Some(score) = score {
            found.push((score, last, entry));
        }
    }
    found.sort_by_key(|(score, last, _)| (std::cmp::Reverse(*score), *last));
    found.into_iter().map(|(_, _, entry)| entry).collect()
}

/// A name without the verb that is written already.
fn bare(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(_, rest)| if rest == "…" { name } else { rest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::live;

    fn names(text: &str, recent: &[&str]) -> Vec<String> {
        let mut state = live((80, 24));
        state.recent = recent.iter().map(|name| (*name).to_owned()).collect();
        state.palette = Some(Palette { input: Input::new(text.to_owned()), selected: 0 });
        entries(&state).into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn what_resembles_comes_first_whatever_its_case() {
        assert_eq!(names("UPDALL", &[])[0], "update-all");
        assert_eq!(names("purch", &[])[0], "show-purchases");
        assert_eq!(names("zzzz", &[]), [""; 0]);
    }

    #[test]
    fn without_a_text_what_was_called_last_comes_first() {
        let all = names("", &["show-logs", "quit"]);
        assert_eq!(&all[..2], ["show-logs", "quit"]);
        assert!(all.contains(&"update-all".to_owned()));
    }

    #[test]
    fn what_takes_more_lists_it() {
        assert_eq!(names("sort ex", &[])[0], "sort expires");
        assert_eq!(names("sort ", &[]).len(), Column::ALL.len());
        assert_eq!(names("theme lig", &[])[0], "theme light");
        assert_eq!(names("theme ./x.toml", &[])[0], "theme ./x.toml");
        assert_eq!(names("save ", &[]), ["save txt", "save ansi", "save svg"]);
        assert_eq!(names("save sv", &[])[0], "save svg");
        assert_eq!(names("filter state:kept", &[]), ["filter state:kept"]);
    }

    #[test]
    fn what_was_called_is_remembered_once_and_not_for_ever() {
        let mut recent = Vec::new();
        for index in 0..20 {
            remember(&mut recent, &format!("a{index}"));
        }
        remember(&mut recent, "a15");
        assert_eq!((recent.len(), recent[0].as_str()), (RECENT, "a15"));
    }
}
