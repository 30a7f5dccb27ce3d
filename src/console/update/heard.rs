//! What the event stream does to the state.
//!
//! Invariant: what was heard is never taken back by a loss; it is only marked as old.

use crate::api::checks::Check;
use crate::api::events::{Event, Snapshot};
use crate::api::health::Health;
use crate::api::jobs::Job;
use crate::api::panels::Panel;
use crate::client::Heard;
use crate::console::format;
use crate::console::keymap::Screen;
use crate::console::message::Effect;
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::connection::Connection;

use super::jobs;

/// Applies one thing heard.
pub(super) fn hear(state: &mut State, heard: Heard) -> Vec<Effect> {
    match heard {
        Heard::Connected => {
            state.connection = state.connection.asking();
            vec![Effect::CheckHealth]
        }
        Heard::Event(event) => {
            let mut effects = become_live(state);
            effects.extend(apply(state, event));
            effects
        }
        Heard::Lost { cause } => {
            if state.connection.is_live() {
                // What was said of a core that was heard may be true no longer.
                state.note = None;
            }
            state.connection = state.connection.lost(cause, state.clock.now());
            state.link.forget();
            Vec::new()
        }
        Heard::Retrying { after } => {
            let now = state.clock.now();
            let at = now.checked_add(after).unwrap_or(now);
            state.connection = state.connection.retrying(at);
            Vec::new()
        }
    }
}

/// The core is heard: what was missed meanwhile is read anew.
pub(super) fn become_live(state: &mut State) -> Vec<Effect> {
    if state.connection.is_live() {
        return Vec::new();
    }
    state.connection = Connection::Live;
    read_anew(state)
}

/// The core's health, as an event or as an answer.
pub(super) fn put_health(state: &mut State, health: Health) -> Vec<Effect> {
    state.clock.hear(health.now_at);
    let before = state.health.as_ref().map(|known| known.value.instance.clone());
    let restarted = before.is_some_and(|before| before != health.instance);
    let at = health.now_at;
    state.checks.hear(&health.checks, state.clock.shown());
    state.health = Some(Dated { value: health, at });
    if !restarted {
        return Vec::new();
    }
    state.say(state.words().note_restarted());
    read_anew(state)
}

fn apply(state: &mut State, event: Event) -> Vec<Effect> {
    let now = state.clock.now();
    match event {
        Event::Snapshot(snapshot) => replace(state, snapshot),
        Event::Health(health) => {
            let mut effects = put_health(state, health);
            if state.link.wants_measuring(now) {
                effects.push(Effect::MeasureRoundTrip);
            }
            effects
        }
        Event::Job(job) => put_job(state, job),
        Event::Item(ended) => {
            jobs::hear_item(state, ended.job, &ended.item);
            let Some(job) = state.job.job.as_ref().filter(|job| job.value.id == ended.job) else {
                return Vec::new();
            };
            if !job.value.dry_run {
                state.purchases.put_item(&ended.item, now);
            }
            let id = ended.item.purchase_id;
            state.job.put_item(ended.item);
            reopen(state, Some(id))
        }
        Event::Panel(panel) => {
            put_panel(state, panel);
            Vec::new()
        }
        Event::Check(check) => {
            put_check(state, check);
            Vec::new()
        }
        Event::Purchase(purchase) => {
            state.purchases.put(&purchase, now);
            reopen(state, Some(purchase.id))
        }
        Event::Changed {} => read_anew(state),
        Event::Lost { events } => {
            let count = format::count(state.session.lang, events);
            state.say(state.words().note_missed(events, count));
            let mut effects = read_anew(state);
            effects.push(Effect::CheckHealth);
            effects
        }
    }
}

fn replace(state: &mut State, snapshot: Snapshot) -> Vec<Effect> {
    let mut effects = put_health(state, snapshot.health);
    state.has_snapshot = true;
    let at = state.clock.now();
    let panels = snapshot.panels.into_iter().map(|value| Dated { value, at }).collect();
    state.follow_panel(|state| state.panels = panels);
    match snapshot.job {
        Some(job) => {
            // Another database counts its jobs from 1 again.
            if state.job.job.as_ref().is_some_and(|known| known.value.id > job.id) {
                state.job.job = None;
            }
            state.job.put(job, at);
        }
        None => state.job.job = None,
    }
    state.job.replace_items(snapshot.items);
    effects.extend(list_failed(state));
    effects
}

