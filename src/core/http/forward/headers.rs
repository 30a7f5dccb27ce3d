//! Which headers of a message go on to the other side.
//!
//! # Source
//!
//! RFC 9110, 7.6.1: what concerns one connection only, and what `Connection` names.

use axum::http::header::{
    CONNECTION, EXPECT, FORWARDED, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};

use super::super::entries::entries;
use super::super::line::Line;
use super::super::peer::Peer;

/// What concerns one connection only. `Expect` was answered when its body began to be read.
const OF_ONE_CONNECTION: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    EXPECT,
];

/// What proxies say of those for whom they ask.
const OF_PROXIES: [HeaderName; 6] = [
    FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// Drops what concerns one connection only.
pub(super) fn end_to_end(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> =
        entries(headers, &CONNECTION).filter_map(|name| name.parse().ok()).collect();
    for name in OF_ONE_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

/// The headers of a request as the old server gets them: a proxy's word is kept, a stranger's is not.
pub(super) fn of_request(
    mut headers: HeaderMap,
    peer: Option<Peer>,
    line: Option<Line>,
    us: &str,
) -> HeaderMap {
    end_to_end(&mut headers);
    if let Some(Peer { ip, is_believed: false }) = peer {
        for name in &OF_PROXIES {
            headers.remove(name);
        }
        if let Ok(ip) = HeaderValue::try_from(ip.to_string()) {
            headers.insert(HeaderName::from_static("x-forwarded-for"), ip);
        }
        if line == Some(Line::Tls) {
            let proto = HeaderName::from_static("x-forwarded-proto");
            headers.insert(proto, HeaderValue::from_static("https"));
        }
    }
    if let Ok(via) = HeaderValue::try_from(format!("1.1 {us}")) {
        headers.append(VIA, via);
    }
    headers
}

/// Whether a request has been here before.
pub(super) fn is_ours(headers: &HeaderMap, us: &str) -> bool {
    entries(headers, &VIA).any(|hop| hop.ends_with(us))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    #[test]
    fn what_concerns_one_connection_stays_behind_and_so_does_what_it_names() {
        let mut headers = map(&[
            ("connection", "keep-alive, x-secret"),
            ("connection", "X-Other"),
            ("x-secret", "1"),
            ("x-other", "2"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("cookie", "a=b"),
        ]);
        end_to_end(&mut headers);
        assert_eq!(names(&headers), ["cookie"]);
    }

    #[test]
    fn a_proxys_word_is_kept_and_a_strangers_is_replaced() {
        let said = || map(&[("x-forwarded-for", "9.9.9.9"), ("x-forwarded-proto", "https")]);
        let peer = |is_believed| Some(Peer { ip: [203, 0, 113, 7].into(), is_believed });
        let kept = of_request(said(), peer(true), Some(Line::Tls), "alamor-1");
        assert_eq!(kept["x-forwarded-for"], "9.9.9.9");
        assert_eq!(kept["x-forwarded-proto"], "https");
        let replaced = of_request(said(), peer(false), Some(Line::Plain), "alamor-1");
        assert_eq!(replaced["x-forwarded-for"], "203.0.113.7");
        assert!(!replaced.contains_key("x-forwarded-proto"));
        let encrypted = of_request(map(&[]), peer(false), Some(Line::Tls), "alamor-1");
        assert_eq!(encrypted["x-forwarded-proto"], "https");
    }

    #[test]
    fn a_request_that_comes_back_is_known() {
        let sent = of_request(map(&[("via", "1.1 nginx")]), None, None, "alamor-1");
        assert!(is_ours(&sent, "alamor-1"));
        assert!(!is_ours(&sent, "alamor-2"));
    }
}
