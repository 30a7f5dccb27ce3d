//! `/api/v1/panels`: what the core knows of panels, and the two things that can be done with one.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use tokio::time::timeout;

use super::auth::Operator;
use super::openapi::{Guarded, Missing};
use super::problem::ApiError;
use super::v1::{Answer, Shared};
use crate::api::Page;
use crate::api::checks::{Check, CheckState};
use crate::api::events::Event;
use crate::api::panels::Panel;
use crate::core::clock::{millis, now};
use crate::core::deeds::Who;
use crate::core::flights::Flights;
use crate::core::panels;
use crate::core::{Core, said};
use crate::domain::ids::PanelId;

/// Longest that a ladder may take: every step of it waits for the panel at most once.
const LADDER: Duration = Duration::from_secs(30);

/// Ladders that are being climbed: one a panel, for all who ask.
pub(crate) type Ladders = Flights<PanelId, Vec<Check>>;

/// A panel's name in the address, percent-encoded: it may hold anything.
type Name = Result<Path<String>, PathRejection>;

/// `GET /panels`
#[utoipa::path(
    get,
    path = "/panels",
    tag = "panels",
    security(("key" = [])),
    responses(
        (status = 200, description = "All of them, by name", body = Page<Panel>),
        Guarded,
    ),
)]
pub(super) async fn list_panels(_: Operator, State(core): Shared) -> Json<Page<Panel>> {
    Json(page(said::panels(&core.panels, &core.catalog, now())))
}

/// `GET /panels/{name}`
#[utoipa::path(
    get,
    path = "/panels/{name}",
    tag = "panels",
    security(("key" = [])),
    params(("name" = String, Path, description = "As the bot calls it")),
    responses(
        (status = 200, description = "As it is now", body = Panel),
        Guarded,
        Missing,
    ),
)]
pub(super) async fn get_panel(_: Operator, State(core): Shared, name: Name) -> Answer<Panel> {
    let panel = find(&core, name)?;
    said_alone(&core, &panel).map(Json)
}

/// `POST /panels/{name}/probe`: climbs the ladder to it; who asks meanwhile gets the same one.
#[utoipa::path(
    post,
    path = "/panels/{name}/probe",
    tag = "panels",
    security(("key" = [])),
    params(("name" = String, Path, description = "As the bot calls it")),
    responses(
        (status = 200, description = "The rungs that were climbed", body = Page<Check>),
        Guarded,
        Missing,
    ),
)]
pub(super) async fn probe_panel(
    _: Operator,
    State(core): Shared,
    name: Name,
) -> Answer<Page<Check>> {
    let panel = find(&core, name)?;
    let id = panel.id();
    let climb = || async move { Ok(climb(&panel).await) };
    let rungs = core.ladders.join(id, core.updater.tasks(), climb).await?;
    Ok(Json(page(rungs)))
}

/// `POST /panels/{name}/retry`: forgets that it refused our password; audited.
#[utoipa::path(
    post,
    path = "/panels/{name}/retry",
    tag = "panels",
    security(("key" = [])),
    params(("name" = String, Path, description = "As the bot calls it"), ("x-alamor-by" = Option<String>, Header, description = "Who asks, for the audit")),
    responses(
        (status = 200, description = "As it is now", body = Panel),
        Guarded,
        Missing,
    ),
)]
pub(super) async fn retry_login(
    _: Operator,
    State(core): Shared,
    name: Name,
    who: Who,
) -> Answer<Panel> {
    let panel = find(&core, name)?;
    panel.forgive();
    tracing::info!(panel = panel.name(), by = %who.by, "The panel's login may be tried again");
    core.audit(who, "retry", format!("panel {}", panel.name())).await;
    let said = said_alone(&core, &panel)?;
    core.hub.publish(Event::Panel(said.clone()));
    Ok(Json(said))
}

async fn climb(panel: &panels::Panel) -> Vec<Check> {
    match timeout(LADDER, panel.probe()).await {
        Ok(steps) => steps.into_iter().map(said::rung).collect(),
        Err(_) => vec![Check {
            name: "ladder".to_owned(),
            state: CheckState::Unknown,
            reason: Some(format!("it was not over within {} s", LADDER.as_secs())),
            took_ms: Some(millis(LADDER)),
            ..Check::default()
        }],
    }
}

fn find(core: &Core, name: Name) -> Result<Arc<panels::Panel>, ApiError> {
    let Ok(Path(name)) = name else { return Err(ApiError::NotFound("panel")) };
    let found = core.panels.list().into_iter().find(|panel| panel.name() == name);
    found.ok_or(ApiError::NotFound("panel of this name"))
}

fn said_alone(core: &Core, panel: &panels::Panel) -> Result<Panel, ApiError> {
    let said = said::find_panel(&core.panels, &core.catalog, panel.name(), now());
    said.ok_or(ApiError::NotFound("panel of this name"))
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { next_cursor: None, total: Some(items.len() as u64), items }
}
