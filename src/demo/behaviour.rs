//! What a simulated panel does when it is asked.

use std::time::Duration;

/// What a panel does with every request, until it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers as the real panel does.
    Healthy,
    /// Does not listen: the connection is refused. Its port stays its own.
    Refuse,
    /// Accepts the connection, reads the request, never answers.
    Hang,
    /// Answers well, but this much later than its latency.
    Slow(Duration),
    /// 200 with an HTML page on every path.
    LoginPage,
    /// 200 with the JSON object of a failed call.
    JsonError,
    /// 200 without a body.
    Empty,
    /// A status without a body, with `Retry-After` in seconds if given.
    Status {
        /// The HTTP status, 100 to 999; 500 if it is none.
        code: u16,
        /// When to come back.
        retry_after: Option<u64>,
    },
    /// Knows nobody: its inbounds are there, all of their clients are gone.
    Unknown,
    /// Knows the first, third, fifth … of its clients only.
    KnowsHalf,
    /// 200 with lines of text that are no share links.
    Garbage,
    /// Answers well, without Base64 (`subEncrypt` off).
    Plain,
    /// Has its first so many inbounds only, one link each.
    Fewer(usize),
    /// 200 with more than 3 MB of share links.
    Huge,
    /// Closes the connection in the middle of a right answer.
    CutShort,
    /// 500 for the first requests on each path, then healthy.
    Flaky {
        /// How many requests on each path fail.
        failures: u64,
    },
    /// Answers well up to the middle of the body, then sends nothing more.
    HangInBody,
    /// Says of every password that it is wrong, and takes no token.
    WrongPassword,
    /// Its web interface has moved to another base path; subscriptions have not.
    BaseMoved,
    /// Answers well, and says that its Xray does not run.
    XrayStopped,
    /// Answers well, but for its lists.
    List(BadList),
}

/// What a panel answers instead of its list of inbounds, and of all links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadList {
    /// 200 without a body.
    Empty,
    /// 200 with text that is no JSON.
    Garbage,
    /// 200 with the first half of the list, and a right end of the answer.
    Truncated,
    /// 200 with JSON of more than 64 MB.
    Huge,
    /// 200 with a few hundred bytes of gzip that would become hundreds of gigabytes.
    GzipBomb,
    /// 200 with `success: false`.
    NoSuccess,
    /// 404 without a body: a panel that has no such list.
    Missing,
}

impl Behaviour {
    /// A status without `Retry-After`.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Status { code, retry_after: None }
    }

    /// 429, to be asked again after `seconds`.
    #[must_use]
    pub fn busy(seconds: u64) -> Self {
        Self::Status { code: 429, retry_after: Some(seconds) }
    }
}
