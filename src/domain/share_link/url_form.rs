//! Share links that look like a URL: `scheme://userinfo@host:port/path?query#remark`.
//!
//! Most schemes, and every scheme that we do not know. They are read by hand and not with a URL
//! library: panels write passwords with a bare `/`, addresses without brackets, ports in ranges.

use std::borrow::Cow;

use super::identity::{Identity, Rest};
use super::parts::{
    Address, Destination, Parts, RANDOM_FIELDS, lower_case, percent_decoded, sorted_query,
};

/// The port that Hysteria 2 means when it says none.
///
/// # Source
///
/// Hysteria 2 documentation, "URI Scheme".
const HYSTERIA_PORT: u16 = 443;

/// A link cut at its marks; nothing is decoded yet.
pub(super) struct UrlForm<'a> {
    /// What stands before `?` and `#`: user info, address and path.
    pub(super) body: &'a str,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    fragment: &'a str,
}

/// How many `@` are tried, from the right: more are no link, and would take quadratic time.
const MOST_AT_SIGNS: usize = 16;

impl<'a> UrlForm<'a> {
    /// `rest` is the link after `scheme://`.
    pub(super) fn split(rest: &'a str) -> Self {
        let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        // A link under another name loses the blanks before its `#`: they say nothing.
        let before = before.trim_end();
        let (body, query) = before.split_once('?').unwrap_or((before, ""));
        Self { body, query: sorted_query(query), fragment }
    }

    pub(super) fn find(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }

    /// `userinfo`, address and path. The `@` is the last one that an address follows: passwords
    /// and paths may hold others.
    pub(super) fn find_address(&self, default_port: Option<u16>) -> Option<Place<'a>> {
        self.body.rmatch_indices('@').take(MOST_AT_SIGNS).find_map(|(at, _)| {
            let place = place(&self.body[at + 1..], default_port)?;
            Some(Place { userinfo: &self.body[..at], ..place })
        })
    }

    /// Puts the parts together. `credentials` is everything that the user info says, `secret` the
    /// part of it that is the client's.
    pub(super) fn into_parts(
        self,
        scheme: &str,
        credentials: &str,
        secret: String,
        address: Address,
        path: &str,
    ) -> Option<Parts> {
        if secret.is_empty() {
            return None;
        }
        let reality = self.find("security") == Some("reality");
        let host = lower_case(&address.host);
        let kept = self
            .query
            .iter()
            .filter(|(key, _)| !(reality && RANDOM_FIELDS.contains(&key.as_ref())));
        let rest = Rest::of(
            [scheme, &host, &address.ports, path.trim_end_matches('/')]
                .into_iter()
                .chain(kept.flat_map(|(key, value)| [key.as_ref(), value.as_ref()])),
        );
        let (host, port) = (address.host, address.port);
        Some(Parts {
            destination: Destination { scheme: scheme.to_owned(), host, port, rest },
            secret,
            remark: percent_decoded(self.fragment),
            identity: Identity::of(credentials, rest),
        })
    }
}

/// Who goes where.
pub(super) struct Place<'a> {
    pub(super) userinfo: &'a str,
    pub(super) address: Address,
    pub(super) path: &'a str,
}

fn place(after: &str, default_port: Option<u16>) -> Option<Place<'_>> {
    let (address, path) = after.split_at(after.find('/').unwrap_or(after.len()));
    Some(Place { userinfo: "", address: Address::parse(address, default_port)?, path })
}

/// Whether a link leads somewhere that says this behind its `@`, and needs a port.
pub(super) fn is_place(after: &str) -> bool {
    place(after, None).is_some()
}

/// A user info that is percent-encoded; `None` for a piece of a page.
pub(super) fn whose(userinfo: &str) -> Option<String> {
    let is_odd = |one: char| one.is_whitespace() || matches!(one, '<' | '>' | '"');
    (!userinfo.contains(is_odd)).then(|| percent_decoded(userinfo))
}

/// Reads any scheme whose user info is its secret, percent-encoded.
pub(super) fn parse(scheme: &str, rest: &str) -> Option<Parts> {
    let url = UrlForm::split(rest);
    let hysteria = matches!(scheme, "hysteria" | "hysteria2");
    let default_port = hysteria.then_some(HYSTERIA_PORT);
    let found = url.find_address(default_port);
    // Hysteria 1 carries its secret in the query instead.
    let place = match found {
        Some(found) => found,
        None if hysteria => place(url.body, default_port)?,
        None => return None,
    };
    let credentials = whose(place.userinfo)?;
    let secret = match scheme {
        "tuic" => credentials.split(':').next().unwrap_or_default().to_owned(),
        _ if hysteria && credentials.is_empty() => url.find("auth").unwrap_or_default().to_owned(),
        _ => credentials.clone(),
    };
    url.into_parts(scheme, &credentials, secret, place.address, place.path)
}

/// Reads `tg://proxy?server=…&port=…&secret=…`, which has no remark.
pub(super) fn parse_telegram(rest: &str) -> Option<Parts> {
    let url = UrlForm::split(rest);
    if url.body.trim_end_matches('/') != "proxy" {
        return None;
    }
    let (server, port) = (url.find("server")?, url.find("port")?);
    let host = if server.contains(':') && !server.starts_with('[') {
        format!("[{server}]")
    } else {
        server.to_owned()
    };
    let address = Address::parse(&format!("{host}:{port}"), None)?;
    let secret = url.find("secret")?.to_owned();
    // The address is in the query as well, and its host in any case of letters is the same one.
    let rest = Rest::of(["tg", &lower_case(&address.host), &address.ports]);
    let identity = Identity::of(&secret, rest);
    let parts = UrlForm { fragment: "", ..url }.into_parts("tg", "", secret, address, "")?;
    let destination = Destination { rest, ..parts.destination };
    Some(Parts { destination, identity, ..parts })
}
