//! Every screen as text that a reviewer can read, at the sizes that operators have.

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;

use super::fixture::{
    self, details, done_job, empty, hear, hear_job, keys, list, live, opened, panel, press,
    purchases, render, render_as, rungs, running_job, stopped_job, troubled_panel, updating,
};
use super::look::Look;
use super::message::{Answer, Message};
use super::state::State;
use super::state::link::Bandwidth;
use super::update::update;
use crate::api::events::Event;
use crate::api::panels::{Login, Panel};
use crate::api::purchases::{Purchase, PurchaseState};
use crate::api::{Check, CheckState};
use crate::client::{ClientError, Heard, LogHeard, NotReached};

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 30);
const TALL: (u16, u16) = (120, 40);

fn lose(state: &mut State, cause: NotReached) {
    let url = "http://127.0.0.1:8080".to_owned();
    hear(state, Heard::Lost { cause: ClientError::NotReached { url, cause } });
    hear(state, Heard::Retrying { after: Duration::from_secs(4) });
}

/// A state two minutes and four seconds later, without the core.
fn stale(mut state: State) -> State {
    fixture::pass(&mut state, Duration::from_secs(124));
    lose(&mut state, NotReached::Cut);
    fixture::pass(&mut state, Duration::from_secs(126));
    state
}

fn table(size: (u16, u16)) -> State {
    let mut state = live(size);
    list(&mut state, purchases(), 1_204);
    state
}

fn opened_purchase(size: (u16, u16)) -> State {
    let mut state = table(size);
    press(&mut state, KeyCode::Enter);
    let answer = Answer::Purchase { id: 1_041, details: Ok(details()) };
    update(&mut state, Message::Answer(answer));
    state
}

fn broken(size: (u16, u16)) -> State {
    let mut state = live(size);
    let mut health = fixture::health();
    health.state = CheckState::Crit;
    health.database.state = CheckState::Crit;
    health.database.reason = Some("the database file is locked".to_owned());
    health.checks = vec![Check {
        name: "key".to_owned(),
        state: CheckState::Crit,
        reason: Some("ADMIN_API_KEY is the public default".to_owned()),
        fix: Some("alamor key new".to_owned()),
        ..Check::default()
    }];
    hear(&mut state, Heard::Event(Event::Health(health)));
    state
}

#[test]
fn overview_full() {
    assert_snapshot!("overview_full_wide", render(&live(WIDE)));
    assert_snapshot!("overview_full_narrow", render(&live(NARROW)));
}

#[test]
fn overview_empty() {
    assert_snapshot!("overview_empty_wide", render(&empty(WIDE)));
    assert_snapshot!("overview_empty_narrow", render(&empty(NARROW)));
}

#[test]
fn overview_stale() {
    assert_snapshot!("overview_stale_wide", render(&stale(live(WIDE))));
    assert_snapshot!("overview_stale_narrow", render(&stale(live(NARROW))));
}

#[test]
fn overview_failed() {
    assert_snapshot!("overview_failed_wide", render(&broken(WIDE)));
    assert_snapshot!("overview_failed_narrow", render(&broken(NARROW)));
}

#[test]
fn overview_of_a_core_that_was_never_heard() {
    let mut state = opened(NARROW);
    assert_snapshot!("never_heard_connecting", render(&state));
    lose(&mut state, NotReached::Refused);
    assert_snapshot!("never_heard_refused", render(&state));
    let url = "http://127.0.0.1:8080".to_owned();
    hear(&mut state, Heard::Lost { cause: ClientError::Unauthorized { url: url.clone() } });
    assert_snapshot!("never_heard_unauthorized", render(&state));
    let what = "404 with text/html".to_owned();
    hear(&mut state, Heard::Lost { cause: ClientError::NotOurs { url, what } });
    assert_snapshot!("never_heard_not_ours", render(&state));
}

#[test]
fn a_slow_line_has_no_curves_no_rate_no_items_and_says_what_it_is() {
    let slow = |mut state: State| {
        update(&mut state, Message::Bandwidth(Bandwidth::Low));
        update(&mut state, Message::Answer(Answer::RoundTrip(Duration::from_millis(212))));
        state
    };
    assert_snapshot!("slow_line_update", render(&slow(updating(NARROW))));
    assert_snapshot!("slow_line_overview", render(&slow(live(NARROW))));
}

