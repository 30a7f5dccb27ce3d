//! Tests of surveys: the recorded panels, and made-up ones with one thing out of the ordinary.

use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::database::contacts::Contact;
use crate::domain::ids::PurchaseId;
use crate::domain::inventory::fixture::{Recording, client, id, inbound};
use crate::domain::inventory::{Client, ClientOff, Inbound};
use crate::domain::pattern::same;
use crate::domain::reason::{PanelFailure, Unreachable};
use crate::domain::share_link::ShareLink;
use crate::domain::slice::Origin;
use crate::domain::subscription::Subscription;

pub(super) type Answer = Result<(Subscription, Headers), PanelFailure>;

/// Asks until nothing is left to ask.
pub(super) fn survey(
    inventory: &Arc<Inventory>,
    all_links: Option<&[String]>,
    mut panel: impl FnMut(&SubId) -> Answer,
) -> Survey {
    let mut surveyor = Surveyor::new(Arc::clone(inventory), all_links.is_some());
    surveyor.hear_links(all_links.map(|texts| AllLinks::new(inventory, texts)));
    while let Some(id) = surveyor.next() {
        assert!(!surveyor.is_done());
        let answer = panel(&id);
        surveyor.read(&id, answer);
    }
    assert!(surveyor.is_done());
    surveyor.finish()
}

pub(super) fn recorded(recording: &Recording) -> impl FnMut(&SubId) -> Answer + use<'_> {
    |id| recording.subscription(id).ok_or(PanelFailure::UnknownSubscription)
}

pub(super) fn contact(own: &str) -> Contact {
    let (keys, origin) = (crate::domain::client_keys::ClientKeys::default(), Origin::default());
    Contact { purchase: PurchaseId(1), own: id(own), keys, origin, is_new: false }
}

/// The panel of the made-up inbounds: a client's links, one for each inbound, as `links` writes it.
pub(super) fn made_up(
    inventory: &Inventory,
    links: impl Fn(&Inbound, &Client) -> Vec<String>,
) -> impl FnMut(&SubId) -> Answer {
    let mut all: HashMap<SubId, Vec<ShareLink>> = HashMap::new();
    for inbound in inventory.inbounds.iter().filter(|inbound| inbound.enabled) {
        for client in inbound.clients.iter().filter(|client| client.off.is_none()) {
            let Some(id) = client.sub_id.clone() else { continue };
            let written = links(inbound, client).into_iter();
            all.entry(id).or_default().extend(written.map(|text| ShareLink::parse(&text).unwrap()));
        }
    }
    move |id| {
        let links = all.get(id).cloned().ok_or(PanelFailure::UnknownSubscription)?;
        Ok((Subscription { links, other: Vec::new() }, Headers::new()))
    }
}

pub(super) fn plain(inbound: &Inbound, client: &Client) -> Vec<String> {
    vec![format!(
        "{}://{}@h:{}?type=tcp#{}-{}",
        inbound.protocol, client.secret, inbound.port, inbound.remark, client.email
    )]
}

/// `customers` customers with a client in each of two inbounds.
pub(super) fn two_inbounds(customers: usize) -> Vec<Inbound> {
    let clients = |inbound: i64| {
        let one = |n| {
            client(&format!("key-{inbound}-{n}"), &format!("in{inbound}.u{n}"), &format!("sub-{n}"))
        };
        (0..customers).map(one).collect()
    };
    vec![inbound(1, "vless", 443, clients(1)), inbound(2, "trojan", 444, clients(2))]
}

/// What a panel that makes its links so says when it is asked for every link.
pub(super) fn every_link(
    inventory: &Inventory,
    links: impl Fn(&Inbound, &Client) -> Vec<String>,
) -> Vec<String> {
    let of = |inbound: &Inbound| {
        inbound.clients.iter().flat_map(|client| links(inbound, client)).collect::<Vec<_>>()
    };
    inventory.inbounds.iter().flat_map(of).collect()
}

pub(super) fn links_of(gift: Gift) -> Vec<String> {
    let Gift::Links(given) = gift else { panic!("{gift:?}") };
    given.links.iter().map(|link| link.as_str().to_owned()).collect()
}

