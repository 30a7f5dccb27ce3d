//! Not measured yet.

use super::{Found, Sight};

pub(super) async fn find(_sight: &Sight) -> Found {
    Found::unknown("not measured yet", None)
}
