//! Tests of patterns: links of every kind, secrets with every sign, recorded and made up.

use proptest::prelude::*;

use super::*;
use crate::domain::base64_text::Kind;
use crate::domain::inventory::fixture::{Recording, client};

fn link(text: &str) -> ShareLink {
    ShareLink::parse(text).unwrap()
}

fn with_flow(secret: &str, email: &str, flow: &str) -> Client {
    Client { flow: flow.to_owned(), ..client(secret, email, "s") }
}

fn with_security(secret: &str, email: &str, security: &str) -> Client {
    Client { security: security.to_owned(), ..client(secret, email, "s") }
}

/// What becomes of `text`, the link of `a`, for `b`.
fn made(text: &str, a: &Client, b: &Client) -> Option<String> {
    let made = Pattern::learn(&link(text), a).expect(text).make(b)?;
    Some(made.as_str().to_owned())
}

fn check(text: &str, a: &Client, b: &Client, expected: &str) {
    assert_eq!(made(text, a, a).as_deref(), Some(text));
    assert_eq!(made(text, a, b).as_deref(), Some(expected));
}

fn check_unsure(text: &str, a: &Client, b: &Client) {
    assert_eq!(made(text, a, b), None);
}

fn vmess(kind: Kind, json: &str) -> String {
    format!("vmess://{}", kind.encode(json))
}

#[test]
fn every_recorded_link_makes_every_other_customers() {
    let mut compared = 0;
    for recording in Recording::all() {
        let inventory = recording.inventory();
        for inbound in &inventory.inbounds {
            let links: Vec<(&Client, ShareLink)> = inbound
                .clients
                .iter()
                .filter_map(|client| {
                    let (subscription, _) = recording.subscription(client.sub_id.as_ref()?)?;
                    let mut links = subscription.links.into_iter();
                    Some((client, links.find(|link| link.secret() == client.secret)?))
                })
                .collect();
            for (teacher, link) in &links {
                let pattern = Pattern::learn(link, teacher).unwrap();
                for (client, own) in &links {
                    let made = pattern.make(client).unwrap();
                    assert!(same(&made, own), "{}: {made:?} {own:?}", recording.name);
                    assert_eq!(ShareLink::parse(made.as_str()), Ok(made.clone()));
                    if inbound.reality.is_none() {
                        let name = without_usage(own.remark());
                        assert_eq!(made.remark(), name);
                    }
                    compared += 1;
                }
            }
        }
    }
    // Four times 16 + 9 × 4, and X-UI, where one subscription was not recorded.
    assert_eq!(compared, 4 * 52 + 25);
}

#[test]
fn a_link_is_read_once_for_all_that_are_alike() {
    let vision = |secret, email| with_flow(secret, email, "vision");
    let text = "vless://uuid-a@h:1?flow=vision#I%20u1";
    let pattern = Pattern::learn(&link(text), &vision("uuid-a", "u1")).unwrap();
    let is_cast = |client: &Client| {
        let made = pattern.make(client).unwrap();
        pattern.cast(client) == Some(made)
    };
    assert!(is_cast(&vision("uuid-b", "u2")));
    assert!(!is_cast(&with_flow("uuid-b", "u2", "")), "its query is another one");
    assert!(!is_cast(&vision("uuid-b", "u%2")), "its name may be escaped");
}

/// What plain and odd clients are called and prove themselves with.
const ODD: [&str; 21] = [
    "u2",
    "3f1c402c-414e-4a57-9d2b-0c1d2e3f4a5b",
    "in1.u1001.539dc3",
    "b/",
    "b+c",
    "b/+c==",
    "==",
    ".",
    "a b",
    "u%2",
    "%41",
    "u#2",
    "u@2",
    "u:2",
    "u?2",
    "u&2",
    "\"u\\",
    "поль зователь",
    "🇩🇪",
    "u2-3D⏳",
    "",
];

