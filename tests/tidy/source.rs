//! A file as text, and its code alone: comments and literals blanked, every line where it was.

use std::path::{Path, PathBuf};

/// One Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// Without comments, and with empty literals.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: without_comments(text) }
    }
}

/// A path in the repository.
pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of the repository.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file below `folder`.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut entries: Vec<_> =
        std::fs::read_dir(root(folder)).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if entry.file_type().unwrap().is_dir() {
            found.extend(sources(&path));
        } else if entry.path().extension().is_some_and(|kind| kind == "rs") {
            found.push(Source::new(&path, &read(&path)));
        }
    }
    found
}

/// Blanks comments and the insides of literals; keeps every line break.
fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => line_end(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => block_end(&chars, at),
            '"' => string_end(&chars, at),
            'r' if !is_after_word(&chars, at) => raw_string_end(&chars, at),
            '\'' => char_end(&chars, at),
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.push(' ');
            code.extend(chars[at..end].iter().filter(|c| **c == '\n'));
            at = end;
        }
    }
    code
}

fn is_after_word(chars: &[char], at: usize) -> bool {
    // `br"…"` is a raw string too; a word that ends in r is none.
    let before = at.checked_sub(1).map(|before| chars[before]);
    let is_byte = before == Some('b') && !is_after_word(chars, at - 1);
    before.is_some_and(|c| c.is_alphanumeric() || c == '_') && !is_byte
}

fn line_end(chars: &[char], at: usize) -> usize {
    (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len())
}

fn block_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
    }
    chars.len()
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// Past `r"…"` or `r##"…"##`; `at` itself if it is none.
fn raw_string_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let is_end =
        |i: &usize| chars[*i] == '"' && (1..=hashes).all(|hash| chars.get(i + hash) == Some(&'#'));
    (at + 2 + hashes..chars.len()).find(is_end).map_or(chars.len(), |i| i + 1 + hashes)
}

/// Past `'x'` or `'\n'`; `at` itself if it is a lifetime.
fn char_end(chars: &[char], at: usize) -> usize {
    match chars.get(at + 1) {
        Some('\\') => (at + 3..chars.len()).find(|&i| chars[i] == '\'').map_or(at, |i| i + 1),
        Some(_) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

#[test]
fn comments_and_literals_are_blanked_and_lines_stay() {
    let check = |text: &str, code: &str| {
        assert_eq!(without_comments(text), code);
        assert_eq!(without_comments(text).lines().count(), text.lines().count());
    };
    check("a // crate::b\nc", "a  \nc");
    check("a /* x /* y */ \n */ b", "a  \n b");
    check(r#"f("use \" crate::b"); g"#, "f( ); g");
    check("f(r#\"a \" b\"#, br\"c\"); for r in s", "f( , b ); for r in s");
    check("'\"' 'a '\\'' '\\u{1f}' b", "  'a     b");
}
