//! What keys and answers do with the last jobs: open one, an item of it, and what is different.
//!
//! Invariant: looking changes nothing, so nothing is asked; without the core nothing new is read.

use crate::api::jobs::{Item, Job};
use crate::client::ClientError;
use crate::console::keymap::Screen;
use crate::console::message::Effect;
use crate::console::reasons::of_client;
use crate::console::state::clock::Dated;
use crate::console::state::history::{Beside, Clear, OpenedItem, OpenedJob};
use crate::console::state::{Details, State};

/// Opens the list of the last jobs.
pub(super) fn open_list(state: &mut State) -> Vec<Effect> {
    state.open(Screen::Jobs);
    vec![Effect::ListJobs]
}

/// Opens a job, on its own screen.
pub(super) fn open_job(state: &mut State, id: i64) -> Vec<Effect> {
    if state.opened_job.as_ref().is_none_or(|open| open.id != id) {
        let known = state.jobs.rows.iter().flatten().find(|job| job.value.id == id);
        state.opened_job = Some(Box::new(OpenedJob::new(id, known.cloned())));
    } else if let Some(open) = &mut state.opened_job {
        open.items.outdate();
    }
    state.open(Screen::Job);
    vec![Effect::OpenJob(id)]
}

/// Opens what is selected on one of these screens, and on Update.
pub(super) fn open_selected(state: &mut State) -> Vec<Effect> {
    match state.screen {
        Screen::Jobs => {
            let id = state.jobs.find_selected().map(|job| job.value.id);
            id.map_or_else(Vec::new, |id| open_job(state, id))
        }
        Screen::Job => {
            let Some(open) = &state.opened_job else { return Vec::new() };
            let is_dry = open.job.as_ref().is_some_and(|job| job.value.dry_run);
            let item = open.items.find_selected().cloned();
            open_item(state, open.id, is_dry, item)
        }
        Screen::Compare => {
            let open = state.opened_job.as_ref();
            let id = open.and_then(|open| open.beside.find_selected()).map(|one| one.purchase_id);
            id.map_or_else(Vec::new, |id| open_purchase(state, id))
        }
        Screen::Item => {
            let id = state.opened_item.as_ref().map(|open| open.purchase);
            id.map_or_else(Vec::new, |id| open_purchase(state, id))
        }
        _ => {
            let Some(Dated { value: job, at }) = &state.job.job else { return Vec::new() };
            let item = state.job.find_selected().cloned();
            let item = item.map(|value| Dated { value, at: *at });
            open_item(state, job.id, job.dry_run, item)
        }
    }
}

/// Opens an item: of a dry run itself, for what would change; of another job its purchase.
fn open_item(state: &mut State, job: i64, is_dry: bool, item: Option<Dated<Item>>) -> Vec<Effect> {
    let Some(purchase) = item.as_ref().map(|item| item.value.purchase_id) else {
        return Vec::new();
    };
    if !is_dry {
        return open_purchase(state, purchase);
    }
    state.opened_item = Some(Box::new(OpenedItem::new(job, purchase, item)));
    state.open(Screen::Item);
    vec![Effect::OpenItem { job, purchase, reveal: false }]
}

pub(super) fn open_purchase(state: &mut State, id: i64) -> Vec<Effect> {
    state.details = Some(Details::new(id));
    state.open(Screen::Details);
    vec![Effect::OpenPurchase(id)]
}

/// Puts the job beside the last one of its kind.
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    let Some(open) = &mut state.opened_job else { return Vec::new() };
    let job = open.id;
    open.beside = Beside::default();
    state.open(Screen::Compare);
    vec![Effect::CompareJob(job)]
}

/// Lists only the items that did not succeed, or all again.
pub(super) fn toggle_failed_only(state: &mut State) {
    if let Some(open) = &mut state.opened_job {
        let (filter, failed_only) = (open.filter.clone(), !open.failed_only);
        open.choose(filter, failed_only);
    }
}

/// Asks for the opened item's links whole; those that are shown are masked again.
pub(super) fn reveal(state: &mut State) -> Vec<Effect> {
    let is_live = state.connection.is_live();
    let Some(open) = &mut state.opened_item else { return Vec::new() };
    if open.clear != Clear::No {
        open.clear = Clear::No;
        return Vec::new();
    }
    if !is_live {
        state.say(state.words().note_stale_reveal());
        return Vec::new();
    }
    open.clear = Clear::Asked;
    vec![Effect::OpenItem { job: open.job, purchase: open.purchase, reveal: true }]
}

