//! Every screen in every language, at the sizes that operators have: what a translator looks at.

use std::collections::HashSet;
use std::time::Duration;

use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;
use unicode_width::UnicodeWidthStr;

use super::fixture::{
    self, details, empty, hear, hear_job, keys, list, opened, press, purchases, render, rungs,
    stopped_job, troubled_panel, updating_in,
};
use super::lang::Lang;
use super::message::{Answer, Message};
use super::state::State;
use super::update::update;
use crate::api::events::Event;
use crate::client::{ClientError, Heard, NotReached};

const SIZES: [(u16, u16); 4] = [(40, 10), (80, 24), (120, 30), (200, 60)];

const LANGS: [(Lang, &str); 3] = [(Lang::En, "en"), (Lang::Ru, "ru"), (Lang::Fa, "fa")];

type Made = fn(Lang, (u16, u16)) -> State;

/// Screens in which everything but names is ours to say.
const OURS: [(&str, Made); 11] = [
    ("overview", fixture::live_in),
    ("stale", stale),
    ("never_heard", never_heard),
    ("nothing", nothing),
    ("purchases", table),
    ("purchase", purchase),
    ("update", updating_in),
    ("panels", panels),
    ("help", help),
    ("question", question),
    ("note", note),
];

/// Screens with sentences of the core, which are English.
const THEIRS: [(&str, Made); 4] = [
    ("stopped", stopped),
    ("panel", panel),
    ("troubleshoot", fixture::climbed),
    ("evidence", evidence),
];

fn lose(state: &mut State) {
    let url = "http://127.0.0.1:8080".to_owned();
    let cause = ClientError::NotReached { url, cause: NotReached::Refused };
    hear(state, Heard::Lost { cause });
    hear(state, Heard::Retrying { after: Duration::from_secs(4) });
}

fn stale(lang: Lang, size: (u16, u16)) -> State {
    let mut state = updating_in(lang, size);
    lose(&mut state);
    state
}

fn never_heard(lang: Lang, size: (u16, u16)) -> State {
    let mut state = opened(size);
    state.session.lang = lang;
    lose(&mut state);
    state
}

fn nothing(lang: Lang, size: (u16, u16)) -> State {
    let mut state = empty(size);
    state.session.lang = lang;
    state
}

fn table(lang: Lang, size: (u16, u16)) -> State {
    let mut state = fixture::live_in(lang, size);
    list(&mut state, purchases(), 1_204);
    state
}

fn purchase(lang: Lang, size: (u16, u16)) -> State {
    let mut state = table(lang, size);
    press(&mut state, KeyCode::Enter);
    let answer = Answer::Purchase { id: 1_041, details: Ok(details()) };
    update(&mut state, Message::Answer(answer));
    state
}

fn panels(lang: Lang, size: (u16, u16)) -> State {
    let mut state = fixture::live_in(lang, size);
    keys(&mut state, "4jjj");
    state
}

fn help(lang: Lang, size: (u16, u16)) -> State {
    let mut state = table(lang, size);
    keys(&mut state, "?");
    state
}

fn question(lang: Lang, size: (u16, u16)) -> State {
    let mut state = fixture::live_in(lang, size);
    keys(&mut state, "u");
    state
}

fn note(lang: Lang, size: (u16, u16)) -> State {
    let mut state = updating_in(lang, size);
    keys(&mut state, "1u");
    state
}

fn stopped(lang: Lang, size: (u16, u16)) -> State {
    let mut state = updating_in(lang, size);
    hear_job(&mut state, stopped_job());
    state
}

fn evidence(lang: Lang, size: (u16, u16)) -> State {
    let mut state = fixture::climbed(lang, size);
    press(&mut state, KeyCode::Enter);
    state
}

fn panel(lang: Lang, size: (u16, u16)) -> State {
    let mut state = fixture::live_in(lang, size);
    hear(&mut state, Heard::Event(Event::Panel(troubled_panel())));
    keys(&mut state, "4jjjjjt");
    let answer = Answer::Probed { panel: "nl-1".into(), rungs: Ok(rungs()) };
    update(&mut state, Message::Answer(answer));
    state
}

