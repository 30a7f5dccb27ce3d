//! Panels against recordings of real ones: what is asked, how often, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::admin::refusals::Refusals;
use super::admin::session::NoList;
use super::admin::words::Useless;
use super::asking::Bill;
use super::panel::{Certificate, Mood, Panel, Setup};
use super::probe::{Step, StepState};
use super::report::Login;
use super::wire::Clients;
use crate::database::contacts::Contact;
use crate::database::panels::{PanelAddress, PanelRow};
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::{PanelId, PurchaseId, SubId};
use crate::domain::reason::{PanelFailure, Unreachable};
use crate::domain::slice::{Mapping, Origin};
use crate::domain::way::Way;

/// Tests of the core may not import the demo: it is compiled here once more.
#[expect(dead_code, clippy::duplicate_mod, reason = "others use more of it")]
#[path = "../../demo/replay/mod.rs"]
mod replay;

use self::replay::{Port, Replay};

const V267: &str = include_str!("../../../tests/fixtures/panels/3x-ui-2.6.7.json");
const V2811: &str = include_str!("../../../tests/fixtures/panels/3x-ui-2.8.11.json");
const V302: &str = include_str!("../../../tests/fixtures/panels/3x-ui-3.0.2.json");
const V360: &str = include_str!("../../../tests/fixtures/panels/3x-ui-3.6.0.json");
const ALIREZA: &str = include_str!("../../../tests/fixtures/panels/x-ui-alireza-1.12.0.json");
const ALL: [&str; 5] = [V267, V2811, V302, V360, ALIREZA];

/// A panel at a recording's addresses, and what may be different.
struct Plan {
    address: PanelAddress,
    kind: &'static str,
    token: Option<String>,
    refusals: Arc<Refusals>,
}

impl Plan {
    fn of(replay: &Replay) -> Self {
        let address = PanelAddress {
            panel_url: replay.panel_url(),
            username: "admin".into(),
            password: "adminpass".into(),
            subscription_base_url: replay.subscription_base_url(),
            subscription_path_prefix: "/s/".to_owned(),
        };
        let kind = if replay.recording().panel == "3x-ui" { "x-ui" } else { "alireza" };
        Self { address, kind, token: None, refusals: Arc::default() }
    }

    fn password(mut self, password: &str) -> Self {
        self.address.password = password.into();
        self
    }

    fn panel(&self) -> Panel {
        let row = PanelRow {
            id: PanelId(1),
            name: "de-1".to_owned(),
            kind: self.kind.to_owned(),
            address: Some(self.address.clone()),
        };
        Panel::new(
            row,
            Setup {
                clients: Clients::new(8, true).unwrap(),
                certificate: Certificate::Verified,
                token: self.token.clone().map(Into::into),
                refusals: Arc::clone(&self.refusals),
                limit: 8,
                timeout: Duration::from_secs(5),
            },
        )
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// The purchase of a recorded customer, known by its secrets.
fn contact(replay: &Replay, customer: usize) -> Contact {
    let customer = &replay.recording().customers[customer];
    Contact {
        purchase: PurchaseId(1),
        own: SubId::new(Some(&customer.sub_id)).unwrap(),
        keys: ClientKeys { secrets: customer.client_uuid.clone(), email: None },
        origin: Origin::default(),
        is_new: false,
    }
}

fn mapped(contact: Contact, to: &str) -> Contact {
    let client = Mapping { sub_id: SubId::new(Some(to)).unwrap(), keys: contact.keys.digest() };
    Contact { origin: Origin { client: Some(client), ..Origin::default() }, ..contact }
}

async fn list(panel: &Panel) -> Result<usize, NoList> {
    let list = panel.list(Duration::ZERO, soon(), &mut Bill::default()).await?;
    Ok(list.inbounds.len())
}

async fn failure(panel: &Panel, contact: &Contact) -> PanelFailure {
    panel.fetch(contact, soon()).await.result.unwrap_err()
}

#[tokio::test]
async fn every_recorded_panel_lets_us_in_and_gives_its_customers_their_links() {
    for text in ALL {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan::of(&replay).panel();
        for customer in [0, 2, 3] {
            let known = &replay.recording().customers[customer];
            let contact = contact(&replay, customer);
            let given = panel.fetch(&contact, soon()).await.result.unwrap();
            assert_eq!(given.way, Way::PerClient);
            assert_eq!(given.client.unwrap().reveal(), known.panel_sub_id);
            assert_eq!(given.links.len(), known.links);
            assert!(
                given
                    .links
                    .iter()
                    .all(|link| { known.client_uuid.iter().any(|secret| secret == link.secret()) })
            );
        }
        let report = panel.report();
        assert_eq!((report.login, report.customers), (Login::Password, Some(4)));
        assert_eq!(report.make, Some(if text == ALIREZA { "x-ui" } else { "3x-ui" }));
        assert_eq!((replay.answered("login"), replay.answered("list")), (1, 1));
        assert_eq!(panel.mood().0, Mood::Reachable);
    }
}

#[tokio::test]
async fn a_purchase_whose_id_is_remembered_costs_one_request() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let id = replay.recording().customers[0].panel_sub_id.clone();
    let known = mapped(contact(&replay, 0), &id);
    assert_eq!(panel.fetch(&known, soon()).await.result.unwrap().links.len(), 5);
    assert_eq!(replay.requests(), 1);
}

#[tokio::test]
async fn an_id_that_is_not_true_any_more_is_looked_up_again() {
    let replay = Replay::start(V2811).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let moved = mapped(contact(&replay, 0), "doesnotexist");
    let given = panel.fetch(&moved, soon()).await.result.unwrap();
    assert_eq!(given.client.unwrap().reveal(), replay.recording().customers[0].panel_sub_id);
    assert_eq!(given.links.len(), 5);
}

#[tokio::test]
async fn an_id_that_became_somebody_elses_is_looked_up_again() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let customers = &replay.recording().customers;
    let others = mapped(contact(&replay, 0), &customers[1].panel_sub_id);
    for has_list in [false, true] {
        let given = panel.fetch(&others, soon()).await.result.unwrap();
        assert_eq!(given.client.unwrap().reveal(), customers[0].panel_sub_id, "{has_list}");
    }
    assert_eq!(replay.answered("list"), 1);
    // Without a list the answer stands.
    let refused = Plan::of(&replay).password("guess").panel();
    let given = refused.fetch(&others, soon()).await.result.unwrap();
    assert_eq!(given.client.unwrap().reveal(), customers[1].panel_sub_id);
}

