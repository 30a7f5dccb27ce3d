//! Tests of surveys where something is not sure: nobody gets links by it.

use std::sync::Arc;

use super::tests::{
    Answer, contact, every_link, links_of, made_up, plain, recorded, survey, two_inbounds,
};
use super::*;
use crate::domain::inventory::fixture::{Recording, client, id, inbound};
use crate::domain::inventory::{ClientOff, Inbound};
use crate::domain::share_link::ShareLink;

fn why(survey: &Survey) -> Vec<(i64, Why)> {
    survey.fallbacks().iter().map(|one| (one.inbound, one.why)).collect()
}

/// Answers with another customer's link beside the own ones.
fn and_a_foreign_link(answer: Answer) -> Answer {
    let (mut subscription, headers) = answer?;
    subscription.links.push(ShareLink::parse("vless://foreign@elsewhere:443#mine").unwrap());
    Ok((subscription, headers))
}

#[test]
fn who_has_more_than_the_list_knows_is_read_alone() {
    let inventory = Arc::new(Inventory::new(two_inbounds(5)));
    let (mut answers, mut panel) = (made_up(&inventory, plain), made_up(&inventory, plain));
    let survey_of = survey(&inventory, None, |id| {
        let (mut subscription, headers) = answers(id)?;
        if id.reveal() == "sub-0" {
            subscription
                .links
                .push(ShareLink::parse("vless://foreign@elsewhere:443#mine").unwrap());
        }
        Ok((subscription, headers))
    });
    assert_eq!(survey_of.fallbacks(), []);
    assert!(matches!(survey_of.give(&contact("sub-0")), Gift::Own(_)));
    assert_eq!(links_of(survey_of.give(&contact("sub-1"))).len(), 2);
    let everybody = survey(&inventory, None, |id| {
        let (mut subscription, headers) = panel(id)?;
        subscription.links.push(ShareLink::parse("vless://foreign@elsewhere:443#ours").unwrap());
        Ok((subscription, headers))
    });
    assert_eq!(everybody.fallbacks()[0].why, Why::MoreThanListed);
    let mut marked = contact("sub-1");
    marked.origin.per_client = true;
    assert!(matches!(survey_of.give(&marked), Gift::Own(_)));
}

#[test]
fn an_inbound_without_secrets_is_told() {
    let mut inbounds = two_inbounds(3);
    inbounds[1].clients.iter_mut().for_each(|client| client.secret.clear());
    let inventory = Arc::new(Inventory::new(inbounds));
    let survey_of = survey(
        &inventory,
        None,
        made_up(&inventory, |inbound, client| {
            if client.secret.is_empty() { Vec::new() } else { plain(inbound, client) }
        }),
    );
    assert_eq!(why(&survey_of), [(2, Why::NoSecret)]);
    assert!(matches!(survey_of.give(&contact("sub-1")), Gift::Own(_)));
}

#[test]
fn where_an_inbound_could_not_be_read_everybody_is_asked_for() {
    let mut inbounds = two_inbounds(3);
    inbounds[0].clients[2].off = Some(ClientOff::Expired);
    inbounds[1].clients.truncate(1);
    inbounds.push(Inbound { unread: Some("broken"), ..inbound(3, "vless", 1, Vec::new()) });
    let inventory = Arc::new(Inventory::new(inbounds));
    let survey_of = survey(&inventory, None, |_| panic!("no answer would make it sure"));
    let expected = [(1, Why::NotWhole), (2, Why::NotWhole), (3, Why::Unread("broken"))];
    assert_eq!((why(&survey_of), survey_of.way()), (expected.to_vec(), Way::PerClient));
    for own in ["sub-0", "sub-1", "sub-2", "nobody"] {
        let gift = survey_of.give(&contact(own));
        assert!(matches!(&gift, Gift::Own(asked) if *asked == id(own)), "{own}: {gift:?}");
    }
    let counts = [1, 2, 3, 9].map(|inbound| survey_of.one_by_one().count(inbound));
    assert_eq!(counts, [2, 1, 4, 0], "who is off in the first one is not asked for because of it");
}