#[test]
fn every_screen_in_every_language_at_every_size() {
    for (name, made) in OURS.into_iter().chain(THEIRS) {
        for (lang, code) in LANGS {
            let screens = SIZES.map(|size| {
                let text = render(&made(lang, size));
                format!("{}x{}\n{text}", size.0, size.1)
            });
            assert_snapshot!(format!("spoken_{name}_{code}"), screens.join("\n"));
        }
    }
}

#[test]
fn no_line_is_wider_than_its_terminal() {
    for (name, made) in OURS.into_iter().chain(THEIRS) {
        for ((lang, code), size) in
            LANGS.into_iter().flat_map(|lang| SIZES.map(|size| (lang, size)))
        {
            let text = render(&made(lang, size));
            let widest = text.lines().map(UnicodeWidthStr::width).max();
            assert!(widest <= Some(size.0.into()), "{name} {code} {size:?}: {text}");
        }
    }
}

/// The messages of a language: its files, one after the other.
fn files(lang: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lang").join(lang);
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// The words of a text that are long enough to be words of a language, without names and codes.
fn english(text: &str) -> HashSet<String> {
    let is_part = |char: char| char.is_alphanumeric() || "-_.:/@$`".contains(char);
    let words =
        text.split(|char: char| !is_part(char)).map(|word| word.trim_end_matches([':', '.']));
    let words =
        words.filter(|word| word.len() > 3 && word.chars().all(|c| c.is_ascii_alphabetic()));
    words.map(str::to_ascii_lowercase).collect()
}

/// What follows the `=` of every message.
fn values(lang: &str) -> String {
    let text = files(lang);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split_once(" = ").map_or(line, |(_, value)| value).to_owned() + "\n")
        .collect()
}

#[test]
fn no_english_word_is_left_on_a_screen_in_another_language() {
    let ours = english(&values("en"));
    // What the fixtures call things: roles, formats, what an operator types.
    let names: HashSet<String> = [
        "serve",
        "status",
        "down",
        "demo",
        "newest",
        "shape",
        "phone",
        "laptop",
        "post",
        "authorization",
        "bearer",
        "space",
    ]
    .map(str::to_owned)
    .into();
    for (lang, code) in &LANGS[1..] {
        let theirs = english(&values(code));
        for ((name, made), size) in OURS.into_iter().flat_map(|one| SIZES.map(|size| (one, size))) {
            let text = render(&made(*lang, size));
            let seen = english(&text);
            let left: Vec<_> = seen
                .iter()
                .filter(|word| ours.contains(*word))
                .filter(|word| !theirs.contains(*word) && !names.contains(*word))
                .collect();
            assert!(left.is_empty(), "{name} {code} {size:?}: {left:?}\n{text}");
        }
    }
}

#[test]
fn the_core_s_clock_stands_beside_ours_where_they_differ() {
    let mut state = fixture::live((80, 24));
    assert!(!render(&state).contains("core "));
    let mut health = fixture::health();
    health.utc_offset_minutes = Some(210);
    hear(&mut state, Heard::Event(Event::Health(health)));
    let first = render(&state).lines().next().unwrap().to_owned();
    assert!(first.ends_with("core 17:33  14:03"), "{first}");
}

#[test]
fn where_only_ascii_is_shown_english_is_spoken() {
    let look = super::look::Look::new(true, false).speaking(Lang::Fa);
    assert_eq!(look.lang(), Lang::En);
}

/// A bound for slow machines without optimisation: far above what a frame takes.
#[test]
fn a_large_frame_is_drawn_soon() {
    for (lang, code) in LANGS {
        let state = updating_in(lang, (200, 60));
        render(&state);
        let started = std::time::Instant::now();
        for _ in 0..20 {
            super::view::draw(&state, super::look::Look::new(false, true));
        }
        let each = started.elapsed() / 20;
        assert!(each < Duration::from_millis(200), "{code}: {each:?}");
    }
}
