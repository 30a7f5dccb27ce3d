//! What things look like on the wire: from the types of the core to those of `api`.

use std::time::Duration;

use jiff::Timestamp;

use crate::api;
use crate::api::checks::{Check, CheckState};
use crate::api::panels::{Breaker as SaidBreaker, BreakerState, PanelState};
use crate::core::catalog::{self, Catalog};
use crate::core::clock::millis;
use crate::core::panels::Panels;
use crate::core::panels::breaker::Breaker;
use crate::core::panels::panel::{LastSurvey, Mood, Panel};
use crate::core::panels::probe::{Step, StepState};
use crate::core::panels::report::Login;
use crate::database::panels::Products;
use crate::database::purchases::{Known, Listed, PanelStanding};
use crate::domain::changes::{Change, Changes};
use crate::domain::ids::{JobId, PanelId, PurchaseId};
use crate::domain::job::{Item, Job, JobState, PanelPart, Scope};
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::reason::Reason;
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Slice, Source};

/// A point in time on the wire; `None` for one that no calendar has.
pub(crate) fn at(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

/// How long ago, in milliseconds; nothing is older than the clock.
pub(crate) fn age(then: i64, now: i64) -> u64 {
    now.saturating_sub(then).max(0).unsigned_abs()
}

pub(crate) fn reason(reason: &Reason) -> api::Reason {
    api::Reason { code: reason.code.as_str().to_owned(), text: reason.text.clone() }
}

pub(crate) fn outcome(outcome: Outcome) -> api::jobs::Outcome {
    match outcome {
        Outcome::Updated => api::jobs::Outcome::Updated,
        Outcome::Unchanged => api::jobs::Outcome::Unchanged,
        Outcome::Partial => api::jobs::Outcome::Partial,
        Outcome::Kept => api::jobs::Outcome::Kept,
        Outcome::Failed => api::jobs::Outcome::Failed,
    }
}

fn count_as(count_as: CountAs) -> api::jobs::Count {
    match count_as {
        CountAs::Success => api::jobs::Count::Success,
        CountAs::Failed => api::jobs::Count::Failed,
        CountAs::ConnectionError => api::jobs::Count::ConnectionError,
    }
}

pub(crate) fn job_state(state: JobState) -> api::jobs::JobState {
    match state {
        JobState::Queued => api::jobs::JobState::Queued,
        JobState::Running => api::jobs::JobState::Running,
        JobState::Done => api::jobs::JobState::Done,
        JobState::Cancelled => api::jobs::JobState::Cancelled,
        JobState::Stopped => api::jobs::JobState::Stopped,
        JobState::Failed => api::jobs::JobState::Failed,
    }
}

/// A job with the causes of what did not succeed. Its breakers are added where they are known.
pub(crate) fn job(job: &Job, causes: &[(Reason, CountAs, u64)], held: u64) -> api::jobs::Job {
    api::jobs::Job {
        id: job.id.0,
        state: job_state(job.state),
        by: job.by.clone(),
        dry_run: job.dry_run,
        force: job.force,
        retry_of: job.retry_of.map(|job| job.0),
        all: job.scope == Scope::All,
        reason: job.reason.as_ref().map(reason),
        started_at: job.started_at.and_then(at),
        finished_at: job.finished_at.and_then(at),
        total: job.total,
        done: job.tally.done(),
        success: job.tally.success,
        failed: job.tally.failed,
        connection_error: job.tally.connection_error,
        held,
        elapsed_ms: job.elapsed_ms,
        floor_ms: job.floor_ms,
        panels: job.panels.iter().map(share).collect(),
        causes: causes
            .iter()
            .map(|(why, counted, items)| api::jobs::Cause {
                reason: reason(why),
                count_as: count_as(*counted),
                items: *items,
            })
            .collect(),
    }
}

fn share(share: &crate::domain::job::PanelShare) -> api::jobs::JobPanel {
    api::jobs::JobPanel {
        name: share.name.clone(),
        way: share.way.clone(),
        total: share.total,
        done: share.done,
        latency_ms: share.latency_ms,
        breaker: SaidBreaker::default(),
        left_out: share.left_out.as_ref().map(reason),
    }
}

/// Adds the breakers of the panels as they are now to a running job.
pub(crate) fn add_breakers(job: &mut api::jobs::Job, panels: &Panels) {
    let known = panels.list();
    for share in &mut job.panels {
        if let Some(panel) = known.iter().find(|panel| panel.name() == share.name) {
            share.breaker = breaker(panel);
        }
    }
}

pub(crate) fn item(item: &Item, now: i64) -> api::jobs::Item {
    let end = item.end.as_ref();
    api::jobs::Item {
        purchase_id: item.purchase.0,
        user: item.user,
        outcome: end.map(|end| outcome(end.outcome)),
        count_as: end.map(|end| count_as(end.count_as)),
        links: end.map_or(0, |end| end.links),
        reason: end.and_then(|end| end.reason.as_ref()).map(reason),
        panels: end.map_or_else(Vec::new, |end| {
            end.panels.iter().map(|part| item_panel(part, now)).collect()
        }),
        notes: end.map_or_else(Vec::new, |end| end.notes.clone()),
        changes: end.and_then(|end| end.changes.as_deref()).map(|all| changes(all, Secret::Hidden)),
        took_ms: end.and_then(|end| end.took_ms),
        finished_at: end.and_then(|end| at(end.finished_at)),
    }
}

/// An item as news: the links of a dry run are asked for by whoever wants them.
pub(crate) fn news(item: &Item, now: i64) -> api::jobs::Item {
    let mut said = self::item(item, now);
    if let Some(changes) = &mut said.changes {
        changes.left_out += changes.links.len() as u64;
        changes.links.clear();
    }
    said
}

/// Whether links are told whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    Hidden,
    Told,
}