#[tokio::test]
async fn a_list_that_is_refused_passes_and_needs_no_second_login() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    // The same shape: {"success": false, …} with status 200.
    replay.answer_instead("list", "login-wrong-password", 1);
    assert_eq!(list(&panel).await, Err(NoList::Failed(PanelFailure::ListRefused)));
    assert_eq!(list(&panel).await, Ok(5));
    assert_eq!(replay.answered("login"), 1);
}

#[tokio::test]
async fn one_odd_answer_does_not_switch_the_list_of_links_off() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    list(&panel).await.unwrap();
    replay.answer_instead("all-links", "login-wrong-password", 1);
    assert!(panel.all_links(soon(), &mut Bill::default()).await.is_none());
    assert!(panel.all_links(soon(), &mut Bill::default()).await.is_some());
}

#[tokio::test]
async fn a_late_list_leaves_the_subscription_of_the_same_place() {
    let replay = Replay::start(V360).await.unwrap();
    let mut plan = Plan::of(&replay);
    plan.address.subscription_base_url.clone_from(&plan.address.panel_url);
    let panel = plan.panel();
    let late = NoList::Failed(PanelFailure::Unreachable(Unreachable::Timeout));
    let known = contact(&replay, 0);
    let own = async |panel: &Panel| {
        let mut bill = Bill::default();
        let _ = panel.without_list(&known, None, late, soon(), &mut bill).await;
        bill.requests
    };
    assert_eq!(own(&panel).await, 0, "nobody let us in");
    list(&panel).await.unwrap();
    assert_eq!(own(&panel).await, 1);
}

#[tokio::test]
async fn nobody_in_the_list_is_unknown_and_the_list_is_read_once() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let strangers = (0..20).map(|_| async {
        let keys = ClientKeys { secrets: vec!["nobody".to_owned()], email: None };
        let stranger = Contact { keys, ..contact(&replay, 0) };
        failure(&panel, &stranger).await
    });
    let failures = join_all(strangers).await;
    assert!(failures.iter().all(|failure| *failure == PanelFailure::UnknownSubscription));
    assert_eq!(replay.order(), ["csrf-token", "login", "list"]);
}