/// Holds what is made with a cast against what is made without one; returns how many have it.
fn check_cast(text: &str, a: &Client) -> usize {
    let learned = ShareLink::parse(text).ok().and_then(|link| Pattern::learn(&link, a));
    let Some(pattern) = learned else { return 0 };
    let mut cast = 0;
    for (secret, email) in ODD.into_iter().flat_map(|secret| ODD.map(|email| (secret, email))) {
        for (flow, security) in [(a.flow.as_str(), a.security.as_str()), ("", "zero")] {
            let security = security.to_owned();
            let client = Client { security, ..with_flow(secret, email, flow) };
            let slow = Pattern::new(pattern.form.clone()).make(&client);
            assert_eq!(pattern.make(&client), slow, "{text} {secret:?} {email:?}");
            let fast = pattern.cast(&client);
            assert!(fast.is_none() || fast == slow, "{text} {secret:?} {email:?}");
            cast += usize::from(fast.is_some());
        }
    }
    cast
}

#[test]
fn a_link_that_is_cast_is_the_link_that_is_made() {
    for secret in ["uuid-a", "a/+=", "b+b", "a a"] {
        for email in ["u1", "u/+=1", "u 1", "п%1"] {
            let flow = "xtls-rprx-vision";
            let client = Client { security: "auto".to_owned(), ..with_flow(secret, email, flow) };
            let escape = |text: &str| {
                let set = percent_encoding::NON_ALPHANUMERIC;
                percent_encoding::utf8_percent_encode(text, set).to_string()
            };
            for remark in [format!("I-{email}"), format!("آ/I {email}|%"), email.to_owned()] {
                for kind in 0..7 {
                    check_cast(&of_kind(kind, secret, &remark), &client);
                    check_cast(&of_kind(kind, secret, &escape(&remark)), &client);
                }
                let name = escape(&remark);
                let at = format!("{}@h:1", escape(secret));
                check_cast(&format!("vless://{at}?flow={flow}&type=tcp#{name}"), &client);
                check_cast(&format!("hysteria2://{at}?obfs=salamander#{name}"), &client);
                check_cast(&format!("trojan://{secret}@h:1?a=b#{name}"), &client);
                let json = serde_json::json!({"ps": remark, "id": secret, "add": "h", "port": 1});
                check_cast(&vmess(Kind::UrlSafeUnpadded, &format!("{json:#}")), &client);
            }
        }
    }
}

#[test]
fn plain_clients_are_cast_from_links_of_every_form() {
    let client = Client { security: "auto".to_owned(), ..with_flow("a/+=", "u/+=1", "vision") };
    // Of the secrets eight are plain, and as many e-mails.
    let cast: Vec<usize> =
        (0..7).map(|kind| check_cast(&of_kind(kind, "a/+=", "I-u/+=1"), &client)).collect();
    // That kind of Base64 is sure only where there is nothing to pad: for a quarter of them.
    assert_eq!(cast, [64, 64, 64, 16, 64, 64, 64]);
}

#[test]
fn usage_text_is_not_learned() {
    let (a, b) = (client("uuid-a", "u1", "s"), client("uuid-b", "u2", "t"));
    let text = "vless://uuid-a@h:1?type=ws#I-u1-edge-50.00GB%F0%9F%93%8A-1133D,15H%E2%8F%B3";
    assert_eq!(made(text, &a, &b).as_deref(), Some("vless://uuid-b@h:1?type=ws#I-u2-edge"));
    let text = "vless://uuid-a@h:1?type=ws#%E2%9B%94%EF%B8%8FN/A-I-u1";
    assert_eq!(made(text, &a, &b).as_deref(), Some("vless://uuid-b@h:1?type=ws#I-u2"));
}

