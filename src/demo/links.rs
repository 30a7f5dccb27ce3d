//! The share links that a simulated panel makes: five inbounds, one link shape each.
//!
//! ```text
//! 1  VLESS REALITY     sni, sid and spx are picked anew for every request
//! 2  VLESS WebSocket   Persian remark with a flag
//! 3  VMess             Base64 of indented JSON
//! 4  Trojan gRPC       behind an external proxy: another host, another port
//! 5  Shadowsocks 2022  two passwords
//! ```
//!
//! Query keys are sorted, as Go writes them. The shapes are those of recorded answers
//! (facts C15 and C16 of src/ARCHITECTURE.md); names and values are our own.
//!
//! Invariant: two requests in a row never pick the same random fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::client::Client;
pub use super::inbounds::{INBOUNDS, Inbound};
use super::make::Make;
use super::seed;

const SNIS: [&str; 3] = ["www.example.org", "example.org", "m.example.org"];
const SIDS: [&str; 4] = ["c3", "7f1a", "90e2b4", "fedcba9876543210"];

/// What Go leaves as it is in a URL's fragment: how 2.x writes remarks.
const FRAGMENT: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'?')
    .remove(b'@');
/// All but the unreserved characters of RFC 3986: how 3.4 and later write remarks and secrets.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where, when and by whom links are made.
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
}

/// The links of `client`, in the order of the inbounds.
pub(super) fn share_links(client: &Client, place: &Place<'_>) -> Vec<String> {
    let inbounds = INBOUNDS.iter().take(client.links);
    inbounds
        .map(|inbound| share_link(inbound, client, place, &remark(inbound, client, place)))
        .collect()
}

/// The link of `client` on `inbound`, called `remark`.
pub(super) fn share_link(
    inbound: &Inbound,
    client: &Client,
    place: &Place<'_>,
    remark: &str,
) -> String {
    let host = place.host;
    let moved = if inbound.id == 1 { client.revision } else { 0 };
    let port = inbound.port.wrapping_add(moved);
    let secret = client.secret(place.panel, inbound.id);
    let name = utf8_percent_encode(remark, remark_set(place.make));
    match inbound.id {
        1 => format!("vless://{secret}@{host}:{port}?{}#{name}", reality(client, place)),
        2 => format!(
            "vless://{secret}@{host}:{port}?host=cdn.example.org&path=%2Fchat+path&security=none&type=ws#{name}"
        ),
        3 => vmess(&secret, port, remark, place),
        4 => format!(
            "trojan://{}@edge.{}.example.org:443?alpn=h2&authority=&fp=chrome&security=tls&serviceName=grpc-svc&sni=g.example.org&type=grpc#{name}",
            escape_secret(&secret, place.make),
            place.panel,
        ),
        _ => format!("ss://{}@{host}:{port}?type=tcp#{name}", shadowsocks_user(&secret, place)),
    }
}

/// `link` without the fields that a panel picks at random for each request.
///
/// ```
/// use alamor::demo::links::without_random_fields;
/// let link = "vless://u@h:1?pbk=k&security=reality&sid=c3&sni=a.example&spx=%2Fx&type=tcp#n";
/// assert_eq!(without_random_fields(link), "vless://u@h:1?pbk=k&security=reality&type=tcp#n");
/// ```
#[must_use]
pub fn without_random_fields(link: &str) -> String {
    let (before, name) = link.split_once('#').unwrap_or((link, ""));
    let Some((start, query)) = before.split_once('?') else { return link.to_owned() };
    if !query.split('&').any(|field| field == "security=reality") {
        return link.to_owned();
    }
    let is_random =
        |field: &&str| ["sid=", "sni=", "spx="].iter().any(|key| field.starts_with(key));
    let kept: Vec<&str> = query.split('&').filter(|field| !is_random(field)).collect();
    format!("{start}?{}#{name}", kept.join("&"))
}

/// The address in links when a request was sent to `host`, with its port or without.
pub(super) fn link_host(make: Make, host: &str) -> String {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let name =
        host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |split| split.0);
    let is_loopback = name == "127.0.0.1" || name == "[::1]";
    if make.is_modern() && is_loopback { "localhost".to_owned() } else { name.to_owned() }
}

fn reality(client: &Client, place: &Place<'_>) -> String {
    let key = seed::hex(&["pbk", place.panel], 43);
    let turn = usize::try_from(place.pick % 12).unwrap_or(0);
    // 3.5 and later derive spx from the client, earlier ones draw it.
    let spx = if place.make.is_modern() {
        seed::hex(&["spx", place.panel, &client.sub_id], 15)
    } else {
        seed::hex(&["spx", &place.pick.to_string()], 15)
    };
    let (sid, sni) = (SIDS[turn % SIDS.len()], SNIS[turn % SNIS.len()]);
    format!(
        "flow=xtls-rprx-vision&fp=chrome&pbk={key}&security=reality&sid={sid}&sni={sni}&spx=%2F{spx}&type=tcp"
    )
}

fn vmess(secret: &str, port: u16, remark: &str, place: &Place<'_>) -> String {
    let mut link = json!({
        "add": place.host, "id": secret, "net": "tcp", "port": port, "ps": remark,
        "scy": "auto", "tls": "none", "type": "none", "v": "2",
    });
    if let (Make::Alireza1120, Some(fields)) = (place.make, link.as_object_mut()) {
        fields.shift_remove("scy");
    }
    format!("vmess://{}", STANDARD.encode(format!("{link:#}")))
}