fn check_recorded(recording: &Recording, all_links: Option<&[String]>, way: Way) {
    let inventory = Arc::new(recording.inventory());
    let survey = survey(&inventory, all_links, recorded(recording));
    assert_eq!((survey.way(), survey.fallbacks()), (way, Vec::new()), "{}", recording.name);
    let mut compared = 0;
    for customer in recording.customers() {
        let (own, keys) = (customer.own.clone(), customer.keys.clone());
        let contact = Contact {
            purchase: PurchaseId(1),
            own,
            keys,
            origin: Origin::default(),
            is_new: false,
        };
        let Gift::Links(given) = survey.give(&contact) else { panic!("{}", recording.name) };
        assert_eq!((given.way, given.client.as_ref()), (way, Some(&customer.sub_id)));
        let Some((subscription, headers)) = recording.subscription(&customer.sub_id) else {
            continue;
        };
        assert_eq!(given.links.len(), subscription.links.len());
        for (given, own) in given.links.iter().zip(&subscription.links) {
            assert!(same(given, own), "{}: {given:?} {own:?}", recording.name);
        }
        let left_out = |name: &str| {
            matches!(name, "content-type" | "profile-web-page-url")
                || (name == "profile-title" && recording.name.starts_with("x-ui"))
        };
        let find =
            |headers: &Headers, name: &str| headers.iter().find(|one| one.0 == name).cloned();
        for (name, value) in headers.iter().filter(|(name, _)| !left_out(name)) {
            assert_eq!(find(&given.headers, name), Some((name.clone(), value.clone())));
        }
        assert_eq!(find(&given.headers, "profile-web-page-url"), None, "it names a customer");
        compared += 1;
    }
    assert!(compared >= 3);
}

#[test]
fn learned_links_are_those_of_every_recorded_subscription() {
    for recording in Recording::all() {
        check_recorded(&recording, None, Way::Learned);
    }
}

#[test]
fn listed_links_are_those_of_every_recorded_subscription() {
    let mut seen = 0;
    for recording in Recording::all() {
        let Some(all_links) = recording.all_links() else { continue };
        check_recorded(&recording, Some(&all_links), Way::Links);
        seen += 1;
    }
    assert_eq!(seen, 1, "3.6");
}

#[test]
fn two_customers_tell_of_all_inbounds_that_they_share() {
    let inventory = Arc::new(Inventory::new(two_inbounds(500)));
    let survey_of = survey(&inventory, None, made_up(&inventory, plain));
    assert_eq!((survey_of.requests(), survey_of.way()), (2, Way::Learned));
    let expected =
        ["vless://key-1-7@h:443?type=tcp#I1-in1.u7", "trojan://key-2-7@h:444?type=tcp#I2-in2.u7"];
    assert_eq!(links_of(survey_of.give(&contact("sub-7"))), expected);
    assert!(matches!(survey_of.give(&contact("nobody")), Gift::Unknown));

    let all = every_link(&inventory, plain);
    let survey_of = survey(&inventory, Some(&all), made_up(&inventory, plain));
    assert_eq!((survey_of.requests(), survey_of.way()), (1, Way::Links));
    assert_eq!(links_of(survey_of.give(&contact("sub-7"))), expected);
}

#[test]
fn several_questions_go_side_by_side_and_no_more_than_needed() {
    let inventory = Arc::new(Inventory::new(two_inbounds(10)));
    let mut panel = made_up(&inventory, plain);
    let mut surveyor = Surveyor::new(Arc::clone(&inventory), false);
    let asked = [surveyor.next().unwrap(), surveyor.next().unwrap()];
    assert_ne!(asked[0], asked[1]);
    assert!(surveyor.next().is_none() && !surveyor.is_done());
    for id in &asked {
        let answer = panel(id);
        surveyor.read(id, answer);
    }
    assert!(surveyor.is_done());
    assert_eq!(surveyor.finish().way(), Way::Learned);
}

