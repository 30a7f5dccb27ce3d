//! The key that opens the encrypted columns of the bot's database.
//!
//! Invariants:
//! - What [`EncryptionKey::parse`] accepts, the fernet crate accepts.
//! - Never printed.
//!
//! Deliberately absent: tokens (that is `database`).

use std::fmt;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};

/// A Fernet key has this many bytes (fact C10 of src/ARCHITECTURE.md).
const BYTES: usize = 32;

/// Base64 as Python reads it: bits that are left over in the last character do not matter.
/// Padding may be missing, which Python refuses; nothing can be meant by it but the same key.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A Fernet key in its one canonical spelling.
#[derive(Clone)]
pub struct EncryptionKey(SecretString);

/// The text is no Fernet key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAFernetKey;

impl EncryptionKey {
    /// Takes a key as the bot does: URL-safe or standard Base64, blanks around it.
    ///
    /// # Errors
    ///
    /// [`NotAFernetKey`] if `raw` is not 32 bytes in Base64.
    pub fn parse(raw: &str) -> Result<Self, NotAFernetKey> {
        let url_safe = raw.trim().replace('+', "-").replace('/', "_");
        let bytes = LENIENT.decode(url_safe).map_err(|_| NotAFernetKey)?;
        if bytes.len() != BYTES {
            return Err(NotAFernetKey);
        }
        Ok(Self(LENIENT.encode(bytes).into()))
    }

    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self(fernet::Fernet::generate_key().into())
    }

    /// The key itself, 44 characters, for the cipher or a file.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn check(raw: &str, expected: Option<&str>) {
        let key = EncryptionKey::parse(raw).ok();
        assert_eq!(key.as_ref().map(EncryptionKey::expose), expected, "{raw:?}");
        assert!(key.is_none_or(|key| fernet::Fernet::new(key.expose()).is_some()));
    }

    #[test]
    fn a_key_is_32_bytes_in_base64() {
        check(KEY, Some(KEY));
        check(&format!(" {KEY}\n"), Some(KEY));
        check(KEY.trim_end_matches('='), Some(KEY));
        check("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", Some(KEY));
        check(&format!("//++{}", &KEY[4..]), Some(&format!("__--{}", &KEY[4..])));
        check("", None);
        check("a 32 character key, as is said..", None);
        check(&KEY[4..], None);
        check(&format!("AAAA{KEY}"), None);
    }

    #[test]
    fn a_key_that_we_make_is_one_and_is_not_printed() {
        let key = EncryptionKey::generate();
        check(key.expose(), Some(key.expose()));
        assert_eq!(format!("{key:?}"), "EncryptionKey(…)");
    }
}
