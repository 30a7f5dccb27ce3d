//! Nobody gets in: keys, those who guess them, and those who guess subscription ids.

use std::time::Duration;

use reqwest::Method;

use crate::raw;
use crate::world::{Answer, KEY, Plan, World, later, soon};

const OLD_KEY: &str = "the-key-before-0123456789";

/// The bot's button, as somebody at `from` presses it through nginx.
async fn press(world: &World, key: &str, from: Option<&str>) -> Answer {
    let forwarded: Vec<(&str, &str)> =
        from.map(|from| ("x-forwarded-for", from)).into_iter().collect();
    let key = format!("Bearer {key}");
    world.ask_with(Method::POST, "/admin/update_configs/1", Some(&key), &forwarded).await
}

async fn subscription(world: &World, id: &str, from: &str) -> Answer {
    let forwarded = [("x-forwarded-for", from)];
    world.ask_with(Method::GET, &format!("/sub/{id}"), None, &forwarded).await
}

fn rotating() -> Plan {
    World::small(1).setting(&format!("ADMIN_API_KEY_PREVIOUS={OLD_KEY}"))
}

#[tokio::test]
async fn both_keys_open_while_they_are_changed() {
    let world = rotating().start().await;
    press(&world, KEY, None).await.expect("updated");
    press(&world, OLD_KEY, None).await.expect("unchanged");
    let wrong = press(&world, "another-key-0123456789", None).await;
    assert_eq!(wrong.status_and_body(), (401, "Invalid API key"));
    for path in ["/api/v1/health", "/admin/test/1"] {
        let answer = world.ask(Method::GET, path, Some(&format!("Bearer {OLD_KEY}"))).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_key_before_opens_nothing_alone() {
    let world = rotating().setting("ADMIN_API_KEY=").start().await;
    let answer = press(&world, OLD_KEY, None).await;
    assert_eq!(answer.status_and_body(), (500, "Server configuration error"));
}

#[tokio::test]
async fn twenty_wrong_keys_in_a_minute_lock_an_address_out_and_no_other() {
    let world = World::small(1).start().await;
    // What stands left of the proxy's own word is anybody's.
    let from = |number: u32| format!("6.6.6.{number}, 203.0.113.7");
    for number in 0..20 {
        let answer = press(&world, &format!("wrong-{number}"), Some(&from(number))).await;
        assert_eq!(answer.status_and_body(), (401, "Invalid API key"), "{number}");
    }
    let locked = press(&world, "wrong", Some(&from(21))).await;
    assert_eq!(locked.status_and_body(), (429, "Too many wrong keys"));
    let wait: u64 = locked.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let api = world
        .ask_with(
            Method::GET,
            "/api/v1/health",
            Some("Bearer wrong"),
            &[("x-real-ip", "203.0.113.7")],
        )
        .await;
    assert_eq!(api.problem(), (429, "locked_out".to_owned()));
    assert!(api.header("retry-after").is_some());
    press(&world, KEY, Some("203.0.113.7")).await.expect("updated");
    assert_eq!(press(&world, "wrong", Some("203.0.113.8")).await.status, 401);
    let none = world
        .ask_with(
            Method::POST,
            "/admin/update_configs/1",
            None,
            &[("x-forwarded-for", "203.0.113.7")],
        )
        .await;
    assert_eq!(none.status_and_body(), (401, "Unauthorized"));
    later(Duration::from_mins(1)).await;
    assert_eq!(press(&world, "wrong", Some("203.0.113.7")).await.status, 401);
}

#[tokio::test]
async fn readiness_tells_nobody_whether_a_key_is_right() {
    let world = World::small(1).start().await;
    let from = [("x-forwarded-for", "203.0.113.9")];
    for _ in 0..20 {
        let answer = world.ask_with(Method::GET, "/readyz", Some("Bearer wrong"), &from).await;
        assert_eq!(answer.status_and_body(), (200, "ready"));
    }
    assert_eq!(press(&world, "wrong", Some("203.0.113.9")).await.status, 429);
}

/// July's nginx does not say for whom it asks: the bot must not lock itself out behind it.
#[tokio::test]
async fn this_machine_is_never_locked_out() {
    let world = World::small(1).start().await;
    for number in 0..50 {
        assert_eq!(press(&world, "wrong", None).await.status, 401, "{number}");
    }
    press(&world, KEY, None).await.expect("updated");
}

#[tokio::test]
async fn a_key_of_any_length_is_compared_and_none_breaks_anything() {
    let world = World::small(1).start().await;
    for key in ["x".to_owned(), "x".repeat(10_000), "\u{FF}".repeat(5_000)] {
        let answer = press(&world, &key, None).await;
        assert_eq!(answer.status, 401, "{} bytes", key.len());
    }
    for key in ["k".to_owned(), "k".repeat(10_000)] {
        let world = World::small(1).setting(&format!("ADMIN_API_KEY={key}")).start().await;
        press(&world, &key, None).await.expect("updated");
        assert_eq!(press(&world, &format!("{key}k"), None).await.status, 401);
    }
    let too_much = raw::get(
        raw::address(&world),
        "/api/v1/health",
        &[&format!("Authorization: Bearer {}", "x".repeat(200_000))],
    )
    .await;
    assert!([431, 0].contains(&too_much.status()), "{too_much:?}");
    press(&world, KEY, None).await.expect("updated");
}

#[tokio::test]
async fn unknown_ids_are_slowed_down_by_address_and_known_ones_are_not() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let mut asked = 0;
    let refused = loop {
        let answer = subscription(&world, &format!("guess-{asked}"), "203.0.113.7").await;
        asked += 1;
        assert!([404, 429].contains(&answer.status), "{answer:?}");
        // The database's own limit is for a second.
        if answer.status == 429 && answer.header("retry-after") != Some("1") {
            break answer;
        }
        assert!(asked <= 60, "nobody was slowed down");
    };
    assert_eq!(asked, 61);
    assert_eq!(refused.body, "Too many requests.");
    assert_eq!(subscription(&world, "sub-1", "203.0.113.7").await.links().len(), 5);
    let neighbour = soon(async {
        loop {
            let answer = subscription(&world, "guess", "203.0.113.8").await;
            if answer.header("retry-after") != Some("1") {
                return answer;
            }
        }
    });
    assert_eq!(neighbour.await.body, "Subscription not found or is inactive.");
}

#[tokio::test]
async fn one_subscription_is_served_so_often_in_a_minute_and_others_go_on() {
    let world = World::small(2).start().await;
    world.update(1).await.expect("updated");
    world.update(2).await.expect("updated");
    for number in 0..120 {
        let from = format!("203.0.113.{number}");
        assert_eq!(subscription(&world, "sub-1", &from).await.status, 200, "{number}");
    }
    let refused = subscription(&world, "sub-1", "198.51.100.1").await;
    assert_eq!(refused.status_and_body(), (429, "Too many requests."));
    assert_eq!(subscription(&world, "sub-2", "198.51.100.1").await.status, 200);
    assert_eq!(world.subscription("sub-1").await.status, 200, "this machine is not counted");
    later(Duration::from_mins(1)).await;
    assert_eq!(subscription(&world, "sub-1", "198.51.100.1").await.status, 200);
}

#[tokio::test]
async fn odd_ids_are_not_found_and_say_nothing() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let long = "a".repeat(8 * 1024);
    let encoded = "%61".repeat(8 * 1024);
    let paths = [
        &*long,
        &encoded,
        "%00",
        "sub-1%00",
        "sub-1%0d%0a",
        "..",
        "%2e%2e%2fsub-1",
        "sub-1%2f",
        "%",
    ];
    for id in paths {
        let answer = raw::get(raw::address(&world), &format!("/sub/{id}"), &[]).await;
        assert!([404, 400].contains(&answer.status()), "{id:.40}: {answer:?}");
        assert!(!answer.0.contains("vless"), "{id:.40}");
    }
    for path in [
        "/sub/../sub/sub-1",
        "/sub//sub-1",
        "//sub/sub-1",
        "/sub/sub-1/",
        "/sub%2fsub-1",
        "/./sub/sub-1",
    ] {
        assert_eq!(raw::get(raw::address(&world), path, &[]).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn answers_say_what_a_careful_server_says_and_not_what_it_is() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    let key = format!("Bearer {KEY}");
    for (path, caching) in [
        ("/sub/sub-1", "private, no-cache"),
        ("/sub/nobody", "no-store"),
        ("/admin/test/1", "no-store"),
        ("/api/v1/health", "no-store"),
        ("/nothing", "no-store"),
        ("/livez", "no-store"),
    ] {
        let answer = world.ask(Method::GET, path, Some(&key)).await;
        assert_eq!(answer.header("cache-control"), Some(caching), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        for silent in ["server", "x-powered-by", "access-control-allow-origin"] {
            assert_eq!(answer.header(silent), None, "{path} {silent}");
        }
    }
}
