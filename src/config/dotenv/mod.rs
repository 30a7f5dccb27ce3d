//! The bot's `.env`: its text becomes variables, each with the line that sets it.
//!
//! ```text
//! text ─▶ statements ─▶ expand ─▶ strong quotes ─▶ dotenvy ─▶ variables
//!         the bot's rules         KEY='value'      loads
//! ```
//!
//! The bot loads its file with python-dotenv; dotenvy reads several lines otherwise (`A=My VPN`,
//! `pa$word`). So each statement is read by the bot's rules and handed to dotenvy in the one form
//! that both read alike.
//!
//! Start reading at [`Dotenv::parse`].
//!
//! Invariants:
//! - The same text gives the same variables as in the bot (fact C11 of src/ARCHITECTURE.md);
//!   `tests/fixtures/dotenv/vectors.json` was made by its loader.
//! - No text makes this panic. No value can be printed.
//!
//! Deliberately absent: reading files, changing the process environment, what a key means. Keys
//! that dotenvy cannot spell (`1A`, `a-b`) are read and dropped: no setting is spelled so.

mod statements;
mod expand;
mod strong_quotes;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;

use secrecy::SecretString;

use crate::config::environment::Environment;

pub use statements::Fault;
use statements::Statement;
pub(crate) use strong_quotes::strong_quoted;

/// What a `.env` sets, and what in it could not be read.
#[derive(Debug, Default)]
pub struct Dotenv {
    variables: BTreeMap<String, Variable>,
    faults: Vec<FaultyLine>,
}

/// One variable of a file. Any of them may be a secret, so none is ever shown.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The line, counted from 1, on which the statement begins that sets it.
    pub line: usize,
    /// The value; it may be empty.
    pub value: SecretString,
}

/// A statement that sets nothing, because it cannot be read.
#[derive(Clone, PartialEq, Eq)]
pub struct FaultyLine {
    /// The line, counted from 1, on which it begins.
    pub line: usize,
    /// The key, if it could be read. It may be part of a secret: a broken value of several lines.
    pub key: Option<String>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Debug for FaultyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyLine({}: {:?})", self.line, self.fault)
    }
}

impl Dotenv {
    /// Reads a whole file. `environment` is what `${NAME}` falls back to.
    ///
    /// A key without `=` sets nothing and hides an earlier line with that key, as in the bot.
    #[must_use]
    pub fn parse(text: &str, environment: &Environment) -> Self {
        let mut draft = Draft::default();
        for statement in statements::parse(&in_one_form(text)) {
            draft.apply(statement, environment);
        }
        let rewritten = draft.rewritten();
        // No line of ours is an error to dotenvy; the tests prove it.
        let loaded = dotenvy::from_read_iter(rewritten.as_bytes()).flatten();
        let variables = loaded
            .filter_map(|(key, value)| {
                let line = *draft.lines.get(&key)?;
                Some((key, Variable { line, value: value.into() }))
            })
            .collect();
        Self { variables, faults: draft.faults }
    }

    /// The variable that the file sets under this key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Variable> {
        self.variables.get(key)
    }

    /// The keys that the file sets.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// What could not be read, from the top of the file down.
    #[must_use]
    pub fn faults(&self) -> &[FaultyLine] {
        &self.faults
    }
}

/// What the statements so far have set.
#[derive(Default)]
struct Draft {
    /// `None`: a key without `=`. It has no value, not even the environment's, when expanded.
    values: HashMap<String, Option<String>>,
    lines: HashMap<String, usize>,
    faults: Vec<FaultyLine>,
}

impl Draft {
    fn apply(&mut self, statement: Statement, environment: &Environment) {
        match statement {
            Statement::Assignment { line, key, value } => {
                let value = expand::expand(&value, |name| match self.values.get(name) {
                    Some(earlier) => Some(earlier.as_deref().unwrap_or_default()),
                    None => environment.find(name),
                });
                self.lines.insert(key.clone(), line);
                self.values.insert(key, Some(value));
            }
            Statement::Bare { line, key } => {
                let key_again = Some(key.clone());
                self.faults.push(FaultyLine { line, key: key_again, fault: Fault::KeyAlone });
                self.values.insert(key, None);
            }
            Statement::Faulty { line, key, fault } => {
                self.faults.push(FaultyLine { line, key, fault });
            }
        }
    }

    /// The variables as dotenvy reads them.
    fn rewritten(&self) -> String {
        let mut text = String::new();
        for (key, value) in self.values.iter().filter(|(key, _)| is_spellable(key)) {
            if let Some(value) = value {
                text.extend([key, "=", &strong_quoted(value), "\n"]);
            }
        }
        text
    }
}