#[test]
fn a_flow_is_the_clients_own() {
    let text = "vless://uuid-a@h:1?encryption=none&flow=xtls-rprx-vision&type=tcp#u1";
    let a = with_flow("uuid-a", "u1", "xtls-rprx-vision");
    check(
        text,
        &a,
        &with_flow("uuid-b", "u2", ""),
        "vless://uuid-b@h:1?encryption=none&type=tcp#u2",
    );
    let other = with_flow("uuid-b", "u2", "xtls-rprx-vision-udp443");
    let expected = "vless://uuid-b@h:1?encryption=none&flow=xtls-rprx-vision-udp443&type=tcp#u2";
    check(text, &a, &other, expected);
    check_unsure(text, &a, &with_flow("uuid-b", "u2", "a&b"));

    let none = with_flow("uuid-a", "u1", "");
    check(
        "vless://uuid-a@h:1?type=ws#u1",
        &none,
        &with_flow("b", "u2", ""),
        "vless://b@h:1?type=ws#u2",
    );
    check_unsure("vless://uuid-a@h:1?type=ws#u1", &none, &other);
    // It has one, and its link does not: this transport has none.
    check("vless://uuid-a@h:1?type=ws#u1", &a, &other, "vless://uuid-b@h:1?type=ws#u2");
    assert!(Pattern::learn(&link(text), &none).is_none(), "not what the list says");
}

#[test]
fn secrets_are_escaped_as_they_were_seen_to_be() {
    let (a, b) = (client("9f/+=", "u1", "s"), client("b=/c+", "u2", "t"));
    let check = |of_a: &str, of_b: &str| {
        check(&format!("trojan://{of_a}@h:1#u1"), &a, &b, &format!("trojan://{of_b}@h:1#u2"));
    };
    check("9f/+=", "b=/c+");
    check("9f%2F%2B%3D", "b%3D%2Fc%2B");
    check("9f%2F+=", "b=%2Fc+");
    let lower = link("trojan://9f%2f%2b%3d@h:1#u1");
    assert!(Pattern::learn(&lower, &a).is_none(), "in no form that is known");
}

#[test]
fn where_two_escapings_would_differ_nothing_is_made() {
    let plain = client("abc", "u1", "s");
    for secret in ["a/b", "a+b", "a=b", "a@b", "a:b", "a b"] {
        check_unsure("trojan://abc@h:1#u1", &plain, &client(secret, "u2", "t"));
    }
    let seen = client("a/+=", "u1", "s");
    for secret in ["a@b", "a:b!"] {
        check_unsure("trojan://a/+=@h:1#u1", &seen, &client(secret, "u2", "t"));
    }
    check("trojan://a/+=@h:1#u1", &seen, &client("b+=", "u2", "t"), "trojan://b+=@h:1#u2");
    // An e-mail is a part of the remark, and that was seen whole.
    let odd = client("def", "u+2", "t");
    check_unsure("trojan://abc@h:1#u1", &plain, &odd);
    check("trojan://abc@h:1#a%2Bb%2F-u1", &plain, &odd, "trojan://def@h:1#a%2Bb%2F-u%2B2");
}

#[test]
fn another_clients_link_tells_the_form() {
    let (a, b) = (client("abc", "u1", "s"), client("a/b", "u2", "t"));
    let pattern = Pattern::learn(&link("trojan://abc@h:1#u1"), &a).unwrap();
    let own = link("trojan://a%2Fb@h:1#u2");
    assert!(pattern.make(&b).is_none());
    let narrowed = pattern.narrowed(&own, &b).unwrap();
    assert!(narrowed.make(&b).unwrap() == own);
    assert!(narrowed.narrowed(&link("trojan://a/b@h:1#u2"), &b).is_none());
}

#[test]
fn old_shadowsocks_is_base64_of_the_kind_that_was_seen() {
    let (a, b) = (client("p?~>a", "u1", "s"), client("q?~>bcd", "u2", "t"));
    for kind in [Kind::Standard, Kind::UrlSafeUnpadded] {
        let text = |client: &Client, remark: &str| {
            format!(
                "ss://{}@h:1?type=tcp#{remark}",
                kind.encode(&format!("aes-256-gcm:{}", client.secret))
            )
        };
        check(&text(&a, "u1"), &a, &b, &text(&b, "u2"));
    }
    // Neither alphabet nor padding was seen.
    let plain = client("abcdef", "u1", "s");
    let text = format!("ss://{}@h:1#u1", Kind::Standard.encode("aes-256-gcm:abcdef"));
    check_unsure(&text, &plain, &b);
}

