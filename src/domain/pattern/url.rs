//! Patterns of links that look like a URL: everything but `vmess://`.
//!
//! The secret is the whole user info, but for `ss://`: there it is the last part of
//! `method:server:client`, in Base64 or with percent signs.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::forms::{Escaping, Forms};
use super::holds_secret;
use super::name::Name;
use super::template::{Hole, Signs, Template, Text};
use crate::domain::base64_text::{self, Kind};
use crate::domain::inventory::Client;
use crate::domain::share_link::{Anatomy, ShareLink, value_of, with_pair};

#[derive(Clone)]
pub(super) struct UrlPattern {
    scheme: String,
    credentials: Credentials,
    place: String,
    query: Option<String>,
    flow: Flow,
    /// `None` if the link has no remark.
    name: Option<Name<Escaping>>,
}

/// The user info of a pattern.
#[derive(Clone)]
enum Credentials {
    /// Raw text, then the secret.
    Escaped(String, Forms<Escaping>),
    /// Base64 of a text and the secret.
    Base64(String, Forms<Kind>),
}

/// What is known of the `flow` of VLESS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Written for clients that have one.
    Written,
    /// Never written: the client learned from has one, its link has not.
    Left,
    /// The client learned from has none.
    Unknown,
}

impl UrlPattern {
    pub(super) fn learn(link: &ShareLink, client: &Client) -> Option<Self> {
        let pieces = link.anatomy()?;
        let name = match pieces.fragment {
            Some(written) if !written.is_empty() => {
                Some(Name::learn(&Escaping::OF_FRAGMENT, link.remark(), written, client)?)
            }
            Some(_) | None => None,
        };
        let learned = Self {
            scheme: pieces.scheme.to_owned(),
            credentials: Credentials::learn(link.scheme(), pieces.userinfo, client)?,
            place: pieces.place.to_owned(),
            query: pieces.query.map(str::to_owned),
            flow: Flow::learn(pieces.query, client)?,
            name,
        };
        (!learned.holds_secret(client)).then_some(learned)
    }

    /// The text of a client's link, and its remark.
    pub(super) fn make(&self, client: &Client) -> Option<(String, String)> {
        let (fragment, remark) = match &self.name {
            Some(name) => name.make(client)?,
            None => <(String, String)>::default(),
        };
        let query = match &self.query {
            Some(query) => Some(self.flow.write(query, client)?),
            None => None,
        };
        let pieces = Anatomy {
            scheme: &self.scheme,
            userinfo: &self.credentials.make(client)?,
            place: &self.place,
            query: query.as_deref(),
            fragment: Some(fragment.as_str()).filter(|fragment| !fragment.is_empty()),
        };
        Some((pieces.text(), remark))
    }

    /// What `make` writes for those who have this client's `flow`. `None` if it is not sure.
    pub(super) fn template(&self, client: &Client) -> Option<Text> {
        let mut template = Template::default();
        template.push(&self.scheme);
        match &self.credentials {
            Credentials::Escaped(prefix, forms) => {
                template.push(prefix);
                template.push_hole(Hole::Secret(Signs::of(forms)));
            }
            Credentials::Base64(prefix, forms) => {
                template.push_hole(Hole::Base64(prefix.clone(), forms.clone()));
            }
        }
        template.push(&self.place);
        if let Some(query) = &self.query {
            template.push("?");
            template.push(&self.flow.write(query, client)?);
        }
        if let Some(name) = self.name.as_ref().filter(|name| !name.is_empty()) {
            template.push("#");
            name.push_to(&mut template)?;
        }
        Some(Text::AsItIs(template))
    }

