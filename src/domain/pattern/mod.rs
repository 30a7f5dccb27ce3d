//! The pattern of an inbound: learned from one client's link, it makes every other client's.
//!
//! ```text
//! link + its client ─▶ learn ─┬─ url.rs    scheme://userinfo@host:port?query#remark
//!                             └─ vmess.rs  Base64 of JSON
//!                another client ─▶ make ─▶ its link, or None where that is not sure
//!                                  the first one made is read, and the cast of its likes
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
mod template;
mod url;
mod vmess;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::OnceLock;

use self::template::{Plain, Text};
use self::url::UrlPattern;
use self::vmess::VmessPattern;
use super::inventory::Client;
use super::remark::without_usage;
use super::share_link::{Mould, ShareLink};

/// See the head of this file.
#[derive(Clone)]
pub struct Pattern {
    form: Form,
    /// Of the first link that was made and read.
    cast: OnceLock<Option<Cast>>,
}

/// What the links of clients that are alike are made of without reading them again, and who is
/// alike: what else differs between clients stands in it.
#[derive(Clone)]
struct Cast {
    flow: String,
    security: String,
    text: Text,
    mould: Mould,
}

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
        let learned = Self::new(form);
        same(&learned.make(client)?, link).then_some(learned)
    }

    fn new(form: Form) -> Self {
        Self { form, cast: OnceLock::new() }
    }

    /// The link of a client. Random REALITY fields are those of the link learned from.
    ///
    /// `None` where it cannot be sure.
    #[must_use]
    pub fn make(&self, client: &Client) -> Option<ShareLink> {
        if client.secret.is_empty() {
            return None;
        }
        if let Some(made) = self.cast(client) {
            return Some(made);
        }
        let (text, remark) = match &self.form {
            Form::Url(url) => url.make(client)?,
            Form::Vmess(vmess) => vmess.make(client)?,
        };
        let made = ShareLink::parse(&text).ok()?;
        let is_right =
            made.as_str() == text && made.secret() == client.secret && made.remark() == remark;
        if !is_right {
            return None;
        }
        self.cast.get_or_init(|| Cast::of(&made, &self.form, client));
        Some(made)
    }

    /// The link, if it is sure without reading it what it says.
    fn cast(&self, client: &Client) -> Option<ShareLink> {
        let Client { secret, email, .. } = client;
        let cast = self.cast.get()?.as_ref()?;
        let is_alike = cast.flow == client.flow && cast.security == client.security;
        if !is_alike || email.is_empty() {
            return None;
        }
        // All else was read in the first link.
        let (plain_secret, plain_email) = (Plain::parse(secret)?, Plain::parse(email)?);
        let remark = match &self.form {
            Form::Url(url) => url.remark(email),
            Form::Vmess(vmess) => vmess.remark(email),
        };
        let room = secret.len() + remark.map(str::len).iter().sum::<usize>();
        let text = cast.text.write(plain_secret, plain_email, room)?;
        cast.mould.cast(text, secret, remark)
    }

    /// The same pattern with the forms only that fit another client's link of this inbound, too.
    ///
    /// `None` if none does. A link that nothing can be learned from changes nothing.
    #[must_use]
    pub fn narrowed(&self, link: &ShareLink, client: &Client) -> Option<Self> {
        let Some(other) = Self::learn(link, client) else { return Some(self.clone()) };
        Some(Self::new(match (&self.form, &other.form) {
            (Form::Url(url), Form::Url(other)) => Form::Url(url.narrowed(other)?),
            (Form::Vmess(vmess), Form::Vmess(other)) => Form::Vmess(vmess.narrowed(other)?),
            (Form::Url(_), Form::Vmess(_)) | (Form::Vmess(_), Form::Url(_)) => return None,
        }))
    }
}

impl Cast {
    fn of(made: &ShareLink, form: &Form, client: &Client) -> Option<Self> {
        let (prefix, text) = match form {
            Form::Url(url) => (url.prefix(), url.template(client)?),
            Form::Vmess(vmess) => (Cow::Borrowed(""), vmess.template(client)?),
        };
        let mould = Mould::of(made, &prefix)?;
        Some(Self { flow: client.flow.clone(), security: client.security.clone(), text, mould })
    }
}

/// Whether two links are equal but for REALITY's random fields and usage text.
#[must_use]
pub fn same(a: &ShareLink, b: &ShareLink) -> bool {
    a.identity() == b.identity() && without_usage(a.remark()) == without_usage(b.remark())
}

/// Whether a piece of a pattern holds a client's secret. Very short ones occur by chance.
fn holds_secret(piece: &str, client: &Client) -> bool {
    client.secret.len() >= SHORTEST && piece.contains(client.secret.as_str())
}

/// In bytes.
const SHORTEST: usize = 4;
