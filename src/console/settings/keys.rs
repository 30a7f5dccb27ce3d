//! The keymap file: other keys for actions, everywhere or on one screen.
//!
//! ```toml
//! mouse = false
//!
//! [keys]
//! quit = ["Q", "ctrl-c"]
//! force = []                # no key; the palette still has it
//!
//! [keys.purchases]
//! update-these = "U"
//! ```
//!
//! Invariant: what [`print`] writes, [`parse`] reads as the same keys.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mouse;
use super::document::{Document, Mistake};
use crate::console::keymap::{Action, Key, Keymap, Row, Screen};
use crate::console::lang::Lang;

/// What a keymap file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct KeymapFile {
    pub(super) keymap: Keymap,
    pub(super) mouse: Mouse,
}

/// Reads a keymap file.
///
/// # Errors
///
/// Everything that is wrong with it, by line.
pub(super) fn parse(text: &str) -> Result<KeymapFile, Vec<Mistake>> {
    let (mut document, table) = Document::parse(text);
    let mut file = KeymapFile::default();
    let mut lines = Lines::new();
    for (name, value) in &table {
        match (name.as_ref().as_ref(), value.as_ref()) {
            ("mouse", DeValue::Boolean(true)) => file.mouse = Mouse::Ours,
            ("mouse", DeValue::Boolean(false)) => file.mouse = Mouse::Terminals,
            ("mouse", _) => document.complain(&value.span(), "mouse is true or false"),
            ("keys", DeValue::Table(keys)) => {
                everywhere(&mut document, keys, &mut file.keymap, &mut lines);
            }
            (other, _) => {
                let text = format!("{other:?} is not known here: there are mouse and [keys]");
                document.complain(&name.span(), text);
            }
        }
    }
    find_conflicts(&mut document, &file.keymap, &lines);
    document.end(file)
}

/// Where the keys of an action on a screen were written.
type Lines = BTreeMap<(&'static str, &'static str), Range<usize>>;

/// First what counts everywhere, then what counts on one screen.
fn everywhere(
    document: &mut Document<'_>,
    keys: &DeTable<'_>,
    keymap: &mut Keymap,
    lines: &mut Lines,
) {
    for (name, value) in keys {
        if !matches!(value.as_ref(), DeValue::Table(_)) {
            rebind(document, name, value, None, keymap, lines);
        }
    }
    for (name, value) in keys {
        let DeValue::Table(on_screen) = value.as_ref() else { continue };
        let Some(screen) = Screen::find(name.as_ref()) else {
            let screens = Screen::ALL.map(Screen::name).join(", ");
            let text = format!("there is no screen {:?}: there are {screens}", name.as_ref());
            document.complain(&name.span(), text);
            continue;
        };
        for (name, value) in on_screen {
            rebind(document, name, value, Some(screen), keymap, lines);
        }
    }
}

/// A name as it stands in the file.
type Name<'a> = Spanned<std::borrow::Cow<'a, str>>;

fn rebind(
    document: &mut Document<'_>,
    name: &Name<'_>,
    value: &Spanned<DeValue<'_>>,
    screen: Option<Screen>,
    keymap: &mut Keymap,
    lines: &mut Lines,
) {
    let mut keys = Vec::new();
    let texts = document.texts(value);
    let mut is_readable = !texts.is_empty() || value.as_ref().is_array();
    for (text, span) in texts {
        match Key::parse(&text) {
            Ok(key) if !keys.contains(&key) => keys.push(key),
            Ok(_) => {}
            Err(why) => {
                is_readable = false;
                document.complain(&span, format!("{text:?} {why}"));
            }
        }
    }
    let is_known = keymap.rows().iter().any(|row| {
        row.binding.action.name() == name.as_ref() && screen.is_none_or(|on| on == row.screen)
    });
    if !is_known {
        document.complain(&name.span(), unknown(keymap, name.as_ref(), screen));
    }
    // One mistake is told once: what cannot be read conflicts with nothing.
    if !is_readable {
        return;
    }
    keymap.rebind(name.as_ref(), screen, &keys);
    let touched = keymap.rows().iter().filter(|row| {
        row.binding.action.name() == name.as_ref() && screen.is_none_or(|on| on == row.screen)
    });
    for row in touched {
        lines.insert((row.screen.name(), row.binding.action.name()), name.span());
    }
}

fn unknown(keymap: &Keymap, name: &str, screen: Option<Screen>) -> String {
    let exists = keymap.rows().iter().any(|row| row.binding.action.name() == name);
    match screen {
        Some(screen) if exists => format!("{name} is not on the screen {}", screen.name()),
        _ => format!("there is no action {name:?}: `alamor keymap --default` lists them"),
    }
}

/// Keys with two actions on one screen, and screens that nobody could leave.
fn find_conflicts(document: &mut Document<'_>, keymap: &Keymap, lines: &Lines) {
    let mut told = Vec::new();
    for screen in Screen::ALL {
        let rows: Vec<_> = keymap.on(screen).collect();
        for (index, row) in rows.iter().enumerate() {
            let name = row.binding.action.name();
            let span = lines.get(&(screen.name(), name));
            let needed = matches!(row.binding.action, Action::Quit | Action::Back);
            if needed && row.keys.is_empty() {
                tell(document, &mut told, span, format!("{name} needs a key"));
            }
            for other in &rows[..index] {
                let Some(key) = row.keys.iter().find(|key| other.keys.contains(key)) else {
                    continue;
                };
                let (key, other) = (key.name(), other.binding.action.name());
                let others = lines.get(&(screen.name(), other));
                let place = others.map_or_else(
                    || "as it comes".to_owned(),
                    |span| format!("line {}", document.line(span)),
                );
                let text = match span {
                    Some(_) => format!(
                        "{key} is {other}'s already ({place}): one of the two needs another key"
                    ),
                    None => format!(
                        "{key} is {name}'s already (as it comes): one of the two needs another key"
                    ),
                };
                tell(document, &mut told, span.or(others), text);
            }
        }
    }
}