#[tokio::test]
async fn a_client_that_is_off_is_told_from_one_that_is_gone() {
    let on = r#"\"enable\":true,\"email\":\"in1.u1003"#;
    let off = r#"\"enable\":false,\"email\":\"in1.u1003"#;
    assert!(V2811.contains(on), "the recording looks different");
    let replay = Replay::start(&V2811.replace(on, off)).await.unwrap();
    let panel = Plan::of(&replay).panel();
    replay.answer_instead("sub-one-inbound", "sub-unknown", 9);
    let id = replay.recording().customers[2].panel_sub_id.clone();
    for contact in [contact(&replay, 2), mapped(contact(&replay, 2), &id)] {
        let given = panel.fetch(&contact, soon()).await.result.unwrap();
        assert!(given.off.is_some() && given.links.is_empty());
    }
}

#[tokio::test]
async fn who_is_off_in_what_could_be_read_may_work_in_what_could_not() {
    let on = r#"\"enable\":true,\"email\":\"in1.u1003"#;
    let off = r#"\"enable\":false,\"email\":\"in1.u1003"#;
    let (whole, broken) = (r#"\"obj\":[{\"id\":1,"#, r#"\"obj\":[7,{\"id\":1,"#);
    assert!(V2811.contains(on) && V2811.contains(whole), "the recording looks different");
    let replay = Replay::start(&V2811.replace(on, off).replace(whole, broken)).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let given = panel.fetch(&contact(&replay, 2), soon()).await.result.unwrap();
    assert_eq!((given.off, given.links.len()), (None, 1));
    replay.answer_instead("sub-one-inbound", "sub-unknown", 9);
    let given = panel.fetch(&contact(&replay, 2), soon()).await.result.unwrap();
    assert!(given.off.is_some() && given.links.is_empty());
}

#[tokio::test]
async fn a_subscription_asked_for_at_two_addresses_is_two_requests() {
    let replay = Replay::start(V360).await.unwrap();
    let mut plan = Plan::of(&replay);
    let address = &mut plan.address;
    std::mem::swap(&mut address.panel_url, &mut address.subscription_base_url);
    let (panel, mut bill) = (plan.panel(), Bill::default());
    let id = SubId::new(Some(&replay.recording().customers[0].panel_sub_id)).unwrap();
    for expected in [2, 3] {
        panel.read(&id, soon(), &mut bill).await.unwrap();
        assert_eq!(bill.requests, expected, "the address that gave links is asked first");
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_until_somebody_acts() {
    for text in ALL {
        let replay = Replay::start(text).await.unwrap();
        let plan = Plan::of(&replay).password("guess");
        let panel = plan.panel();
        let known = contact(&replay, 0);
        for _ in 0..3 {
            assert_eq!(failure(&panel, &known).await, PanelFailure::WrongPassword);
            panel.check_status().await;
        }
        assert_eq!(list(&panel).await, Err(NoList::Failed(PanelFailure::WrongPassword)));
        assert_eq!(replay.answered("login-wrong-password"), 1);
        assert_eq!(panel.report().login, Login::Refused);
        // Another core that remembers the same: it does not try.
        let restarted = plan.panel();
        assert_eq!(failure(&restarted, &known).await, PanelFailure::WrongPassword);
        assert_eq!(replay.answered("login-wrong-password"), 1);
        restarted.forgive();
        assert_eq!(failure(&restarted, &known).await, PanelFailure::WrongPassword);
        assert_eq!(replay.answered("login-wrong-password"), 2);
        // With another password it may.
        let corrected = plan.password("adminpass").panel();
        assert_eq!(list(&corrected).await, Ok(5));
    }
}

#[tokio::test]
async fn a_purchase_that_the_panel_knows_by_its_own_id_needs_no_login() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).password("guess").panel();
    let id = replay.recording().customers[0].panel_sub_id.clone();
    let july = Contact { own: SubId::new(Some(&id)).unwrap(), ..contact(&replay, 0) };
    let given = panel.fetch(&july, soon()).await.result.unwrap();
    assert_eq!((given.way, given.links.len(), given.client), (Way::Subscription, 5, None));
    let reason = panel.report().way_reason.unwrap();
    assert!(reason.contains("refused user and password"), "{reason}");
}

#[tokio::test]
async fn a_session_that_is_over_is_renewed_once() {
    for text in ALL {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan::of(&replay).panel();
        assert_eq!(list(&panel).await, Ok(5));
        replay.end_session();
        assert_eq!(list(&panel).await, Ok(5));
        assert_eq!((replay.answered("login"), replay.answered("list")), (2, 2));
        assert_eq!(replay.answered("list-without-session"), 1);
    }
}

#[tokio::test]
async fn a_password_that_was_taken_before_may_be_locked_out() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    assert_eq!(list(&panel).await, Ok(5));
    replay.end_session();
    replay.answer_instead("login", "login-right-after-7-wrong", 9);
    for _ in 0..3 {
        assert_eq!(list(&panel).await, Err(NoList::Failed(PanelFailure::LockedOut)));
        panel.check_status().await;
    }
    assert_eq!(replay.answered("login-right-after-7-wrong"), 1);
}

