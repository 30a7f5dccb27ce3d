//! Stub.
use std::sync::Arc;

use super::given::Given;
use crate::database::contacts::Contact;
use crate::domain::ids::SubId;
use crate::domain::inventory::Inventory;

#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) read_at: i64,
}
#[derive(Debug)]
pub(crate) enum Gift {
    Links(Given),
    Own(SubId),
    Off(Given),
    Unknown,
}
impl Survey {
    pub(crate) fn give(&self, _contact: &Contact) -> Gift {
        Gift::Unknown
    }
}
