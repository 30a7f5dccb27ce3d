//! What somebody asks for: a page or a list, packed or not, and only if it is another.
//!
//! # Source
//!
//! RFC 9110: 12.5.1 and 12.5.3 for weights, 13.1.2 for `If-None-Match`.

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};

use super::super::entries::entries;

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    /// The page for people. Only browsers name HTML; apps that take anything get the list.
    pub(super) page: bool,
    pub(super) gzip: bool,
}

impl Wish {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            page: accepts(headers, &ACCEPT, &["text/html"]),
            gzip: accepts(headers, &ACCEPT_ENCODING, &["gzip", "x-gzip"]),
        }
    }
}

/// Whether a list names one of `names`, with another weight than 0.
fn accepts(headers: &HeaderMap, header: &HeaderName, names: &[&str]) -> bool {
    entries(headers, header).any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let is_wanted = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0));
        is_wanted && names.iter().any(|each| name.eq_ignore_ascii_case(each))
    })
}

/// Whether the one who asks has this very version already.
pub(super) fn has_already(headers: &HeaderMap, tag: &str) -> bool {
    entries(headers, &IF_NONE_MATCH).any(|each| each == "*" || opaque(each) == opaque(tag))
}

/// A version, whether weak or strong.
fn opaque(tag: &str) -> &str {
    tag.trim_start_matches("W/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(accept: &'static str, encoding: &'static str) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        headers.insert(ACCEPT_ENCODING, encoding.parse().unwrap());
        let Wish { page, gzip } = Wish::of(&headers);
        (page, gzip)
    }

    #[test]
    fn only_who_names_html_gets_a_page() {
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(wish(firefox, "gzip, deflate, br"), (true, true));
        assert_eq!(wish("*/*", "br;q=1.0, gzip;q=0.5"), (false, true));
        assert_eq!(wish("text/*, text/plain", "identity"), (false, false));
        assert_eq!(wish("text/html;q=0", "gzip;q=0"), (false, false));
        assert_eq!(wish("", "*"), (false, false));
        assert_eq!(Wish::of(&HeaderMap::new()), Wish { page: false, gzip: false });
    }

    #[test]
    fn a_version_is_known_weak_or_strong_alone_or_in_a_list() {
        let has = |said: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, said.parse().unwrap());
            has_already(&headers, "W/\"ab\"")
        };
        for said in ["W/\"ab\"", "\"ab\"", "\"x\", W/\"ab\"", "*"] {
            assert!(has(said), "{said}");
        }
        for said in ["\"a\"", "ab", "W/\"abc\"", ""] {
            assert!(!has(said), "{said}");
        }
    }
}
