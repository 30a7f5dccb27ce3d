//! Made-up cores for the tests: the operator's ordinary day, and its bad ones.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::look::Look;
use super::message::{Answer, Effect, Message};
use super::state::clock::Clock;
use super::state::{Attachment, Session, State};
use super::update::update;
use super::view;
use crate::api::events::{Event, Snapshot};
use crate::api::health::{DatabaseHealth, Health, PurchaseCounts, Requests};
use crate::api::jobs::{Cause, Count, Item, ItemPanel, Job, JobPanel, JobState, Outcome};
use crate::api::panels::{Breaker, BreakerState, Panel, PanelState};
use crate::api::purchases::{PastOutcome, Purchase, PurchaseDetails, PurchaseState, Slice};
use crate::api::{CheckState, Page, Reason};
use crate::client::Heard;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reason(code: &str, text: &str) -> Option<Reason> {
    Some(Reason { code: code.to_owned(), text: text.to_owned() })
}

/// A console that was just opened at 14:03:12.
pub(crate) fn opened(size: (u16, u16)) -> State {
    let session = Session {
        core_url: "http://127.0.0.1:8080".to_owned(),
        by: "ali".to_owned(),
        attachment: Attachment::Attached,
    };
    State::new(session, Clock::new(at("2026-11-24T14:03:12Z"), TimeZone::UTC), size)
}

/// A console that is live on a core with ten panels and 1 204 purchases.
pub(crate) fn live(size: (u16, u16)) -> State {
    let mut state = opened(size);
    hear(&mut state, Heard::Connected);
    hear(&mut state, Heard::Event(Event::Snapshot(snapshot())));
    state
}

/// A console on a core that has nothing yet.
pub(crate) fn empty(size: (u16, u16)) -> State {
    let mut state = opened(size);
    let mut snapshot = snapshot();
    (snapshot.panels, snapshot.job, snapshot.items) = (Vec::new(), None, Vec::new());
    snapshot.health.purchases = PurchaseCounts::default();
    snapshot.health.requests = Requests::default();
    snapshot.health.domain = None;
    hear(&mut state, Heard::Event(Event::Snapshot(snapshot)));
    state
}

pub(crate) fn hear(state: &mut State, heard: Heard) -> Vec<Effect> {
    update(state, Message::Heard(heard))
}

pub(crate) fn hear_job(state: &mut State, job: Job) -> Vec<Effect> {
    hear(state, Heard::Event(Event::Job(job)))
}

pub(crate) fn pass(state: &mut State, time: Duration) {
    update(state, Message::Now(time));
}

/// Presses one key; returns what the runner would have to do.
pub(crate) fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// Presses the keys of a text, one by one; returns the effects of the last.
pub(crate) fn keys(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().map(|char| press(state, KeyCode::Char(char))).last().unwrap_or_default()
}

/// Opens the table, and lets the core answer with `rows` of `total` purchases.
pub(crate) fn list(state: &mut State, rows: Vec<Purchase>, total: u64) {
    let effects = keys(state, "2");
    let Some(Effect::ListPurchases { generation, .. }) = effects.last() else {
        panic!("no page was asked for: {effects:?}");
    };
    let next_cursor = (rows.len() as u64 != total).then(|| "next".to_owned());
    let page = Ok(Page { items: rows, next_cursor, total: Some(total) });
    update(state, Message::Answer(Answer::Purchases { generation: *generation, page }));
}

/// The screen as text.
pub(crate) fn render(state: &State) -> String {
    render_as(state, Look::new(false, true))
}

