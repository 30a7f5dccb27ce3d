//! What the core says of its own API holds: every answer is one of those that are described.

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, KEY, World, all};

/// What stands for each part of a path.
const PARTS: [(&str, &str); 6] = [
    // What did not change in a job that ended is listed nowhere: the first one changed everything.
    ("/jobs/{id}/items", "/jobs/1/items"),
    ("{purchase_id}", "1"),
    ("{sub_id}", "sub-1"),
    ("{name}", "de-1"),
    ("/purchases/{id}", "/purchases/1"),
    ("{id}", "0"),
];

/// Streams end with their core.
const ENDLESS: &str = "/api/v1/events";

fn key() -> String {
    format!("Bearer {KEY}")
}

async fn document(world: &World) -> Value {
    let answer = world.ask(Method::GET, "/openapi.json", Some(&key())).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    serde_json::from_str(&answer.body).unwrap()
}

fn real(path: &str) -> String {
    PARTS.iter().fold(path.to_owned(), |path, (name, part)| path.replace(name, part))
}

/// Asserts that an answer is one of those that the operation describes.
#[track_caller]
fn hold(document: &Value, path: &str, method: &str, answer: &Answer) {
    let about = format!("{method} {path}: {answer:?}");
    let responses = &document["paths"][path][method]["responses"];
    let described = responses.get(answer.status.to_string());
    let described = described.unwrap_or_else(|| panic!("not described: {about}"));
    let Some(contents) = described["content"].as_object() else {
        assert_eq!(answer.body, "", "{about}");
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap();
    let content = contents.get(kind).unwrap_or_else(|| panic!("not of these kinds: {about}"));
    if kind.ends_with("json") {
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let schema = json!({ "allOf": [content["schema"]], "components": document["components"] });
        let validator: Validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<_> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} {about}");
    }
}

async fn busy_world() -> World {
    // As `alamor serve` does: the level of the log can be changed.
    alamor::core::on_level("info", |_| true);
    let world = World::with().panel("de-1").purchases(3, &["de-1"]).logins().start().await;
    world.job(all()).await;
    world.job(all()).await;
    world.update(1).await;
    world
}

/// Path and method of each operation but that without an end.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let paths = paths.filter(|(path, _)| path.as_str() != ENDLESS);
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone()))
    });
    operations.collect()
}

async fn ask(world: &World, path: &str, method: &str, key: Option<&str>) -> Answer {
    let method = method.to_uppercase().parse().unwrap();
    world.ask(method, path, key).await
}

#[tokio::test]
async fn every_operation_answers_as_it_is_described() {
    let world = busy_world().await;
    let document = document(&world).await;
    let operations = operations(&document);
    assert!(operations.len() >= 24, "{operations:?}");
    for (path, method) in operations {
        let answer = ask(&world, &real(&path), &method, Some(&key())).await;
        hold(&document, &path, &method, &answer);
        assert_ne!(answer.status, 405, "{method} {path}");
        if method == "get" {
            assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        }
        let revealed = format!("{}?reveal=1", real(&path));
        hold(&document, &path, &method, &ask(&world, &revealed, &method, Some(&key())).await);
    }
}

#[tokio::test]
async fn every_refusal_is_described() {
    let world = busy_world().await;
    let document = document(&world).await;
    for (path, method) in operations(&document) {
        for key in [None, Some("Bearer wrong")] {
            let answer = ask(&world, &real(&path), &method, key).await;
            hold(&document, &path, &method, &answer);
            let needs_key = document["paths"][&path][&method].get("security").is_some();
            assert_eq!(answer.status == 401, needs_key && method != "options", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_makes_no_sense_is_described() {
    let world = busy_world().await;
    let document = document(&world).await;
    for (path, method) in operations(&document) {
        let nowhere = path.replace("{name}", "no-such").replace("{sub_id}", "no-such");
        let nowhere = nowhere.replace("{id}", "4711").replace("{purchase_id}", "4711");
        let nonsense = path.replace('{', "").replace('}', "%00");
        let misread = format!("{}?limit=many&level=loud&reveal=maybe&with=x", real(&path));
        for asked in [nowhere, nonsense, misread] {
            let answer = ask(&world, &asked, &method, Some(&key())).await;
            hold(&document, &path, &method, &answer);
        }
    }
}

#[tokio::test]
async fn nobody_reads_the_description_without_the_key() {
    let world = World::small(1).start().await;
    let refused = world.ask(Method::GET, "/openapi.json", None).await;
    assert_eq!(refused.problem(), (401, "unauthorized".to_owned()));
}

#[tokio::test]
async fn who_is_locked_out_is_told_as_it_is_described() {
    let world = busy_world().await;
    let document = document(&world).await;
    let wrong = Some("Bearer wrong");
    let from = [("x-forwarded-for", "203.0.113.7")];
    for _ in 0..20 {
        world.ask_with(Method::GET, "/readyz", wrong, &from).await;
    }
    for (path, method) in operations(&document) {
        let name = method.to_uppercase().parse().unwrap();
        let answer = world.ask_with(name, &real(&path), wrong, &from).await;
        hold(&document, &path, &method, &answer);
        let needs_key = document["paths"][&path][&method].get("security").is_some();
        assert_eq!(answer.status == 429, needs_key, "{method} {path}: {answer:?}");
        assert_eq!(answer.header("retry-after").is_some(), needs_key, "{method} {path}");
    }
}

#[tokio::test]
async fn a_page_and_an_unchanged_list_are_described() {
    let world = busy_world().await;
    let document = document(&world).await;
    let path = "/sub/{sub_id}";
    let list = world.ask(Method::GET, &real(path), None).await;
    let tag = list.header("etag").unwrap();
    for (asked, status) in [(("accept", "text/html"), 200), (("if-none-match", tag), 304)] {
        let answer = world.ask_with(Method::GET, &real(path), None, &[asked]).await;
        assert_eq!(answer.status, status, "{answer:?}");
        hold(&document, path, "get", &answer);
    }
}
