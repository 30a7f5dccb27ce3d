//! What a monitoring system reads, and that the dashboard asks for nothing else.

use std::collections::{BTreeMap, BTreeSet};

use alamor::client::Heard;
use alamor::demo::behaviour::Behaviour;
use reqwest::Method;

use crate::world::{Answer, KEY, World, all, soon};

const DASHBOARD: &str = include_str!("../../assets/grafana.json");

async fn scrape(world: &World) -> Answer {
    world.ask(Method::GET, "/metrics", Some(&format!("Bearer {KEY}"))).await
}

/// The value of one series, written as it stands: name and labels.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

/// Names of series, each with the names of its labels.
fn series(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut series = BTreeMap::<&str, BTreeSet<&str>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = line.split_once(['{', ' ']).unwrap();
        let labels = labels.split(['{', ',']).filter_map(|label| label.split_once("=\""));
        series.entry(name).or_default().extend(labels.map(|(label, _)| label));
    }
    series
}

/// Everything that has been, so that every series exists.
async fn busy_world() -> World {
    let world = World::with()
        .panel("de-1")
        .panel("fr-2")
        .purchases(3, &["de-1"])
        .purchase(&["fr-2"])
        .start()
        .await;
    world.panel("fr-2").set(Behaviour::Refuse).await.unwrap();
    let key = format!("Bearer {KEY}");
    world.ask(Method::POST, "/api/v1/panels/de-1/probe", Some(&key)).await;
    world.job(all()).await;
    world.update(1).await.expect("unchanged");
    world.subscription("sub-1").await.links();
    world
}

#[tokio::test]
async fn metrics_tell_what_happened() {
    let world = busy_world().await;
    let answer = scrape(&world).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
    let is = |name: &str, expected: f64| {
        assert_eq!(value(&answer.body, name), Some(expected), "{name} in\n{}", answer.body);
    };
    is(r#"alamor_http_requests_total{route="/sub/{sub_id}",method="GET",status="200"}"#, 1.0);
    is(r#"alamor_http_request_duration_seconds_count{route="/sub/{sub_id}"}"#, 1.0);
    is(r#"alamor_http_request_duration_seconds_bucket{le="+Inf",route="/sub/{sub_id}"}"#, 1.0);
    is(r#"alamor_updates_total{by="job",outcome="updated"}"#, 3.0);
    is(r#"alamor_updates_total{by="job",outcome="kept"}"#, 1.0);
    is(r#"alamor_updates_total{by="alone",outcome="unchanged"}"#, 1.0);
    is(r#"alamor_jobs_total{state="done"}"#, 1.0);
    is(r#"alamor_last_job_items{count="success"}"#, 3.0);
    is(r#"alamor_last_job_items{count="connection_error"}"#, 1.0);
    is(r#"alamor_panel_up{panel="de-1"}"#, 1.0);
    is(r#"alamor_panel_up{panel="fr-2"}"#, 0.0);
    is(r#"alamor_purchases{state="fresh"}"#, 3.0);
    is(r#"alamor_purchases_older_than{age="5m"}"#, 0.0);
    is("alamor_job_running", 0.0);
    is("alamor_database_up", 1.0);
    assert!(value(&answer.body, "process_resident_memory_bytes").unwrap() > 1e6);
    assert!(value(&answer.body, "process_open_fds").unwrap() > 3.0);
}

#[tokio::test]
async fn a_listener_is_counted_while_it_listens() {
    let world = World::small(1).start().await;
    let readers = async || {
        let text = scrape(&world).await.body;
        value(&text, r#"alamor_stream_readers{stream="events"}"#).unwrap()
    };
    assert!(readers().await.abs() < f64::EPSILON);
    let mut events = world.events();
    while !matches!(soon(events.hear()).await, Some(Heard::Event(_))) {}
    assert!((readers().await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn nobody_reads_metrics_without_the_key() {
    let world = World::small(1).start().await;
    let refused = world.ask(Method::GET, "/metrics", None).await;
    assert_eq!(refused.problem(), (401, "unauthorized".to_owned()));
    let refused = world.ask(Method::GET, "/metrics", Some("Bearer wrong")).await;
    assert_eq!(refused.problem(), (401, "unauthorized".to_owned()));
}

#[tokio::test]
async fn what_strangers_ask_for_makes_no_series() {
    let world = World::small(1).start().await;
    for path in ["/sub/guess-1", "/sub/guess-2", "/wp-login.php", "/api/v1/guess", "/a/b/c"] {
        world.ask(Method::GET, path, None).await;
    }
    world.ask(Method::from_bytes(b"BREW").unwrap(), "/coffee", None).await;
    let text = scrape(&world).await.body;
    for made_up in ["guess", "wp-login", "coffee", "BREW", "sub-1", KEY] {
        assert!(!text.contains(made_up), "{made_up} in\n{text}");
    }
    let found = r#"alamor_http_requests_total{route="/sub/{sub_id}",method="GET",status="404"}"#;
    assert_eq!(value(&text, found), Some(2.0));
    let elsewhere = r#"alamor_http_requests_total{route="other",method="GET",status="404"}"#;
    assert_eq!(value(&text, elsewhere), Some(2.0), "{text}");
}

#[tokio::test]
async fn health_tells_times_by_route() {
    let world = World::small(1).start().await;
    world.update(1).await.expect("updated");
    world.subscription("sub-1").await.links();
    let routes = world.client().get_health().await.unwrap().requests.routes;
    let names: Vec<_> = routes.iter().map(|route| route.route.as_str()).collect();
    assert_eq!(names, ["/admin/update_configs/{purchase_id}", "/sub/{sub_id}"]);
    let subscription = &routes[1];
    assert!(subscription.p50_ms.unwrap() > 0.0 && subscription.p99_ms >= subscription.p50_ms);
    assert_eq!(subscription.error_ratio, Some(0.0));
}

/// Every series that an expression of the dashboard names, with the labels that it filters by.
fn asked_for() -> Vec<(String, Vec<String>)> {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut asked_for = Vec::new();
    for target in targets {
        let expression = target["expr"].as_str().unwrap();
        let ends = expression.match_indices('{').map(|(end, _)| end);
        for end in ends {
            let name = expression[..end].rsplit(|c: char| !c.is_alphanumeric() && c != '_');
            let filter = expression[end + 1..].split('}').next().unwrap();
            let labels =
                filter.split(',').map(|one| one.split(['=', '!']).next().unwrap().to_owned());
            asked_for.push((name.clone().next().unwrap().to_owned(), labels.collect()));
        }
    }
    asked_for
}

/// `job` is added by Prometheus.
#[tokio::test]
async fn the_dashboard_asks_for_series_that_exist_and_shows_all_of_them() {
    let world = busy_world().await;
    let text = scrape(&world).await.body;
    let (series, asked_for) = (series(&text), asked_for());
    // These exist only while a job runs, or with a domain.
    let rare = ["alamor_job_items", "alamor_certificate_days_left"];
    let families: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for (name, labels) in &asked_for {
        if rare.contains(&name.as_str()) {
            assert!(families.contains(name.as_str()), "{name} does not exist");
            continue;
        }
        let known = series.get(name.as_str());
        let known = known.unwrap_or_else(|| panic!("{name} does not exist in\n{text}"));
        for label in labels.iter().filter(|label| *label != "job") {
            assert!(known.contains(label.as_str()), "{name} has no label {label}");
        }
    }
    for family in families {
        let is_shown = asked_for.iter().any(|(name, _)| name.starts_with(family));
        assert!(is_shown, "{family} stands on no panel of the dashboard");
    }
}
