//! Overview as its checks make it: what is bad, how it is chosen, and what does not change the screen.

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;

use super::fixture::{
    self, at, checks, dead_panel, expired, health, hear, keys, live, live_in, pass, press, render,
    render_as,
};
use super::keymap::Screen;
use super::lang::Lang;
use super::look::Look;
use super::message::Effect;
use super::state::State;
use super::state::climb::Wish;
use crate::api::events::Event;
use crate::api::health::Health;
use crate::api::{Check, CheckState};
use crate::client::Heard;

const NARROW: (u16, u16) = (80, 24);

fn tell(state: &mut State, health: Health) {
    hear(state, Heard::Event(Event::Health(health)));
}

fn bad(size: (u16, u16)) -> State {
    let mut state = live(size);
    tell(&mut state, expired(health()));
    state
}

fn from(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Climb(Wish::Start { from, .. }) => from.as_deref(),
        _ => None,
    })
}

#[test]
fn what_is_bad_stands_first_at_every_size() {
    for (columns, rows) in [(40, 10), (80, 24), (120, 30), (200, 60)] {
        let screen = render(&bad((columns, rows)));
        assert_snapshot!(format!("overview_bad_{columns}x{rows}"), screen);
    }
    let look = Look::new(true, false);
    let screen = render_as(&bad((120, 40)), look);
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!("ascii_overview_bad", screen);
}

#[test]
fn t_and_enter_lead_to_the_rung_of_the_selected_check() {
    let mut state = bad(NARROW);
    assert_eq!(from(&keys(&mut state, "t")), Some("tls"), "the worst is selected");
    assert_eq!(state.screen, Screen::Troubleshoot);
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "j");
    assert!(render(&state).contains("▲ disk: 91 % of / are used; do: du -xhd1 / | sort -h"));
    assert_eq!(from(&press(&mut state, KeyCode::Enter)), Some("database"));
    let mut state = live(NARROW);
    let effects = keys(&mut state, "jt");
    assert!(matches!(effects[..], [Effect::Climb(Wish::Start { from: None, .. })]), "{effects:?}");
}

#[test]
fn a_bad_panel_leads_to_its_own_ladder() {
    let mut state = live(NARROW);
    let mut health = health();
    health.checks.push(Check {
        name: format!("panel {}", dead_panel().name),
        state: CheckState::Warn,
        reason: Some("it refused the connection".to_owned()),
        ..Check::default()
    });
    tell(&mut state, health);
    assert_eq!(keys(&mut state, "t"), [Effect::ProbePanel("fr-2".into())]);
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.screen, Screen::Overview);
}

#[test]
fn what_is_not_known_is_never_shown_as_well() {
    for kind in ["port", "tls", "endpoint", "process"] {
        let mut state = live((120, 30));
        let mut health = health();
        for check in health.checks.iter_mut().filter(|check| check.kind() == kind) {
            check.state = CheckState::Unknown;
            check.reason = Some("nobody may look there".to_owned());
            check.facts.clear();
        }
        tell(&mut state, health);
        let unknown = render(&state);
        let is_told = ["? nobody may look there", "? public: nobody may look there"]
            .iter()
            .any(|text| unknown.contains(text));
        assert!(is_told || kind == "process", "{unknown}");
        let health = Health { checks: Vec::new(), ..fixture::health() };
        tell(&mut state, health);
        let unlooked = render(&state);
        assert!(unlooked.contains("not measured yet"), "{unlooked}");
        for well in ["listening", "public 200", "days left", "names match", "renewed"] {
            assert!(!unlooked.contains(well), "{well}: {unlooked}");
        }
    }
}

#[test]
fn a_certificate_that_is_not_the_served_one_is_told_and_so_is_its_last_day() {
    let with = |facts: &[(&str, &str)]| {
        let mut state = live((120, 30));
        let mut health = health();
        let tls = health.checks.iter_mut().find(|check| check.kind() == "tls").unwrap();
        for (name, value) in facts {
            tls.facts.insert((*name).to_owned(), (*value).to_owned());
        }
        tell(&mut state, health);
        // Facts alone are shown with the next minute.
        pass(&mut state, Duration::from_secs(60));
        render(&state)
    };
    assert!(with(&[]).contains("on disk = served = public"));
    assert!(with(&[("disk", "04ff")]).contains("on disk ≠ served = public"));
    assert!(with(&[("disk", "none"), ("public", "05aa")]).contains("served ≠ public"));
    assert!(with(&[("not_after", "2026-11-24T19:30:00Z")]).contains("5 h left"));
}

#[test]
fn what_was_measured_anew_is_no_reason_to_draw() {
    let mut state = live((120, 40));
    let before = render(&state);
    for (second, latency) in [(10, "48"), (20, "61"), (30, "39")] {
        pass(&mut state, Duration::from_secs(second));
        let mut health = health();
        health.now_at = at("2026-11-24T14:03:12Z")
            .checked_add(jiff::SignedDuration::from_secs(i64::try_from(second).unwrap()))
            .unwrap();
        for check in &mut health.checks {
            check.checked_at = Some(health.now_at);
            check.took_ms = Some(second);
            check.evidence = Some(format!("looked at in {latency} ms"));
            check.facts.insert("latency_ms".to_owned(), latency.to_owned());
            check.facts.insert("cpu_percent".to_owned(), latency.to_owned());
        }
        tell(&mut state, health);
        assert_eq!(render(&state), before);
    }
    pass(&mut state, Duration::from_secs(48));
    let after = render(&state);
    assert!(after.contains("14:04") && after.contains("public 200 in 39 ms"), "{after}");
}

#[test]
fn the_age_of_a_check_is_told_once_it_is_worth_knowing() {
    let mut state = live((120, 30));
    assert!(!render(&state).contains("min ago"), "{}", render(&state));
    pass(&mut state, Duration::from_secs(7 * 60));
    assert!(render(&state).contains("127.0.0.1:8080 listening  6 min ago"), "{}", render(&state));
}

#[test]
fn a_check_that_turns_is_shown_at_once() {
    let mut state = live(NARROW);
    let check = Check {
        state: CheckState::Crit,
        reason: Some("nothing listens on 127.0.0.1:8080".to_owned()),
        ..checks().remove(5)
    };
    hear(&mut state, Heard::Event(Event::Check(check)));
    let screen = render(&state);
    assert!(screen.contains("✖ port: nothing listens on 127.0.0.1:8080"), "{screen}");
    let label = screen.lines().position(|line| line.starts_with(" Port")).unwrap();
    let core = screen.lines().position(|line| line.starts_with(" Core")).unwrap();
    assert!(label < core, "what is bad stands first: {screen}");
}

#[test]
fn the_cards_are_spoken_in_every_language() {
    for (lang, code) in [(Lang::Ru, "ru"), (Lang::Fa, "fa")] {
        let screens = [NARROW, (120, 30)].map(|size| {
            let mut state = live_in(lang, size);
            tell(&mut state, expired(health()));
            render(&state)
        });
        assert_snapshot!(format!("overview_bad_{code}"), screens.join("\n"));
    }
}