#[test]
fn where_one_customer_is_enough_a_second_one_is_asked_beside_it() {
    let inventory = Arc::new(Inventory::new(two_inbounds(10)));
    let all = every_link(&inventory, plain);
    // That there is no list of links after all is heard when the questions are on their way.
    for (links, way) in [(Some(all.as_slice()), Way::Links), (None, Way::Learned)] {
        let mut panel = made_up(&inventory, plain);
        let mut surveyor = Surveyor::new(Arc::clone(&inventory), true);
        let asked = [surveyor.next().unwrap(), surveyor.next().unwrap()];
        assert_ne!(asked[0], asked[1]);
        assert!(surveyor.next().is_none());
        surveyor.hear_links(links.map(|texts| AllLinks::new(&inventory, texts)));
        for id in &asked {
            let answer = panel(id);
            surveyor.read(id, answer);
        }
        assert!(surveyor.is_done());
        let survey_of = surveyor.finish();
        assert_eq!((survey_of.requests(), survey_of.way()), (2, way));
    }
}

#[test]
fn who_cannot_be_read_is_replaced_but_not_without_end() {
    let inventory = Arc::new(Inventory::new(two_inbounds(100)));
    let mut answers = made_up(&inventory, plain);
    let mut asked = 0;
    let survey_of = survey(&inventory, None, |id| {
        asked += 1;
        if asked == 1 { Err(PanelFailure::UnknownSubscription) } else { answers(id) }
    });
    assert_eq!((survey_of.requests(), survey_of.way()), (3, Way::Learned));

    let survey_of = survey(&inventory, None, |_| Err(PanelFailure::UnknownSubscription));
    assert_eq!((survey_of.requests(), survey_of.way()), (4, Way::PerClient));
    assert_eq!(survey_of.fallbacks()[0].why, Why::NoAnswer);
    assert!(matches!(survey_of.give(&contact("sub-7")), Gift::Own(own) if own == id("sub-7")));

    let failure = PanelFailure::Unreachable(Unreachable::Timeout);
    let survey_of = survey(&inventory, None, |_| Err(failure));
    assert_eq!(survey_of.requests(), 2, "nobody is asked after two time-outs");
}

#[test]
fn an_inbound_with_one_client_has_nothing_to_compare_with() {
    let mut inbounds = two_inbounds(3);
    inbounds[1].clients.truncate(1);
    let inventory = Arc::new(Inventory::new(inbounds));
    let survey_of = survey(&inventory, None, made_up(&inventory, plain));
    let fallbacks = survey_of.fallbacks();
    assert_eq!((fallbacks.len(), fallbacks[0].inbound, fallbacks[0].why), (1, 2, Why::OneClient));
    assert_eq!(fallbacks[0].why.to_string(), "it has one client: nothing to compare with");
    assert!(matches!(survey_of.give(&contact("sub-0")), Gift::Own(_)));
    assert_eq!(links_of(survey_of.give(&contact("sub-1"))).len(), 1);

    // The panel's own list of links can be compared with that one.
    let all = every_link(&inventory, plain);
    let survey_of = survey(&inventory, Some(&all), made_up(&inventory, plain));
    assert_eq!(survey_of.fallbacks(), []);
    assert_eq!(links_of(survey_of.give(&contact("sub-0"))).len(), 2);
}

#[test]
fn a_list_of_links_with_another_host_is_learned_instead() {
    let inventory = Arc::new(Inventory::new(two_inbounds(5)));
    let other_host = |inbound: &Inbound, client: &Client| {
        let text = plain(inbound, client).remove(0);
        if inbound.id == 1 { text.replace("@h:", "@127.0.0.1:") } else { text }
    };
    let all = every_link(&inventory, |inbound, client| vec![other_host(inbound, client)]);
    let survey_of = survey(&inventory, Some(&all), made_up(&inventory, plain));
    assert_eq!((survey_of.requests(), survey_of.fallbacks()), (2, Vec::new()));
    let Gift::Links(given) = survey_of.give(&contact("sub-3")) else { panic!() };
    assert_eq!(given.way, Way::Learned);
    assert!(given.links.iter().all(|link| link.host() == "h"));
}