#[test]
fn where_an_inbound_was_no_inbound_everybody_is_asked_for() {
    let list = |broken: &str| {
        let clients = |n| format!(r#"{{"id":"key-{n}","email":"u{n}","subId":"sub-{n}"}}"#);
        let settings = format!(r#"{{"clients":[{},{},{}]}}"#, clients(0), clients(1), clients(2));
        let one = format!(r#"{{"id":1,"protocol":"vless","port":1,"settings":{settings}}}"#);
        let json = format!(r#"{{"success":true,"obj":[{one}{broken}]}}"#);
        Arc::new(Inventory::parse(json.as_bytes(), 0).unwrap())
    };
    for (broken, expected) in [("", vec![]), (",7", vec![(1, Why::NotWhole)])] {
        let inventory = list(broken);
        let survey_of = survey(&inventory, None, made_up(&inventory, plain));
        assert_eq!(why(&survey_of), expected);
        let is_own = matches!(survey_of.give(&contact("sub-2")), Gift::Own(_));
        assert_eq!(is_own, !broken.is_empty());
    }
}

#[test]
fn an_inbound_without_links_is_one_only_if_no_link_is_left_over() {
    let inventory = Arc::new(Inventory::new(two_inbounds(4)));
    let mut first_only =
        made_up(
            &inventory,
            |inbound, client| {
                if inbound.id == 1 { plain(inbound, client) } else { Vec::new() }
            },
        );
    let survey_of = survey(&inventory, None, &mut first_only);
    assert_eq!(why(&survey_of), []);
    assert_eq!(links_of(survey_of.give(&contact("sub-3"))).len(), 1);

    let all: Vec<String> = inventory.inbounds[0]
        .clients
        .iter()
        .flat_map(|client| plain(&inventory.inbounds[0], client))
        .collect();
    for all_links in [None, Some(all.as_slice())] {
        let survey_of = survey(&inventory, all_links, |id| {
            let answer = first_only(id);
            if id.reveal() == "sub-0" { and_a_foreign_link(answer) } else { answer }
        });
        assert_eq!(why(&survey_of), [(2, Why::MoreThanListed)]);
        assert!(matches!(survey_of.give(&contact("sub-3")), Gift::Own(_)));
    }
}

#[test]
fn who_has_the_teachers_secret_checks_nothing() {
    let mut inbounds = two_inbounds(4);
    inbounds[1].clients[1].secret = "key-2-0".to_owned();
    let inventory = Arc::new(Inventory::new(inbounds));
    let survey_of = survey(&inventory, None, made_up(&inventory, plain));
    assert_eq!(why(&survey_of), [(2, Why::OneSecret)]);
    assert!(matches!(survey_of.give(&contact("sub-3")), Gift::Own(_)));
}

#[test]
fn purchases_are_counted_for_the_inbounds_that_make_them_costly() {
    let mut inbounds = two_inbounds(4);
    inbounds[1].clients.truncate(1);
    inbounds.push(inbound(3, "vless", 445, vec![client("x", "in3.u0", "sub-0")]));
    let inventory = Arc::new(Inventory::new(inbounds));
    let survey_of = survey(&inventory, None, made_up(&inventory, plain));
    assert_eq!(why(&survey_of), [(2, Why::OneClient), (3, Why::OneClient)]);
    for own in ["sub-0", "sub-1", "sub-2", "nobody"] {
        survey_of.give(&contact(own));
    }
    let mut marked = contact("sub-0");
    marked.origin.per_client = true;
    survey_of.give(&marked);
    let counts = [1, 2, 3].map(|inbound| survey_of.one_by_one().count(inbound));
    assert_eq!(counts, [0, 1, 1]);
}

#[test]
fn a_title_that_is_a_subscription_id_is_passed_to_nobody() {
    let recording = Recording::all().pop().unwrap();
    assert!(recording.name.starts_with("x-ui"));
    let survey = survey(&Arc::new(recording.inventory()), None, recorded(&recording));
    let customer = recording.customers().remove(1);
    let Gift::Links(given) = survey.give(&contact(customer.sub_id.reveal())) else { panic!() };
    let names: Vec<&str> = given.headers.iter().map(|header| header.0.as_str()).collect();
    assert_eq!(names, ["content-type", "profile-update-interval", "subscription-userinfo"]);
}

#[test]
fn headers_of_one_answer_are_one_customers_until_another_has_them() {
    let names = |customers: usize, announce: fn(&SubId) -> String| {
        let inventory = Arc::new(Inventory::new(two_inbounds(customers)));
        let all = every_link(&inventory, plain);
        let mut answers = made_up(&inventory, plain);
        let survey_of = survey(&inventory, Some(&all), |id| {
            let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let headers = vec![
                header("profile-title", "Alamor"),
                header("announce", &announce(id)),
                header("profile-update-interval", "12"),
            ];
            Ok((answers(id)?.0, headers))
        });
        assert_eq!(survey_of.requests(), customers.min(2));
        let Gift::Links(given) = survey_of.give(&contact("sub-0")) else { panic!() };
        let names = given.headers.into_iter().map(|header| header.0);
        names.filter(|name| name != "subscription-userinfo").collect::<Vec<_>>()
    };
    let own = |id: &SubId| id.reveal().chars().rev().collect();
    assert_eq!(names(1, own), ["profile-update-interval"]);
    assert_eq!(names(5, own), ["profile-title", "profile-update-interval"]);
    let news = |_: &SubId| "news".to_owned();
    assert_eq!(names(5, news), ["profile-title", "announce", "profile-update-interval"]);
}
