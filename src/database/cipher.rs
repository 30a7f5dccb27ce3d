//! The encrypted columns of the bot's `servers`: Fernet tokens, each with the bot's one key.
//!
//! # Source
//!
//! Fact C10. No age of a token is checked, as the bot does not.

use std::fmt;

use fernet::Fernet;
use secrecy::{ExposeSecret, SecretString};

/// Opens and makes the tokens.
#[derive(Clone)]
pub struct Cipher(Fernet);

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(…)")
    }
}

impl Cipher {
    /// `None` if the key is not 32 bytes in URL-safe Base64.
    #[must_use]
    pub fn new(key: &SecretString) -> Option<Self> {
        Fernet::new(key.expose_secret()).map(Self)
    }

    /// The text in a token; `None` if the token is damaged or of another key.
    #[must_use]
    pub fn decrypt(&self, token: &str) -> Option<String> {
        String::from_utf8(self.0.decrypt(token).ok()?).ok()
    }

    /// A token for `text`.
    #[must_use]
    pub fn encrypt(&self, text: &str) -> String {
        self.0.encrypt(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes 0 to 31, and two tokens that Python's cryptography made with it.
    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const URL: &str = "gAAAAABlU_EAAAECAwQFBgcICQoLDA0ODzjU4vggwGpvDzLmstgvrJn9zLVqF4aaGr9UoSoQrOOh4WP0oyFw-bjQxf95LnuVNOBV-uDJIrC8TjudbuyIm4hyk8RvZpr1su9p4CKNA8d6";
    const EMPTY: &str = "gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD7eteCFsVWnW2hqrh_bbxWG2kgARxHn5BD1_8db41B-9AjTeFsfNLWkqNE3aSOKVfQ==";

    fn cipher() -> Cipher {
        Cipher::new(&KEY.into()).unwrap()
    }

    #[test]
    fn tokens_that_python_made_are_opened() {
        assert_eq!(cipher().decrypt(URL).unwrap(), "https://panel.example.net:2053/base");
        assert_eq!(cipher().decrypt(EMPTY).unwrap(), "");
    }

    #[test]
    fn a_flipped_byte_is_noticed_wherever_it_is() {
        for position in 0..URL.len() {
            let mut token = URL.as_bytes().to_vec();
            token[position] = if token[position] == b'A' { b'B' } else { b'A' };
            let token = String::from_utf8(token).unwrap();
            assert_eq!(cipher().decrypt(&token), None, "byte {position}");
        }
    }

    #[test]
    fn what_is_encrypted_is_opened_again_and_the_key_is_never_printed() {
        assert_eq!(cipher().decrypt(&cipher().encrypt("پنل")).unwrap(), "پنل");
        assert_eq!(format!("{:?}", cipher()), "Cipher(…)");
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        assert!(Cipher::new(&"short".into()).is_none());
    }
}
