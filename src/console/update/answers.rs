//! What the answers to our own requests do to the state.

use crate::api::Page;
use crate::api::jobs::{Item, JobAccepted};
use crate::api::purchases::PurchaseDetails;
use crate::client::ClientError;
use crate::console::format;
use crate::console::keymap::Screen;
use crate::console::message::{Answer, Effect};
use crate::console::reasons::of_client;
use crate::console::state::clock::Dated;
use crate::console::state::connection::Connection;
use crate::console::state::panel::Ladder;
use crate::console::state::{Purpose, Secrets, State};

use super::heard::{become_live, put_health, put_panel};
use super::jobs;

/// Applies one answer.
pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    let now = state.clock.now();
    let lang = state.session.lang;
    let say = lang.say();
    match answer {
        Answer::Health(Ok(health)) => {
            // A late answer must not call a connection live that was lost since.
            let open =
                !matches!(state.connection, Connection::Retrying(..) | Connection::Refused(..));
            let mut effects = if open { become_live(state) } else { Vec::new() };
            effects.extend(put_health(state, health));
            return effects;
        }
        Answer::Health(Err(_)) => {}
        Answer::RoundTrip(took) => state.link.put_round_trip(now, took),
        Answer::Purchases { generation, page: Ok(page) } => {
            let ahead = state.page() * 2;
            state.purchases.rows.take(generation, page, now, ahead);
        }
        Answer::Purchases { generation, page: Err(error) } => {
            state.purchases.rows.refuse(generation);
            state.say(say.note_list_not_read(of_client(lang, &error)));
        }
        Answer::Purchase { id, details } => {
            let open = state.details.as_mut().filter(|open| open.id == id);
            match (open, details) {
                (Some(open), Ok(value)) => open.found = Some(Dated { value, at: now }),
                (Some(open), Err(error)) => open.refused = Some(of_client(lang, &error)),
                (None, _) => {}
            }
        }
        Answer::Revealed { id, details } => return revealed(state, id, details),
        Answer::Exported(Ok(exported)) => {
            let rows = format::count(lang, exported.rows);
            state.say(say.note_exported(exported.rows, rows, exported.path));
        }
        Answer::Exported(Err(why)) => state.say(say.note_not_written(why)),
        Answer::Failed { job, page } => {
            let shown = state.job.job.as_ref().is_some_and(|shown| shown.value.id == job);
            match page {
                Ok(page) if shown => state.job.put_failed(page.items),
                Ok(_) => {}
                Err(error) => state.say(say.note_items_not_read(of_client(lang, &error))),
            }
        }
        Answer::Jobs(page) => jobs::take_list(state, page.map(|page| page.items)),
        Answer::Job { id, job } => jobs::take_job(state, id, job),
        Answer::Items { job, generation, page } => take_items(state, job, generation, page),
        Answer::Item { job, purchase, reveal, item } => {
            jobs::take_item(state, (job, purchase), reveal, item);
        }
        Answer::Compared { job, comparison } => {
            let open = state.opened_job.as_mut().filter(|open| open.id == job);
            match (open, comparison) {
                (Some(open), Ok(value)) => open.beside.found = Some(Dated { value, at: now }),
                (Some(open), Err(error)) => {
                    open.beside.refused = Some(of_client(lang, &error));
                }
                (None, _) => {}
            }
        }
        Answer::Probed { panel, rungs } => {
            let open = state.opened.as_mut().filter(|open| open.name == panel);
            match (open, rungs) {
                (Some(open), Ok(value)) => open.ladder = Ladder::Climbed(Dated { value, at: now }),
                (Some(open), Err(error)) => open.ladder = Ladder::Refused(of_client(lang, &error)),
                (None, _) => {}
            }
        }
        Answer::LoginRetried(Ok(panel)) => {
            state.say(say.note_may_log_in(&panel.name));
            put_panel(state, panel);
        }
        Answer::LoginRetried(Err(error)) => {
            state.say(say.note_nothing_changed(of_client(lang, &error)));
        }
        Answer::Started(Ok(accepted)) => started(state, &accepted),
        Answer::Started(Err(ClientError::JobRunning { job })) => {
            state.go_to(Screen::Update);
            state.say(say.note_another_kind(job));
        }
        Answer::Started(Err(error)) => {
            state.say(say.note_not_started(of_client(lang, &error)));
        }
        Answer::Cancelled(Ok(())) => {
            // Its end may be heard before the answer.
            if state.job.find_running().is_some() {
                state.say(say.note_cancelling());
            }
        }
        Answer::Cancelled(Err(error)) => {
            state.say(say.note_not_cancelled(of_client(lang, &error)));
        }
        Answer::Saved(Ok(file)) => state.say(say.note_saved(file)),
        Answer::Saved(Err(why)) => state.say(say.note_not_saved(why)),
    }
    Vec::new()
}