#[test]
fn wireguard_has_an_address_of_each_clients_own_and_falls_back() {
    let clients =
        (0..4).map(|n| client(&format!("k{n}k{n}/+="), &format!("u{n}"), &format!("sub-{n}")));
    let inventory = Arc::new(Inventory::new(vec![inbound(1, "wireguard", 1, clients.collect())]));
    let panel = made_up(&inventory, |_, client| {
        let (key, name) = (
            client.secret.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
            &client.email,
        );
        vec![format!(
            "wireguard://{key}@h:1?address=10.0.0.{}%2F32&publickey=p#W-{name}",
            &name[1..]
        )]
    });
    let survey_of = survey(&inventory, None, panel);
    assert_eq!(survey_of.fallbacks()[0].why, Why::Differs);
    assert_eq!((survey_of.way(), survey_of.requests()), (Way::PerClient, 2));
    assert!(matches!(survey_of.give(&contact("sub-3")), Gift::Own(_)));
}

#[test]
fn external_proxies_give_several_links_for_a_client() {
    let inventory = Arc::new(Inventory::new(two_inbounds(4)));
    let panel = made_up(&inventory, |inbound, client| {
        let text = plain(inbound, client).remove(0);
        vec![format!("{text}-edge"), text.replace("@h", "@proxy")]
    });
    let survey_of = survey(&inventory, None, panel);
    let links = links_of(survey_of.give(&contact("sub-3")));
    assert_eq!(links.len(), 4);
    assert_eq!(links[1], "vless://key-1-3@proxy:443?type=tcp#I1-in1.u3");
    assert!(links[0].ends_with("#I1-in1.u3-edge"), "{}", links[0]);
}

#[test]
fn a_client_with_flow_teaches_where_there_is_one() {
    let mut clients: Vec<Client> = (0..5)
        .map(|n| client(&format!("key-{n}"), &format!("u{n}"), &format!("sub-{n}")))
        .collect();
    clients[3].flow = "xtls-rprx-vision".to_owned();
    let inventory = Arc::new(Inventory::new(vec![inbound(1, "vless", 1, clients)]));
    let of = |_: &Inbound, client: &Client| {
        let flow =
            if client.flow.is_empty() { String::new() } else { format!("flow={}&", client.flow) };
        vec![format!("vless://{}@h:1?{flow}type=tcp#{}", client.secret, client.email)]
    };
    let mut asked = Vec::new();
    let mut panel = made_up(&inventory, of);
    let survey_of = survey(&inventory, None, |id| {
        asked.push(id.clone());
        panel(id)
    });
    assert_eq!(asked, [id("sub-3"), id("sub-0")]);
    assert_eq!(links_of(survey_of.give(&contact("sub-4"))), ["vless://key-4@h:1?type=tcp#u4"]);
    assert_eq!(
        links_of(survey_of.give(&contact("sub-3"))),
        ["vless://key-3@h:1?flow=xtls-rprx-vision&type=tcp#u3"]
    );
}

#[test]
fn one_secret_in_several_inbounds_is_told_by_port_or_not_at_all() {
    let clients = || {
        (0..4).map(|n| client(&format!("key-{n}"), &format!("u{n}"), &format!("sub-{n}"))).collect()
    };
    let inventory = Arc::new(Inventory::new(vec![
        inbound(1, "vless", 443, clients()),
        inbound(2, "vless", 444, clients()),
    ]));
    let survey_of = survey(&inventory, None, made_up(&inventory, plain));
    let expected = ["vless://key-3@h:443?type=tcp#I1-u3", "vless://key-3@h:444?type=tcp#I2-u3"];
    assert_eq!(links_of(survey_of.give(&contact("sub-3"))), expected);

    // Behind a proxy the port of both is another; or that of the other one.
    for port in [8443, 444] {
        let panel = made_up(&inventory, |inbound, client| {
            let text = plain(inbound, client).remove(0);
            vec![text.replace("@h:443", &format!("@h:{port}"))]
        });
        let survey_of = survey(&inventory, None, panel);
        let why: Vec<Why> = survey_of.fallbacks().iter().map(|one| one.why).collect();
        assert_eq!(why, [Why::SharedSecret, Why::SharedSecret], "{port}");
        assert!(matches!(survey_of.give(&contact("sub-3")), Gift::Own(_)));
    }
}

