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

    /// The same, behind what there is.
    pub(super) fn encode_to(self, written: &mut String, text: &str) {
        match self {
            Self::Standard => STANDARD.encode_string(text, written),
            Self::StandardUnpadded => STANDARD_NO_PAD.encode_string(text, written),
            Self::UrlSafe => URL_SAFE.encode_string(text, written),
            Self::UrlSafeUnpadded => URL_SAFE_NO_PAD.encode_string(text, written),
        }
    }

    /// Whether another kind encodes a text like this one, which `encoded` it so.
    pub(super) fn is_also(self, other: Self, encoded: &str) -> bool {
        let is_padded = |kind| matches!(kind, Self::Standard | Self::UrlSafe);
        let is_url_safe = |kind| matches!(kind, Self::UrlSafe | Self::UrlSafeUnpadded);
        let is_whole = || encoded.len().is_multiple_of(4) && !encoded.ends_with('=');
        // Not `any`: with no way out in the middle, many bytes are looked at at once.
        let is_of_one = |byte: u8| matches!(byte, b'+' | b'/' | b'-' | b'_');
        let is_of_both = || !encoded.bytes().fold(false, |found, byte| found | is_of_one(byte));
        (is_padded(self) == is_padded(other) || is_whole())
            && (is_url_safe(self) == is_url_safe(other) || is_of_both())
    }

    /// In bytes; no kind encodes a text of this length longer.
    pub(super) const fn longest(length: usize) -> usize {
        length.div_ceil(3) * 4
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
        fn where_two_kinds_agree_is_told_from_one(text in "[a-c~?>]{0,5}") {
            for one in Kind::ALL {
                let encoded = one.encode(&text);
                prop_assert!(encoded.len() <= Kind::longest(text.len()));
                for other in Kind::ALL {
                    prop_assert_eq!(one.is_also(other, &encoded), other.encode(&text) == encoded);
                }
            }
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = decode(&text);
        }
    }
}
