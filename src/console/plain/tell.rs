//! What changed, as sentences: only what is worth interrupting somebody for. Pure.
//!
//! ```text
//! Connected to http://127.0.0.1:8080: 1 204 active purchases on 10 panels.
//! Update #43: 50 %, 602 of 1 204 done, 2 failed, 12 connection errors.
//! fr-2 is down: refused the connection.
//! ```

use std::collections::BTreeMap;

use super::job::{capital, end, progress};
use super::{answers, ladder};
use crate::api::jobs::JobState;
use crate::api::panels::PanelState;
use crate::console::reasons::of_client;
use crate::console::state::connection::Connection;
use crate::console::state::question::Question;
use crate::console::state::{Note, State};
use crate::console::{format, view, words};

/// How many records of the log are told at once.
const RECORDS: usize = 10;

/// What was told already.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Whether the core is heard; `None` before the first word about it.
    is_live: Option<bool>,
    /// The job, its state, and the tenth of it that was told.
    job: Option<(i64, JobState, u64)>,
    panels: BTreeMap<String, PanelState>,
    note: Option<Note>,
    question: Option<Question>,
    /// The last record, as the core numbers it.
    record: u64,
    ladder: ladder::Told,
}

impl Told {
    /// What is to be told now.
    pub(super) fn changes(&mut self, state: &State) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.connection(state));
        lines.extend(self.panels(state));
        lines.extend(self.job(state));
        lines.extend(self.records(state));
        lines.extend(self.ladder.changes(state));
        if state.note != self.note {
            self.note.clone_from(&state.note);
            lines.extend(state.note.as_ref().map(|note| format!("{}.", capital(&note.text))));
        }
        if state.question != self.question {
            self.question.clone_from(&state.question);
            lines.extend(question(state));
        }
        lines
    }

    fn connection(&mut self, state: &State) -> Option<String> {
        let is_live = match &state.connection {
            Connection::Connecting => return None,
            // It was heard, and what it has is not here yet.
            Connection::Live if !state.has_snapshot => return None,
            Connection::Live => true,
            Connection::Stale(_) | Connection::Retrying(..) | Connection::Refused(..) => false,
        };
        if self.is_live.replace(is_live) == Some(is_live) {
            return None;
        }
        let (lang, say) = (state.session.lang, state.words());
        let url = &state.session.core_url;
        Some(match (state.connection.loss(), &state.health) {
            (Some(loss), _) => say.plain_lost(of_client(lang, &loss.cause)),
            (None, Some(health)) => {
                let active = health.value.purchases.active;
                let active = say.active_purchases(active, format::count(lang, active));
                let panels = state.panels.len() as u64;
                say.plain_connected(url, active, say.panels(panels, format::count(lang, panels)))
            }
            (None, None) => say.plain_connected_only(url),
        })
    }

    fn panels(&mut self, state: &State) -> Vec<String> {
        let lang = state.session.lang;
        let mut lines = Vec::new();
        for panel in state.panels.iter().map(|panel| &panel.value) {
            let before = self.panels.insert(panel.name.clone(), panel.state);
            let is_news = |before: &PanelState| {
                let is_first =
                    (*before, panel.state) == (PanelState::Unknown, PanelState::Reachable);
                *before != panel.state && !is_first
            };
            if !before.as_ref().is_some_and(is_news) {
                continue;
            }
            let why = words::reason(lang, panel).map(|why| format!(": {why}")).unwrap_or_default();
            match panel.state {
                PanelState::Reachable => lines.push(state.words().plain_panel_back(&panel.name)),
                PanelState::Unknown => {}
                other => {
                    let what = format!("{}{why}", words::state(lang, other));
                    lines.push(state.words().plain_panel_down(&panel.name, what));
                }
            }
        }
        lines
    }

    fn job(&mut self, state: &State) -> Vec<String> {
        let Some(job) = state.job.job.as_ref().map(|job| &job.value) else { return Vec::new() };
        let tenth = (job.done * 10).checked_div(job.total).unwrap_or(0);
        let now = (job.id, job.state, if job.state.is_final() { 10 } else { tenth });
        let before = self.job.replace(now);
        if before == Some(now) || (before.is_none() && job.state.is_final()) {
            return Vec::new();
        }
        let lang = state.session.lang;
        if job.state.is_final() { end(job, lang) } else { vec![progress(job, lang)] }
    }

    fn records(&mut self, state: &State) -> Vec<String> {
        let new = state.log.records.iter().rev().take_while(|record| record.seq > self.record);
        let count = new.clone().count();
        let mut lines: Vec<_> =
            new.take(RECORDS).map(|record| answers::record(record, state)).collect();
        if count > RECORDS {
            let left = (count - RECORDS) as u64;
            let left_out = format::count(state.session.lang, left);
            lines.push(state.words().plain_left_out(left, left_out));
        }
        lines.reverse();
        self.record = state.log.records.back().map_or(self.record, |record| record.seq);
        lines
    }
}

