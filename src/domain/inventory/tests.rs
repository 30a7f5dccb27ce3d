//! Tests of inventories: the recorded lists, broken ones, look-alikes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{RECORDED_AT, Recording, client, id, inbound};
use super::*;
use crate::domain::client_keys::ClientKeys;
use crate::domain::share_link::ShareLink;
use crate::domain::subscription::BodyKind;

fn parse(answer: &Value) -> Inventory {
    Inventory::parse(answer.to_string().as_bytes(), 1_000).unwrap()
}

fn link(text: &str) -> ShareLink {
    ShareLink::parse(text).unwrap()
}

fn keys(secrets: &[&str], email: Option<&str>) -> ClientKeys {
    let secrets = secrets.iter().map(|&secret| secret.to_owned()).collect();
    ClientKeys { secrets, email: email.map(str::to_owned) }
}

#[test]
fn every_recorded_list_is_read_in_full() {
    for recording in Recording::all() {
        let inventory = recording.inventory();
        let name = &recording.name;
        let clients: Vec<usize> =
            inventory.inbounds.iter().map(|inbound| inbound.clients.len()).collect();
        assert_eq!(clients, [4, 3, 3, 3, 3], "{name}");
        assert_eq!(inventory.client_count(), 4, "{name}");
        let first = &inventory.inbounds[0];
        let reality = first.reality.as_ref().unwrap();
        assert_eq!(reality.server_names, ["www.example.com", "example.com", "m.example.com"]);
        assert_eq!(reality.short_ids, ["a1", "b2c3", "d4e5f6", "0123456789abcdef"]);
        assert!(inventory.inbounds.iter().all(|one| one.enabled && one.unread.is_none()));
        assert!(first.clients.iter().all(|one| one.flow == "xtls-rprx-vision"), "{name}");
        assert_eq!(inventory.inbounds[3].clients[0].secret, "9f9ec9a0f4/+=", "{name}");
        assert_eq!(inventory.inbounds[1].reality, None);
    }
}

#[test]
fn every_recorded_customer_is_found_by_each_of_its_keys() {
    for recording in Recording::all() {
        let inventory = recording.inventory();
        for customer in recording.customers() {
            let all = customer.keys.clone();
            let secrets = ClientKeys { email: None, ..all.clone() };
            let email = ClientKeys { secrets: Vec::new(), ..all.clone() };
            for keys in [all, secrets, email] {
                assert_eq!(inventory.find_client(&keys, &customer.own), Some(&customer.sub_id));
            }
            let nothing = ClientKeys::default();
            assert_eq!(inventory.find_client(&nothing, &customer.sub_id), Some(&customer.sub_id));
            assert_eq!(inventory.find_client(&nothing, &customer.own), None);
        }
    }
}

#[test]
fn usage_is_told_as_the_panels_tell_it() {
    let mut seen = 0;
    for recording in Recording::all() {
        let inventory = recording.inventory();
        for customer in recording.customers() {
            let Some((_, headers)) = recording.subscription(&customer.sub_id) else { continue };
            let told = headers.iter().find(|(name, _)| name == "subscription-userinfo").unwrap();
            assert_eq!(inventory.usage(&customer.sub_id).as_ref(), Some(&told.1));
            assert_eq!(inventory.off(&customer.sub_id), None);
            seen += 1;
        }
    }
    assert_eq!(seen, 19);
}

#[test]
fn every_recorded_link_has_its_customer_for_owner_and_is_explained() {
    for recording in Recording::all() {
        let inventory = recording.inventory();
        for customer in recording.customers() {
            let Some((subscription, _)) = recording.subscription(&customer.sub_id) else {
                continue;
            };
            for link in &subscription.links {
                assert_eq!(inventory.owner(link), Some(&customer.sub_id), "{link:?}");
                assert!(inventory.explains(link, &[]));
            }
        }
    }
}

