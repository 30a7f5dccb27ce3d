//! What is promised of share links, whatever their form.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

const VMESS: &str = r#"{
  "add": "DE.example.net",
  "id": "daca29f9-28d5-4b4d-b675-91dc7f22da36",
  "net": "tcp",
  "port": 25000,
  "ps": "NL VMess",
  "tls": "none",
  "v": "2"
}"#;

fn link(text: &str) -> ShareLink {
    ShareLink::parse(text).unwrap_or_else(|_| panic!("{text:?} is a link"))
}

fn vmess(json: &str) -> ShareLink {
    link(&format!("vmess://{}", STANDARD.encode(json)))
}

/// Scheme, secret, host, port, remark.
fn check(text: &str, expected: (&str, &str, &str, u16, &str)) {
    let link = link(text);
    assert_eq!(
        (link.scheme(), link.secret(), link.host(), link.port(), link.remark()),
        expected,
        "{text}"
    );
    assert_eq!(link.as_str(), text.trim());
}

fn same(one: &str, two: &str) {
    assert_eq!(link(one).identity(), link(two).identity(), "{one} {two}");
}

fn different(one: &str, two: &str) {
    assert_ne!(link(one).identity(), link(two).identity(), "{one} {two}");
}

#[test]
fn links_that_look_like_urls_are_read() {
    check(" vless://cached1@h:1#c1\r\n", ("vless", "cached1", "h", 1, "c1"));
    check("VLESS://u@H:443?type=ws&path=/a@b", ("vless", "u", "H", 443, ""));
    check("vless://u@[2001:db8::1]:443#a%20b", ("vless", "u", "2001:db8::1", 443, "a b"));
    check("vless://u@2001:db8::1:443#a b", ("vless", "u", "2001:db8::1", 443, "a b"));
    check(
        "trojan://9f9ec9a0f4/+=@edge.example.com:443?alpn=h2#FR/T",
        ("trojan", "9f9ec9a0f4/+=", "edge.example.com", 443, "FR/T"),
    );
    check(
        "trojan://9f9ec9a0f4%2F%2B%3D@edge.example.com:443",
        ("trojan", "9f9ec9a0f4/+=", "edge.example.com", 443, ""),
    );
    check("trojan://p@ss@h:443", ("trojan", "p@ss", "h", 443, ""));
    check(
        "hysteria2://auth@h:443,5000-6000/?obfs=salamander#r",
        ("hysteria2", "auth", "h", 443, "r"),
    );
    check("hy2://auth@h", ("hysteria2", "auth", "h", 443, ""));
    check("hysteria://h:36712?auth=abc&protocol=udp#r", ("hysteria", "abc", "h", 36712, "r"));
    check("tuic://uuid:password@h:443#r", ("tuic", "uuid", "h", 443, "r"));
    check(
        "wireguard://aG/k+y=@h:51820?address=10.0.0.2%2F32#wg",
        ("wireguard", "aG/k+y=", "h", 51820, "wg"),
    );
    check("naive+https://user:pw@h:443#r", ("naive+https", "user:pw", "h", 443, "r"));
    check("socks://dTpw@h:1080#r", ("socks", "dTpw", "h", 1080, "r"));
}

#[test]
fn telegram_proxies_are_read() {
    check(
        "tg://proxy?port=443&secret=ee00ff&server=h.example.net",
        ("tg", "ee00ff", "h.example.net", 443, ""),
    );
    same("tg://proxy?port=443&secret=ee&server=H", "tg://proxy?server=h&port=443&secret=ee");
    let proxy = link("tg://proxy?port=443&secret=ee&server=2001:db8::1");
    assert_eq!(proxy.with_remark("name"), proxy);
}

#[test]
fn shadowsocks_is_read_in_all_its_forms() {
    let plain = "aes-256-gcm:p:w/?";
    for userinfo in [
        STANDARD.encode(plain),
        URL_SAFE_NO_PAD.encode(plain),
        STANDARD.encode(plain).replace('=', "%3D"),
    ] {
        check(&format!("ss://{userinfo}@h:8388/?plugin=x#r"), ("ss", "p:w/?", "h", 8388, "r"));
    }
    let oldest = STANDARD.encode("aes-256-gcm:p@ss@h:8388");
    check(&format!("ss://{oldest}#r"), ("ss", "p@ss", "h", 8388, "r"));
    check(
        "ss://2022-blake3-aes-256-gcm:c2VydmVy%3D:Y2xpZW50%2B%3D@h:1#r",
        ("ss", "Y2xpZW50+=", "h", 1, "r"),
    );
    let encoded = STANDARD.encode("2022-blake3-aes-256-gcm:c2VydmVy=:Y2xpZW50+=");
    check(&format!("ss://{encoded}@h:1#r"), ("ss", "Y2xpZW50+=", "h", 1, "r"));
    check("ss://2022-blake3-aes-256-gcm:server:k%3A@h:1", ("ss", "k:", "h", 1, ""));
    same(
        &format!("ss://{encoded}@h:1"),
        "ss://2022-blake3-aes-256-gcm:c2VydmVy%3D:Y2xpZW50%2B%3D@h:1",
    );
    different("ss://aes-128-gcm:p@h:1", "ss://aes-256-gcm:p@h:1");
}

