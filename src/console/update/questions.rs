//! Questions before what cannot be taken back: how they are put, and what becomes of an answer.

use ratatui::crossterm::event::KeyCode;

use crate::console::keymap::{Action, Key, Screen};
use crate::console::message::{Effect, Format};
use crate::console::picture::PictureFormat;
use crate::console::state::State;
use crate::console::state::question::{How, Plan, Question, Target};

/// Answers a question with one key; a key that is no answer leaves it.
pub(super) fn answer(state: &mut State, question: Question, key: Key) -> Vec<Effect> {
    let yes = matches!(key, Key::Code(KeyCode::Enter) | Key::Char('y' | 'Y'));
    let no = matches!(key, Key::Code(KeyCode::Esc) | Key::Char('n' | 'N' | 'q'));
    let dry = matches!(key, Key::Char('d' | 'D'));
    let json = matches!(key, Key::Char('j' | 'J'));
    if no {
        return Vec::new();
    }
    if (yes || dry) && question.changes() && !state.connection.is_live() {
        refuse_stale(state);
        return Vec::new();
    }
    match question {
        Question::Start(plan) if yes || dry => {
            state.say(state.words().note_asking());
            let job = plan.job(dry, &state.session.by);
            return vec![match plan.unread() {
                Some(listed) => Effect::StartListed { listed: listed.clone(), job },
                None => Effect::StartJob(job),
            }];
        }
        Question::Export { listed } if yes || json || key == Key::Char('c') => {
            state.say(state.words().note_writing_list());
            let format = if json { Format::Json } else { Format::Csv };
            return vec![Effect::Export { listed: *listed, format }];
        }
        Question::Cancel { job, .. } if yes => return vec![Effect::CancelJob(job)],
        Question::RetryLogin { panel } if yes => {
            state.say(state.words().note_asking());
            return vec![Effect::RetryLogin(panel)];
        }
        Question::Quit { .. } if yes => return vec![Effect::Quit],
        Question::Save if let Some(format) = picture_format(key) => {
            return vec![Effect::Save(format)];
        }
        other => state.question = Some(other),
    }
    Vec::new()
}

/// What a key asks for when a screen is saved.
fn picture_format(key: Key) -> Option<PictureFormat> {
    match key {
        Key::Char('t') => Some(PictureFormat::Text),
        Key::Char('a') => Some(PictureFormat::Ansi),
        Key::Char('s') => Some(PictureFormat::Svg),
        Key::Char(_) | Key::Ctrl(_) | Key::Code(_) => None,
    }
}

/// Asks a question, unless the core would not hear the answer.
pub(super) fn ask(state: &mut State, question: impl Fn(&mut State) -> Option<Question>) {
    if state.connection.is_live() {
        state.question = question(state);
    } else {
        refuse_stale(state);
    }
}

fn refuse_stale(state: &mut State) {
    state.say(state.words().note_stale());
}

/// The question before an update, or the running one that is in its way.
pub(super) fn start(state: &mut State, target: Target, how: How) -> Option<Question> {
    let Some(job) = state.job.find_running() else {
        return Some(Question::Start(Plan { target, how }));
    };
    let cancels = state.keymap.shown(Screen::Update, Action::Cancel);
    let text = state.words().note_in_the_way(job.id, &job.by, cancels);
    state.go_to(Screen::Update);
    state.say(text);
    None
}

pub(super) fn retry(state: &mut State) -> Option<Question> {
    state.find_ended_job().map(|job| Question::Start(Plan::retry(job)))
}

pub(super) fn update_one(state: &mut State, how: How) -> Option<Question> {
    let target = match &state.details {
        Some(open) if state.screen == Screen::Details => {
            let panels = open.found.as_ref().map(|found| found.value.purchase.panels.clone());
            Target::One { id: open.id, panels: panels.unwrap_or_default() }
        }
        _ if state.purchases.marked() > 0 => {
            Target::These(Box::new(state.purchases.find_marked()?))
        }
        _ => {
            let row = &state.purchases.rows.find_selected()?.value;
            Target::One { id: row.id, panels: row.panels.clone() }
        }
    };
    start(state, target, how)
}
