//! The note line: the one sentence that matters most now.
//!
//! What is being written comes first, then the answer to the last key, then a lost connection,
//! then what the screen has to say about the selected row.

use super::paint::{Words, words};
use super::{panels, purchases, signs};
use crate::console::format;
use crate::console::keymap::Screen;
use crate::console::look::{Look, Tone};
use crate::console::reasons::{of_client_in_short, sentence};
use crate::console::state::State;
use crate::console::state::filter::Filter;

/// The line.
pub(super) fn line(state: &State, look: Look, width: u16) -> Words {
    if let Some(line) = input(state, look, width) {
        return line;
    }
    if let Some(note) = &state.note {
        return words(look).gap(1).tone(Tone::Title, note.text.clone());
    }
    if state.health.is_none() {
        return words(look);
    }
    if let Some(loss) = state.connection.loss() {
        let since = loss.since.map(|since| format::clock(look.lang, since, &state.clock.zone));
        let cause = of_client_in_short(look.lang, &loss.cause);
        let text = match since {
            Some(since) => look.lang.say().values_are_from(cause, since),
            None => cause,
        };
        return words(look).gap(1).tone(Tone::Warn, text);
    }
    let line = match state.screen {
        Screen::Overview => bad_check(state, look, width),
        Screen::Purchases => purchases::why(state, look),
        Screen::Update => job_reason(state, look),
        Screen::Panels => panels::why(state, look),
        Screen::Logs
        | Screen::Troubleshoot
        | Screen::Evidence
        | Screen::Details
        | Screen::Code
        | Screen::Panel
        | Screen::Help => None,
    };
    line.map_or_else(|| words(look), |line| words(look).gap(1).then(line))
}

/// The filter while it is being written, with a cursor of its own.
fn input(state: &State, look: Look, width: u16) -> Option<Words> {
    let input = state.input.as_ref()?;
    let room = usize::from(width).saturating_sub(10);
    let scroll = input.visual_scroll(room);
    let chars: Vec<char> = input.value().chars().collect();
    let cursor = input.cursor().min(chars.len());
    let from = scroll.min(cursor);
    let before: String = chars[from..cursor].iter().collect();
    let at = chars.get(cursor).map_or(" ".to_owned(), char::to_string);
    let after: String = chars.iter().skip(cursor + 1).collect();
    let line = words(look).gap(1).tone(Tone::Key, look.lang.say().filter()).gap(1).plain(before);
    let line = line.tone(Tone::Selected, at).plain(after);
    if state.screen == Screen::Logs {
        let hint = look.lang.say().filter_log_fields();
        return Some(if chars.is_empty() { line.gap(2).dim(hint) } else { line });
    }
    Some(match Filter::parse(input.value()) {
        _ if chars.is_empty() => line.gap(2).dim(look.lang.say().filter_fields()),
        Ok(_) => line,
        Err(mistake) => line.gap(2).tone(Tone::Warn, mistake.said(look.lang)),
    })
}

/// The selected one of what is bad, with its cure.
fn bad_check(state: &State, look: Look, width: u16) -> Option<Words> {
    let check = state.checks.find_selected()?;
    let reason = check.reason.clone().unwrap_or_else(|| look.lang.say().no_reason_given());
    let line = words(look).sign(signs::check(look, check.state), check.name.clone());
    let line = line.plain(": ").plain(reason);
    let Some(fix) = &check.fix else { return Some(line) };
    let whole = line.plain(look.lang.say().then_do()).tone(Tone::Key, fix.clone());
    if whole.width() < usize::from(width) {
        return Some(whole);
    }
    // The reason stands among the checks as well; the cure only here.
    let label = words(look).sign(signs::check(look, check.state), look.lang.say().below_do());
    Some(label.gap(2).tone(Tone::Key, fix.clone()))
}

fn job_reason(state: &State, look: Look) -> Option<Words> {
    let item = state.job.find_selected()?;
    let reason = item.reason.as_ref().map(|reason| sentence(look.lang, reason, None));
    let text = reason.or_else(|| item.notes.first().cloned())?;
    Some(words(look).plain(format!("#{}  {text}", item.purchase_id)))
}
