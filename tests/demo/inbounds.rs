//! Inbounds and clients that are changed while a simulated panel runs.

use alamor::demo::client::Client;
use alamor::demo::inbounds::{HYSTERIA2, INBOUNDS, Inbound, Proxy, SHADOWSOCKS, WIREGUARD};
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};

use crate::{get, links, panel};

#[tokio::test]
async fn an_inbound_can_be_switched_off_moved_added_and_removed() {
    let panel = panel(Make::ThreeXui2811).await;
    let before = links(&panel, "alice").await;
    assert!(panel.change_inbound(2, |inbound| inbound.enabled = false));
    assert_eq!(links(&panel, "alice").await.len(), 4);
    assert!(panel.change_inbound(2, |inbound| (inbound.enabled, inbound.port) = (true, 9)));
    assert!(links(&panel, "alice").await[1].contains(":9?"));
    assert!(panel.remove_inbound(2));
    assert_eq!(links(&panel, "alice").await, [&before[..1], &before[2..]].concat());
    panel.add_inbound(Inbound { id: 9, remark: "New", ..INBOUNDS[1] });
    assert!(panel.change("alice", |client| client.inbounds.push(9)));
    assert_eq!(links(&panel, "alice").await.len(), 5);
    assert!(!panel.change_inbound(2, |_| ()) && !panel.remove_inbound(2));
}

#[tokio::test]
async fn external_proxies_give_one_link_each() {
    let panel = panel(Make::ThreeXui360).await;
    let proxies = &[Proxy { name: "a", port: 1 }, Proxy { name: "b", port: 2 }];
    assert!(panel.change_inbound(1, |inbound| inbound.proxies = proxies));
    let links = links(&panel, "bob").await;
    assert_eq!(links.len(), 2);
    assert!(links[1].contains("@b.de-1.example.org:2?"));
}

#[tokio::test]
async fn every_protocol_can_be_added() {
    let spec = PanelSpec::new("de-1", Make::ThreeXui360)
        .inbound(HYSTERIA2)
        .inbound(WIREGUARD)
        .inbound(SHADOWSOCKS)
        .client(Client::new("alice").on(&[6, 7, 8]));
    let panel = SimulatedPanel::start(spec).await.unwrap();
    let links = links(&panel, "alice").await;
    let schemes: Vec<_> = links.iter().filter_map(|link| link.split("://").next()).collect();
    assert_eq!(schemes, ["hysteria2", "wireguard", "ss"]);
    assert_eq!(panel.inbounds().len(), 8);
}

#[tokio::test]
async fn a_client_keeps_its_secrets_under_another_id_and_loses_them_by_a_reset() {
    let panel = panel(Make::ThreeXui302).await;
    let before = links(&panel, "alice").await;
    assert!(panel.change("alice", |client| client.sub_id = "moved".to_owned()));
    assert_eq!(get(&panel, "alice").await.status(), 400);
    assert_eq!(links(&panel, "moved").await, before);
    assert!(panel.change("moved", Client::reset_secrets));
    let after = links(&panel, "moved").await;
    assert!(before.iter().all(|link| !after.contains(link)));
}

#[tokio::test]
async fn foreign_links_are_only_in_their_own_subscription() {
    let foreign = "vless://11111111-1111-4111-a111-111111111111@elsewhere.example:1?type=tcp#Own";
    let client = Client::new("alice").with_links(1).external(foreign);
    let start = async |make| {
        let spec = PanelSpec::new("de-1", make).client(client.clone());
        SimulatedPanel::start(spec).await.unwrap()
    };
    let new = start(Make::ThreeXui360).await;
    assert_eq!(links(&new, "alice").await[1], foreign);
    assert_eq!(new.expected_links("alice").len(), 2);
    assert_eq!(links(&start(Make::ThreeXui2811).await, "alice").await.len(), 1);
}

#[tokio::test]
async fn a_panel_that_moved_an_inbound_gives_everyone_other_links() {
    let panel = panel(Make::ThreeXui2811).await;
    let before = (links(&panel, "alice").await, links(&panel, "bob").await);
    panel.rotate();
    let after = (links(&panel, "alice").await, links(&panel, "bob").await);
    assert_ne!((&before.0[0], &before.1[0]), (&after.0[0], &after.1[0]));
    assert_eq!(before.0[1..], after.0[1..]);
}
