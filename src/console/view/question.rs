//! A question over the screen: what will happen, to how much, and how long it took last time.
//!
//! ```text
//! ┌ Update all ────────────────────────────────────────────┐
//! │ 1 204 active purchases on 10 panels                     │
//! │ at-1 402, de-1 388, …                                   │
//! │ not reachable: fr-2. Its purchases keep their old links │
//! │ the last one took 3.1 s for 1 204 (#42 by ali)          │
//! └─────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::paint::{Words, boxed, draw_lines, words};
use crate::api::jobs::Job;
use crate::api::panels::PanelState;
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::question::{Plan, Question, Target};
use crate::console::text::wrap;

/// As wide as its longest usual sentence.
const WIDTH: u16 = 72;

/// Cells of text in it, on a terminal that has room for the whole box.
const TEXT: usize = 68;

/// Draws the question in the middle of the screen.
pub(super) fn draw(
    buffer: &mut Buffer,
    body: Rect,
    state: &State,
    question: &Question,
    look: Look,
) {
    let (title, lines) = say(state, question, look);
    let lines: Vec<_> = lines.into_iter().chain([words(look), answers(look, question)]).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(body.height);
    let width = WIDTH.min(body.width);
    let area = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height - height) / 2,
        width,
        height,
    };
    Clear.render(area, buffer);
    let inner = boxed(buffer, area, words(look).tone(Tone::Title, title));
    draw_lines(buffer, inner, lines);
}

/// The same as text: title and sentences.
pub(super) fn text(state: &State, question: &Question, look: Look) -> Vec<String> {
    let (title, lines) = say(state, question, look);
    std::iter::once(title).chain(lines.iter().map(Words::text)).collect()
}

/// Title and sentences of a question.
fn say(state: &State, question: &Question, look: Look) -> (String, Vec<Words>) {
    match question {
        Question::Start(plan) => start(state, plan, look),
        Question::Cancel { job, by } => (format!("Cancel update #{job}?"), cancel(state, by, look)),
        Question::RetryLogin { panel } => {
            (format!("Try the login of {panel} again?"), retry_login(look))
        }
        Question::Save => ("Save this screen?".to_owned(), save(look)),
        Question::Quit { job } => (format!("Leave while update #{job} runs?"), quit(look)),
    }
}

fn start(state: &State, plan: &Plan, look: Look) -> (String, Vec<Words>) {
    let mut lines = Vec::new();
    let title = match &plan.target {
        Target::All => {
            lines.extend(all(state, look));
            "Update all?".to_owned()
        }
        Target::One { id, panels } => {
            lines.push(words(look).plain(format!("its links from {}", panels.join(", "))));
            format!("Update purchase {id}?")
        }
        Target::FailedOf { job, items } => {
            let items = format::counted(*items, "purchase", "purchases");
            lines.push(words(look).plain(format!("{items} that did not succeed in #{job}")));
            format!("Retry what failed in #{job}?")
        }
    };
    if plan.force {
        let text = "forced: also what would lose more than half of its links is written";
        lines.push(words(look).tone(Tone::Bad, text));
    }
    if let Some(job) = state.job.find_final() {
        lines.push(words(look).plain(last(job)));
    }
    (title, lines)
}

/// How many purchases, on which panels, and which of these will not answer.
fn all(state: &State, look: Look) -> Vec<Words> {
    let active = state.health.as_ref().map_or(0, |health| health.value.purchases.active);
    let purchases = format::counted(active, "active purchase", "active purchases");
    let panels = format::counted(state.panels.len() as u64, "panel", "panels");
    let mut lines = vec![words(look).tone(Tone::Title, format!("{purchases} on {panels}"))];
    let mut panels: Vec<_> = state.panels.iter().map(|panel| &panel.value).collect();
    panels.sort_by_key(|panel| std::cmp::Reverse(panel.purchases));
    let names: Vec<_> = panels
        .iter()
        .map(|panel| format!("{} {}", panel.name, format::count(panel.purchases)))
        .collect();
    lines.extend(
        wrap(&names.join(", "), TEXT).into_iter().take(3).map(|line| words(look).plain(line)),
    );
    let known = [PanelState::Reachable, PanelState::Unknown];
    let away: Vec<_> = panels.iter().filter(|panel| !known.contains(&panel.state)).collect();
    let names: Vec<_> = away.iter().map(|panel| panel.name.as_str()).collect();
    if !names.is_empty() {
        let text = format!("in trouble: {}; what they gave before is kept", names.join(", "));
        lines.extend(
            wrap(&text, TEXT).into_iter().take(3).map(|line| words(look).tone(Tone::Warn, line)),
        );
    }
    lines
}

fn last(job: &Job) -> String {
    let took = format::took(job.elapsed_ms);
    format!("the last one took {took} for {} (#{} by {})", format::count(job.done), job.id, job.by)
}

fn cancel(state: &State, by: &str, look: Look) -> Vec<Words> {
    let done = state.job.find_running().map_or(0, |job| job.done);
    let mut lines =
        vec![words(look).plain(format!("{} done so far, and that stays", format::count(done)))];
    if by != state.session.by {
        lines.push(words(look).tone(Tone::Warn, format!("it was started by {by}")));
    }
    lines
}

fn retry_login(look: Look) -> Vec<Words> {
    vec![
        words(look).plain("it refused user and password, or the token; the next reading of it"),
        words(look).plain("tries them once more. Correct them in the bot first if they changed:"),
        words(look).tone(Tone::Warn, "some panels lock out for 15 minutes after five wrong ones"),
    ]
}

fn save(look: Look) -> Vec<Words> {
    vec![words(look).plain("into a new file in the folder that alamor was started in")]
}

fn quit(look: Look) -> Vec<Words> {
    vec![
        words(look).plain("its core lives in this console and ends with it"),
        words(look).plain("nothing is lost: the job goes on at the next start"),
    ]
}

/// The keys that answer it.
pub(super) fn answers(look: Look, question: &Question) -> Words {
    let (yes, no) = match question {
        Question::Save => return formats(look),
        Question::Start(_) => ("start", "not now"),
        Question::Cancel { .. } => ("cancel it", "let it run"),
        Question::RetryLogin { .. } => ("try it once", "not now"),
        Question::Quit { .. } => ("leave", "stay"),
    };
    let line = words(look).tone(Tone::Key, "enter").gap(1).plain(yes).gap(3);
    let line = match question {
        Question::Start(_) => {
            line.tone(Tone::Key, "d").gap(1).plain("dry run: writes nothing").gap(3)
        }
        Question::Cancel { .. }
        | Question::RetryLogin { .. }
        | Question::Save
        | Question::Quit { .. } => line,
    };
    line.tone(Tone::Key, "esc").gap(1).plain(no)
}

fn formats(look: Look) -> Words {
    let keys = [("t", "text"), ("a", "text with colours"), ("s", "SVG"), ("esc", "not now")];
    keys.iter().fold(words(look), |line, (key, label)| {
        let gap = if line.width() == 0 { 0 } else { 3 };
        line.gap(gap).tone(Tone::Key, *key).gap(1).plain(*label)
    })
}
