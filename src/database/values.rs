//! The bot's conventions for values, read one by one.
//!
//! # Source
//!
//! Fact C9.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::sql::Row;
use crate::domain::client_keys::ClientKeys;

/// The bot writes dates as text in its host's zone; ours is the same host.
///
/// `None` is "never", and so is a text that is no date: a purchase is not switched off for it.
pub(super) fn parse_local_date(text: Option<&str>) -> Option<i64> {
    let text = text?.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let local: DateTime = text.parse().ok()?;
    local.to_zoned(TimeZone::system()).ok().map(|at| at.timestamp().as_millisecond())
}

/// Tells whose a row of ours is: the purchase with this subscription id.
///
/// A number alone does not: the bot's table may have been made anew (some of its versions did that
/// at each start), or ours stands beside another shop's.
pub(super) fn whose(sub_id: Option<&str>) -> String {
    sub_id.map(digest).unwrap_or_default()
}

/// What tells one text of `single_configs_json` from another: half of its SHA-256, in hex.
pub(super) fn digest(text: &str) -> String {
    let mut half = [0; 16];
    half.iter_mut().zip(Sha256::digest(text.as_bytes())).for_each(|(to, from)| *to = from);
    format!("{:032x}", u128::from_be_bytes(half))
}

/// A column of the bot's as text, or nothing where the bot's version has none.
pub(super) fn text_of(column: Option<&str>) -> String {
    let column = column.map_or_else(|| "NULL".to_owned(), |column| format!("p.{column}"));
    format!("CAST({column} AS TEXT)")
}

/// From the columns `client_uuid` and `client_email`.
pub(super) fn read_keys(row: &Row) -> Result<ClientKeys, sqlx::Error> {
    let client_uuid = row.text("client_uuid")?;
    let client_email = row.text("client_email")?;
    Ok(ClientKeys::parse(client_uuid.as_deref(), client_email.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_without_a_zone_are_the_hosts() {
        let expected = "2027-03-01T12:00:00".parse::<DateTime>().unwrap();
        let expected = expected.to_zoned(TimeZone::system()).unwrap().timestamp();
        assert_eq!(parse_local_date(Some("2027-03-01 12:00:00")), Some(expected.as_millisecond()));
        assert_eq!(parse_local_date(Some("2027-03-01 12:00:00+00:00")), Some(1_803_902_400_000));
    }

    #[test]
    fn what_is_no_date_is_never() {
        assert_eq!(parse_local_date(None), None);
        assert_eq!(parse_local_date(Some("")), None);
        assert_eq!(parse_local_date(Some("soon")), None);
    }
}
