//! The key that opens the admin API, as it may be and as it is found.
//!
//! Invariants:
//! - No key is printed, not even its length.
//! - Comparing takes as long for a wrong key as for the right one.
//!
//! Deliberately absent: headers and answers (that is `core`). A weak key is no error here: the bot
//! works with it, so it opens; only new keys must keep the rule.

use std::fmt;

use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The shortest good key, in characters (fact C12 of src/ARCHITECTURE.md).
const MIN_CHARS: usize = 16;

/// Characters of a key that we make: 48 letters and digits are 285 bits, and a double click in a
/// terminal selects the whole of it.
const FRESH_CHARS: usize = 48;

/// The key in the bot's published guide: everybody knows it.
const PUBLIC_DEFAULT: &str = "your-secret-key";

/// A key that keeps the rule.
///
/// Never printed: `Debug` is `ApiKey(…)`, whatever the key.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// Why a key does not keep the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// It can be guessed.
    #[error("is shorter than 16 characters")]
    TooShort,
    /// Something on its way may change it.
    #[error("has a character that is none of A-Z a-z 0-9 - _ .")]
    ForbiddenCharacter,
}

impl ApiKey {
    /// Takes a key without the blanks around it.
    ///
    /// # Errors
    ///
    /// [`WeakKey`] if it has fewer than 16 characters or one outside `A–Z a–z 0–9 - _ .`.
    ///
    /// # Source
    ///
    /// The rule of the bot's dialog, fact C12 of src/ARCHITECTURE.md.
    pub fn parse(raw: &str) -> Result<Self, WeakKey> {
        let key = raw.trim();
        if key.chars().count() < MIN_CHARS {
            return Err(WeakKey::TooShort);
        }
        let allowed = |each: char| each.is_ascii_alphanumeric() || "-_.".contains(each);
        if !key.chars().all(allowed) {
            return Err(WeakKey::ForbiddenCharacter);
        }
        Ok(Self(key.into()))
    }

    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self(Alphanumeric.sample_string(&mut rand::rng(), FRESH_CHARS).into())
    }

    /// The key itself, for a header or a file.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether `presented` is this key, in a time that does not depend on it.
    #[must_use]
    pub fn opens(&self, presented: &str) -> bool {
        are_equal(self.expose(), presented)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The key as the settings have it.
#[derive(Clone)]
pub enum AdminKey {
    /// None, an empty one, or the public default: nobody is let in.
    Unset,
    /// One that does not keep the rule. It opens all the same: the bot has it too.
    Weak {
        /// The key as it stands there, blanks and all.
        key: SecretString,
        /// What is wrong with it.
        why: WeakKey,
    },
    /// One that keeps the rule.
    Good(ApiKey),
}

impl AdminKey {
    /// Judges what the settings say.
    #[must_use]
    pub fn judge(raw: Option<&str>) -> Self {
        let Some(raw) = raw.filter(|raw| !["", PUBLIC_DEFAULT].contains(&raw.trim())) else {
            return Self::Unset;
        };
        match ApiKey::parse(raw) {
            Ok(key) if key.expose() == raw => Self::Good(key),
            Ok(_) => Self::Weak { key: raw.into(), why: WeakKey::ForbiddenCharacter },
            Err(why) => Self::Weak { key: raw.into(), why },
        }
    }

    /// Whether `presented` is the key, in a time that does not depend on it; `None` if there is
    /// no key that it could be.
    #[must_use]
    pub fn opens(&self, presented: &str) -> Option<bool> {
        self.expose().map(|key| are_equal(key, presented))
    }

    /// The key itself, for a header.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        match self {
            Self::Unset => None,
            Self::Weak { key, .. } => Some(key.expose_secret()),
            Self::Good(key) => Some(key.expose()),
        }
    }
}

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("Unset"),
            Self::Weak { why, .. } => write!(f, "Weak(…, {why:?})"),
            Self::Good(_) => f.write_str("Good(…)"),
        }
    }
}

/// Compares digests, which have one length whatever the keys' lengths are.
fn are_equal(key: &str, presented: &str) -> bool {
    Sha256::digest(key).as_slice().ct_eq(Sha256::digest(presented).as_slice()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Result<(), WeakKey>) {
        assert_eq!(ApiKey::parse(raw).map(drop), expected, "{raw:?}");
    }

    #[test]
    fn a_key_keeps_the_bots_rule() {
        check("my-secure-api-key-2024", Ok(()));
        check("alamor_vpn_admin_key_2024", Ok(()));
        check("admin.api.key.secure.123", Ok(()));
        check("  my-secure-api-key-2024\n", Ok(()));
        check("exactly-16-chars", Ok(()));
        check("only-15-charact", Err(WeakKey::TooShort));
        check("your-secret-key", Err(WeakKey::TooShort));
        check("short-key", Err(WeakKey::TooShort));
        check("", Err(WeakKey::TooShort));
        check("my key with space", Err(WeakKey::ForbiddenCharacter));
        check("key@with#symbols", Err(WeakKey::ForbiddenCharacter));
        check(r"key/with\slashes", Err(WeakKey::ForbiddenCharacter));
        check("очень-длинный-ключ", Err(WeakKey::ForbiddenCharacter));
    }

    #[test]
    fn a_key_that_we_make_is_long_good_and_new() {
        let (one, other) = (ApiKey::generate(), ApiKey::generate());
        assert!(one.expose().len() >= 43);
        assert_ne!(one.expose(), other.expose());
        assert!(ApiKey::parse(one.expose()).is_ok());
    }

    #[test]
    fn only_the_key_itself_opens() {
        let key = ApiKey::parse("my-secure-api-key-2024").unwrap();
        assert!(key.opens("my-secure-api-key-2024"));
        for wrong in
            ["", "my-secure-api-key-2025", "my-secure-api-key-202", "my-secure-api-key-2024 "]
        {
            assert!(!key.opens(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_weak_key_opens_and_the_public_default_is_none() {
        let weak = AdminKey::judge(Some("short-key"));
        assert!(matches!(weak, AdminKey::Weak { why: WeakKey::TooShort, .. }));
        assert_eq!((weak.opens("short-key"), weak.opens("short")), (Some(true), Some(false)));
        for raw in [None, Some(""), Some("  "), Some("your-secret-key"), Some(" your-secret-key ")]
        {
            assert_eq!(AdminKey::judge(raw).opens("your-secret-key"), None, "{raw:?}");
        }
    }

    #[test]
    fn a_key_with_blanks_around_it_opens_as_it_stands() {
        let key = AdminKey::judge(Some(" my-secure-api-key-2024"));
        assert!(matches!(key, AdminKey::Weak { why: WeakKey::ForbiddenCharacter, .. }));
        assert_eq!(key.opens(" my-secure-api-key-2024"), Some(true));
    }

    #[test]
    fn no_key_is_printed() {
        let good = AdminKey::judge(Some("my-secure-api-key-2024"));
        let weak = AdminKey::judge(Some("short-key"));
        assert_eq!(format!("{:?}", ApiKey::generate()), "ApiKey(…)");
        assert_eq!(format!("{good:?} {weak:?}"), "Good(…) Weak(…, TooShort)");
    }
}
