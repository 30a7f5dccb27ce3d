//! The pattern of an inbound: learned from one client's link, it makes every other client's.
//!
//! ```text
//! link + its client ─▶ learn ─┬─ url.rs    scheme://userinfo@host:port?query#remark
//!                             └─ vmess.rs  Base64 of JSON
//!                another client ─▶ make ─▶ its link, or None where that is not sure
//! ```
//!
//! What differs between two clients of an inbound is the secret, the e-mail in the remark, the
//! `flow` of VLESS and the `scy` of VMess (fact C20 of src/ARCHITECTURE.md). How a text is written
//! into a link is not chosen by a panel's version: every form (`forms.rs`) that fits the link
//! learned from is kept, and where two of them would write another client differently, nothing is
//! made.
//!
//! Invariants:
//! - The secret of a link made is exactly its client's.
//! - Nothing of the secret of the client learned from is left in a pattern.
//! - No link panics.
//!
//! Deliberately absent: whether the pattern is right. Only another client's own link tells that.

mod forms;
mod name;
mod url;
mod vmess;
#[cfg(test)]
mod tests;

use self::url::UrlPattern;
use self::vmess::VmessPattern;
use super::inventory::Client;
use super::remark::without_usage;
use super::share_link::ShareLink;

/// See the head of this file.
#[derive(Clone)]
pub struct Pattern(Form);

#[derive(Clone)]
enum Form {
    Url(UrlPattern),
    Vmess(VmessPattern),
}

impl Pattern {
    /// Learns from one link of a client. Usage text in its remark is left out.
    ///
    /// `None` if it is not this client's link, is of a kind that is not understood (`tg://`, the
    /// oldest `ss://`, `tuic://`, …), has the e-mail twice in its remark, or the secret in a second
    /// place.
    #[must_use]
    pub fn learn(link: &ShareLink, client: &Client) -> Option<Self> {
        if client.secret.is_empty() || client.email.is_empty() || link.secret() != client.secret {
            return None;
        }
        let form = match link.scheme() {
            "vmess" => Form::Vmess(VmessPattern::learn(link, client)?),
            "vless" | "trojan" | "ss" | "hysteria" | "hysteria2" | "wireguard" => {
                Form::Url(UrlPattern::learn(link, client)?)
            }
            _ => return None,
        };
        let learned = Self(form);
        same(&learned.make(client)?, link).then_some(learned)
    }

    /// The link of a client. Random REALITY fields are those of the link learned from.
    ///
    /// `None` where it cannot be sure.
    #[must_use]
    pub fn make(&self, client: &Client) -> Option<ShareLink> {
        if client.secret.is_empty() {
            return None;
        }
        let (text, remark) = match &self.0 {
            Form::Url(url) => url.make(client)?,
            Form::Vmess(vmess) => vmess.make(client)?,
        };
        let made = ShareLink::parse(&text).ok()?;
        (made.as_str() == text && made.secret() == client.secret && made.remark() == remark)
            .then_some(made)
    }

    /// The same pattern with the forms only that fit another client's link of this inbound, too.
    ///
    /// `None` if none does. A link that nothing can be learned from changes nothing.
    #[must_use]
    pub fn narrowed(&self, link: &ShareLink, client: &Client) -> Option<Self> {
        let Some(other) = Self::learn(link, client) else { return Some(self.clone()) };
        Some(Self(match (&self.0, &other.0) {
            (Form::Url(url), Form::Url(other)) => Form::Url(url.narrowed(other)?),
            (Form::Vmess(vmess), Form::Vmess(other)) => Form::Vmess(vmess.narrowed(other)?),
            (Form::Url(_), Form::Vmess(_)) | (Form::Vmess(_), Form::Url(_)) => return None,
        }))
    }
}

/// Whether two links are equal but for REALITY's random fields and usage text.
#[must_use]
pub fn same(a: &ShareLink, b: &ShareLink) -> bool {
    a.identity() == b.identity() && without_usage(&a.remark()) == without_usage(&b.remark())
}

/// Whether a piece of a pattern holds a client's secret. Very short ones occur by chance.
fn holds_secret(piece: &str, client: &Client) -> bool {
    client.secret.len() >= SHORTEST && piece.contains(client.secret.as_str())
}

/// In bytes.
const SHORTEST: usize = 4;
