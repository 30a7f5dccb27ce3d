//! The web port: login, session, token, lists, health.
//!
//! | asked without a session      | 2.6.7, Alireza         | 2.8.11    | 3.x              |
//! |------------------------------|------------------------|-----------|------------------|
//! | a path of the API            | 307 to the login page  | 404       | 404              |
//! | the same, by a script        | 401 with JSON          | 404       | 401 without body |
//! | a path that no panel has     | 404; 2.6.7: 200, empty | 404       | 404              |
//! | a login without a CSRF token | (needs none)           | (none)    | 403              |
//!
//! A wrong password, and any password while it is locked out, is 200 with `success: false`.
//!
//! # Source
//!
//! Recorded answers of five panels; fact C19 of src/ARCHITECTURE.md.
//!
//! Deliberately absent: what changes a panel, its short lists, traffic by e-mail, two factors.

mod access;
mod settings;
mod stream;
mod list;
mod status;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};

use super::ask::Ask;
use super::links;
use super::make::Make;
use super::pages::{as_go_writes, bare, json, not_found, page, unknown_page};
use super::place::Usage;
use super::route::{Line, Route};
use super::world::{Listed, World};

/// Answers a request to the web port.
pub(super) fn respond(world: &World, ask: &Ask, route: &Route) -> Response {
    let make = world.spec.make;
    if world.spec.web_domain.as_deref().is_some_and(|only| ask.host() != only) {
        return bare(make, StatusCode::FORBIDDEN);
    }
    match route {
        Route::Subscription(_) | Route::Nowhere => not_found(),
        Route::Root => page(make),
        Route::Login if make.has_api() => access::log_in(world, ask),
        Route::Csrf if make.is_third() => access::csrf(world, ask),
        Route::Login | Route::Csrf | Route::UnknownPage => unknown_page(make),
        Route::List(_) | Route::AllLinks | Route::Client(_) | Route::Status(_) => {
            if !is_known(make, route) {
                return unknown_page(make);
            }
            access::refuse(world, ask).unwrap_or_else(|| api(world, ask, route))
        }
    }
}

/// Writes its lists before anybody at `host` asks for them: so no request pays for that.
pub(super) fn prepare(world: &World, host: &str) {
    let _ = world.list(|listed| list::write(world, listed));
    if world.spec.make.has_all_links() {
        world.prepare_all_links(host, |listed| all_links(world, host, listed));
    }
}

fn is_known(make: Make, route: &Route) -> bool {
    match route {
        Route::List(Line::Alireza) => make == Make::Alireza1120,
        Route::List(Line::ThreeXui) => make.has_api() && make != Make::Alireza1120,
        Route::Status(method) => make.has_api() && make.posts_status() == (*method == Method::POST),
        Route::AllLinks | Route::Client(_) => make.has_all_links(),
        _ => false,
    }
}

/// What who is logged in gets.
fn api(world: &World, ask: &Ask, route: &Route) -> Response {
    let make = world.spec.make;
    match route {
        Route::List(_) => json(make, world.list(|listed| list::write(world, listed))),
        Route::AllLinks => {
            let host = ask.link_host(make);
            json(make, world.all_links(&host, |listed| all_links(world, &host, listed)))
        }
        Route::Client(email) => json(make, client(world, email)),
        Route::Status(_) => json(make, status::write(world)),
        _ => unknown_page(make),
    }
}

/// Every link of every client, also of those that are switched off, without usage text.
fn all_links(world: &World, host: &str, listed: &Listed) -> String {
    let mut all = Vec::with_capacity(listed.clients.len() * listed.inbounds.len());
    for inbound in listed.inbounds.iter().filter(|inbound| inbound.enabled) {
        for client in listed.clients.iter().filter(|one| one.inbounds.contains(&inbound.id)) {
            let place = world.place(host, Usage::Left);
            all.extend(links::on_inbound(inbound, client, &place));
        }
    }
    success(&Value::from(all))
}

/// One client with its foreign links.
fn client(world: &World, email: &str) -> String {
    let listed = world.listed();
    let found = listed.clients.iter().find_map(|client| {
        let on = client.inbounds.iter().find(|&&inbound| client.email_on(inbound) == email)?;
        Some((client, *on))
    });
    let Some((client, inbound)) = found else {
        return r#"{"success":false,"msg":"Obtain (record not found)","obj":null}"#.to_owned();
    };
    success(&serde_json::json!({
        "client": { "email": email, "subId": client.sub_id, "enable": client.enabled },
        "externalLinks": client.external,
        "inboundIds": [inbound],
        "usedTraffic": client.used_bytes,
    }))
}

/// A call that succeeded, with `obj`.
fn success(obj: &Value) -> String {
    as_go_writes(&format!(r#"{{"success":true,"msg":"","obj":{obj}}}"#))
}

/// The entries of a JSON object; none of anything else.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}
