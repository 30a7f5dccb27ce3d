//! The statements of a `.env`, read by the rules of python-dotenv's `parser.py` (1.2.4).
//!
//! ```text
//! export KEY = value # comment      unquoted: ends at a blank and `#`, blanks around it are cut
//! KEY = 'literal'                   \' and \\ only; may have several lines
//! KEY = "escaped"                   \\ \' \" \a \b \f \n \r \t \v; others stay as they are
//! KEY                               sets nothing
//! ```
//!
//! Invariants:
//! - A statement that cannot be read costs its own line and never the rest of the file.
//! - Nothing is lost silently: what is no statement, comment or blank line is [`Faulty`].
//!
//! Deliberately absent: `${NAME}` (that is `expand.rs`), the file, what a key means.
//!
//! [`Faulty`]: Statement::Faulty

use std::ops::Range;

/// What one statement says. Lines are counted from 1.
#[derive(PartialEq, Eq)]
pub(super) enum Statement {
    /// `KEY=value`, unquoted and unescaped, not yet expanded.
    Assignment { line: usize, key: String, value: String },
    /// A key alone: no error in the bot, but it sets nothing.
    Bare { line: usize, key: String },
    /// The bot warns about it and goes on after it.
    Faulty { line: usize, key: Option<String>, fault: Fault },
}

/// Why a statement cannot be read, by what must be changed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no key before the `=`, or its quote does not end.
    #[error("has no key")]
    NoKey,
    /// A key stands alone. The bot takes that without a warning; it sets nothing.
    #[error("has a key alone, which sets nothing")]
    KeyAlone,
    /// Something other than `=` follows the key.
    #[error("has no = after its key")]
    NoEqualsSign,
    /// The quote that opens the value is never closed.
    #[error("has a quote that does not end")]
    OpenQuote,
    /// Something that is no comment follows the closing quote.
    #[error("has text after its closing quote")]
    TextAfterQuote,
}

/// All statements of `text`, whose only newline is `\n`.
pub(super) fn parse(text: &str) -> Vec<Statement> {
    let mut reader = Reader::new(text);
    std::iter::from_fn(|| reader.next_statement()).collect()
}