/// The text without a byte order mark and with `\n` as its only newline: what the bot's loader
/// gets to see, since it opens the file as text.
fn in_one_form(text: &str) -> String {
    text.strip_prefix('\u{FEFF}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n")
}

/// The place in `text` of the value that counts for `key`, its quotes included.
///
/// `None` if no line sets it, or the last one that names it sets nothing.
pub(crate) fn find_value(text: &str, key: &str) -> Option<Range<usize>> {
    let place = statements::find_value(&in_one_form(text), key)?;
    Some(in_text(text, place.start)..in_text(text, place.end))
}

/// Where in `text` stands what stands at `place` in its one form.
fn in_text(text: &str, place: usize) -> usize {
    let mark = text.strip_prefix('\u{FEFF}').map_or(0, |rest| text.len() - rest.len());
    let mut at = mark;
    for _ in 0..place {
        // The one newline that has two bytes.
        at += if text.as_bytes().get(at..at + 2) == Some(b"\r\n") { 2 } else { 1 };
    }
    at
}

/// Whether dotenvy takes `key` as a key.
fn is_spellable(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.chars().all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;
    use serde_json::Value;

    use super::*;

    fn read(text: &str) -> BTreeMap<String, String> {
        read_with(text, &Environment::default())
    }

    fn read_with(text: &str, environment: &Environment) -> BTreeMap<String, String> {
        Dotenv::parse(text, environment)
            .variables
            .into_iter()
            .map(|(key, variable)| (key, variable.value.expose_secret().to_owned()))
            .collect()
    }

    fn map_of(object: &Value) -> BTreeMap<String, String> {
        let pairs = object.as_object().unwrap().iter();
        pairs.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
    }

    #[test]
    fn every_text_is_read_as_the_bots_loader_reads_it() {
        let vectors = include_str!("../../../tests/fixtures/dotenv/vectors.json");
        let vectors: Value = serde_json::from_str(vectors).unwrap();
        let environment = Environment::from_iter(map_of(&vectors["environment"]));
        let cases = vectors["vectors"].as_array().unwrap();
        assert!(cases.len() >= 60);
        for case in cases {
            let text = case["text"].as_str().unwrap();
            let mut expected = map_of(&case["expected"]);
            expected.retain(|key, _| is_spellable(key));
            assert_eq!(read_with(text, &environment), expected, "{}: {text:?}", case["name"]);
        }
    }

    #[test]
    fn a_statement_is_skipped_where_the_bots_loader_skips_it() {
        let vectors = include_str!("../../../tests/fixtures/dotenv/vectors.json");
        let vectors: Value = serde_json::from_str(vectors).unwrap();
        for case in vectors["vectors"].as_array().unwrap() {
            let text = case["text"].as_str().unwrap();
            let bare: Vec<Value> = Dotenv::parse(text, &Environment::default())
                .faults()
                .iter()
                .filter(|faulty| faulty.fault != Fault::KeyAlone)
                .map(|faulty| faulty.line.into())
                .collect();
            assert_eq!(Value::Array(bare), case["skipped"], "{}: {text:?}", case["name"]);
        }
    }

    #[test]
    fn a_variable_knows_the_line_that_sets_it() {
        let file = Dotenv::parse("\n# c\nA=1\nB=\"x\r\ny\"\r\nC=3\nA=4", &Environment::default());
        let line = |key| file.find(key).map(|variable| variable.line);
        assert_eq!((line("A"), line("B"), line("C")), (Some(7), Some(4), Some(6)));
    }

    #[test]
    fn nothing_of_a_file_is_printed() {
        let text = "ADMIN_API_KEY=hunter2\n'hunter2\n";
        let file = Dotenv::parse(text, &Environment::default());
        assert!(!format!("{file:?}").contains("hunter2"));
        assert_eq!(file.faults().len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_written_in_quotes_is_read_back_the_same(
            map in proptest::collection::btree_map("[A-Za-z_][A-Za-z0-9_]{0,9}", "[^$\r\0]{0,30}", 0..8)
        ) {
            let text: String =
                map.iter().flat_map(|(k, v)| [k.clone(), "=".into(), for_the_bot(v), "\n".into()]).collect();
            prop_assert_eq!(read(&text), map);
        }

        #[test]
        fn no_text_makes_the_loader_panic(text in "(?s).{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn no_text_of_quotes_and_signs_makes_the_loader_panic(text in "[A='\"#\\\\ \n\r\t${}:export-]{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn every_value_survives_the_way_through_dotenvy(value in "(?s)[^\0]{0,40}", quotes in "['\\\\\n\r #$\"]{0,12}") {
            let value = value + &quotes;
            let text = format!("A={}\nB=1\n", strong_quoted(&value));
            let read: Vec<_> = dotenvy::from_read_iter(text.as_bytes()).map(Result::unwrap).collect();
            prop_assert_eq!(read, vec![("A".to_owned(), value), ("B".to_owned(), "1".to_owned())]);
        }
    }

    /// The quoted form of the bot's syntax.
    fn for_the_bot(value: &str) -> String {
        format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}
