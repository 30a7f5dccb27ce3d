//! What is passed on to the old server.
//!
//! Invariants:
//! - No path is under one that is ours.
//!
//! Deliberately absent: passing on (that is `core/http/forward/`).

use url::Url;

/// Where payment gateways send their customers back to, and what is below it (fact C13).
pub const PAYMENTS: &str = "/zarinpal/";

/// Where the old server is, and what is its.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacySettings {
    /// Scheme, host and port of the old server; none if it runs no more.
    pub upstream: Option<Url>,
    /// The paths that are its: [`PAYMENTS`] and what the operator added.
    pub paths: Vec<LegacyPath>,
}

/// A path, or all that is below one.
///
/// Made of plain letters, digits and `- _ .`, so it is the same whether it is written encoded or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyPath(String);

/// Why something is no path that can be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPath {
    /// It is no path, or one that can be written in two ways.
    #[error("has a part that is no path of letters, digits and - _ . between single slashes")]
    Spelling,
    /// It is answered here.
    #[error("names a path that is alamor's own")]
    Ours,
}

impl LegacyPath {
    /// Takes `/pay/`, all that is below it, or `/pay`, that path alone.
    ///
    /// # Errors
    ///
    /// [`NotAPath`] if it can be written in two ways, is everything, or is answered here.
    pub fn parse(text: &str) -> Result<Self, NotAPath> {
        let inside = text.strip_prefix('/').ok_or(NotAPath::Spelling)?;
        let parts = inside.strip_suffix('/').unwrap_or(inside);
        let is_plain = |each: char| each.is_ascii_alphanumeric() || "-_.".contains(each);
        let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(is_plain);
        if !parts.split('/').all(is_part) {
            return Err(NotAPath::Spelling);
        }
        if is_ours(text) {
            return Err(NotAPath::Ours);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether `path`, decoded and with single slashes, is meant.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        match self.0.strip_suffix('/') {
            Some(_) => path.starts_with(&self.0),
            None => path == self.0,
        }
    }
}

/// Whether a decoded path is answered here, whatever it answers: the old server would answer the same
/// path, and gives subscription ids to everybody.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    const OURS: [&str; 8] =
        ["admin", "sub", "api", "test", "livez", "readyz", "metrics", "openapi.json"];
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    OURS.iter().any(|ours| first.eq_ignore_ascii_case(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_means_what_is_below() {
        let below = LegacyPath::parse("/pay/").unwrap();
        let alone = LegacyPath::parse("/pay/verify").unwrap();
        assert!(below.holds("/pay/verify") && below.holds("/pay/") && !below.holds("/pay"));
        assert!(!below.holds("/payment") && !below.holds("/x/pay/verify"));
        assert!(alone.holds("/pay/verify") && !alone.holds("/pay/verify/x"));
    }

    #[test]
    fn a_path_is_written_in_one_way_only() {
        for text in
            ["", "/", "//", "pay", "/pay//x", "/a/../b", "/./a", "/a%2fb", "/a b", "/a;b", "/é"]
        {
            assert_eq!(LegacyPath::parse(text), Err(NotAPath::Spelling), "{text:?}");
        }
    }

    #[test]
    fn what_is_answered_here_is_never_passed_on() {
        for text in ["/admin/", "/sub/x", "/api/", "/Admin/test/1", "/admin", "/test", "/livez"] {
            assert_eq!(LegacyPath::parse(text), Err(NotAPath::Ours), "{text:?}");
        }
        assert!(LegacyPath::parse("/administration/").is_ok());
    }
}