/// What turned is shown at once; the verdict on all comes with the next health.
fn put_check(state: &mut State, check: Check) {
    let Some(health) = &mut state.health else { return };
    let checks = &mut health.value.checks;
    match checks.iter_mut().find(|known| known.name == check.name) {
        Some(known) => *known = check,
        None => checks.push(check),
    }
    state.checks.hear(&health.value.checks, state.clock.shown());
}

fn put_job(state: &mut State, job: Job) -> Vec<Effect> {
    let id = job.id;
    jobs::hear_job(state, &job);
    if !state.job.put(job, state.clock.now()) {
        return Vec::new();
    }
    match state.screen {
        // Its end is before the operator's eyes; that it goes on is not true any more.
        Screen::Update => state.note = None,
        _ => state.say(state.words().note_ended(id)),
    }
    let mut effects = read_anew(state);
    effects.extend(list_failed(state));
    effects
}

/// One panel changed.
pub(super) fn put_panel(state: &mut State, panel: Panel) {
    let at = state.clock.now();
    state.follow_panel(|state| {
        match state.panels.binary_search_by(|known| known.value.name.cmp(&panel.name)) {
            Ok(index) => state.panels[index] = Dated { value: panel, at },
            Err(index) => state.panels.insert(index, Dated { value: panel, at }),
        }
    });
}

/// The core's items that did not succeed, if they are what is shown.
pub(super) fn list_failed(state: &State) -> Option<Effect> {
    let job = state.job.job.as_ref().filter(|_| state.job.failed_only)?;
    Some(Effect::ListFailed(job.value.id))
}

fn read_anew(state: &mut State) -> Vec<Effect> {
    state.purchases.rows.outdate();
    let mut effects = jobs::read_anew(state);
    effects.extend(reopen(state, None));
    effects
}