#[test]
fn what_is_no_list_says_what_it_is() {
    let check = |body: &str, expected: NotAList| {
        assert_eq!(Inventory::parse(body.as_bytes(), 0).unwrap_err(), expected, "{body:?}");
    };
    check("", NotAList::Body(BodyKind::Empty));
    check(" \n", NotAList::Body(BodyKind::Empty));
    check("<!DOCTYPE html>", NotAList::Body(BodyKind::Html));
    check("404 page not found", NotAList::Body(BodyKind::Text));
    check(r#"{"success":false,"msg":"no"}"#, NotAList::Refused);
    for body in [
        "{}",
        "[]",
        "7",
        r#"{"success":true,"msg":"in","obj":null}"#,
        r#"{"success":true,"obj":{"a":1}}"#,
        r#"{"success":true,"obj":["vless://u@h:1"]}"#,
        r#"{"success":true,"obj":[{"email":"a"}]}"#,
    ] {
        check(body, NotAList::Body(BodyKind::Json));
    }
    assert!(parse(&json!({"success": true, "obj": []})).inbounds.is_empty());
}

#[test]
fn one_broken_inbound_does_not_lose_the_others() {
    let whole =
        json!({"id": 1, "protocol": "vless", "port": 1, "settings": {"clients": [{"id": "u"}]}});
    let broken = json!({"id": 2, "protocol": "vless", "port": 2, "settings": "{\"clients\": ["});
    let inventory = parse(&json!({"success": true, "obj": [broken, 7, whole]}));
    let [first, second] = inventory.inbounds.as_slice() else { panic!() };
    assert!(first.unread.is_some() && first.clients.is_empty());
    assert_eq!((second.clients.len(), second.unread), (1, None));
    let [of_broken, of_whole] = [2, 1].map(|port| link(&format!("vless://x@h:{port}")));
    let made = [link("vless://u@h:9")];
    assert!(!inventory.explains(&of_broken, &made), "nobody knows what it had");
    assert!(inventory.explains(&of_whole, &made));
}

#[test]
fn a_list_is_whole_if_each_inbound_that_may_give_links_is_read() {
    let whole = || json!({"protocol": "vless", "settings": {"clients": [{"id": "u"}]}});
    let broken = |on: bool| json!({"protocol": "vless", "enable": on, "settings": "{\"clients\""});
    let check = |list: Value, expected: bool| {
        let inventory = parse(&json!({"success": true, "obj": list}));
        assert_eq!(inventory.is_whole(), expected, "{list}");
    };
    check(json!([]), true);
    check(json!([whole()]), true);
    check(json!([whole(), broken(true)]), false);
    check(json!([whole(), broken(false)]), true);
    check(json!([whole(), 7]), false);
}

#[test]
fn numbers_may_be_texts_and_fields_may_be_missing_or_new() {
    let inventory = parse(&json!({"success": true, "new": [], "obj": [{
        "id": "7", "protocol": "VLESS", "port": "443", "enable": 1, "remark": null,
        "streamSettings": "not JSON", "clientStats": "?",
        "settings": {"clients": [
            {"id": "u", "tgId": "", "email": 5, "enable": null, "totalGB": "9", "new": {"a": [1]}},
            null,
            {},
        ]},
    }, {"protocol": "socks", "port": 99999}]}));
    let first = &inventory.inbounds[0];
    assert_eq!(
        (first.id, first.port, first.protocol.as_str(), first.enabled),
        (7, 443, "vless", true)
    );
    let one = &first.clients[0];
    assert_eq!((one.email.as_str(), one.total_bytes, one.off), ("5", 9, None));
    assert_eq!((first.clients.len(), inventory.client_count()), (2, 0));
    assert_eq!(inventory.inbounds[1].port, 0);
}

#[test]
fn the_secret_is_the_field_of_the_protocol() {
    for (protocol, expected) in [
        ("vless", "id"),
        ("vmess", "id"),
        ("trojan", "password"),
        ("shadowsocks", "password"),
        ("hysteria", "auth"),
        ("hysteria2", "auth"),
        ("wireguard", "key"),
        ("mtproto", "secret"),
    ] {
        let client = json!({"id": "id", "password": "password", "auth": "auth", "privateKey": "key", "secret": "secret"});
        let inbound = json!({"protocol": protocol, "settings": {"clients": [client]}});
        let inventory = parse(&json!({"success": true, "obj": [inbound]}));
        assert_eq!(inventory.inbounds[0].clients[0].secret, expected, "{protocol}");
    }
}

#[test]
fn a_client_that_does_not_work_says_why() {
    let check = |client: Value, stats: Value, expected: Option<ClientOff>| {
        let mut client = client;
        client["email"] = json!("e");
        client["subId"] = json!("s1");
        let inbound =
            json!({"protocol": "vless", "settings": {"clients": [client]}, "clientStats": [stats]});
        let inventory = parse(&json!({"success": true, "obj": [inbound]}));
        assert_eq!(inventory.off(&id("s1")), expected);
    };
    check(json!({}), json!({}), None);
    check(json!({"enable": false}), json!({}), Some(ClientOff::Disabled));
    check(json!({}), json!({"email": "e", "enable": false}), Some(ClientOff::Disabled));
    check(json!({}), json!({"email": "e", "expiryTime": 1000}), Some(ClientOff::Expired));
    check(json!({"expiryTime": 999}), json!({}), Some(ClientOff::Expired));
    check(json!({}), json!({"email": "e", "expiryTime": -86_400_000}), None);
    check(json!({}), json!({"email": "e", "expiryTime": 1001}), None);
    let used_up = json!({"email": "e", "enable": false, "up": 6, "down": 4, "total": 10});
    check(json!({}), used_up, Some(ClientOff::Depleted));
    check(json!({}), json!({"email": "e", "up": 5, "down": 4, "total": 10}), None);
}

#[test]
fn a_customer_is_off_when_nothing_of_it_works() {
    let off = |mut client: Client, off| {
        client.off = Some(off);
        client
    };
    let mut first = inbound(1, "vless", 1, vec![off(client("a", "e", "s"), ClientOff::Depleted)]);
    let second = inbound(2, "vless", 2, vec![client("b", "f", "s")]);
    let check = |inbounds: Vec<Inbound>, expected| {
        assert_eq!(Inventory::new(inbounds).off(&id("s")), expected);
    };
    check(vec![first.clone(), second.clone()], None);
    check(vec![first.clone()], Some(ClientOff::Depleted));
    check(
        vec![first.clone(), Inbound { enabled: false, ..second.clone() }],
        Some(ClientOff::Depleted),
    );
    first.enabled = false;
    check(vec![first], Some(ClientOff::Disabled));
    check(vec![], None);
}

#[test]
fn usage_is_summed_over_clients_and_each_counts_once() {
    let used = |email: &str, total, end| Client {
        used_bytes: (1, 2),
        total_bytes: total,
        expires_at: end,
        ..client(email, email, "s")
    };
    let check = |clients: Vec<Client>, expected: &str| {
        let inventory = Inventory::new(vec![inbound(1, "vless", 1, clients)]);
        assert_eq!(inventory.usage(&id("s")).as_deref(), Some(expected));
    };
    check(vec![used("a", 5, 9000), used("b", 6, 9000)], "upload=2; download=4; total=11; expire=9");
    check(vec![used("a", 5, 9000), used("b", 0, 8000)], "upload=2; download=4; total=0; expire=0");
    check(vec![used("a", 5, 0), used("b", 5, 9000)], "upload=2; download=4; total=10; expire=0");
    check(vec![used("a", 5, -9000)], "upload=1; download=2; total=5; expire=0");
    check(vec![used("a", 5, 9000), used("a", 5, 9000)], "upload=1; download=2; total=5; expire=9");
    check(
        vec![used("a", u64::MAX, 0), used("b", 9, 0)],
        &format!("upload=2; download=4; total={}; expire=0", u64::MAX),
    );
    assert_eq!(Inventory::default().usage(&id("s")), None);
}

/// Customers that resemble each other in everything that a link is not given by.
fn look_alikes() -> Inventory {
    Inventory::new(vec![
        inbound(
            1,
            "vless",
            443,
            vec![
                client("secret-a", "in1.u1", "sub-a"),
                client("secret-b", "in1.u11", "sub-b"),
                client("shared", "in11.u1", "sub-a"),
                client("loose", "x", ""),
            ],
        ),
        inbound(
            11,
            "trojan",
            443,
            vec![
                client("shared", "in11.u11", "sub-b"),
                client("secret-a", "u1", "sub-c"),
                client("twice", "t1", "sub-a"),
                client("twice", "t2", "sub-b"),
            ],
        ),
    ])
}

#[test]
fn a_link_is_given_by_scheme_and_secret_alone() {
    let inventory = look_alikes();
    let check = |text: &str, owner: Option<&str>| {
        let found = inventory.owner(&link(text)).map(SubId::reveal);
        assert_eq!(found, owner, "{text}");
    };
    check("vless://secret-a@h:443#in1.u11", Some("sub-a"));
    check("vless://secret-b@h:443#in1.u1", Some("sub-b"));
    check("trojan://secret-a@h:443#in1.u1", Some("sub-c"));
    check("vless://shared@h:443#in11.u11", Some("sub-a"));
    check("trojan://shared@h:443#in1.u1", Some("sub-b"));
    check("trojan://twice@h:443", None);
    check("vmess://secret-a@h:443", None);
    check("vless://unknown@h:443#I1-in1.u1", None);
    check("vless://loose@h:443", None);
}

#[test]
fn a_purchase_that_may_be_two_customers_is_neither() {
    let inventory = look_alikes();
    let check = |secrets: &[&str], email: Option<&str>, own: &str, expected: Option<&str>| {
        let found = inventory.find_client(&keys(secrets, email), &id(own)).map(SubId::reveal);
        assert_eq!(found, expected, "{secrets:?} {email:?} {own}");
    };
    check(&["secret-b"], None, "sub-a", Some("sub-b"));
    check(&["secret-a", "secret-b"], None, "sub-a", None);
    check(&["secret-a", "secret-b"], Some("u11"), "sub-a", Some("sub-b"));
    check(&["secret-b", "shared"], None, "no", Some("sub-b"));
    check(&["twice"], None, "sub-a", None);
    check(&["twice"], Some("in1.u1"), "no", Some("sub-a"));
    check(&["loose", "", "unknown"], None, "sub-b", Some("sub-b"));
    // `u1` is a client of sub-a by the name of its inbound, and one of sub-c as it is.
    check(&[], Some("u1"), "sub-b", None);
    check(&[], Some("u11"), "no", Some("sub-b"));
    check(&[], Some("1.u1"), "no", None);
    check(&[], Some("in11.u1"), "no", Some("sub-a"));
    check(&[], None, "no", None);
}

#[test]
fn an_older_link_is_explained_by_its_secret_or_its_place() {
    let inventory = look_alikes();
    let made = [link("vless://secret-a@edge:8443")];
    let check = |text: &str, expected: bool| {
        assert_eq!(inventory.explains(&link(text), &made), expected, "{text}");
    };
    check("vless://secret-a@gone:1", true);
    check("vless://older@EDGE:8443", true);
    check("vless://older@edge:443", true);
    check("vless://older@anywhere:443", false);
    let nothing_made = inventory.explains(&link("vless://older@edge:443"), &[]);
    assert!(!nothing_made, "no host is known to be the panel's");
    check("trojan://older@edge:8443", false);
    check("vmess://secret-a@gone:1", false);
    check("ss://YWVzOnA@h:443", false);
}

#[test]
fn random_fields_stay_while_the_panel_could_draw_them() {
    let recording = &Recording::all()[0];
    let inventory = recording.inventory();
    let known = recording.customers().remove(0).sub_id;
    let new = recording.subscription(&known).unwrap().0.links.remove(0);
    let with = |from: &str, to: &str| link(&new.as_str().replace(from, to));
    let kept = with("sid=a1", "sid=b2c3").with_remark("Alamor");
    let kept = link(&kept.as_str().replace("sni=www.example.com", "sni=m.example.com"));
    let steady = inventory.steady(&new, &kept).unwrap();
    let expected = new.as_str().replace("sid=a1", "sid=b2c3").replace("sni=www.", "sni=m.");
    assert_eq!(steady.as_str(), expected);
    assert_ne!(new.as_str(), expected);

    for (from, to) in [
        ("sid=a1", "sid=ffff"),
        ("sni=www.example.com", "sni=old.example.com"),
        (":24443", ":24444"),
        ("sid=a1&", ""),
    ] {
        assert!(inventory.steady(&new, &with(from, to)).is_none(), "{to}");
    }
    assert!(Inventory::default().steady(&new, &new).is_none());
}

#[test]
fn nothing_shows_a_secret() {
    let inventory = look_alikes();
    assert_eq!(format!("{inventory:?}"), "Inventory(2 inbounds, 3 customers)");
    let shown = format!("{:?}", inventory.inbounds);
    assert!(!shown.contains("secret") && !shown.contains("sub-a"), "{shown}");
}

proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>) {
        let _ = Inventory::parse(&body, 0);
    }

    #[test]
    fn no_damaged_list_panics(at in 0usize..9000, byte: u8, cut in 0usize..9000) {
        let recording = &Recording::all()[4];
        let mut body = recording.list().as_bytes().to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        body.truncate(body.len() - cut % 100);
        if let Ok(inventory) = Inventory::parse(&body, RECORDED_AT) {
            prop_assert!(inventory.client_count() <= 17);
        }
    }
}
