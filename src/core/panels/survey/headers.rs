//! The headers that a panel sends to everybody, from those that it sent to a few.
//!
//! Left out are the usage, which the list tells for each, and everything that names a customer: a
//! title that is a subscription id (X-UI), a page or an announcement that differs. What only one
//! customer was seen to have may be that customer's, but for what says nothing of anybody.

use crate::domain::ids::SubId;
use crate::domain::slice::{Headers, USAGE_HEADER};
use crate::domain::subscription::decode_header;

/// `read` has the headers of each subscription that was read.
pub(super) fn for_everybody(read: &[(&SubId, &Headers)]) -> Headers {
    let Some((_, first)) = read.first() else { return Headers::new() };
    let is_for_everybody = |header: &&(String, String)| {
        header.0 != USAGE_HEADER
            && (read.len() > 1 || says_nothing_of_anybody(&header.0))
            && read.iter().all(|(id, headers)| headers.contains(header) && !names(&header.1, id))
    };
    first.iter().filter(is_for_everybody).cloned().collect()
}

/// Whether one customer's headers hold some that only another customer's tell to be for everybody.
pub(super) fn may_be_ones_own(id: &SubId, headers: &Headers) -> bool {
    let mut others = headers.iter().filter(|header| header.0 != USAGE_HEADER);
    others.any(|(name, value)| !says_nothing_of_anybody(name) && !names(value, id))
}

fn says_nothing_of_anybody(name: &str) -> bool {
    matches!(name, "profile-update-interval" | "content-type")
}

/// Whether a value holds a subscription id, in Base64 or not.
fn names(value: &str, id: &SubId) -> bool {
    value.contains(id.reveal())
        || decode_header(value).is_some_and(|text| text.contains(id.reveal()))
}
