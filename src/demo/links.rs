//! The share links that a simulated panel makes.
//!
//! Query keys are sorted, as Go writes them. The shapes are those of recorded answers
//! (facts C15, C16 and C20 of src/ARCHITECTURE.md), for Hysteria2 and WireGuard those of the
//! panels' source; names and values are our own.
//!
//! Invariant: two requests in a row never pick the same random fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::client::Client;
use super::inbounds::Shape;
pub use super::inbounds::{INBOUNDS, Inbound};
use super::make::Make;
use super::place::Place;
use super::remark::remark;
use super::seed;

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

/// The method of the inbound of old.
pub(super) const OLD_METHOD: &str = "chacha20-ietf-poly1305";

/// Where a customer connects.
struct End {
    host: String,
    port: u16,
    /// The external proxy's name; empty for the inbound itself.
    proxy: &'static str,
}

/// The links of `client` on those of `inbounds` that are switched on, in their order.
pub(super) fn share_links(client: &Client, inbounds: &[Inbound], place: &Place<'_>) -> Vec<String> {
    let is_on = |inbound: &&Inbound| inbound.enabled && client.inbounds.contains(&inbound.id);
    inbounds.iter().filter(is_on).flat_map(|inbound| on_inbound(inbound, client, place)).collect()
}

/// The links of `client` on `inbound`: one, or one for each external proxy.
pub(super) fn on_inbound(inbound: &Inbound, client: &Client, place: &Place<'_>) -> Vec<String> {
    let link =
        |end: End| write(inbound, client, place, &end, &remark(inbound, end.proxy, client, place));
    ends(inbound, client, place).map(link).collect()
}

/// The first link of `client` on `inbound`, called `remark`.
pub(super) fn renamed(
    inbound: &Inbound,
    client: &Client,
    place: &Place<'_>,
    remark: &str,
) -> Option<String> {
    let end = ends(inbound, client, place).next()?;
    Some(write(inbound, client, place, &end, remark))
}

fn ends(inbound: &Inbound, client: &Client, place: &Place<'_>) -> impl Iterator<Item = End> {
    let moved = if inbound.id == 1 { client.revision } else { 0 };
    let port = inbound.port.wrapping_add(moved);
    let itself = End { host: place.host.to_owned(), port, proxy: "" };
    let panel = place.panel.to_owned();
    let proxies = inbound.proxies.iter().map(move |proxy| End {
        host: format!("{}.{panel}.example.org", proxy.name),
        port: proxy.port,
        proxy: proxy.name,
    });
    inbound.proxies.is_empty().then_some(itself).into_iter().chain(proxies)
}

fn write(inbound: &Inbound, client: &Client, place: &Place<'_>, end: &End, remark: &str) -> String {
    let at = format!("{}:{}", end.host, end.port);
    let secret = client.secret(place.panel, inbound);
    let name = utf8_percent_encode(remark, remark_set(place.make));
    let escaped = || escape_secret(&secret, place.make);
    match inbound.shape {
        Shape::Reality { names, ids } => {
            format!("vless://{secret}@{at}?{}#{name}", reality(client, names, ids, place))
        }
        Shape::WebSocket => format!(
            "vless://{secret}@{at}?host=cdn.example.org&path=%2Fchat+path&security=none&type=ws#{name}"
        ),
        Shape::VMess => vmess(&secret, client.security, end, remark, place.make),
        Shape::Trojan => format!(
            "trojan://{}@{at}?alpn=h2&authority=&fp=chrome&security=tls&serviceName=grpc-svc&sni=g.example.org&type=grpc#{name}",
            escaped()
        ),
        Shape::Shadowsocks2022 => {
            format!("ss://{}@{at}?type=tcp#{name}", shadowsocks_2022(&secret, place))
        }
        Shape::Shadowsocks => {
            format!("ss://{}@{at}?type=tcp#{name}", shadowsocks_of_old(&secret, place.make))
        }
        Shape::Hysteria2 => format!(
            "hysteria2://{secret}@{at}?alpn=h3&fp=chrome&obfs=salamander&obfs-password=veil&security=tls&sni=h.example.org#{name}"
        ),
        Shape::WireGuard => format!(
            "wireguard://{}@{at}?address={}&mtu=1420&publickey={}#{name}",
            utf8_percent_encode(&secret, UNRESERVED),
            utf8_percent_encode(&client.tunnel_address(), UNRESERVED),
            utf8_percent_encode(&public_key(place.panel), UNRESERVED)
        ),
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
    let name = without_port(host);
    let is_loopback = name == "127.0.0.1" || name == "[::1]";
    if make.is_modern() && is_loopback { "localhost".to_owned() } else { name.to_owned() }
}

/// `host` without its port, if it has one.
pub(super) fn without_port(host: &str) -> &str {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |split| split.0)
}

/// The public key in the REALITY links of `panel`.
pub(super) fn reality_key(panel: &str) -> String {
    seed::hex(&["pbk", panel], 43)
}

/// The server's part of the passwords of a 2022 method.
pub(super) fn server_password(panel: &str) -> String {
    STANDARD.encode(seed::digest(&["server password", panel]))
}

/// The server's key in the WireGuard links of `panel`.
pub(super) fn public_key(panel: &str) -> String {
    STANDARD.encode(seed::digest(&["wireguard", panel]))
}

