//! The names that simulated panels give to links, with usage text at their end.
//!
//! Source: fact C16 of src/ARCHITECTURE.md.

use super::client::Client;
use super::inbounds::Inbound;
use super::make::Make;
use super::place::{Place, Usage};

/// ```text
/// 2.x, 3.0, Alireza   Edge/Trojan gRPC-in4.u1001.e5ff2a-edge-50.00GB📊-30D,5H⏳
/// 3.4 and later       Edge/Trojan gRPC-in4.u1001.e5ff2a|📊50.00GB|⏳30D
/// switched off        ⛔️N/A-Edge/Trojan gRPC-in4.u1001.e5ff2a-edge
/// ```
pub(super) fn remark(inbound: &Inbound, proxy: &str, client: &Client, place: &Place<'_>) -> String {
    let name = format!("{}-{}", inbound.remark, client.email_on(inbound.id));
    if place.usage == Usage::Left || place.make == Make::Marzban {
        return name;
    }
    let volume = client.limit_bytes.saturating_sub(client.used_bytes);
    let seconds = client.expires_at.map_or(0, |end| end.as_second() - place.now.as_second());
    if place.make.is_modern() {
        let volume = (volume > 0).then(|| format!("|📊{}", bytes_text(volume)));
        let time = (seconds > 0).then(|| format!("|⏳{}D", seconds / 86_400));
        return name + &volume.unwrap_or_default() + &time.unwrap_or_default();
    }
    let proxy = if proxy.is_empty() { String::new() } else { format!("-{proxy}") };
    if !client.is_on(place.now) {
        return format!("⛔️N/A-{name}{proxy}");
    }
    let volume = (volume > 0).then(|| format!("-{}📊", bytes_text(volume)));
    let time = (seconds > 0).then(|| format!("-{}⏳", time_text(seconds)));
    name + &proxy + &volume.unwrap_or_default() + &time.unwrap_or_default()
}

/// `50.00GB`, with steps of 1 024.
#[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2}{}", UNITS[unit])
}

/// `30D,5H`, `30D`, `5H` or `7M`.
fn time_text(seconds: i64) -> String {
    match (seconds / 86_400, seconds % 86_400 / 3_600) {
        (0, 0) => format!("{}M", seconds / 60),
        (0, hours) => format!("{hours}H"),
        (days, 0) => format!("{days}D"),
        (days, hours) => format!("{days}D,{hours}H"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan as _};

    use super::*;
    use crate::demo::inbounds::INBOUNDS;

    fn remark_of(make: Make, usage: Usage) -> String {
        let now = Timestamp::UNIX_EPOCH;
        let client = Client { email: "u7.abc".to_owned(), ..Client::new("s") };
        let client = client.limited(50 << 30, now + (30 * 24 + 5).hours());
        let place = Place { usage, ..Place::example(make) };
        remark(&INBOUNDS[3], "edge", &client, &place)
    }

    #[test]
    fn a_limited_customer_carries_usage_text() {
        let old = "Edge/Trojan gRPC-in4.u7.abc-edge-50.00GB📊-30D,5H⏳";
        assert_eq!(remark_of(Make::ThreeXui267, Usage::Shown), old);
        assert_eq!(remark_of(Make::Alireza1120, Usage::Shown), old);
        let new = "Edge/Trojan gRPC-in4.u7.abc|📊50.00GB|⏳30D";
        assert_eq!(remark_of(Make::ThreeXui360, Usage::Shown), new);
    }

    #[test]
    fn a_list_of_all_links_and_marzban_have_no_usage_text() {
        let name = "Edge/Trojan gRPC-in4.u7.abc";
        assert_eq!(remark_of(Make::ThreeXui360, Usage::Left), name);
        assert_eq!(remark_of(Make::Marzban, Usage::Shown), name);
    }

    #[test]
    fn time_left_is_written_in_its_two_largest_units() {
        let texts = [90, 7_200, 86_400, 90_000].map(time_text);
        assert_eq!(texts, ["1M", "2H", "1D", "1D,1H"]);
    }
}
