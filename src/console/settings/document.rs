//! A TOML file as a tree in which everything knows its line.
//!
//! Deliberately absent: what the values mean.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mistake {
    /// Counted from 1.
    pub(super) line: usize,
    /// What, and what to do.
    pub(super) text: String,
}

/// `keymap.toml:3: what`, a line each.
pub(super) fn told(path: &Path, mistakes: &[Mistake]) -> Vec<String> {
    let tell = |mistake: &Mistake| format!("{}:{}: {}", path.display(), mistake.line, mistake.text);
    mistakes.iter().map(tell).collect()
}

/// A file while it is being read, with what was wrong so far.
pub(super) struct Document<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

impl<'a> Document<'a> {
    /// Parses as much as can be parsed.
    pub(super) fn parse(text: &'a str) -> (Self, DeTable<'a>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut document = Self { text, mistakes: Vec::new() };
        for error in errors {
            document.complain(&error.span().unwrap_or(0..0), error.message().to_owned());
        }
        (document, table.into_inner())
    }

    /// Something is wrong at `span`.
    pub(super) fn complain(&mut self, span: &Range<usize>, text: impl Into<String>) {
        let line = self.line(span);
        self.mistakes.push(Mistake { line, text: text.into() });
    }

    /// The line of a place, counted from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        1 + before.matches('\n').count()
    }

    /// The text of a value.
    pub(super) fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.as_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.complain(&value.span(), "a text in quotes stands here");
        }
        text
    }

    /// The texts of a value that is one or a list of them.
    pub(super) fn texts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(String, Range<usize>)> {
        match value.as_ref() {
            DeValue::Array(list) => {
                let texts = list.iter().map(|item| (self.text(item), item.span()));
                texts.filter_map(|(text, span)| Some((text?, span))).collect()
            }
            _ => self.text(value).map(|text| (text, value.span())).into_iter().collect(),
        }
    }

    /// `value` if nothing was wrong, else all that was, by line.
    pub(super) fn end<T>(mut self, value: T) -> Result<T, Vec<Mistake>> {
        self.mistakes.sort();
        if self.mistakes.is_empty() { Ok(value) } else { Err(self.mistakes) }
    }
}
