//! What becomes of a purchase whose links came from a panel's list.

use std::sync::Arc;

use super::tests::{A, NOW, end, known, rules, settle, slice, written};
use super::*;
use crate::database::panels::{Products, Profile};
use crate::database::purchases::PanelStanding;
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::{ProfileId, SubId};
use crate::domain::inventory::{Client, ClientOff, Inbound, Inventory, Reality};
use crate::domain::kept;
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Headers, Mapping};
use crate::domain::way::Way;

fn sub_id() -> SubId {
    SubId::new(Some("panels-own-id")).unwrap()
}

fn client(secret: &str, off: Option<ClientOff>) -> Client {
    Client {
        secret: secret.to_owned(),
        email: format!("in1.{secret}"),
        sub_id: Some(sub_id()),
        flow: String::new(),
        security: String::new(),
        off,
        used_bytes: (0, 0),
        total_bytes: 0,
        expires_at: 0,
    }
}

fn inbound(id: i64, port: u16, clients: Vec<Client>) -> Inbound {
    Inbound {
        id,
        remark: format!("DE {id}"),
        port,
        protocol: "vless".to_owned(),
        enabled: true,
        reality: Some(Reality {
            public_key: "key".to_owned(),
            server_names: vec!["a.example".to_owned(), "b.example".to_owned()],
            short_ids: vec!["01".to_owned(), "02".to_owned()],
        }),
        clients,
        unread: None,
    }
}

fn lines(links: &[&str]) -> Vec<String> {
    links.iter().map(|&link| link.to_owned()).collect()
}

fn given(way: Way, links: &[&str], inbounds: Vec<Inbound>) -> Given {
    Given {
        links: links.iter().map(|link| ShareLink::parse(link).unwrap()).collect(),
        headers: Headers::new(),
        way,
        client: Some(sub_id()),
        inventory: Some(Arc::new(Inventory::new(inbounds))),
        choices: None,
        off: None,
    }
}

fn gives(given: Given) -> Vec<PanelAnswer> {
    let (name, asked) = ("de-1".to_owned(), None);
    vec![PanelAnswer { panel: A, name, result: Ok(given), asked_at: NOW, asked }]
}

fn old(links: &[&str], origin: Origin) -> Arc<Slice> {
    let slice = slice(Source::Panel(A), lines(links), Some(1));
    Arc::new(Slice { origin, ..Arc::unwrap_or_clone(slice) })
}

fn listed() -> Origin {
    Origin { way: Some(Way::Learned), compared_at: Some(5), ..Origin::default() }
}

/// What the one slice of the panel came from, afterwards.
fn origin_after(settlement: &Settlement) -> Origin {
    settlement.served[0].origin.clone()
}

const ONE: &str = "vless://u1@de.example:443?type=ws#DE";
const FOREIGN: &str = "vless://x9@other.example:8443?type=ws#Bonus";

#[test]
fn what_a_list_cannot_explain_stays_and_what_it_can_goes() {
    let inbounds = || vec![inbound(1, 443, vec![client("u1", None)]), inbound(2, 444, Vec::new())];
    let gone = "vless://u7@de.example:444?type=ws#DE";
    let reset = "vless://old@de.example:443?type=ws#DE";
    let mut known = known(&[A]);
    known.slices = vec![old(&[ONE, FOREIGN, gone, reset], listed())];
    let settlement = settle(&known, gives(given(Way::Learned, &[ONE], inbounds())));
    assert_eq!(written(&settlement).unwrap(), [ONE, FOREIGN]);
    assert_eq!(end(&settlement).notes, ["1 link stays that the list of de-1 does not hold"]);

    let own = settle(&known, gives(given(Way::PerClient, &[ONE, gone], inbounds())));
    assert_eq!(written(&own).unwrap(), [ONE, gone], "its own subscription is the truth");
}

#[test]
fn links_that_only_its_own_subscription_has_make_a_purchase_one_of_its_own() {
    let inbounds = || vec![inbound(1, 443, vec![client("u1", None)])];
    let mut known = known(&[A]);
    let more = settle(&known, gives(given(Way::PerClient, &[ONE, FOREIGN], inbounds())));
    assert!(origin_after(&more).per_client);
    known.slices = more.served;
    let without = settle(&known, gives(given(Way::PerClient, &[ONE], inbounds())));
    assert!(!origin_after(&without).per_client);

    // No list at hand: what was not in the last one is suspicious.
    known.slices = vec![old(&[ONE], listed())];
    let single = Given { inventory: None, ..given(Way::PerClient, &[ONE, FOREIGN], Vec::new()) };
    assert!(origin_after(&settle(&known, gives(single))).per_client);
    let same = Given { inventory: None, ..given(Way::PerClient, &[ONE], Vec::new()) };
    assert!(!origin_after(&settle(&known, gives(same))).per_client);
}

#[test]
fn a_list_compares_nothing_and_a_subscription_does() {
    let inbounds = || vec![inbound(1, 443, vec![client("u1", None)])];
    let mut known = known(&[A]);
    known.keys = ClientKeys::parse(Some("u1"), None);
    known.slices = vec![old(&[ONE], listed())];
    let list = settle(&known, gives(given(Way::Learned, &[ONE], inbounds())));
    assert_eq!(origin_after(&list).compared_at, Some(5));
    let mapping = Mapping { sub_id: sub_id(), keys: known.keys.digest() };
    assert_eq!(origin_after(&list).client, Some(mapping));
    let own = settle(&known, gives(given(Way::PerClient, &[ONE], inbounds())));
    assert_eq!(origin_after(&own).compared_at, Some(NOW));
    let summary = own.change.unwrap().summary;
    assert_eq!(summary.panels[0].compared_at.get(), Some(NOW));
}