    /// The remark of the client with this e-mail, in pieces.
    pub(super) fn remark<'a>(&'a self, email: &'a str) -> [&'a str; 3] {
        self.name.as_ref().map(|name| name.remark(email)).unwrap_or_default()
    }

    pub(super) fn narrowed(&self, other: &Self) -> Option<Self> {
        let name = match (&self.name, &other.name) {
            (Some(name), Some(other)) => Some(name.narrowed(other)?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        let credentials = self.credentials.narrowed(&other.credentials)?;
        Some(Self { credentials, name, ..self.clone() })
    }

    /// What stands before the secret in the user info, decoded.
    pub(super) fn prefix(&self) -> Cow<'_, str> {
        match &self.credentials {
            Credentials::Escaped(prefix, _) => percent_decode_str(prefix).decode_utf8_lossy(),
            Credentials::Base64(prefix, _) => Cow::Borrowed(prefix),
        }
    }

    fn holds_secret(&self, client: &Client) -> bool {
        let mut kept = vec![self.place.as_str(), self.query.as_deref().unwrap_or_default()];
        let (Credentials::Escaped(prefix, _) | Credentials::Base64(prefix, _)) = &self.credentials;
        kept.push(prefix);
        kept.extend(self.name.iter().flat_map(Name::pieces));
        kept.iter().any(|piece| {
            let decoded = percent_decode_str(piece).decode_utf8_lossy();
            holds_secret(piece, client) || holds_secret(&decoded, client)
        })
    }
}

impl Credentials {
    fn learn(scheme: &str, userinfo: &str, client: &Client) -> Option<Self> {
        let escaped = |prefix: &str, written: &str| {
            let forms = Forms::learn(&Escaping::OF_USERINFO, &client.secret, written)?;
            Some(Self::Escaped(prefix.to_owned(), forms))
        };
        if scheme != "ss" {
            return escaped("", userinfo);
        }
        if userinfo.contains(':') {
            // A password of a `2022-` method is Base64, any other may hold a raw `:`.
            let is_2022 = userinfo.starts_with("2022-");
            let cut = if is_2022 { userinfo.rfind(':') } else { userinfo.find(':') }? + 1;
            return escaped(&userinfo[..cut], &userinfo[cut..]);
        }
        let whole = base64_text::decode(userinfo)?;
        let prefix = whole.strip_suffix(client.secret.as_str())?.to_owned();
        Some(Self::Base64(prefix, Forms::learn(&Kind::ALL, &whole, userinfo)?))
    }

    fn make(&self, client: &Client) -> Option<String> {
        match self {
            Self::Escaped(prefix, forms) => {
                Some(format!("{prefix}{}", forms.write(&client.secret)?))
            }
            Self::Base64(prefix, forms) => forms.write(&format!("{prefix}{}", client.secret)),
        }
    }

    fn narrowed(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Escaped(prefix, forms), Self::Escaped(_, other)) => {
                Self::Escaped(prefix.clone(), forms.both(other)?)
            }
            (Self::Base64(prefix, forms), Self::Base64(_, other)) => {
                Self::Base64(prefix.clone(), forms.both(other)?)
            }
            (Self::Escaped(..), Self::Base64(..)) | (Self::Base64(..), Self::Escaped(..)) => {
                return None;
            }
        })
    }
}

const FLOW: &str = "flow";

impl Flow {
    /// `None` if the link has another one than its client.
    fn learn(query: Option<&str>, client: &Client) -> Option<Self> {
        let written =
            query.and_then(|query| query.split('&').find_map(|pair| value_of(pair, FLOW)));
        match written {
            Some(written) if written.is_empty() || written != client.flow => None,
            Some(_) => Some(Self::Written),
            None if client.flow.is_empty() => Some(Self::Unknown),
            None => Some(Self::Left),
        }
    }

    /// The query with the client's own; it stays in its sorted place.
    fn write(self, query: &str, client: &Client) -> Option<String> {
        match self {
            Self::Written if client.flow.is_empty() => Some(with_pair(query, FLOW, None)),
            Self::Written => {
                let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_');
                let pair = format!("{FLOW}={}", client.flow);
                client.flow.chars().all(plain).then(|| with_pair(query, FLOW, Some(&pair)))
            }
            Self::Unknown if !client.flow.is_empty() => None,
            Self::Left | Self::Unknown => Some(query.to_owned()),
        }
    }
}