/// The list of jobs came, or did not.
pub(super) fn take_list(state: &mut State, jobs: Result<Vec<Job>, ClientError>) {
    let (now, lang) = (state.clock.now(), state.session.lang);
    match jobs {
        Ok(jobs) => state.jobs.replace(jobs, now),
        Err(error) => state.jobs.refused = Some(of_client(lang, &error)),
    }
}

/// A job came, or did not.
pub(super) fn take_job(state: &mut State, id: i64, job: Result<Job, ClientError>) {
    let (now, lang) = (state.clock.now(), state.session.lang);
    let Some(open) = state.opened_job.as_mut().filter(|open| open.id == id) else { return };
    match job {
        Ok(job) => {
            if open.put(&job, now) {
                open.items.outdate();
            }
        }
        Err(error) => open.refused = Some(of_client(lang, &error)),
    }
}

/// An item came, or did not. Whole links are used only if their screen still wants them.
pub(super) fn take_item(
    state: &mut State,
    place: (i64, i64),
    reveal: bool,
    item: Result<Item, ClientError>,
) {
    let (now, lang) = (state.clock.now(), state.session.lang);
    let open = state.opened_item.as_mut().filter(|open| (open.job, open.purchase) == place);
    let Some(open) = open else { return };
    match (item, reveal) {
        (Ok(value), false) => open.item = Some(Dated { value, at: now }),
        (Ok(value), true) if open.clear == Clear::Asked => {
            open.clear = Clear::Shown(Box::new(value));
        }
        (Ok(_), true) => {}
        (Err(error), false) => open.refused = Some(of_client(lang, &error)),
        (Err(error), true) => {
            open.clear = Clear::No;
            state.say(state.words().note_not_revealed(of_client(lang, &error)));
        }
    }
}

/// What is shown of jobs is read again: it may have changed unheard.
pub(super) fn read_anew(state: &mut State) -> Vec<Effect> {
    if let Some(open) = &mut state.opened_job {
        open.items.outdate();
    }
    match (state.screen, &state.opened_job) {
        (Screen::Jobs, _) => vec![Effect::ListJobs],
        (Screen::Job, Some(open)) => vec![Effect::OpenJob(open.id)],
        (Screen::Compare, Some(open)) => vec![Effect::CompareJob(open.id)],
        _ => Vec::new(),
    }
}

/// A job began, went on or ended: so it does where it is listed or open.
pub(super) fn hear_job(state: &mut State, job: &Job) {
    let now = state.clock.now();
    state.jobs.put(job, now);
    if let Some(open) = state.opened_job.as_mut().filter(|open| open.id == job.id)
        && open.put(job, now)
    {
        open.items.outdate();
    }
}

