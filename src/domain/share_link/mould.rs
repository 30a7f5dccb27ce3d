//! A link that was read, as the mould of those that differ from it in secret and name alone.
//!
//! A job makes every link of a panel by a pattern. Reading each of them again, to learn what it says,
//! takes longer than making it, and says only what is known.
//!
//! Invariants:
//! - What is cast is what reading its text would give, or it is not cast.
//! - Nothing of the secret of the link that was read is left in a mould.

use std::sync::Arc;

use super::identity::Begun;
use super::parts::Destination;
use super::{LONGEST, Read, ShareLink};

/// See the head of this file.
#[derive(Clone)]
pub(in crate::domain) struct Mould {
    destination: Arc<Destination>,
    identity: Begun,
}

impl Mould {
    /// `prefix` is what a link of this kind says of its client before the secret, decoded: method
    /// and the server's part of `ss://`, else nothing. `None` if this one says something else.
    pub(in crate::domain) fn of(link: &ShareLink, prefix: &str) -> Option<Self> {
        let destination = Arc::clone(&link.0.destination);
        let identity = Begun::of(destination.rest, prefix);
        let is_right = identity.ended(link.secret()) == link.identity();
        is_right.then_some(Self { destination, identity })
    }

    /// The link with this secret and remark, `text` being how both are written into its place, with
    /// room for both behind it; the remark is in pieces.
    ///
    /// `None` where only reading the text would tell what it says: if one of them has signs that
    /// mean something in a link.
    pub(in crate::domain) fn cast(
        &self,
        text: String,
        secret: &str,
        remark: [&str; 3],
    ) -> Option<ShareLink> {
        if secret.is_empty() || !are_plain(secret) || text.len() > LONGEST {
            return None;
        }
        let (text_end, mut said) = (text.len(), text);
        said.push_str(secret);
        let secret_end = said.len();
        said.extend(remark);
        let (destination, identity) = (Arc::clone(&self.destination), self.identity.ended(secret));
        Some(ShareLink(Arc::new(Read { said, text_end, secret_end, destination, identity })))
    }
}

/// Whether a text has no signs but those that every reader takes as they are, escaped or not: those
/// of a UUID, and of Base64.
pub(in crate::domain) fn are_plain(text: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'=')
    };
    // Not `all`: with no way out in the middle, many bytes are looked at at once.
    text.bytes().fold(true, |so_far, byte| so_far & is_plain(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: &str, prefix: &str, cast: &str) {
        let [link, expected] = [link, cast].map(|text| ShareLink::parse(text).unwrap());
        let mould = Mould::of(&link, prefix).unwrap();
        let cast = mould.cast(cast.to_owned(), expected.secret(), [expected.remark(), "", ""]);
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
            assert_eq!(mould.cast(text.to_owned(), secret, [""; 3]), None, "{text}");
        }
        assert_eq!(mould.cast("a".repeat(LONGEST + 1), "b", [""; 3]), None);
    }

    #[test]
    fn a_link_that_says_something_else_of_its_client_is_no_mould() {
        assert!(Mould::of(&ShareLink::parse("ss://YWVzOmE=@h:1#n").unwrap(), "chacha:").is_none());
    }
}
