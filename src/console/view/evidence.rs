//! Evidence: all that one rung found, with what was asked and what was answered.
//!
//! ```text
//! ✖ TLS   served certificate expired yesterday
//! why       certbot renewed it 29 days ago; nginx still has the old one
//! do        systemctl reload nginx
//! looked    14:03, in 24 ms, by alamor check as root
//!
//! Asked and answered
//!  openssl s_client: certificate has expired
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, draw_lines, words};
use super::signs;
use crate::api::Check;
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::text::{tame, wrap};
use crate::console::words as said;

/// Where the sentence behind a label begins.
const LABEL: usize = 10;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let area = Rect { x: body.x + 1, width: body.width - 1, ..body };
    let lines = lines(state, look, usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    draw_lines(buffer, area, lines.into_iter().skip(state.climb.top.min(most)));
}

/// Everything on the screen, as far as it goes.
pub(super) fn lines(state: &State, look: Look, width: usize) -> Vec<Words> {
    let say = look.lang.say();
    let Some(check) = state.climb.find_selected() else {
        return vec![words(look).dim(say.rung_waiting())];
    };
    let (sign, tone) = signs::rung(look, check.state);
    let name = said::rung_name(look.lang, &check.name);
    let head = words(look).tone(tone, sign).gap(1).tone(Tone::Title, name).gap(3);
    let mut lines = behind(look, head, Tone::Plain, &said::rung(look.lang, check), width);
    for (label, tone, text) in said::below(look.lang, check) {
        lines.extend(behind(look, labelled(look, label), tone, text, width));
    }
    let looked = labelled(look, say.evidence_looked());
    lines.extend(behind(look, looked, Tone::Plain, &looked_at(state, look, check), width));
    lines.push(words(look));
    lines.push(words(look).tone(Tone::Title, say.evidence_asked()));
    if check.details.is_empty() {
        lines.push(words(look).gap(1).dim(say.evidence_none()));
    }
    for detail in &check.details {
        lines.extend(behind(look, words(look).gap(1), Tone::Plain, detail, width));
    }
    if !check.facts.is_empty() {
        lines.push(words(look));
        lines.push(words(look).tone(Tone::Title, say.evidence_measured()));
        for (name, value) in &check.facts {
            let head = words(look).gap(1).dim(name.as_str()).gap(2);
            lines.extend(behind(look, head, Tone::Plain, value, width));
        }
    }
    lines
}

fn labelled(look: Look, label: String) -> Words {
    words(look).dim(label).to(LABEL)
}

/// A text behind the beginning of its line; what does not fit stands below it.
fn behind(look: Look, head: Words, tone: Tone, text: &str, width: usize) -> Vec<Words> {
    let begin = head.width();
    let mut rows = wrap(&tame(text), width.saturating_sub(begin + 1).max(20)).into_iter();
    let first = head.tone(tone, rows.next().unwrap_or_default());
    let more = rows.map(|row| words(look).gap(begin).tone(tone, row));
    [first].into_iter().chain(more).collect()
}

/// `14:03, in 24 ms, by alamor check as root`, as far as it is known.
fn looked_at(state: &State, look: Look, check: &Check) -> String {
    let say = look.lang.say();
    let (now, zone) = (state.clock.shown(), &state.clock.zone);
    let at = check.checked_at.map(|at| format::moment(look.lang, at, now, zone));
    let took = check.took_ms.map(|took| say.evidence_took(format::took(look.lang, took)));
    let by = check.by.as_ref().map(|by| say.job_by(by));
    let comma = if look.lang == crate::console::Lang::Fa { "، " } else { ", " };
    [at, took, by].into_iter().flatten().collect::<Vec<_>>().join(comma)
}