fn reality(client: &Client, names: &[&str], ids: &[&str], place: &Place<'_>) -> String {
    let key = reality_key(place.panel);
    let draw = |from: &[&'_ str]| {
        let turn = place.pick.checked_rem(u64::try_from(from.len()).unwrap_or(0)).unwrap_or(0);
        usize::try_from(turn).ok().and_then(|turn| from.get(turn).map(|&drawn| drawn.to_owned()))
    };
    // 3.5 and later derive spx from the client, earlier ones draw it.
    let spx = if place.make.is_modern() {
        seed::hex(&["spx", place.panel, &client.seed], 15)
    } else {
        seed::hex(&["spx", &place.pick.to_string()], 15)
    };
    let (sid, sni) = (draw(ids).unwrap_or_default(), draw(names).unwrap_or_default());
    let flow =
        if client.flow.is_empty() { String::new() } else { format!("flow={}&", client.flow) };
    format!("{flow}fp=chrome&pbk={key}&security=reality&sid={sid}&sni={sni}&spx=%2F{spx}&type=tcp")
}

fn vmess(secret: &str, security: &str, end: &End, remark: &str, make: Make) -> String {
    let mut link = json!({
        "add": end.host, "id": secret, "net": "tcp", "port": end.port, "ps": remark,
        "scy": security, "tls": "none", "type": "none", "v": "2",
    });
    if let (Make::Alireza1120, Some(fields)) = (make, link.as_object_mut()) {
        fields.shift_remove("scy");
    }
    format!("vmess://{}", STANDARD.encode(format!("{link:#}")))
}

fn shadowsocks_2022(secret: &str, place: &Place<'_>) -> String {
    let server = server_password(place.panel);
    let method = "2022-blake3-aes-256-gcm";
    if place.make.is_modern() {
        let escape = |password: &str| utf8_percent_encode(password, UNRESERVED).to_string();
        format!("{method}:{}:{}", escape(&server), escape(secret))
    } else {
        STANDARD.encode(format!("{method}:{server}:{secret}"))
    }
}

fn shadowsocks_of_old(secret: &str, make: Make) -> String {
    let user = format!("{OLD_METHOD}:{secret}");
    if make.is_modern() { URL_SAFE_NO_PAD.encode(user) } else { STANDARD.encode(user) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::inbounds::{HYSTERIA2, Proxy, SHADOWSOCKS, WIREGUARD};

    fn links(client: &Client, place: &Place<'_>) -> Vec<String> {
        share_links(client, &INBOUNDS, place)
    }

    #[test]
    fn each_make_escapes_as_recorded() {
        let links = |make| links(&Client::new("s"), &Place::example(make));
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
        let link = &links(&Client::new("s"), &Place::example(Make::ThreeXui267))[2];
        let json = STANDARD.decode(link.strip_prefix("vmess://").unwrap()).unwrap();
        let text = String::from_utf8(json).unwrap();
        assert!(text.starts_with("{\n  \"add\": \"sub.example.net\",\n  \"id\": \""), "{text}");
        let keys: Vec<&str> = text.lines().filter_map(|line| line.split('"').nth(1)).collect();
        assert_eq!(keys, ["add", "id", "net", "port", "ps", "scy", "tls", "type", "v"]);
    }

    #[test]
    fn only_random_fields_differ_between_two_requests() {
        for make in Make::ALL {
            let first = links(&Client::new("s"), &Place::example(make));
            let second = links(&Client::new("s"), &Place { pick: 2, ..Place::example(make) });
            assert_ne!(first[0], second[0]);
            assert_eq!(first[1..], second[1..]);
            assert_eq!(without_random_fields(&first[0]), without_random_fields(&second[0]));
        }
    }

    #[test]
    fn an_inbound_that_is_off_has_no_links_and_one_with_two_proxies_has_two() {
        let mut inbounds = INBOUNDS;
        inbounds[1].enabled = false;
        inbounds[0].proxies = &[Proxy { name: "a", port: 1 }, Proxy { name: "b", port: 2 }];
        let place = Place::example(Make::ThreeXui360);
        let links = share_links(&Client::new("s").with_links(2), &inbounds, &place);
        assert_eq!(links.len(), 2);
        assert!(links[0].contains("@a.de-1.example.org:1?") && links[1].contains("@b.de-1."));
    }

    #[test]
    fn inbounds_that_are_added_have_their_own_schemes() {
        let client = Client::new("s").on(&[6, 7, 8]);
        let inbounds = [HYSTERIA2, WIREGUARD, SHADOWSOCKS];
        let links = share_links(&client, &inbounds, &Place::example(Make::ThreeXui360));
        let secrets = client.secrets("de-1");
        assert!(links[0].starts_with(&format!("hysteria2://{}@", secrets[0])), "{}", links[0]);
        assert!(links[1].starts_with("wireguard://") && links[1].contains("?address=10.7."));
        let user = URL_SAFE_NO_PAD.encode(format!("{OLD_METHOD}:{}", secrets[2]));
        assert!(links[2].starts_with(&format!("ss://{user}@")), "{}", links[2]);
    }

    #[test]
    fn one_client_in_many_inbounds_has_one_secret_and_one_e_mail() {
        let client = Client::new("s").shared();
        let links = links(&client, &Place::example(Make::ThreeXui302));
        let secrets = client.secrets("de-1");
        assert_eq!(secrets[0], secrets[1]);
        assert!(links[1].ends_with(&format!("-{}", client.email)), "{}", links[1]);
    }
}