#[test]
fn shadowsocks_2022_has_the_clients_key_last() {
    let (a, b) = (client("a/+w=", "u1", "s"), client("b+/0=", "u2", "t"));
    let escaped = |secret: &str| format!("ss://2022-blake3-aes-256-gcm:c2Vy%3D:{secret}@h:1#");
    let of_a = format!("{}u1", escaped("a%2F%2Bw%3D"));
    check(&of_a, &a, &b, &format!("{}u2", escaped("b%2B%2F0%3D")));
    let base64 = |secret: &str| {
        let whole = format!("2022-blake3-aes-256-gcm:c2Vy=:{secret}");
        format!("ss://{}@h:1#", Kind::Standard.encode(&whole))
    };
    check(&format!("{}u1", base64("a/+w=")), &a, &b, &format!("{}u2", base64("b+/0=")));
}

#[test]
fn hysteria_and_wireguard_have_their_secret_before_the_address() {
    let (a, b) = (client("auth-a", "u1", "s"), client("auth-b", "u2", "t"));
    check(
        "hysteria2://auth-a@h:443?mport=5000-6000&obfs=salamander&security=tls#H-u1",
        &a,
        &b,
        "hysteria2://auth-b@h:443?mport=5000-6000&obfs=salamander&security=tls#H-u2",
    );
    let (a, b) = (client("a/k+A=", "u1", "s"), client("b/k+B=", "u2", "t"));
    let of = |key: &str, remark: &str| {
        format!("wireguard://{key}@h:51820?address=10.0.0.2%2F32&publickey=pub%3D#{remark}")
    };
    check(&of("a%2Fk%2BA%3D", "W-u1"), &a, &b, &of("b%2Fk%2BB%3D", "W-u2"));
}

