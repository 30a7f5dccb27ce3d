//! One share link: `vless://…`, `vmess://…`, `trojan://…` and their kin.
//!
//! ```text
//! text ─▶ ShareLink::parse ─┬─ vmess.rs        Base64 of JSON
//!                           ├─ shadowsocks.rs  three forms of ss://
//!                           └─ url_form.rs     everything else
//! a link like one that was read ─▶ mould.rs    nothing is read again
//! many links of one panel       ─▶ reader.rs   where they lead to is read once
//! ```
//!
//! Invariants:
//! - A link keeps its exact text; what is served is what was read.
//! - The identity of a link does not depend on its remark.
//! - The secret of a link is in no `Debug`.
//!
//! Deliberately absent: `http://` and `https://`, which are addresses and not share links, and any
//! judgement of what a remark says (see `remark.rs`).
//!
//! Formats: fact C15 of src/ARCHITECTURE.md.

mod identity;
mod parts;
mod url_form;
mod shadowsocks;
mod vmess;
mod anatomy;
mod mould;
mod reader;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use self::parts::{Destination, Parts, lower_case};

pub(in crate::domain) use self::anatomy::{Anatomy, value_of, with_pair};
pub use self::identity::{Endpoint, Identity};
pub(in crate::domain) use self::mould::{Mould, are_plain};
pub use self::reader::LinkReader;

/// One share link, with the exact text that it came in. Shared: it goes through many hands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ShareLink(Arc<Read>);

/// What was read.
#[derive(PartialEq, Eq, Hash)]
struct Read {
    /// The text, the secret and the remark, one behind the other: one allocation for all three.
    said: String,
    text_end: usize,
    secret_end: usize,
    destination: Arc<Destination>,
    identity: Identity,
}

/// A line that is no share link.
///
/// Does not hold the line: it may be a half-written link with its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a share link")]
pub struct NotALink;

/// What is escaped in a remark: all but the letters that RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest link in bytes. Links with every field that panels know are a tenth of this.
const LONGEST: usize = 16 * 1024;

impl ShareLink {
    /// Reads one line; blanks and line ends around it are dropped.
    ///
    /// A scheme that we do not know is a link too, if it has a user info, a host and a port:
    /// panels pass on links of other makes.
    ///
    /// # Errors
    ///
    /// [`NotALink`] for everything else.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        let text = text.trim();
        if text.len() > LONGEST || has_control(text) {
            return Err(NotALink);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotALink)?;
        let scheme = canonical_scheme(scheme).ok_or(NotALink)?;
        let parts = match scheme.as_str() {
            "http" | "https" => None,
            "ss" => shadowsocks::parse(rest),
            "tg" => url_form::parse_telegram(rest),
            "vmess" => vmess::parse(rest).or_else(|| url_form::parse(&scheme, rest)),
            _ => url_form::parse(&scheme, rest),
        };
        let Parts { destination, secret, remark, identity } = parts.ok_or(NotALink)?;
        Ok(Self::new(text, &secret, &remark, Arc::new(destination), identity))
    }

    fn new(
        text: &str,
        secret: &str,
        remark: &str,
        destination: Arc<Destination>,
        identity: Identity,
    ) -> Self {
        let (text_end, secret_end) = (text.len(), text.len() + secret.len());
        let said = [text, secret, remark].concat();
        Self(Arc::new(Read { said, text_end, secret_end, destination, identity }))
    }

    /// The text as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.said[..self.0.text_end]
    }

    /// Lower case; `hy2` is `hysteria2`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.0.destination.scheme
    }

    /// What a client proves itself with, decoded: UUID, password or key; never empty.
    ///
    /// For `ss://` without the method, and for its `2022-…` methods without the server's part; for
    /// `tuic://` the UUID.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0.said[self.0.text_end..self.0.secret_end]
    }

    /// As written, IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.0.destination.host
    }

    /// The first one, where there is a range.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.destination.port
    }

    /// The name that apps show, decoded; empty if there is none.
    #[must_use]
    pub fn remark(&self) -> &str {
        &self.0.said[self.0.secret_end..]
    }

    /// The same for the same link under another name, or with REALITY's random fields drawn anew.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.0.identity
    }

    /// Scheme, secret, host and port.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        let port = self.port().to_string();
        Endpoint::of([self.scheme(), self.secret(), &lower_case(self.host()), &port])
    }

    /// The same link under another name. `tg://` has no name and stays as it is.
    #[must_use]
    pub fn with_remark(&self, remark: &str) -> Self {
        if self.scheme() == "tg" {
            return self.clone();
        }
        let destination = Arc::clone(&self.0.destination);
        Self::new(&self.renamed(remark), self.secret(), remark, destination, self.0.identity)
    }

    fn renamed(&self, remark: &str) -> String {
        let json = match self.as_str().split_once("://") {
            Some((scheme, rest)) if self.scheme() == "vmess" => {
                vmess::with_remark(rest, remark).map(|payload| format!("{scheme}://{payload}"))
            }
            _ => None,
        };
        json.unwrap_or_else(|| {
            let before = self.as_str().split('#').next().unwrap_or_default().trim_end();
            let hash = if remark.is_empty() { "" } else { "#" };
            format!("{before}{hash}{}", utf8_percent_encode(remark, ESCAPED))
        })
    }
}

/// In ASCII many bytes are looked at at once.
fn has_control(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().fold(false, |found, byte| found | byte.is_ascii_control())
    } else {
        text.contains(char::is_control)
    }
}

/// `None` if it is no scheme at all, such as `<a href="vless`.
fn canonical_scheme(scheme: &str) -> Option<String> {
    let mut letters = scheme.bytes();
    let starts = letters.next()?.is_ascii_alphabetic();
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !(starts && letters.all(goes_on)) {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    Some(if scheme == "hy2" { "hysteria2".to_owned() } else { scheme })
}

impl fmt::Debug for ShareLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShareLink({} {} {})", self.scheme(), self.host(), self.port())
    }
}
