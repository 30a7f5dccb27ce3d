//! The subscription port: the recorded statuses, headers and bodies.
//!
//! | path                     | answer                                                       |
//! |--------------------------|--------------------------------------------------------------|
//! | `/s/{known id}`          | 200, the links in Base64 with the client headers             |
//! | the same, for browsers   | 200, a page (2.8 and later)                                  |
//! | the same, `HEAD`         | 404 before 3.2.5, then the headers                           |
//! | `/s/{unknown id}`        | 400 `Error!`, or 404 without a body (3.1 and later)          |
//! | any, for another host    | 403 without a body, where the panel has a `subDomain`        |
//! | anywhere else            | 404 `404 page not found`                                     |
//!
//! # Source
//!
//! Recorded answers of five panels; fact C14 of src/ARCHITECTURE.md.
//!
//! Deliberately absent: `?format=info`, the JSON and Clash formats.

use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::ask::Ask;
use super::behaviour::Behaviour;
use super::client::Client;
use super::make::Make;
use super::pages::{PLAIN, bare, header_map, not_found, page, unknown_page};
use super::world::World;

const TITLE: &str = "Alamor Demo";

/// Answers who asks for the subscription `sub_id`.
pub(super) fn respond(world: &World, ask: &Ask, sub_id: &str) -> Response {
    let make = world.spec.make;
    if let Some(refused) = refuse_host(world, ask) {
        return refused;
    }
    if ask.method == Method::HEAD && !make.is_modern() {
        return not_found();
    }
    let Some(client) = world.find(sub_id) else { return unknown_id(make) };
    if make.shows_page() && ask.accepts_html() {
        return page(make);
    }
    let mut links = world.links(&client, &ask.link_host(make));
    let own = links.len();
    if make.has_all_links() {
        links.extend(client.external.iter().cloned());
    }
    if links.is_empty() {
        return unknown_id(make);
    }
    let text = links.join("\n") + "\n";
    let body = if world.behaviour() == Behaviour::Plain { text } else { STANDARD.encode(text) };
    (client_headers(make, &client, own, ask), body).into_response()
}

/// A path of the subscription port that is no subscription's.
pub(super) fn elsewhere(world: &World, ask: &Ask) -> Response {
    refuse_host(world, ask).unwrap_or_else(not_found)
}

/// The answer to who asks for another host than that of the subscriptions.
fn refuse_host(world: &World, ask: &Ask) -> Option<Response> {
    let only = world.spec.sub_domain.as_deref()?;
    (ask.host() != only).then(|| bare(world.spec.make, StatusCode::FORBIDDEN))
}

/// The headers that a client program reads; usage is summed over `inbounds`.
fn client_headers(make: Make, client: &Client, inbounds: usize, ask: &Ask) -> HeaderMap {
    let inbounds = u64::try_from(inbounds).unwrap_or(u64::MAX);
    let sum = |bytes: u64| bytes.saturating_mul(inbounds);
    let (upload, total) = (client.used_bytes / 4, sum(client.limit_bytes));
    let usage = format!(
        "upload={}; download={}; total={total}; expire={}",
        sum(upload),
        sum(client.used_bytes - upload),
        client.expires_at.map_or(0, Timestamp::as_second),
    );
    let title = match make {
        Make::Alireza1120 => client.sub_id.clone(),
        _ => format!("base64:{}", STANDARD.encode(TITLE)),
    };
    let mut named = vec![
        ("content-type", PLAIN.to_owned()),
        ("profile-title", title),
        ("profile-update-interval", "12".to_owned()),
        ("subscription-userinfo", usage),
    ];
    if make.names_itself() {
        let host = ask.header(HOST.as_str()).unwrap_or_default();
        named.push(("profile-web-page-url", format!("http://{host}{}", ask.target)));
    }
    if make.says_routing() {
        named.push(("routing-enable", "true".to_owned()));
    }
    header_map(named)
}

fn unknown_id(make: Make) -> Response {
    match make {
        Make::Marzban => unknown_page(make),
        _ if make.is_modern() => StatusCode::NOT_FOUND.into_response(),
        _ => (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, PLAIN)], "Error!").into_response(),
    }
}
