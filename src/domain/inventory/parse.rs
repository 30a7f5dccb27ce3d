//! The answer of a panel's list of inbounds becomes an inventory.
//!
//! ```text
//! {"success": true, "obj": [{"id": 1, "settings": "{\"clients\": […]}", "clientStats": […], …}, …]}
//!
//! text ─┬─▶ one_pass.rs   a list as panels write it ─────┬─▶ listed.rs ─▶ Inventory
//!       └─▶ forgiving.rs  where that finds it unusual ───┘
//!             └─ both: answer.rs, the shapes; entry.rs, what they mean
//! ```
//!
//! Invariant: what the one pass reads, the forgiving reading reads alike. It is there for speed.
//!
//! Memory: what is kept are the fields of [`Client`](super::Client), nothing of the JSON.

use std::borrow::Cow;

use super::listed::NotAList;
use super::{Inventory, forgiving, one_pass};

impl Inventory {
    /// Reads the answer to a panel's list of inbounds. `now_ms` decides which clients are expired.
    ///
    /// An inbound whose clients cannot be read stays, without clients, and says so. One of which
    /// nothing can be read is left out; then the inventory is not whole.
    ///
    /// # Errors
    ///
    /// [`NotAList`], with what the body is instead. An empty list is a list.
    ///
    /// # Source
    ///
    /// Fact C20 of src/ARCHITECTURE.md, and the recorded answers of five panels.
    pub fn parse(json: &[u8], now_ms: i64) -> Result<Self, NotAList> {
        // Nearly always it is UTF-8, and to find only that out is several times faster.
        let text =
            str::from_utf8(json).map_or_else(|_| String::from_utf8_lossy(json), Cow::Borrowed);
        let text = text.trim_start_matches('\u{FEFF}').trim();
        let listed = one_pass::read(text).map_or_else(|_| forgiving::read(text), Ok)?;
        Ok(listed.into_inventory(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::MOST_CLIENTS;
    use super::super::listed::MOST_INBOUNDS;
    use super::*;

    #[test]
    fn more_inbounds_or_clients_than_there_can_be_are_no_list() {
        let parse = |inbounds: &str| {
            let json = format!(r#"{{"success":true,"obj":[{inbounds}]}}"#);
            Inventory::parse(json.as_bytes(), 0).err()
        };
        let inbounds = |count| vec![r#"{"protocol":"vless"}"#; count].join(",");
        assert_eq!(parse(&inbounds(MOST_INBOUNDS)), None);
        assert_eq!(parse(&inbounds(MOST_INBOUNDS + 1)), Some(NotAList::TooMany));
        let many = vec!["null"; MOST_CLIENTS + 1].join(",");
        let clients = format!(r#"{{"protocol":"vless","settings":{{"clients":[{many}]}}}}"#);
        assert_eq!(parse(&clients), Some(NotAList::TooMany));
        let stats = format!(r#"{{"protocol":"vless","clientStats":[{many}]}}"#);
        assert_eq!(parse(&stats), Some(NotAList::TooMany));
    }
}
