//! What the bot knows of a purchase's clients on panels.
//!
//! # Source
//!
//! Fact C9: `client_uuid` is nothing, one bare secret, or a JSON list of them, one an inbound;
//! `client_email` is what panels' e-mails end in.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Enough to find a purchase's clients in a panel's list.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClientKeys {
    /// UUIDs and passwords; each opens a customer's access.
    pub secrets: Vec<String>,
    /// Without the `in<inbound>.` that panels have before it.
    pub email: Option<String>,
}

/// `Debug` shows no secret.
impl fmt::Debug for ClientKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientKeys({} secrets)", self.secrets.len())
    }
}

impl ClientKeys {
    /// Reads the bot's two columns. What is neither a list of texts nor bare counts as nothing.
    #[must_use]
    pub fn parse(client_uuid: Option<&str>, client_email: Option<&str>) -> Self {
        let text = client_uuid.unwrap_or_default().trim();
        let list = match serde_json::from_str::<String>(text) {
            Ok(inner) => parse_list(&inner),
            Err(_) => parse_list(text),
        };
        let email = client_email.map(str::trim).filter(|email| !email.is_empty());
        Self {
            secrets: list.into_iter().filter(|secret| !secret.trim().is_empty()).collect(),
            email: email.map(str::to_owned),
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.email.is_none()
    }

    /// Tells one set of keys from another, without holding them.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for field in self.secrets.iter().map(String::as_str).chain(self.email.as_deref()) {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.update([u8::from(self.email.is_some())]);
        let mut first = [0; 8];
        first.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        format!("{:016x}", u64::from_be_bytes(first))
    }
}

fn parse_list(text: &str) -> Vec<String> {
    match serde_json::from_str::<Option<Vec<Option<String>>>>(text) {
        Ok(list) => list.unwrap_or_default().into_iter().flatten().collect(),
        // Bare, as it was before there were lists. Broken JSON is nobody's secret.
        Err(_) if text.starts_with(['[', '{', '"']) => Vec::new(),
        Err(_) => vec![text.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(client_uuid: Option<&str>, expected: &[&str]) {
        assert_eq!(ClientKeys::parse(client_uuid, None).secrets, expected, "{client_uuid:?}");
    }

    #[test]
    fn every_form_of_the_column_is_read() {
        check(None, &[]);
        check(Some(""), &[]);
        check(Some("null"), &[]);
        check(Some("[]"), &[]);
        check(Some("bc7eb549-af11"), &["bc7eb549-af11"]);
        check(Some(r#"["a", "9f/+=", null, ""]"#), &["a", "9f/+="]);
        check(Some(r#""[\"a\", \"b\"]""#), &["a", "b"]);
        check(Some(r#"["a", "#), &[]);
        check(Some(r#"{"a": 1}"#), &[]);
    }

    #[test]
    fn a_digest_tells_keys_apart_and_shows_none() {
        let digest = |uuid, email| ClientKeys::parse(uuid, email).digest();
        assert_ne!(digest(Some("a"), None), digest(Some("b"), None));
        assert_ne!(digest(Some("a"), None), digest(None, Some("a")));
        assert_eq!(digest(Some(r#"["a"]"#), Some(" u1 ")), digest(Some("a"), Some("u1")));
        assert_eq!(digest(None, None).len(), 16);
        let keys = ClientKeys::parse(Some("bc7eb549"), Some("u1"));
        assert_eq!(format!("{keys:?}"), "ClientKeys(1 secrets)");
    }
}
