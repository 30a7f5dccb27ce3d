//! `ss://` in its three forms.
//!
//! ```text
//! ss://BASE64(method:password)@host:port?…#remark          the common one (SIP002)
//! ss://method:password@host:port?…#remark                  percent-encoded; newer panels, for 2022-… methods
//! ss://BASE64(method:password@host:port)#remark            the oldest
//! ```
//!
//! For the methods that begin with `2022-` the password is `server:client`: the client's is the
//! secret, the server's is the same for everyone.

use crate::domain::base64_text;

use super::parts::{Address, Parts, percent_decoded};
use super::url_form::UrlForm;

/// What the user info says.
struct Credentials {
    /// `method:password`, decoded.
    whole: String,
    /// The client's part of it, decoded.
    secret: String,
}

pub(super) fn parse(rest: &str) -> Option<Parts> {
    let url = UrlForm::split(rest);
    let (credentials, address, path) = match url.find_address(None) {
        Some(place) => (credentials(place.userinfo)?, place.address, place.path),
        None => oldest(url.body)?,
    };
    if credentials.whole.contains(char::is_control) {
        return None;
    }
    url.into_parts("ss", &credentials.whole, credentials.secret, address, path)
}

fn credentials(userinfo: &str) -> Option<Credentials> {
    let whole = percent_decoded(userinfo);
    if !userinfo.contains(':') {
        return from_base64(base64_text::decode(&whole)?);
    }
    // Cut before it is decoded: a password may hold a `:` as `%3A`.
    Some(Credentials { whole, secret: percent_decoded(client_part(userinfo)?) })
}

fn from_base64(whole: String) -> Option<Credentials> {
    let secret = client_part(&whole)?.to_owned();
    Some(Credentials { whole, secret })
}

fn oldest(body: &str) -> Option<(Credentials, Address, &str)> {
    let decoded =
        base64_text::decode(body).or_else(|| base64_text::decode(body.trim_end_matches('/')))?;
    let (credentials, address) = decoded.rsplit_once('@')?;
    Some((from_base64(credentials.to_owned())?, Address::parse(address, None)?, ""))
}

fn client_part(credentials: &str) -> Option<&str> {
    let (method, password) =
        credentials.split_once(':').filter(|(method, _)| !method.is_empty())?;
    if method.starts_with("2022-") { password.rsplit(':').next() } else { Some(password) }
}