pub(crate) fn render_as(state: &State, look: Look) -> String {
    text(&view::draw(state, look))
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut text = String::new();
    for row in buffer.content().chunks(width) {
        let mut line = String::new();
        let mut covered = 0;
        for cell in row {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            covered = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub(crate) fn health() -> Health {
    Health {
        service: "alamor".to_owned(),
        version: "0.1.0".to_owned(),
        instance: "a".to_owned(),
        state: CheckState::Ok,
        pid: 812,
        listen: "127.0.0.1:8080".to_owned(),
        role: "serve".to_owned(),
        domain: Some("paytest.example.net".to_owned()),
        settings_file: Some("/var/www/alamorvpn_bot/.env".to_owned()),
        started_at: at("2026-11-22T10:00:00Z"),
        now_at: at("2026-11-24T14:03:12Z"),
        uptime_ms: 52 * HOUR,
        memory_bytes: Some(21_400_000),
        requests: Requests {
            per_second: 42.0,
            error_ratio: Some(0.001),
            p50_ms: Some(1.2),
            p99_ms: Some(8.0),
            recent: vec![10.0, 20.0, 30.0, 42.0, 60.0, 70.0, 55.0, 35.0],
        },
        database: DatabaseHealth {
            engine: "sqlite".to_owned(),
            location: "/var/www/alamorvpn_bot/alamor.db".to_owned(),
            shape: "newest shape".to_owned(),
            state: CheckState::Ok,
            reason: None,
        },
        purchases: PurchaseCounts {
            active: 1_204,
            fresh: 1_180,
            partial: 12,
            kept: 10,
            failed: 2,
            never: 0,
            disabled: 31,
            oldest_ms: Some(3 * HOUR),
        },
        checks: Vec::new(),
    }
}

pub(crate) fn panel(name: &str, latency_ms: u64, purchases: u64) -> Panel {
    Panel {
        name: name.to_owned(),
        make: Some("3x-ui".to_owned()),
        version: Some("2.8".to_owned()),
        way: "subscription".to_owned(),
        state: PanelState::Reachable,
        reason: None,
        since: Some(at("2026-11-22T10:00:00Z")),
        latency_ms: Some(latency_ms),
        clients: None,
        purchases,
        kept: 0,
        oldest_ms: Some(2 * MINUTE),
        breaker: Breaker::default(),
        xray: None,
    }
}

/// A panel that refuses since 13:41.
pub(crate) fn dead_panel() -> Panel {
    Panel {
        state: PanelState::Unreachable,
        reason: reason("refused", "fr-2 refused the connection"),
        since: Some(at("2026-11-24T13:41:00Z")),
        latency_ms: None,
        kept: 22,
        oldest_ms: Some(3 * HOUR),
        breaker: Breaker { state: BreakerState::Open, retry_at: Some(at("2026-11-24T14:03:24Z")) },
        ..panel("fr-2", 0, 22)
    }
}

fn panels() -> Vec<Panel> {
    let strange = Panel {
        make: None,
        version: None,
        state: PanelState::Failing,
        reason: reason("login_page", "it answers with a login page, not a subscription"),
        since: Some(at("2026-11-23T09:00:00Z")),
        kept: 3,
        oldest_ms: Some(29 * HOUR),
        ..panel("tr-1-istanbul-reserve", 60, 3)
    };
    let mut panels: Vec<Panel> = ["at-1", "de-1", "de-2", "fi-1", "nl-1", "pl-1", "se-1", "us-1"]
        .into_iter()
        .zip([402, 388, 120, 98, 77, 61, 40, 12])
        .enumerate()
        .map(|(index, (name, purchases))| panel(name, 38 + 9 * index as u64, purchases))
        .collect();
    panels.insert(3, dead_panel());
    panels.insert(8, strange);
    panels.sort_by(|a, b| a.name.cmp(&b.name));
    panels
}

fn snapshot() -> Snapshot {
    Snapshot { health: health(), panels: panels(), job: Some(done_job()), items: Vec::new() }
}

fn job_panel(name: &str, total: u64, done: u64, latency_ms: u64) -> JobPanel {
    JobPanel {
        name: name.to_owned(),
        way: "subscription".to_owned(),
        total,
        done,
        latency_ms: Some(latency_ms),
        breaker: Breaker::default(),
        left_out: None,
    }
}

/// #43, half done.
pub(crate) fn running_job() -> Job {
    let dead = JobPanel {
        latency_ms: None,
        breaker: dead_panel().breaker,
        ..job_panel("fr-2", 22, 22, 0)
    };
    Job {
        id: 43,
        state: JobState::Running,
        by: "ali".to_owned(),
        dry_run: false,
        force: false,
        retry_of: None,
        reason: None,
        started_at: Some(at("2026-11-24T14:03:00Z")),
        finished_at: None,
        total: 1_204,
        done: 612,
        success: 598,
        failed: 2,
        connection_error: 12,
        held: 0,
        elapsed_ms: 12_300,
        floor_ms: None,
        panels: vec![job_panel("de-1", 402, 402, 41), dead, job_panel("nl-1", 388, 198, 120)],
        causes: vec![
            Cause {
                reason: reason("refused", "fr-2 refused the connection").unwrap(),
                count_as: Count::ConnectionError,
                items: 12,
            },
            Cause {
                reason: reason("unknown", "nl-1 does not know this subscription id").unwrap(),
                count_as: Count::Failed,
                items: 2,
            },
        ],
    }
}

/// #42, ended at 13:20.
pub(crate) fn done_job() -> Job {
    Job {
        id: 42,
        state: JobState::Done,
        finished_at: Some(at("2026-11-24T13:20:03Z")),
        done: 1_204,
        success: 1_180,
        connection_error: 22,
        elapsed_ms: 3_140,
        floor_ms: Some(2_600),
        ..running_job()
    }
}

/// #43, stopped by the guard.
pub(crate) fn stopped_job() -> Job {
    let mut job = Job {
        state: JobState::Stopped,
        reason: reason("would_lose_links", "250 of 612 purchases would lose most of their links"),
        held: 250,
        failed: 250,
        success: 350,
        finished_at: Some(at("2026-11-24T14:03:12Z")),
        floor_ms: Some(9_000),
        ..running_job()
    };
    job.panels[2].left_out =
        reason("would_lose_links", "210 of 388 would lose most of their links");
    job
}

fn item_panel(name: &str, outcome: Outcome, links: u64, age_ms: u64) -> ItemPanel {
    ItemPanel { name: name.to_owned(), outcome, links, age_ms: Some(age_ms), reason: None }
}

/// An item that was updated from one panel.
pub(crate) fn item(purchase_id: i64) -> Item {
    Item {
        purchase_id,
        user: Some(5_512),
        outcome: Some(Outcome::Updated),
        count_as: Some(Count::Success),
        links: 5,
        reason: None,
        panels: vec![item_panel("de-1", Outcome::Updated, 5, 0)],
        notes: Vec::new(),
        took_ms: Some(38),
        finished_at: Some(at("2026-11-24T14:03:12Z")),
    }
}

/// One item of every outcome, oldest first.
pub(crate) fn items() -> Vec<Item> {
    let kept = item_panel("fr-2", Outcome::Kept, 2, 3 * HOUR);
    vec![
        Item {
            outcome: Some(Outcome::Failed),
            count_as: Some(Count::Failed),
            links: 0,
            reason: reason("unknown", "nl-1 does not know this subscription id"),
            panels: vec![item_panel("nl-1", Outcome::Failed, 0, 0)],
            ..item(1_022)
        },
        Item {
            user: Some(91),
            outcome: Some(Outcome::Kept),
            count_as: Some(Count::ConnectionError),
            links: 2,
            reason: reason("refused", "fr-2 refused the connection"),
            panels: vec![kept.clone()],
            took_ms: Some(2),
            ..item(1_039)
        },
        Item { outcome: Some(Outcome::Unchanged), ..item(1_040) },
        Item {
            user: Some(77),
            outcome: Some(Outcome::Partial),
            count_as: Some(Count::ConnectionError),
            reason: reason("refused", "fr-2 refused the connection"),
            panels: vec![item_panel("de-1", Outcome::Updated, 3, 0), kept],
            ..item(1_041)
        },
        item(1_042),
    ]
}

/// The running job with its items, on the Update screen.
pub(crate) fn updating(size: (u16, u16)) -> State {
    let mut state = live(size);
    hear_job(&mut state, running_job());
    for item in items() {
        hear(
            &mut state,
            Heard::Event(Event::Item(crate::api::events::ItemEnded { job: 43, item })),
        );
    }
    keys(&mut state, "3");
    state
}

/// A purchase that is fresh on one panel.
pub(crate) fn purchase(id: i64) -> Purchase {
    Purchase {
        id,
        user: Some(5_512),
        sub_id: Some("af…f4".to_owned()),
        panels: vec!["de-1".to_owned()],
        profile: None,
        active: true,
        expires_at: Some(at("2027-02-28T10:00:00Z")),
        links: 5,
        kept: 0,
        state: PurchaseState::Fresh,
        age_ms: Some(2 * MINUTE),
        compared_at: None,
        last_outcome: Some(Outcome::Updated),
    }
}

/// One purchase of every state, and then ordinary ones.
pub(crate) fn purchases() -> Vec<Purchase> {
    let two = || vec!["de-1".to_owned(), "fr-2".to_owned()];
    let mut rows = vec![
        Purchase {
            user: Some(77),
            panels: two(),
            kept: 2,
            state: PurchaseState::Partial,
            age_ms: Some(3 * HOUR),
            last_outcome: Some(Outcome::Partial),
            ..purchase(1_041)
        },
        Purchase {
            user: Some(7_012_345_678),
            panels: vec!["fr-2".to_owned()],
            links: 4,
            kept: 4,
            state: PurchaseState::Kept,
            age_ms: Some(3 * HOUR),
            expires_at: None,
            last_outcome: Some(Outcome::Kept),
            ..purchase(1_039)
        },
        Purchase {
            links: 0,
            state: PurchaseState::Failed,
            age_ms: None,
            expires_at: Some(at("2026-11-21T10:00:00Z")),
            last_outcome: Some(Outcome::Failed),
            ..purchase(1_022)
        },
        Purchase { state: PurchaseState::Disabled, active: false, ..purchase(1_017) },
        Purchase {
            links: 0,
            state: PurchaseState::Never,
            age_ms: None,
            user: None,
            panels: Vec::new(),
            last_outcome: None,
            ..purchase(1_016)
        },
        Purchase {
            panels: ["de-1", "de-2", "fi-1-helsinki", "nl-1", "Стамбул-резерв"]
                .map(str::to_owned)
                .to_vec(),
            profile: Some("gold".to_owned()),
            ..purchase(1_015)
        },
    ];
    rows.extend((1_000..1_015).rev().map(purchase));
    rows
}

pub(crate) fn details() -> PurchaseDetails {
    let link = "vless://7b3f0c52-1d0e-4f5a-9d7e-00112233449c@de1.example.net:443?security=reality";
    let fetched = Some(at("2026-11-24T14:01:00Z"));
    PurchaseDetails {
        purchase: purchases().remove(0),
        address: Some("https://paytest.example.net/sub/af…f4".to_owned()),
        attempted_at: fetched,
        reason: reason("refused", "fr-2 refused the connection"),
        slices: vec![
            Slice {
                panel: Some("de-1".to_owned()),
                current: true,
                links: vec![format!("{link}#Ali%20phone"), format!("{link}#Ali%20laptop")],
                fetched_at: fetched,
                age_ms: Some(2 * MINUTE),
            },
            Slice {
                panel: Some("fr-2".to_owned()),
                current: true,
                links: vec![link.replace("de1", "fr2"), "vmess://eyJhZGQiOiJhIn0".to_owned()],
                fetched_at: Some(at("2026-11-24T11:02:00Z")),
                age_ms: Some(3 * HOUR),
            },
            Slice {
                panel: None,
                current: false,
                links: vec!["trojan://secret-password@old.example.net:443#Старый".to_owned()],
                fetched_at: None,
                age_ms: None,
            },
        ],
        history: vec![
            PastOutcome {
                job: 42,
                at: at("2026-11-24T13:20:02Z"),
                outcome: Outcome::Partial,
                reason: reason("refused", "fr-2 refused the connection"),
            },
            PastOutcome {
                job: 41,
                at: at("2026-11-23T09:00:00Z"),
                outcome: Outcome::Updated,
                reason: None,
            },
        ],
    }
}
