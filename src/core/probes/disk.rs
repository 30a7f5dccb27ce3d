//! Not measured yet.

use super::{Found, Sight};

pub(super) fn find(_sight: &Sight) -> Found {
    Found::unknown("not measured yet", None)
}