#[tokio::test]
async fn a_token_opens_the_list_without_a_login() {
    for text in [V302, V360] {
        let replay = Replay::start(text).await.unwrap();
        let token = replay.recording().token().map(str::to_owned);
        let panel = Plan { token, ..Plan::of(&replay) }.panel();
        assert_eq!(list(&panel).await, Ok(5));
        assert_eq!((replay.requests(), panel.report().login), (1, Login::Token));
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_and_no_password_is_sent() {
    for text in [V267, V302, V360, ALIREZA] {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan { token: Some("wrong".to_owned()), ..Plan::of(&replay) }.panel();
        let known = contact(&replay, 0);
        assert_eq!(failure(&panel, &known).await, PanelFailure::WrongToken);
        let asked = replay.requests();
        assert_eq!(list(&panel).await, Err(NoList::Failed(PanelFailure::WrongToken)));
        assert_eq!(replay.requests(), asked);
        assert_eq!((replay.answered("login"), replay.answered("csrf-token")), (0, 0));
        let reason = PanelFailure::WrongToken.about("de-1");
        assert_eq!(reason.code.as_str(), "wrong_password");
        assert!(reason.text.contains("PANEL_TOKENS"));
    }
}

#[tokio::test]
async fn a_token_before_a_door_that_is_not_there_is_not_a_wrong_one() {
    let replay = Replay::start(V2811).await.unwrap();
    let panel = Plan { token: Some("wrong".to_owned()), ..Plan::of(&replay) }.panel();
    assert_eq!(list(&panel).await, Err(NoList::Useless(Useless::TokenOpensNothing)));
    let asked = replay.requests();
    assert!(list(&panel).await.is_err());
    assert_eq!((replay.requests(), replay.answered("login")), (asked, 0));
    assert!(panel.report().way_reason.unwrap().contains("PANEL_TOKENS"));
}

#[tokio::test]
async fn only_the_newest_panel_lists_its_links_and_the_others_are_asked_once_a_session() {
    for text in ALL {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan::of(&replay).panel();
        for _ in 0..2 {
            list(&panel).await.unwrap();
            let links = panel.all_links(soon(), &mut Bill::default()).await;
            assert_eq!(links.is_some(), text == V360);
        }
        let asked = replay.order().iter().filter(|name| *name == "all-links").count();
        assert!(asked == if text == V360 { 2 } else { asked.min(1) }, "{:?}", replay.order());
    }
}

#[tokio::test]
async fn every_link_is_asked_for_while_the_list_is_read() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let (list, all_links) = panel.both_lists(soon(), &mut Bill::default()).await.unwrap();
    assert!(list.inbounds.len() == 5 && all_links.is_some());

    // It begins as a list does. Once that was read, nobody would ask for links any more.
    replay.answer_instead("list", "login", 2);
    let known = replay.order().len();
    panel.both_lists(soon(), &mut Bill::default()).await.unwrap_err();
    assert!(replay.order()[known..].contains(&"all-links".to_owned()), "{:?}", replay.order());
}

#[tokio::test]
async fn a_panel_that_insists_on_its_own_host_is_asked_for_its_links_by_that() {
    let replay = Replay::start(V360).await.unwrap();
    let mut plan = Plan::of(&replay);
    plan.address.subscription_base_url =
        plan.address.subscription_base_url.replace("127.0.0.1", "localhost");
    let panel = plan.panel();
    replay.insist_on_host(Port::Panel, "127.0.0.1");
    list(&panel).await.unwrap();
    assert!(panel.all_links(soon(), &mut Bill::default()).await.is_some());
    assert_eq!(replay.order()[3..], ["panel-wrong-host", "all-links"]);
}

#[tokio::test]
async fn a_panel_that_takes_another_host_only_gets_no_password() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    replay.insist_on_host(Port::Panel, "panel.example.com");
    assert_eq!(list(&panel).await, Err(NoList::Useless(Useless::Forbidden)));
    assert_eq!(replay.order(), ["panel-wrong-host"]);
    assert!(panel.report().way_reason.unwrap().contains("webDomain"));
    replay.insist_on_host(Port::Subscription, "sub.example.com");
    let failure = failure(&panel, &contact(&replay, 0)).await;
    assert_eq!(failure, PanelFailure::Status(403));
    assert!(failure.about("de-1").text.contains("host name"));
}

