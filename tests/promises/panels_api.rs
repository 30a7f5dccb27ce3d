//! `/api/v1/panels`: one panel by whatever name, the ladder to it, a login that may be tried again.

use alamor::api::Page;
use alamor::api::checks::{Check, CheckState};
use alamor::api::events::Event;
use alamor::api::panels::{Panel, PanelState};
use alamor::client::ClientError;
use alamor::demo::behaviour::Behaviour;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;

use crate::world::{World, all, hear, soon, these};

const ODD: &str = "آلمان 1/2 ?#%";

async fn odd() -> World {
    let spec = PanelSpec::new(ODD, Make::ThreeXui2811);
    World::with().panel("de-1").panel_like(spec).purchases(2, &[ODD]).start().await
}

#[tokio::test]
async fn a_panel_is_found_by_whatever_name_the_bot_gave_it() {
    let world = odd().await;
    world.job(all()).await;
    let panel = world.client().get_panel(ODD).await.unwrap();
    assert_eq!((panel.name.as_str(), panel.purchases), (ODD, 2));
    assert_eq!(panel.state, PanelState::Reachable);
    let Err(ClientError::Refused(problem)) = world.client().get_panel("de-2").await else {
        panic!("there is no such panel");
    };
    assert_eq!((problem.status, problem.code.as_str()), (404, "not_found"));
}

#[tokio::test]
async fn a_panel_says_where_it_is_asked_and_no_path() {
    let world = World::with()
        .panel_at("nl-1", "https://nl.example.net:2053/secret-base/", "http://u:p@nl:2096", "/sub/")
        .start()
        .await;
    let panel = world.client().get_panel("nl-1").await.unwrap();
    assert_eq!(panel.addresses, ["https://nl.example.net:2053", "http://nl:2096"]);
    for path in ["/panels", "/panels/nl-1"] {
        let body = world.api(path).await.body;
        assert!(!body.contains("secret-base") && !body.contains("u:p"), "{body}");
    }
}

#[tokio::test]
async fn a_ladder_ends_where_it_breaks_and_is_the_same_for_all_who_ask() {
    let world = odd().await;
    world.panel(ODD).set(Behaviour::Refuse).await.unwrap();
    world.job(all()).await;
    let client = world.client();
    let (one, other) =
        soon(async { tokio::join!(client.probe_panel(ODD), client.probe_panel(ODD)) }).await;
    let rungs = one.unwrap();
    assert_eq!(rungs, other.unwrap());
    let broken = rungs.iter().position(|rung| rung.state == CheckState::Crit).unwrap();
    assert!(rungs[broken].reason.is_some(), "{rungs:?}");
    let below = &rungs[broken + 1..];
    assert!(below.iter().all(|rung| rung.state == CheckState::NotTried), "{rungs:?}");
    assert!(below.iter().all(|rung| rung.took_ms.is_none()), "{rungs:?}");
}

#[tokio::test]
async fn a_ladder_is_a_list_of_checks_of_the_promised_shape() {
    let world = World::small(1).start().await;
    let key = format!("Bearer {}", crate::world::KEY);
    let path = "/api/v1/panels/de-1/probe";
    let answer = world.ask(reqwest::Method::POST, path, Some(&key)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let page: Page<Check> = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((page.next_cursor, page.total), (None, Some(page.items.len() as u64)));
    let object: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let first = object["items"][0].as_object().unwrap();
    let keys: Vec<&str> = first.keys().map(String::as_str).collect();
    let known = ["name", "state", "reason", "fix", "evidence", "took_ms"];
    assert_eq!(keys, [&known[..], &["since", "checked_at", "by"]].concat());
}

#[tokio::test]
async fn who_lets_a_login_be_tried_again_is_noted_and_consoles_hear_of_the_panel() {
    let world = odd().await;
    let mut events = world.events();
    hear(&mut events, |event| matches!(event, Event::Snapshot(_)).then_some(())).await;
    let panel = world.client().named("ali").retry_login(ODD).await.unwrap();
    assert_eq!(panel.name, ODD);
    let heard: Panel = hear(&mut events, |event| match event {
        Event::Panel(panel) if panel.name == ODD => Some(panel.clone()),
        _ => None,
    })
    .await;
    assert_eq!(heard.name, ODD);
    let audit = "SELECT by_whom || ' ' || action || ' ' || subject FROM alamor_audit";
    assert_eq!(world.rows.list(audit).await, [format!("ali retry panel {ODD}")]);
}

#[tokio::test]
async fn a_job_says_whether_it_is_of_all_and_how_each_panel_was_read() {
    let world = World::small(2).start().await;
    let mut events = world.events();
    hear(&mut events, |event| matches!(event, Event::Snapshot(_)).then_some(())).await;
    for (new, is_all) in [(all(), true), (these(&[1, 2]), false)] {
        let id = world.start_job(new).await.id;
        let job = hear(&mut events, |event| match event {
            Event::Job(job) if job.id == id && job.state.is_final() => Some(job.clone()),
            _ => None,
        })
        .await;
        assert_eq!(job.all, is_all);
    }
    let item = world.update_as_item(1).await;
    let ways: Vec<_> = item.panels.iter().map(|part| part.way.as_deref()).collect();
    assert_eq!(ways, [Some("subscription")]);
}