/// Asks for the opened purchase again, if it is the one that changed (`None`: any may have).
fn reopen(state: &State, changed: Option<i64>) -> Vec<Effect> {
    let open = state.details.as_ref().filter(|_| state.screen == Screen::Details);
    let open = open.filter(|open| changed.is_none_or(|id| id == open.id));
    open.map(|open| Effect::OpenPurchase(open.id)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::jobs::{JobAccepted, JobState};
    use crate::client::{ClientError, NotReached};
    use crate::console::fixture::{
        self, done_job, hear, hear_job, items, keys, list, live, opened, purchases, running_job,
    };
    use crate::console::message::{Answer, Message};
    use crate::console::update::update;

    const SIZE: (u16, u16) = (80, 24);

    fn lost(cause: NotReached) -> Heard {
        Heard::Lost { cause: ClientError::NotReached { url: "http://core".into(), cause } }
    }

    fn ended(job: i64) -> Heard {
        let item = items().remove(0);
        Heard::Event(Event::Item(crate::api::events::ItemEnded { job, item }))
    }

    #[test]
    fn a_loss_keeps_what_is_shown_and_an_event_ends_it() {
        let mut state = live(SIZE);
        fixture::pass(&mut state, Duration::from_secs(5));
        hear(&mut state, lost(NotReached::Silent));
        let since = state.connection.loss().unwrap().since;
        assert_eq!(since, Some(state.clock.now()));
        assert_eq!(state.panels.len(), 10);
        hear(&mut state, Heard::Retrying { after: Duration::from_secs(1) });
        assert_eq!(hear(&mut state, Heard::Connected), [Effect::CheckHealth]);
        assert!(!state.connection.is_live(), "headers alone are no news");
        hear(&mut state, Heard::Event(Event::Health(fixture::health())));
        assert!(state.connection.is_live());
    }

    #[test]
    fn a_late_answer_does_not_call_a_lost_connection_live() {
        let mut state = live(SIZE);
        hear(&mut state, lost(NotReached::Cut));
        hear(&mut state, Heard::Retrying { after: Duration::from_secs(1) });
        update(&mut state, Message::Answer(Answer::Health(Ok(fixture::health()))));
        assert!(!state.connection.is_live());
        hear(&mut state, Heard::Connected);
        update(&mut state, Message::Answer(Answer::Health(Ok(fixture::health()))));
        assert!(state.connection.is_live());
    }

    #[test]
    fn a_core_that_restarted_is_read_anew() {
        let mut state = live(SIZE);
        list(&mut state, purchases(), 21);
        let health = Health { instance: "b".to_owned(), ..fixture::health() };
        let effects = hear(&mut state, Heard::Event(Event::Health(health)));
        assert!(matches!(effects.as_slice(), [Effect::ListPurchases { .. }]), "{effects:?}");
        assert!(state.note.as_ref().unwrap().text.contains("restarted"));
    }

    #[test]
    fn ended_items_are_written_into_the_table_unless_nothing_was_written() {
        let state_of = |dry_run| {
            let mut state = live(SIZE);
            list(&mut state, purchases(), 21);
            hear_job(&mut state, Job { dry_run, ..running_job() });
            hear(&mut state, ended(43));
            let mut rows = (0..21).filter_map(|index| state.purchases.rows.find(index));
            let row = rows.find(|row| row.value.id == 1_022).unwrap();
            (row.value.age_ms, state.job.shown().len())
        };
        assert_eq!(state_of(false), (Some(0), 1));
        assert_eq!(state_of(true), (None, 1));
    }

    #[test]
    fn an_item_of_another_job_is_not_shown() {
        let mut state = live(SIZE);
        hear_job(&mut state, running_job());
        hear(&mut state, ended(42));
        assert!(state.job.shown().is_empty());
    }

    #[test]
    fn the_end_of_a_job_is_told_once_and_rereads_the_table() {
        let mut state = live(SIZE);
        list(&mut state, purchases(), 21);
        assert_eq!(hear_job(&mut state, running_job()), []);
        let done = Job { id: 43, state: JobState::Done, ..done_job() };
        let effects = hear_job(&mut state, done.clone());
        assert!(matches!(effects.as_slice(), [Effect::ListPurchases { .. }]), "{effects:?}");
        assert_eq!(hear_job(&mut state, done), []);
    }

    /// A console that just started a job, and shows it.
    fn started() -> State {
        let mut state = live(SIZE);
        let (id, state_of, by) = (43, JobState::Running, String::new());
        let accepted = JobAccepted { id, state: state_of, joined: false, by };
        update(&mut state, Message::Answer(Answer::Started(Ok(accepted))));
        hear_job(&mut state, running_job());
        assert!(state.note.as_ref().unwrap().text.contains("goes on"));
        state
    }

    #[test]
    fn that_an_update_goes_on_is_said_until_it_ends_or_the_core_is_lost() {
        let mut ends = started();
        hear_job(&mut ends, Job { id: 43, state: JobState::Done, ..done_job() });
        assert_eq!(ends.note, None);

        let mut loses = started();
        hear(&mut loses, lost(NotReached::Cut));
        assert_eq!(loses.note, None);
        loses.say("nothing is changed before it is");
        hear(&mut loses, lost(NotReached::Cut));
        assert!(loses.note.is_some(), "what was said of the loss is true still");
    }

    #[test]
    fn the_opened_purchase_is_read_again_when_it_changes() {
        let mut state = live(SIZE);
        list(&mut state, purchases(), 21);
        keys(&mut state, "j");
        fixture::press(&mut state, ratatui::crossterm::event::KeyCode::Enter);
        let other = Heard::Event(Event::Purchase(fixture::purchase(7)));
        assert_eq!(hear(&mut state, other), []);
        let this = Heard::Event(Event::Purchase(fixture::purchase(1_039)));
        assert_eq!(hear(&mut state, this), [Effect::OpenPurchase(1_039)]);
        let lost = Heard::Event(Event::Lost { events: 3 });
        assert_eq!(hear(&mut state, lost), [Effect::OpenPurchase(1_039), Effect::CheckHealth]);
    }

    #[test]
    fn what_idles_wakes_once_a_minute_and_a_countdown_every_second() {
        let mut state = live(SIZE);
        assert_eq!(state.next_change(), Duration::from_secs(48));
        hear_job(&mut state, running_job());
        assert!(state.next_change() <= Duration::from_secs(1));
        hear(&mut state, lost(NotReached::Cut));
        assert_eq!(state.next_change(), Duration::from_secs(10), "the age of what is shown");
        hear(&mut state, Heard::Retrying { after: Duration::from_millis(2_500) });
        assert_eq!(state.next_change(), Duration::from_millis(500));
        let mut fresh = opened(SIZE);
        fixture::pass(&mut fresh, Duration::from_secs(1));
        assert_eq!(fresh.next_change(), Duration::from_secs(47));
    }
}
