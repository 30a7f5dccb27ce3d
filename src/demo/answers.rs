//! Answers a request to a simulated panel, as the panel behaves at the moment.
//!
//! ```text
//! request ─▶ Ask ─▶ Route ─▶ latency, cost ─▶ behaviour ─┬▶ subscription::respond()
//!                                                        ├▶ admin::respond()
//!                                                        └▶ broken::…
//! ```

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use tokio_util::sync::CancellationToken;

use super::ask::Ask;
use super::behaviour::Behaviour;
use super::route::{Kind, Port, Route};
use super::world::World;
use super::{admin, broken, pages, subscription};

/// One run of one of a panel's ports, from listening to refusing.
#[derive(Clone)]
pub(super) struct Run {
    pub world: Arc<World>,
    pub port: Port,
    /// Ends every request that is not answered yet.
    pub stop: CancellationToken,
}

/// Answers one request as the panel behaves at the moment.
pub(super) async fn answer(State(run): State<Run>, request: Request) -> Response {
    let ask = Ask::read(run.port, request).await;
    let world = &run.world;
    let (base, prefix) = (world.base_path(), &world.spec.prefix);
    let route = Route::of(ask.port, &ask.method, &ask.path, base, prefix);
    let _in_flight = world.traffic.arrive(&ask.path, route.kind());
    tokio::select! {
        biased;
        () = run.stop.cancelled() => broken::cut(),
        response = behave(world, &ask, &route) => response,
    }
}

async fn behave(world: &World, ask: &Ask, route: &Route) -> Response {
    let make = world.spec.make;
    let behaviour = world.behaviour();
    let asked = world.ask(&ask.path);
    pause(world.spec.latency).await;
    world.spec.cost.pay(route.kind()).await;
    match behaviour {
        Behaviour::Refuse => broken::cut(),
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Slow(more) => {
            pause(more).await;
            respond(world, ask, route)
        }
        Behaviour::LoginPage => pages::page(make),
        Behaviour::JsonError => broken::json_error(make),
        Behaviour::Empty => broken::empty(),
        Behaviour::Status { code, retry_after } => broken::status(code, retry_after),
        Behaviour::Garbage => broken::garbage(),
        Behaviour::Huge => broken::huge(),
        Behaviour::CutShort => broken::cut_in_half(respond(world, ask, route)).await,
        Behaviour::HangInBody => broken::hang_in_body(respond(world, ask, route)).await,
        Behaviour::Flaky { failures } if asked <= failures => broken::status(500, None),
        Behaviour::List(bad) if matches!(route.kind(), Kind::List | Kind::AllLinks) => {
            broken::list(make, bad, respond(world, ask, route)).await
        }
        Behaviour::Healthy
        | Behaviour::Unknown
        | Behaviour::KnowsHalf
        | Behaviour::Plain
        | Behaviour::Fewer(_)
        | Behaviour::WrongPassword
        | Behaviour::BaseMoved
        | Behaviour::XrayStopped
        | Behaviour::List(_)
        | Behaviour::Flaky { .. } => respond(world, ask, route),
    }
}

/// The timer counts in whole milliseconds: asking it for nothing would take one.
async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// What the real panel answers.
fn respond(world: &World, ask: &Ask, route: &Route) -> Response {
    match (ask.port, route) {
        (_, Route::Subscription(sub_id)) => subscription::respond(world, ask, sub_id),
        (Port::Subscriptions, _) => subscription::elsewhere(world, ask),
        (Port::Web, _) => admin::respond(world, ask, route),
    }
}