#[test]
fn the_age_of_what_is_shown_is_told_once_it_is_worth_knowing() {
    let mut state = live(NARROW);
    lose(&mut state, NotReached::Cut);
    let told = |state: &State| {
        let screen = render(state);
        let last = screen.lines().last().unwrap();
        last.rsplit_once("  ").unwrap().1.trim().to_owned()
    };
    assert_eq!(told(&state), "q quit");
    let ages = [9, 10, 27, 59, 60, 185].map(|seconds| {
        fixture::pass(&mut state, Duration::from_secs(seconds));
        told(&state)
    });
    assert_eq!(ages, ["q quit", "10 s old", "20 s old", "50 s old", "1 min old", "3 min old"]);
}

#[test]
fn purchases_full() {
    assert_snapshot!("purchases_full_wide", render(&table(WIDE)));
    assert_snapshot!("purchases_full_narrow", render(&table(NARROW)));
    let mut state = table(NARROW);
    keys(&mut state, "G");
    assert_snapshot!("purchases_not_there_yet", render(&state));
}

#[test]
fn purchases_empty() {
    let mut state = empty(NARROW);
    list(&mut state, Vec::new(), 0);
    assert_snapshot!("purchases_empty", render(&state));
}

#[test]
fn purchases_stale() {
    assert_snapshot!("purchases_stale", render(&stale(table(NARROW))));
}

#[test]
fn purchases_failed() {
    let mut state = live(NARROW);
    let effects = keys(&mut state, "2");
    let super::message::Effect::ListPurchases { generation, .. } = effects[0] else { panic!() };
    let url = "http://127.0.0.1:8080".to_owned();
    let page = Err(ClientError::NotReached { url, cause: NotReached::TimedOut });
    update(&mut state, Message::Answer(Answer::Purchases { generation, page }));
    assert_snapshot!("purchases_failed", render(&state));
}

#[test]
fn purchases_filter() {
    let mut state = table(NARROW);
    keys(&mut state, "/");
    assert_snapshot!("purchases_filter_empty", render(&state));
    keys(&mut state, "state:kept panel:fr-2");
    assert_snapshot!("purchases_filter_written", render(&state));
}

#[test]
fn details_full() {
    assert_snapshot!("details_full_wide", render(&opened_purchase(WIDE)));
    assert_snapshot!("details_full_narrow", render(&opened_purchase(NARROW)));
    assert_snapshot!("details_stale", render(&stale(opened_purchase(NARROW))));
}

#[test]
fn details_failed() {
    let mut state = table(NARROW);
    press(&mut state, KeyCode::Enter);
    assert_snapshot!("details_reading", render(&state));
    let problem = crate::api::problem::Problem {
        kind: "about:blank".to_owned(),
        title: "Not Found".to_owned(),
        status: 404,
        detail: "There is no purchase 1041.".to_owned(),
        code: "not_found".to_owned(),
        job: None,
    };
    let details = Err(ClientError::Refused(problem));
    update(&mut state, Message::Answer(Answer::Purchase { id: 1_041, details }));
    assert_snapshot!("details_failed", render(&state));
}

#[test]
fn update_running() {
    assert_snapshot!("update_running_wide", render(&updating(WIDE)));
    assert_snapshot!("update_running_narrow", render(&updating(NARROW)));
    assert_snapshot!("update_stale", render(&stale(updating(NARROW))));
}

#[test]
fn update_done_stopped_empty() {
    let mut state = live(NARROW);
    keys(&mut state, "3");
    assert_snapshot!("update_done", render(&state));
    hear_job(&mut state, stopped_job());
    assert_snapshot!("update_stopped_narrow", render(&state));
    let mut state = updating(WIDE);
    hear_job(&mut state, stopped_job());
    keys(&mut state, "fj");
    assert_snapshot!("update_stopped_wide", render(&state));
    let mut state = empty(NARROW);
    keys(&mut state, "3");
    assert_snapshot!("update_empty", render(&state));
}

#[test]
fn questions() {
    let mut state = live(WIDE);
    keys(&mut state, "u");
    assert_snapshot!("question_update_all_wide", render(&state));
    let mut state = live(NARROW);
    keys(&mut state, "u");
    assert_snapshot!("question_update_all_narrow", render(&state));
    let mut state = updating(NARROW);
    state.session.by = "vahid".to_owned();
    keys(&mut state, "x");
    assert_snapshot!("question_cancel", render(&state));
    let mut state = updating(NARROW);
    state.session.attachment = super::Attachment::Embedded;
    keys(&mut state, "q");
    assert_snapshot!("question_quit", render(&state));
    let mut state = live(NARROW);
    hear_job(&mut state, stopped_job());
    keys(&mut state, "3F");
    assert_snapshot!("question_force", render(&state));
}

