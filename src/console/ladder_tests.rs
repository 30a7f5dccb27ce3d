//! The ladder as an operator meets it: keys, pictures, and what is told when it breaks off.

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;

use super::fixture::{
    self, climbed, climbing, keys, ladder, list, live, opened, pass, press, purchases, render,
    render_as, tell,
};
use super::keymap::Screen;
use super::lang::Lang;
use super::look::Look;
use super::message::Effect;
use super::state::climb::{Ended, Told, Wish};
use super::state::{Access, State};

const NARROW: (u16, u16) = (80, 24);

/// From where a child is to climb, if one is.
fn starts(effects: &[Effect]) -> Option<Option<&str>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Climb(Wish::Start { from, .. }) => Some(from.as_deref()),
        _ => None,
    })
}

#[test]
fn a_rung_is_shown_as_soon_as_it_is_known_and_the_next_one_as_being_looked_at() {
    let mut state = climbing(Lang::En, NARROW, 3);
    pass(&mut state, Duration::from_secs(3));
    assert_snapshot!("ladder_climbing", render(&state));
    assert!(state.next_change() <= Duration::from_secs(1), "the seconds are counted");
}

#[test]
fn the_rung_that_fails_says_why_and_what_to_do() {
    assert_snapshot!("ladder_climbed", render(&climbed(Lang::En, NARROW)));
    let look = Look::new(true, false);
    let screen = render_as(&climbed(Lang::En, NARROW), look);
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!("ascii_ladder_climbed", screen);
    let mut state = climbed(Lang::En, (200, 60));
    keys(&mut state, "g");
    assert_snapshot!("ladder_climbed_wide", render(&state));
}

#[test]
fn a_ladder_that_stands_is_not_drawn_again() {
    let mut state = climbed(Lang::En, (120, 30));
    let before = render(&state);
    pass(&mut state, Duration::from_secs(47));
    assert_eq!(render(&state), before);
    assert_eq!(state.next_change(), Duration::from_secs(1), "until the minute of the clock");
}

#[test]
fn evidence_is_what_was_asked_and_answered_and_esc_leads_back() {
    let mut state = climbed(Lang::En, NARROW);
    press(&mut state, KeyCode::Enter);
    assert_snapshot!("ladder_evidence", render(&state));
    let effects = keys(&mut state, "y");
    assert_eq!(effects, [Effect::Copy("systemctl reload nginx".to_owned())]);
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.screen, Screen::Troubleshoot);
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.screen, Screen::Overview);
}

#[test]
fn the_evidence_of_a_rung_scrolls_to_its_end_and_not_beyond() {
    let mut state = climbed(Lang::En, (40, 10));
    press(&mut state, KeyCode::Enter);
    keys(&mut state, "G");
    let end = render(&state);
    assert!(end.contains("not_after"), "{end}");
    keys(&mut state, "jj");
    assert_eq!(render(&state), end);
    keys(&mut state, "k");
    assert_ne!(render(&state), end);
}

#[test]
fn every_way_to_break_off_is_told_in_words() {
    let exited =
        |code: Option<i32>, complaint: &str| Ended::Exited { code, complaint: complaint.into() };
    let table = [
        (Ended::NotStarted("No such file".into()), "alamor check did not start: No such file"),
        (exited(Some(101), ""), "alamor check ended too early, with exit code 101"),
        (exited(Some(2), "error: no \u{1b}[2Jsettings"), "exit code 2: error: no [2Jsettings"),
        (exited(None, ""), "alamor check was killed before its end"),
        (Ended::Unreadable(2), "line 2 of what alamor check answered is no rung"),
        (Ended::TooLong, "alamor check was not over after 30 s, and was ended"),
    ];
    for (ended, said) in table {
        let mut state = opened(NARROW);
        let effects = keys(&mut state, "6");
        let rung = ladder().into_iter().take(1).map(Told::Rung);
        tell(&mut state, &effects, rung.chain([Told::Ended(ended)]));
        let screen = render(&state);
        assert!(screen.contains(said) && screen.contains("broken off"), "{said}\n{screen}");
        assert!(screen.contains("database     was being looked at"), "{screen}");
    }
}

#[test]
fn without_a_core_t_leads_to_the_ladder_wherever_one_is() {
    for screen in ["1", "2", "3", "4", "5"] {
        let mut state = opened(NARROW);
        state.session.access = Access::ReadOnly;
        keys(&mut state, screen);
        assert_eq!(starts(&keys(&mut state, "t")), Some(None), "{screen}");
        assert_eq!(state.screen, Screen::Troubleshoot);
    }
}

#[test]
fn it_is_tried_again_from_the_selected_rung_on() {
    let mut state = climbed(Lang::En, NARROW);
    assert_eq!(starts(&keys(&mut state, "r")), Some(Some("tls")));
    let screen = render(&state);
    assert!(screen.contains("TLS          looking, 0 s"), "{screen}");
    assert!(screen.contains("TCP          203.0.113.7:443 answers"), "{screen}");
    assert_eq!(starts(&keys(&mut state, "gr")), Some(None));
}

#[test]
fn who_leaves_ends_the_child_and_who_looks_closer_does_not() {
    let mut state = climbing(Lang::En, NARROW, 3);
    press(&mut state, KeyCode::Enter);
    assert_eq!(keys(&mut state, "?"), []);
    press(&mut state, KeyCode::Esc);
    assert_eq!(keys(&mut state, "1"), [Effect::Climb(Wish::Leave)]);
    assert_eq!(starts(&keys(&mut state, "6")), Some(None));
}

#[test]
fn a_purchase_leads_to_the_panel_that_is_to_blame() {
    let mut state = live(NARROW);
    list(&mut state, purchases(), 1_204);
    assert_eq!(keys(&mut state, "t"), [Effect::ProbePanel("fr-2".into())]);
    assert_eq!(state.screen, Screen::Panel);
    press(&mut state, KeyCode::Esc);
    assert_eq!(keys(&mut state, "jjt"), [Effect::ProbePanel("de-1".into())], "none is in trouble");
    press(&mut state, KeyCode::Esc);
    assert_eq!(starts(&keys(&mut state, "jjt")), Some(None), "it has no panels");
}

#[test]
fn a_report_is_written_of_what_was_found() {
    let mut state = live(NARROW);
    assert!(starts(&keys(&mut state, "6")).is_some());
    assert_eq!(keys(&mut state, "w"), [], "nothing was found yet");
    let mut state: State = climbed(Lang::En, NARROW);
    let effects = keys(&mut state, "w");
    let [Effect::Report(text)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(text.contains("tls        CRIT      served certificate expired yesterday"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn every_size_shows_the_selected_rung() {
    for columns in (40..130).step_by(9) {
        for rows in [10, 11, 15, 23, 24, 40] {
            let mut state = fixture::climbed(Lang::En, (columns, rows));
            assert!(render(&state).contains("TLS"), "{columns}x{rows}");
            keys(&mut state, "G");
            assert!(render(&state).contains("panels"), "{columns}x{rows}");
        }
    }
}
