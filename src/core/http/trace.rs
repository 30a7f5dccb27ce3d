//! `traceparent`: whoever asks may say which of its own doings a request is part of, and finds its
//! number on every record that the request leads to.
//!
//! # Source
//!
//! W3C, *Trace Context*, 2021: `00-` trace, 32 hexadecimal digits, `-` parent, 16 of these, `-` flags.

use axum::http::HeaderMap;
use tracing::Span;

/// The span of a request that says what it is part of; else none, which costs nothing.
///
/// As an error, so that it is there whatever level is logged.
pub(super) fn span(headers: &HeaderMap) -> Span {
    let value = headers.get("traceparent").and_then(|value| value.to_str().ok());
    match value.and_then(trace_id) {
        Some(trace_id) => tracing::error_span!("request", trace_id),
        None => Span::none(),
    }
}

/// What whoever asks wrote goes into the log: nothing but the digits does.
fn trace_id(value: &str) -> Option<&str> {
    let mut parts = value.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |text: &str| text.bytes().all(|b| b == b'0');
    // Later versions may say more at the end.
    let is_whole = version != "00" || parts.next().is_none();
    let is_good = is(version, 2)
        && version != "ff"
        && is(trace, 32)
        && !is_zero(trace)
        && is(parent, 16)
        && !is_zero(parent)
        && is(flags, 2);
    (is_good && is_whole).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(trace_id(value), expected, "{value}");
    }

    #[test]
    fn only_what_the_standard_allows_is_taken() {
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some(TRACE));
        check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", Some(TRACE));
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", None);
        check("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None);
        check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", None);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", None);
        check("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", None);
        check("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", None);
        check("00-a customer's name of thirty-two-00f067aa0ba902b7-01", None);
        check("", None);
    }
}