#[test]
fn a_secret_of_two_customers_gives_its_links_to_neither() {
    let mut inbounds = two_inbounds(6);
    inbounds[0].clients[4].secret = "key-1-5".to_owned();
    let inventory = Arc::new(Inventory::new(inbounds));
    let all = every_link(&inventory, plain);
    for all_links in [None, Some(all.as_slice())] {
        let survey_of = survey(&inventory, all_links, made_up(&inventory, plain));
        assert_eq!(survey_of.fallbacks(), []);
        for both in ["sub-4", "sub-5"] {
            assert!(matches!(survey_of.give(&contact(both)), Gift::Own(own) if own == id(both)));
        }
        assert_eq!(links_of(survey_of.give(&contact("sub-3"))).len(), 2);
    }
}

#[test]
fn look_alike_customers_get_their_own_links_only() {
    // E-mails, remarks and ports contain each other; a secret is alike in another protocol.
    let mut inbounds = vec![
        inbound(
            1,
            "vless",
            443,
            vec![
                client("key-a", "in1.u1", "sub-a"),
                client("key-b", "in1.u11", "sub-b"),
                client("key-c", "in1.u111", "sub-c"),
            ],
        ),
        inbound(
            11,
            "trojan",
            443,
            vec![
                client("key-b", "in11.u1", "sub-a"),
                client("key-c", "in11.u11", "sub-b"),
                client("key-a", "in11.u111", "sub-c"),
            ],
        ),
        inbound(
            111,
            "vless",
            4443,
            vec![
                client("key-d", "u1", "sub-c"),
                client("key-e", "u11", "sub-b"),
                client("key-f", "u111", "sub-a"),
            ],
        ),
    ];
    for inbound in &mut inbounds {
        "u1".clone_into(&mut inbound.remark);
    }
    let inventory = Arc::new(Inventory::new(inbounds));
    let remark_first = |inbound: &Inbound, client: &Client| plain(inbound, client);
    let all = every_link(&inventory, plain);
    for all_links in [None, Some(all.as_slice())] {
        let survey_of = survey(&inventory, all_links, made_up(&inventory, remark_first));
        for own in ["sub-a", "sub-b", "sub-c"] {
            let mut panel = made_up(&inventory, remark_first);
            let (subscription, _) = panel(&id(own)).unwrap();
            match survey_of.give(&contact(own)) {
                Gift::Links(given) => assert_eq!(given.links, subscription.links, "{own}"),
                Gift::Own(sub_id) => assert_eq!(sub_id, id(own)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn what_is_off_is_left_out_and_who_is_off_says_why() {
    let mut inbounds = two_inbounds(5);
    inbounds[1].clients[3].off = Some(ClientOff::Depleted);
    for inbound in &mut inbounds {
        inbound.clients[4].off = Some(ClientOff::Expired);
    }
    inbounds.push(Inbound {
        enabled: false,
        ..inbound(3, "vless", 445, vec![client("x", "in3.u2", "sub-2")])
    });
    let inventory = Arc::new(Inventory::new(inbounds));
    let survey_of = survey(&inventory, None, made_up(&inventory, plain));
    assert_eq!(links_of(survey_of.give(&contact("sub-2"))).len(), 2);
    assert_eq!(
        links_of(survey_of.give(&contact("sub-3"))),
        ["vless://key-1-3@h:443?type=tcp#I1-in1.u3"]
    );
    let Gift::Off(given) = survey_of.give(&contact("sub-4")) else { panic!() };
    assert_eq!(
        (given.off, given.links.len(), given.client),
        (Some(ClientOff::Expired), 0, Some(id("sub-4")))
    );
}

#[test]
fn links_stand_in_the_order_of_the_panels_subscriptions() {
    let inventory = Arc::new(Inventory::new(two_inbounds(4)));
    let mut answers = made_up(&inventory, plain);
    let survey_of = survey(&inventory, None, |id| {
        let (mut subscription, headers) = answers(id)?;
        subscription.links.reverse();
        Ok((subscription, headers))
    });
    let links = links_of(survey_of.give(&contact("sub-3")));
    assert!(links[0].starts_with("trojan") && links[1].starts_with("vless"), "{links:?}");
}

#[test]
fn a_panel_without_customers_is_asked_nothing() {
    let survey_of = survey(&Arc::default(), None, |_| panic!("nobody is there to be asked about"));
    assert_eq!((survey_of.requests(), survey_of.way()), (0, Way::PerClient));
    assert!(matches!(survey_of.give(&contact("sub-1")), Gift::Unknown));
}