/// What would become of a purchase's links.
pub(crate) fn changes(changes: &Changes, secret: Secret) -> api::changes::Changes {
    let links = changes.links.iter().map(|link| api::changes::LinkChange {
        change: change(link.change),
        before: link.before.as_deref().and_then(|text| self::link(text, secret)),
        after: link.after.as_deref().and_then(|text| self::link(text, secret)),
    });
    let links: Vec<_> = links.collect();
    let all = changes.counts.iter().sum::<u64>();
    let shown = if changes.is_none() { all } else { links.len() as u64 };
    api::changes::Changes {
        removed: changes.count(Change::Removed),
        replaced: changes.count(Change::Replaced),
        renamed: changes.count(Change::Renamed),
        added: changes.count(Change::Added),
        kept: changes.count(Change::Kept),
        left_out: all.saturating_sub(shown),
        links,
    }
}

fn change(change: Change) -> api::changes::Change {
    match change {
        Change::Removed => api::changes::Change::Removed,
        Change::Replaced => api::changes::Change::Replaced,
        Change::Renamed => api::changes::Change::Renamed,
        Change::Added => api::changes::Change::Added,
        Change::Kept => api::changes::Change::Kept,
    }
}

fn link(text: &str, secret: Secret) -> Option<api::changes::Link> {
    let link = ShareLink::parse(text).ok()?;
    Some(api::changes::Link {
        scheme: link.scheme().to_owned(),
        host: link.host().to_owned(),
        port: link.port(),
        remark: link.remark().to_owned(),
        text: (secret == Secret::Told).then(|| text.to_owned()),
    })
}

fn item_panel(part: &PanelPart, now: i64) -> api::jobs::ItemPanel {
    api::jobs::ItemPanel {
        name: part.name.clone(),
        outcome: outcome(part.outcome),
        links: part.links,
        age_ms: part.fetched_at.map(|then| age(then, now)),
        reason: part.reason.as_ref().map(reason),
        way: part.way.map(|way| way.as_str().to_owned()),
    }
}

pub(crate) fn breaker(panel: &Panel) -> SaidBreaker {
    let (breaker, wait) = panel.breaker();
    let state = match breaker {
        Breaker::Closed(_) => BreakerState::Closed,
        Breaker::Open(_) => BreakerState::Open,
        Breaker::HalfOpen => BreakerState::HalfOpen,
    };
    SaidBreaker { state, retry_at: wait.and_then(in_whole_seconds) }
}

/// That long from now; in whole seconds, so that the same moment reads the same when asked again.
fn in_whole_seconds(wait: Duration) -> Option<Timestamp> {
    let then = Timestamp::now().checked_add(wait).ok()?;
    then.round(jiff::Unit::Second).ok()
}

