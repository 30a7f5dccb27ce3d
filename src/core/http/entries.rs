//! Headers that are lists.

use axum::http::{HeaderMap, HeaderName};

/// The entries of a list, over all its lines (RFC 9110, 5.6.1).
pub(super) fn entries<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}
