//! The report for scripts: one object, with the summary first.

use serde_json::{Map, Value, json};

use super::report::{Found, Report, Row};
use crate::api::checks::{Check, CheckState};
use crate::api::panels::Panel;
use crate::core::takeover::{Answer, Compared, Effect};
use crate::database::shape::Shape;
use crate::domain::changes::Change;

/// What is said of a database that could not be read.
pub(super) fn unreadable(database: &Check) -> Value {
    json!({ "state": CheckState::Crit.as_str(), "database": database })
}

/// The whole report; `purchases` are those that differ, or every one.
pub(super) fn whole(report: &Report, all: bool) -> Value {
    let rows = report.rows.iter().filter(|row| all || row.differs());
    let causes = report.causes().into_iter().map(|cause| {
        let reason = cause.reason;
        json!({ "code": reason.code, "text": reason.text, "purchases": cause.purchases })
    });
    let job = report.job.as_ref();
    json!({
        "state": report.verdict().as_str(),
        "database": report.database,
        "shape": shape(&report.shape),
        "panels": report.panels.iter().map(panel).collect::<Vec<_>>(),
        "job": job.map(|job| json!({
            "state": job.state,
            "reason": job.reason,
            "total": job.total,
            "elapsed_ms": job.elapsed_ms,
        })),
        "counts": {
            "purchases": report.rows.len(),
            "active": report.active(),
            "found": counted(Found::ALL.map(|it| (it.as_str(), report.count_found(it)))),
            "effects": counted(Effect::ALL.map(|it| (it.as_str(), report.count_effect(it)))),
            "without_address": report.without_address(),
        },
        "causes": causes.collect::<Vec<_>>(),
        "purchases": rows.map(row).collect::<Vec<_>>(),
    })
}

fn counted<const N: usize>(counts: [(&str, u64); N]) -> Map<String, Value> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect()
}

fn shape(shape: &Shape) -> Value {
    json!({
        "name": shape.in_words(),
        "version": shape.version,
        "sub_id": shape.sub_id,
        "client_uuid": shape.client_uuid,
        "client_email": shape.client_email,
        "profiles": shape.has_profiles,
        "synced_configs": shape.has_synced_configs,
        "panel_type": shape.has_panel_type,
        "users": shape.has_users,
        "updated_at": shape.is_dated(),
    })
}

fn panel(panel: &Panel) -> Value {
    json!({
        "name": panel.name,
        "make": panel.make,
        "version": panel.version,
        "way": panel.way,
        "way_reason": panel.way_reason,
        "state": panel.state,
        "reason": panel.reason,
        "login": panel.login,
        "clients": panel.clients,
        "purchases": panel.purchases,
    })
}

fn row(row: &Row) -> Value {
    let item = row.item.as_ref();
    json!({
        "purchase_id": row.id,
        "active": row.active,
        "found": row.found().as_str(),
        "outcome": item.and_then(|item| item.outcome),
        "reason": row.reason(),
        "panels": item.map(|item| &item.panels),
        "notes": item.map(|item| &item.notes),
        "effect": row.effect().map(Effect::as_str),
        "before": row.compared.map(|compared| answer(compared.before)),
        "after": row.compared.map(|compared| answer(compared.after)),
        "changes": row.compared.map(changes),
        "served_instead": row.shadow,
    })
}

fn answer(answer: Answer) -> Value {
    json!({ "status": answer.status, "links": answer.links, "other_lines": answer.other_lines })
}

fn changes(compared: Compared) -> Map<String, Value> {
    let names = Change::ALL.map(Change::as_str);
    let counts = names.into_iter().zip(compared.changes);
    counts.map(|(name, count)| (name.to_owned(), count.into())).collect()
}
