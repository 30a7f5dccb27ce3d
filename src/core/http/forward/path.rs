//! The path of a request, in the one spelling in which it is compared and passed on.
//!
//! ```text
//! /%7Aarinpal//verify ─▶ decoded once ─▶ single slashes ─▶ /zarinpal/verify
//! ```
//!
//! Invariants:
//! - What is compared is what is sent: nobody behind us reads another path out of it.
//! - A path that could mean another one to somebody is none: dot segments, a slash that was encoded,
//!   what is encoded twice, backslashes, control characters, what is not UTF-8.

use percent_encoding::percent_decode_str;

/// The longest path that is passed on. Payment gateways put what they say behind the `?`.
const MAX_BYTES: usize = 1024;

/// The path in its one spelling, decoded; `None` if it has no such spelling.
pub(super) fn canonical(raw: &str) -> Option<String> {
    let has_encoded_slash = raw.to_ascii_lowercase().contains("%2f");
    if raw.len() > MAX_BYTES || !raw.starts_with('/') || has_encoded_slash {
        return None;
    }
    let decoded = percent_decode_str(raw).decode_utf8().ok()?;
    let is_odd = |each: char| each.is_control() || matches!(each, '%' | '\\');
    if decoded.contains(is_odd) {
        return None;
    }
    let parts: Vec<&str> = decoded.split('/').filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| matches!(*part, "." | "..")) {
        return None;
    }
    let end = if decoded.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    Some(format!("/{}{end}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(raw: &str, expected: Option<&str>) {
        assert_eq!(canonical(raw).as_deref(), expected, "{raw:?}");
    }

    #[test]
    fn a_path_has_one_spelling() {
        check("/zarinpal/verify", Some("/zarinpal/verify"));
        check("//zarinpal///verify//", Some("/zarinpal/verify/"));
        check("/%7aarinpal/%76erify", Some("/zarinpal/verify"));
        check("/%61dmin/test/1", Some("/admin/test/1"));
        check("/a%20b/%D8%A7", Some("/a b/ا"));
        check("/", Some("/"));
    }

    #[test]
    fn what_could_mean_another_path_is_none() {
        for raw in [
            "/zarinpal/../admin/test/1",
            "/zarinpal/./verify",
            "/zarinpal/%2e%2e/admin/test/1",
            "/zarinpal/%2E./admin/test/1",
            "/zarinpal/..%2fadmin/test/1",
            "/zarinpal%2Fverify",
            "/zarinpal/%252e%252e/admin",
            "/zarinpal/..\\admin",
            "/zarinpal/%5c..%5cadmin",
            "/zarinpal/%00",
            "/zarinpal/verify%0d%0aX: y",
            "/zarinpal/%ff",
            "/zarinpal/100%",
            "*",
            "",
        ] {
            check(raw, None);
        }
        check(&format!("/{}", "a".repeat(MAX_BYTES)), None);
    }

    proptest! {
        #[test]
        fn a_spelling_is_its_own_spelling(raw in "/[a-z./%\\\\0-9 é]{0,40}") {
            if let Some(path) = canonical(&raw) {
                // What is sent is encoded again, by the same rules for every receiver.
                let mut url = url::Url::parse("http://h/").unwrap();
                url.set_path(&path);
                prop_assert_eq!(canonical(url.path()), Some(path));
            }
        }
    }
}