#[test]
fn vmess_is_read_in_every_kind_of_base64() {
    let expected =
        ("vmess", "daca29f9-28d5-4b4d-b675-91dc7f22da36", "DE.example.net", 25000, "NL VMess");
    for payload in [STANDARD.encode(VMESS), STANDARD_NO_PAD.encode(VMESS), URL_SAFE.encode(VMESS)] {
        check(&format!("vmess://{payload}"), expected);
    }
    assert_eq!(vmess(&VMESS.replace("25000", "\"25000\"")).identity(), vmess(VMESS).identity());
    assert_eq!(vmess(&VMESS.replace("DE.", "de.")).identity(), vmess(VMESS).identity());
    assert_ne!(vmess(&VMESS.replace("tcp", "ws")).identity(), vmess(VMESS).identity());
    check("vmess://uuid@h:443?type=tcp#r", ("vmess", "uuid", "h", 443, "r"));
}

#[test]
fn a_name_that_the_bot_put_behind_vmess_is_its_remark() {
    let broken = link(&format!("vmess://{}#Brand-123", STANDARD.encode(VMESS)));
    assert_eq!(broken.remark(), "Brand-123");
    assert_eq!(broken.identity(), vmess(VMESS).identity());
    let mended = broken.with_remark(broken.remark());
    assert_eq!(mended.as_str(), vmess(&VMESS.replace("NL VMess", "Brand-123")).as_str());
}

#[test]
fn what_is_no_link_is_none() {
    for text in [
        "",
        "Error!",
        "{}",
        "1",
        "<html>",
        "<a href=\"vless://u@h:1\">",
        "404 page not found",
        "http://u@h:1",
        "https://u:p@h:443/x",
        "vless://",
        "vless://u@h",
        "vless://@h:1",
        "vless://h:1",
        "vless://u@:1",
        "vless://u@h:x",
        "vless://u@h:70000",
        "://u@h:1",
        "1a://u@h:1",
        "vless://u@h:1#a\nvless://u@h:1",
        "vmess://",
        "vmess://e30=",
        "vmess://aGVsbG8=",
        "ss://aGVsbG8=@h:1",
        "ss://h:1",
        "tg://resolve?domain=x",
        "tg://proxy?server=h&port=1",
        "incy://routing/add/x",
        "vless://a b@h:1",
    ] {
        assert_eq!(ShareLink::parse(text), Err(NotALink), "{text:?}");
    }
}