/// A page of a job's items came, or did not.
fn take_items(state: &mut State, job: i64, generation: u64, page: Result<Page<Item>, ClientError>) {
    let (now, ahead) = (state.clock.now(), state.page() * 2);
    let Some(open) = state.opened_job.as_mut().filter(|open| open.id == job) else { return };
    match page {
        Ok(page) => open.items.take(generation, page, now, ahead),
        Err(error) => {
            open.items.refuse(generation);
            let why = of_client(state.session.lang, &error);
            state.say(state.words().note_items_not_read(why));
        }
    }
}

/// What is secret comes: used only if its screen is still open and still wants it.
fn revealed(
    state: &mut State,
    id: i64,
    details: Result<PurchaseDetails, ClientError>,
) -> Vec<Effect> {
    let Some(open) = state.details.as_mut().filter(|open| open.id == id) else { return Vec::new() };
    let Secrets::Asked(purpose) = open.secrets else { return Vec::new() };
    match (details, purpose) {
        (Ok(details), Purpose::Copy) => {
            open.secrets = Secrets::Masked;
            return super::copy::address(state, details.address);
        }
        (Ok(details), Purpose::Show) => open.secrets = Secrets::Clear { address: details.address },
        (Ok(details), Purpose::Code) => {
            open.secrets = Secrets::Clear { address: details.address };
            state.open(Screen::Code);
        }
        (Err(error), _) => {
            open.secrets = Secrets::Masked;
            state.say(state.words().note_not_revealed(of_client(state.session.lang, &error)));
        }
    }
    Vec::new()
}

fn started(state: &mut State, accepted: &JobAccepted) {
    state.go_to(Screen::Update);
    let (say, id) = (state.words(), accepted.id);
    if accepted.joined {
        let by = Some(&accepted.by).filter(|by| !by.is_empty()).cloned();
        let by = by.unwrap_or_else(|| say.somebody_else());
        state.say(say.note_joined(id, by));
    } else {
        state.say(say.note_accepted(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::jobs::{Job, JobState};
    use crate::console::fixture::{
        details, hear_job, keys, list, live, press, purchases, running_job,
    };
    use crate::console::message::Message;
    use crate::console::update::update;
    use ratatui::crossterm::event::KeyCode;

    /// A console on which a purchase is open, and what the core says of it.
    fn opened() -> (State, PurchaseDetails) {
        let mut state = live((80, 24));
        list(&mut state, purchases(), 21);
        press(&mut state, KeyCode::Enter);
        let id = state.details.as_ref().unwrap().id;
        let told = details();
        let answer = Answer::Purchase { id, details: Ok(told.clone()) };
        update(&mut state, Message::Answer(answer));
        (state, told)
    }

    fn reveal(state: &mut State, told: &PurchaseDetails, address: &str) -> Vec<Effect> {
        let id = state.details.as_ref().unwrap().id;
        let told = PurchaseDetails { address: Some(address.to_owned()), ..told.clone() };
        update(state, Message::Answer(Answer::Revealed { id, details: Ok(told) }))
    }

    #[test]
    fn a_copied_address_is_not_shown() {
        let (mut state, told) = opened();
        let id = state.details.as_ref().unwrap().id;
        assert_eq!(keys(&mut state, "y"), [Effect::Reveal(id)]);
        let effects = reveal(&mut state, &told, "https://example.net/sub/s3cret");
        assert_eq!(effects, [Effect::Copy("https://example.net/sub/s3cret".to_owned())]);
        assert_eq!(state.details.as_ref().unwrap().secrets, Secrets::Masked);
        assert!(!state.note.as_ref().unwrap().text.contains("s3cret"));
    }

    #[test]
    fn a_code_is_shown_until_it_is_left_and_the_links_beside_it_are_not() {
        let (mut state, told) = opened();
        keys(&mut state, "o");
        assert_eq!(state.screen, Screen::Details, "the core has not told it yet");
        reveal(&mut state, &told, "https://example.net/sub/s3cret");
        assert_eq!(state.screen, Screen::Code);
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.screen, Screen::Details);
        assert_eq!(state.details.as_ref().unwrap().secrets, Secrets::Masked);
    }

    #[test]
    fn what_has_ended_is_not_being_cancelled() {
        let mut state = live((80, 24));
        let cancelled = || Message::Answer(Answer::Cancelled(Ok(())));
        hear_job(&mut state, running_job());
        update(&mut state, cancelled());
        assert!(state.note.is_some());
        hear_job(&mut state, Job { state: JobState::Cancelled, ..running_job() });
        state.note = None;
        update(&mut state, cancelled());
        assert!(state.note.is_none());
    }

    #[test]
    fn the_command_that_is_copied_holds_no_key() {
        let (mut state, _) = opened();
        let effects = keys(&mut state, "c");
        let [Effect::Copy(command)] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(command.starts_with("curl -X POST") && command.contains("$ADMIN_API_KEY"));
    }
}