/// Where the value of the last statement with this key stands, as it is written; `None` if there is
/// none, or it has no `=`.
pub(super) fn find_value(text: &str, key: &str) -> Option<Range<usize>> {
    let mut reader = Reader::new(text);
    let mut found = None;
    while let Some(statement) = reader.next_statement() {
        match statement {
            Statement::Assignment { key: named, .. } if named == key => {
                found = Some(reader.value.clone());
            }
            Statement::Bare { key: named, .. } if named == key => found = None,
            _ => {}
        }
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// How long the whole is.
    length: usize,
    /// Where the last value that was read stands.
    value: Range<usize>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1, length: text.len(), value: 0..0 }
    }

    /// `None` at the end.
    fn next_statement(&mut self) -> Option<Statement> {
        let line = self.find_statement()?;
        let Some(key) = self.read_key() else {
            self.skip_line();
            return Some(Statement::Faulty { line, key: None, fault: Fault::NoKey });
        };
        Some(match self.read_value() {
            Ok(Some(value)) => Statement::Assignment { line, key, value },
            Ok(None) => Statement::Bare { line, key },
            Err(fault) => {
                self.skip_line();
                Statement::Faulty { line, key: Some(key), fault }
            }
        })
    }

    /// Skips what is no statement, and `export`; gives the line of the next one.
    fn find_statement(&mut self) -> Option<usize> {
        loop {
            self.take_while(is_blank);
            if self.rest.is_empty() {
                return None;
            }
            let line = self.line;
            self.skip_export();
            if !self.rest.starts_with('#') {
                return Some(line);
            }
            self.skip_line();
        }
    }

    /// `export` counts only with a blank after it: `export=1` sets a variable of that name.
    fn skip_export(&mut self) {
        if self.rest.strip_prefix("export").is_some_and(|after| after.starts_with(is_gap)) {
            self.take("export".len());
            self.take_while(is_gap);
        }
    }

    fn read_key(&mut self) -> Option<String> {
        if let Some(after) = self.rest.strip_prefix('\'') {
            let end = after.find('\'').filter(|&end| end > 0)?;
            return self.take(end + 2).get(1..=end).map(str::to_owned);
        }
        let key = self.take_while(|each| each != '=' && each != '#' && !is_blank(each));
        (!key.is_empty()).then(|| key.to_owned())
    }

    /// What follows the key, to the end of the line. `None`: no `=` and nothing else.
    fn read_value(&mut self) -> Result<Option<String>, Fault> {
        self.take_while(is_gap);
        if !self.rest.starts_with('=') {
            return self.end_line().then_some(None).ok_or(Fault::NoEqualsSign);
        }
        self.take(1);
        let gap = self.take_while(is_gap);
        let start = self.length - self.rest.len();
        let value = match self.rest.chars().next() {
            Some('#') if !gap.is_empty() => {
                // Before the gap: the comment needs it.
                self.value = start - gap.len()..start - gap.len();
                String::new()
            }
            Some(quote @ ('\'' | '"')) => {
                let value = self.read_quoted(quote).ok_or(Fault::OpenQuote)?;
                self.value = start..self.length - self.rest.len();
                value
            }
            _ => {
                let value = self.read_unquoted();
                self.value = start..start + value.len();
                value
            }
        };
        self.end_line().then_some(Some(value)).ok_or(Fault::TextAfterQuote)
    }

    fn read_quoted(&mut self, quote: char) -> Option<String> {
        let mut value = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, each)) = chars.next() {
            if each == quote {
                self.take(at + 1);
                return Some(value);
            }
            if each != '\\' {
                value.push(each);
                continue;
            }
            let (_, escaped) = chars.next()?;
            match unescape(quote, escaped) {
                Some(meant) => value.push(meant),
                None => value.extend(['\\', escaped]),
            }
        }
        None
    }

    fn read_unquoted(&mut self) -> String {
        let raw = self.take_while(|each| each != '\n');
        let mut before = None;
        let comment = raw.char_indices().find(|&(_, each)| {
            let starts = each == '#' && before.is_some_and(is_blank);
            before = Some(each);
            starts
        });
        let value = comment.map_or(raw, |(at, _)| raw.get(..at).unwrap_or(raw));
        value.trim_end_matches(is_blank).to_owned()
    }

    /// Takes blanks, a comment and the newline. `false`: something else stands there.
    fn end_line(&mut self) -> bool {
        self.take_while(is_gap);
        if self.rest.starts_with('#') {
            self.take_while(|each| each != '\n');
        }
        let ended = self.rest.is_empty() || self.rest.starts_with('\n');
        if ended {
            self.skip_line();
        }
        ended
    }

    fn skip_line(&mut self) {
        self.take_while(|each| each != '\n');
        self.take(1);
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|each| !accepts(each)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// Takes `bytes`, or what is left if that is less.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// What `\` and `escaped` mean in these quotes. `None`: themselves.
fn unescape(quote: char, escaped: char) -> Option<char> {
    match (quote, escaped) {
        (_, '\\' | '\'') | ('"', '"') => Some(escaped),
        ('"', 'a') => Some('\x07'),
        ('"', 'b') => Some('\x08'),
        ('"', 'f') => Some('\x0C'),
        ('"', 'n') => Some('\n'),
        ('"', 'r') => Some('\r'),
        ('"', 't') => Some('\t'),
        ('"', 'v') => Some('\x0B'),
        _ => None,
    }
}

/// Python's `\s`: Unicode's white space and the four information separators.
fn is_blank(each: char) -> bool {
    each.is_whitespace() || ('\x1C'..='\x1F').contains(&each)
}

/// A blank that does not end the line.
fn is_gap(each: char) -> bool {
    is_blank(each) && each != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, Option<&str>, Fault)]) {
        let faults: Vec<_> = parse(text)
            .into_iter()
            .filter_map(|statement| match statement {
                Statement::Faulty { line, key, fault } => Some((line, key, fault)),
                Statement::Bare { line, key } => Some((line, Some(key), Fault::KeyAlone)),
                Statement::Assignment { .. } => None,
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|&(line, key, fault)| (line, key.map(str::to_owned), fault))
            .collect();
        assert_eq!(faults, expected, "{text:?}");
    }

    #[test]
    fn a_fault_names_its_line_its_key_and_what_must_change() {
        check("A=1\n\nB=\"x\nC=1", &[(3, Some("B"), Fault::OpenQuote)]);
        check(
            "A='x' y\n=1\nB=2",
            &[(1, Some("A"), Fault::TextAfterQuote), (2, None, Fault::NoKey)],
        );
        check("ADMIN_API_KEY abc", &[(1, Some("ADMIN_API_KEY"), Fault::NoEqualsSign)]);
        check("A\nB=1", &[(1, Some("A"), Fault::KeyAlone)]);
        check("'A", &[(1, None, Fault::NoKey)]);
        check(
            "A=\"x\ny\" z\nB=\"",
            &[(1, Some("A"), Fault::TextAfterQuote), (3, Some("B"), Fault::OpenQuote)],
        );
    }
}
