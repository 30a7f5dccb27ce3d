//! `purchases.single_configs_json`: the links that the bot keeps for a purchase.
//!
//! ```text
//! ["vless://…#DE", "vless://…#\u0622\u0644\u0645\u0627\u0646"]
//! ```
//!
//! Read in every state that the bot's versions left it in; written as the bot writes it, to the
//! byte: so a row that did not change does not change.
//!
//! Deliberately absent: whether a line is a share link. What the bot kept is kept.

use std::fmt::{self, Write as _};

/// What the column holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    /// `NULL`, empty text, `null`, or an empty list.
    Nothing,
    /// At least one line, as it stands there.
    Lines(Vec<String>),
    /// Something is there, and nobody knows what it means. It serves as nothing.
    Unreadable,
}

impl Kept {
    /// None if nothing is kept, or nothing that can be read.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        match self {
            Self::Lines(lines) => lines,
            Self::Nothing | Self::Unreadable => &[],
        }
    }
}

/// Prints how many lines, never the lines: they hold secrets.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Lines(lines) => write!(f, "Lines({})", lines.len()),
            Self::Unreadable => f.write_str("Unreadable"),
        }
    }
}

/// Reads the column; `None` is `NULL`.
///
/// Some versions of the bot encoded the list twice: a JSON text that holds JSON.
///
/// # Source
///
/// Fact C9 of src/ARCHITECTURE.md.
#[must_use]
pub fn parse(json: Option<&str>) -> Kept {
    let json = json.unwrap_or_default();
    match serde_json::from_str::<String>(json) {
        Ok(inner) => parse_once(&inner),
        Err(_) => parse_once(json),
    }
}

fn parse_once(json: &str) -> Kept {
    if json.trim().is_empty() {
        return Kept::Nothing;
    }
    match serde_json::from_str::<Option<Vec<String>>>(json) {
        Ok(Some(lines)) if !lines.is_empty() => Kept::Lines(lines),
        Ok(_) => Kept::Nothing,
        Err(_) => Kept::Unreadable,
    }
}

/// Writes the column.
///
/// # Source
///
/// Python's `json.dumps` of a list of texts; fact C5 of src/ARCHITECTURE.md.
pub fn write<'a>(lines: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> String {
    let lines = lines.into_iter();
    // Nearly always nothing in them is special.
    let length: usize = lines.clone().map(|line| line.len() + 4).sum();
    let mut json = String::with_capacity(length + 2);
    json.push('[');
    for (index, line) in lines.enumerate() {
        if index > 0 {
            json.push_str(", ");
        }
        push_text(&mut json, line);
    }
    json.push(']');
    json
}

fn push_text(json: &mut String, text: &str) {
    json.push('"');
    // Not `all`: with no way out in the middle, many bytes are looked at at once.
    if text.bytes().fold(true, |so_far, byte| so_far & is_plain(byte)) {
        json.push_str(text);
    } else {
        push_special(json, text);
    }
    json.push('"');
}

fn push_special(json: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !is_plain(byte)) {
        let (plain, special) = rest.split_at(at);
        json.push_str(plain);
        let mut left = special.chars();
        match left.next() {
            Some('"') => json.push_str("\\\""),
            Some('\\') => json.push_str("\\\\"),
            Some('\n') => json.push_str("\\n"),
            Some('\r') => json.push_str("\\r"),
            Some('\t') => json.push_str("\\t"),
            Some('\u{8}') => json.push_str("\\b"),
            Some('\u{c}') => json.push_str("\\f"),
            Some(one) => push_escaped(json, one),
            None => {}
        }
        rest = left.as_str();
    }
    json.push_str(rest);
}

/// Whether it stands in a JSON text as it is.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

/// `\u0622`, and two of them for what is beyond 16 bits.
fn push_escaped(json: &mut String, one: char) {
    for unit in one.encode_utf16(&mut [0; 2]) {
        // Writing to a `String` cannot fail.
        let _ = write!(json, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TWO: [&str; 2] = ["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"];

    fn check(json: Option<&str>, expected: &Kept) {
        assert_eq!(&parse(json), expected, "{json:?}");
    }

    #[test]
    fn every_state_of_the_column_is_read() {
        let two = Kept::Lines(TWO.map(str::to_owned).to_vec());
        check(Some(r#"["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"]"#), &two);
        check(Some(r#"["vless://cached1@h:1#c1","vless://cached2@h:2#c2"]"#), &two);
        check(Some(r#""[\"vless://cached1@h:1#c1\", \"vless://cached2@h:2#c2\"]""#), &two);
        for nothing in ["", " ", "null", "[]", r#""[]""#, r#""""#, r#""null""#] {
            check(Some(nothing), &Kept::Nothing);
        }
        check(None, &Kept::Nothing);
        for unreadable in
            ["[1, 2]", "{oops", "{}", r#"["a", 1]"#, "7", "vless://a@h:1", r#""{oops""#]
        {
            check(Some(unreadable), &Kept::Unreadable);
        }
    }

    #[test]
    fn what_cannot_be_read_serves_as_nothing() {
        assert_eq!(Kept::Unreadable.lines(), &[] as &[String]);
        assert_eq!(parse(Some(r#"["a"]"#)).lines(), ["a"]);
    }

    #[test]
    fn the_column_is_written_as_python_writes_it() {
        assert_eq!(write(TWO), r#"["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"]"#);
        assert_eq!(write([]), "[]");
        // json.dumps(['vless://a@b:1#é', '\U0001f1e9"\\/\x7f\x00\b\f\n\r\t\x1f', ''])
        assert_eq!(
            write(["vless://a@b:1#é", "🇩\"\\/\x7f\0\u{8}\u{c}\n\r\t\x1f", ""]),
            r#"["vless://a@b:1#\u00e9", "\ud83c\udde9\"\\/\u007f\u0000\b\f\n\r\t\u001f", ""]"#,
        );
        // json.dumps(['آلمان'])
        assert_eq!(write(["آلمان"]), r#"["\u0622\u0644\u0645\u0627\u0646"]"#);
    }

    #[test]
    fn kept_links_are_not_printed() {
        assert_eq!(format!("{:?}", parse(Some(r#"["vless://secret@h:1"]"#))), "Lines(1)");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(lines in prop::collection::vec(any::<String>(), 1..8)) {
            let json = write(lines.iter().map(String::as_str));
            prop_assert!(json.is_ascii());
            prop_assert_eq!(parse(Some(&json)), Kept::Lines(lines));
        }

        #[test]
        fn no_text_panics(json: String) {
            let _ = parse(Some(&json));
        }
    }
}