#[test]
fn vmess_keeps_the_form_of_its_json() {
    let (a, b) = (with_security("id-a", "u1", "auto"), with_security("id-b", "u2", "zero"));
    for (kind, of) in [
        (Kind::Standard, r#"{"v":"2","ps":"I&-EMAIL","id":"ID","scy":"SCY","port":1,"add":"h"}"#),
        (
            Kind::Standard,
            "{\n  \"add\": \"h\",\n  \"id\": \"ID\",\n  \"port\": \"1\",\n  \"ps\": \"a\\u003cEMAIL\",\n  \"scy\": \"SCY\"\n}",
        ),
        (Kind::StandardUnpadded, r#"{ "id":"ID", "add":"h","port":1,"scy":"SCY","ps":"آ EMAIL" }"#),
        (Kind::Standard, r#"{"ps":"\u0622 EMAIL","id":"ID","scy":"SCY","port":1,"add":"h"}"#),
    ] {
        let text = |client: &Client| {
            let json = of.replace("EMAIL", &client.email).replace("ID", &client.secret);
            vmess(kind, &json.replace("SCY", &client.security))
        };
        check(&text(&a), &a, &b, &text(&b));
    }
}

#[test]
fn vmess_without_the_clients_security_is_made_for_its_like_only() {
    let text = |of: &Client, scy: &str| {
        vmess(
            Kind::Standard,
            &format!(r#"{{"add":"h","port":1,"id":"{}","ps":"{}"{scy}}}"#, of.secret, of.email),
        )
    };
    let [a, b, c] = [("a", ""), ("b", ""), ("c", "zero")]
        .map(|(name, security)| with_security(&format!("id-{name}"), name, security));
    check(&text(&a, ""), &a, &b, &text(&b, ""));
    check_unsure(&text(&a, ""), &a, &c);
    let auto = r#","scy":"auto""#;
    check(&text(&a, auto), &a, &b, &text(&b, auto));
    check_unsure(&text(&a, auto), &a, &c);
    // A panel that never says it, X-UI.
    check(&text(&c, ""), &c, &a, &text(&a, ""));
    check_unsure(&text(&c, r#","scy":"zero""#), &c, &a);
}

#[test]
fn what_cannot_be_learned_is_not() {
    let check = |text: &str, client: &Client| {
        assert!(Pattern::learn(&link(text), client).is_none(), "{text}");
    };
    let a = client("secret-a", "u1", "s");
    check("vless://secret-b@h:1#u1", &a);
    check("vless://secret-a@h:1#u1-u1", &a);
    check("vless://secret-a@h:1#u1u1", &a);
    check("vless://secret-a@h:1?path=%2Fsecret%2Da#u1", &a);
    check("vless://secret-a@h:1#I-secret-a-u1", &a);
    check("vless://secret-a@h:1#u1", &client("secret-a", "", "s"));
    check("tg://proxy?server=h&port=1&secret=secret-a", &a);
    check("tuic://secret-a:p@h:1#u1", &a);
    check("hysteria://h:1?auth=secret-a#u1", &a);
    check("ss://YWVzOnNlY3JldC1hQGg6MQ#u1", &a);
    check(&vmess(Kind::Standard, r#"{"add":"h","port":1,"id":"secret-a","ps":7}"#), &a);
    check(
        &vmess(
            Kind::Standard,
            r#"{"add":"h","port":1,"id":"secret-a","ps":"u1","path":"secret-a"}"#,
        ),
        &a,
    );
    check(
        &format!(
            "{}#u1",
            vmess(Kind::Standard, r#"{"add":"h","port":1,"id":"secret-a","ps":"u1"}"#)
        ),
        &a,
    );
}

#[test]
fn a_remark_without_the_email_is_everyones() {
    let (a, b) = (client("secret-a", "u1", "s"), client("secret-b", "", "t"));
    check("vless://secret-a@h:1#DE", &a, &b, "vless://secret-b@h:1#DE");
    check("vless://secret-a@h:1", &a, &b, "vless://secret-b@h:1");
    check_unsure("vless://secret-a@h:1#DE-u1", &a, &b);
}

#[test]
fn links_are_the_same_but_for_random_fields_and_usage() {
    let one = link("vless://u@h:1?security=reality&sni=a&sid=1#n-3D%E2%8F%B3");
    let check =
        |text: &str, expected: bool| assert_eq!(same(&one, &link(text)), expected, "{text}");
    check("vless://u@h:1?security=reality&sni=b&sid=2#n", true);
    check("vless://u@h:1?security=reality&sni=a&sid=1#m", false);
    check("vless://u@h:1?security=tls&sni=a&sid=1#n", false);
    check("vless://u@i:1?security=reality&sni=a&sid=1#n", false);
}

/// A link with this secret and name, written in one of seven ways.
fn of_kind(kind: usize, secret: &str, name: &str) -> String {
    let escaped = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
    let base64 = |kind: Kind, method: &str| kind.encode(&format!("{method}:{secret}"));
    match kind {
        0 => format!("vless://{secret}@h:1#{name}"),
        1 => format!("trojan://{escaped}@h:1#I"),
        2 => format!("ss://{}@h:1#{name}", base64(Kind::Standard, "aes")),
        3 => format!("ss://{}@h:1#{name}", base64(Kind::UrlSafeUnpadded, "2022-x:srv")),
        4 => format!("ss://2022-x:srv%3D:{escaped}@h:1#{name}"),
        5 => format!("vless://{secret}@[::1]:1/p?security=reality&sid=a&type=tcp"),
        _ => {
            let json =
                serde_json::json!({"add": "h", "port": 1, "id": secret, "ps": name, "scy": "auto"});
            vmess(Kind::Standard, &json.to_string())
        }
    }
}

/// What most panels make up, with one sign at its end that means something in a link.
const PLAIN: &str = "[a-zA-Z0-9/+=._~-]{4,12}[%@:#?&\\\\ ]?";

/// Any text that a panel takes for a password or an e-mail, blanks at its ends aside.
const TEXT: &str = "[a-zA-Z0-9/+=@:%?#&<>!'()*~_. آ🇩-]{1,24}";

proptest! {
    #[test]
    fn what_was_learned_makes_the_link_learned_from(
        secret in TEXT, email in TEXT, before in TEXT, scheme in "vless|trojan|hysteria2|ss|wireguard",
        written in 0usize..3,
    ) {
        let client = client(&secret, &email, "s");
        let escape = |text: &str| match written {
            0 => text.to_owned(),
            _ => percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string(),
        };
        let text = format!("{scheme}://{}@h:443?a=b#{}", escape(&secret), escape(&format!("{before}-{email}")));
        let Ok(link) = ShareLink::parse(&text) else { return Ok(()) };
        if let Some(pattern) = Pattern::learn(&link, &client) {
            let made = pattern.make(&client).unwrap();
            prop_assert!(same(&made, &link));
            if without_usage(link.remark()) == link.remark() {
                prop_assert_eq!(made.as_str(), link.as_str());
            }
        }
    }

    #[test]
    fn a_link_made_has_exactly_its_clients_secret_and_nothing_of_the_others(
        a in TEXT, b in TEXT, email_a in TEXT, email_b in TEXT, kind in 0usize..7,
    ) {
        let (of_a, of_b) = (client(&a, &email_a, "s"), client(&b, &email_b, "t"));
        let text = of_kind(kind, &a, &format!("I-{email_a}"));
        let Ok(link) = ShareLink::parse(&text) else { return Ok(()) };
        if let Some(made) = Pattern::learn(&link, &of_a).and_then(|pattern| pattern.make(&of_b)) {
            prop_assert_eq!(made.secret(), b.as_str());
            prop_assert!(["h", "::1"].contains(&made.host()));
            prop_assert_eq!(ShareLink::parse(made.as_str()), Ok(made.clone()));
            let shown = ShareLink::parse(&made.as_str().replace(&b, "")).map(|link| link.as_str().to_owned());
            prop_assert!(a.len() < SHORTEST || b.contains(&a) || email_b.contains(&a) || !shown.unwrap_or_default().contains(&a));
        }
    }

    #[test]
    fn a_link_that_was_not_read_says_what_it_says_when_it_is_read(
        a in PLAIN, b in PLAIN, email_a in PLAIN, email_b in PLAIN, before in TEXT, after in TEXT,
        kind in 0usize..7,
    ) {
        let text = of_kind(kind, &a, &format!("{before}{email_a}{after}"));
        let Ok(link) = ShareLink::parse(&text) else { return Ok(()) };
        let Some(pattern) = Pattern::learn(&link, &client(&a, &email_a, "s")) else { return Ok(()) };
        if let Some(made) = pattern.make(&client(&b, &email_b, "t")) {
            prop_assert_eq!(Pattern::new(pattern.form).make(&client(&b, &email_b, "t")), Some(made.clone()));
            prop_assert_eq!(ShareLink::parse(made.as_str()), Ok(made));
        }
    }

    #[test]
    fn no_link_panics(text: String, secret in TEXT, email in TEXT) {
        let client = client(&secret, &email, "s");
        for text in [text.clone(), format!("vless://{secret}@h:1?{text}"), vmess(Kind::Standard, &text)] {
            if let Ok(link) = ShareLink::parse(&text) {
                let own = Client { secret: link.secret().to_owned(), ..client.clone() };
                if let Some(pattern) = Pattern::learn(&link, &own) {
                    let _ = pattern.make(&client);
                    let _ = pattern.narrowed(&link, &own);
                }
            }
        }
    }
}