#[test]
fn a_client_that_is_off_is_a_note_and_its_links_stay() {
    let off =
        |clients| Given { off: Some(ClientOff::Depleted), ..given(Way::Learned, &[], clients) };
    let inbounds = || vec![inbound(1, 443, vec![client("u1", Some(ClientOff::Depleted))])];
    let mut known = known(&[A]);
    known.kept_is_ours = true;
    known.kept = kept::parse(Some(&kept::write([ONE])));
    known.slices = vec![old(&[ONE], listed())];
    let settlement = settle(&known, gives(off(inbounds())));
    let end = end(&settlement);
    assert_eq!((end.outcome, end.count_as), (Outcome::Unchanged, CountAs::Success));
    assert_eq!(end.notes, ["the client's traffic is used up on de-1: its links stay as they are"]);
    assert_eq!(settlement.served[0].links, ONE);
    assert_eq!(settlement.served[0].fetched_at, Some(1));
    let change = settlement.change.unwrap();
    assert_eq!(change.json, None);
    assert_eq!(change.summary.panels[0].state, PanelStanding::Off(ClientOff::Depleted));
}

#[test]
fn a_client_that_is_off_among_others_keeps_its_link() {
    let two = "vless://u2@de.example:444?type=ws#DE";
    let inbounds = vec![
        inbound(1, 443, vec![client("u1", None)]),
        inbound(2, 444, vec![client("u2", Some(ClientOff::Disabled))]),
    ];
    let mut known = known(&[A]);
    known.slices = vec![old(&[ONE, two], listed())];
    let settlement = settle(&known, gives(given(Way::Learned, &[ONE], inbounds)));
    assert_eq!(written(&settlement).unwrap(), [ONE, two]);
}

#[test]
fn random_fields_stay_while_the_panel_still_draws_them() {
    let link = |sni: &str, sid: &str| {
        format!("vless://u1@h:443?pbk=key&security=reality&sid={sid}&sni={sni}&spx=%2F{sid}#DE")
    };
    let inbounds = || vec![inbound(1, 443, vec![client("u1", None)])];
    let mut known = known(&[A]);
    let kept = link("a.example", "01");
    known.slices = vec![old(&[&kept], listed())];
    let drawn = link("b.example", "02");
    let settlement = settle(&known, gives(given(Way::Links, &[&drawn], inbounds())));
    assert_eq!(written(&settlement).unwrap(), [kept]);
    assert_eq!(end(&settlement).outcome, Outcome::Unchanged);

    let retired = link("gone.example", "01");
    known.slices = vec![old(&[&retired], listed())];
    let settlement = settle(&known, gives(given(Way::Links, &[&drawn], inbounds())));
    assert_eq!(written(&settlement), Some(vec![drawn.clone()]));

    let older = Given {
        inventory: None,
        choices: Some(Arc::new(Inventory::new(inbounds()))),
        ..given(Way::PerClient, &[&drawn], Vec::new())
    };
    known.slices = vec![old(&[&link("a.example", "01")], listed())];
    assert_eq!(written(&settle(&known, gives(older))).unwrap(), [link("a.example", "01")]);
}

#[test]
fn a_profile_takes_what_the_list_says_is_of_its_inbounds() {
    let two = "vless://u2@edge.example:9000?type=ws#DE";
    let inbounds = || {
        vec![inbound(1, 443, vec![client("u1", None)]), inbound(2, 444, vec![client("u2", None)])]
    };
    let mut known = known(&[A]);
    known.purchase.profile = Some(ProfileId(3));
    let sold = |inbound| {
        let profile = Profile { name: String::new(), inbounds: vec![(A, inbound)] };
        let profiles = [(ProfileId(3), profile)].into();
        Products { profiles, ..Products::default() }
    };
    let decide = |products: &Products, given: Given| {
        let attempt = Attempt {
            answers: gives(given).into(),
            rules: rules(OnLoss::Write),
            now: NOW,
            took_ms: 0,
        };
        written(&judge(Some(&known), products, &attempt)).unwrap()
    };
    let whole = || given(Way::Learned, &[ONE, two], inbounds());
    assert_eq!(decide(&sold(1), whole()), [ONE]);
    // The external proxy's port says nothing; the secret does.
    assert_eq!(decide(&sold(2), whole()), [two]);
    let without_list = Given { inventory: None, ..whole() };
    assert_eq!(decide(&sold(1), without_list), [ONE, two], "when unsure, keep");
}

#[test]
fn links_of_a_client_that_the_bot_has_replaced_meanwhile_are_not_taken() {
    let inbounds = || vec![inbound(1, 443, vec![client("u1", None)])];
    let mut known = known(&[A]);
    known.keys = ClientKeys::parse(Some("u1"), None);
    let mut answers = gives(given(Way::Learned, &[ONE], inbounds()));
    answers[0].asked = known.contact(A).map(Arc::new);
    assert_eq!(written(&settle(&known, answers.clone())).unwrap(), [ONE]);

    known.keys = ClientKeys::parse(Some("u2"), None);
    let settlement = settle(&known, answers);
    assert_eq!(written(&settlement), None);
    assert_eq!(end(&settlement).reason.as_ref().unwrap().code, Code::NotAsked);
}

#[test]
fn a_purchase_of_its_own_stays_one_while_its_client_is_off() {
    let clients = vec![client("u1", Some(ClientOff::Disabled))];
    let off = Given {
        off: Some(ClientOff::Disabled),
        ..given(Way::PerClient, &[], vec![inbound(1, 443, clients)])
    };
    let mut known = known(&[A]);
    known.slices = vec![old(&[ONE, FOREIGN], Origin { per_client: true, ..listed() })];
    assert!(origin_after(&settle(&known, gives(off))).per_client);
}
