//! Texts with their secrets as bytes: half as large as digits and Base64, which no compressor sees.
//!
//! ```text
//! a UUID in lower case                ─▶ FF and its 16 bytes
//! Base64 of text, padded              ─▶ FE, a length, and that text, folded
//! Base64 of bytes that are no text    ─▶ FD, a length, and the bytes
//! everything else                     ─▶ as it is: UTF-8 has none of these three
//! ```
//!
//! Lengths are two bytes, the lower one first.
//!
//! Invariants: what was folded is unfolded to the byte; what would not be is left as it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const UUID: u8 = 0xFF;
const BASE64_OF_TEXT: u8 = 0xFE;
const BASE64_OF_BYTES: u8 = 0xFD;

/// Where the dashes of a UUID are.
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// How long a UUID is as text.
const UUID_LENGTH: usize = 36;

/// Shorter runs are words.
const SHORTEST_BASE64: usize = 16;

/// Folds a text.
pub(crate) fn fold(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut folded = Vec::with_capacity(rest.len());
    while let Some(&first) = rest.first() {
        let length = if let Some(uuid) = uuid_of(rest) {
            folded.push(UUID);
            folded.extend(uuid.to_be_bytes());
            UUID_LENGTH
        } else {
            // A slash is a digit of Base64 as well, but none begins with one here: `ss://MjAy…`.
            let run = if first == b'/' { 1 } else { run_of_base64(rest) };
            let (run, _) = rest.split_at(run.max(1));
            if !fold_base64(run, &mut folded) {
                folded.extend_from_slice(run);
            }
            run.len()
        };
        rest = &rest[length..];
    }
    folded
}

/// The text again; `None` if nobody folded it.
pub(crate) fn unfold(folded: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(folded.len() * 2);
    unfold_into(folded, &mut text)?;
    String::from_utf8(text).ok()
}

fn unfold_into(mut rest: &[u8], text: &mut Vec<u8>) -> Option<()> {
    while let Some(at) = rest.iter().position(|byte| *byte >= BASE64_OF_BYTES) {
        text.extend_from_slice(&rest[..at]);
        let (mark, after) = rest[at..].split_first()?;
        if *mark == UUID {
            let (uuid, after) = after.split_first_chunk()?;
            write_uuid(u128::from_be_bytes(*uuid), text);
            rest = after;
            continue;
        }
        let (length, after) = after.split_first_chunk()?;
        let (inner, after) = after.split_at_checked(u16::from_le_bytes(*length).into())?;
        rest = after;
        if *mark == BASE64_OF_BYTES {
            write_base64(inner, text);
        } else {
            let mut decoded = Vec::with_capacity(inner.len() * 2);
            unfold_into(inner, &mut decoded)?;
            write_base64(&decoded, text);
        }
    }
    text.extend_from_slice(rest);
    Some(())
}

fn uuid_of(text: &[u8]) -> Option<u128> {
    let text = text.get(..UUID_LENGTH)?;
    let mut uuid = 0;
    for (place, &byte) in text.iter().enumerate() {
        uuid = match byte {
            b'-' if DASHES.contains(&place) => uuid,
            _ if DASHES.contains(&place) => return None,
            b'0'..=b'9' => uuid << 4 | u128::from(byte - b'0'),
            b'a'..=b'f' => uuid << 4 | u128::from(byte - b'a' + 10),
            _ => return None,
        };
    }
    Some(uuid)
}

fn write_uuid(uuid: u128, text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (index, byte) in uuid.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        text.extend([byte >> 4, byte & 0xF].map(|digit| DIGITS[usize::from(digit)]));
    }
}

/// How many characters from here on may be Base64, its padding among them.
fn run_of_base64(text: &[u8]) -> usize {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let digits = text.iter().take_while(|byte| is_digit(byte)).count();
    digits + text[digits..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Whether it was Base64 that is the same when it is written again.
fn fold_base64(run: &[u8], folded: &mut Vec<u8>) -> bool {
    if run.len() < SHORTEST_BASE64 || !run.len().is_multiple_of(4) {
        return false;
    }
    // Bits that say nothing are refused, so what is written again is the same.
    let Ok(decoded) = STANDARD.decode(run) else { return false };
    let (mark, inner) = match std::str::from_utf8(&decoded) {
        Ok(text) => (BASE64_OF_TEXT, fold(text)),
        Err(_) => (BASE64_OF_BYTES, decoded),
    };
    let Ok(length) = u16::try_from(inner.len()) else { return false };
    folded.push(mark);
    folded.extend(length.to_le_bytes());
    folded.extend(inner);
    true
}

fn write_base64(bytes: &[u8], text: &mut Vec<u8>) {
    let from = text.len();
    text.resize(from + bytes.len().div_ceil(3) * 4, 0);
    // It was made as long as it has to be.
    let _ = STANDARD.encode_slice(bytes, &mut text[from..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, length: usize) {
        let folded = fold(text);
        assert_eq!(folded.len(), length, "{text}: {folded:x?}");
        assert_eq!(unfold(&folded).as_deref(), Some(text));
    }

    #[test]
    fn secrets_are_folded_and_words_are_not() {
        check("vless://301b134f-402c-414e-ac57-dc7658116164@h:1#n", 8 + 17 + 6);
        check("vless://301B134F-402c-414e-ac57-dc7658116164@h:1#n", 50);
        check("301b134f-402c-414e-ac57-dc765811616", 35);
        check("base64:QWxhbW9yIERlbW8=", 7 + 3 + 11);
        check("base64:QWxhbW9yIERlbW9=", 23);
        check("base64:QWxhbW9yIERlbW8==", 24);
        check("reality-and-certificates/and/words", 34);
        check("ss://FjuKO2TJXJweLYAHVfu3FJTa6BET7zTPxFG1yQHLIk0=@h:2", 5 + 3 + 32 + 4);
    }

    #[test]
    fn base64_in_base64_is_folded_twice() {
        let secret = "301b134f-402c-414e-ac57-dc7658116164";
        let inner = STANDARD.encode(format!("{{\"id\": \"{secret}\"}}"));
        check(&format!("vmess://{inner}"), 8 + 3 + 8 + 17 + 2);
        check(&STANDARD.encode(&inner), 3 + 3 + 8 + 17 + 2);
    }

    #[test]
    fn what_nobody_folded_is_nothing() {
        for broken in [&[UUID, 1][..], &[BASE64_OF_TEXT, 9, 0, 1], &[BASE64_OF_BYTES, 1], &[0xC3]] {
            assert_eq!(unfold(broken), None, "{broken:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_unfolded_to_the_byte(
            text in "[ -~é]{0,40}",
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            uuid in any::<u128>(),
        ) {
            let mut digits = Vec::new();
            write_uuid(uuid, &mut digits);
            let uuid = String::from_utf8(digits).unwrap();
            let encoded = STANDARD.encode(&bytes);
            let text = format!("{text}{encoded}{uuid}{text}//{}", STANDARD.encode(&text));
            prop_assert_eq!(unfold(&fold(&text)), Some(text));
        }
    }
}
