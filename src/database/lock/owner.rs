//! Who holds a database.

use std::fmt;

/// Who holds a lock, as it stands in its file: `pid 812, serve, http://127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// How it was started: `serve`, `embedded`, …
    pub role: String,
    /// Where it answers.
    pub url: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {}, {}, {}", self.pid, self.role, self.url)
    }
}

impl Owner {
    /// `None` if the text is not one that [`Owner`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, ", ");
        let pid = parts.next()?.strip_prefix("pid ")?.parse().ok()?;
        let (role, url) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { pid, role, url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_that_somebody_else_wrote_is_none() {
        assert_eq!(Owner::parse(""), None);
        assert_eq!(Owner::parse("pid x, serve, http://h"), None);
        assert_eq!(Owner::parse("pid 1, serve"), None);
    }
}
