//! The screens of jobs as text that a reviewer can read: the list, a job, an item, a comparison.

use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;

use super::fixture::{
    self, compared, done_job, dry_job, hear, in_history, keys, live, opened_item, opened_job,
    press, previewed, render, render_as, stopped_job,
};
use super::look::Look;
use super::message::{Answer, Effect, Message};
use super::state::State;
use super::update::update;
use crate::api::Page;
use crate::client::{ClientError, Heard, NotReached};

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 30);

fn lost() -> ClientError {
    ClientError::NotReached { url: "http://127.0.0.1:8080".to_owned(), cause: NotReached::Cut }
}

fn revealed(size: (u16, u16)) -> State {
    let mut state = opened_item(size);
    keys(&mut state, "v");
    let item = Ok(previewed(true));
    let answer = Answer::Item { job: 44, purchase: 1_041, reveal: true, item };
    update(&mut state, Message::Answer(answer));
    state
}

#[test]
fn the_list_of_jobs() {
    let mut state = in_history(NARROW);
    keys(&mut state, "jj");
    assert_snapshot!("jobs_narrow", render(&state));
    assert_snapshot!("jobs_wide", render(&in_history(WIDE)));
    let mut state = live(NARROW);
    keys(&mut state, "3h");
    assert_snapshot!("jobs_reading", render(&state));
    update(&mut state, Message::Answer(Answer::Jobs(Err(lost()))));
    assert!(render(&state).contains("the jobs were not read"), "{}", render(&state));
}

#[test]
fn a_job_of_the_list() {
    assert_snapshot!("job_wide", render(&opened_job(WIDE, &done_job())));
    let mut state = opened_job(NARROW, &dry_job());
    assert_snapshot!("job_dry_narrow", render(&state));
    let mut asked = keys(&mut state, "f").pop();
    keys(&mut state, "/panel:fr");
    press(&mut state, KeyCode::Enter);
    // The page that was on its way comes first: it is of the list before.
    while let Some(Effect::ListItems { generation, .. }) = asked {
        let page = Ok(Page { items: Vec::new(), next_cursor: None, total: Some(0) });
        let answer = Answer::Items { job: 44, generation, page };
        asked = update(&mut state, Message::Answer(answer)).pop();
    }
    assert_snapshot!("job_filtered", render(&state));
    assert_snapshot!("job_stopped", render(&opened_job(NARROW, &stopped_job())));
}

#[test]
fn an_item_of_a_dry_run() {
    assert_snapshot!("item_narrow", render(&opened_item(NARROW)));
    assert_snapshot!("item_wide", render(&opened_item(WIDE)));
    assert_snapshot!("item_revealed", render(&revealed(NARROW)));
}

#[test]
fn a_job_beside_the_one_before() {
    assert_snapshot!("compare_narrow", render(&compared(NARROW)));
    assert_snapshot!("compare_wide", render(&compared(WIDE)));
}

#[test]
fn without_unicode_or_colour_nothing_is_lost() {
    let ascii = Look::new(true, false);
    let states = [
        in_history(NARROW),
        opened_job(NARROW, &done_job()),
        opened_item(NARROW),
        compared(NARROW),
    ];
    let texts: Vec<_> = states.iter().map(|state| render_as(state, ascii)).collect();
    assert!(texts.iter().all(|text| text.is_ascii()));
    assert_snapshot!("ascii_jobs", texts.join("\n"));
    for state in &states {
        assert_eq!(render_as(state, Look::new(false, false)), render(state), "colour is no letter");
    }
}

#[test]
fn no_size_is_too_small_for_the_screens_of_jobs() {
    for columns in (40..130).step_by(7).chain([79, 80, 99, 100, 120]) {
        for rows in [10, 11, 15, 23, 24, 40] {
            let size = (columns, rows);
            let screens: [fn((u16, u16)) -> State; 5] =
                [in_history, |size| opened_job(size, &done_job()), opened_item, revealed, compared];
            for made in screens {
                let text = render(&made(size));
                let widest = text.lines().map(unicode_width::UnicodeWidthStr::width).max();
                assert!(widest <= Some(columns.into()), "{size:?}\n{text}");
            }
        }
    }
}

#[test]
fn a_stale_link_offers_no_key_that_it_refuses() {
    let mut state = live(NARROW);
    let footer = |state: &State| render(state).lines().last().unwrap().to_owned();
    assert!(footer(&state).contains("u update all"));
    hear(&mut state, Heard::Lost { cause: lost() });
    assert!(!footer(&state).contains("u update all"), "{}", footer(&state));
    keys(&mut state, "4");
    assert!(!footer(&state).contains("t probe"), "{}", footer(&state));
    assert!(footer(&state).contains("s sort"), "what is here can be looked at");
}

#[test]
fn panels_are_sorted_and_filtered() {
    let mut state = live(NARROW);
    keys(&mut state, "4ss/state:reachable");
    press(&mut state, KeyCode::Enter);
    assert_snapshot!("panels_sorted", render(&state));
    keys(&mut state, "/ zzz");
    press(&mut state, KeyCode::Enter);
    assert!(render(&state).contains("no panel matches this filter"), "{}", render(&state));
}

#[test]
fn a_dry_run_asks_once_and_says_that_it_writes_nothing() {
    let mut state = live(NARROW);
    keys(&mut state, "d");
    assert_snapshot!("question_dry_run", render(&state));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(effects.as_slice(), [Effect::StartJob(job)] if job.dry_run), "{effects:?}");
    let mut state = fixture::live(NARROW);
    fixture::list(&mut state, fixture::purchases(), 21);
    keys(&mut state, "jd");
    let effects = keys(&mut state, "y");
    assert!(matches!(effects.as_slice(), [Effect::StartJob(job)] if job.dry_run), "{effects:?}");
}
