//! A link that was read, as the mould of those that differ from it in secret and name alone.
//!
//! A job makes every link of a panel by a pattern. Reading each of them again, to learn what it says,
//! takes longer than making it, and says only what is known.
//!
//! Invariants:
//! - What is cast is what reading its text would give, or it is not cast.
//! - Nothing of the secret of the link that was read is left in a mould.

use super::identity::Identity;
use super::parts::Parts;
use super::{LONGEST, ShareLink};

/// See the head of this file.
#[derive(Clone)]
pub(in crate::domain) struct Mould {
    /// Without secret and remark.
    parts: Parts,
    /// What stands before the secret in all that the link says of its client.
    prefix: String,
}

impl Mould {
    /// `prefix` is what a link of this kind says of its client before the secret, decoded: method
    /// and the server's part of `ss://`, else nothing. `None` if this one says something else.
    pub(in crate::domain) fn of(link: &ShareLink, prefix: &str) -> Option<Self> {
        let Parts { rest, identity, ref secret, .. } = link.0.parts;
        if Identity::of(&format!("{prefix}{secret}"), rest) != identity {
            return None;
        }
        let (secret, remark) = (String::new(), String::new());
        let parts = Parts { secret, remark, ..link.0.parts.clone() };
        Some(Self { parts, prefix: prefix.to_owned() })
    }

    /// The link with this secret and remark, `text` being how both are written into its place.
    ///
    /// `None` where only reading the text would tell what it says: if one of them has signs that
    /// mean something in a link.
    pub(in crate::domain) fn cast(
        &self,
        text: &str,
        secret: &str,
        remark: &str,
    ) -> Option<ShareLink> {
        if secret.is_empty() || !secret.bytes().all(is_plain) || text.len() > LONGEST {
            return None;
        }
        let identity = Identity::of(&format!("{}{secret}", self.prefix), self.parts.rest);
        let (secret, remark) = (secret.to_owned(), remark.to_owned());
        let parts = Parts { secret, remark, identity, ..self.parts.clone() };
        Some(ShareLink::new(text.to_owned(), parts))
    }
}

/// Signs that every reader takes as they are, escaped or not: those of a UUID, and of Base64.
pub(in crate::domain) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~/+=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: &str, prefix: &str, cast: &str) {
        let [link, expected] = [link, cast].map(|text| ShareLink::parse(text).unwrap());
        let mould = Mould::of(&link, prefix).unwrap();
        let cast = mould.cast(cast, expected.secret(), &expected.remark());
        assert_eq!(cast, Some(expected));
    }

    #[test]
    fn what_is_cast_is_what_would_be_read() {
        check(
            "vless://a@h:1?security=reality&sid=1#n",
            "",
            "vless://b@h:1?security=reality&sid=1#m",
        );
        check("trojan://a@h:1#n", "", "trojan://9f/+=@h:1#n");
        // aes:a, aes:b
        check("ss://YWVzOmE=@h:1#n", "aes:", "ss://YWVzOmI=@h:1#m");
        let vmess = |json| format!("vmess://{}", crate::domain::base64_text::encode(json));
        let [a, b] = [r#"{"add":"h","id":"a","port":1}"#, r#"{"add":"h","id":"b","port":1}"#];
        check(&vmess(a), "", &vmess(b));
    }

    #[test]
    fn what_only_reading_would_tell_is_not_cast() {
        let mould = Mould::of(&ShareLink::parse("vless://a@h:1").unwrap(), "").unwrap();
        for (text, secret) in [("vless://b:c@h:1", "b:c"), ("vless://@h:1", "")] {
            assert_eq!(mould.cast(text, secret, ""), None, "{text}");
        }
        assert_eq!(mould.cast(&"a".repeat(LONGEST + 1), "b", ""), None);
    }

    #[test]
    fn a_link_that_says_something_else_of_its_client_is_no_mould() {
        assert!(Mould::of(&ShareLink::parse("ss://YWVzOmE=@h:1#n").unwrap(), "chacha:").is_none());
    }
}
