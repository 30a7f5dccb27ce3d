//! Text in Base64, in all the kinds that panels and apps write.
//!
//! Padded or not, standard or URL-safe alphabet, in one line or wrapped: all are read. What we
//! write is standard, padded and on one line, but for a link that was made like a panel's.
//!
//! Deliberately absent: binary data. What does not decode to UTF-8 is no text, so it is `None`.

use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};
use base64::engine::{DecodePaddingMode, Engine as _};

/// Reads unpadded text, and forgives bits left over in the last character.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The text in one piece of Base64; blanks and line ends in it are skipped.
///
/// `None` if a character is of neither alphabet, or the bytes are not UTF-8.
///
/// # Source
///
/// Fact C7 of src/ARCHITECTURE.md.
pub(super) fn decode(piece: &str) -> Option<String> {
    let standard: Vec<u8> = piece
        .trim_end_matches(|end: char| end == '=' || end.is_ascii_whitespace())
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    String::from_utf8(LENIENT.decode(standard).ok()?).ok()
}

/// Standard alphabet, padded, one line, no newline at the end.
pub(super) fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

/// The kinds that stand in links, on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Standard,
    StandardUnpadded,
    UrlSafe,
    UrlSafeUnpadded,
}

impl Kind {
    pub(super) const ALL: [Self; 4] =
        [Self::Standard, Self::StandardUnpadded, Self::UrlSafe, Self::UrlSafeUnpadded];

    pub(super) fn encode(self, text: &str) -> String {
        match self {
            Self::Standard => STANDARD.encode(text),
            Self::StandardUnpadded => STANDARD_NO_PAD.encode(text),
            Self::UrlSafe => URL_SAFE.encode(text),
            Self::UrlSafeUnpadded => URL_SAFE_NO_PAD.encode(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(piece: &str, expected: Option<&str>) {
        assert_eq!(decode(piece).as_deref(), expected, "{piece:?}");
    }

    #[test]
    fn every_kind_of_base64_is_read() {
        check("aGVsbG8=", Some("hello"));
        check("aGVs\nbG8=\n", Some("hello"));
        check("aGVs\r\nbG8", Some("hello"));
        check("aGVsbG8==", Some("hello"));
        check("aGVsbG8", Some("hello"));
        check("w6k=", Some("é"));
        check("SGVsbG8-X18_", Some("Hello>__?"));
        check("SGVsbG8+X18/", Some("Hello>__?"));
        check("====", Some(""));
    }

    #[test]
    fn what_is_no_text_in_base64_is_none() {
        check("abcd", None);
        check("a", None);
        check("é", None);
        check("{}", None);
        check("aGVsbG8=garbage", None);
        check("vless://u@h:1#r", None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text: String) {
            prop_assert_eq!(decode(&encode(&text)), Some(text));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = decode(&text);
        }
    }
}