/// An item of a job ended.
pub(super) fn hear_item(state: &mut State, job: i64, item: &Item) {
    let now = state.clock.now();
    if let Some(open) = state.opened_job.as_mut().filter(|open| open.id == job) {
        open.put_item(item, now);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyCode;

    use super::*;
    use crate::api::Page;
    use crate::api::jobs::JobState;
    use crate::console::fixture::{
        compared, done_job, dry_job, hear_job as hear, history, in_history, item, keys, live,
        opened_item, opened_job, press, previewed, render, running_job,
    };
    use crate::console::message::{Answer, Message};
    use crate::console::update::update;

    const SIZE: (u16, u16) = (80, 24);

    #[test]
    fn the_history_is_opened_from_the_update_and_esc_leads_back_step_by_step() {
        let mut state = live(SIZE);
        assert_eq!(keys(&mut state, "3h"), [Effect::ListJobs]);
        update(&mut state, Message::Answer(Answer::Jobs(Ok(history()))));
        keys(&mut state, "j");
        let effects = press(&mut state, KeyCode::Enter);
        let job = state.opened_job.as_ref().unwrap().id;
        assert!(
            matches!(
                effects.as_slice(),
                [Effect::OpenJob(id), Effect::ListItems { job: of, .. }] if *id == job && *of == job
            ),
            "{effects:?}"
        );
        let mut seen = Vec::new();
        for _ in 0..3 {
            press(&mut state, KeyCode::Esc);
            seen.push(state.screen);
        }
        assert_eq!(seen, [Screen::Jobs, Screen::Update, Screen::Overview]);
    }

    #[test]
    fn an_item_opens_its_purchase_and_one_of_a_dry_run_what_would_change() {
        let mut state = opened_job(SIZE, &done_job());
        let effects = press(&mut state, KeyCode::Enter);
        assert!(matches!(effects.as_slice(), [Effect::OpenPurchase(_)]), "{effects:?}");
        assert_eq!(state.screen, Screen::Details);
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.screen, Screen::Job);
        let mut state = opened_job(SIZE, &dry_job());
        let effects = press(&mut state, KeyCode::Enter);
        let [Effect::OpenItem { job: 44, purchase, reveal: false }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!(state.screen, Screen::Item);
        assert_eq!(press(&mut state, KeyCode::Enter), [Effect::OpenPurchase(*purchase)]);
    }

    #[test]
    fn a_hundred_thousand_items_scroll_a_page_at_a_time() {
        let mut state = opened_job(SIZE, &done_job());
        let ask = |effects: &[Effect]| match effects {
            [Effect::ListItems { generation, query, .. }] => (*generation, query.offset),
            other => panic!("{other:?}"),
        };
        let first = keys(&mut state, "f");
        let (generation, offset) = ask(&first);
        assert_eq!(offset, Some(0));
        let answer = |generation, from: i64| {
            let items = (from..from + 200).map(item).collect();
            let page = Ok(Page { items, next_cursor: None, total: Some(100_000) });
            Message::Answer(Answer::Items { job: 42, generation, page })
        };
        update(&mut state, answer(generation, 0));
        let (generation, offset) = ask(&keys(&mut state, "G"));
        assert_eq!(offset, Some(99_800));
        assert_eq!(press(&mut state, KeyCode::Enter), [], "not there yet");
        update(&mut state, answer(generation, 99_800));
        assert!(render(&state).contains("#99999"), "{}", render(&state));
    }

    #[test]
    fn items_are_filtered_as_they_are_written_and_esc_takes_it_back() {
        let mut state = opened_job(SIZE, &done_job());
        let effects = keys(&mut state, "/outcome:kept");
        assert_eq!(effects, [], "one page is on its way");
        assert_eq!(state.opened_job.as_ref().unwrap().filter.text, "outcome:kept");
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.opened_job.as_ref().unwrap().filter.text, "");
        keys(&mut state, "/colour:red");
        press(&mut state, KeyCode::Enter);
        assert!(state.input.is_some(), "a mistake is there to be put right");
    }

    #[test]
    fn whole_links_are_shown_until_the_screen_is_left() {
        let mut state = opened_item(SIZE);
        assert!(!render(&state).contains("s3cret"));
        let effects = keys(&mut state, "v");
        assert_eq!(effects, [Effect::OpenItem { job: 44, purchase: 1_041, reveal: true }]);
        let answer = || {
            let item = Ok(previewed(true));
            Message::Answer(Answer::Item { job: 44, purchase: 1_041, reveal: true, item })
        };
        update(&mut state, answer());
        assert!(render(&state).contains("s3cret"), "{}", render(&state));
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.opened_item.as_ref().unwrap().clear, Clear::No);
        update(&mut state, answer());
        assert_eq!(state.opened_item.as_ref().unwrap().clear, Clear::No, "nobody wants it now");
    }

    #[test]
    fn a_running_job_in_the_history_goes_on_and_its_end_reads_the_items_anew() {
        let mut state = in_history(SIZE);
        hear(&mut state, Job { id: 45, ..running_job() });
        assert_eq!(state.jobs.len(), 5);
        let mut state = opened_job(SIZE, &running_job());
        let done = Job { state: JobState::Done, ..running_job() };
        let effects = hear(&mut state, done);
        assert!(
            effects.iter().any(|effect| matches!(effect, Effect::ListItems { job: 43, .. })),
            "{effects:?}"
        );
    }

    #[test]
    fn a_comparison_opens_what_differs() {
        let mut state = compared(SIZE);
        keys(&mut state, "j");
        assert_eq!(press(&mut state, KeyCode::Enter), [Effect::OpenPurchase(1_022)]);
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.screen, Screen::Compare);
    }
}
