//! The page of a subscription in a real browser, as wide as a telephone: what it shows, what it asks
//! for, that nothing in it runs, and that all of it fits.

use alamor::demo::client::Client;
use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;
use serde_json::Value;

use crate::chromium::{Chromium, Seen};
use crate::world::{Sale, World};

/// The narrowest telephone that is still sold.
const WIDTH: u32 = 360;

/// What an evil panel would put into a link.
const EVIL: &str =
    "<script>document.title='ran'</script><img src='http://203.0.113.7/x' onerror=alert(1)>";

fn text(seen: &Seen) -> &str {
    seen.facts["text"].as_str().unwrap()
}

/// Fails if anything is wider than the telephone, runs, or asks for anything but the page itself.
#[track_caller]
fn is_well(seen: &Seen, about: &str) {
    assert_eq!(seen.requests, [&*seen.url], "{about}: nothing else is asked for");
    assert_eq!(seen.complaints, [""; 0], "{about}: the policy had to refuse nothing");
    assert_eq!(seen.facts["scripts"], 0, "{about}");
    assert_ne!(seen.facts["title"], "ran", "{about}");
    let width = seen.facts["width"].as_u64().unwrap();
    assert!(width <= u64::from(WIDTH), "{about}: it is {width} wide\n{}", seen.facts);
    assert_eq!(seen.facts["outside"], Value::Array(Vec::new()), "{about}: not on the screen");
}

async fn limited() -> World {
    let end: jiff::Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
    let panel = PanelSpec::new("de-1", Make::ThreeXui2811);
    let world = World::with().panel_like(panel).purchase(&["de-1"]).start().await;
    // A client on each of three inbounds: the panel's figures are their sums.
    let mut customer = Client::new("sub-1").limited(100 << 30, end).with_links(3);
    customer.used_bytes = 3 << 30;
    world.panel("de-1").add(customer);
    world.update(1).await.expect("updated");
    world
}

#[tokio::test]
async fn a_customer_sees_links_usage_end_and_a_code_on_a_telephone() {
    let world = limited().await;
    let mut chromium = Chromium::start(WIDTH).await;
    for (language, words) in [
        ("en-US", ["Subscription", "Used", "9.0 GB / 300.0 GB", "Servers"]),
        ("ru-RU", ["Подписка", "Израсходовано", "9.0 GB / 300.0 GB", "Серверы"]),
        ("fa-IR", ["اشتراک", "مصرف شده", "9.0 GB / 300.0 GB", "سرورها"]),
    ] {
        let seen = chromium.open(&world.url("/sub/sub-1"), language).await;
        seen.leave(language);
        is_well(&seen, language);
        for word in words.iter().chain(&["2027-03-01"]) {
            assert!(text(&seen).contains(word), "{language}: {word}\n{}", text(&seen));
        }
        for link in world.rows.kept(1).await {
            assert!(text(&seen).contains(&link), "{language}: {link}\n{}", text(&seen));
        }
        let direction = if language == "fa-IR" { "rtl" } else { "ltr" };
        assert_eq!(seen.facts["direction"], direction);
        let code = seen.facts["code"].as_f64().unwrap();
        assert!((200.0..=f64::from(WIDTH)).contains(&code), "the code is {code} wide");
    }
    chromium.stop().await;
}

#[tokio::test]
async fn names_that_are_long_evil_or_of_another_direction_break_nothing() {
    let names = [
        "x".repeat(3000),
        "🇩🇪".repeat(40),
        "\u{202E}سرور آلمان \u{2066} DE".to_owned(),
        "سرور ".repeat(80),
        EVIL.to_owned(),
        "a\u{0}b\u{1b}[31m\u{7f}".to_owned(),
    ];
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("vless://11111111-1111-4111-8111-111111111111@h:1?x={name}#{name}"))
        .collect();
    let panel = PanelSpec::new("de-1", Make::ThreeXui2811);
    let sale = Sale::on(&["de-1"]).kept(&serde_json::to_string(&lines).unwrap());
    // The panel knows no such customer, so what is kept is served.
    let unknown = "UPDATE purchases SET sub_id = 'odd'";
    let world = World::with().panel_like(panel).sale(sale).sql(unknown).start().await;
    let mut chromium = Chromium::start(WIDTH).await;
    for language in ["en-US", "fa-IR"] {
        let seen = chromium.open(&world.url("/sub/odd"), language).await;
        seen.leave(&format!("odd-{language}"));
        is_well(&seen, language);
        assert!(text(&seen).contains("<script>"), "it is text: {}", text(&seen));
    }
    chromium.stop().await;
}
