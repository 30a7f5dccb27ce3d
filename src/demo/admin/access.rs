//! Who gets in: CSRF token, login, session, API token.

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use tokio::time::Instant;

use crate::demo::ask::Ask;
use crate::demo::behaviour::Behaviour;
use crate::demo::make::Make;
use crate::demo::pages::{bare, header_map, json};
use crate::demo::world::World;

/// How long a session lasts, as its cookie says.
const SIX_HOURS: &str = "Max-Age=21600";

/// A token for the session, which is a new one if there is none.
pub(super) fn csrf(world: &World, ask: &Ask) -> Response {
    let make = world.spec.make;
    let visit = world.sessions().visit(&world.spec.name, ask.cookie(cookie_name(make)));
    let response = json(make, format!(r#"{{"obj":"{}","success":true}}"#, visit.csrf));
    match visit.new_cookie {
        Some(cookie) => with_cookie(response, world, &cookie),
        None => response,
    }
}

/// A login: a session, or why not.
pub(super) fn log_in(world: &World, ask: &Ask) -> Response {
    let make = world.spec.make;
    let cookie = ask.cookie(cookie_name(make));
    let mut sessions = world.sessions();
    if make.is_third() {
        let token = ask.header("x-csrf-token").map(str::to_owned).or_else(|| ask.field("_csrf"));
        if !token.is_some_and(|token| sessions.has_token(cookie, &token)) {
            return bare(make, StatusCode::FORBIDDEN);
        }
    }
    let is_right = ask.field("username").as_deref() == Some(&world.spec.user)
        && ask.field("password").as_deref() == Some(&world.spec.password)
        && world.behaviour() != Behaviour::WrongPassword;
    let now = Instant::now();
    if make.is_third() && sessions.is_locked(now) {
        return wrong(make);
    }
    if !is_right {
        sessions.count_wrong(now);
        return wrong(make);
    }
    let cookie = sessions.log_in(&world.spec.name, cookie);
    let said = match make {
        Make::Alireza1120 => "Login Successfully",
        Make::ThreeXui360 => "You have successfully logged into your account.",
        // With a blank before it.
        _ => " You have successfully logged into your account.",
    };
    let body = format!(r#"{{"success":true,"msg":"{said}","obj":null}}"#);
    with_cookie(json(make, body), world, &cookie)
}

/// The answer to who is not let in, or `None` for who is.
pub(super) fn refuse(world: &World, ask: &Ask) -> Option<Response> {
    let make = world.spec.make;
    let has_token = make.is_third()
        && world.behaviour() != Behaviour::WrongPassword
        && ask.token() == Some(&world.spec.token);
    if has_token || world.sessions().is_open(ask.cookie(cookie_name(make))) {
        return None;
    }
    Some(match (make, ask.is_ajax()) {
        (Make::ThreeXui267 | Make::Alireza1120, true) => {
            let said = "Your session has expired, please log in again";
            let body = json(make, format!(r#"{{"success":false,"msg":"{said}","obj":null}}"#));
            (StatusCode::UNAUTHORIZED, body).into_response()
        }
        (Make::ThreeXui267 | Make::Alireza1120, false) => {
            let to = format!("{}/", world.base_path());
            let html = format!("<a href=\"{to}\">Temporary Redirect</a>.\n\n");
            let named =
                vec![("content-type", "text/html; charset=utf-8".to_owned()), ("location", to)];
            (StatusCode::TEMPORARY_REDIRECT, header_map(named), html).into_response()
        }
        (_, true) if make.is_third() => bare(make, StatusCode::UNAUTHORIZED),
        _ => bare(make, StatusCode::NOT_FOUND),
    })
}

fn cookie_name(make: Make) -> &'static str {
    make.name()
}

fn wrong(make: Make) -> Response {
    let said = match make {
        Make::Alireza1120 => "The username or password is incorrect",
        _ => "Invalid username or password or two-factor code.",
    };
    json(make, format!(r#"{{"success":false,"msg":"{said}","obj":null}}"#))
}

fn with_cookie(mut response: Response, world: &World, cookie: &str) -> Response {
    let make = world.spec.make;
    let path = match make {
        Make::ThreeXui267 | Make::ThreeXui2811 => "/".to_owned(),
        _ => format!("{}/", world.base_path()),
    };
    let name = cookie_name(make);
    let lasting = if make == Make::Alireza1120 { String::new() } else { format!("; {SIX_HOURS}") };
    let value = format!("{name}={cookie}; Path={path}{lasting}; HttpOnly");
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(SET_COOKIE, value);
    }
    response
}
