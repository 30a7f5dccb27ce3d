//! What holds for every sequence of keys, clicks, sizes and news: nothing panics, `esc` leads home,
//! and a console that only looks changes nothing.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::fixture::{
    dead_panel, details, done_job, health, item, ladder, live, opened, press, purchase,
    running_job, stopped_job,
};
use super::keymap::Screen;
use super::look::Look;
use super::message::{Answer, Effect, Exported, Message, Pointer};
use super::state::climb::{Ended, Told, Wish};
use super::state::{Access, Attachment, Secrets, State};
use super::update::update;
use super::view;
use crate::api::Page;
use crate::api::events::{Event, ItemEnded};
use crate::api::jobs::JobAccepted;
use crate::client::{ClientError, Heard, NotReached};

/// One thing that may happen; answers are made from what was asked for last.
#[derive(Debug, Clone)]
enum Step {
    Key(KeyCode, bool),
    Paste(String),
    Resize(u16, u16),
    Pointer(Pointer),
    Pass(u64),
    News(u8),
    Answer(bool),
}

fn codes() -> impl Strategy<Value = KeyCode> {
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::F(5),
    ]);
    let bound: Vec<char> = "123456?:/ uUxrFftsS*yevmwjkgGdnYq".chars().collect();
    prop_oneof![
        3 => prop::sample::select(bound).prop_map(KeyCode::Char),
        2 => named,
        1 => any::<char>().prop_map(KeyCode::Char),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pasted = prop_oneof!["\\PC{0,20}", any::<String>(), Just("age:>3h state:".to_owned())];
    let size = prop_oneof![Just((1, 1)), Just((80, 24)), (1..200_u16, 1..60_u16)];
    let pointer = prop_oneof![
        (0..210_u16, 0..70_u16).prop_map(|(column, row)| Pointer::Click(column, row)),
        any::<i64>().prop_map(Pointer::Wheel),
    ];
    let step = prop_oneof![
        8 => (codes(), prop::bool::weighted(0.1)).prop_map(|(code, ctrl)| Step::Key(code, ctrl)),
        1 => pasted.prop_map(Step::Paste),
        1 => size.prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        1 => pointer.prop_map(Step::Pointer),
        1 => (0..100_000_u64).prop_map(Step::Pass),
        2 => (0..10_u8).prop_map(Step::News),
        3 => any::<bool>().prop_map(Step::Answer),
    ];
    prop::collection::vec(step, 0..60)
}

fn cut() -> ClientError {
    ClientError::NotReached { url: "http://core".into(), cause: NotReached::Cut }
}

fn news(which: u8) -> Heard {
    match which {
        0 => Heard::Connected,
        1 => Heard::Lost { cause: cut() },
        2 => Heard::Retrying { after: Duration::from_secs(3) },
        3 => Heard::Event(Event::Job(running_job())),
        4 => Heard::Event(Event::Job(done_job())),
        5 => Heard::Event(Event::Job(stopped_job())),
        6 => Heard::Event(Event::Item(ItemEnded { job: 43, item: item(7) })),
        7 => Heard::Event(Event::Panel(dead_panel())),
        8 => Heard::Event(Event::Changed {}),
        _ => Heard::Event(Event::Health(health())),
    }
}

/// What comes back of an effect; of a climb its first word, or its end.
fn reply(effect: &Effect, is_good: bool) -> Option<Message> {
    let Effect::Climb(Wish::Start { generation, .. }) = effect else {
        return answer(effect, is_good).map(Message::Answer);
    };
    let rung = ladder().remove(8);
    let told = if is_good { Told::Rung(rung) } else { Told::Ended(Ended::TooLong) };
    Some(Message::Climb { generation: *generation, told })
}

/// What the core says to an effect; a refusal where `is_good` is not so.
fn answer(effect: &Effect, is_good: bool) -> Option<Answer> {
    fn or_cut<T>(is_good: bool, value: T) -> Result<T, ClientError> {
        if is_good { Ok(value) } else { Err(cut()) }
    }
    Some(match effect {
        Effect::CheckHealth => Answer::Health(or_cut(is_good, health())),
        Effect::ListPurchases { generation, query } => {
            let from = i64::try_from(query.offset.unwrap_or(0)).unwrap_or(i64::MAX);
            let to = from.saturating_add(200).min(1_000);
            let items = (from..to).map(purchase).collect();
            let page = Page { items, next_cursor: None, total: Some(1_000) };
            Answer::Purchases { generation: *generation, page: or_cut(is_good, page) }
        }
        Effect::OpenPurchase(id) => {
            Answer::Purchase { id: *id, details: or_cut(is_good, details()) }
        }
        Effect::Reveal(id) => Answer::Revealed { id: *id, details: or_cut(is_good, details()) },
        Effect::ListFailed(job) => {
            let page = Page { items: vec![item(9)], next_cursor: None, total: None };
            Answer::Failed { job: *job, page: or_cut(is_good, page) }
        }
        Effect::ProbePanel(panel) => {
            Answer::Probed { panel: panel.clone(), rungs: or_cut(is_good, Vec::new()) }
        }
        Effect::RetryLogin(_) => Answer::LoginRetried(or_cut(is_good, dead_panel())),
        Effect::StartJob(_) | Effect::StartListed { .. } => {
            let accepted = JobAccepted {
                id: 44,
                state: running_job().state,
                joined: false,
                by: "ali".to_owned(),
            };
            Answer::Started(or_cut(is_good, accepted))
        }
        Effect::CancelJob(_) => Answer::Cancelled(or_cut(is_good, ())),
        Effect::Export { .. } => {
            Answer::Exported(Ok(Exported { path: "./x.csv".to_owned(), rows: 3 }))
        }
        _ => return None,
    })
}

