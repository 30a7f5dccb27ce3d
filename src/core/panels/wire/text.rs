//! Bytes to text.

use encoding_rs::{Encoding, UTF_8};

/// Text in the charset that `kind`, a content type, names; UTF-8 if it names none.
///
/// A charset counts only where panels and proxies in front of them use it: ISO-8859-1 and
/// Windows' own. What is not right in it becomes the sign for that, never an error.
pub(super) fn decode(bytes: &[u8], kind: &str) -> String {
    let charset = charset(kind).unwrap_or(UTF_8);
    if charset.name().starts_with("windows-125") {
        return charset.decode_without_bom_handling(bytes).0.into_owned();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

fn charset(kind: &str) -> Option<&'static Encoding> {
    let named = kind.split(';').filter_map(|part| part.trim().split_once('='));
    let (_, label) = { named }.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    // WHATWG calls ISO-8859-1 windows-1252, which holds it.
    Encoding::for_label(label.trim().trim_matches('"').as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_a_charset_is_utf_8() {
        assert_eq!(decode("آلمان".as_bytes(), "text/plain"), "آلمان");
        assert_eq!(decode("é".as_bytes(), "text/plain; charset=utf-8"), "é");
        assert_eq!(decode("é".as_bytes(), "text/plain; charset=nonsense"), "é");
        assert_eq!(decode(b"\xE9", "text/plain"), "\u{FFFD}");
    }

    #[test]
    fn a_charset_that_is_named_is_used() {
        assert_eq!(decode(b"\xE9", "text/plain; charset=ISO-8859-1"), "é");
        assert_eq!(decode(b"\xC8", "text/plain;charset=\"windows-1256\""), "ب");
        assert_eq!(decode("é".as_bytes(), "text/plain; charset=utf-16"), "é", "nobody sends it");
    }
}
