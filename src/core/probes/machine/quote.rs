//! Text of other programs, fit to be repeated.

use std::error::Error;
use std::ffi::OsStr;

/// The longest text that is repeated. A line on a screen is shorter, a report is not much longer.
const LONGEST: usize = 300;

/// One line of somebody else's, without what a terminal would obey, cut where it is long.
pub(crate) fn quote(text: &str) -> String {
    let visible = text.chars().map(|char| if char.is_whitespace() { ' ' } else { char });
    let mut kept = visible.filter(|char| !char.is_control() && !turns_writing(*char));
    let mut quoted: String = kept.by_ref().take(LONGEST).collect();
    if kept.next().is_some() {
        quoted.push('…');
    }
    quoted.trim().to_owned()
}

/// The first line that says something.
pub(in crate::core::probes) fn first_line(text: &str) -> Option<String> {
    text.lines().map(quote).find(|line| !line.is_empty())
}

/// A path, or any text, as one word of a command that can be copied.
pub(crate) fn word(text: impl AsRef<OsStr>) -> String {
    let text = quote(&text.as_ref().to_string_lossy());
    let is_plain = |char: char| char.is_alphanumeric() || "/._-+@:,=".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The innermost cause of an error, which is what an operator can act on; without addresses that
/// stand in the outer ones.
pub(in crate::core::probes) fn cause(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    quote(&inner.to_string())
}

/// Whether it changes the direction of what follows: a reason could be made to read as another.
///
/// # Source
///
/// Unicode 16, annex 9: the explicit directional marks, embeddings, overrides and isolates.
fn turns_writing(char: char) -> bool {
    matches!(char, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_repeated() {
        assert_eq!(quote("a\u{1b}[31mred\u{7}\u{9b}2J\tb\r\n"), "a[31mred2J b");
        assert_eq!(quote("up\u{202E}nwod"), "upnwod");
        assert_eq!(quote("a\u{061C}b\u{200F}c"), "abc");
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let quoted = quote(&"x".repeat(5_000));
        assert_eq!(quoted.chars().count(), LONGEST + 1);
        assert!(quoted.ends_with('…'));
    }

    #[test]
    fn a_path_is_one_word_whatever_stands_in_it() {
        let check = |path: &str, expected: &str| assert_eq!(word(path), expected);
        check("/srv/bot/.env", "/srv/bot/.env");
        check("/srv/my bot/$(reboot)", "'/srv/my bot/$(reboot)'");
        check("/srv/o'clock", r"'/srv/o'\''clock'");
        check("", "''");
    }

    #[test]
    fn empty_lines_are_no_first_line() {
        assert_eq!(
            first_line("\n \u{1b}\n nginx: [emerg] no\nmore"),
            Some("nginx: [emerg] no".into())
        );
        assert_eq!(first_line("\n\n"), None);
    }
}
