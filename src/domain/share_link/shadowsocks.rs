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

/// `method:password`, and the client's part of that; both decoded.
type Credentials = (String, String);

pub(super) fn parse(rest: &str) -> Option<Parts> {
    let url = UrlForm::split(rest);
    let ((whole, secret), address, path) = match url.find_address(None) {
        Some(place) => (whose(place.userinfo)?, place.address, place.path),
        None => oldest(url.body)?,
    };
    url.into_parts("ss", &whole, secret, address, path)
}

/// What a user info says.
pub(super) fn whose(userinfo: &str) -> Option<Credentials> {
    let whole = percent_decoded(userinfo);
    if !userinfo.contains(':') {
        return from_base64(base64_text::decode(&whole)?);
    }
    // Cut before it is decoded: a password may hold a `:` as `%3A`.
    let secret = percent_decoded(client_part(userinfo)?);
    without_control((whole, secret))
}

fn from_base64(whole: String) -> Option<Credentials> {
    let secret = client_part(&whole)?.to_owned();
    without_control((whole, secret))
}

fn without_control(credentials: Credentials) -> Option<Credentials> {
    (!credentials.0.contains(char::is_control)).then_some(credentials)
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
