//! Every screen as text that a reviewer can read, at the sizes that operators have.

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;

use super::fixture::{
    self, details, done_job, empty, hear, hear_job, keys, list, live, opened, press, purchases,
    render, render_as, running_job, stopped_job, updating,
};
use super::look::Look;
use super::message::{Answer, Message};
use super::state::State;
use super::update::update;
use crate::api::events::Event;
use crate::api::{Check, CheckState};
use crate::client::{ClientError, Heard, NotReached};

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 30);

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
            for state in [live((columns, rows)), updating((columns, rows)), table((columns, rows))]
            {
                render(&state);
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
    let states = [live(WIDE), table(NARROW), updating(WIDE), opened_purchase(NARROW), question];
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
    assert!(render(&state).contains("Update #43   running   by bot"));
    hear_job(&mut state, crate::api::jobs::Job { id: 43, ..done_job() });
    assert!(render(&state).contains("update #43 has ended: 3 shows it"));
}