#[test]
fn panels() {
    let mut state = live(WIDE);
    keys(&mut state, "4jjj");
    assert_snapshot!("panels_wide", render(&state));
    let mut state = live(NARROW);
    keys(&mut state, "4G");
    assert_snapshot!("panels_narrow", render(&state));
}

/// A console that hears of a panel whose Xray stands still, and of one that refused our password.
fn troubled(size: (u16, u16)) -> State {
    let mut state = live(size);
    let refused = Panel { login: Login::Refused, way: "links".into(), ..panel("at-1", 41, 402) };
    let file = Panel { login: Login::NoApi, make: None, version: None, ..panel("de-2", 9, 12) };
    let flag = Panel {
        name: "🇩🇪 آلمان 日本 ویژه".into(),
        way: "per_client".into(),
        clients: Some(12_000),
        ..panel("x", 1_204, 9)
    };
    for panel in [refused, file, troubled_panel(), flag] {
        hear(&mut state, Heard::Event(Event::Panel(panel)));
    }
    state
}

#[test]
fn panels_in_trouble() {
    let mut state = troubled(NARROW);
    assert_snapshot!("overview_troubled_narrow", render(&state));
    keys(&mut state, "4jjjjj");
    assert_snapshot!("panels_troubled_narrow", render(&state));
    let mut state = troubled(TALL);
    keys(&mut state, "4");
    assert_snapshot!("panels_troubled_tall", render(&state));
    assert_snapshot!("ascii_panels_troubled", render_as(&state, Look::new(true, false)));
    keys(&mut state, "r");
    assert_snapshot!("question_retry_login", render(&state));
}

fn probed(size: (u16, u16)) -> State {
    let mut state = troubled(size);
    keys(&mut state, "4jjjjjt");
    let answer = Answer::Probed { panel: "nl-1".into(), rungs: Ok(rungs()) };
    update(&mut state, Message::Answer(answer));
    state
}

#[test]
fn one_panel() {
    let mut state = troubled(NARROW);
    keys(&mut state, "4jjjj");
    press(&mut state, KeyCode::Enter);
    assert_snapshot!("panel_dead_narrow", render(&state));
    keys(&mut state, "t");
    fixture::pass(&mut state, Duration::from_secs(3));
    assert_snapshot!("panel_climbing", render(&state));
    let mut state = probed(NARROW);
    assert_snapshot!("panel_narrow", render(&state));
    keys(&mut state, "G");
    assert_snapshot!("panel_narrow_end", render(&state));
    assert_snapshot!("panel_tall", render(&probed(TALL)));
    assert_snapshot!("ascii_panel_tall", render_as(&probed(TALL), Look::new(true, false)));
    assert_snapshot!("panel_stale", render(&stale(probed(NARROW))));
}

#[test]
fn an_update_says_which_inbounds_are_read_client_by_client() {
    let falling_back = |size| {
        let mut state = updating(size);
        hear(&mut state, Heard::Event(Event::Panel(troubled_panel())));
        state
    };
    assert_snapshot!("update_fallbacks_wide", render(&falling_back(WIDE)));
    assert_snapshot!("update_fallbacks_narrow", render(&falling_back(NARROW)));
}

#[test]
fn a_client_that_is_off_on_its_panel_is_told_with_why() {
    let mut rows = purchases();
    rows[3] = Purchase {
        state: PurchaseState::OffThere,
        compared_at: Some(fixture::at("2026-11-24T11:00:00Z")),
        notes: vec!["de-1: its client is used up: 50 of 50 GB".into()],
        active: true,
        ..rows[3].clone()
    };
    for (name, size) in [("purchases_off_narrow", NARROW), ("purchases_off_wide", WIDE)] {
        let mut state = live(size);
        list(&mut state, rows.clone(), 1_204);
        keys(&mut state, "jjj");
        assert_snapshot!(name, render(&state));
    }
}

#[test]
fn a_long_shape_of_a_database_is_whole() {
    let database = |size| {
        let mut state = live(size);
        let mut health = fixture::health();
        health.database.engine = "postgresql".into();
        health.database.location = "127.0.0.1:5432/alamor_vpn".into();
        health.database.shape =
            "PostgreSQL 15.8, newest shape, without updated_at; our own tables in schema alamor"
                .into();
        hear(&mut state, Heard::Event(Event::Health(health)));
        render(&state)
    };
    assert_snapshot!("overview_postgres_wide", database(WIDE));
    assert_snapshot!("overview_postgres_narrow", database(NARROW));
}

