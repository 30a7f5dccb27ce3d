//! What `/sub` gives to browsers, to who has it already, and to who wants it packed.

use alamor::demo::make::Make;
use alamor::demo::panel::PanelSpec;
use reqwest::Method;

use crate::raw;
use crate::world::{Answer, World};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn updated() -> World {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    world
}

async fn ask(world: &World, method: Method, headers: &[(&str, &str)]) -> Answer {
    world.ask_with(method, "/sub/sub-1", None, headers).await
}

#[tokio::test]
async fn a_browser_gets_a_page_that_loads_and_runs_nothing() {
    let world = updated().await;
    let headers = [("accept", BROWSER), ("host", "sub.example.net"), ("accept-language", "fa-IR")];
    let page = ask(&world, Method::GET, &headers).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for wanted in ["dir=\"rtl\"", "https://sub.example.net/sub/sub-1", "<svg ", "vless://"] {
        assert!(page.body.contains(wanted), "{wanted}");
    }
    for foreign in ["<script", "javascript:", "src=", "url(", "@import", "<link", " on", "href="] {
        assert!(!page.body.to_lowercase().contains(foreign), "{foreign}");
    }
    let links = world.rows.kept(1).await;
    for link in &links {
        assert!(page.body.contains(&link.replace('&', "&amp;")), "{link}");
    }
}

#[tokio::test]
async fn what_stands_in_a_link_never_becomes_part_of_the_page() {
    let evil = r#"["vless://u@h:1?x=\"><script>alert(1)</script>#<img src=x onerror=alert(1)>"]"#;
    let world = World::small(1)
        .sql(&format!("UPDATE purchases SET single_configs_json = '{evil}', sub_id = 's\"><b>'"))
        .start()
        .await;
    let headers = [("accept", BROWSER), ("host", "a\"><b>.example.net")];
    let page = world.ask_with(Method::GET, "/sub/s%22%3E%3Cb%3E", None, &headers).await;
    assert_eq!(page.status, 200, "{page:?}");
    for foreign in ["<script", "<img", "<b>"] {
        assert!(!page.body.contains(foreign), "{foreign}: {}", page.body);
    }
}

#[tokio::test]
async fn the_page_tells_usage_and_end() {
    let end: jiff::Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
    let world = World::with()
        .panel_like(PanelSpec::new("de-1", Make::ThreeXui2811))
        .purchase(&["de-1"])
        .start()
        .await;
    let mut customer =
        alamor::demo::client::Client::new("sub-1").limited(100 << 30, end).with_links(1);
    customer.used_bytes = 3 << 30;
    world.panel("de-1").add(customer);
    world.update(1).await.expect("updated");
    let page = ask(&world, Method::GET, &[("accept", BROWSER), ("accept-language", "en")]).await;
    assert!(page.body.contains("<dd><bdi>2027-03-01</bdi></dd>"), "{}", page.body);
    let used = "<dt>Used</dt><dd><bdi>3.0 GB / 100.0 GB</bdi></dd>";
    assert!(page.body.contains(used), "{}", page.body);
}

#[tokio::test]
async fn whoever_does_not_name_html_gets_the_list() {
    let world = updated().await;
    let list = world.subscription("sub-1").await;
    for accept in ["*/*", "text/plain, */*", "application/json", "text/html;q=0"] {
        let answer = ask(&world, Method::GET, &[("accept", accept)]).await;
        assert_eq!(answer.body, list.body, "{accept}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    }
}

#[tokio::test]
async fn a_browser_is_told_of_no_id_more_than_an_app() {
    let world = updated().await;
    let app = world.subscription("nobody").await;
    let browser = world.ask_with(Method::GET, "/sub/nobody", None, &[("accept", BROWSER)]).await;
    assert_eq!(browser.status_and_body(), app.status_and_body());
}

#[tokio::test]
async fn who_has_it_already_is_told_so_until_it_changes() {
    let mut world = updated().await;
    let first = ask(&world, Method::GET, &[]).await;
    let tag = first.header("etag").unwrap().to_owned();
    let again = ask(&world, Method::GET, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status_and_body(), (304, ""));
    assert_eq!(again.header("etag"), Some(&*tag));
    assert_eq!(again.header("profile-title"), first.header("profile-title"));
    let other = ask(&world, Method::GET, &[("if-none-match", "W/\"0\"")]).await;
    assert_eq!(other.status_and_body(), (200, &*first.body));
    world.restart().await;
    let known = ask(&world, Method::GET, &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, 304, "another run of the core serves the same");
    let fewer = alamor::demo::client::Client::new("sub-1").with_links(3);
    world.panel("de-1").add(fewer);
    world.update(1).await.expect("updated");
    let changed = ask(&world, Method::GET, &[("if-none-match", &tag)]).await;
    assert_eq!(changed.links().len(), 3);
    assert_ne!(changed.header("etag"), Some(&*tag));
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let world = updated().await;
    let get = ask(&world, Method::GET, &[("accept-encoding", "identity")]).await;
    let head = ask(&world, Method::HEAD, &[("accept-encoding", "identity")]).await;
    assert_eq!(head.status_and_body(), (200, ""));
    for name in ["etag", "content-type", "content-length", "profile-title", "subscription-userinfo"]
    {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert_eq!(head.header("content-length"), Some(&*get.body.len().to_string()));
    assert_eq!(world.ask(Method::HEAD, "/sub/nobody", None).await.status, 404);
}

#[tokio::test]
async fn it_is_packed_for_who_asks_and_for_nobody_else() {
    let world = updated().await;
    let plain = raw::get(raw::address(&world), "/sub/sub-1", &[]).await;
    assert!(!plain.0.contains("content-encoding"), "{plain:?}");
    assert!(plain.0.contains("vary: Accept, Accept-Encoding"), "{plain:?}");
    // The client unpacks, and takes the header away.
    let unpacked = ask(&world, Method::GET, &[]).await;
    assert_eq!(unpacked.body, plain.body());
    let head = async |encoding: &str| {
        let lines = format!("Host: h\r\nConnection: close\r\nAccept-Encoding: {encoding}");
        let request = format!("HEAD /sub/sub-1 HTTP/1.1\r\n{lines}\r\n\r\n");
        raw::send(raw::address(&world), &request).await
    };
    for (wanted, name) in [("gzip, deflate", "gzip"), ("br, gzip", "br"), ("gzip;q=0, br", "br")] {
        let packed = head(wanted).await;
        assert!(packed.0.contains(&format!("content-encoding: {name}")), "{packed:?}");
        let length = packed.0.lines().find_map(|line| line.strip_prefix("content-length: "));
        assert!(length.unwrap().parse::<usize>().unwrap() < plain.body().len(), "{packed:?}");
    }
    let refused = head("gzip;q=0, br;q=0").await;
    assert!(!refused.0.contains("content-encoding"), "{refused:?}");
}
