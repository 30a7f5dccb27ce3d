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
    /// How the answer may be packed.
    pub(super) packing: Option<Packing>,
}

/// A way of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Brotli,
    Gzip,
}

impl Wish {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self { page: weight(headers, &ACCEPT, &["text/html"]) > 0.0, packing: Packing::of(headers) }
    }
}

impl Packing {
    /// The one with more weight; Brotli, where both have as much.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let brotli = weight(headers, &ACCEPT_ENCODING, &["br"]);
        let gzip = weight(headers, &ACCEPT_ENCODING, &["gzip", "x-gzip"]);
        let best = if brotli >= gzip { Self::Brotli } else { Self::Gzip };
        (brotli.max(gzip) > 0.0).then_some(best)
    }
}

/// The most weight that a list gives to one of `names`; 0 if it has none of them.
fn weight(headers: &HeaderMap, header: &HeaderName, names: &[&str]) -> f32 {
    let weights = entries(headers, header).filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let is_named = names.iter().any(|each| name.eq_ignore_ascii_case(each));
        is_named.then(|| weight.map_or(1.0, |weight| weight.parse().unwrap_or_default()))
    });
    weights.fold(0.0, f32::max)
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

    fn wish(accept: &'static str, encoding: &'static str) -> (bool, Option<Packing>) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        headers.insert(ACCEPT_ENCODING, encoding.parse().unwrap());
        let Wish { page, packing } = Wish::of(&headers);
        (page, packing)
    }

    #[test]
    fn only_who_names_html_gets_a_page_and_who_names_a_packing_that() {
        use Packing::{Brotli, Gzip};
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(wish(firefox, "gzip, deflate, br"), (true, Some(Brotli)));
        assert_eq!(wish("*/*", "br;q=0.5, gzip;q=1.0"), (false, Some(Gzip)));
        assert_eq!(wish("*/*", "X-GZIP"), (false, Some(Gzip)));
        assert_eq!(wish("*/*", "x-gzip;q=0, gzip"), (false, Some(Gzip)));
        assert_eq!(wish("*/*", "gzip;q=0, br"), (false, Some(Brotli)));
        assert_eq!(wish("*/*", "gzip, br;q=0"), (false, Some(Gzip)));
        assert_eq!(wish("text/*, text/plain", "identity"), (false, None));
        assert_eq!(wish("text/html;q=0", "gzip;q=0, br;q=x"), (false, None));
        assert_eq!(wish("", "*"), (false, None));
        assert_eq!(Wish::of(&HeaderMap::new()), Wish { page: false, packing: None });
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
