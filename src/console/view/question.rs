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
use crate::console::state::listed::{Listed, Which};
use crate::console::state::question::{How, Plan, Question, Target};
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
    let (title, lines) = content(state, question, look);
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
    let (title, lines) = content(state, question, look);
    std::iter::once(title).chain(lines.iter().map(Words::text)).collect()
}

/// Title and sentences of a question.
fn content(state: &State, question: &Question, look: Look) -> (String, Vec<Words>) {
    let (lang, say) = (look.lang, look.lang.say());
    match question {
        Question::Start(plan) => start(state, plan, look),
        Question::Cancel { job, by } => (say.ask_cancel(*job), cancel(state, by, look)),
        Question::Export { listed } => {
            (say.ask_export(listed.count, format::count(lang, listed.count)), export(look))
        }
        Question::RetryLogin { panel } => (say.ask_retry_login(panel), retry_login(look)),
        Question::Save => (say.ask_save(), vec![words(look).plain(say.save_where())]),
        Question::Quit { job } => (say.ask_quit(*job), quit(look)),
    }
}

fn start(state: &State, plan: &Plan, look: Look) -> (String, Vec<Words>) {
    let (lang, say) = (look.lang, look.lang.say());
    let mut lines = Vec::new();
    let title = match &plan.target {
        Target::All => {
            lines.extend(all(state, look));
            say.ask_update_all()
        }
        Target::One { id, panels } => {
            lines.push(words(look).plain(say.its_links_from(panels.join(", "))));
            say.ask_update_one(*id)
        }
        Target::These(listed) => {
            lines.extend(these(look, listed));
            say.ask_update_these(listed.count, format::count(lang, listed.count))
        }
        Target::FailedOf { job, items } => {
            let text = say.did_not_succeed(*items, format::count(lang, *items), *job);
            lines.push(words(look).plain(text));
            say.ask_retry(*job)
        }
    };
    if plan.how == How::Force {
        let rows = wrap(&say.force_warning(), TEXT).into_iter();
        lines.extend(rows.map(|row| words(look).tone(Tone::Bad, row)));
    }
    if let Some(job) = state.job.find_final() {
        lines.push(words(look).plain(last(look, job)));
    }
    if plan.how == How::Dry {
        lines.push(words(look).tone(Tone::Title, say.dry_run_shows()));
        return (say.ask_dry(title), lines);
    }
    (title, lines)
}

/// How many purchases, on which panels, and which of these will not answer.
fn all(state: &State, look: Look) -> Vec<Words> {
    let active = state.health.as_ref().map_or(0, |health| health.value.purchases.active);
    let (lang, say) = (look.lang, look.lang.say());
    let purchases = say.active_purchases(active, format::count(lang, active));
    let count = state.panels.len() as u64;
    let panels = say.panels(count, format::count(lang, count));
    let text = say.purchases_on_panels(purchases, panels);
    let mut lines = vec![words(look).tone(Tone::Title, text)];
    let mut panels: Vec<_> = state.panels.iter().map(|panel| &panel.value).collect();
    panels.sort_by_key(|panel| std::cmp::Reverse(panel.purchases));
    let names: Vec<_> = panels
        .iter()
        .map(|panel| format!("{} {}", panel.name, format::count(look.lang, panel.purchases)))
        .collect();
    lines.extend(
        wrap(&names.join(", "), TEXT).into_iter().take(3).map(|line| words(look).plain(line)),
    );
    let known = [PanelState::Reachable, PanelState::Unknown];
    let away: Vec<_> = panels.iter().filter(|panel| !known.contains(&panel.state)).collect();
    let names: Vec<_> = away.iter().map(|panel| panel.name.as_str()).collect();
    if !names.is_empty() {
        let text = say.in_trouble(names.join(", "));
        lines.extend(
            wrap(&text, TEXT).into_iter().take(3).map(|line| words(look).tone(Tone::Warn, line)),
        );
    }
    lines
}

/// The ids of what is marked, as far as they fit.
fn these(look: Look, listed: &Listed) -> Vec<Words> {
    let Which::Only(ids) = &listed.which else {
        return vec![words(look).plain(look.lang.say().all_listed_and_off())];
    };
    let ids: Vec<_> = ids.iter().take(60).map(ToString::to_string).collect();
    let lines = wrap(&ids.join(", "), TEXT).into_iter().take(3);
    lines.map(|line| words(look).plain(line)).collect()
}

fn export(look: Look) -> Vec<Words> {
    vec![
        words(look).plain(look.lang.say().export_where()),
        words(look).plain(look.lang.say().export_what()),
    ]
}

fn last(look: Look, job: &Job) -> String {
    let took = format::took(look.lang, job.elapsed_ms);
    look.lang.say().last_took(took, format::count(look.lang, job.done), job.id, &job.by)
}

fn cancel(state: &State, by: &str, look: Look) -> Vec<Words> {
    let say = look.lang.say();
    let done = state.job.find_running().map_or(0, |job| job.done);
    let mut lines = vec![words(look).plain(say.done_and_stays(format::count(look.lang, done)))];
    if by != state.session.by {
        lines.push(words(look).tone(Tone::Warn, say.started_by(by)));
    }
    lines
}

fn retry_login(look: Look) -> Vec<Words> {
    let say = look.lang.say();
    vec![
        words(look).plain(say.retry_login_1()),
        words(look).plain(say.retry_login_2()),
        words(look).tone(Tone::Warn, say.retry_login_3()),
    ]
}

fn quit(look: Look) -> Vec<Words> {
    let say = look.lang.say();
    vec![words(look).plain(say.quit_1()), words(look).plain(say.quit_2())]
}

/// The keys that answer it.
pub(super) fn answers(look: Look, question: &Question) -> Words {
    let say = look.lang.say();
    let (yes, no) = match question {
        Question::Save => return formats(look),
        Question::Start(_) => (say.answer_start(), say.answer_not_now()),
        Question::Cancel { .. } => (say.answer_cancel_it(), say.answer_let_run()),
        Question::RetryLogin { .. } => (say.answer_try_once(), say.answer_not_now()),
        Question::Export { .. } => (say.answer_as_csv(), say.answer_not_now()),
        Question::Quit { .. } => (say.answer_leave(), say.answer_stay()),
    };
    let line = words(look).tone(Tone::Key, "enter").gap(1).plain(yes).gap(3);
    let line = match question {
        Question::Start(plan) if plan.how == How::Dry => line,
        Question::Start(_) => line.tone(Tone::Key, "d").gap(1).plain(say.answer_dry_run()).gap(3),
        Question::Export { .. } => {
            line.tone(Tone::Key, "j").gap(1).plain(say.answer_as_json()).gap(3)
        }
        Question::Cancel { .. }
        | Question::RetryLogin { .. }
        | Question::Save
        | Question::Quit { .. } => line,
    };
    line.tone(Tone::Key, "esc").gap(1).plain(no)
}

fn formats(look: Look) -> Words {
    let say = look.lang.say();
    let keys = [
        ("t", say.answer_as_text()),
        ("a", say.answer_as_ansi()),
        ("s", say.answer_as_svg()),
        ("esc", say.answer_not_now()),
    ];
    keys.iter().fold(words(look), |line, (key, label)| {
        let gap = if line.width() == 0 { 0 } else { 3 };
        line.gap(gap).tone(Tone::Key, *key).gap(1).plain(label.clone())
    })
}
