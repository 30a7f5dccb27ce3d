//! The line that a request came by: encrypted, plain, or plain where it must not be.
//!
//! Invariants:
//! - Nothing that came readably over a network is answered but with the way to HTTPS.
//! - Whoever asks by HTTP/2 has named its host as well: what stands behind reads `Host` alone.
//! - `Strict-Transport-Security` is said inside of TLS only, and only where we speak it ourselves.

use axum::extract::Request;
use axum::http::header::{HOST, LOCATION, STRICT_TRANSPORT_SECURITY};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum Line {
    /// Encrypted, by us.
    Tls,
    /// Plain, and it may: from this machine, or by the operator's word.
    Plain,
    /// Plain, over a network.
    Exposed,
}

/// How long a browser takes HTTPS for granted: a year, as the lists of browsers ask for.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Answers what came by a line that it should not have come by.
pub(super) async fn keep(mut request: Request, next: Next) -> Response {
    name_host(&mut request);
    match request.extensions().get::<Line>().copied() {
        Some(Line::Exposed) => to_https(&request, None),
        Some(Line::Tls) => {
            let mut response = next.run(request).await;
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, STRICT);
            response
        }
        Some(Line::Plain) | None => next.run(request).await,
    }
}

/// HTTP/2 has the host in its address (RFC 9113, 8.3.1).
fn name_host(request: &mut Request) {
    let authority = request.uri().authority().filter(|_| !request.headers().contains_key(HOST));
    if let Some(host) = authority.and_then(|host| HeaderValue::try_from(host.as_str()).ok()) {
        request.headers_mut().insert(HOST, host);
    }
}

/// The same address by HTTPS, at `port` if it is another one.
///
/// Only what asks is sent there: whoever posts has said too much already, and has to hear of it.
pub(in crate::core) fn to_https(request: &Request, port: Option<u16>) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let host = host.filter(|host| !host.as_str().contains('@'));
    let is_asking = [Method::GET, Method::HEAD].contains(request.method());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = host.filter(|_| is_asking && path.starts_with('/')).and_then(|host| {
        let authority = match port {
            Some(443) => host.host().to_owned(),
            Some(port) => format!("{}:{port}", host.host()),
            None => host.to_string(),
        };
        HeaderValue::try_from(format!("https://{authority}{path}")).ok()
    });
    match location {
        Some(location) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response(),
        None => (StatusCode::BAD_REQUEST, "HTTPS is spoken here: ask by https://").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware;
    use axum::routing::any;
    use tower_service::Service as _;

    use super::*;

    /// What a request by a line gets: the status, `Strict-Transport-Security`, the host as it is seen.
    async fn ask(line: Line, method: Method) -> (u16, bool, Option<String>) {
        let echo = async |request: Request| request.headers()[HOST].to_str().unwrap().to_owned();
        let mut router = Router::new().fallback(any(echo)).layer(middleware::from_fn(keep));
        let request = Request::builder().method(method).uri("https://a.net/x").extension(line);
        let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 999).await.unwrap();
        let host = (status == 200).then(|| String::from_utf8(body.into()).unwrap());
        (status, headers.contains_key(STRICT_TRANSPORT_SECURITY), host)
    }

    #[tokio::test]
    async fn nothing_is_answered_that_came_readably_over_a_network() {
        assert_eq!(ask(Line::Exposed, Method::GET).await, (308, false, None));
        assert_eq!(ask(Line::Exposed, Method::POST).await, (400, false, None));
    }

    #[tokio::test]
    async fn only_inside_of_tls_it_is_said_that_tls_is_to_be_used() {
        let host = Some("a.net".to_owned());
        assert_eq!(ask(Line::Tls, Method::POST).await, (200, true, host.clone()));
        assert_eq!(ask(Line::Plain, Method::GET).await, (200, false, host));
    }

    /// Where `method path` with `host` is sent; the status, if nowhere.
    fn check(asked: &str, host: &str, port: Option<u16>, expected: &str) {
        let (method, path) = asked.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path).header(HOST, host);
        let response = to_https(&request.body(Body::empty()).unwrap(), port);
        let location = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        assert_eq!(location.unwrap_or_else(|| response.status().to_string()), expected);
    }

    #[test]
    fn who_asks_is_sent_to_the_same_address_by_https() {
        check(
            "GET /sub/a?b=%20c",
            "sub.example.net",
            Some(443),
            "https://sub.example.net/sub/a?b=%20c",
        );
        check("HEAD /", "a.net:80", Some(443), "https://a.net/");
        check("GET /", "a.net:80", Some(8443), "https://a.net:8443/");
        check("GET /", "a.net:8443", None, "https://a.net:8443/");
        check("GET /", "[2001:db8::1]:80", Some(443), "https://[2001:db8::1]/");
    }

    #[test]
    fn whoever_posts_or_names_no_host_is_told() {
        for (asked, host) in [
            ("POST /admin/update_configs/1", "a.net"),
            ("GET /", ""),
            ("GET /", "a.net/evil"),
            ("GET /", "user@a.net"),
            ("OPTIONS *", "a.net"),
        ] {
            check(asked, host, Some(443), "400 Bad Request");
        }
    }
}
