//! What of a request decides the answer.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, COOKIE, HOST};
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use percent_encoding::percent_decode_str;

use super::links::{link_host, without_port};
use super::make::Make;
use super::route::Port;

/// A login form is short: nobody needs more.
const MOST_OF_A_BODY: usize = 64 << 10;

/// A request, read.
pub(super) struct Ask {
    pub port: Port,
    pub method: Method,
    pub path: String,
    /// Path and query.
    pub target: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Ask {
    pub(super) async fn read(port: Port, request: Request) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            port,
            method: parts.method,
            path: percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned(),
            target: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            headers: parts.headers,
            body: to_bytes(body, MOST_OF_A_BODY).await.unwrap_or_default(),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The host that was asked for, without its port.
    pub(super) fn host(&self) -> &str {
        without_port(self.header(HOST.as_str()).unwrap_or_default())
    }

    /// The cookie called `name`.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header(COOKIE.as_str())?.split(';');
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|pair| pair.0 == name)
            .map(|p| p.1)
    }

    /// The API token that it presents.
    pub(super) fn token(&self) -> Option<&str> {
        self.header(AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
    }

    /// A field of the form in its body.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let found = |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (key == name).then(|| value.into_owned())
        };
        url::form_urlencoded::parse(&self.body).find_map(found)
    }

    /// Whether a script in a browser asks.
    pub(super) fn is_ajax(&self) -> bool {
        self.header("x-requested-with") == Some("XMLHttpRequest")
    }

    pub(super) fn accepts_html(&self) -> bool {
        self.header(ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
            || self.target.contains("html=1")
            || self.target.contains("view=html")
    }

    /// The address in links is that of the request; before 3.2.5 forwarded headers beat it.
    pub(super) fn link_host(&self, make: Make) -> String {
        let forwarded = ["x-forwarded-host", "x-real-ip"].iter().find_map(|name| self.header(name));
        let host = forwarded.filter(|_| !make.is_modern()).or_else(|| self.header(HOST.as_str()));
        link_host(make, host.unwrap_or_default())
    }
}