/// Once, although it is so on many screens.
fn tell(
    document: &mut Document<'_>,
    told: &mut Vec<(usize, String)>,
    span: Option<&Range<usize>>,
    text: String,
) {
    let span = span.cloned().unwrap_or(0..0);
    let mistake = (document.line(&span), text);
    if !told.contains(&mistake) {
        document.complain(&span, mistake.1.clone());
        told.push(mistake);
    }
}

/// What stands at the top of a printed file.
const HEADER: &str = "\
# Keys of the alamor console: $XDG_CONFIG_HOME/alamor/keymap.toml, else ~/.config/alamor/.
# A key is a character, ctrl-x, f1, or a name such as enter, esc, space, pgdn. [] is none.

# false: the terminal has the mouse, and selects text with it.
";

/// The whole keymap as a file that says the same.
pub(super) fn print(file: &KeymapFile) -> String {
    let usual = usual_keys(&file.keymap);
    let mut text = vec![HEADER.to_owned()];
    text.push(format!("mouse = {}\n\n[keys]\n", file.mouse == Mouse::Ours));
    let mut named = BTreeSet::new();
    for row in file.keymap.rows() {
        let name = row.binding.action.name();
        if named.insert(name) {
            let keys = usual.get(name).copied().unwrap_or(&row.keys);
            text.push(line(name, keys, &help(row)));
        }
    }
    for screen in Screen::ALL {
        let others: Vec<_> = file.keymap.on(screen).filter(|row| is_other(&usual, row)).collect();
        if !others.is_empty() {
            text.push(format!("\n[keys.{}]\n", screen.name()));
        }
        let lines = others.iter();
        text.extend(lines.map(|row| line(row.binding.action.name(), &row.keys, &help(row))));
    }
    text.concat()
}

/// A file is read wherever it is copied to: its comments are English.
fn help(row: &Row) -> String {
    (row.binding.help)(Lang::En.say())
}

/// Whether an action has other keys on this screen than on most.
fn is_other(usual: &BTreeMap<&'static str, &Vec<Key>>, row: &Row) -> bool {
    usual.get(row.binding.action.name()).is_some_and(|usual| **usual != row.keys)
}

/// The keys that an action has on most of its screens.
fn usual_keys(keymap: &Keymap) -> BTreeMap<&'static str, &Vec<Key>> {
    let mut usual: BTreeMap<&'static str, (&Vec<Key>, usize)> = BTreeMap::new();
    for row in keymap.rows() {
        let name = row.binding.action.name();
        let same = |other: &&Row| other.binding.action.name() == name && other.keys == row.keys;
        let count = keymap.rows().iter().filter(same).count();
        let known = usual.entry(name).or_insert((&row.keys, count));
        if known.1 < count {
            *known = (&row.keys, count);
        }
    }
    usual.into_iter().map(|(name, (keys, _))| (name, keys)).collect()
}

fn line(name: &str, keys: &[Key], help: &str) -> String {
    let keys: Vec<_> = keys.iter().map(|key| quoted(&key.name())).collect();
    let keys = match keys.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let start = format!("{name} = {keys}");
    format!("{start:<34} # {help}\n")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<(usize, String)> {
        let mistakes = parse(text).unwrap_err();
        mistakes.into_iter().map(|mistake| (mistake.line, mistake.text)).collect()
    }

    #[test]
    fn what_is_printed_is_read_as_the_same() {
        let changed = "mouse = false\n[keys]\nquit = [\"\\\"\", \"ctrl-c\"]\nforce = []\n\
                       [keys.purchases]\nupdate-all = \"\\\\\"\n[keys.panel]\nback = \"left\"\n";
        for file in [KeymapFile::default(), parse(changed).unwrap()] {
            let printed = print(&file);
            assert_eq!(parse(&printed).unwrap(), file, "{printed}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_lines() {
        let found = mistakes(
            "mause = true\n[keys]\nquit = \"hyper-q\"\nfly = \"f\"\nnext-row = 7\n\
             [keys.purchase]\nprobe = \"p\"\n[keys.moon]\nopen = \"o\"\n",
        );
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 4, 5, 7, 8], "{found:?}");
        assert!(found[2].1.contains("alamor keymap --default"), "{found:?}");
        assert!(found[4].1.contains("not on the screen purchase"), "{found:?}");
    }

    #[test]
    fn broken_toml_is_told_with_its_line() {
        let found = mistakes("[keys]\nquit = \n\nopen = ]\n");
        assert!(found.iter().any(|(line, _)| *line == 2), "{found:?}");
    }

    #[test]
    fn a_key_with_two_actions_on_one_screen_is_a_mistake_and_an_exchange_is_none() {
        let found = mistakes("[keys]\nretry = \"u\"\n");
        let text = "u is update-all's already (as it comes): one of the two needs another key";
        assert_eq!(found, [(2, text.to_owned())]);
        let found = mistakes("[keys]\nfilter = \"z\"\nsort = \"z\"\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].1.contains("line 2"), "{found:?}");
        assert!(parse("[keys]\nnext-row = \"k\"\nprevious-row = \"j\"\n").is_ok());
    }

    #[test]
    fn nobody_is_locked_in() {
        assert_eq!(mistakes("[keys]\nquit = []\n"), [(2, "quit needs a key".to_owned())]);
        assert_eq!(mistakes("[keys.logs]\nback = []\n"), [(2, "back needs a key".to_owned())]);
        assert!(parse("[keys]\nforce = []\n").is_ok());
    }
}