#[test]
fn a_panel_whose_certificate_nobody_verifies_says_so() {
    let mut state = live(NARROW);
    keys(&mut state, "4");
    assert!(!render(&state).contains("TLS not verified"));
    let mut panel = fixture::panel("de-1", 40, 388);
    panel.tls_verified = false;
    hear(&mut state, Heard::Event(Event::Panel(panel)));
    assert!(render(&state).contains("de-1          TLS not verified"), "{}", render(&state));
}

#[test]
fn the_log_of_the_core() {
    assert_snapshot!("logs_wide", render(&fixture::logged(WIDE, 300)));
    let mut state = fixture::logged(NARROW, 40);
    assert_snapshot!("logs_narrow", render(&state));
    keys(&mut state, "kkk");
    for seq in 41..=52 {
        let record = fixture::record(seq, crate::api::logs::Level::Info);
        fixture::log(&mut state, 1, LogHeard::Record { id: format!("a-{seq}"), record });
    }
    assert_snapshot!("logs_paused", render(&state));
    keys(&mut state, "w");
    assert_snapshot!("logs_wrapped", render(&state));
    press(&mut state, KeyCode::Enter);
    assert_snapshot!("logs_record", render(&state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "lG");
    let cause = ClientError::NotReached { url: "http://core".into(), cause: NotReached::Cut };
    fixture::log(&mut state, 2, LogHeard::Connected);
    fixture::log(&mut state, 2, LogHeard::Missed(1_204));
    assert_snapshot!("logs_empty", render(&state));
    fixture::log(&mut state, 2, LogHeard::Lost { cause });
    assert_snapshot!("logs_lost", render(&stale(state)));
}

#[test]
fn saving_a_screen_asks_as_what() {
    let mut state = live(NARROW);
    keys(&mut state, "W");
    assert_snapshot!("question_save", render(&state));
    assert_eq!(keys(&mut state, "x"), [], "only an answer is one");
    let saved = keys(&mut state, "s");
    assert_eq!(saved, [super::message::Effect::Save(super::picture::PictureFormat::Svg)]);
    update(&mut state, Message::Answer(Answer::Saved(Ok("alamor-overview.svg".into()))));
    assert!(render(&state).contains("saved as alamor-overview.svg"));
}

#[test]
fn help() {
    let mut state = live(NARROW);
    keys(&mut state, "2?");
    assert_snapshot!("help_narrow", render(&state));
}

#[test]
fn small_terminals() {
    assert_snapshot!("small_39x10", render(&live((39, 10))));
    assert_snapshot!("small_40x10", render(&live((40, 10))));
    assert_snapshot!("small_update_50x14", render(&updating((50, 14))));
    assert_snapshot!("small_purchases_50x14", render(&table((50, 14))));
    for columns in (1..130).step_by(3).chain([40, 79, 80, 99, 100, 120]) {
        for rows in [1, 2, 9, 10, 11, 15, 23, 24, 40] {
            let size = (columns, rows);
            let mut listed = troubled(size);
            keys(&mut listed, "4");
            for state in [&live(size), &updating(size), &table(size), &listed, &probed(size)] {
                render(state);
            }
            let mut state = table((columns, rows));
            keys(&mut state, "u");
            render(&state);
        }
    }
}

#[test]
fn without_unicode_only_ascii_is_written() {
    let look = Look::new(true, false);
    let mut question = live(NARROW);
    keys(&mut question, "u");
    let states =
        [&live(WIDE), &table(NARROW), &updating(WIDE), &opened_purchase(NARROW), &question];
    let texts: Vec<_> = states.iter().map(|state| render_as(state, look)).collect();
    assert!(texts.iter().all(|text| text.is_ascii()));
    assert_snapshot!("ascii_overview_wide", texts[0]);
    assert_snapshot!("ascii_purchases_narrow", texts[1]);
    assert_snapshot!("ascii_update_wide", texts[2]);
}

#[test]
fn a_second_console_sees_whose_job_it_is() {
    let mut state = live(NARROW);
    hear_job(&mut state, crate::api::jobs::Job { by: "bot".to_owned(), ..running_job() });
    assert!(render(&state).contains("Update all #43   running   by bot"));
    hear_job(&mut state, crate::api::jobs::Job { id: 43, ..done_job() });
    assert!(render(&state).contains("update #43 has ended: 3 shows it"));
}

#[test]
fn a_list_that_nobody_reads_is_not_said_to_be_read() {
    let mut state = live(NARROW);
    keys(&mut state, "2");
    assert!(render(&state).contains("reading the list"));
    lose(&mut state, NotReached::Cut);
    let screen = render(&state);
    assert!(screen.contains("the list was not read"), "{screen}");
}
