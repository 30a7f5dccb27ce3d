//! The old server's interface, vector by vector: what the bot and subscribers' apps rely on.

use alamor::demo::behaviour::Behaviour;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::raw_panel::{RawPanel, Reply};
use crate::world::{Answer, KEY, Sale, World, soon};

const L1: &str = "vless://11111111-1111-4111-8111-111111111111@de.example.net:443?type=tcp&security=reality#DE-in5.u42.abc";
const L2: &str = "vless://22222222-2222-4222-8222-222222222222@nl.example.net:8443?type=ws&security=tls#Netherlands%20WS";
/// Cache C of the vectors, and its subscription.
const KEPT: &str = r#"["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"]"#;
const KEPT_BODY: &str = "dmxlc3M6Ly9jYWNoZWQxQGg6MSNjMQp2bGVzczovL2NhY2hlZDJAaDoyI2My";

fn bearer() -> String {
    format!("Bearer {KEY}")
}

async fn post(world: &World, id: &str, authorization: Option<&str>) -> Answer {
    world.ask(Method::POST, &format!("/admin/update_configs/{id}"), authorization).await
}

#[tokio::test]
async fn v1_to_v3_the_key_is_looked_at_before_the_id() {
    let world = World::small(1).start().await;
    let two_spaces = format!("Bearer  {KEY}");
    let lower_case = format!("bearer {KEY}");
    let table = [
        ("V1", None, "Unauthorized"),
        ("V2", Some("Basic abc"), "Unauthorized"),
        ("V2", Some(lower_case.as_str()), "Unauthorized"),
        ("V2", Some("Bearer"), "Unauthorized"),
        ("V3", Some("Bearer wrong"), "Invalid API key"),
        ("V3", Some(two_spaces.as_str()), "Invalid API key"),
    ];
    for (name, authorization, body) in table {
        for id in ["1", "abc", "999"] {
            let answer = post(&world, id, authorization).await;
            assert_eq!(answer.status_and_body(), (401, body), "{name} {authorization:?} {id}");
        }
    }
    assert_eq!(world.panel("de-1").counts().requests, 0);
}

/// The blank at the end belongs to no value for HTTP's own rules, so the core may not see it: then
/// the answer is that of a bare `Bearer`. Both are 401.
#[tokio::test]
async fn v3_a_bearer_with_nothing_behind_it_is_refused() {
    let world = World::small(1).start().await;
    let address = world.url("").replace("http://", "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "POST /admin/update_configs/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer \r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let body = answer.rsplit("\r\n").next().unwrap();
    assert!(["Unauthorized", "Invalid API key"].contains(&body), "{answer}");
}

#[tokio::test]
async fn v3_what_follows_the_second_blank_is_no_part_of_the_key() {
    let world = World::small(1).start().await;
    let answer = post(&world, "1", Some(&format!("Bearer {KEY} anything"))).await;
    answer.expect("updated");
}

#[tokio::test]
async fn v4_and_v5_without_a_key_nobody_gets_in_and_a_weak_one_opens() {
    for line in ["ADMIN_API_KEY=", "ADMIN_API_KEY=your-secret-key"] {
        let world = World::small(1).setting(line).start().await;
        let (_, presented) = line.split_once('=').unwrap();
        let presented = if presented.is_empty() { "anything" } else { presented };
        let presented = format!("Bearer {presented}");
        let answer = post(&world, "1", Some(&presented)).await;
        assert_eq!(answer.status_and_body(), (500, "Server configuration error"), "{line}");
        let without = post(&world, "1", None).await;
        assert_eq!(without.status_and_body(), (401, "Unauthorized"), "{line}");
        assert_eq!(world.api("/health").await.problem(), (500, "key_not_set".to_owned()));
        assert_eq!(world.subscription("sub-1").await.status, 200, "subscribers are served");
    }
    let weak = World::small(1).setting("ADMIN_API_KEY=short").start().await;
    post(&weak, "1", Some("Bearer short")).await.expect("updated");
}

#[tokio::test]
async fn v6_and_v7_the_id_is_read_as_python_reads_it() {
    let world = World::small(10).start().await;
    for id in ["abc", "1.5", "0x1", "1__0", "_1", "%20"] {
        let answer = post(&world, id, Some(&bearer())).await;
        assert_eq!(answer.status_and_body(), (400, "Invalid purchase ID format"), "{id}");
    }
    for id in ["+5", "%205%20", "1_0", "%D9%A1", "%D9%A5"] {
        let answer = post(&world, id, Some(&bearer())).await;
        assert_eq!(answer.status_and_body(), (200, "Configs updated successfully"), "{id}");
    }
    for id in ["-1", "0", "11", "99999999999999999999"] {
        let answer = post(&world, id, Some(&bearer())).await;
        assert_eq!(answer.status_and_body(), (404, "Purchase not found"), "{id}");
    }
    let asked = |id: i64| world.panel("de-1").requests_for(&format!("sub-{id}"));
    // `%205%20`, `+5` and `%D9%A5` are 5; `%D9%A1` is 1.
    assert_eq!([asked(5), asked(10), asked(1)], [3, 1, 1]);
}

#[tokio::test]
async fn v8_and_v9_a_purchase_that_cannot_be_updated_says_why() {
    let world = World::small(5)
        .sql("UPDATE purchases SET sub_id = NULL WHERE id = 1")
        .sql("UPDATE purchases SET sub_id = '' WHERE id = 2")
        .sql("UPDATE purchases SET is_active = 0 WHERE id = 3")
        .sql("UPDATE purchases SET is_active = NULL WHERE id = 4")
        .sql("UPDATE purchases SET server_id = NULL WHERE id = 5")
        .start()
        .await;
    let table = [
        (1, 400, "Purchase has no subscription ID"),
        (2, 400, "Purchase has no subscription ID"),
        (3, 400, "Purchase is not active"),
        (4, 400, "Purchase is not active"),
        (5, 500, "Failed to update configs"),
    ];
    for (id, status, body) in table {
        let answer = world.update(id).await;
        assert_eq!(answer.status_and_body(), (status, body), "{id}");
        assert_eq!(answer.header("x-update-outcome"), Some("failed"));
    }
    assert_eq!(world.panel("de-1").counts().requests, 0);
}

#[tokio::test]
async fn v10_only_post_and_options_are_allowed() {
    let world = World::small(1).start().await;
    let path = "/admin/update_configs/1";
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
        for key in [None, Some(bearer())] {
            let answer = world.ask(method.clone(), path, key.as_deref()).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow"), Some("POST, OPTIONS"), "{method}");
        }
    }
    let options = world.ask(Method::OPTIONS, path, None).await;
    assert_eq!(options.status_and_body(), (200, ""));
    assert_eq!(options.header("allow"), Some("POST, OPTIONS"));
    assert_eq!(world.panel("de-1").counts().requests, 0);
}

