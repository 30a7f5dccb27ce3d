//! What the answers to our own requests do to the state.

use crate::api::jobs::JobAccepted;
use crate::client::ClientError;
use crate::console::keymap::Screen;
use crate::console::message::{Answer, Effect};
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::state::connection::Connection;
use crate::console::state::panel::Ladder;

use super::heard::{become_live, put_health, put_panel};

/// Applies one answer.
pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    let now = state.clock.now();
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
        Answer::Purchases { generation, page: Ok(page) } => {
            let ahead = state.page() * 2;
            state.purchases.take(generation, page, now, ahead);
        }
        Answer::Purchases { generation, page: Err(error) } => {
            state.purchases.refuse(generation);
            state.say(format!("the list was not read: {error}"));
        }
        Answer::Purchase { id, details } => {
            let open = state.details.as_mut().filter(|open| open.id == id);
            match (open, details) {
                (Some(open), Ok(value)) => open.found = Some(Dated { value, at: now }),
                (Some(open), Err(error)) => open.refused = Some(error.to_string()),
                (None, _) => {}
            }
        }
        Answer::Failed { job, page } => {
            let shown = state.job.job.as_ref().is_some_and(|shown| shown.value.id == job);
            match page {
                Ok(page) if shown => state.job.put_failed(page.items),
                Ok(_) => {}
                Err(error) => state.say(format!("the items were not read: {error}")),
            }
        }
        Answer::Probed { panel, rungs } => {
            let open = state.opened.as_mut().filter(|open| open.name == panel);
            match (open, rungs) {
                (Some(open), Ok(value)) => open.ladder = Ladder::Climbed(Dated { value, at: now }),
                (Some(open), Err(error)) => open.ladder = Ladder::Refused(error.to_string()),
                (None, _) => {}
            }
        }
        Answer::LoginRetried(Ok(panel)) => {
            state.say(format!("{} may be asked with its password again", panel.name));
            put_panel(state, panel);
        }
        Answer::LoginRetried(Err(error)) => state.say(format!("nothing was changed: {error}")),
        Answer::Started(Ok(accepted)) => started(state, &accepted),
        Answer::Started(Err(ClientError::JobRunning { job })) => {
            state.go_to(Screen::Update);
            state
                .say(format!("nothing was started: update #{job} is running, another kind of one"));
        }
        Answer::Started(Err(error)) => state.say(format!("nothing was started: {error}")),
        Answer::Cancelled(Ok(())) => {
            state.say("it is being cancelled: what is on its way ends first");
        }
        Answer::Saved(Ok(file)) => state.say(format!("saved as {file}")),
        Answer::Saved(Err(why)) => state.say(format!("nothing was saved: {why}")),
        Answer::Cancelled(Err(error)) => state.say(format!("it was not cancelled: {error}")),
    }
    Vec::new()
}

fn started(state: &mut State, accepted: &JobAccepted) {
    state.go_to(Screen::Update);
    let id = accepted.id;
    if accepted.joined {
        let by = if accepted.by.is_empty() { "somebody else" } else { &accepted.by };
        state.say(format!("update #{id} was already running, started by {by}: this is it"));
    } else {
        state.say(format!("update #{id} is accepted; it goes on without this console"));
    }
}
