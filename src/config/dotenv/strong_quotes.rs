//! The one form in which dotenvy 0.15.7 reads every value as it is.
//!
//! ```text
//! it's a \ and $x   ─▶   'it'\''s a '\\' and $x'
//! ```
//!
//! Inside `'…'` dotenvy expands nothing and knows no escape. But the part of it that looks for the
//! end of a line takes a `\` there for one, and would miss the closing quote after it. So `'` and
//! `\` stand outside, each behind a `\`: there both parts read alike.

/// `value` as the right side of a line for dotenvy.
pub(crate) fn strong_quoted(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for each in value.chars() {
        match each {
            '\'' | '\\' => quoted.extend(['\'', '\\', each, '\'']),
            _ => quoted.push(each),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_stand_outside() {
        assert_eq!(strong_quoted("it's"), r"'it'\''s'");
        assert_eq!(strong_quoted(r"a\"), r"'a'\\''");
        assert_eq!(strong_quoted("$x\ny"), "'$x\ny'");
        assert_eq!(strong_quoted(""), "''");
    }
}