/// Every panel with its purchases, by name.
pub(crate) fn panels(panels: &Panels, catalog: &Catalog, now: i64) -> Vec<api::panels::Panel> {
    let uses = uses(catalog);
    panels.list().iter().map(|panel| said_panel(panel, uses.get(&panel.id()), now)).collect()
}

/// One panel with its purchases, by its name.
pub(crate) fn find_panel(
    panels: &Panels,
    catalog: &Catalog,
    name: &str,
    now: i64,
) -> Option<api::panels::Panel> {
    self::panels(panels, catalog, now).into_iter().find(|panel| panel.name == name)
}

/// Every panel without its purchases, by name: costs no look at the catalog.
pub(crate) fn list_panels(panels: &Panels, now: i64) -> Vec<api::panels::Panel> {
    panels.list().iter().map(|panel| said_panel(panel, None, now)).collect()
}

/// What purchases make of one panel.
#[derive(Debug, Default)]
struct Use {
    purchases: u64,
    kept: u64,
    oldest_at: Option<i64>,
}

fn uses(catalog: &Catalog) -> std::collections::HashMap<PanelId, Use> {
    let mut uses = std::collections::HashMap::<PanelId, Use>::new();
    for row in catalog.rows().iter().filter(|row| row.purchase.active) {
        for panel in row.purchase.panels.iter() {
            uses.entry(*panel).or_default().purchases += 1;
        }
        for part in &row.summary.panels {
            let one = uses.entry(part.panel).or_default();
            one.kept += u64::from(part.state == PanelStanding::Missing);
            one.oldest_at = [one.oldest_at, part.fetched_at.get()].into_iter().flatten().min();
        }
    }
    uses
}

fn said_panel(panel: &Panel, used: Option<&Use>, now: i64) -> api::panels::Panel {
    let (mood, since) = panel.mood();
    let (state, why) = match &mood {
        Mood::Unknown => (PanelState::Unknown, None),
        Mood::Reachable => (PanelState::Reachable, None),
        Mood::Unreachable(why) => (PanelState::Unreachable, Some(why)),
        Mood::Failing(why) => (PanelState::Failing, Some(why)),
        Mood::Unusable(why) => (PanelState::Unusable, Some(why)),
    };
    let report = panel.report();
    let survey = report.survey.as_ref();
    api::panels::Panel {
        name: panel.name().to_owned(),
        addresses: panel.origins(),
        make: report.make.map(str::to_owned),
        version: report.version,
        way: report.way.as_str().to_owned(),
        state,
        reason: why.map(reason),
        since: Some(since),
        latency_ms: panel.latency().map(millis),
        clients: report.customers,
        purchases: used.map_or(0, |used| used.purchases),
        kept: used.map_or(0, |used| used.kept),
        oldest_ms: used.and_then(|used| used.oldest_at).map(|then| age(then, now)),
        breaker: breaker(panel),
        xray: report
            .status
            .map(|status| api::panels::Xray { state: status.xray, error: status.error }),
        tls_verified: panel.is_verified(),
        login: login(report.login),
        way_reason: report.way_reason,
        fallbacks: survey.map(fallbacks).unwrap_or_default(),
        survey: survey.map(|survey| api::panels::Survey {
            at: survey.at,
            took_ms: millis(survey.took),
            requests: survey.requests,
        }),
    }
}

fn login(login: Login) -> api::panels::Login {
    match login {
        Login::Unknown => api::panels::Login::Unknown,
        Login::Password => api::panels::Login::Password,
        Login::Token => api::panels::Login::Token,
        Login::Refused => api::panels::Login::Refused,
        Login::NoApi => api::panels::Login::NoApi,
    }
}

fn fallbacks(survey: &LastSurvey) -> Vec<api::panels::Fallback> {
    let said = survey.fallbacks.iter().map(|fallback| api::panels::Fallback {
        inbound: fallback.inbound,
        remark: fallback.remark.clone(),
        why: fallback.why.to_string(),
        purchases: survey.one_by_one.count(fallback.inbound),
    });
    said.collect()
}