fn shadowsocks_user(secret: &str, place: &Place<'_>) -> String {
    let server = STANDARD.encode(seed::digest(&["server password", place.panel]));
    let method = "2022-blake3-aes-256-gcm";
    if place.make.is_modern() {
        let escape = |password: &str| utf8_percent_encode(password, UNRESERVED).to_string();
        format!("{method}:{}:{}", escape(&server), escape(secret))
    } else {
        STANDARD.encode(format!("{method}:{server}:{secret}"))
    }
}

fn escape_secret(secret: &str, make: Make) -> String {
    if make.is_modern() {
        utf8_percent_encode(secret, UNRESERVED).to_string()
    } else {
        secret.to_owned()
    }
}

fn remark_set(make: Make) -> &'static AsciiSet {
    if make.is_modern() { UNRESERVED } else { FRAGMENT }
}

/// ```text
/// 2.x, 3.0, Alireza   Edge/Trojan gRPC-in4.u1001.e5ff2a-edge-50.00GB📊-30D,5H⏳
/// 3.4 and later       Edge/Trojan gRPC-in4.u1001.e5ff2a|📊50.00GB|⏳30D
/// switched off        ⛔️N/A-Edge/Trojan gRPC-in4.u1001.e5ff2a-edge
/// ```
fn remark(inbound: &Inbound, client: &Client, place: &Place<'_>) -> String {
    let name = format!("{}-in{}.{}", inbound.remark, inbound.id, client.email);
    let volume = client.limit_bytes.saturating_sub(client.used_bytes);
    let seconds = client.expires_at.map_or(0, |end| end.as_second() - place.now.as_second());
    if place.make.is_modern() {
        let volume = (volume > 0).then(|| format!("|📊{}", bytes_text(volume)));
        let time = (seconds > 0).then(|| format!("|⏳{}D", seconds / 86_400));
        return name + &volume.unwrap_or_default() + &time.unwrap_or_default();
    }
    let proxy = if inbound.id == 4 { "-edge" } else { "" };
    if !client.is_on(place.now) {
        return format!("⛔️N/A-{name}{proxy}");
    }
    let volume = (volume > 0).then(|| format!("-{}📊", bytes_text(volume)));
    let time = (seconds > 0).then(|| format!("-{}⏳", time_text(seconds)));
    name + proxy + &volume.unwrap_or_default() + &time.unwrap_or_default()
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
    use jiff::ToSpan as _;

    use super::*;

    fn place(make: Make) -> Place<'static> {
        let now = Timestamp::UNIX_EPOCH;
        Place { make, panel: "de-1", host: "sub.example.net", now, pick: 1 }
    }

    fn limited() -> Client {
        let end = Timestamp::UNIX_EPOCH + (30 * 24 + 5).hours();
        let client = Client { email: "u7.abc".to_owned(), ..Client::new("s") };
        client.limited(50 << 30, end)
    }

    #[test]
    fn a_limited_customer_carries_usage_text() {
        let remark_of = |make| remark(&INBOUNDS[3], &limited(), &place(make));
        let old = "Edge/Trojan gRPC-in4.u7.abc-edge-50.00GB📊-30D,5H⏳";
        assert_eq!(remark_of(Make::ThreeXui267), old);
        assert_eq!(remark_of(Make::Alireza1120), old);
        assert_eq!(remark_of(Make::ThreeXui360), "Edge/Trojan gRPC-in4.u7.abc|📊50.00GB|⏳30D");
    }

    #[test]
    fn each_make_escapes_as_recorded() {
        let links = |make| share_links(&Client::new("s"), &place(make));
        let old = links(Make::ThreeXui2811);
        assert!(old[3].contains("/+=@edge.de-1.example.org:443?alpn=h2&"), "{}", old[3]);
        assert!(old[3].contains("#Edge/Trojan%20gRPC-in4."), "{}", old[3]);
        assert!(old[4].starts_with("ss://MjAyMi1ibGFrZTMtYWVzLTI1Ni1nY206"), "{}", old[4]);
        let new = links(Make::ThreeXui360);
        assert!(new[3].contains("%2F%2B%3D@edge.de-1.example.org:443?alpn=h2&"), "{}", new[3]);
        assert!(new[3].contains("#Edge%2FTrojan%20gRPC-in4."), "{}", new[3]);
        assert!(new[4].starts_with("ss://2022-blake3-aes-256-gcm:"), "{}", new[4]);
    }

    #[test]
    fn vmess_is_indented_json_with_sorted_keys() {
        let link = &share_links(&Client::new("s"), &place(Make::ThreeXui267))[2];
        let json = STANDARD.decode(link.strip_prefix("vmess://").unwrap()).unwrap();
        let text = String::from_utf8(json).unwrap();
        assert!(text.starts_with("{\n  \"add\": \"sub.example.net\",\n  \"id\": \""), "{text}");
        let keys: Vec<&str> = text.lines().filter_map(|line| line.split('"').nth(1)).collect();
        assert_eq!(keys, ["add", "id", "net", "port", "ps", "scy", "tls", "type", "v"]);
    }

    #[test]
    fn only_random_fields_differ_between_two_requests() {
        for make in Make::ALL {
            let first = share_links(&limited(), &place(make));
            let second = share_links(&limited(), &Place { pick: 2, ..place(make) });
            assert_ne!(first[0], second[0]);
            assert_eq!(first[1..], second[1..]);
            assert_eq!(without_random_fields(&first[0]), without_random_fields(&second[0]));
        }
    }

    #[test]
    fn time_left_is_written_in_its_two_largest_units() {
        let texts = [90, 7_200, 86_400, 90_000].map(time_text);
        assert_eq!(texts, ["1M", "2H", "1D", "1D,1H"]);
    }
}