/// The question that waits for its answer.
pub(super) fn question(state: &State) -> Vec<String> {
    state.question.as_ref().map(|question| ask(state, question)).unwrap_or_default()
}

/// A question as it stands on the screen, and how to answer it.
fn ask(state: &State, question: &Question) -> Vec<String> {
    let mut lines = view::question_text(state, question);
    lines.push(match question {
        Question::Start(_) => state.words().plain_write_yes_no_dry(),
        _ => state.words().plain_write_yes_no(),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::Event;
    use crate::api::jobs::Job;
    use crate::client::{ClientError, Heard, NotReached};
    use crate::console::fixture::{
        dead_panel, done_job, hear, hear_job, keys, live, opened, panel, running_job,
    };

    fn told(state: &State) -> Told {
        let mut told = Told::default();
        told.changes(state);
        told
    }

    #[test]
    fn the_connection_is_told_when_it_changes_and_not_again() {
        let mut told = Told::default();
        assert_eq!(told.changes(&opened((80, 24))), [""; 0]);
        let mut state = live((80, 24));
        let expected = ["Connected to http://127.0.0.1:8080: 1 204 active purchases on 10 panels."];
        assert_eq!(told.changes(&state), expected);
        assert_eq!(told.changes(&state), [""; 0]);
        let cause = ClientError::NotReached { url: "http://core".into(), cause: NotReached::Cut };
        hear(&mut state, Heard::Lost { cause });
        let expected = [
            "The core is not heard: http://core is not reached: the connection was cut. It is tried again.",
        ];
        assert_eq!(told.changes(&state), expected);
        hear(&mut state, Heard::Retrying { after: std::time::Duration::from_secs(1) });
        assert_eq!(told.changes(&state), [""; 0]);
    }

    #[test]
    fn a_job_is_told_at_every_tenth_and_at_its_end() {
        let mut state = live((80, 24));
        let mut told = told(&state);
        let mut lines = Vec::new();
        for done in 0..=1_000 {
            let job = Job { total: 1_000, done, failed: 0, connection_error: 0, ..running_job() };
            hear_job(&mut state, job);
            lines.extend(told.changes(&state));
        }
        assert_eq!(lines.len(), 11, "{lines:#?}");
        assert_eq!(lines[5], "Update #43: 50 %, 500 of 1 000 done, 0 failed, 0 connection errors.");
        state.note = None;
        hear_job(&mut state, Job { id: 43, causes: Vec::new(), ..done_job() });
        state.note = None;
        let end = [
            "Update #43 is done after 3.1 s: 1 180 of 1 204 succeeded, 2 failed, 22 connection errors.",
        ];
        assert_eq!(told.changes(&state), end);
    }

    #[test]
    fn a_panel_that_goes_down_and_comes_back_is_told() {
        let mut state = live((80, 24));
        let mut told = told(&state);
        let name = dead_panel().name;
        hear(&mut state, Heard::Event(Event::Panel(panel(&name, 41, 22))));
        assert_eq!(told.changes(&state), [format!("{name} is back.")]);
        hear(&mut state, Heard::Event(Event::Panel(dead_panel())));
        let line = told.changes(&state).concat();
        assert!(line.starts_with(&format!("{name} is down, unreachable: ")), "{line}");
    }

    #[test]
    fn a_question_says_what_it_will_touch_and_how_to_answer() {
        let mut state = live((80, 24));
        let mut told = told(&state);
        keys(&mut state, "u");
        insta::assert_snapshot!("plain_question", told.changes(&state).join("\n"));
    }
}