#[test]
fn random_fields_and_order_make_no_other_link() {
    let reality = "vless://u@h:1?security=reality&type=tcp&pbk=k";
    same(
        &format!("{reality}&sni=a&sid=1&spx=%2Fx#one"),
        &format!("{reality}&sni=b&sid=2&spx=%2Fy#two"),
    );
    same("vless://u@H:1?a=1&b=%2Fws+path", "vless://u@h:1/?b=%2fws%20path&a=1#r");
    same("hy2://a@h", "hysteria2://a@h:443/");
    different("vless://u@h:1?security=tls&sni=a", "vless://u@h:1?security=tls&sni=b");
    different(
        &format!("{reality}&sni=a"),
        "vless://u@h:1?security=reality&type=tcp&pbk=other&sni=a",
    );
    different("vless://u@h:1", "vless://v@h:1");
    different("vless://u@h:1", "trojan://u@h:1");
    let random = |sni: &str| {
        vmess(&format!(r#"{{"add":"h","port":1,"id":"u","tls":"reality","sni":"{sni}"}}"#))
            .identity()
    };
    assert_eq!(random("a"), random("b"));
}

#[test]
fn an_endpoint_is_scheme_secret_host_and_port() {
    let endpoint = |text: &str| link(text).endpoint();
    assert_eq!(endpoint("vless://u@h:1?type=tcp#a"), endpoint("vless://u@H:1?type=ws#b"));
    for other in ["trojan://u@h:1", "vless://v@h:1", "vless://u@g:1", "vless://u@h:2"] {
        assert_ne!(endpoint("vless://u@h:1"), endpoint(other));
    }
}

#[test]
fn another_name_changes_nothing_else() {
    let renamed = |text: &str, remark: &str| link(text).with_remark(remark).as_str().to_owned();
    assert_eq!(renamed("vless://u@h:1?a=b#old", "Alamor 5/2"), "vless://u@h:1?a=b#Alamor%205%2F2");
    assert_eq!(renamed("vless://u@h:1?a=b", "آ"), "vless://u@h:1?a=b#%D8%A2");
    assert_eq!(renamed("vless://u@h:1#old", ""), "vless://u@h:1");
    let compact = r#"{"v":"2","ps":"old","add":"h","port":"1","id":"u"}"#;
    assert_eq!(
        vmess(compact).with_remark("new").as_str(),
        vmess(&compact.replace("old", "new")).as_str()
    );
}

#[test]
fn no_secret_is_printed() {
    let printed = format!("{:?}", link("vless://secret@h:1?sid=hidden#name"));
    assert_eq!(printed, "ShareLink(vless h 1)");
}

fn generated_link() -> impl Strategy<Value = String> {
    let host = prop_oneof!["[a-z0-9][a-z0-9.-]{0,14}", Just("[2001:db8::7]".to_owned())];
    let secret = "[A-Za-z0-9/+=@:%._~-]{1,24}";
    let query = prop_oneof![
        Just(String::new()),
        "\\?[a-z]{1,6}=[A-Za-z0-9%/+.-]{0,12}(&security=reality&sni=[a-z.]{0,9})?"
    ];
    let scheme = prop::sample::select(vec![
        "vless",
        "trojan",
        "hysteria",
        "hysteria2",
        "hy2",
        "tuic",
        "wireguard",
        "socks",
        "anytls",
        "ss",
        "ss64",
        "ss-oldest",
        "vmess",
        "vmess-compact",
        "vmess-url",
        "tg",
    ]);
    (scheme, secret, host, 1..=u16::MAX, query, "\\PC{0,12}").prop_map(|(scheme, secret, host, port, query, remark)| {
        let name = utf8_percent_encode(&remark, ESCAPED);
        let escaped = utf8_percent_encode(&secret, ESCAPED);
        let json = serde_json::json!({"add": host, "port": port, "id": secret, "ps": remark, "net": "tcp"});
        match scheme {
            "ss" => format!("ss://2022-blake3-aes-256-gcm:server:k{escaped}@{host}:{port}{query}#{name}"),
            "ss64" => format!("ss://{}@{host}:{port}{query}#{name}", URL_SAFE_NO_PAD.encode(format!("m:{secret}"))),
            "ss-oldest" => format!("ss://{}#{name}", STANDARD.encode(format!("m:{secret}@{host}:{port}"))),
            "vmess" => format!("vmess://{}", STANDARD.encode(serde_json::to_string_pretty(&json).unwrap())),
            "vmess-compact" => format!("vmess://{}#{name}", STANDARD.encode(json.to_string())),
            "vmess-url" => format!("vmess://{escaped}@{host}:{port}{query}#{name}"),
            "tg" => format!("tg://proxy?server={host}&port={port}&secret={escaped}"),
            "tuic" => format!("tuic://u{escaped}:p@{host}:{port}{query}#{name}"),
            _ => format!("{scheme}://{escaped}@{host}:{port}{query}#{name}"),
        }
    })
}

#[test]
fn blanks_before_the_remark_say_nothing() {
    for text in ["hysteria://=@a/ #", "vless://u@h:1?b= #n"] {
        let link = ShareLink::parse(text).unwrap();
        let renamed = link.with_remark("n");
        assert_eq!(ShareLink::parse(renamed.as_str()).unwrap(), renamed, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_parsed_and_written_is_the_same(text in generated_link()) {
        let link = ShareLink::parse(&text).unwrap();
        prop_assert_eq!(link.as_str(), text.trim());
        prop_assert_eq!(&ShareLink::parse(link.as_str()).unwrap(), &link);
        let again = link.with_remark(link.remark());
        prop_assert_eq!(again.identity(), link.identity());
        prop_assert_eq!(again.endpoint(), link.endpoint());
        prop_assert_eq!(again.remark(), link.remark());
    }

    #[test]
    fn a_renamed_link_reads_as_it_was_made(text in generated_link(), remark: String) {
        let link = ShareLink::parse(&text).unwrap();
        let renamed = link.with_remark(&remark);
        prop_assert_eq!(&ShareLink::parse(renamed.as_str()).unwrap(), &renamed);
        prop_assert_eq!(renamed.identity(), link.identity());
    }

    #[test]
    fn no_text_panics(text: String, rest in "\\PC{0,40}") {
        let _ = ShareLink::parse(&text);
        for scheme in ["vless", "vmess", "ss", "tg", "hy2", "tuic", "x"] {
            let Ok(link) = ShareLink::parse(&format!("{scheme}://{rest}")) else { continue };
            prop_assert_eq!(link.with_remark(link.remark()).identity(), link.identity());
        }
    }

    #[test]
    fn no_marks_in_any_order_panic(rest in "[a-z1@:/?#\\[\\]=&%+ ,-]{0,24}") {
        for scheme in ["vless", "ss", "hysteria", "hy2", "tuic"] {
            let Ok(link) = ShareLink::parse(&format!("{scheme}://{rest}")) else { continue };
            let renamed = link.with_remark("n");
            prop_assert_eq!(&ShareLink::parse(renamed.as_str()).unwrap(), &renamed);
        }
    }
}