#[tokio::test]
async fn what_has_only_subscriptions_is_read_by_the_purchases_own_id() {
    let replay = Replay::start(V360).await.unwrap();
    let mut plan = Plan::of(&replay);
    plan.address.panel_url = replay.subscription_base_url();
    let panel = plan.panel();
    let id = replay.recording().customers[0].panel_sub_id.clone();
    let own = Contact { own: SubId::new(Some(&id)).unwrap(), ..contact(&replay, 0) };
    for _ in 0..3 {
        assert_eq!(panel.fetch(&own, soon()).await.result.unwrap().way, Way::Subscription);
    }
    assert_eq!(failure(&panel, &contact(&replay, 0)).await, PanelFailure::UnknownSubscription);
    // The login was looked for once: twice not found, then subscriptions only.
    assert_eq!(replay.requests(), 2 + 3 + 1);
    assert_eq!(panel.report().login, Login::NoApi);
}

#[tokio::test]
async fn a_survey_costs_one_list_and_at_most_two_requests_an_inbound() {
    for text in ALL {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan::of(&replay).panel();
        let surveyed = panel.survey(soon()).await;
        let survey = surveyed.result.unwrap();
        assert_eq!(survey.inventory.client_count(), 4);
        let expected = if text == V360 { Way::Links } else { Way::Learned };
        assert_eq!((survey.way(), panel.way()), (expected, expected), "{:?}", survey.fallbacks());
        assert!(survey.fallbacks().is_empty(), "{:?}", survey.fallbacks());
        let report = panel.report().survey.unwrap();
        assert!(report.requests <= 2 + 2 * 5, "{}", report.requests);
        assert!(surveyed.took > Duration::ZERO);
        assert_eq!((replay.answered("login"), replay.answered("list")), (1, 1));
    }
}

#[tokio::test]
async fn a_panel_says_whether_its_xray_runs_where_it_can() {
    for (text, version) in [(V267, None), (V2811, None), (V360, Some("3.6.0"))] {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan::of(&replay).panel();
        panel.check_status().await;
        let report = panel.report();
        let status = report.status.unwrap();
        assert_eq!((status.xray.as_str(), status.is_running()), ("error", false));
        assert!(status.error.unwrap().contains("no such file"));
        assert_eq!(report.version.as_deref(), version);
        replay.end_session();
        panel.check_status().await;
        assert!(panel.report().status.is_some());
        assert_eq!(replay.answered("login"), 2);
    }
}

#[tokio::test]
async fn a_panel_without_a_status_is_not_logged_into_again_and_again() {
    for text in [V302, ALIREZA] {
        let replay = Replay::start(text).await.unwrap();
        let panel = Plan::of(&replay).panel();
        for _ in 0..4 {
            panel.check_status().await;
        }
        assert_eq!((replay.answered("login"), panel.report().status), (1, None));
        assert_eq!(panel.mood().0, Mood::Reachable);
    }
}

/// Steps as `name state`, those that are well left out.
fn amiss(steps: &[Step]) -> Vec<String> {
    let steps = steps.iter().filter(|step| step.state != StepState::Ok);
    steps.map(|step| format!("{} {:?}", step.name, step.state)).collect()
}

#[tokio::test]
async fn a_ladder_ends_at_the_first_rung_that_breaks() {
    let replay = Replay::start(V360).await.unwrap();
    let panel = Plan::of(&replay).panel();
    let steps = panel.probe().await;
    assert_eq!(amiss(&steps), ["xray Crit"]);
    assert!(steps[9].text.contains("no such file"), "{}", steps[9].text);
    assert!(steps.iter().all(|step| !step.text.contains("/base")));

    let refused = Plan::of(&replay).password("guess").panel();
    refused.probe().await;
    replay.reset_counts();
    let steps = refused.probe().await;
    assert_eq!(
        amiss(&steps),
        ["login Crit", "list NotTried", "links NotTried", "subscription NotTried", "xray NotTried"]
    );
    assert!(steps[5].text.starts_with("not tried again"), "{}", steps[5].text);
    assert_eq!(replay.answered("login-wrong-password"), 0);

    let plan = Plan::of(&replay);
    drop(replay);
    let gone = plan.panel();
    let steps = gone.probe().await;
    let broken = steps.iter().find(|step| step.state == StepState::Crit).unwrap();
    assert!(["tcp", "tls"].contains(&broken.name), "{broken:?}");
}