#[tokio::test]
async fn v11_another_path_is_not_found() {
    let world = World::small(1).start().await;
    for path in [
        "/admin/update_configs/",
        "/admin/update_configs/1/",
        "/admin/update_configs",
        "/",
        "/sub/",
        "/sub/a/b",
    ] {
        let answer = world.ask(Method::POST, path, Some(&bearer())).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn v12_body_and_content_type_are_ignored() {
    let world = World::small(1).start().await;
    let headers = [("content-type", "application/json"), ("accept", "*/*")];
    let path = "/admin/update_configs/1";
    let answer = world.ask_with(Method::POST, path, Some(&bearer()), &headers).await;
    answer.expect("updated");
}

fn reply(kind: &'static str, body: String) -> Reply {
    Reply { status: 200, kind, body: body.leak() }
}

#[tokio::test]
async fn v13_to_v17_every_form_of_subscription_is_stored_as_its_links() {
    let encoded = STANDARD.encode(format!("{L1}\n{L2}\n"));
    let data = STANDARD.encode(format!("{L1}\n{L2}"));
    let table = [
        ("V13", reply("text/plain", encoded)),
        ("V15", reply("text/plain", format!("{L1}\n\n{L2}\n   \n"))),
        ("V17", reply("application/json", format!(r#"{{"data":"{data}"}}"#))),
    ];
    for (name, reply) in table {
        let panel = RawPanel::start(reply).await;
        let world =
            World::with().panel_at("de-1", "", &panel.url, "s").purchase(&["de-1"]).start().await;
        world.update(1).await.expect("updated");
        assert_eq!(world.rows.json(1).await.unwrap(), format!("[\"{L1}\", \"{L2}\"]"), "{name}");
        // V34: the same links in our one form of body.
        let answer = world.subscription("sub-1").await;
        assert_eq!(answer.body, STANDARD.encode(format!("{L1}\n{L2}")), "{name}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    }
}

#[tokio::test]
async fn v21_and_v22_what_is_no_subscription_changes_nothing() {
    let text = |status, body| Reply { status, kind: "text/plain", body };
    let table = [
        Reply { status: 200, kind: "text/html", body: "<!DOCTYPE html><html>Sign in</html>" },
        text(200, ""),
        text(200, "\n \n"),
        text(400, "Error!"),
        text(404, ""),
        text(500, ""),
        text(403, ""),
    ];
    for reply in table {
        let panel = RawPanel::start(reply).await;
        let sale = Sale::on(&["de-1"]).kept(KEPT);
        let world = World::with().panel_at("de-1", "", &panel.url, "/s/").sale(sale).start().await;
        world.update(1).await.expect("failed");
        assert_eq!(world.rows.json(1).await.as_deref(), Some(KEPT), "{reply:?}");
        assert!(world.rows.slices(1).await.is_empty(), "{reply:?}");
        assert_eq!(world.subscription("sub-1").await.body, KEPT_BODY);
    }
}

#[tokio::test]
async fn v22_and_v30_a_panel_that_refuses_is_no_success_and_changes_nothing() {
    let world = World::with().panel("de-1").sale(Sale::on(&["de-1"]).kept(KEPT)).start().await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    world.update(1).await.expect("kept");
    assert_eq!(world.rows.json(1).await.as_deref(), Some(KEPT));
}

#[tokio::test]
async fn v25_an_address_has_one_slash_between_its_parts() {
    let panel = RawPanel::start(reply("text/plain", L1.to_owned())).await;
    let world = World::with()
        .panel_at("de-1", &format!("{}/p2/", panel.url), "", "/s/")
        .purchase(&["de-1"])
        .sql("UPDATE purchases SET sub_id = 'b64'")
        .start()
        .await;
    world.update(1).await.expect("updated");
    assert_eq!(panel.paths(), ["/p2/csrf-token", "/p2/login", "/p2/s/b64"]);
}

#[tokio::test]
async fn v27_a_table_with_or_without_updated_at_is_written() {
    let without = World::small(1).start().await;
    without.update(1).await.expect("updated");
    let with =
        World::small(1).sql("ALTER TABLE purchases ADD COLUMN updated_at TIMESTAMP").start().await;
    with.update(1).await.expect("updated");
    let date = with.rows.list("SELECT updated_at FROM purchases").await.remove(0);
    assert_eq!(date.len(), "2027-03-01 12:00:00".len(), "{date}");
}

#[tokio::test]
async fn v33_unknown_and_inactive_ids_are_answered_alike() {
    let world = World::small(3)
        .sql("UPDATE purchases SET is_active = 0 WHERE id = 2")
        .sql("UPDATE purchases SET is_active = NULL WHERE id = 3")
        .start()
        .await;
    let mut answers = Vec::new();
    for id in ["nobody", "sub-2", "sub-3", "SUB-1"] {
        let mut answer = world.subscription(id).await;
        answer.headers.remove("date");
        answers.push((answer.status, answer.body, format!("{:?}", answer.headers)));
    }
    assert_eq!(answers[0].0, 404);
    assert_eq!(answers[0].1, "Subscription not found or is inactive.");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn v36_and_v37_a_dead_panel_leaves_what_was_kept_or_nothing() {
    let world = World::with()
        .panel("de-1")
        .sale(Sale::on(&["de-1"]).kept(KEPT))
        .purchase(&["de-1"])
        .start()
        .await;
    world.panel("de-1").set(Behaviour::Refuse).await.unwrap();
    let kept = world.subscription("sub-1").await;
    assert_eq!(kept.status_and_body(), (200, KEPT_BODY));
    assert_eq!(kept.header("x-config-age"), None, "of unknown age");
    let nothing = world.subscription("sub-2").await;
    let body = "No configurations found for this subscription.";
    assert_eq!(nothing.status_and_body(), (404, body));
}

#[tokio::test]
async fn an_update_tells_its_item_to_whoever_accepts_json() {
    let world = World::with().panel("de-1").panel("fr-2").purchase(&["de-1", "fr-2"]).start().await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    let item = world.update_as_item(1).await;
    let outcomes: Vec<_> =
        item.panels.iter().map(|part| (part.name.as_str(), part.links)).collect();
    assert_eq!(outcomes, [("de-1", 5), ("fr-2", 0)]);
    assert_eq!((item.purchase_id, item.user, item.links), (1, Some(1000), 5));
    assert_eq!(item.reason.unwrap().code, "refused");
}

#[tokio::test]
async fn the_row_of_a_purchase_is_told_behind_the_key() {
    let world = World::small(1)
        .sql(&format!("UPDATE purchases SET single_configs_json = '{KEPT}'"))
        .start()
        .await;
    let path = "/admin/test/1";
    let answer = world.ask(Method::GET, path, None).await;
    assert_eq!(answer.status_and_body(), (401, "Unauthorized"));
    let answer = world.ask(Method::GET, path, Some(&bearer())).await;
    let expected = "{\n  \"purchase_id\": 1,\n  \"user_id\": 1,\n  \"profile_id\": null,\n  \"server_id\": 1,\n  \"sub_id\": \"sub-1\",\n  \"is_active\": true,\n  \"has_configs\": true\n}";
    assert_eq!(answer.status_and_body(), (200, expected));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let unknown = world.ask(Method::GET, "/admin/test/9", Some(&bearer())).await;
    assert_eq!(unknown.status_and_body(), (404, "Purchase not found"));
}

#[tokio::test]
async fn the_sign_of_life_is_the_old_servers() {
    let world = World::small(1).start().await;
    let answer = world.ask(Method::GET, "/test", None).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let start = "{\n  \"status\": \"ok\",\n  \"message\": \"Webhook server is working\",\n  \"timestamp\": \"20";
    assert!(answer.body.starts_with(start), "{}", answer.body);
    // 2026-01-01T00:00:00.000000 behind the quote, then the end of the object.
    assert_eq!(answer.body.len(), start.len() - 2 + 26 + 3, "{}", answer.body);
    let alive = world.ask(Method::GET, "/livez", None).await;
    assert_eq!(alive.status_and_body(), (200, "ok"));
    // Which core it is: what comes through nginx is told from another program's 200 by it.
    let instance: serde_json::Value = world.get("/api/v1/health").await;
    assert_eq!(alive.header("x-alamor"), instance["instance"].as_str());
    assert_eq!(world.ask(Method::GET, "/readyz", None).await.status_and_body(), (200, "ready"));
}