/// Does the steps, draws after each, and returns every effect.
fn play(state: &mut State, steps: Vec<Step>) -> Vec<Effect> {
    let (mut all, mut waiting, mut time) = (Vec::new(), Vec::new(), 0);
    for step in steps {
        let message = match step {
            Step::Key(code, ctrl) => {
                let modifiers = if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                Message::Key(KeyEvent::new(code, modifiers))
            }
            Step::Paste(text) => Message::Paste(text),
            Step::Resize(columns, rows) => Message::Resize(columns, rows),
            Step::Pointer(pointer) => Message::Pointer(pointer),
            Step::Pass(ms) => {
                time += ms;
                Message::Now(Duration::from_millis(time))
            }
            Step::News(which) => Message::Heard(news(which)),
            Step::Answer(is_good) => {
                let asked: Option<Effect> = waiting.pop();
                match asked.and_then(|effect| reply(&effect, is_good)) {
                    Some(message) => message,
                    None => continue,
                }
            }
        };
        let effects = update(state, message);
        waiting.extend(effects.clone());
        all.extend(effects);
        view::draw(state, Look::new(false, true));
        state.next_change();
    }
    all
}

fn embedded(access: Access, is_live: bool) -> State {
    let mut state = if is_live { live((80, 24)) } else { opened((80, 24)) };
    state.session.access = access;
    state.session.attachment = Attachment::Embedded;
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_esc_ends_at_the_overview(steps in steps(), is_live in any::<bool>()) {
        let mut state = embedded(Access::Full, is_live);
        play(&mut state, steps);
        let mut presses = 0;
        while state.screen != Screen::Overview
            || state.question.is_some()
            || state.palette.is_some()
            || state.input.is_some()
        {
            let effects = press(&mut state, KeyCode::Esc);
            prop_assert!(effects.iter().all(|effect| !effect.changes()));
            presses += 1;
            prop_assert!(presses <= 100, "{state:?}");
        }
    }

    #[test]
    fn a_console_that_only_looks_changes_nothing(steps in steps()) {
        let mut state = embedded(Access::ReadOnly, true);
        let effects = play(&mut state, steps);
        prop_assert!(effects.iter().all(|effect| !effect.changes()), "{effects:?}");
        let asks = state.question.as_ref().is_some_and(super::state::question::Question::changes);
        prop_assert!(!asks, "{:?}", state.question);
    }

    #[test]
    fn secrets_are_in_clear_on_their_own_screen_only(steps in steps()) {
        let mut state = embedded(Access::Full, true);
        for step in steps {
            play(&mut state, vec![step]);
            let masked = state.details.as_ref().is_none_or(|open| open.secrets == Secrets::Masked);
            prop_assert!(masked || state.screen == Screen::Details);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_climbs_where_nobody_looks(steps in steps(), is_live in any::<bool>()) {
        let mut state = embedded(Access::ReadOnly, is_live);
        let mut climbs = false;
        for effect in play(&mut state, steps) {
            if let Effect::Climb(wish) = effect {
                climbs = matches!(wish, Wish::Start { .. });
            }
        }
        let is_seen = state.keeps_ladder();
        prop_assert!(state.climb.climbing_since().is_none() || (climbs && is_seen), "{state:?}");
    }
}

#[test]
fn a_paste_of_a_megabyte_becomes_one_short_line() {
    let mut state = live((80, 24));
    super::fixture::keys(&mut state, "/");
    update(&mut state, Message::Paste("x\u{1b}[2J\n".repeat(200_000)));
    let written = state.input.as_ref().unwrap().value().to_owned();
    assert_eq!(written.chars().count(), 200);
    assert!(!written.contains(char::is_control));
    press(&mut state, KeyCode::Char('y'));
    assert_eq!(state.input.as_ref().unwrap().value(), written, "the line is full");
}
