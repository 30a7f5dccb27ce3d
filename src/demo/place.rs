//! Where, when and by whom links are made.

use jiff::Timestamp;

use super::make::Make;

/// What beside inbound and client decides a link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The make of the panel.
    pub make: Make,
    /// The panel's name.
    pub panel: &'a str,
    /// The host that the request was sent to, without its port.
    pub host: &'a str,
    /// For the time left in remarks.
    pub now: Timestamp,
    /// Picks the random fields.
    pub pick: u64,
    /// Whether remarks end in usage text.
    pub usage: Usage,
}

/// Usage text at the end of remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// As in a subscription.
    Shown,
    /// Left out, as in `allLinks`.
    Left,
}

#[cfg(test)]
impl Place<'_> {
    /// On `de-1`, at the beginning of time.
    pub(super) fn example(make: Make) -> Self {
        let (host, now) = ("sub.example.net", Timestamp::UNIX_EPOCH);
        Place { make, panel: "de-1", host, now, pick: 1, usage: Usage::Shown }
    }
}