/// A row of the list of purchases.
pub(crate) fn purchase(
    row: &Listed,
    panels: &Panels,
    products: &Products,
    now: i64,
) -> api::purchases::Purchase {
    let purchase = &row.purchase;
    let profile = purchase.profile.map(|id| {
        products.profiles.get(&id).map_or_else(|| format!("#{id}"), |profile| profile.name.clone())
    });
    api::purchases::Purchase {
        id: purchase.id.0,
        user: purchase.user,
        sub_id: purchase.sub_id.as_ref().map(ToString::to_string),
        panels: purchase.panels.iter().map(|&panel| panels.name(panel)).collect(),
        profile,
        active: purchase.active,
        expires_at: purchase.expires_at.and_then(at),
        links: row.summary.links,
        kept: row.summary.kept,
        state: catalog::state(row),
        age_ms: row.summary.oldest_at.get().map(|then| age(then, now)),
        compared_at: compared_at(row),
        last_outcome: row.summary.outcome.map(outcome),
        notes: notes(row, panels),
    }
}

/// The name that comes first in the list of its panels.
pub(crate) fn first_panel(row: &Listed, panels: &Panels) -> Option<String> {
    row.purchase.panels.first().map(|&panel| panels.name(panel))
}

/// What else is worth knowing: clients that are off.
fn notes(row: &Listed, panels: &Panels) -> Vec<String> {
    let of_purchase =
        row.summary.panels.iter().filter(|part| row.purchase.panels.contains(&part.panel));
    let notes = of_purchase.filter_map(|part| match part.state {
        PanelStanding::Off(off) => {
            Some(format!("{} on {}", off.in_words(), panels.name(part.panel)))
        }
        PanelStanding::Given | PanelStanding::Missing => None,
    });
    notes.collect()
}

/// When its links were last compared with its own subscription on every panel that it uses.
pub(crate) fn compared_at(row: &Listed) -> Option<jiff::Timestamp> {
    let panels = row.purchase.panels.iter();
    let times: Option<Vec<i64>> = panels
        .map(|panel| {
            let part = row.summary.panels.iter().find(|part| part.panel == *panel);
            part.and_then(|part| part.compared_at.get())
        })
        .collect();
    times?.into_iter().min().and_then(at)
}

/// The row of one purchase; `None` if it is gone.
pub(crate) fn find_purchase(
    catalog: &Catalog,
    panels: &Panels,
    id: PurchaseId,
    now: i64,
) -> Option<api::purchases::Purchase> {
    let products = panels.products();
    catalog.rows().find(id).map(|row| purchase(row, panels, &products, now))
}

/// What each panel contributed to a purchase.
pub(crate) fn slice(
    slice: &Slice,
    known: &Known,
    panels: &Panels,
    now: i64,
) -> api::purchases::Slice {
    let (panel, current) = match slice.source {
        Source::Before => (None, false),
        Source::Panel(id) => (Some(panels.name(id)), known.purchase.panels.contains(&id)),
    };
    api::purchases::Slice {
        panel,
        current,
        links: slice.lines().map(str::to_owned).collect(),
        fetched_at: slice.fetched_at.and_then(at),
        age_ms: slice.fetched_at.map(|then| age(then, now)),
        way: slice.origin.way.map(|way| way.as_str().to_owned()),
        compared_at: slice.origin.compared_at.and_then(at),
    }
}

/// A rung of the ladder to a panel. What it saw is evidence where all is well, else the reason.
pub(crate) fn rung(step: Step) -> Check {
    let Step { name, state, text, fix, took } = step;
    let (state, is_good) = match state {
        StepState::Ok => (CheckState::Ok, true),
        StepState::Warn => (CheckState::Warn, false),
        StepState::Crit => (CheckState::Crit, false),
        StepState::Unknown => (CheckState::Unknown, false),
        StepState::NotTried => (CheckState::NotTried, false),
    };
    let text = Some(text).filter(|text| !text.is_empty());
    let (evidence, reason) = if is_good { (text, None) } else { (None, text) };
    let took_ms = (state != CheckState::NotTried).then(|| millis(took));
    Check { name: name.to_owned(), state, reason, fix, evidence, took_ms, ..Check::default() }
}

/// One earlier outcome; `None` for an item that is open.
pub(crate) fn past(job: JobId, item: &Item) -> Option<api::purchases::PastOutcome> {
    let end = item.end.as_ref()?;
    Some(api::purchases::PastOutcome {
        job: job.0,
        at: at(end.finished_at)?,
        outcome: outcome(end.outcome),
        reason: end.reason.as_ref().map(reason),
    })
}
