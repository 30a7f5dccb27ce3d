//! Panels with an admin API, played from recordings of real ones.

use alamor::api::Page;
use alamor::api::panels::{Login, Panel, PanelState};
use alamor::demo::replay::Replay;

use crate::world::{Plan, World};

const V2811: &str = include_str!("../fixtures/panels/3x-ui-2.8.11.json");

/// A world with the recorded panel, whose password is `password` or another one.
async fn world_of(password: &str) -> (Replay, Plan) {
    let replay = Replay::start(&V2811.replace("adminpass", password)).await.unwrap();
    let customer = &replay.recording().customers[0];
    let (own, secrets) = (&customer.sub_id, serde_json::json!(customer.client_uuid));
    let sql = format!("UPDATE purchases SET sub_id = '{own}', client_uuid = '{secrets}'");
    let (panel_url, base) = (replay.panel_url(), replay.subscription_base_url());
    let plan = World::with().panel_at("de-1", &panel_url, &base, "/s/").purchase(&["de-1"]);
    (replay, plan.sql(&sql))
}

async fn panel(world: &World) -> Panel {
    let page: Page<Panel> = serde_json::from_str(&world.api("/panels").await.body).unwrap();
    page.items.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_purchase_whose_id_no_panel_has_heard_of_is_found_in_the_panels_list() {
    let (replay, plan) = world_of("adminpass").await;
    let world = plan.start().await;
    world.update(1).await.expect("updated");
    world.update(1).await.expect("unchanged");
    assert_eq!((replay.answered("login"), replay.answered("list")), (1, 1));
    let panel = panel(&world).await;
    assert_eq!((panel.login, panel.state), (Login::Password, PanelState::Reachable));
    assert_eq!((panel.make.as_deref(), panel.clients), (Some("3x-ui"), Some(4)));
}

#[tokio::test]
async fn a_refused_password_is_tried_by_no_later_core_until_it_changes() {
    let (replay, plan) = world_of("another").await;
    let mut world = plan.start().await;
    for _ in 0..3 {
        let item = world.update_as_item(1).await;
        assert_eq!(item.reason.unwrap().code, "wrong_password");
        assert_eq!(panel(&world).await.login, Login::Refused);
        world.restart().await;
    }
    assert_eq!(replay.answered("login-wrong-password"), 1);
    let kept = world.rows.list("SELECT refused FROM alamor_panels").await;
    assert!(kept.len() == 1 && !kept[0].contains("password"), "{kept:?}");
}
